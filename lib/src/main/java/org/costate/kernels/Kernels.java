package org.costate.kernels;

import org.costate.memory.Buffer;

/// The operations that everything else is made of. Each writes into a kept buffer and allocates nothing.
///
/// | operation | formula | reads, writes |
/// |---|---|---|
/// | [#unary] | out = f(x) | element by element |
/// | [#binary] | out = a ∘ b | element by element; a and b may be `[r, c]`, `[1, c]`, `[r, 1]` or `[1, 1]` |
/// | [#combine] | out = Σⱼ wⱼ xⱼ | a Runge–Kutta stage |
/// | [#add] | y += α x | |
/// | [#product] | out = A B + what is given, A and B as they are or transposed | row-major matrices |
/// | [#sumRows] | outⱼ = Σᵢ xᵢⱼ | over the batch |
/// | [#sumColumns] | outᵢ = Σⱼ xᵢⱼ | within a sample |
/// | [#copyColumns] | out\[:, to…\] = x\[:, from…\] | |
/// | [#dot] | Σ x y | |
/// | [#finite] | are all numbers finite? | |
///
/// All buffers of a call have one precision. `out` must not share bytes with an input: besides being wrong for some
/// operations, it makes vector loops several times slower.
public interface Kernels {
    /// The fastest kernels that this JVM can run, chosen once.
    static Kernels best() {
        return Choice.BEST.kernels();
    }

    /// What was chosen for element-wise loops and for products, and why, in one sentence each.
    static String report() {
        return Choice.BEST.whole();
    }

    /// A name for reports.
    String name();

    void unary(Unary function, Buffer x, Buffer out);

    void binary(Binary function, Buffer a, Buffer b, Buffer out);

    /// out = Σⱼ weights[j] terms[j] over the first `count` of both, from the last to the first: put the largest
    /// first.
    void combine(double[] weights, Buffer[] terms, int count, Buffer out);

    void add(double factor, Buffer x, Buffer y);

    /// `[m, n]` = op(A) op(B) + plus, where op transposes if told so.
    ///
    /// @param plus null for nothing, a row `[1, n]` that is added to each row, or `out` itself: added to
    void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out);

    /// `[m, n]` = op(A) op(B), where op transposes if told so.
    default void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer out) {
        product(a, transposeA, b, transposeB, null, out);
    }

    /// outⱼ = Σᵢ xᵢⱼ.
    ///
    /// @param add is the sum added to out?
    void sumRows(Buffer x, boolean add, Buffer out);

    void sumColumns(Buffer x, Buffer out);

    /// Copies `count` columns of x, from column `from` on, to the columns of out from `to` on.
    void copyColumns(Buffer x, int from, Buffer out, int to, int count);

    double dot(Buffer x, Buffer y);

    boolean finite(Buffer x);
}
