package org.costate.adjoint;

import java.util.Arrays;
import java.util.stream.Stream;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.ArrayBound;
import org.costate.ode.ArrayStepper;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.Integrator;
import org.costate.ode.Interruptible;
import org.costate.ode.Interruption;
import org.costate.ode.Jumps;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.Stepper;

/// One gradient question, checked by the façade: everything that a gradient mode needs to know.
///
/// @param x0 initial state, `[batch, dimension]`. Not modified.
/// @param theta flat parameters in the precision of x0. Not modified.
/// @param wishes what is wanted besides the gradient
/// @param workspace where every byte of the answer's computation comes from
/// @param progress how far it has come
public record Problem(
        Dynamics dynamics,
        Solver solver,
        double t0,
        double t1,
        Buffer x0,
        Buffer theta,
        Cost cost,
        Wishes wishes,
        Workspace workspace,
        Progress progress) {
    public Problem(
            Dynamics dynamics,
            Solver solver,
            double t0,
            double t1,
            Buffer x0,
            Buffer theta,
            Cost cost,
            Wishes wishes,
            Workspace workspace) {
        this(dynamics, solver, t0, t1, x0, theta, cost, wishes, workspace, new Progress(t0, t1, wishes.progress()));
    }

    /// Where the field jumps.
    Jumps jumps() {
        return new Jumps(x0.precision(), solver.jumps());
    }

    /// How many steps the solver takes, or 0 where that is not known beforehand.
    int fixedSteps() {
        return solver.steps() instanceof FixedSteps f ? f.count() : 0;
    }

    /// The answer of a gradient mode.
    ///
    /// @throws SolveException if a solve does not succeed, there or back
    public Gradient answer(Adjoint mode) {
        cost.check(dynamics);
        long before = workspace.liveBytes();
        try {
            return finite(solve(mode));
        } catch (Interruption e) {
            throw new SolveException(Outcome.interrupted(progress.time(), progress.stepSize()), e);
        } catch (MemoryBudgetException e) {
            String advice = MemoryAdvice.of(this, before, e.budget());
            throw new SolveException(Outcome.memoryBudget(progress.time(), progress.stepSize(), e, advice), e);
        }
    }

    /// Ends the way back where a number of it is not finite: nothing that follows would be.
    ///
    /// @param t where the step of size `h` began
    /// @param gp ∂C/∂θ so far; null if it is not to be looked at
    /// @throws SolveException if there is one
    void refuseNonFinite(double t, double h, Buffer costate, Buffer gp) {
        Kernels kernels = Kernels.best();
        if (!kernels.finite(costate)) {
            Outcome.nonFiniteDerivative(t, h, "the costate", Offender.notFinite(costates(), costate))
                    .orThrow();
        }
        if (gp != null && !kernels.finite(gp)) {
            Offender offender = Offender.notFinite(Offender.Naming.gradientBy(dynamics.layout()), gp);
            Outcome.nonFiniteDerivative(t, h, "the gradient", offender).orThrow();
        }
    }

    /// Ends the way back where the state that was found again is not finite.
    ///
    /// @param t where the step of size `h` began
    /// @throws SolveException if it is not
    void refuseLost(double t, double h, Buffer found) {
        if (!Kernels.best().finite(found)) {
            Outcome.lost(Outcome.Kind.NON_FINITE, t, h, Offender.notFinite(states(), found))
                    .orThrow();
        }
    }

    /// A gradient that is not one is never given silently.
    private Gradient finite(Gradient g) {
        Buffer flat = g.flat();
        Offender offender = Kernels.best().finite(flat)
                ? null
                : Offender.notFinite(Offender.Naming.gradientBy(dynamics.layout()), flat);
        double[][] byX0 = g.x0();
        for (int row = 0; offender == null && row < byX0.length; row++) {
            for (int i = 0; offender == null && i < byX0[row].length; i++) {
                double value = byX0[row][i];
                offender = Double.isFinite(value) ? null : costates().of(row, i, value);
            }
        }
        if (offender != null || !Double.isFinite(g.cost())) {
            String what = offender == null ? "the cost, " + g.cost() + "," : "the gradient";
            Outcome.nonFiniteDerivative(progress.time(), progress.stepSize(), what, offender)
                    .orThrow();
        }
        return g;
    }

    /// Gradient modes know nothing of running costs, nor of samples that step by themselves.
    public Gradient solve(Adjoint mode) {
        if (mode.takesAll()) {
            return mode.gradient(this);
        }
        if (!cost.running().isEmpty()) {
            return Running.augment(this).solve(mode).withoutLastComponent();
        }
        boolean each = solver.stepsPerSample() && x0.rows() > 1;
        return each ? PerSample.gradient(this, mode) : mode.gradient(this);
    }

    /// What a failure calls the numbers of the state.
    Offender.Naming states() {
        return naming("state");
    }

    /// What a failure calls the numbers of the costate.
    Offender.Naming costates() {
        return naming("costate");
    }

    private Offender.Naming naming(String quantity) {
        return (row, column, value) -> Running.isCost(dynamics, column)
                ? new Offender("running cost", progress.row() + row, 0, value)
                : new Offender(quantity, progress.row() + row, column, value);
    }

    /// The field for this batch; each evaluation heeds an interrupt of the present thread, on whatever thread it is.
    BoundDynamics bind() {
        return bind(Thread.currentThread());
    }

    /// The same for another thread's interrupt.
    BoundDynamics bind(Thread caller) {
        return new Interruptible(dynamics.bind(workspace, x0.rows(), x0.precision(), theta), caller);
    }

    /// The field on plain arrays, where that is faster and all that is wanted can be had from it; else null.
    ArrayBound onArrays(BoundDynamics field) {
        boolean more = wishes.times() || wishes.costate() || interpolates();
        return x0.precision() == Precision.FLOAT64 && !more ? field.onArrays() : null;
    }

    /// A solve of this problem.
    Integrator integrator(Stepper.Evaluator field, double[] stops) {
        return new Integrator(field, solver, t0, t1, stops, x0, workspace);
    }

    /// The same on plain arrays.
    Integrator integrator(ArrayStepper.Evaluator field, double[] stops) {
        return new Integrator(field, solver, t0, t1, stops, x0, workspace);
    }

    /// The same question for some samples, which are solved after those before them.
    ///
    /// @param how they are solved
    /// @param again is their way forward taken for a second time?
    Problem ofRows(int from, int rows, Solver how, Cost own, boolean again, Workspace part) {
        Buffer x = x0.view((long) from * x0.columns(), rows, x0.columns());
        Progress some = progress.ofSamples(from, rows, x0.rows(), again);
        return new Problem(dynamics, how, t0, t1, x, theta, own, wishes, part, some);
    }

    /// The same question for some samples, whose cost is looked at together.
    ///
    /// @param tells is the listener told of these samples' progress?
    Problem ofRows(int from, int rows, boolean tells) {
        Buffer x = x0.view((long) from * x0.columns(), rows, x0.columns());
        return new Problem(dynamics, solver, t0, t1, x, theta, cost, wishes, workspace, progress.ofRows(from, tells));
    }

    /// The same question about another field: the same one, evaluated elsewhere.
    public Problem of(Dynamics other) {
        return new Problem(other, solver, t0, t1, x0, theta, cost, wishes, workspace, progress);
    }

    /// The same question with memory from elsewhere.
    Problem in(Workspace other) {
        return new Problem(dynamics, solver, t0, t1, x0, theta, cost, wishes, other, progress);
    }

    /// The same question, whose way forward is taken for a second time.
    Problem again() {
        return new Problem(
                dynamics, solver, t0, t1, x0, theta, cost, wishes, workspace, progress.ofSamples(0, 1, 1, true));
    }

    /// Is something wanted of single steps: derivatives by times, the costate, states inside of steps?
    public boolean seesSteps() {
        return times() || wishes.costate() || interpolates();
    }

    /// Are derivatives by t0, t1 and the observation times wanted?
    boolean times() {
        return wishes.times();
    }

    /// Are there times inside of the span that the cost looks at, and at which no step ends?
    boolean interpolates() {
        return wishes.interpolates()
                && cost.terms().stream()
                        .mapToDouble(Cost.Term::time)
                        .anyMatch(t -> !Double.isNaN(t) && t != t0 && t != t1);
    }

    /// Times at which the costate is to be kept; none where it is kept at all.
    double[] costateTimes() {
        return wishes.costateTimes() == null ? new double[0] : wishes.costateTimes();
    }

    /// Times where a step must end, whatever the ends of the span do.
    double[] stops() {
        return Stream.of(solver.forced(), solver.jumps(), costateTimes())
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /// A buffer of the state's shape.
    Buffer state() {
        return workspace.allocate(x0.rows(), x0.columns(), x0.precision());
    }

    /// So many buffers of the state's shape: slots.
    Buffer[] states(int count) {
        Buffer[] all = new Buffer[count];
        for (int l = 0; l < count; l++) {
            all[l] = state();
        }
        return all;
    }

    /// A buffer of the parameters' shape.
    Buffer parameters() {
        return workspace.allocate(1, theta.columns(), theta.precision());
    }
}
