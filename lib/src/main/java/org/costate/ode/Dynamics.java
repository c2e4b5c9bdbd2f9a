package org.costate.ode;

import java.util.List;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// A description of dx/dt = f(t, x, θ): dimension, named parameters, and how to evaluate it. Immutable; may
/// be shared.
///
/// Made by tracing an expression (`Trace.dynamics`), from lambdas on plain arrays ([#of]) or on buffers
/// ([#ofBatch]).
public interface Dynamics {
    /// How many numbers the state of one sample has.
    int dimension();

    /// How many numbers one evaluation gives for a sample: those of a slope, [#dimension()], or one for a part
    /// of a cost.
    default int outputs() {
        return dimension();
    }

    /// Names, shapes and initialisers of θ.
    ParameterLayout layout();

    /// Can this field give vector–Jacobian products? Gradients need them, solving does not.
    boolean hasVjp();

    /// About how many multiplications one sample takes in an evaluation, where no sample depends on another and several
    /// threads may evaluate different samples at once; else 0.
    default long separableWork() {
        return 0;
    }

    /// Is the state made of positions and momenta, each half of the slope depending on the other alone?
    /// Symplectic methods need it.
    default boolean partitioned() {
        return false;
    }

    /// The fields that this one is made of: dq and dp where it is partitioned, the one that reads fewer parameters for
    /// [#over]; else none.
    default List<Dynamics> parts() {
        return List.of();
    }

