package org.costate;

import java.util.function.Consumer;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Cost;
import org.costate.adjoint.CostateListener;
import org.costate.adjoint.Device;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.adjoint.ProgressListener;
import org.costate.adjoint.Wishes;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.costate.ode.StepListener;

/// An initial value problem dx/dt = f(t, x, θ) on a span of time, with a solver and a gradient mode.
///
/// ```java
/// Ode ode = Ode.of(f).span(0, 1).solver(Rk4.steps(100)).adjoint(Backsolve.defaults());
/// Solution s = ode.solve(x0, theta);
/// Gradient g = ode.gradient(x0, theta, Cost.sumOfSquares(target));
/// ```
///
/// Immutable: each method gives a new problem. May be shared by threads. Memory is kept from call to call and
/// counted by [#workspace()].
public final class Ode {
    private final Setting setting;

    private Ode(Setting setting) {
        setting.refusePairs();
        this.setting = setting;
    }

    private Ode with(Consumer<Setting> change) {
        Setting next = setting.copy();
        change.accept(next);
        return new Ode(next);
    }

    /// A problem with this field; span and solver are still to be given. Gradients by `Backprop`, in float64,
    /// unless others are asked for.
    public static Ode of(Dynamics dynamics) {
        Setting setting = new Setting();
        setting.dynamics = Arguments.given("dynamics", dynamics, "make it by Trace.dynamics(...) or Dynamics.of(...)");
        return new Ode(setting);
    }

    /// From t0 to t1, in either direction, in the field's unit of time.
    ///
    /// @throws IllegalArgumentException if one of them is not finite
    public Ode span(double from, double to) {
        if (!Double.isFinite(from) || !Double.isFinite(to)) {
            throw new IllegalArgumentException(
                    "span: got " + from + " to " + to + ", expected two finite times; write .span(0, 1)");
        }
        return with(s -> {
            s.t0 = from;
            s.t1 = to;
        });
    }

    /// With this method and these steps, such as `Rk4.steps(100)`.
    ///
    /// @throws IllegalArgumentException if the method is symplectic and the field is not partitioned, or if the
    ///     gradient mode that was asked for does not go with it
    public Ode solver(Solver newSolver) {
        Arguments.given("solver", newSolver, "such as Rk4.steps(100)");
        return with(s -> s.solver = newSolver);
    }

    /// With this gradient mode, such as `Backsolve.defaults()`.
    ///
    /// @throws IllegalArgumentException if the field has no vector–Jacobian product, or if the mode does not go
    ///     with the solver: `Reversible` with a method that is not, `Recompute` with other steps than those of
    ///     `Euler.steps(n)`
    public Ode adjoint(Adjoint newAdjoint) {
        Arguments.given("adjoint", newAdjoint, "such as Backprop.defaults()");
        return with(s -> s.adjoint = newAdjoint);
    }

    /// With states, parameters and gradients computed in this precision. Time stays float64.
    public Ode precision(Precision newPrecision) {
        Arguments.given("precision", newPrecision, "FLOAT64 or FLOAT32");
        return with(s -> s.precision = newPrecision);
    }

    /// The same problem on another device: `ode.on(Gpu.first())`. Solves, gradients and steps are computed there.
    ///
    /// @throws IllegalArgumentException if the device cannot do this field, solver, mode or precision, with
    ///     the alternatives
    public Ode on(Device device) {
        Arguments.given("device", device, "such as Gpu.first()");
        return with(s -> s.device = device);
    }

    /// The code that the device runs for a gradient of a large batch: to be read.
    ///
    /// @throws IllegalStateException if the problem is on no device
    public String source() {
        setting.needSpanAndSolver();
        if (setting.device == null) {
            throw new IllegalStateException(
                    "device: got none, expected one whose code is to be shown; write ode.on(Gpu.first()).source()");
        }
        return setting.device.source(setting.dynamics, setting.solver, setting.plainMode(), setting.precision);
    }

    /// [#solve] keeps the states at these times alone. Steps end there, but for [#interpolateObservations].
    ///
    /// @param times strictly in the order of the span
    public Ode observe(double... times) {
        Solve.Observed observed = new Solve.Observed(
                Arguments.given("times", times, "give times of the span").clone());
        return with(s -> s.observe = observed);
    }

