package org.costate.ode;

import java.util.Arrays;

/// The times of a fixed or given grid, with the times where the solve must stop put in. Needs no memory for equal
/// steps.
public final class Nodes {
    /// A stop nearer to an inner node than this part of a step is that node.
    private static final double SAME = 1e-9;

    private final double t0;
    private final double t1;
    private final FixedSteps fixed;
    private final double[] given;
    /// Stops in order of the solve, each with its index among all nodes; those on a node take its place.
    private final double[] stops;
    private final long[] ranks;
    /// How many of the stops up to each are on no node.
    private final int[] inserted;

    private final int count;

    /// The nodes of a solve.
    ///
    /// @param stops where a step must end besides the solver's own, in any order
    public static Nodes of(Solver solver, double t0, double t1, double... stops) {
        return new Nodes(solver.steps(), t0, t1, sorted(t0, t1, stops, solver.forced(), solver.jumps()));
    }

    /// All times strictly inside of the span, in the order of the solve, each once.
    static double[] sorted(double t0, double t1, double[]... times) {
        double direction = t1 >= t0 ? 1 : -1;
        return Arrays.stream(times)
                .flatMapToDouble(Arrays::stream)
                .filter(s -> (s - t0) * direction > 0 && (t1 - s) * direction > 0)
                .map(s -> s * direction)
                .sorted()
                .distinct()
                .map(s -> s * direction)
                .toArray();
    }

    Nodes(Steps steps, double t0, double t1, double[] sortedStops) {
        this.t0 = t0;
        this.t1 = t1;
        fixed = steps instanceof FixedSteps f ? f : null;
        given = steps instanceof GivenSteps g ? g.over(t0, t1) : new double[0];
        stops = sortedStops;
        ranks = new long[stops.length];
        inserted = new int[stops.length];
        int more = 0;
        for (int j = 0; j < stops.length; j++) {
            double p = position(stops[j]);
            long nearest = Math.round(p);
            // The ends stay: a solve whose last node were another time would never end.
            boolean between = Math.abs(p - nearest) > SAME || nearest == 0 || nearest == base();
            ranks[j] = (between ? Math.min((long) Math.floor(p) + 1, base()) : nearest) + more;
            more += between ? 1 : 0;
            inserted[j] = more;
        }
        count = (t0 == t1 ? 0 : base()) + more;
    }

    private int base() {
        return fixed != null ? fixed.count() : given.length - 1;
    }

    /// Where a time lies among the base nodes, as a fraction of steps.
    private double position(double t) {
        if (fixed != null) {
            return (t - t0) / (t1 - t0) * fixed.count();
        }
        boolean up = t1 > t0;
        int k = 0;
        while (k < given.length - 2 && (up ? given[k + 1] <= t : given[k + 1] >= t)) {
            k++;
        }
        return k + (t - given[k]) / (given[k + 1] - given[k]);
    }

    /// Steps in all.
    public int count() {
        return count;
    }

    /// The time of node `k`, 0 to [#count()].
    public double time(int k) {
        int before = 0;
        if (stops.length > 0) {
            int j = Arrays.binarySearch(ranks, k);
            if (j >= 0) {
                return stops[j];
            }
            before = j == -1 ? 0 : inserted[-j - 2];
        }
        return fixed != null ? fixed.time(t0, t1, k - before) : given[k - before];
    }
}
