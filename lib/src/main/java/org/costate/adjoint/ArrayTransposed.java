package org.costate.adjoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.costate.memory.Buffer;
import org.costate.memory.Few;
import org.costate.ode.ArrayBound;
import org.costate.ode.Combination;
import org.costate.ode.Jumps;
import org.costate.ode.Phases;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// A transposed step on plain arrays.
final class ArrayTransposed implements Transposed {
    private final ArrayBound field;
    private final IntFunction<double[]> states;
    private final Scheme scheme;
    private final Jumps jumps;
    /// What comes back to the slots after the step, then to the arguments.
    private final double[][] sources;
    /// What comes back to the slots before the step, then to an evaluation.
    private final double[][] places;
    private final Phases phases;
    private final Phases.Calls calls = this::vjp;
    private final double[] byTheta;
    private final Buffer gp;
    private final Buffer shown;
    private final int slots;
    private double from;
    private double to;
    private long vjps;

    /// Nothing comes back yet.
    ///
    /// @param gp ∂C/∂θ. Added to at the end.
    /// @param states of the evaluations of the step that was made ready
    ArrayTransposed(Problem problem, ArrayBound field, Buffer gp, IntFunction<double[]> states) {
        this.field = field;
        this.gp = gp;
        this.states = states;
        scheme = problem.solver().scheme();
        jumps = problem.jumps();
        slots = scheme.slots();
        int n = scheme.evaluations();
        int size = (int) problem.x0().size();
        sources = new double[slots + n][];
        places = new double[slots + 1][];
        List<Phases.Phase> all = new ArrayList<>();
        for (int i = n - 1; i >= 0; i--) {
            sources[slots + i] = problem.workspace().array(size);
            all.add(new Phases.Phase(Combination.column(scheme, slots + i), slots, i, slots + i));
        }
        for (int m = 0; m < slots; m++) {
            sources[m] = problem.workspace().array(size);
            places[m] = problem.workspace().array(size);
            all.add(new Phases.Phase(Combination.column(scheme, m), m));
        }
        places[slots] = problem.workspace().array(size);
        phases = new Phases(all, size);
        byTheta = problem.workspace().array(problem.theta().columns());
        shown = problem.state();
    }

    @Override
    public void add(Buffer gradient) {
        if (gradient != null) {
            double[] a = sources[0];
            for (int i = 0; i < a.length; i++) {
                a[i] += gradient.get(i);
            }
        }
    }

    @Override
    public double add(double t, double end, double time, Buffer gradient) {
        throw new UnsupportedOperationException("inside of steps, buffers are looked at");
    }

    @Override
    public void step(double t, double end) {
        from = t;
        to = end;
        phases.run(calls, end - t, sources, places);
        vjps += sources.length - slots;
        for (int m = 0; m < slots; m++) {
            Few.copy(places[m], 0, sources[m], 0, sources[m].length); // faster than moving the arrays
        }
    }

    private void vjp(int i, double[] a, double[] gx) {
        double at = jumps.inside(from + scheme.c(i) * (to - from), from, to);
        field.vjp(at, states.apply(i), a, gx, byTheta);
    }

    @Override
    public void start(double t, double end) {
        for (int l = 1; l < slots; l++) {
            if (l != scheme.states()) {
                Few.add(sources[l], sources[l < scheme.states() ? 0 : scheme.states()]);
                Arrays.fill(sources[l], 0);
            }
        }
        if (slots > scheme.states()) {
            double[] slope = sources[scheme.states()];
            double at = jumps.inside(t, t, end);
            field.vjp(at, states.apply(Stepper.START), slope, places[0], byTheta);
            Arrays.fill(slope, 0);
            vjps++;
            Few.add(places[0], sources[0]);
        }
    }

    @Override
    public boolean finite() {
        return Few.finite(sources[0]) && Few.finite(byTheta);
    }

    @Override
    public Buffer costate() {
        shown.copyFrom(sources[0]);
        return shown;
    }

    @Override
    public void finish() {
        for (int i = 0; i < byTheta.length; i++) {
            gp.set(i, gp.get(i) + byTheta[i]);
            byTheta[i] = 0;
        }
    }

    @Override
    public double takeGradientOfT() {
        throw new UnsupportedOperationException("derivatives by times are taken on buffers");
    }

    @Override
    public double takeGradientOfH() {
        throw new UnsupportedOperationException("derivatives by times are taken on buffers");
    }

    @Override
    public long vjps() {
        return vjps;
    }
}
