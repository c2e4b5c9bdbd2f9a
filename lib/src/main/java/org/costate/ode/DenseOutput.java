package org.costate.ode;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// The solution between the steps: x(t + θh) = x + Σₚ θᵖ Qₚ on each step, by the method's own interpolant or, where
/// it has none, by the cubic Hermite polynomial of the states and slopes at both ends.
///
/// Order: that of the interpolant, 4 for Tsit5 and Dopri5, 7 for Dopri8, else 3; never above that of the method
/// plus one. At the steps' ends it is the state itself. Cost: 3 evaluations a step for Dopri8, none for methods whose
/// last stage is the first of the next step, else one. Memory: degree + 1 states and one time a step.
public final class DenseOutput {
    private final Kernels kernels = Kernels.best();
    private Integrator run;
    private Stepper.Evaluator field;
    private final DenseWeights weights;
    private final boolean keepsSlope;
    private final int degree;
    private final int size;
    private final History records;
    private final History times;
    private final Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
    private final Buffer[] terms;
    private final Buffer[] stages;
    /// The last of them that are not those of the step.
    private final int own;

    private final Workspace workspace;
    private final Workspace scratch;
    private final Buffer argument;
    /// The state at the last of the times.
    private Buffer reached;
    /// What a weighted sum is of, for the moment.
    private final Buffer[] sum;

    private final double[] factors;
    private final double direction;
    private long evaluations;
    private boolean fresh = true;
    private int last;

    /// Dense output of a solve that has not taken a step yet.
    ///
    /// @param field evaluated for the interpolant, with the number [Stepper#PROBE]
    /// @param expected how many steps will be kept at a time, or 0 if that is not known
    public DenseOutput(Integrator run, Stepper.Evaluator field, Workspace workspace, int expected) {
        this(run, field, workspace, workspace, expected);
    }

    /// The same with memory for the steps to come from elsewhere, and taken as steps come: where it ends, those before
    /// are kept.
    ///
    /// @param workspace of what is kept
    /// @param scratch of what is needed as long as steps are added
    public DenseOutput(Integrator run, Stepper.Evaluator field, Workspace workspace, Workspace scratch) {
        this(run, field, workspace, scratch, 0);
    }

    private DenseOutput(Integrator run, Stepper.Evaluator field, Workspace workspace, Workspace scratch, int expected) {
        this.run = run;
        this.workspace = workspace;
        this.scratch = scratch;
        this.field = field;
        Scheme scheme = run.scheme();
        weights = scheme.tableau() == null ? null : scheme.tableau().dense();
        keepsSlope = scheme.tableau() != null && scheme.tableau().firstSameAsLast();
        Buffer x = run.state();
        direction = run.direction();
        degree = weights == null ? 3 : weights.degree();
        size = (int) x.size();
        records = new History(workspace, size * (degree + 1), expected, x.precision());
        times = new History(workspace, 1, expected == 0 ? 0 : expected + 1, Precision.FLOAT64);
        terms = new Buffer[degree + 1];
        for (int p = 0; p <= degree; p++) {
            terms[p] = Buffer.movable(x.rows(), x.columns(), x.precision());
        }
        factors = new double[Math.max(degree + 1, 20)];
        int count = weights == null ? 2 : scheme.tableau().stages() + weights.extraStages();
        stages = new Buffer[count];
        sum = new Buffer[Math.max(4, count + 1)];
        own = weights == null ? (keepsSlope ? 0 : 2) : weights.extraStages();
        for (int i = count - own; i < count; i++) {
            stages[i] = scratch.allocate(x.rows(), x.columns(), x.precision());
        }
        argument = scratch.allocate(x.rows(), x.columns(), x.precision());
        reached = workspace.allocate(x.rows(), x.columns(), x.precision());
        reached.copyFrom(x);
        times.append(time);
        time.set(0, run.time());
    }

    /// To be called after every step, before the next.
    public void add() {
        double start = timeOf((int) times.count() - 1);
        double h = run.time() - start;
        Buffer x = run.slotsBefore()[0];
        Buffer next = run.slots()[0];
        long record = records.append(terms[0]);
        for (int p = 0; p <= degree; p++) {
            records.moveTo(record, p * size, terms[p]);
        }
        terms[0].copyFrom(x);
        if (weights == null) {
            hermite(x, next, start, h);
        } else {
            own(x, start, h);
        }
        fresh = run.restarts();
        reached.copyFrom(next);
        times.append(time); // last: until here an interrupt leaves what was before
        time.set(0, run.time());
    }

    private void own(Buffer x, double start, double h) {
        int s = stages.length - weights.extraStages();
        stages[0] = run.slotsBefore()[1];
        for (int i = 1; i < s; i++) {
            stages[i] = run.evaluation(i - 1);
        }
        System.arraycopy(stages, 0, sum, 1, stages.length);
        sum[0] = x;
        for (int i = s; i < stages.length; i++) {
            double[] row = weights.extraA(i - s);
            factors[0] = 1;
            for (int j = 0; j < i; j++) {
                factors[j + 1] = h * row[j];
            }
            kernels.combine(factors, sum, i + 1, argument);
            field.evaluate(Stepper.PROBE, Part.ALL, start + weights.extraC(i - s) * h, argument, stages[i]);
            evaluations++;
        }
        for (int p = 0; p < degree; p++) {
            for (int i = 0; i < stages.length; i++) {
                factors[i] = h * weights.weight(i, p);
            }
            kernels.combine(factors, stages, stages.length, terms[p + 1]);
        }
    }

