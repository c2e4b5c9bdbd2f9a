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
/// | [#productTanh], [#productTanhReverse] | a product and what comes after it in a net | few columns with many |
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

    /// outᵢ = f(xᵢ), element by element.
    ///
    /// @param out of the shape of x. Overwritten.
    void unary(Unary function, Buffer x, Buffer out);

    /// outᵢⱼ = aᵢⱼ ∘ bᵢⱼ, element by element, where a side of length 1 of a or b stretches to that of out.
    ///
    /// @param out Overwritten.
    void binary(Binary function, Buffer a, Buffer b, Buffer out);

    /// Does [#combine] multiply and add with one rounding?
    boolean fuses();

    /// `out = Σⱼ weights[j] terms[j]` over the first `count` of both, from the last to the first: put the
    /// largest first.
    void combine(double[] weights, Buffer[] terms, int count, Buffer out);

    /// y += factor x.
    void add(double factor, Buffer x, Buffer y);

    /// `[m, n]` = op(A) op(B) + plus, where op transposes if told so.
    ///
    /// @param plus null for nothing, a row `[1, n]` that is added to each row, or `out` itself: added to
    void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out);

    /// `[m, n]` = op(A) op(B), where op transposes if told so.
    default void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer out) {
        product(a, transposeA, b, transposeB, null, out);
    }

    /// Are [#productTanh] and [#productTanhReverse] faster than the operations that they are made of?
    ///
    /// @param inner columns of x
    /// @param columns of the result
    default boolean fusesTanh(int inner, int columns) {
        return false;
    }

    /// out = tanh(X W + plus).
    ///
    /// @param plus null for nothing, or a row `[1, n]`
    default void productTanh(Buffer x, Buffer w, Buffer plus, Buffer out) {
        product(x, false, w, false, plus, out);
        for (long i = 0; i < out.size(); i++) {
            out.set(i, Unary.TANH.apply(out.get(i)));
        }
    }

    /// out = (X W) ∘ (1 − y²), element by element.
    default void productTanhReverse(Buffer x, Buffer w, Buffer y, Buffer out) {
        product(x, false, w, false, out);
        for (long i = 0; i < out.size(); i++) {
            out.set(i, Binary.TANH_REVERSE.apply(out.get(i), y.get(i)));
        }
    }

    /// outⱼ = Σᵢ xᵢⱼ.
    ///
    /// @param add is the sum added to out?
    void sumRows(Buffer x, boolean add, Buffer out);

    /// outᵢ = Σⱼ xᵢⱼ.
    void sumColumns(Buffer x, Buffer out);

    /// Copies `count` columns of x, from column `from` on, to the columns of out from `to` on.
    void copyColumns(Buffer x, int from, Buffer out, int to, int count);

    /// Σ x y over all elements.
    double dot(Buffer x, Buffer y);

    /// Is no element infinite or NaN?
    boolean finite(Buffer x);
}
