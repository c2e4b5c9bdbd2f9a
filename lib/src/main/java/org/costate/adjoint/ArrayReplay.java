package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.ArrayBound;
import org.costate.ode.ArrayStepper;
import org.costate.ode.Integrator;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// Steps taken again on plain arrays.
///
/// Memory: the state of each evaluation of one step.
final class ArrayReplay implements Replay {
    private final Problem problem;
    private final ArrayBound field;
    private final ArrayStepper stepper;
    private final double last;
    private final double[][] y;
    private final double[] startY;
    private final ArrayStepper.Evaluator plain = this::plain;
    private final ArrayStepper.Evaluator remember = this::remember;
    private final int slots;
    private long evaluations;

    ArrayReplay(Problem problem, ArrayBound field) {
        this.problem = problem;
        this.field = field;
        last = problem.t1();
        Scheme scheme = problem.solver().scheme();
        Workspace workspace = problem.workspace();
        int size = (int) problem.x0().size();
        stepper = new ArrayStepper(scheme, problem.jumps(), false, workspace, size);
        slots = scheme.slots();
        y = new double[scheme.evaluations()][];
        for (int i = 0; i < y.length; i++) {
            y[i] = workspace.array(size);
        }
        startY = workspace.array(size);
    }

    @Override
    public Integrator forward(double[] stops) {
        ArrayStepper.Evaluator solve = (number, t, at, k) -> field.eval(t, at, k);
        return problem.integrator(solve, stops);
    }

    @Override
    public Transposed transposed(Buffer gp) {
        return new ArrayTransposed(problem, field, gp, i -> i == Stepper.START ? startY : y[i]);
    }

    @Override
    public void load(Buffer[] from) {
        for (int l = 0; l < slots; l++) {
            from[l].copyTo(stepper.now(l));
        }
    }

    @Override
    public void save(Buffer[] to) {
        for (int l = 0; l < slots; l++) {
            to[l].copyFrom(stepper.now(l));
        }
    }

    @Override
    public void advance(double t, double end) {
        stepper.step(plain, t, end, end - t);
        stepper.accept();
    }

    @Override
    public void retake(double t, double end) {
        stepper.step(remember, t, end, end - t);
    }

    private void plain(int number, double t, double[] at, double[] k) {
        field.eval(t, at, k);
        evaluations++;
    }

    private void remember(int number, double t, double[] at, double[] k) {
        System.arraycopy(at, 0, y[number], 0, at.length);
        plain(number, t, at, k);
    }

    @Override
    public void restart(double t) {
        stepper.start(plain, t, last);
    }

    @Override
    public void start(double t) {
        System.arraycopy(stepper.now(0), 0, startY, 0, startY.length);
    }

    @Override
    public long evaluations() {
        return evaluations;
    }
}
