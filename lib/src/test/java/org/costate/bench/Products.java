package org.costate.bench;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.costate.kernels.Kernels;
import org.costate.kernels.Team;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;

/// The matrix products of Backprop on a net, and nothing else: for each evaluation two forward, two for the costate and
/// two for the parameters. Every thread has its part of the batch. A gradient that makes these products is not faster.
///
/// @param evaluations of the solve
record Products(int evaluations, List<Slice> slices) implements Implementation {
    /// Part of the batch.
    ///
    /// @param in x `[rows, dimension]`, h `[rows, hidden]`, W1 `[dimension, hidden]`, W2 `[hidden, dimension]`
    /// @param out of the same shapes
    private record Slice(List<Buffer> in, List<Buffer> out) {
        static Slice of(Net net, int rows) {
            return new Slice(arrays(net, rows), arrays(net, rows));
        }

        private static List<Buffer> arrays(Net net, int rows) {
            Workspace w = new Workspace();
            SplittableRandom random = new SplittableRandom(3);
            List<Buffer> all = List.of(
                    w.allocate(rows, net.dimension(), net.precision()),
                    w.allocate(rows, net.hidden(), net.precision()),
                    w.allocate(net.dimension(), net.hidden(), net.precision()),
                    w.allocate(net.hidden(), net.dimension(), net.precision()));
            for (Buffer b : all) {
                for (long i = 0; i < b.size(); i++) {
                    b.set(i, 0.1 * random.nextGaussian());
                }
            }
            return all;
        }

        void forward() {
            multiply(0, false, 2, false, 1);
            multiply(1, false, 3, false, 0);
        }

        void back() {
            multiply(0, false, 3, true, 1);
            multiply(1, false, 2, true, 0);
            multiply(0, true, 1, false, 2);
            multiply(1, true, 0, false, 3);
        }

        private void multiply(int a, boolean transposeA, int b, boolean transposeB, int to) {
            Kernels.best().product(in.get(a), transposeA, in.get(b), transposeB, out.get(to));
        }
    }

    static Products of(Net net) {
        int threads = Team.threads();
        List<Slice> slices = IntStream.range(0, threads)
                .mapToObj(i -> Slice.of(net, net.batch() * (i + 1) / threads - net.batch() * i / threads))
                .toList();
        return new Products(4 * net.steps(), slices);
    }

    @Override
    public void call() {
        for (int i = 0; i < evaluations; i++) {
            Team.run(slices.size(), s -> slices.get(s).forward());
        }
        for (int i = 0; i < evaluations; i++) {
            Team.run(slices.size(), s -> slices.get(s).back());
        }
    }
}