    private void hermite(Buffer x, Buffer next, double start, double h) {
        if (keepsSlope) {
            stages[0] = run.slotsBefore()[1];
            stages[1] = run.slots()[1];
        } else {
            if (fresh) {
                field.evaluate(Stepper.PROBE, Part.ALL, run.inside(start, start, run.time()), x, stages[0]);
                evaluations++;
            } else {
                Buffer swap = stages[0];
                stages[0] = stages[1];
                stages[1] = swap;
            }
            field.evaluate(Stepper.PROBE, Part.ALL, run.inside(run.time(), start, run.time()), next, stages[1]);
            evaluations++;
        }
        sum[0] = next;
        sum[1] = x;
        sum[2] = stages[0];
        sum[3] = stages[1];
        term(1, 0, 0, h, 0);
        term(2, 3, -3, -2 * h, -h);
        term(3, -2, 2, h, h);
    }

    /// A coefficient of the cubic.
    private void term(int p, double ofNext, double ofX, double ofStart, double ofEnd) {
        factors[0] = ofNext;
        factors[1] = ofX;
        factors[2] = ofStart;
        factors[3] = ofEnd;
        kernels.combine(factors, sum, 4, terms[p]);
    }

    private double timeOf(int k) {
        times.moveTo(k, 0, time);
        return time.get(0);
    }

    /// x(t).
    ///
    /// @param out Overwritten.
    /// @throws IllegalArgumentException if the solve did not get there
    public void at(double time, Buffer out) {
        double t = inside(time);
        int k = find(t);
        double start = timeOf(k);
        if (t == start) {
            out.copyFrom(state(k));
            return;
        }
        double end = timeOf(k + 1);
        if (t == end) {
            out.copyFrom(state(k + 1));
            return;
        }
        double theta = (t - start) / (end - start);
        double power = 1;
        for (int p = 0; p <= degree; p++) {
            records.moveTo(k, p * size, terms[p]);
            factors[p] = power;
            power *= theta;
        }
        kernels.combine(factors, terms, degree + 1, out);
    }

    /// The state at time number `k`.
    private Buffer state(int k) {
        if (k == times.count() - 1) {
            return reached;
        }
        records.moveTo(k, 0, terms[0]);
        return terms[0];
    }

    /// The node t + h of a step need not be its end to the last bit: what is beyond an end by rounding is the end.
    private double inside(double t) {
        double first = timeOf(0);
        double end = timeOf((int) times.count() - 1);
        double rounding = 4 * Math.ulp(Math.max(Math.abs(first), Math.abs(end)));
        if ((t - first) * direction < 0 && Math.abs(t - first) <= rounding) {
            return first;
        }
        return (end - t) * direction < 0 && Math.abs(t - end) <= rounding ? end : t;
    }

    /// The step that t lies in: near the one that was asked for last, or by bisection. 0 where there is none.
    private int find(double t) {
        int steps = (int) times.count() - 1;
        boolean passed = (t - timeOf(0)) * direction >= 0 && (timeOf(steps) - t) * direction >= 0;
        if (!passed) {
            throw new IllegalArgumentException("t: got " + t + ", expected a time that the solve reached, " + timeOf(0)
                    + " to " + timeOf(steps) + "; make the span longer");
        }
        for (int k = Math.max(0, last - 1); k <= Math.min(steps - 1, last + 1); k++) {
            if (holds(k, t)) {
                last = k;
                return k;
            }
        }
        int low = 0;
        int high = steps - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if ((timeOf(middle + 1) - t) * direction >= 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        last = low;
        return low;
    }

    private boolean holds(int k, double t) {
        boolean after = (t - timeOf(k)) * direction > 0 || (k == 0 && t == timeOf(0));
        return after && (timeOf(k + 1) - t) * direction >= 0;
    }

    /// Forgets all steps so far: from here on, only those to come can be asked for.
    public void forget() {
        double now = timeOf((int) times.count() - 1);
        records.truncate(0);
        times.truncate(1);
        times.moveTo(0, 0, time);
        time.set(0, now);
        last = 0;
    }

    /// f for the interpolant alone.
    public long evaluations() {
        return evaluations;
    }

    /// Gives the memory of the steps so far away, to who asks for them: the workspace counts it no more, and
    /// nothing can be added.
    public DenseOutput given() {
        records.give();
        times.give();
        reached = workspace.give(reached);
        run = null; // the buffers of the solve would stay as long
        field = null;
        return this;
    }

    /// Gives its memory back. Nothing can be asked for afterwards.
    public void release() {
        records.release();
        times.release();
        for (int i = stages.length - own; i < stages.length; i++) {
            scratch.release(stages[i]);
        }
        scratch.release(argument);
        workspace.release(reached);
    }
}
