package org.costate.ode;

import org.costate.memory.Arguments;

/// Steps chosen so that the estimated error e of each satisfies ‖e / (absolute + relative max(|x|, |x⁺|))‖ ≤ 1.
///
/// The next step is h · clamp(0.9 r^(β₁) r₋₁^(β₂) r₋₂^(β₃), 0.2, 10) with r = 1 / ‖…‖ of this and of the two steps
/// before, and β₁ = (p + i + d) / k, β₂ = −(p + 2d) / k, β₃ = d / k, where the estimate shrinks like h to the power
/// k. After a rejection it never grows.
///
/// Source: G. Söderlind, ACM Trans. Math. Softw. 29, 2003, doi:10.1145/641876.641877; first step: Hairer, Nørsett,
/// Wanner I, II.4, doi:10.1007/978-3-540-78862-1.
///
/// @param first the first step's size, 0 to let Hairer's rule choose
/// @param min no step is shorter, but one that has to end somewhere; 0 for none
/// @param max no step is longer
/// @param proportional p of the controller
/// @param integral i of the controller; (0, 1, 0) is the plain one
/// @param derivative d of the controller
/// @param perSample each sample of a batch with steps of its own, as if it were alone, [Solver#perSample]; else one
/// step
///     for all
public record AdaptiveSteps(
        double relative,
        double absolute,
        double first,
        double min,
        double max,
        double proportional,
        double integral,
        double derivative,
        Norm norm,
        boolean perSample)
        implements Steps {
    public AdaptiveSteps {
        Arguments.given("norm", norm, "such as Norm.RMS");
        if (!(relative >= 0 && absolute >= 0 && relative + absolute > 0 && Double.isFinite(relative + absolute))) {
            throw new IllegalArgumentException("tolerance: got relative " + relative + ", absolute " + absolute
                    + ", expected finite numbers from 0 on, not both 0; write .tolerance(1e-6, 1e-8)");
        }
        if (relative < 0x1p-50 && absolute == 0) {
            throw new IllegalArgumentException("tolerance: got relative " + relative + " and absolute 0, expected a"
                    + " relative one above 1e-15, below which float64 cannot tell; loosen it, or give an absolute one");
        }
        if (!(first >= 0 && min >= 0 && max > 0 && min <= max)) {
            throw new IllegalArgumentException("step size: got first " + first + ", min " + min + ", max " + max
                    + ", expected 0 <= min <= max, first >= 0, max > 0; sizes have no sign");
        }
        if (!(integral > 0 && proportional >= 0 && derivative >= 0)) {
            throw new IllegalArgumentException("control: got (" + proportional + ", " + integral + ", " + derivative
                    + "), expected (p, i, d) with i > 0 and none below 0, e.g. (0, 1, 0) or (0.4, 0.3, 0)");
        }
    }

    /// The plain controller, one step for the batch, no limits.
    ///
    /// @throws IllegalArgumentException if a tolerance is negative, or both are 0
    public static AdaptiveSteps of(double relative, double absolute) {
        return new AdaptiveSteps(relative, absolute, 0, 0, Double.POSITIVE_INFINITY, 0, 1, 0, Norm.RMS, false);
    }

    /// Other tolerances, all else the same.
    public AdaptiveSteps withTolerance(double newRelative, double newAbsolute) {
        return new AdaptiveSteps(
                newRelative, newAbsolute, first, min, max, proportional, integral, derivative, norm, perSample);
    }

    /// No step longer than this.
    public AdaptiveSteps withMax(double size) {
        return new AdaptiveSteps(
                relative, absolute, first, min, size, proportional, integral, derivative, norm, perSample);
    }

    /// No step shorter than this: a step that would have to be is accepted as it is, or ends the solve if it is not
    /// finite.
    public AdaptiveSteps withMin(double size) {
        return new AdaptiveSteps(
                relative, absolute, first, size, max, proportional, integral, derivative, norm, perSample);
    }

    /// The size of the first step.
    public AdaptiveSteps withFirst(double size) {
        return new AdaptiveSteps(
                relative, absolute, size, min, max, proportional, integral, derivative, norm, perSample);
    }

    /// The controller's coefficients.
    public AdaptiveSteps withControl(double p, double i, double d) {
        return new AdaptiveSteps(relative, absolute, first, min, max, p, i, d, norm, perSample);
    }

    /// How the error of a step is measured.
    public AdaptiveSteps withNorm(Norm newNorm) {
        return new AdaptiveSteps(
                relative, absolute, first, min, max, proportional, integral, derivative, newNorm, perSample);
    }

    /// Each sample with its own steps, or one step for all.
    public AdaptiveSteps withPerSample(boolean each) {
        return new AdaptiveSteps(relative, absolute, first, min, max, proportional, integral, derivative, norm, each);
    }

    @Override
    public String toString() {
        return "tolerance " + relative + " relative, " + absolute + " absolute" + (perSample ? ", per sample" : "");
    }
}
