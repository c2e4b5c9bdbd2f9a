package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.costate.Reference.number;
import static org.costate.Reference.numbers;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import org.costate.Ode;
import org.costate.Reference;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Parameters;
import org.costate.ode.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What else is in `reference.json`: three Euler steps by hand, the schemes that are wrong or need the
/// inverse of a step, and how far each is from the exact gradient; the local error of a step undone; the
/// adjoint equation solved by itself.
class SchemesTest {
    /// Each case is read by this or by the other three tests of references; a new one has to be, too.
    @Test
    void everyCaseIsKnown() {
        assertEquals(
                Set.of(
                        "scalar_linear",
                        "tanh2",
                        "recompute_local_error",
                        "contracting_linear",
                        "contracting_forced",
                        "contracting_with_neutral",
                        "cubic_backward_blowup",
                        "lq_scalar",
                        "mlp",
                        "roundtrip_error_by_solver"),
                Reference.names());
    }

    private static Dynamics field(String problem) {
        return problem.equals("tanh2") ? Fields.TANH2 : Fields.LINEAR;
    }

    private static Parameters theta(String problem) {
        return problem.equals("tanh2") ? Fields.tanh2() : Fields.linear();
    }

    private static Ode euler(String problem, int n) {
        return Ode.of(field(problem)).span(0, number(problem + "/inputs/T")).solver(Euler.steps(n));
    }

    private static Gradient gradient(String problem, int n, Adjoint mode) {
        return euler(problem, n)
                .adjoint(mode)
                .keepCostate()
                .gradient(
                        numbers(problem + "/inputs/x0"),
                        theta(problem),
                        Cost.sumOfSquares(numbers(problem + "/inputs/y")));
    }

    /// States, costates, and what each of the three steps adds to the gradient.
    @ParameterizedTest
    @ValueSource(strings = {"scalar_linear", "tanh2"})
    void threeStepsByHand(String problem) {
        String path = problem + "/three_steps/";
        double[] x0 = numbers(problem + "/inputs/x0");
        int d = x0.length;
        Solution s = euler(problem, 3).solve(x0, theta(problem));
        double[] states = new double[4 * d];
        for (int k = 0; k < 4; k++) {
            System.arraycopy(s.state(k)[0], 0, states, k * d, d);
        }
        assertClose(numbers(path + "states"), states, 1e-14, "states");
        Gradient g = gradient(problem, 3, Backprop.defaults());
        double[] costates = new double[4 * d];
        for (int k = 0; k < 4; k++) {
            System.arraycopy(g.costate().value(k)[0], 0, costates, k * d, d);
        }
        assertClose(numbers(path + "adjoint_g"), costates, 1e-13, "costates");
        double dt = number(problem + "/inputs/dt");
        Products products = new Products(problem);
        double[] total = new double[theta(problem).layout().size()];
        for (int k = 1; k <= 3; k++) { // the term of x_k = x_(k-1) + f(x_(k-1)) dt
            double[] term = products.byTheta(s.state(k - 1)[0], g.costate().value(k)[0]);
            for (int i = 0; i < term.length; i++) {
                term[i] *= dt;
                total[i] += term[i];
            }
            assertClose(numbers(path + "term" + k), term, 1e-13, "step " + k);
        }
        assertClose(numbers(path + "total"), total, 1e-13, "sum of the terms");
        assertClose(total, g.parameters().toArray(), 1e-13, "Backprop");
    }

    /// Every number of the linear case is a fraction of whole numbers, and float64 holds it.
    @Test
    void theLinearCaseIsExactToTheLastBit() {
        String path = "scalar_linear/exact_rationals/";
        Gradient g = gradient("scalar_linear", 3, Backprop.defaults());
        double[] costates = g.costate().component(0, 0);
        double[] states = euler("scalar_linear", 3)
                .solve(new double[] {1}, Fields.linear())
                .component(0, 0);
        assertArrayEquals(Reference.fractions(path + "g"), costates);
        assertArrayEquals(Reference.fractions(path + "states"), states);
        assertEquals(Reference.fractions(path + "total")[0], g.parameters().toArray()[0]);
        double theta = number("scalar_linear/inputs/theta");
        double term = costates[1] * states[0] * 0.25;
        assertEquals(Reference.fractions(path + "terms")[0], term);
        assertEquals(3 * term, g.parameters().toArray()[0]);
        double e = Math.exp(theta * 0.75);
        double byTheta = numbers("scalar_linear/continuous/grad_theta")[0];
        assertEquals(2 * (e - 2) * 0.75 * e, byTheta, 1e-15, "the closed form of the continuous one");
    }

