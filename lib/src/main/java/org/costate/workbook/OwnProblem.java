package org.costate.workbook;

import org.costate.Ode;
import org.costate.Solution;
import org.costate.ode.Dynamics;
import org.costate.ode.Rk4;

/// A problem of the reader's own for lesson 04, with one component and one parameter: dx/dt = f(x, t, θ) from x0,
/// J = ∫ L(x, t, θ) dt + F(x(T)) from 0 to T, and the derivatives of f, L and F by hand.
///
/// ```java
/// OwnProblem.of(0.8, 0.5, 2)
///         .field((x, t, theta) -> theta * Math.sin(x))
///         .running((x, t, theta) -> x * x)
///         .derivatives((x, t, theta) -> new double[] {theta * Math.cos(x), Math.sin(x), 2 * x, 0, 0})
/// ```
///
/// Immutable. What is not given is zero.
public final class OwnProblem {
    /// How many derivatives there are: f by x, f by θ, L by x, L by θ, F by x.
    static final int DERIVATIVES = 5;

    private static final int STEPS = 200;
    private static final int POINTS = 9;

    /// f or L.
    @FunctionalInterface
    public interface Function {
        double at(double x, double t, double theta);
    }

    /// F.
    @FunctionalInterface
    public interface OfEnd {
        double at(double x);
    }

    /// All derivatives at one state and time.
    @FunctionalInterface
    public interface Derivatives {
        /// ∂f/∂x, ∂f/∂θ, ∂L/∂x, ∂L/∂θ and, for a state x at the end, ∂F/∂x.
        double[] at(double x, double t, double theta);
    }

    private final double theta;
    private final double x0;
    private final double end;
    private final Function field;
    private final Function running;
    private final OfEnd terminal;
    private final Derivatives derivatives;

    private OwnProblem(
            double theta,
            double x0,
            double end,
            Function field,
            Function running,
            OfEnd terminal,
            Derivatives derivatives) {
        this.theta = theta;
        this.x0 = x0;
        this.end = end;
        this.field = field;
        this.running = running;
        this.terminal = terminal;
        this.derivatives = derivatives;
    }

    /// A problem in which nothing moves and nothing costs, yet.
    ///
    /// @param end T, the time at which it ends; it begins at 0
    public static OwnProblem of(double theta, double x0, double end) {
        Function zero = (x, t, p) -> 0;
        return new OwnProblem(theta, x0, end, zero, zero, x -> 0, (x, t, p) -> new double[DERIVATIVES]);
    }

    /// With this f.
    public OwnProblem field(Function f) {
        return new OwnProblem(theta, x0, end, f, running, terminal, derivatives);
    }

    /// With this L.
    public OwnProblem running(Function l) {
        return new OwnProblem(theta, x0, end, field, l, terminal, derivatives);
    }

    /// With this F.
    public OwnProblem terminal(OfEnd f) {
        return new OwnProblem(theta, x0, end, field, running, f, derivatives);
    }

    /// With these derivatives, which [Lesson04#own] checks.
    public OwnProblem derivatives(Derivatives byHand) {
        return new OwnProblem(theta, x0, end, field, running, terminal, byHand);
    }

    /// dJ/dθ and dJ/dx0 by the adjoint equation: λ̇ = L_x − λ f_x from λ(T) = −F_x, and L_θ − λ f_θ integrated.
    double[] byAdjoint() {
        Solution path = path(theta, x0);
        double last = path.end()[0][0];
        Dynamics adjoint = Dynamics.of(2, (t, z, dz) -> {
            double[] d = derivatives.at(path.at(t)[0][0], t, theta);
            dz[0] = d[2] - z[0] * d[0];
            dz[1] = z[0] * d[1] - d[3];
        });
        double[] z = Ode.of(adjoint)
                .span(end, 0)
                .solver(Rk4.steps(STEPS))
                .solve(-derivatives.at(last, end, theta)[4], 0)
                .end()[0];
        return new double[] {z[1], -z[0]};
    }

    /// The same by nudging θ and x0.
    double[] byNudging() {
        return Matrices.nudge(v -> cost(v[0], v[1]), theta, x0);
    }

    /// Do both agree to five digits?
    boolean agrees() {
        double[] got = byAdjoint();
        double[] want = byNudging();
        return close(got[0], want[0], 1e-5) && close(got[1], want[1], 1e-5);
    }

    /// How many derivatives were given.
    int given() {
        return derivatives.at(x0, 0, theta).length;
    }

    /// Is derivative number `i` another than nudging gives, somewhere along the solution?
    boolean wrong(int i) {
        Solution path = path(theta, x0);
        for (int k = 0; k < POINTS; k++) {
            double t = end * k / (POINTS - 1);
            double x = path.at(t)[0][0];
            double nudged = switch (i) {
                case 0 -> Matrices.nudge(v -> field.at(v[0], t, theta), x)[0];
                case 1 -> Matrices.nudge(v -> field.at(x, t, v[0]), theta)[0];
                case 2 -> Matrices.nudge(v -> running.at(v[0], t, theta), x)[0];
                case 3 -> Matrices.nudge(v -> running.at(x, t, v[0]), theta)[0];
                default -> Matrices.nudge(v -> terminal.at(v[0]), x)[0];
            };
            if (!close(derivatives.at(x, t, theta)[i], nudged, 1e-4)) {
                return true;
            }
        }
        return false;
    }

    private double cost(double p, double start) {
        double[] z = path(p, start).end()[0];
        return z[1] + terminal.at(z[0]);
    }

    /// x, and the running cost so far.
    private Solution path(double p, double start) {
        Dynamics both = Dynamics.of(2, (t, z, dz) -> {
            dz[0] = field.at(z[0], t, p);
            dz[1] = running.at(z[0], t, p);
        });
        return Ode.of(both).span(0, end).solver(Rk4.steps(STEPS)).dense().solve(start, 0);
    }

    private static boolean close(double a, double b, double relative) {
        return Math.abs(a - b) <= relative * Math.max(1, Math.abs(b));
    }
}
