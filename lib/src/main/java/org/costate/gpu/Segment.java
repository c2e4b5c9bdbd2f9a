package org.costate.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.costate.memory.Precision;
import org.costate.ode.Jumps;
import org.costate.ode.Nodes;
import org.costate.ode.Solver;

/// Steps of a given grid between two times at which something happens: the ends, an observation, a jump.
///
/// @param from the first node
/// @param to the last node
/// @param begins is the slope evaluated afresh where it begins?
/// @param low no evaluation is before
/// @param high nor behind
/// @param observation which observation is at its end; −1 for none
record Segment(Nodes nodes, int from, int to, boolean begins, double low, double high, int observation) {
    /// The segments of a solve.
    ///
    /// @param precision what the field computes in
    /// @param observations times that are looked at, in the order of the solve
    static List<Segment> of(Solver solver, Precision precision, double t0, double t1, double[] observations) {
        Nodes nodes = Nodes.of(solver, t0, t1, observations);
        Jumps jumps = new Jumps(precision, solver.jumps());
        List<Segment> all = new ArrayList<>();
        int from = 0;
        boolean begins = true;
        for (int k = 1; k <= nodes.count(); k++) {
            double t = nodes.time(k);
            int observation = index(observations, t);
            if (observation >= 0 || jumps.at(t) || k == nodes.count()) {
                double start = nodes.time(from);
                all.add(new Segment(nodes, from, k, begins, jumps.low(start, t), jumps.high(start, t), observation));
                from = k;
                begins = jumps.at(t);
            }
        }
        return all;
    }

    /// A time where steps of all samples end.
    ///
    /// @param observation which one is there; −1 for none
    record Stop(double time, int observation) {}

    /// All of them, in the order of the solve: observations, forced stops, jumps, the end.
    static List<Stop> stops(Solver solver, double t0, double t1, double[] observations) {
        double direction = t1 >= t0 ? 1 : -1;
        return Stream.of(observations, solver.forced(), solver.jumps(), new double[] {t1})
                .flatMapToDouble(Arrays::stream)
                .filter(t -> (t - t0) * direction > 0 && (t1 - t) * direction >= 0)
                .map(t -> t * direction)
                .sorted()
                .distinct()
                .map(t -> t * direction)
                .mapToObj(t -> new Stop(t, index(observations, t)))
                .toList();
    }

    private static int index(double[] times, double t) {
        for (int j = 0; j < times.length; j++) {
            if (times[j] == t) {
                return j;
            }
        }
        return -1;
    }

    double start() {
        return nodes.time(from);
    }

    double end() {
        return nodes.time(to);
    }

    /// The times of nodes `first` to `last`.
    double[] times(int first, int last) {
        double[] times = new double[last - first + 1];
        Arrays.setAll(times, i -> nodes.time(first + i));
        return times;
    }
}
