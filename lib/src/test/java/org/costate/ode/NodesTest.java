package org.costate.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The times where given steps end.
class NodesTest {
    /// However near a stop is to an end, the solve begins and ends at the ends, or it would go on for ever.
    @Test
    void theEndsStayWhateverStopsAreBesideThem() {
        for (double[] span : new double[][] {{0.1, 0.9}, {0.9, 0.1}}) {
            double inward = span[1] - span[0];
            double[] near = {
                span[0] + 1e-12 * inward,
                0.5,
                span[1] - 1e-12 * inward,
                inward > 0 ? Math.nextDown(span[1]) : Math.nextUp(span[1])
            };
            for (Solver solver : new Solver[] {Euler.steps(6), Euler.grid(span[0], 0.3 + 0.4 * span[1], span[1])}) {
                Nodes nodes = Nodes.of(solver, span[0], span[1], near);
                assertEquals(span[0], nodes.time(0));
                assertEquals(span[1], nodes.time(nodes.count()));
                for (int k = 0; k < nodes.count(); k++) {
                    assertTrue((nodes.time(k + 1) - nodes.time(k)) * inward >= 0, solver + ", node " + k);
                }
            }
        }
    }
}
