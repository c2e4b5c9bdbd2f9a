package org.costate.gpu;

import static org.costate.Close.difference;
import static org.costate.Close.flat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.adjoint.Gradient;
import org.costate.memory.Precision;

/// What two devices answer, compared. Needs no JUnit, since `environment/bench --gpu` runs it, too.
class Answers {
    Answers() {}

    /// How close the same given steps must come, relative to an array's largest entry.
    static double close(Precision precision) {
        return precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
    }

    /// What it computes in.
    static List<Precision> precisions(Gpu device) {
        return device.facts().float64() ? List.of(Precision.values()) : List.of(Precision.FLOAT32);
    }

    /// The arrays of an answer by their names.
    static Map<String, double[]> arrays(Gradient g, boolean times, boolean costate) {
        Map<String, double[]> all = new LinkedHashMap<>();
        all.put("cost", new double[] {g.cost()});
        all.put("end", flat(g.end()));
        all.put("x0", flat(g.x0()));
        all.put("theta", g.parameters().toArray());
        if (times) {
            all.put("times", new double[] {g.times().t0(), g.times().t1()});
            all.put("observation times", g.times().byObservation());
        }
        if (costate) {
            all.put("costate", flat(g.costate().value(0)));
        }
        return all;
    }

    /// Fails where two answers differ by more than a part of the largest entry.
    ///
    /// @return the largest difference
    static double same(Map<String, double[]> here, Map<String, double[]> there, double close, String what) {
        double worst = 0;
        for (String name : here.keySet()) {
            if (here.get(name).length != there.get(name).length) {
                throw new AssertionError(what + ": " + name + " has " + there.get(name).length + " numbers");
            }
            double miss = difference(here.get(name), there.get(name));
            if (!(miss <= close)) {
                throw new AssertionError(what + ": " + name + " differs by " + miss + ", more than " + close);
            }
            worst = Math.max(worst, miss);
        }
        return worst;
    }

    /// Fails where a bit differs.
    static void sameBits(Map<String, double[]> once, Map<String, double[]> again, String what) {
        once.forEach((name, values) -> {
            if (!Arrays.equals(values, again.get(name))) {
                throw new AssertionError(what + ": " + name + " has other bits once more");
            }
        });
    }
}