    /// Schemes that are not in the library: with the sign of the post's last formula, with the transposed
    /// Jacobian, and with the true inverse of each step.
    @ParameterizedTest
    @CsvSource({
        "scalar_linear, 3",
        "scalar_linear, 10",
        "scalar_linear, 100",
        "scalar_linear, 1000",
        "tanh2, 3",
        "tanh2, 10",
        "tanh2, 100",
        "tanh2, 1000"
    })
    void schemesOfThePost(String problem, int n) {
        String path = problem + "/byN/" + n + "/";
        Gradient a = gradient(problem, n, Backprop.defaults());
        Gradient b = gradient(problem, n, Recompute.defaults());
        Gradient c = gradient(problem, n, Backsolve.defaults());
        double[][] d = backwards(problem, n, -1, false);
        assertClose(numbers(path + "D/grad_theta"), d[0], 1e-12, path + "D");
        assertClose(numbers(path + "D/grad_x0"), d[1], 1e-12, path + "D");
        if (n <= 10) {
            double[][] inverse = backwards(problem, n, 1, true);
            assertClose(numbers(path + "A_inv/grad_theta"), inverse[0], 1e-11, path + "A_inv");
            assertClose(numbers(path + "A_inv/grad_x0"), inverse[1], 1e-11, path + "A_inv");
            assertClose(a.parameters().toArray(), inverse[0], 1e-11, "the inverse finds the stored states again");
        }
        double[] exact = numbers(problem + "/continuous/grad_theta");
        double[] exactX0 = numbers(problem + "/continuous/grad_x0");
        double[][][] all = {
            {a.parameters().toArray(), flat(a.x0())},
            {b.parameters().toArray(), flat(b.x0())},
            {c.parameters().toArray(), flat(c.x0())},
            d
        };
        String[] names = {"A", "B", "C", "D"};
        for (int i = 0; i < 4; i++) {
            String what = path + names[i];
            assertEquals(number(path + "relerr_theta_vs_continuous/" + names[i]), far(all[i][0], exact), 1e-11, what);
            assertEquals(number(path + "relerr_x0_vs_continuous/" + names[i]), far(all[i][1], exactX0), 1e-11, what);
            if (i > 0) {
                double fromA = far(all[i][0], all[0][0]);
                assertEquals(number(path + "relerr_theta_vs_A/" + names[i]), fromA, 1e-11, what);
            }
        }
    }

