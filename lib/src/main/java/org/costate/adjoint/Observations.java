package org.costate.adjoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;

/// The states that a cost looks at, and afterwards the gradients that come back to them, in the same buffers.
///
/// Memory: one state for each time, and two more.
final class Observations {
    private final Kernels kernels = Kernels.best();
    private final Cost cost;
    private final double t1;
    private final double[] times;
    private final double[] costateTimes;
    private final boolean interpolates;
    private final Buffer[] states;
    private final double[] byTime;
    private final Map<PointCost, PointCost.Bound> bound = new HashMap<>();
    private final boolean wantsTimes;
    private final Buffer work;
    private int next;

    /// @throws IllegalArgumentException if the cost looks at a time outside of the span
    Observations(Problem problem) {
        cost = problem.cost();
        double t0 = problem.t0();
        t1 = problem.t1();
        costateTimes = problem.costateTimes();
        interpolates = problem.interpolates();
        double direction = t1 >= t0 ? 1 : -1;
        for (Cost.Term term : cost.terms()) {
            if ((term.time() - t0) * direction < 0 || (t1 - term.time()) * direction < 0) {
                throw new IllegalArgumentException(
                        "cost: got one that looks at t = " + term.time() + ", expected a time of the span, " + t0
                                + " to " + t1 + "; make it longer, or leave that part away");
            }
        }
        times = cost.terms().stream()
                .mapToDouble(term -> time(term) * direction)
                .sorted()
                .distinct()
                .map(s -> s * direction)
                .toArray();
        Workspace workspace = problem.workspace();
        states = new Buffer[times.length];
        Buffer x0 = problem.x0();
        for (int j = 0; j < states.length; j++) {
            states[j] = workspace.allocate(x0.rows(), x0.columns(), x0.precision());
        }
        work = workspace.allocate(x0.rows(), x0.columns(), x0.precision());
        wantsTimes = problem.times();
        byTime = new double[times.length];
        for (Cost.Term term : cost.terms()) {
            bound.computeIfAbsent(term.cost(), c -> c.bind(problem)); // one cost may look at many times
        }
    }

    private double time(Cost.Term term) {
        return Double.isNaN(term.time()) ? t1 : term.time();
    }

    /// All of them, in the order of the solve.
    double[] times() {
        return times.clone();
    }

    /// All times where a step must end: also those at which the costate is wanted.
    double[] stops() {
        return DoubleStream.concat(Arrays.stream(landings()), Arrays.stream(costateTimes))
                .toArray();
    }

    /// Times where a step of the solve must end because a cost looks at them.
    double[] landings() {
        return interpolates ? new double[0] : times.clone();
    }

    /// How many times there are.
    int count() {
        return times.length;
    }

    /// Time number `j`.
    double time(int j) {
        return times[j];
    }

    /// Is there a state number `j`, before this time, the end of the solve?
    boolean isBefore(int j, double end) {
        return j < times.length && times[j] != end;
    }

    /// Is this the time of the next state that a cost looks at?
    boolean isNext(double t) {
        return isAt(next, t);
    }

    /// Is this the time of state number `j`?
    boolean isAt(int j, double t) {
        return j < times.length && times[j] == t;
    }

    /// To be told of the start and of every step, or of those that are next.
    ///
    /// @return the number of the state that this is, or −1
    int see(double t, Buffer x) {
        if (isNext(t)) {
            states[next].copyFrom(x);
            return next++;
        }
        return -1;
    }

    /// State number `j` of some samples of a batch, whose others come before or after, or on another thread; in the end
    /// [#passed].
    void seeRows(int j, int first, Buffer x) {
        states[j].view((long) first * x.columns(), x.rows(), x.columns()).copyFrom(x);
    }

    /// So many of the states were seen of every sample.
    void passed(int count) {
        next = count;
    }

    /// The value of the cost; the states become what comes back to them.
    ///
    /// @param byTheta ∂C/∂θ as far as the cost itself depends on θ. Added to.
    double evaluate(Buffer theta, Buffer byTheta, Workspace workspace) {
        if (next != times.length) {
            throw new IllegalStateException("the solve passed " + next + " of " + times.length + " observation times");
        }
        double value = 0;
        for (int j = 0; j < times.length; j++) {
            value += evaluate(j, theta, byTheta, workspace);
        }
        return value;
    }

    /// The part of the cost that looks at state number `j`, which becomes what comes back to it.
    double evaluate(int j, Buffer theta, Buffer byTheta, Workspace workspace) {
        Buffer sum = workspace.allocate(work.rows(), work.columns(), work.precision());
        Buffer part = workspace.allocate(1, theta.columns(), theta.precision());
        double value = 0;
        for (Cost.Term term : cost.terms()) {
            if (time(term) == times[j]) {
                work.fill(0);
                part.fill(0);
                PointCost.Bound function = bound.get(term.cost());
                double one = function.evaluate(times[j], states[j], theta, work, part);
                if (!Double.isFinite(one) || !kernels.finite(work) || !kernels.finite(part)) {
                    throw notFinite(times[j], one, work, part);
                }
                value += one;
                byTime[j] += wantsTimes ? function.byTime(times[j], states[j]) : 0;
                kernels.add(1, work, sum);
                kernels.add(1, part, byTheta);
            }
        }
        states[j].copyFrom(sum);
        workspace.release(sum);
        workspace.release(part);
        return value;
    }

    private static long firstNotFinite(Buffer b) {
        long i = 0;
        while (i < b.size() && Double.isFinite(b.get(i))) {
            i++;
        }
        return i;
    }

    private static IllegalArgumentException notFinite(double t, double value, Buffer gradient, Buffer byTheta) {
        String what = "the value " + value;
        if (Double.isFinite(value)) {
            long i = firstNotFinite(gradient);
            long j = firstNotFinite(byTheta);
            what = i < gradient.size()
                    ? "the derivative " + gradient.get(i) + " by component " + i % gradient.columns() + " of sample "
                            + i / gradient.columns()
                    : "the derivative " + byTheta.get(j) + " by parameter number " + j;
        }
        return new IllegalArgumentException("cost: got " + what + " at t = " + t
                + ", expected finite numbers; the state there is finite, so it is the cost that is not defined, or"
                + " overflows");
    }

    /// What came back to some samples, as a cost whose gradient it is; its value is not asked for.
    Cost cameBack(int first, int rows) {
        List<Cost.Term> terms = new ArrayList<>();
        for (int j = 0; j < times.length; j++) {
            int d = states[j].columns();
            Buffer back = states[j].view((long) first * d, rows, d);
            terms.add(new Cost.Term(times[j], new PointCost.OfBatch((x, theta, gradient, byTheta) -> {
                gradient.copyFrom(back);
                return 0;
            })));
        }
        return Cost.of(terms);
    }

    /// Adds how the cost itself depends on the times that it looks at; after [#evaluate].
    void addTo(TimeGradient gradient) {
        for (int j = 0; gradient != null && j < times.length; j++) {
            gradient.addTime(times[j], byTime[j]);
        }
    }

    /// State number `j`, until [#evaluate].
    Buffer state(int j) {
        return states[j];
    }

    /// How many were seen.
    int passed() {
        return next;
    }

    /// What comes back to the state at this time; null if nothing does.
    Buffer gradientAt(double t) {
        for (int j = 0; j < times.length; j++) {
            if (times[j] == t) {
                return states[j];
            }
        }
        return null;
    }
}
