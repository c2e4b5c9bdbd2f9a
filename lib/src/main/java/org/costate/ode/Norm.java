package org.costate.ode;

import org.costate.memory.Buffer;

/// How large an error is, relative to what is allowed: at most 1 is good.
@FunctionalInterface
public interface Norm {
    /// √(mean of (eᵢ / sᵢ)²) over batch and dimension: what the peers take.
    Norm RMS = (error, scale) -> Math.sqrt(sumOfSquares(error, scale, 0, error.size()) / Math.max(1, error.size()));

    /// The largest |eᵢ / sᵢ|.
    Norm MAX = (error, scale) -> {
        double most = 0;
        for (long i = 0; i < error.size(); i++) {
            double r = Math.abs(error.get(i)) / scale.get(i);
            most = r <= most ? most : r; // NaN stays
        }
        return most;
    };

    /// The size of this error.
    ///
    /// @param error of a step, element by element
    /// @param scale absolute + relative · max(|x|, |x⁺|), element by element
    double of(Buffer error, Buffer scale);

    /// RMS over the numbers `from … to − 1` alone: the others do not choose the steps (a seminorm).
    static Norm rms(long from, long to) {
        return (error, scale) -> Math.sqrt(sumOfSquares(error, scale, from, to) / Math.max(1, to - from));
    }

    private static double sumOfSquares(Buffer error, Buffer scale, long from, long to) {
        double sum = 0;
        for (long i = from; i < to; i++) {
            double r = error.get(i) / scale.get(i);
            sum += r * r;
        }
        return sum;
    }
}
