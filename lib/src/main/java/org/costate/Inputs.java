package org.costate;

import org.costate.kernels.Kernels;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;

/// What a call is given, checked: each fault is an exception that names the argument, what was got, what was
/// expected, and the remedy.
final class Inputs {
    private Inputs() {}

    /// A batch of states as a buffer.
    static Buffer states(double[]... x0) {
        if (Arguments.given("x0", x0, "give [batch][dimension] numbers").length == 0) {
            throw new IllegalArgumentException(
                    "x0: got no rows, expected one for each sample; one sample is {{1, 2, ...}}");
        }
        for (int r = 0; r < x0.length; r++) {
            Arguments.given("x0", x0[r], "give numbers for sample " + r);
            if (x0[r].length != x0[0].length) {
                throw new IllegalArgumentException("x0: got " + x0[r].length + " numbers in row " + r + ", expected "
                        + x0[0].length + " as in row 0; every sample has one for each component");
            }
        }
        Buffer b = new Workspace().allocate(x0.length, x0[0].length, Precision.FLOAT64);
        b.copyFrom(x0);
        return b;
    }

    /// A batch of states for this field.
    static void checkStates(Buffer x0, Dynamics dynamics) {
        Arguments.given("x0", x0, "give one row a sample");
        if (!x0.isLive()) {
            throw new IllegalArgumentException("x0: got " + x0
                    + ", which is released or closed, expected a live buffer;" + " release it after the call");
        }
        if (x0.rows() < 1 || x0.columns() != dynamics.dimension()) {
            throw new IllegalArgumentException("x0: got " + x0.rows() + " x " + x0.columns()
                    + ", expected one row a sample and " + dynamics.dimension()
                    + " columns, the dimension of the field; a batch of one sample is {{...}}");
        }
        if (!Kernels.best().finite(x0)) {
            for (int r = 0; r < x0.rows(); r++) {
                for (int c = 0; c < x0.columns(); c++) {
                    finite("x0", x0.get(r, c), "component " + c + " of sample " + r);
                }
            }
        }
    }

    /// Parameters for this field.
    static void checkParameters(Parameters theta, Dynamics dynamics) {
        Arguments.given("theta", theta, "make it by f.initialParameters(seed)");
        if (!theta.layout().equals(dynamics.layout())) {
            throw new IllegalArgumentException("theta: got " + theta.layout() + ", expected " + dynamics.layout()
                    + "; make it by f.initialParameters(seed) or Parameters.of(f.layout(), values...)");
        }
        if (!Kernels.best().finite(theta.flat())) {
            for (ParameterLayout.Entry e : theta.layout().entries()) {
                for (int i = 0; i < e.size(); i++) {
                    finite(
                            "theta",
                            theta.flat().get(e.offset() + i),
                            e.name() + "[" + i / e.columns() + "][" + i % e.columns() + "]");
                }
            }
        }
    }

    private static void finite(String name, double value, String where) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(
                    name + ": got " + value + " as " + where + ", expected finite numbers; look where it was computed");
        }
    }

    /// A tolerance that no step can keep is a mistake: rounding alone is larger.
    static void checkTolerance(Solver solver, Precision precision, Buffer x0) {
        if (!(solver.steps() instanceof AdaptiveSteps a)) {
            return;
        }
        double u = precision.unitRoundoff();
        double largest = 0;
        for (long i = 0; i < x0.size(); i++) {
            largest = Math.max(largest, Math.abs(x0.get(i)));
        }
        if (a.absolute() + a.relative() * largest < u * largest) {
            throw new IllegalArgumentException("tolerance: got " + a.relative() + " relative and " + a.absolute()
                    + " absolute, expected more than the rounding of " + precision + ", " + u + " times x0, up to "
                    + largest + "; loosen it, or take FLOAT64");
        }
    }

    /// The same numbers in this precision, copied if they must be: also from memory that somebody else may close while
    /// the call goes on.
    static Buffer in(Precision precision, String name, Buffer from, Workspace part) {
        if (from.precision() == precision && !from.isLent()) {
            return from;
        }
        Buffer to = part.allocate(from.rows(), from.columns(), precision);
        to.copyFrom(from);
        if (!Kernels.best().finite(to)) {
            for (long i = 0; i < to.size(); i++) {
                if (!Double.isFinite(to.get(i))) {
                    throw new IllegalArgumentException(name + ": got " + from.get(i) + " as number " + i
                            + ", expected at most " + Float.MAX_VALUE + ", the largest of FLOAT32; take FLOAT64, or"
                            + " smaller units");
                }
            }
        }
        return to;
    }
}
