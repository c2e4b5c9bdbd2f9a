package org.costate.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.SplittableRandom;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two layers number by number, as in first calls, have the bits of two layers by vectors.
class FirstLayersTest {
    private final SplittableRandom random = new SplittableRandom(9);
    private final Workspace workspace = new Workspace();

    private Buffer random(int rows, int columns, Precision precision, double scale) {
        Buffer b = workspace.allocate(rows, columns, precision);
        for (long i = 0; i < b.size(); i++) {
            b.set(i, random.nextDouble(-scale, scale));
        }
        return b;
    }

    private static double[][] contents(Buffer... all) {
        double[][] contents = new double[all.length][];
        for (int i = 0; i < all.length; i++) {
            contents[i] = all[i].toArray();
        }
        return contents;
    }

    /// @param scale of states: from 10 on, some tanh are at their limit
    @ParameterizedTest
    @CsvSource({
        "1, 2, 50, 2, 1",
        "7, 1, 50, 2, 1",
        "10, 2, 33, 1, 100",
        "2, 1, 16, 1, 1e6",
        "65, 2, 512, 2, 1",
        "33, 2, 64, 2, 10"
    })
    void haveTheBitsOfVectors(int rows, int from, int wide, int to, double scale) {
        assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        for (Precision p : Precision.values()) {
            boolean is64 = p == Precision.FLOAT64;
            for (int which = 0; which < 16; which++) {
                boolean add = which % 2 == 1;
                Buffer x = random(rows, from, p, scale);
                Buffer w = random(from, wide, p, 1);
                Buffer plus = add ? random(1, wide, p, 1) : null;
                Buffer h = random(rows, wide, p, 1);
                Buffer v = random(to, wide, p, 1);
                Buffer more = add ? random(1, to, p, 1) : null;
                Buffer y = random(rows, to, p, 1);
                Buffer k = random(rows, to, p, 1);
                Buffer g = random(rows, wide, p, 1);
                Buffer gx = random(rows, from, p, 1);
                Buffer byW = (which & 2) == 0 ? null : random(from, wide, p, 1);
                Buffer byB = (which & 4) == 0 ? null : random(1, wide, p, 1);
                Buffer byV = (which & 8) == 0 ? null : random(wide, to, p, 1);
                Buffer room = random(1, 1, p, 1);
                Buffer[] results = {
                    h, y, g, gx, byW == null ? room : byW, byB == null ? room : byB, byV == null ? room : byV
                };
                double[][] before = contents(results);
                if (is64) {
                    FirstLayers64.plain(x, w, plus, h, v, more, y);
                    FirstLayers64.plain(k, v, h, g, w, gx, x, byW, byB, byV, add);
                } else {
                    FirstLayers32.plain(x, w, plus, h, v, more, y);
                    FirstLayers32.plain(k, v, h, g, w, gx, x, byW, byB, byV, add);
                }
                double[][] plain = contents(results);
                for (int i = 0; i < results.length; i++) {
                    results[i].copyFrom(before[i]);
                }
                if (is64) {
                    Layers64.forward(x, w, plus, h, v, more, y);
                    Layers64.reverse(k, v, h, g, w, gx, x, byW, byB, byV, add);
                } else {
                    Layers32.forward(x, w, plus, h, v, more, y);
                    Layers32.reverse(k, v, h, g, w, gx, x, byW, byB, byV, add);
                }
                double[][] vectors = contents(results);
                for (int i = 0; i < results.length; i++) {
                    assertArrayEquals(vectors[i], plain[i], "result " + i + " of " + which + ", " + p);
                }
            }
        }
    }
}
