package org.costate.adjoint;

/// The exact gradient from the state of every step and the activations of one evaluation (Matsubara et al.).
///
/// On the way back each step's states are computed again, and the activations of each evaluation when it is
/// transposed: the pair of the step and its transpose is a symplectic method, so that it conserves costate times
/// variation, which is what makes the gradient exact.
///
/// Cost: two evaluations more (one where the field leaves no activations), and one vector–Jacobian product, for each
/// evaluation of the solve. Memory: a state a step, and the activations of a single evaluation: for large nets, where
/// those are what fills memory.
///
/// Source: T. Matsubara, Y. Miyatake, T. Yaguchi, NeurIPS 2021, doi:10.48550/arXiv.2102.09750.
public final class Symplectic implements Adjoint {
    private static final Symplectic DEFAULTS = new Symplectic();

    private Symplectic() {}

    public static Symplectic defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        return EveryStep.gradient(problem, true);
    }

    @Override
    public String toString() {
        return "Symplectic";
    }
}
