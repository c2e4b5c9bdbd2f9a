package org.costate.adjoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.costate.memory.Buffer;
import org.costate.ode.Dynamics;

/// What is to be small: C = ∫ L dt + F(x(T)) + Σⱼ Gⱼ(x(τⱼ)), a running cost, and functions of the state at the
/// end and at observation times.
///
/// Costs are added by [#plus].
public final class Cost {
    /// A function of the state at one time, and its gradient.
    @FunctionalInterface
    public interface Terminal {
        /// The value and the gradient at one state.
        ///
        /// @param x the state, `[batch, dimension]`. Not modified.
        /// @param gradient ∂F/∂x, of the same shape. Comes as zeros, to be filled.
        /// @return F(x), one number for the whole batch
        double valueAndGradient(Buffer x, Buffer gradient);
    }

    /// A function of the state and the parameters at one time.
    @FunctionalInterface
    public interface WithParameters {
        /// As [Terminal#valueAndGradient], with ∂F/∂θ too.
        ///
        /// @param theta flat, `[1, parameters]`. Not modified.
        /// @param byTheta ∂F/∂θ. Comes as zeros, to be filled.
        double valueAndGradient(Buffer x, Buffer theta, Buffer gradient, Buffer byTheta);
    }

    /// One function; the time is NaN for the end.
    record Term(double time, WithParameters function) {}

    private final List<Term> terms;
    private final Dynamics running;
    private final String text;

    private Cost(List<Term> terms, Dynamics running, String text) {
        this.terms = terms;
        this.running = running;
        this.text = text;
    }

    static Cost of(List<Term> terms) {
        return new Cost(List.copyOf(terms), null, "functions of x");
    }

    private static Cost of(double time, WithParameters f, String text) {
        return new Cost(List.of(new Term(time, f)), null, text);
    }

    /// Any function of the end state.
    public static Cost terminal(Terminal f) {
        return terminal((x, theta, gradient, byTheta) -> f.valueAndGradient(x, gradient));
    }

    /// Any function of the end state and the parameters.
    public static Cost terminal(WithParameters f) {
        return of(Double.NaN, f, "a function of x(T)");
    }

    /// Any function of the state at a time of the span.
    public static Cost at(double time, Terminal f) {
        if (!Double.isFinite(time)) {
            throw new IllegalArgumentException("time: got " + time + ", expected a finite time of the span");
        }
        return of(
                time,
                (x, theta, gradient, byTheta) -> f.valueAndGradient(x, gradient),
                "a function of x(" + time + ")");
    }

    /// ∫ L(t, x(t), θ) dt over the span, summed over the batch, by the solver's own rule.
    ///
    /// @param integrand `Trace.integrand(dimension, (t, x, p) -> …)`, or one of lambdas; its parameters are
    ///     those of the field, by their names
    public static Cost running(Dynamics integrand) {
        if (integrand.outputs() != 1) {
            throw new IllegalArgumentException("integrand: got " + integrand.outputs() + " values a sample, expected 1;"
                    + " make it by Trace.integrand(dimension, (t, x, p) -> ...)");
        }
        return new Cost(List.of(), integrand, "a running cost");
    }

    /// Σ (x(T) − target)², over all components and all samples: not a mean.
    ///
    /// @param target `[batch][dimension]`. Copied.
    public static Cost sumOfSquares(double[][] target) {
        return terminal(squares(target, 1)).named("sum of squares");
    }

    /// Σ (x(T) − target)² for one sample.
    public static Cost sumOfSquares(double... target) {
        return sumOfSquares(new double[][] {target});
    }

    /// Σ (x(time) − target)², over all components and all samples.
    public static Cost sumOfSquaresAt(double time, double[][] target) {
        return at(time, squares(target, 1)).named("sum of squares at " + time);
    }

    /// The sum of squares divided by batch · dimension.
    ///
    /// @param target `[batch][dimension]`. Copied.
    public static Cost meanOfSquares(double[][] target) {
        return terminal(squares(target, 1.0 / (target.length * (double) target[0].length)))
                .named("mean of squares");
    }

    /// −log of the density of normal noise about x(T): Σ ((x − target)² / (2σ²) + log σ + log(2π) / 2).
    ///
    /// @param target `[batch][dimension]`. Copied.
    /// @param sigma the standard deviation, above 0
    public static Cost normalNoise(double[][] target, double sigma) {
        if (!(sigma > 0)) {
            throw new IllegalArgumentException("sigma: got " + sigma + ", expected above 0");
        }
        Terminal squares = squares(target, 1 / (2 * sigma * sigma));
        double constant = Math.log(sigma) + 0.5 * Math.log(2 * Math.PI);
        return terminal((x, gradient) -> squares.valueAndGradient(x, gradient) + constant * x.size())
                .named("normal noise");
    }

    /// weight · Σ θ²: keeps parameters small.
    public static Cost parameterPenalty(double weight) {
        return terminal((x, theta, gradient, byTheta) -> {
                    double sum = 0;
                    for (long i = 0; i < theta.size(); i++) {
                        sum += theta.get(i) * theta.get(i);
                        byTheta.set(i, 2 * weight * theta.get(i));
                    }
                    return weight * sum;
                })
                .named("penalty of parameters");
    }

    /// The sum of both costs.
    public Cost plus(Cost other) {
        List<Term> all = new ArrayList<>(terms);
        all.addAll(other.terms);
        if (running != null && other.running != null) {
            throw new IllegalArgumentException("other: both costs have a running part; write one integrand for both");
        }
        return new Cost(List.copyOf(all), running == null ? other.running : running, text + " + " + other.text);
    }

    private Cost named(String name) {
        return new Cost(terms, running, name);
    }

    /// The integrand of the running cost, or null.
    Dynamics running() {
        return running;
    }

    List<Term> terms() {
        return terms;
    }

    private static Terminal squares(double[][] target, double weight) {
        double[][] copy = Arrays.stream(target).map(double[]::clone).toArray(double[][]::new);
        return (x, gradient) -> {
            if (x.rows() != copy.length || x.columns() != copy[0].length) {
                throw new IllegalArgumentException("target: got " + copy.length + " x " + copy[0].length
                        + ", expected one row for each of the " + x.rows()
                        + " samples and one column for each of the " + x.columns() + " components");
            }
            double sum = 0;
            for (int r = 0; r < copy.length; r++) {
                for (int c = 0; c < copy[r].length; c++) {
                    double miss = x.get(r, c) - copy[r][c];
                    sum += miss * miss;
                    gradient.set(r, c, 2 * weight * miss);
                }
            }
            return weight * sum;
        };
    }

    @Override
    public String toString() {
        return "Cost[" + text + "]";
    }
}
