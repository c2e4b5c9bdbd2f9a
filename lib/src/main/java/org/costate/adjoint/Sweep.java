package org.costate.adjoint;

import java.util.List;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.Interruption;
import org.costate.ode.Offender;
import org.costate.ode.Statistics;

/// What remains here of a gradient whose solves run elsewhere: the cost, what is told of the way, and the answer.
///
/// A running cost is the last component of the state there, as it is here.
public final class Sweep {
    private final Problem problem;
    private final List<Dynamics> integrands;
    private final Dynamics plain;
    private final Observations seen;
    private final Drift drift;
    private final boolean augments;
    private boolean drifts;

    /// @param asked with its running costs
    public Sweep(Problem asked) {
        plain = asked.dynamics();
        integrands = asked.cost().running();
        augments = !integrands.isEmpty();
        problem = augments ? Running.augment(asked) : asked;
        seen = new Observations(problem);
        drift = new Drift(problem);
    }

    private Sweep(Sweep whole, Problem some) {
        plain = whole.plain;
        integrands = whole.integrands;
        augments = false; // what is cut off in the end is cut off the whole
        problem = some;
        seen = new Observations(some);
        drift = new Drift(some);
    }

    /// The same of some of the samples, for a batch that is not at one place at once. Before the whole's
    /// [#evaluate], to see what its cost looks at; afterwards, for the gradient of what comes back to these
    /// samples.
    ///
    /// @param part where its memory is from
    public Sweep ofRows(int first, int rows, boolean evaluated, Workspace part) {
        Cost cost = evaluated ? seen.cameBack(first, rows) : Cost.nothingAt(times());
        return new Sweep(this, problem.ofRows(first, rows, problem.solver(), cost, evaluated, part));
    }

    /// What some samples' way has shown: the states that the cost looks at.
    public void see(int first, Sweep some) {
        for (int j = 0; j < seen.count(); j++) {
            seen.seeRows(j, first, some.state(j));
        }
    }

    /// Takes over the gradient of some samples, and how far they missed what was to be found again.
    ///
    /// @param byX0 ∂C/∂x0 of all; theirs is set
    /// @param gp ∂C/∂θ; theirs is added
    public void include(int first, Sweep some, Gradient its, Buffer byX0, Buffer gp) {
        drifts |= some.drifts;
        drift.include(some.drift);
        double[][] rows = its.x0();
        byX0.view((long) first * byX0.columns(), rows.length, byX0.columns()).copyFrom(rows);
        try (Workspace part = problem.workspace().part()) {
            its.addTo(gp, part);
        }
    }

    /// The question with the running cost as a component of the state.
    public Problem problem() {
        return problem;
    }

    /// The field without the running cost.
    public Dynamics field() {
        return plain;
    }

    /// The integrands of the running cost.
    public List<Dynamics> integrands() {
        return integrands;
    }

    /// Times that the cost looks at, in the order of the solve.
    public double[] times() {
        return seen.times();
    }

    /// Where the state at time number `j` goes.
    public Buffer state(int j) {
        return seen.state(j);
    }

    /// The value of the cost; states become what comes back to them.
    ///
    /// @param byTheta ∂C/∂θ as far as the cost itself depends on it. Added to.
    public double evaluate(Buffer byTheta) {
        seen.passed(seen.count());
        return seen.evaluate(problem.theta(), byTheta, problem.workspace());
    }

    /// The way forward has come to this time. Heeds an interrupt.
    public void forward(double t, double h) {
        Interruption.check();
        problem.progress().forward(t, h);
    }

    /// The way back has come to this time. Heeds an interrupt.
    public void backward(double t, double h) {
        Interruption.check();
        problem.progress().backward(t, h);
    }

    /// The way forward has begun at this state, or taken a step to it. It is to be found again.
    ///
    /// @return must it be told of the next step, too?
    public boolean marks(Buffer x) {
        drifts = true;
        return drift.accepted(x);
    }

    /// This state of the way forward is to be found again, too.
    public void mark(Buffer x) {
        drift.mark(x);
    }

    /// The last of the marked states that was not found yet is found.
    public void found(Buffer x, Buffer there) {
        drift.found(x, there);
    }

    /// A state is found, beside another one that tells how large its numbers are.
    public void found(Buffer x, Buffer there, Buffer beside) {
        drift.found(x, there, beside);
    }

    /// What a failure calls the numbers of the state.
    public Offender.Naming states() {
        return problem.states();
    }

    /// What a failure calls the numbers of the costate.
    public Offender.Naming costates() {
        return problem.costates();
    }

    /// What a failure calls the numbers of the gradient by θ.
    public Offender.Naming gradients() {
        return Offender.Naming.gradientBy(problem.dynamics().layout());
    }

    /// The answer.
    public Gradient gradient(
            double cost, double[][] end, Buffer x0, Buffer theta, Statistics forward, Statistics backward) {
        Gradient g = Gradient.of(
                cost, end, x0, problem.dynamics().layout(), theta, drifts ? drift : null, forward, backward);
        return augments ? g.withoutLastComponent() : g;
    }
}