    /// No step is shortened to end at a time that [#observe] names, or that a cost looks at inside of the span:
    /// the state there is read from the step that it lies in,
    ///
    /// ```
    /// x(τ) = x(t + θh) = Σⱼ wⱼ(θ) sⱼ,   θ = (τ − t) / h
    /// ```
    ///
    /// summed over what the step is made of, by the method's own interpolant or, where it has none, by the
    /// cubic Hermite polynomial, as by [#dense]. The exact modes give the gradient of this sum, also by times:
    /// ∂C/∂τ = ∂G/∂x · dx/dt of the interpolant, and θ moves with the ends of the step. The others land at τ on
    /// the way back.
    ///
    /// Order: that of the method, but at most one more than the interpolant's, which is 3 for Hermite, 4 for
    /// Tsit5 and Dopri5, 7 for Dopri8; of a derivative by τ, at most the interpolant's. Cost: in a step that is
    /// looked into, up to 2 evaluations for Hermite, 3 for Dopri8, none for Tsit5 and Dopri5; `Backprop` takes
    /// every step again. Memory: some states, whatever the number of steps.
    ///
    /// For many observations, or large steps. When not to use it: where observations must be as exact as the
    /// ends of steps and the method has no interpolant of its order; where the field jumps at τ, which
    /// [Solver#jumpAt] is for. Steps still end at the times of [#keepCostate(double...)]; kept at every step, the
    /// costate of an exact mode jumps between two of them.
    public Ode interpolateObservations() {
        return with(s -> s.wishes = s.wishes.withInterpolation());
    }

    /// [#solve] keeps what [Solution#at] needs to tell the state at any time: some states more a step.
    public Ode dense() {
        return with(s -> s.dense = true);
    }

    /// [#solve] tells of every accepted step, on the calling thread.
    public Ode listener(StepListener newListener) {
        Arguments.given("listener", newListener, "StepListener.NONE listens to nothing");
        return with(s -> s.listener = newListener);
    }

    /// The same for who wants to know whose step it is, where samples have steps of their own.
    public Ode listener(StepListener.OfSample newListener) {
        return listener((StepListener) newListener);
    }

    /// [#gradient] gives [Gradient#times()] too, the derivatives by t0, t1 and the observation times.
    public Ode timeGradients() {
        return with(s -> s.wishes = s.wishes.withTimes());
    }

    /// [#gradient] keeps the costate a(t) = ∂C/∂x(t) after every step of the way back, for [Gradient#costate()].
    ///
    /// Memory: a state and a time for each step, counted. Samples with steps of their own have each a costate of
    /// their own, [org.costate.adjoint.Costate#sample].
    public Ode keepCostate() {
        return with(s -> s.wishes = s.wishes.withCostate());
    }

    /// [#gradient] keeps the costate at these times alone. Steps end there: in the exact modes those of the
    /// solve, in the others those of the way back.
    ///
    /// @param times of the span, in any order
    /// @throws IllegalArgumentException if there are none, or one is not finite
    public Ode keepCostate(double... times) {
        return with(s -> s.wishes = s.wishes.withCostate(times));
    }

    /// [#gradient] tells the costate on the way back, from t1 to t0, on the calling thread, and keeps nothing for
    /// it.
    public Ode costateListener(CostateListener newListener) {
        Arguments.given("listener", newListener, "give a lambda (t, a) -> ...");
        return with(s -> s.wishes = s.wishes.withCostateListener(newListener));
    }

    /// The same for who wants to know whose costate it is, where samples have steps of their own.
    public Ode costateListener(CostateListener.OfSample newListener) {
        return costateListener((CostateListener) newListener);
    }

    /// [#gradient] tells how far it has come, on the calling thread.
    public Ode progress(ProgressListener newListener) {
        Arguments.given("listener", newListener, "ProgressListener.NONE listens to nothing");
        return with(s -> s.wishes = s.wishes.withProgress(newListener));
    }

