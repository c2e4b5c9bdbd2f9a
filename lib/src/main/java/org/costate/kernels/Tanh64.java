package org.costate.kernels;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

/// tanh of a vector, without a table and without a call: 2–3 times faster than `VectorOperators.TANH`, below 4 units
/// in
/// the last place. [Tanh32] is the same text for float32.
///
/// With m = round(2x / ln 2), r = x − m ln 2 / 2 and s = 2ᵐ, e²ˣ = s e²ʳ; and e²ʳ = (q + p) / (q − p) with
/// p/q the Padé form of tanh r on |r| ≤ ln 2 / 4. So tanh x = ((s − 1) q + (s + 1) p) / ((s + 1) q + (s − 1) p).
final class Tanh64 {
    private static final DoubleVector LIMIT = DoubleVector.broadcast(DoubleVector.SPECIES_PREFERRED, 20);

    private Tanh64() {}

    static DoubleVector of(DoubleVector x) {
        DoubleVector v = x.lanewise(VectorOperators.MIN, LIMIT).lanewise(VectorOperators.MAX, LIMIT.neg());
        // Adding and taking away a large number rounds to the nearest whole number.
        DoubleVector m = v.mul(Constants64.TWO_OVER_LN2).add(Constants64.ROUND).sub(Constants64.ROUND);
        DoubleVector r = v.sub(m.mul(Constants64.LN2_HALF_HIGH)).sub(m.mul(Constants64.LN2_HALF_LOW));
        DoubleVector z = r.mul(r);
        DoubleVector p = z.mul(Constants64.P2).add(Constants64.P1).mul(z).add(1).mul(r);
        DoubleVector q = z.mul(Constants64.Q2).add(Constants64.Q1).mul(z).add(1);
        DoubleVector s = Constants64.powerOfTwo(m);
        DoubleVector more = s.add(1);
        DoubleVector less = s.sub(1);
        return less.mul(q).add(more.mul(p)).div(more.mul(q).add(less.mul(p)));
    }
}
