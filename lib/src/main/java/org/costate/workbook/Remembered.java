package org.costate.workbook;

/// Answers to an exercise of lesson 10: the adjoint method by Euler steps, with something left out, compiled and as
/// text.
final class Remembered {
    /// What is wrong.
    enum Omission {
        /// Nothing is.
        NOTHING,
        /// The sign of a step back.
        SIGN,
        /// ∂L/∂x.
        RUNNING,
        /// ∂L/∂θ.
        DIRECT,
        /// The sign at the end.
        END
    }

    private Remembered() {}

    /// dx/dt = θ sin x − 0.3 x t, L = (x² + θ²) / 2, F = (x − y)² / 2.
    record Wave(double theta, double y) implements Lesson10.Problem {
        @Override
        public double f(double x, double t) {
            return theta * Math.sin(x) - 0.3 * x * t;
        }

        @Override
        public double fX(double x, double t) {
            return theta * Math.cos(x) - 0.3 * t;
        }

        @Override
        public double fTheta(double x, double t) {
            return Math.sin(x);
        }

        @Override
        public double runningX(double x, double t) {
            return x;
        }

        @Override
        public double runningTheta(double x, double t) {
            return theta;
        }

        @Override
        public double terminalX(double x) {
            return x - y;
        }
    }

    static Lesson10.FromMemory with(Omission omission) {
        return (p, x0, end, n) -> backwards(p, x0, end, n, omission);
    }

    private static double[] backwards(Lesson10.Problem p, double x0, double end, int n, Omission omission) {
        double h = end / n;
        double[] x = new double[n + 1];
        x[0] = x0;
        for (int k = 0; k < n; k++) {
            x[k + 1] = x[k] + p.f(x[k], k * h) * h;
        }
        double a = (omission == Omission.END ? -1 : 1) * p.terminalX(x[n]);
        double sum = 0;
        for (int k = n - 1; k >= 0; k--) {
            double t = k * h;
            sum += ((omission == Omission.DIRECT ? 0 : p.runningTheta(x[k], t)) + a * p.fTheta(x[k], t)) * h;
            double slope = (omission == Omission.RUNNING ? 0 : p.runningX(x[k], t)) + a * p.fX(x[k], t);
            a += (omission == Omission.SIGN ? -1 : 1) * slope * h;
        }
        return new double[] {sum, a};
    }

    /// The same as a reader writes it.
    static String text(Omission omission) {
        return """
                {
                    double h = T / n;
                    double[] x = new double[n + 1];
                    x[0] = x0;
                    for (int k = 0; k < n; k++) x[k + 1] = x[k] + p.f(x[k], k * h) * h;
                    double a = %sp.terminalX(x[n]), sum = 0;
                    for (int k = n - 1; k >= 0; k--) {
                        double t = k * h;
                        sum += (%sa * p.fTheta(x[k], t)) * h;
                        a %s (%sa * p.fX(x[k], t)) * h;
                    }
                    return new double[] {sum, a};
                }""".formatted(
                        omission == Omission.END ? "-" : "",
                        omission == Omission.DIRECT ? "" : "p.runningTheta(x[k], t) + ",
                        omission == Omission.SIGN ? "-=" : "+=",
                        omission == Omission.RUNNING ? "" : "p.runningX(x[k], t) + ");
    }
}
