package org.costate.adjoint;

import org.costate.memory.Buffer;

/// A step of a scheme, transposed: takes what comes back to the slots after the step to what comes back to those
/// before.
///
/// With ζ for what comes back to a slot, κ to an evaluation k and η to an argument Y, from the last evaluation to
/// the first,
///
/// ```
/// κ_i = Σ_l b_li ζ_l⁺ + Σ_{j>i} a_ji η_j,   η_i = (∂f/∂x(Y_i))ᵀ κ_i,   ∂C/∂θ += (∂f/∂θ(Y_i))ᵀ κ_i
/// ζ_m = Σ_l v_lm ζ_l⁺ + Σ_i u_im η_i
/// ```
///
/// with the factors h of the scheme. This is the exact gradient of the discrete step, for every scheme.
///
/// Source: W. W. Hager, Numer. Math. 87, 2000, doi:10.1007/s002110000178; J. M. Sanz-Serna, SIAM Review 58, 2016,
/// doi:10.1137/151002769.
interface Transposed {
    /// Adds what comes back to the solution at the present time; nothing if it is null.
    void add(Buffer gradient);

    /// Adds what comes back to the solution at a time inside of the step from t to `end`, or at its end. That step is
    /// ready, and is transposed next.
    ///
    /// @return ∂C/∂(time), where derivatives by times are wanted
    double add(double t, double end, double time, Buffer gradient);

    /// From the slots after the step to those before it.
    void step(double t, double end);

    /// From the slots where a solve begins to the state that it begins with.
    void start(double t, double end);

    /// Is what comes back to the solution finite, and to the parameters?
    boolean finite();

    /// What comes back to the solution at the present time: the costate, once the start is transposed or the
    /// scheme has no other slot.
    Buffer costate();

    /// To be called at the end: ∂C/∂θ is complete.
    void finish();

    /// ∂C/∂(time of the start) with the step size held, since it was last asked for.
    double takeGradientOfT();

    /// ∂C/∂(step size), since it was last asked for.
    double takeGradientOfH();

    long vjps();

    /// f on the way back, in evaluations besides those of the trail.
    default long evaluations() {
        return 0;
    }
}
