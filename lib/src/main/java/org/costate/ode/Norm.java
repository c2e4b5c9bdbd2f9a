package org.costate.ode;

import org.costate.memory.Buffer;

/// How large an error is, relative to what is allowed: at most 1 is good.
@FunctionalInterface
public interface Norm {
    /// √(mean of (eᵢ / sᵢ)²) over batch and dimension: what the peers take.
    Norm RMS = new Rms(0, Long.MAX_VALUE);

    /// The largest |eᵢ / sᵢ|.
    Norm MAX = (error, scale) -> {
        double most = 0;
        for (long i = 0; i < error.size(); i++) {
            Interruption.checkNowAndThen(i);
            double r = Math.abs(error.get(i)) / scale.get(i);
            most = r <= most ? most : r; // NaN stays
        }
        return most;
    };

    /// The size of this error.
    ///
    /// @param error of a step, element by element, `[batch, dimension]`; of one sample where each steps by itself
    /// @param scale absolute + relative · max(|x|, |x⁺|), element by element
    double of(Buffer error, Buffer scale);

    /// RMS over the numbers `from … to − 1` alone: the others do not choose the steps (a seminorm).
    static Norm rms(long from, long to) {
        return new Rms(from, to);
    }

    /// RMS over the numbers `from … to − 1`, or as many as there are.
    record Rms(long from, long to) implements Norm {
        @Override
        public double of(Buffer error, Buffer scale) {
            long end = Math.min(to, error.size());
            double sum = 0;
            for (long i = from; i < end; i++) {
                Interruption.checkNowAndThen(i);
                double r = error.get(i) / scale.get(i);
                sum += r * r;
            }
            return Math.sqrt(sum / Math.max(1, end - from));
        }

        /// The same on arrays.
        double of(double[] error, double[] scale) {
            int end = (int) Math.min(to, error.length);
            double sum = 0;
            for (int i = (int) from; i < end; i++) {
                double r = error[i] / scale[i];
                sum += r * r;
            }
            return Math.sqrt(sum / Math.max(1, end - from));
        }
    }
}
