package org.costate.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Symplectic;

/// A problem that we and the peers do, with our implementations of it by name: `costate <Mode> ...`. What the
/// workloads are stands in `lib/bench/peers.py`; here they are once more, as a user of the library writes them.
interface Workload {
    /// A solve to the end, without a gradient.
    String SOLVE = "costate Solve";

    /// What the gradients are compared with where no peer is there: the exact gradient of the same fixed steps, or of
    /// adaptive steps at 1e-12.
    String REFERENCE = "costate Reference";

    /// W1 to W5 on these arrays.
    static Workload of(String name, Map<?, ?> arrays) {
        Map<String, double[]> data = new LinkedHashMap<>();
        arrays.forEach((key, value) -> data.put((String) key, Json.flat(value)));
        return switch (name) {
            case "W1" -> Net.rk4(20, 2, 50, data, 100);
            case "W2" -> Net.spiral(data);
            case "W3" -> Net.rk4(256, 64, 256, data, 20);
            case "W4" -> Net.rk4(1024, 256, 1024, data, 5);
            case "W5" -> new LotkaVolterra(data);
            default -> throw new IllegalArgumentException("workload: got " + name + ", expected W1 to W5");
        };
    }

    List<String> names();

    /// Builds one of them: what a user does before the first gradient.
    Implementation make(String name);

    /// The gradient by names of the peers.
    Map<String, double[]> arrays(Gradient g);

    /// The gradient mode that a word names.
    static Adjoint mode(String word) {
        return switch (word) {
            case "Backprop", "Reference" -> Backprop.defaults();
            case "Backsolve" -> Backsolve.defaults();
            case "Checkpointed" -> Checkpointed.defaults();
            case "Forward" -> Forward.defaults();
            case "Gauss" -> Gauss.defaults();
            case "Interpolating" -> Interpolating.defaults();
            case "Reversible" -> Reversible.defaults();
            case "Symplectic" -> Symplectic.defaults();
            default -> throw new IllegalArgumentException("name: got the mode " + word + ", expected one of ours");
        };
    }

    /// All numbers of rows, one after the other.
    static double[] flat(double[][] rows) {
        List<Double> all = new ArrayList<>();
        for (double[] row : rows) {
            for (double each : row) {
                all.add(each);
            }
        }
        return all.stream().mapToDouble(each -> each).toArray();
    }
}