    /// |v − w| / |w|.
    private static double far(double[] v, double[] w) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < w.length; i++) {
            difference = Math.hypot(difference, v[i] - w[i]);
            size = Math.hypot(size, w[i]);
        }
        return difference / size;
    }

    /// ∂L/∂θ and ∂L/∂x0, with states found again backwards.
    ///
    /// @param sign of the costate's step: 1, or −1 as in the post's last formula
    /// @param inverse are steps undone exactly, and Jacobians taken where the step began? Else as Euler
    ///     backwards
    private static double[][] backwards(String problem, int n, double sign, boolean inverse) {
        double dt = number(problem + "/inputs/T") / n;
        double[] z = euler(problem, n)
                .solve(numbers(problem + "/inputs/x0"), theta(problem))
                .end()[0];
        double[] y = numbers(problem + "/inputs/y");
        double[] g = new double[z.length];
        Arrays.setAll(g, i -> 2 * (z[i] - y[i]));
        double[] byTheta = new double[theta(problem).layout().size()];
        Products products = new Products(problem);
        for (int k = n; k > 0; k--) {
            double[] at = z.clone();
            if (inverse) {
                double[] end = z.clone();
                for (int round = 0; round < 200; round++) { // z + f(z) dt = end, by iteration
                    double[] slope = products.slope(z);
                    Arrays.setAll(z, i -> end[i] - dt * slope[i]);
                }
                at = z.clone();
            } else {
                double[] slope = products.slope(z);
                Arrays.setAll(z, i -> z[i] - dt * slope[i]);
            }
            double[] part = products.byTheta(at, g);
            double[] back = products.byX(at, g);
            for (int i = 0; i < part.length; i++) {
                byTheta[i] += dt * part[i];
            }
            for (int i = 0; i < g.length; i++) {
                g[i] += sign * dt * back[i];
            }
        }
        return new double[][] {byTheta, g};
    }

    /// With Jᵀ for J, the numbers are those of the file, and not the gradient.
    @Test
    void aTransposedJacobianIsAnotherGradient() {
        double dt = number("tanh2/inputs/dt");
        Solution s = euler("tanh2", 3).solve(numbers("tanh2/inputs/x0"), Fields.tanh2());
        double[] y = numbers("tanh2/inputs/y");
        double[] g = s.end()[0];
        Arrays.setAll(g, i -> 2 * (g[i] - y[i]));
        double[] byTheta = new double[6];
        Products products = new Products("tanh2");
        for (int k = 3; k > 0; k--) {
            double[] at = s.state(k - 1)[0];
            double[] part = products.byTheta(at, g);
            double[] first = products.byX(at, new double[] {1, 0}); // the rows of J
            double[] second = products.byX(at, new double[] {0, 1});
            double[] before = g.clone();
            for (int i = 0; i < 6; i++) {
                byTheta[i] += dt * part[i];
            }
            g[0] += dt * (first[0] * before[0] + first[1] * before[1]);
            g[1] += dt * (second[0] * before[0] + second[1] * before[1]);
        }
        assertClose(numbers("tanh2/wrong_if_J_transposed_N3/grad_x0"), g, 1e-12, "by x0");
        assertClose(numbers("tanh2/wrong_if_J_transposed_N3/grad_theta"), byTheta, 1e-12, "by theta");
        assertTrue(far(g, flat(gradient("tanh2", 3, Backprop.defaults()).x0())) > 0.1);
    }

    /// f and its vector–Jacobian products at one state.
    private static final class Products {
        private final Workspace workspace = new Workspace();
        private final BoundDynamics field;
        private final Buffer tape;
        private final Buffer x;
        private final Buffer dx;
        private final Buffer a;
        private final Buffer gx;
        private final Buffer gp;

        Products(String problem) {
            Dynamics f = field(problem);
            field = f.bind(workspace, 1, Precision.FLOAT64, theta(problem).flat());
            tape = workspace.allocate(1, field.tapeLength(), Precision.FLOAT64);
            x = workspace.allocate(1, f.dimension(), Precision.FLOAT64);
            dx = workspace.allocate(1, f.dimension(), Precision.FLOAT64);
            a = workspace.allocate(1, f.dimension(), Precision.FLOAT64);
            gx = workspace.allocate(1, f.dimension(), Precision.FLOAT64);
            gp = workspace.allocate(1, f.layout().size(), Precision.FLOAT64);
        }

        double[] slope(double[] state) {
            x.copyFrom(state);
            field.eval(Part.ALL, 0, x, dx, tape);
            return dx.toArray();
        }

        private void pull(double[] state, double[] cotangent) {
            x.copyFrom(state);
            a.copyFrom(cotangent);
            gp.fill(0);
            field.eval(Part.ALL, 0, x, dx, tape);
            field.vjp(Part.ALL, 0, x, tape, a, gx, gp);
        }

        double[] byX(double[] state, double[] cotangent) {
            pull(state, cotangent);
            return gx.toArray();
        }

        double[] byTheta(double[] state, double[] cotangent) {
            pull(state, cotangent);
            return gp.toArray();
        }
    }

    /// One Euler step there and one back miss by −ẍ dt², in first order of dt.
    @Test
    void aStepUndoneMissesByTheSecondDerivative() {
        String path = "recompute_local_error/";
        double[] c = numbers(path + "c");
        Dynamics f = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.matrix("W", 2, 2).transpose())
                        .plus(p.row("b", 2))
                        .plus(t.times(org.costate.graph.Expr.constant(new double[][] {c})))
                        .tanh());
        Ode step = Ode.of(f).solver(Euler.steps(1));
        double[] x0 = numbers("tanh2/inputs/x0");
        double[] limit = numbers(path + "minus_xddot");
        double before = Double.POSITIVE_INFINITY;
        for (int power = 3; power <= 9; power++) {
            double dt = Math.scalb(1.0, -power);
            double[] there = step.span(0, dt).solve(x0, Fields.tanh2()).end()[0];
            double[] back = step.span(dt, 0).solve(there, Fields.tanh2()).end()[0];
            double[] error = {(back[0] - x0[0]) / (dt * dt), (back[1] - x0[1]) / (dt * dt)};
            assertClose(numbers(path + "error_over_dt2/" + dt), error, 1e-10, "dt = " + dt);
            double rest = far(error, limit);
            assertTrue(rest < 0.6 * before, "first order: " + rest + " after " + before);
            before = rest;
        }
    }

    /// λ and ∫ (rθ − λx) dt by Euler from T back to 0, along the exact state: the right sign, and that of
    /// the post.
    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1000})
    void theAdjointEquationByItself(int n) {
        String path = "lq_scalar/inputs/";
        double theta = number(path + "theta");
        double q = number(path + "q");
        double r = number(path + "r");
        double x0 = number(path + "x0");
        double end = -number(path + "p") * (number("lq_scalar/xT") - number(path + "y"));
        for (int sign = -1; sign <= 1; sign += 2) {
            int s = sign;
            Dynamics adjoint = Dynamics.of(2, (t, z, dz) -> {
                double x = x0 * Math.exp(theta * t);
                dz[0] = q * x - s * theta * z[0];
                dz[1] = -(r * theta - z[0] * x);
            });
            double[] got = Ode.of(adjoint)
                    .span(number(path + "T"), 0)
                    .solver(Euler.steps(n))
                    .solve(end, 0)
                    .end()[0];
            String file = "lq_scalar/euler_adjoint/" + n + (s > 0 ? "/plus/" : "/minus/");
            assertEquals(number(file + "lambda0"), got[0], 1e-12, file + "lambda0");
            assertEquals(number(file + "dJdtheta"), got[1], 1e-12, file + "dJdtheta");
            double miss = Math.abs(got[1] - number("lq_scalar/dJdtheta"));
            assertTrue(s > 0 ? miss < 1.0 / n : miss > 0.3, "only one sign converges: " + miss);
        }
    }
}
