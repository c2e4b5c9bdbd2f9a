package org.costate.ode;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;

/// A weighted sum of buffers, or of arrays, with zero weights left out and some weights times the step size.
public final class Combination {
    /// Do the kernels multiply and add with one rounding? Then so do sums of arrays: a solve has the same bits on both.
    static final boolean FUSED = Kernels.best().fuses();

    private static final long PIECE = 1 << 20;

    /// No sum at all, which all may share as nobody computes it.
    private static final Combination NOTHING = new Combination(new double[0], new boolean[0]);

    private final int[] sources;
    private final double[] weights;
    private final boolean[] timesH;
    private final double[] scaled;
    private final Buffer[] terms;
    /// Parts of the terms, and of the sum; null as long as none was large.
    private Buffer[] pieces;
    private final int count;
    private final int single;

    /// @param row the weights
    /// @param timesH which of them count times the step size
    public Combination(double[] row, boolean[] timesH) {
        int n = 0;
        for (double weight : row) {
            n += weight == 0 ? 0 : 1;
        }
        count = n;
        sources = new int[n];
        weights = new double[n];
        this.timesH = new boolean[n];
        for (int j = row.length - 1; n > 0; j--) {
            if (row[j] != 0) {
                n--;
                sources[n] = j;
                weights[n] = row[j];
                this.timesH[n] = timesH[j];
            }
        }
        single = count == 1 && !this.timesH[0] && weights[0] == 1 ? sources[0] : -1;
        scaled = new double[count];
        terms = new Buffer[count];
    }

    /// An error estimate of a scheme, over (slots, evaluations).
    static Combination error(double[] row, int states) {
        return of(row, states, true);
    }

    /// A row of a scheme: weights of (states, slopes, evaluations).
    ///
    /// @param state is the sum a state, in which slopes count times h?
    private static Combination of(double[] row, int states, boolean state) {
        boolean[] timesH = new boolean[row.length];
        Arrays.fill(timesH, Math.min(states, row.length), row.length, state);
        return new Combination(row, timesH);
    }

    /// The derivative of this sum by the step size: the weights that count times it, without it.
    public Combination byStepSize() {
        boolean none = true;
        for (boolean each : timesH) {
            none &= !each;
        }
        if (none) {
            return NOTHING;
        }
        double[] row = new double[count == 0 ? 0 : sources[count - 1] + 1];
        for (int j = 0; j < count; j++) {
            row[sources[j]] = timesH[j] ? weights[j] : 0;
        }
        return new Combination(row, new boolean[row.length]);
    }

    /// Is it no sum at all?
    public boolean isEmpty() {
        return count == 0;
    }

    /// The argument of evaluation `i` of a scheme, over (slots, evaluations).
    public static Combination argument(Scheme scheme, int i) {
        return of(scheme.argument(i), scheme.states(), true);
    }

    /// Slot `l` of a scheme after the step, over (slots, evaluations).
    public static Combination next(Scheme scheme, int l) {
        return of(scheme.next(l), scheme.states(), l < scheme.states());
    }

    /// Who uses source `j` of a scheme, of (slots, evaluations): weights over (slots after the step, arguments).
    public static Combination column(Scheme scheme, int j) {
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

    /// The one buffer that this is, or -1: a sum that needs no computing.
    int single() {
        return single;
    }

    /// out = the sum; sources count through the first array, then through the second.
    public void sum(Kernels kernels, double h, Buffer[] first, Buffer[] second, Buffer out) {
        for (int j = 0; j < count; j++) {
            scaled[j] = timesH[j] ? h * weights[j] : weights[j];
            terms[j] = sources[j] < first.length ? first[sources[j]] : second[sources[j] - first.length];
        }
        if (out.size() <= PIECE) {
            kernels.combine(scaled, terms, count, out);
        } else {
            sumInPieces(kernels, out);
        }
    }

    /// A large sum takes long: an interrupt is heeded after each piece.
    private void sumInPieces(Kernels kernels, Buffer out) {
        long number = Math.ceilDiv(out.size(), PIECE);
        int length = (int) Math.ceilDiv(out.size(), number);
        if (pieces == null) {
            pieces = new Buffer[count + 1];
        }
        if (pieces[count] == null || pieces[count].size() != length) {
            Arrays.setAll(pieces, j -> Buffer.movable(1, length, out.precision()));
        }
        for (long i = 0; i < number; i++) {
            Interruption.check();
            long at = Math.min(i * length, out.size() - length); // the last one takes some numbers again
            for (int j = 0; j < count; j++) {
                pieces[j].moveTo(terms[j], at);
            }
            pieces[count].moveTo(out, at);
            kernels.combine(scaled, pieces, count, pieces[count]);
        }
    }

    /// The same on arrays: out = the sum.
    ///
    /// @param all the sources
    void sum(double h, double[][] all, double[] out) {
        for (int i = 0; i < out.length; i++) {
            double sum = 0;
            for (int j = count - 1; j >= 0; j--) { // the state last: what is small first
                double factor = timesH[j] ? h * weights[j] : weights[j];
                double x = all[sources[j]][i];
                sum = FUSED ? Math.fma(factor, x, sum) : sum + factor * x;
            }
            out[i] = sum;
        }
    }

    /// Equal for equal weights of the same sources.
    @Override
    public boolean equals(Object o) {
        return o instanceof Combination c
                && Arrays.equals(c.sources, 0, c.count, sources, 0, count)
                && Arrays.equals(c.weights, 0, c.count, weights, 0, count)
                && Arrays.equals(c.timesH, 0, c.count, timesH, 0, count);
    }

    @Override
    public int hashCode() {
        int hash = count;
        for (int j = 0; j < count; j++) {
            hash = (hash * 31 + sources[j]) * 31 + Double.hashCode(weights[j]);
        }
        return hash;
    }

    /// How many terms there are.
    int count() {
        return count;
    }

    int source(int j) {
        return sources[j];
    }

    double weight(int j) {
        return weights[j];
    }

    boolean timesH(int j) {
        return timesH[j];
    }
}
