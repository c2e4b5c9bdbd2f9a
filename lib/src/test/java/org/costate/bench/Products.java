package org.costate.bench;

import java.util.SplittableRandom;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;

/// The matrix products of Backprop on a net, and nothing else: for each evaluation two forward, two for the costate and
/// two for the parameters. No gradient is faster than these, as long as it makes the same products.
///
/// @param evaluations of the solve
/// @param x `[batch, dimension]`, as the costate
/// @param h `[batch, hidden]`, as its costate
/// @param w1 `[dimension, hidden]`
/// @param w2 `[hidden, dimension]`
/// @param in what is multiplied, into the buffers of this
record Products(int evaluations, Buffer x, Buffer h, Buffer w1, Buffer w2, Products in) implements Implementation {
    static Products of(Net net) {
        Products from = make(net, null);
        SplittableRandom random = new SplittableRandom(3);
        for (Buffer b : new Buffer[] {from.x, from.h, from.w1, from.w2}) {
            for (long i = 0; i < b.size(); i++) {
                b.set(i, 0.1 * random.nextGaussian());
            }
        }
        return make(net, from);
    }

    private static Products make(Net net, Products from) {
        Workspace w = new Workspace();
        return new Products(
                4 * net.steps(),
                w.allocate(net.batch(), net.dimension(), net.precision()),
                w.allocate(net.batch(), net.hidden(), net.precision()),
                w.allocate(net.dimension(), net.hidden(), net.precision()),
                w.allocate(net.hidden(), net.dimension(), net.precision()),
                from);
    }

    @Override
    public void call() {
        Kernels kernels = Kernels.best();
        for (int i = 0; i < evaluations; i++) {
            kernels.product(in.x, false, in.w1, false, h);
            kernels.product(in.h, false, in.w2, false, x);
        }
        for (int i = 0; i < evaluations; i++) {
            kernels.product(in.x, false, in.w2, true, h);
            kernels.product(in.h, false, in.w1, true, x);
            kernels.product(in.x, true, in.h, false, w1);
            kernels.product(in.h, true, in.x, false, w2);
        }
    }
}
