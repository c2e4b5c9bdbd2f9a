package org.costate.ode;

import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// A description of dx/dt = f(t, x, θ): dimension, named parameters, and how to evaluate it. Immutable; may be
/// shared.
///
/// Made by tracing an expression (`Trace.dynamics`) or from lambdas on plain arrays ([#of]).
public interface Dynamics {
    /// How many numbers the state of one sample has.
    int dimension();

    /// How many numbers one evaluation gives for a sample: those of a slope, [#dimension()], or one for the
    /// integrand of a running cost.
    default int outputs() {
        return dimension();
    }

    /// Names, shapes and initialisers of θ.
    ParameterLayout layout();

    /// Can this field give vector–Jacobian products? Gradients need them, solving does not.
    boolean hasVjp();

    /// Is the state made of positions and momenta, each half of the slope depending on the other alone?
    /// Symplectic methods need it.
    default boolean partitioned() {
        return false;
    }

    /// The field on kept buffers for one thread.
    ///
    /// @param batch samples, the rows of every state
    /// @param theta the flat parameters, `[1, layout().size()]`; read at each evaluation, so later changes show
    BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta);

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
        return new ArrayDynamics(
                dimension, dimension, ParameterLayout.EMPTY, (t, x, p, dx) -> field.eval(t, x, dx), null);
    }

    /// A field with parameters that can be solved but not differentiated.
    static Dynamics of(int dimension, ParameterLayout layout, ArrayField field) {
        return new ArrayDynamics(dimension, dimension, layout, field, null);
    }

    /// A field with a hand-written vector–Jacobian product: for readers and for small systems. Costs two copies
    /// of a sample an evaluation; larger fields are faster when traced.
    static Dynamics of(int dimension, ParameterLayout layout, ArrayField field, ArrayVjp vjp) {
        return new ArrayDynamics(dimension, dimension, layout, field, vjp);
    }

    /// L(t, x, θ) of one sample on plain arrays.
    @FunctionalInterface
    interface ArrayIntegrand {
        double eval(double t, double[] x, double[] p);
    }

    /// The integrand of a running cost by lambdas.
    ///
    /// @param layout parameters of the field, by their names: those that the integrand reads
    /// @param vjp gives a\[0\] ∂L/∂x and a\[0\] ∂L/∂θ
    static Dynamics integrand(int dimension, ParameterLayout layout, ArrayIntegrand integrand, ArrayVjp vjp) {
        return new ArrayDynamics(dimension, 1, layout, (t, x, p, dx) -> dx[0] = integrand.eval(t, x, p), vjp);
    }
}
