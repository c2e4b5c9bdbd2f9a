package org.costate.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// tanh of a vector, without a table and without a call: 2–3 times faster than `VectorOperators.TANH`, below 4 units
/// in
/// the last place. [Tanh64] is the same text for float64.
///
/// With m = round(2x / ln 2), r = x − m ln 2 / 2 and s = 2ᵐ, e²ˣ = s e²ʳ; and e²ʳ = (q + p) / (q − p) with
/// p/q the Padé form of tanh r on |r| ≤ ln 2 / 4. So tanh x = ((s − 1) q + (s + 1) p) / ((s + 1) q + (s − 1) p).
final class Tanh32 {
    private static final FloatVector LIMIT = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 20);

    private Tanh32() {}

    static FloatVector of(FloatVector x) {
        FloatVector v = x.lanewise(VectorOperators.MIN, LIMIT).lanewise(VectorOperators.MAX, LIMIT.neg());
        // Adding and taking away a large number rounds to the nearest whole number.
        FloatVector m = v.mul(Constants32.TWO_OVER_LN2).add(Constants32.ROUND).sub(Constants32.ROUND);
        FloatVector r = v.sub(m.mul(Constants32.LN2_HALF_HIGH)).sub(m.mul(Constants32.LN2_HALF_LOW));
        FloatVector z = r.mul(r);
        FloatVector p = z.mul(Constants32.P2).add(Constants32.P1).mul(z).add(1).mul(r);
        FloatVector q = z.mul(Constants32.Q2).add(Constants32.Q1).mul(z).add(1);
        FloatVector s = Constants32.powerOfTwo(m);
        FloatVector more = s.add(1);
        FloatVector less = s.sub(1);
        return less.mul(q).add(more.mul(p)).div(more.mul(q).add(less.mul(p)));
    }
}
