package org.costate.adjoint;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Part;

/// A cost of the state at one time, in one of the forms that it may be given in.
interface PointCost {
    /// On kept buffers, for one gradient.
    Bound bind(Problem problem);

    /// Evaluates it.
    interface Bound {
        /// The value and what comes back.
        ///
        /// @param gradient ∂G/∂x. Comes as zeros, to be filled.
        /// @param byTheta ∂G/∂θ. Comes as zeros, to be filled.
        double evaluate(double t, Buffer x, Buffer theta, Buffer gradient, Buffer byTheta);

        /// ∂G/∂t where it was evaluated last.
        default double byTime(double t, Buffer x) {
            return 0;
        }
    }

    /// A lambda on the whole batch.
    record OfBatch(Cost.WithParameters function) implements PointCost {
        @Override
        public Bound bind(Problem problem) {
            return (t, x, theta, gradient, byTheta) -> function.valueAndGradient(x, theta, gradient, byTheta);
        }
    }

    /// One number a sample, traced or by lambdas, summed over the batch.
    record OfSamples(Dynamics cost) implements PointCost {
        @Override
        public Bound bind(Problem problem) {
            return new Samples(cost.over(problem.dynamics().layout()), problem);
        }
    }

    /// Memory: a number a sample twice, and a tape.
    final class Samples implements Bound {
        private final BoundDynamics cost;
        private final Buffer tape;
        private final Buffer values;
        private final Buffer ones;

        private Samples(Dynamics cost, Problem problem) {
            this.cost = cost.bind(
                    problem.workspace(), problem.x0().rows(), problem.x0().precision(), problem.theta());
            tape = problem.workspace()
                    .allocate(1, this.cost.tapeLength(), problem.x0().precision());
            values = problem.workspace()
                    .allocate(problem.x0().rows(), 1, problem.x0().precision());
            ones = problem.workspace()
                    .allocate(problem.x0().rows(), 1, problem.x0().precision());
            ones.fill(1);
        }

        @Override
        public double evaluate(double t, Buffer x, Buffer theta, Buffer gradient, Buffer byTheta) {
            cost.eval(Part.ALL, t, x, values, tape);
            cost.vjp(Part.ALL, t, x, tape, ones, gradient, byTheta);
            double sum = 0;
            for (int row = 0; row < values.rows(); row++) {
                sum += values.get(row);
            }
            return sum;
        }

        @Override
        public double byTime(double t, Buffer x) {
            return cost.timeVjp(Part.ALL, t, x, tape, ones);
        }
    }

    /// The same cost of a state that has one more component, which a running cost added.
    record OfFirst(PointCost cost, int dimension) implements PointCost {
        @Override
        public Bound bind(Problem problem) {
            Bound inner = cost.bind(problem);
            Kernels kernels = Kernels.best();
            int rows = problem.x0().rows();
            Buffer state =
                    problem.workspace().allocate(rows, dimension, problem.x0().precision());
            Buffer back =
                    problem.workspace().allocate(rows, dimension, problem.x0().precision());
            return new Bound() {
                @Override
                public double evaluate(double t, Buffer x, Buffer theta, Buffer gradient, Buffer byTheta) {
                    kernels.copyColumns(x, 0, state, 0, dimension);
                    back.fill(0);
                    double value = inner.evaluate(t, state, theta, back, byTheta);
                    kernels.copyColumns(back, 0, gradient, 0, dimension);
                    return value;
                }

                @Override
                public double byTime(double t, Buffer x) {
                    return inner.byTime(t, state);
                }
            };
        }
    }
}
