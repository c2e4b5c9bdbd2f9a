package org.costate.adjoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.ode.Dynamics;
import org.costate.ode.Interruption;

/// What is to be small: C = ∫ L(t, x, θ) dt + F(x(T), θ) + Σⱼ Gⱼ(x(τⱼ), θ), a running cost, and functions
/// of the state at the end and at observation times. Any of them may be absent; costs are added by [#plus].
///
/// | part | one number a sample: traced, or lambdas on arrays or buffers | a lambda on the whole batch |
/// |---|---|---|
/// | ∫ L dt | [#running(Dynamics)] | – |
/// | F(x(T)) | [#terminal(Dynamics)] | [#terminal(Terminal)], [#terminal(WithParameters)] |
/// | G(x(τ)) | [#at(double, Dynamics)] | [#at(double, Terminal)], [#at(double, WithParameters)] |
/// | ready-made | [#sumOfSquares], [#meanOfSquares], [#normalNoise], [#parameterPenalty] | |
///
/// Cost: a running one is an evaluation of L beside each of f; the others are evaluated once for each time
/// that they look at, and cost memory for a state of each.
///
/// Immutable; may be shared by threads if its lambdas may.
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

    /// One of them; the time is NaN for the end.
    record Term(double time, PointCost cost) {}

    private static final String FUNCTION = "give a lambda, or a part made by Trace.cost(dimension, (t, x, p) -> ...)";
    private static final String TARGET = "give [batch][dimension] numbers";

    private final List<Term> terms;
    private final List<Dynamics> running;
    private final String text;

    private Cost(List<Term> terms, List<Dynamics> running, String text) {
        this.terms = List.copyOf(terms);
        this.running = List.copyOf(running);
        this.text = text;
    }

    static Cost of(List<Term> terms) {
        return new Cost(terms, List.of(), "functions of x");
    }

    private static Cost of(double time, PointCost cost, String text) {
        return new Cost(List.of(new Term(time, cost)), List.of(), text);
    }

    private static Cost ofEnd(PointCost cost) {
        return of(Double.NaN, cost, "a function of x(T)");
    }

    private static Cost ofTime(double time, PointCost cost) {
        if (!Double.isFinite(time)) {
            throw new IllegalArgumentException(
                    "time: got " + time + ", expected a finite time of the span; for the end write terminal(...)");
        }
        return of(time, cost, "a function of x(" + time + ")");
    }

    private static WithParameters withParameters(Terminal f) {
        Arguments.given("f", f, FUNCTION);
        return (x, theta, gradient, byTheta) -> f.valueAndGradient(x, gradient);
    }

    /// Any function of the end state of the whole batch.
    public static Cost terminal(Terminal f) {
        return terminal(withParameters(f));
    }

    /// Any function of the end state of the whole batch, and of the parameters.
    public static Cost terminal(WithParameters f) {
        return ofEnd(new PointCost.OfBatch(Arguments.given("f", f, FUNCTION)));
    }

    /// Σ F(T, x(T), θ) over the samples.
    ///
    /// @param f one number a sample, by [#running]'s rules; a dependence on T counts in ∂C/∂t1
    public static Cost terminal(Dynamics f) {
        return ofEnd(new PointCost.OfSamples(checked(f)));
    }

    /// Any function of the state of the whole batch at a time of the span.
    public static Cost at(double time, Terminal f) {
        return at(time, withParameters(f));
    }

    /// Any function of the state of the whole batch at a time of the span, and of the parameters.
    public static Cost at(double time, WithParameters f) {
        return ofTime(time, new PointCost.OfBatch(Arguments.given("f", f, FUNCTION)));
    }

    /// Σ G(τ, x(τ), θ) over the samples, at the time τ of the span.
    ///
    /// @param f one number a sample, by [#running]'s rules; a dependence on τ counts in ∂C/∂τ
    public static Cost at(double time, Dynamics f) {
        return ofTime(time, new PointCost.OfSamples(checked(f)));
    }

    /// ∫ L(t, x(t), θ) dt over the span, summed over the batch, by the solver's own rule.
    ///
    /// @param f one number a sample: traced, `Trace.cost(dimension, (t, x, p) -> …)`, or by lambdas on
    ///     arrays, `Dynamics.cost(…)`, or on buffers, `Dynamics.costOfBatch(…)`. Its parameters are those of
    ///     the field, by their names
    public static Cost running(Dynamics f) {
        return new Cost(List.of(), List.of(checked(f)), "a running cost");
    }

    private static Dynamics checked(Dynamics f) {
        Arguments.given("f", f, FUNCTION);
        if (f.outputs() != 1) {
            throw new IllegalArgumentException("f: got " + f.outputs() + " values a sample, expected 1;"
                    + " make it by Trace.cost(dimension, (t, x, p) -> ...)");
        }
        if (!f.hasVjp()) {
            throw new IllegalArgumentException(
                    "f: got a cost without a vector-Jacobian product, expected one with it, which"
                            + " gradients need; trace it, Trace.cost(dimension, (t, x, p) -> ...), or give it by hand");
        }
        return f;
    }

    /// No cost, that looks at these times: for solves.
    public static Cost nothingAt(double... times) {
        PointCost nothing = new PointCost.OfBatch((x, theta, gradient, byTheta) -> 0);
        return of(Arrays.stream(times).mapToObj(t -> new Term(t, nothing)).toList());
    }

    /// @throws IllegalArgumentException if a part of this cost is not one of the states of this field, or
    ///     reads parameters that the field does not have
    void check(Dynamics field) {
        List<Dynamics> all = new ArrayList<>(running);
        terms.forEach(term -> {
            if (term.cost() instanceof PointCost.OfSamples samples) {
                all.add(samples.cost());
            }
        });
        for (Dynamics f : all) {
            if (f.dimension() != field.dimension()) {
                throw new IllegalArgumentException(
                        "cost: got " + this + " with a function of " + f.dimension() + " components, expected "
                                + field.dimension() + ", the dimension of the field; make it anew for as many");
            }
            try {
                var _ = f.over(field.layout());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "cost: got " + this + ", expected one that reads only parameters of the field: "
                                + e.getMessage(),
                        e);
            }
        }
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
        return terminal(meanSquares(target)).named("mean of squares");
    }

    /// The mean of (x(time) − target)² over all components and all samples.
    public static Cost meanOfSquaresAt(double time, double[][] target) {
        return at(time, meanSquares(target)).named("mean of squares at " + time);
    }

    private static Terminal meanSquares(double[][] target) {
        Arguments.allGiven("target", target, TARGET);
        return squares(
                target, 1.0 / Arrays.stream(target).mapToLong(row -> row.length).sum());
    }

    /// −log of the density of normal noise about x(T), summed over all components and all samples:
    /// Σ ((x − target)² / (2σ²) + log σ + log(2π) / 2).
    ///
    /// @param target `[batch][dimension]`. Copied.
    /// @param sigma the standard deviation, above 0
    public static Cost normalNoise(double[][] target, double sigma) {
        return terminal(noise(target, sigma)).named("normal noise");
    }

    /// The same about x(time).
    public static Cost normalNoiseAt(double time, double[][] target, double sigma) {
        return at(time, noise(target, sigma)).named("normal noise at " + time);
    }

    private static Terminal noise(double[][] target, double sigma) {
        if (!(sigma > 0) || sigma == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("sigma: got " + sigma
                    + ", expected a finite number above 0; it is the standard deviation of the noise");
        }
        Terminal squares = squares(target, 1 / (2 * sigma * sigma));
        double constant = Math.log(sigma) + 0.5 * Math.log(2 * Math.PI);
        return (x, gradient) -> squares.valueAndGradient(x, gradient) + constant * x.size();
    }

    /// weight · Σ θ²: keeps parameters small.
    public static Cost parameterPenalty(double weight) {
        if (!Double.isFinite(weight)) {
            throw new IllegalArgumentException(
                    "weight: got " + weight + ", expected a finite number; small ones such as 1e-4 are usual");
        }
        return terminal((x, theta, gradient, byTheta) -> {
                    double sum = 0;
                    for (long i = 0; i < theta.size(); i++) {
                        Interruption.checkNowAndThen(i);
                        sum += theta.get(i) * theta.get(i);
                        byTheta.set(i, 2 * weight * theta.get(i));
                    }
                    return weight * sum;
                })
                .named("penalty of parameters");
    }

    /// The sum of both costs.
    public Cost plus(Cost other) {
        Arguments.given("other", other, "such as Cost.sumOfSquares(target)");
        List<Term> points = new ArrayList<>(terms);
        points.addAll(other.terms);
        List<Dynamics> integrands = new ArrayList<>(running);
        integrands.addAll(other.running);
        return new Cost(points, integrands, text + " + " + other.text);
    }

    private Cost named(String name) {
        return new Cost(terms, running, name);
    }

    /// The integrands of the running cost, one number a sample each.
    List<Dynamics> running() {
        return running;
    }

    List<Term> terms() {
        return terms;
    }

    private static Terminal squares(double[][] target, double weight) {
        Arguments.allGiven("target", target, TARGET);
        double[][] copy = Arrays.stream(target).map(double[]::clone).toArray(double[][]::new);
        if (copy.length == 0 || copy[0].length == 0) {
            throw new IllegalArgumentException(
                    "target: got no numbers, expected one row for each sample; one sample is {{1, 2, ...}}");
        }
        for (int r = 0; r < copy.length; r++) {
            if (copy[r].length != copy[0].length || !Arrays.stream(copy[r]).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("target: got " + Arrays.toString(copy[r]) + " as row " + r
                        + ", expected " + copy[0].length + " finite numbers as in row 0; give one for each component");
            }
        }
        return (x, gradient) -> {
            if (x.rows() != copy.length || x.columns() != copy[0].length) {
                throw new IllegalArgumentException("target: got " + copy.length + " x " + copy[0].length
                        + ", expected one row for each of the " + x.rows()
                        + " samples and one column for each of the " + x.columns()
                        + " components; make it of the shape of x0");
            }
            double sum = 0;
            for (int r = 0; r < copy.length; r++) {
                for (int c = 0; c < copy[r].length; c++) {
                    Interruption.checkNowAndThen((long) r * copy[r].length + c);
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
