package org.costate.adjoint;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Statistics;

/// The answer of a gradient mode: the value of the cost, and its derivatives by the initial state and the
/// parameters.
public final class Gradient {
    /// Missed by more than this part of a sample's numbers, the state that the costate was computed along is not the
    /// solution any more.
    public static final double DRIFT_LIMIT = 1e-2;

    private final double cost;
    private final double[][] end;
    private final double[][] x0;
    private final Parameters parameters;
    private final Drift drift;
    private final Statistics forward;
    private final Statistics backward;
    private final long peakBytes;
    private final TimeGradient times;
    private final Costate costate;

    private Gradient(
            double cost,
            double[][] end,
            double[][] x0,
            Parameters parameters,
            Drift drift,
            Statistics forward,
            Statistics backward,
            long peakBytes,
            TimeGradient times,
            Costate costate) {
        this.cost = cost;
        this.end = end;
        this.x0 = x0;
        this.parameters = parameters;
        this.drift = drift;
        this.forward = forward;
        this.backward = backward;
        this.peakBytes = peakBytes;
        this.times = times;
        this.costate = costate;
    }

    /// Copies the numbers out of a gradient mode's buffers.
    ///
    /// @param end x(T)
    /// @param x0 ∂C/∂x0
    /// @param theta ∂C/∂θ, flat
    /// @param drift null where no state was found again
    static Gradient of(
            double cost,
            double[][] end,
            Buffer x0,
            ParameterLayout layout,
            Buffer theta,
            Drift drift,
            Statistics forward,
            Statistics backward) {
        Parameters parameters = new Parameters(layout);
        parameters.flat().copyFrom(theta);
        return new Gradient(cost, end, x0.toMatrix(), parameters, drift, forward, backward, 0, null, null);
    }

    /// The same with a count of bytes, which only the façade knows whole.
    public Gradient withPeakBytes(long bytes) {
        return new Gradient(cost, end, x0, parameters, drift, forward, backward, bytes, times, costate);
    }

    /// The same with derivatives by times, or null.
    Gradient withTimes(TimeGradient byTimes) {
        return new Gradient(cost, end, x0, parameters, drift, forward, backward, peakBytes, byTimes, costate);
    }

    /// The same with the costate, or null.
    Gradient withCostate(Costate kept) {
        return new Gradient(cost, end, x0, parameters, drift, forward, backward, peakBytes, times, kept);
    }

    /// The same with what was wished for besides, from another gradient of the same.
    Gradient withWishesOf(Gradient other) {
        Statistics back = backward.plus(other.backward).plusCostOf(other.forward);
        return new Gradient(cost, end, x0, parameters, drift, forward, back, peakBytes, other.times, other.costate);
    }

    /// The same without the last component of the state.
    Gradient withoutLastComponent() {
        Costate cut = costate == null ? null : costate.withoutLastComponent();
        return new Gradient(cost, cut(end), cut(x0), parameters, drift, forward, backward, peakBytes, times, cut);
    }

    private static double[][] cut(double[][] rows) {
        return Arrays.stream(rows)
                .map(row -> Arrays.copyOf(row, row.length - 1))
                .toArray(double[][]::new);
    }

    /// The value of the cost.
    public double cost() {
        return cost;
    }

    /// x(T), `[batch][dimension]`. A copy.
    public double[][] end() {
        return copy(end);
    }

    /// ∂C/∂x0 = a(t0), `[batch][dimension]`. A copy.
    public double[][] x0() {
        return copy(x0);
    }

    /// ∂C/∂θ, by name as θ itself, summed over the batch. A copy.
    public Parameters parameters() {
        return parameters.copy();
    }

    /// The same flat, not copied: not to be modified.
    Buffer flat() {
        return parameters.flat();
    }

    /// ∂C/∂(the parameter array of this name), `[rows][columns]`. A copy.
    public double[][] parameter(String name) {
        return parameters.get(name);
    }

    /// Adds ∂C/∂θ to a flat row, in the row's precision.
    void addTo(Buffer gp, Workspace part) {
        Buffer inPrecision = part.allocate(1, gp.columns(), gp.precision());
        inPrecision.copyFrom(flat());
        Kernels.best().add(1, inPrecision, gp);
    }

    /// Only where the state was reconstructed backwards: max |x̃(t0) − x0| over batch and components, in their unit.
    /// Where it was set right on the way, at the anchors of [Reversible] or by [Backsolve#withReset()], the
    /// largest of this and of the same there.
    public OptionalDouble drift() {
        return drift == null ? OptionalDouble.empty() : OptionalDouble.of(drift.miss());
    }

    /// May this gradient be used? False if some sample of the reconstructed state missed x0, or what else it was
    /// compared with, by more than [#DRIFT_LIMIT] times the largest of its own numbers there and in the steps
    /// beside it, and by more than the absolute tolerance of the solve.
    public boolean trusted() {
        return drift == null || drift.isSmall();
    }

    /// What [#drift()] and [#trusted()] follow from, or null.
    Drift found() {
        return drift;
    }

    /// ∂C/∂t0, ∂C/∂t1 and by the observation times.
    ///
    /// @throws IllegalStateException if they were not asked for
    public TimeGradient times() {
        if (times == null) {
            throw new IllegalStateException(
                    "times: got a gradient without derivatives by times, expected one with them; write"
                            + " ode.timeGradients().gradient(...)");
        }
        return times;
    }

    /// The costate, or null.
    Costate keptCostate() {
        return costate;
    }

    /// a(t) = ∂C/∂x(t) where it was to be kept.
    ///
    /// @throws IllegalStateException if it was not asked for
    public Costate costate() {
        if (costate == null) {
            throw new IllegalStateException("costate: got a gradient that did not keep it, expected one that was told"
                    + " to; write ode.keepCostate().gradient(...)");
        }
        return costate;
    }

    /// The most bytes that were held at once for this gradient: measured by the workspace, not estimated.
    public long peakBytes() {
        return peakBytes;
    }

    /// What the solve cost.
    public Statistics forward() {
        return forward;
    }

    /// What the way back cost.
    public Statistics backward() {
        return backward;
    }

    private static double[][] copy(double[][] matrix) {
        return Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    }

    @Override
    public String toString() {
        String text = "Gradient[cost " + cost + ", " + parameters.layout() + ", peak " + peakBytes + " bytes";
        if (drift != null) {
            text += ", drift " + drift.miss();
        }
        if (!trusted()) {
            text +=
                    ", NOT TO BE TRUSTED: the state integrated backwards misses the solution; take Checkpointed, or smaller steps";
        }
        return text + "]";
    }
}