    /// The field on kept buffers for one thread.
    ///
    /// @param batch samples, the rows of every state
    /// @param theta the flat parameters, `[1, layout().size()]`; not to be changed while it is bound
    BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta);

    /// The same field over these parameters, of which it reads its own by their names.
    ///
    /// @throws IllegalArgumentException if one of its own is not among them in the same shape
    default Dynamics over(ParameterLayout all) {
        return all.equals(layout()) ? this : new Selection(this, all);
    }

    /// A random θ by the layout's initialisers; the same for the same seed.
    default Parameters initialParameters(long seed) {
        return layout().initial(seed);
    }

    /// f of one sample on plain arrays. `dx` comes as zeros and is to be filled.
    @FunctionalInterface
    interface ArrayField {
        void eval(double t, double[] x, double[] p, double[] dx);
    }

    /// f of one sample without parameters. `dx` comes as zeros and is to be filled.
    @FunctionalInterface
    interface PlainField {
        void eval(double t, double[] x, double[] dx);
    }

    /// aᵀ∂f/∂x and aᵀ∂f/∂θ of one sample on plain arrays. `gx` and `gp` come as zeros and are to be filled.
    @FunctionalInterface
    interface ArrayVjp {
        void eval(double t, double[] x, double[] p, double[] a, double[] gx, double[] gp);
    }

    /// A field that can be solved but not differentiated.
    ///
    /// @param field called once for each sample; must be a pure function of its arguments
    static Dynamics of(int dimension, PlainField field) {
        Arguments.given("field", field, "give a lambda (t, x, dx) -> ...");
        return new ArrayDynamics(
                dimension, dimension, ParameterLayout.EMPTY, (t, x, p, dx) -> field.eval(t, x, dx), null);
    }

    /// A field with parameters that can be solved but not differentiated.
    static Dynamics of(int dimension, ParameterLayout layout, ArrayField field) {
        return new ArrayDynamics(dimension, dimension, layout, field, null);
    }

    /// A field with a hand-written vector–Jacobian product: for readers and for small systems. Costs two copies
    /// of a sample an evaluation; larger fields are faster when traced.
    ///
    /// What the lambdas do not give: ∂f/∂t, asked for only by derivatives by times, is a difference over
    /// ±∛ε · max(1, |t|), to one side beside a jump; a Jacobian–vector product, asked for only by
    /// `Forward`, is as many vector–Jacobian products as the slope has numbers.
    static Dynamics of(int dimension, ParameterLayout layout, ArrayField field, ArrayVjp vjp) {
        return new ArrayDynamics(dimension, dimension, layout, field, vjp);
    }

    /// f of a whole batch on buffers.
    @FunctionalInterface
    interface BatchField {
        /// dx = f(t, x, θ).
        ///
        /// @param x `[batch, dimension]`, any number of samples from 1 on. Not modified.
        /// @param p flat, `[1, parameters]`; `layout.view(p, "W")` is one array of it. Not modified.
        /// @param dx `[batch, dimension]`. Comes as zeros, to be filled; each row depends on its row of x
        ///     alone.
        void eval(double t, Buffer x, Buffer p, Buffer dx);
    }

    /// aᵀ∂f/∂x and aᵀ∂f/∂θ of a whole batch on buffers.
    @FunctionalInterface
    interface BatchVjp {
        /// The vector–Jacobian products.
        ///
        /// @param a what comes back to the slope, `[batch, outputs]`. Not modified.
        /// @param gx `[batch, dimension]`. Comes as zeros, to be filled.
        /// @param gp summed over the batch, `[1, parameters]`. Comes as zeros, to be filled.
        void eval(double t, Buffer x, Buffer p, Buffer a, Buffer gx, Buffer gp);
    }

    /// ∂f/∂x dx + ∂f/∂θ dp of a whole batch on buffers.
    @FunctionalInterface
    interface BatchJvp {
        /// The Jacobian–vector product.
        ///
        /// @param dx how the state moves, `[batch, dimension]`. Not modified.
        /// @param dp how the parameters move, `[1, parameters]`. Not modified.
        /// @param dk how the slope moves, `[batch, outputs]`. Comes as zeros, to be filled.
        void eval(double t, Buffer x, Buffer p, Buffer dx, Buffer dp, Buffer dk);
    }

    /// aᵀ ∂f/∂t of a whole batch on buffers.
    @FunctionalInterface
    interface BatchTimeVjp {
        /// What comes back to the time, summed over the batch.
        ///
        /// @param a what comes back to the slope, `[batch, outputs]`. Not modified.
        double eval(double t, Buffer x, Buffer p, Buffer a);
    }

    /// A field on whole batches that can be solved but not differentiated.
    static Dynamics ofBatch(int dimension, ParameterLayout layout, BatchField field) {
        return new BatchDynamics(dimension, dimension, layout, field, null, null, null);
    }

    /// A field on whole batches with a hand-written vector–Jacobian product.
    ///
    /// The lambdas see the solver's own buffers, in its precision: nothing is copied and nothing allocated.
    /// Loops over them are `Kernels.best()`'s; `get` and `set` on single numbers are slow. Lambdas may run on
    /// several threads at once, each with buffers of its own, so they must keep none for themselves: a field
    /// that needs room for more implements [Dynamics] and takes it in [#bind].
    ///
    /// What the lambdas do not give: ∂f/∂t, asked for only by derivatives by times, is a difference over
    /// ±∛ε · max(1, |t|), to one side beside a jump; a Jacobian–vector product, asked for only by
    /// `Forward`, is as many vector–Jacobian products as the batch's slope has numbers, each of one sample.
    static Dynamics ofBatch(int dimension, ParameterLayout layout, BatchField field, BatchVjp vjp) {
        return new BatchDynamics(dimension, dimension, layout, field, vjp, null, null);
    }

    /// The same with what else is asked for.
    ///
    /// @param jvp Jacobian–vector products, for `Forward`; null if there are none
    /// @param timeVjp what comes back to the time, for derivatives by times; null if there is none
    static Dynamics ofBatch(
            int dimension, ParameterLayout layout, BatchField field, BatchVjp vjp, BatchJvp jvp, BatchTimeVjp timeVjp) {
        return new BatchDynamics(dimension, dimension, layout, field, vjp, jvp, timeVjp);
    }

    /// A field of positions q and momenta p by lambdas, for symplectic methods. The state is (q, p),
    /// positions first.
    ///
    /// ```java
    /// Dynamics.partitioned(1, ParameterLayout.scalars("m", "k"),
    ///         (t, p, th, dq) -> dq[0] = p[0] / th[0],
    ///         (t, p, th, a, gp, gth) -> { gp[0] = a[0] / th[0]; gth[0] -= a[0] * p[0] / (th[0] * th[0]); },
    ///         (t, q, th, dp) -> dp[0] = -th[1] * q[0],
    ///         (t, q, th, a, gq, gth) -> { gq[0] = -a[0] * th[1]; gth[1] -= a[0] * q[0]; })
    /// ```
    ///
    /// @param positions how many positions, and as many momenta
    /// @param dq dq/dt of (t, p, θ)
    /// @param dqVjp its vector–Jacobian product; null if it has none
    /// @param dp dp/dt of (t, q, θ)
    /// @param dpVjp its vector–Jacobian product; null if it has none
    static Dynamics partitioned(
            int positions, ParameterLayout layout, ArrayField dq, ArrayVjp dqVjp, ArrayField dp, ArrayVjp dpVjp) {
        return partitioned(of(positions, layout, dq, dqVjp), of(positions, layout, dp, dpVjp));
    }

    /// A field of positions and momenta from its halves, each given in any way: traced, on arrays or on
    /// buffers. Parameters of one name are one parameter.
    ///
    /// Cost: two copies of half a state for each half that is asked for.
    ///
    /// @param dq dq/dt as a field of p
    /// @param dp dp/dt as a field of q
    /// @throws IllegalArgumentException if their dimensions differ
    static Dynamics partitioned(Dynamics dq, Dynamics dp) {
        return PartitionedDynamics.of(dq, dp);
    }

    /// G(t, x, θ) of one sample on plain arrays: a part of a cost.
    @FunctionalInterface
    interface ArrayCost {
        double eval(double t, double[] x, double[] p);
    }

    /// A cost of one number a sample by lambdas on arrays: the integrand of a running cost, or a function
    /// of the state at one time.
    ///
    /// @param layout parameters of the field, by their names: those that the cost reads
    /// @param vjp gives a\[0\] ∂G/∂x and a\[0\] ∂G/∂θ
    static Dynamics cost(int dimension, ParameterLayout layout, ArrayCost cost, ArrayVjp vjp) {
        Arguments.given("cost", cost, "give a lambda (t, x, p) -> ...");
        return new ArrayDynamics(dimension, 1, layout, (t, x, p, dx) -> dx[0] = cost.eval(t, x, p), vjp);
    }

    /// A cost of one number a sample by lambdas on buffers, as [#ofBatch].
    ///
    /// @param layout parameters of the field, by their names: those that the cost reads
    /// @param cost gives `[batch, 1]`
    /// @param vjp of `a`, `[batch, 1]`
    static Dynamics costOfBatch(int dimension, ParameterLayout layout, BatchField cost, BatchVjp vjp) {
        Arguments.given("cost", cost, "give a lambda (t, x, p, c) -> ...");
        return new BatchDynamics(dimension, 1, layout, cost, vjp, null, null);
    }
}
