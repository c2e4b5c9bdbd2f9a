package org.costate.adjoint;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Combination;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

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
final class Transposed {
    /// Where an evaluation's state and tape lie.
    interface Evaluations {
        /// Lets `y` and `tape` show those of evaluation `i` of the step.
        void show(int i, Buffer y, Buffer tape);

        /// kᵢ of the step: asked for only where derivatives by times are.
        Buffer evaluation(int i);

        /// Slot `l` before the step: asked for only where derivatives by times are.
        Buffer slot(int l);
    }

    private final Kernels kernels = Kernels.best();
    private final BoundDynamics field;
    private final Scheme scheme;
    private final Jumps jumps;
    private final Combination[] toEvaluation;
    private final Combination[] toSlot;
    private final Buffer y;
    private final Buffer tape;
    private final Buffer kappa;
    private final Buffer[] eta;
    private final Buffer gp;
    private Buffer[] after;
    private Buffer[] before;
    private final Combination[] evaluationByH;
    private final Combination[] slotByH;
    private final Buffer byH;
    private long vjps;
    private double gradientOfT;
    private double gradientOfH;

    /// Nothing comes back yet.
    ///
    /// @param gp ∂C/∂θ. Added to.
    Transposed(Problem problem, BoundDynamics field, Buffer gp) {
        this.field = field;
        this.gp = gp;
        scheme = problem.solver().scheme();
        jumps = new Jumps(problem.solver().jumps());
        int n = scheme.evaluations();
        int slots = scheme.slots();
        y = Buffer.movable(
                problem.x0().rows(), problem.x0().columns(), problem.x0().precision());
        tape = Buffer.movable(1, field.tapeLength(), problem.x0().precision());
        kappa = problem.state();
        eta = new Buffer[n];
        toEvaluation = new Combination[n];
        for (int i = 0; i < n; i++) {
            eta[i] = problem.state();
            toEvaluation[i] = column(slots + i);
        }
        toSlot = new Combination[slots];
        boolean times = problem.times();
        evaluationByH =
                times ? Arrays.stream(toEvaluation).map(Combination::byStepSize).toArray(Combination[]::new) : null;
        byH = times ? problem.state() : null;
        after = new Buffer[slots];
        before = new Buffer[slots];
        for (int m = 0; m < slots; m++) {
            after[m] = problem.state();
            before[m] = problem.state();
            toSlot[m] = column(m);
        }
        slotByH = times ? Arrays.stream(toSlot).map(Combination::byStepSize).toArray(Combination[]::new) : null;
    }

    /// Who uses source `j` of the scheme: weights over (slots after the step, arguments).
    private Combination column(int j) {
        int slots = scheme.slots();
        double[] weights = new double[slots + scheme.evaluations()];
        boolean[] timesH = new boolean[weights.length];
        boolean slope = j >= scheme.states();
        for (int l = 0; l < slots; l++) {
            weights[l] = scheme.next(l)[j];
            timesH[l] = slope && l < scheme.states();
        }
        for (int i = 0; i < scheme.evaluations(); i++) {
            double[] row = scheme.argument(i);
            weights[slots + i] = j < row.length ? row[j] : 0;
            timesH[slots + i] = slope;
        }
        return new Combination(weights, timesH);
    }

    /// Adds what comes back to the solution at the present time.
    void add(Buffer gradient) {
        if (gradient != null) {
            kernels.add(1, gradient, after[0]);
        }
    }

    /// From the slots after the step to those before it.
    void step(double t, double end, Evaluations evaluations) {
        double h = end - t;
        for (int i = eta.length - 1; i >= 0; i--) {
            toEvaluation[i].sum(kernels, h, after, eta, kappa);
            evaluations.show(i, y, tape);
            double at = jumps.inside(t + scheme.c(i) * h, t, end);
            field.vjp(scheme.part(i), at, y, tape, kappa, eta[i], gp);
            if (byH != null) {
                double byTime = field.timeVjp(scheme.part(i), at, y, tape, kappa);
                gradientOfT += byTime;
                gradientOfH += scheme.c(i) * byTime;
                timesOf(evaluationByH[i], evaluations.evaluation(i));
            }
        }
        vjps += eta.length;
        for (int m = 0; byH != null && m < toSlot.length; m++) {
            timesOf(slotByH[m], evaluations.slot(m));
        }
        for (int m = 0; m < toSlot.length; m++) {
            toSlot[m].sum(kernels, h, after, eta, before[m]);
        }
        Buffer[] swap = after;
        after = before;
        before = swap;
    }

    /// Adds how the step size moves what this source is used in.
    private void timesOf(Combination users, Buffer source) {
        if (!users.isEmpty()) {
            users.sum(kernels, 1, after, eta, byH);
            gradientOfH += kernels.dot(byH, source);
        }
    }

    /// ∂C/∂(time of the start) with the step size held, since it was last asked for.
    double takeGradientOfT() {
        double g = gradientOfT;
        gradientOfT = 0;
        return g;
    }

    /// ∂C/∂(step size), since it was last asked for.
    double takeGradientOfH() {
        double g = gradientOfH;
        gradientOfH = 0;
        return g;
    }

    /// From the slots where a solve begins to the state that it begins with.
    void start(double t, double end, Evaluations evaluations) {
        for (int l = 1; l < scheme.states(); l++) {
            kernels.add(1, after[l], after[0]);
            after[l].fill(0);
        }
        if (scheme.slots() > scheme.states()) {
            kappa.copyFrom(after[scheme.states()]);
            for (int l = scheme.states(); l < scheme.slots(); l++) {
                if (l > scheme.states()) {
                    kernels.add(1, after[l], kappa);
                }
                after[l].fill(0);
            }
            evaluations.show(Stepper.START, y, tape);
            field.vjp(Part.ALL, jumps.inside(t, t, end), y, tape, kappa, before[0], gp);
            if (byH != null) {
                gradientOfT += field.timeVjp(Part.ALL, jumps.inside(t, t, end), y, tape, kappa);
            }
            vjps++;
            kernels.add(1, before[0], after[0]);
        }
    }

    /// What comes back to the solution at the present time: the costate, once the start is transposed or the
    /// scheme has no other slot.
    Buffer costate() {
        return after[0];
    }

    /// What comes back to slot `l` at the present time.
    Buffer comesBack(int l) {
        return after[l];
    }

    long vjps() {
        return vjps;
    }
}