    /// A call that would hold more bytes at once ends with [org.costate.ode.Outcome.Kind#MEMORY_BUDGET], and says
    /// what would fit. What a solve keeps counts, too.
    ///
    /// @throws IllegalArgumentException if it is not above 0
    public Ode memoryBudget(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(
                    "bytes: got " + bytes + ", expected a budget above 0; leave memoryBudget(...) away for none");
        }
        return with(s -> s.budget = bytes);
    }

    /// With memory from this workspace in place of one of its own. If it is [Workspace#scoped()], closing it
    /// gives all memory back to the system.
    public Ode workspace(Workspace newWorkspace) {
        Arguments.given("workspace", newWorkspace, "such as new Workspace()");
        return with(s -> s.workspace = newWorkspace);
    }

    /// The same problem here, with memory of its own and nothing beside the answer.
    Ode alone() {
        return with(s -> {
            s.adjoint = null;
            s.device = null;
            s.workspace = new Workspace();
            s.observe = null;
            s.dense = false;
            s.listener = StepListener.NONE;
            s.wishes = s.wishes.interpolates() ? Wishes.NONE.withInterpolation() : Wishes.NONE;
        });
    }

    Solver solver() {
        return setting.solver;
    }

    Precision precision() {
        return setting.precision;
    }

    /// Where the memory of this problem comes from, with its counts of bytes.
    public Workspace workspace() {
        return setting.workspace;
    }

    /// Integrates one sample and keeps the state after every step.
    public Solution solve(double[] x0, Parameters theta) {
        return solve(Inputs.states(x0), theta);
    }

    /// Integrates one sample of a field without parameters.
    public Solution solve(double... x0) {
        return solve(x0, new Parameters(ParameterLayout.EMPTY));
    }

    /// Integrates a batch, `[batch][dimension]`, and keeps the state after every step.
    ///
    /// Memory: (steps + 1) · batch · dimension numbers and steps + 1 times, and the method's stages; where
    /// samples have steps of their own, (steps + 1) · (dimension + 1) numbers for each.
    ///
    /// @return also when the solve goes wrong: its outcome says how, its states are those before
    public Solution solve(double[][] x0, Parameters theta) {
        return solve(Inputs.states(x0), theta);
    }

    /// Integrates a batch, `[batch, dimension]`, and keeps the state after every step.
    ///
    /// @param x0 Not modified.
    public Solution solve(Buffer x0, Parameters theta) {
        check(x0, theta);
        try (Workspace part = setting.workspace.part(setting.budget)) {
            return new Solve(setting, x0, part).run(theta.flat());
        }
    }

    /// Begins to integrate one sample, step by step in the caller's time.
    public Stepping steps(double[] x0, Parameters theta) {
        return steps(Inputs.states(x0), theta);
    }

    /// Begins to integrate a batch, `[batch][dimension]`, step by step in the caller's time.
    public Stepping steps(double[][] x0, Parameters theta) {
        return steps(Inputs.states(x0), theta);
    }

    /// Begins to integrate a batch, `[batch, dimension]`, step by step in the caller's time. Steps end at the
    /// times of [#observe], too, unless [#interpolateObservations] is asked for.
    ///
    /// @param x0 Not modified.
    /// @return to be closed
    public Stepping steps(Buffer x0, Parameters theta) {
        check(x0, theta);
        return Stepping.of(setting, x0, theta.flat());
    }

    /// The gradient of a cost for one sample.
    public Gradient gradient(double[] x0, Parameters theta, Cost cost) {
        return gradient(Inputs.states(x0), theta, cost);
    }

    /// The gradient of a cost for a batch, `[batch][dimension]`.
    public Gradient gradient(double[][] x0, Parameters theta, Cost cost) {
        return gradient(Inputs.states(x0), theta, cost);
    }

    /// The gradient of a cost by x0 and θ, for a batch, `[batch, dimension]`.
    ///
    /// @param x0 Not modified.
    /// @throws org.costate.ode.SolveException if a solve does not succeed, with time, step size and advice
    /// @throws IllegalArgumentException if the field has no vector–Jacobian product, with the ways out
    public Gradient gradient(Buffer x0, Parameters theta, Cost cost) {
        check(x0, theta);
        Arguments.given("cost", cost, "such as Cost.sumOfSquares(target)");
        setting.needVjp();
        try (Workspace part = setting.workspace.part(setting.budget)) {
            Buffer start = Inputs.in(setting.precision, "x0", x0, part);
            Buffer flat = Inputs.in(setting.precision, "theta", theta.flat(), part);
            Problem problem = new Problem(
                    setting.dynamics, setting.solver, setting.t0, setting.t1, start, flat, cost, setting.wishes, part);
            return problem.answer(setting.mode()).withPeakBytes(part.peakBytes());
        } catch (MemoryBudgetException e) {
            throw setting.overBudget(e);
        }
    }

    private void check(Buffer x0, Parameters theta) {
        setting.needSpanAndSolver();
        Inputs.checkStates(x0, setting.dynamics);
        Inputs.checkParameters(theta, setting.dynamics);
        Inputs.checkTolerance(setting.solver, setting.precision, x0);
    }

    @Override
    public String toString() {
        return "Ode[" + setting + "]";
    }
}
