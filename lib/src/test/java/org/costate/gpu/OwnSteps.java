package org.costate.gpu;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Statistics;

/// Steps of samples that choose their own.
///
/// @param all of all samples
/// @param most of one
record OwnSteps(long all, long most) {
    private static final double DEVIATION = 0.1; // of the weights

    /// Of W2, by kernel, as [#count] found them; kernels that choose steps try some in vain.
    static final Map<String, OwnSteps> W2 = new TreeMap<>();

    static {
        OwnSteps accepted = new OwnSteps(95, 7);
        W2.put("FORWARD NOTHING adaptive", new OwnSteps(100, 7));
        W2.put("FORWARD ARGUMENTS steps", accepted);
        W2.put("FORWARD DENSE steps", accepted);
        W2.put("FORWARD NOTHING steps", accepted);
        W2.put("TRANSPOSE NOTHING transpose", accepted);
        W2.put("UNDO NOTHING undo", accepted);
        W2.put("BACKSOLVE NOTHING adaptive", new OwnSteps(126, 11));
        W2.put("ALONG NOTHING adaptive", new OwnSteps(117, 9));
    }

    /// The mean of squares over the whole batch: what one sample adds to it.
    private static Cost share(double[] target, int batch) {
        double each = 1.0 / (batch * target.length);
        return Cost.terminal((x, gradient) -> {
            double sum = 0;
            for (int j = 0; j < target.length; j++) {
                double miss = x.get(j) - target[j];
                sum += each * miss * miss;
                gradient.set(j, 2 * each * miss);
            }
            return sum;
        });
    }

    /// Solves a problem sample after sample here, with numbers drawn as the benchmark draws them.
    ///
    /// @return what each kernel of the mode would do, by its name
    static Map<String, OwnSteps> count(PredictedProblem p, Adjoint mode) {
        Dynamics field = p.field();
        Random random = new Random(1);
        double[][] x0 = Draws.normal(random, 1, p.batch(), p.dimension());
        double[][] target = Draws.normal(random, 1, p.batch(), p.dimension());
        Parameters theta = new Parameters(field.layout())
                .set("W1", Draws.normal(random, DEVIATION, p.dimension(), p.hidden()))
                .set("W2", Draws.normal(random, DEVIATION, p.hidden(), p.dimension()));
        Map<String, OwnSteps> all = new TreeMap<>();
        Ode ode = Ode.of(field).span(0, 1).solver(p.solver(mode)).adjoint(mode);
        for (int row = 0; row < p.batch(); row++) {
            Gradient g = ode.gradient(new double[][] {x0[row]}, theta, share(target[row], p.batch()));
            for (String kernel : p.kernels(mode)) {
                Statistics s = kernel.startsWith("FORWARD") ? g.forward() : g.backward();
                long steps = s.steps() + (kernel.endsWith("adaptive") ? s.rejected() : 0);
                all.merge(
                        kernel,
                        new OwnSteps(steps, steps),
                        (a, b) -> new OwnSteps(a.all + b.all, Math.max(a.most, b.most)));
            }
        }
        return all;
    }
}
