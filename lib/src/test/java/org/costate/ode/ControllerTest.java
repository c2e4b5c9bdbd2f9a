package org.costate.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.costate.Ode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How adaptive steps begin and go on: the first step, the PID controller, the norm.
class ControllerTest {
    /// Hairer's algorithm (Solving ODEs I, II.4) by hand, for x' = −k x.
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 3, 50})
    void theFirstStepIsHairers(double k) {
        List<Double> asked = new ArrayList<>();
        Dynamics decay = Dynamics.of(1, (t, x, dx) -> {
            asked.add(t);
            dx[0] = -k * x[0];
        });
        for (double direction : new double[] {1, -1}) {
            for (double tolerance : new double[] {1e-3, 1e-7}) {
                double x = 2;
                double scale = tolerance + tolerance * x;
                double d0 = x / scale;
                double d1 = k * x / scale;
                double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
                double f1 = -k * (x - direction * h0 * k * x);
                double d2 = Math.abs(f1 + k * x) / scale / h0;
                double most = Math.max(d1, d2);
                double h1 = most <= 1e-15 ? Math.max(1e-6, h0 * 1e-3) : Math.pow(0.01 / most, 1.0 / 5);
                asked.clear();
                var _ = Ode.of(decay)
                        .span(0, 10 * direction)
                        .solver(Dopri5.tolerance(tolerance, tolerance))
                        .solve(x);
                // One evaluation at the start, two for the size of the step, six in it, the last of which at its end.
                double first = Math.abs(asked.get(8));
                assertEquals(Math.min(100 * h0, h1), first, 1e-9 * first, "k = " + k + ", tolerance " + tolerance);
            }
        }
    }

    /// h⁺ = 0.9 h (1/e)^β₁ (1/e₋₁)^β₂ (1/e₋₂)^β₃ with β = (P + I + D, −P − 2D, D) / (order + 1), after G. Söderlind,
    /// ACM TOMS 29, 2003, doi:10.1145/641876.641877.
    @Test
    void thePidControllerIsSoderlinds() {
        double p = 0.4;
        double i = 0.3;
        double d = 0.1;
        Controller c = new Controller(AdaptiveSteps.of(1e-6, 1e-6).withControl(p, i, d), 4);
        double[] errors = {0.3, 0.6, 0.2, 0.9, 0.5};
        for (int n = 0; n < errors.length; n++) {
            double before = n > 0 ? errors[n - 1] : 1;
            double beforeThat = n > 1 ? errors[n - 2] : 1;
            double expected = 0.9
                    * Math.pow(errors[n], -(p + i + d) / 5)
                    * Math.pow(before, (p + 2 * d) / 5)
                    * Math.pow(beforeThat, -d / 5);
            assertEquals(expected, c.factor(errors[n], true), 1e-14, "after error number " + n);
        }
    }

    @Test
    void itsFactorsHaveLimits() {
        Controller c = new Controller(AdaptiveSteps.of(1e-6, 1e-6), 4);
        assertEquals(10, c.factor(0, true), "growth");
        assertEquals(0.2, c.factor(1e30, false), "shrinking");
        assertEquals(1, c.factor(1e-9, true), "no growth after a rejected step");
        assertEquals(10, c.factor(1e-9, true), "but after the next");
        assertTrue(c.factor(1.0000001, false) <= 0.9, "a step that is tried again is shorter");
    }

    /// One component that moves among 99 that rest: RMS allows it ten times the error, the largest does not.
    @Test
    void theNormIsTheCallers() {
        Dynamics one = Dynamics.of(100, (t, x, dx) -> dx[0] = 5 * Math.cos(5 * t) * x[0]);
        double[] x0 = new double[100];
        x0[0] = 1;
        Ode ode = Ode.of(one).span(0, 3);
        Solver solver = Dopri5.tolerance(1e-8, 1e-8);
        int rms = ode.solver(solver).solve(x0).size();
        int most =
                ode.solver(solver.adaptive(a -> a.withNorm(Norm.MAX))).solve(x0).size();
        int some = ode.solver(solver.adaptive(a -> a.withNorm(Norm.rms(0, 1))))
                .solve(x0)
                .size();
        int none = ode.solver(solver.adaptive(a -> a.withNorm(Norm.rms(1, 100))))
                .solve(x0)
                .size();
        Dynamics alone = Dynamics.of(1, (t, x, dx) -> dx[0] = 5 * Math.cos(5 * t) * x[0]);
        int itself = Ode.of(alone).span(0, 3).solver(solver).solve(1).size();
        assertEquals(itself, most, 2, "as if it were alone");
        assertEquals(itself, some, 2, "of it alone");
        assertTrue(rms < 0.75 * most, rms + " steps by RMS, " + most + " by the largest");
        assertTrue(none < rms / 5, none + " steps where its error does not count");
    }
}
