package org.costate.graph;

import java.util.List;
import java.util.Locale;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;

/// One operation of a traced expression, with its inputs. Its derivatives are expressions, made of operations again.
public sealed interface Op permits Leaf, Elementwise, Linear, Fused {
    /// What it reads.
    List<Expr> inputs();

    /// The same operation on other inputs.
    Op on(List<Expr> inputs);

    /// The shape of its value.
    Shape shape();

    /// Computes the value.
    ///
    /// @param in the values of the inputs. Not modified.
    /// @param out Overwritten.
    void forward(Kernels kernels, Buffer[] in, Buffer out);

    /// Can [#forward(Kernels, Buffer\[\], Buffer, Buffer)] be called?
    default boolean adds() {
        return false;
    }

    /// Computes the value and adds something to it.
    ///
    /// @param plus out itself; for a product also a row, which is added to each row
    default void forward(Kernels kernels, Buffer[] in, Buffer plus, Buffer out) {
        throw new UnsupportedOperationException(symbol() + " adds nothing");
    }

    /// What it costs for one row, in multiplications, roughly.
    default long work() {
        return shape().columns();
    }

    /// The vector–Jacobian product: what comes back to input `i` when `g` comes back to the value.
    ///
    /// @param y the value of this operation
    /// @param g of the value's shape
    /// @return of the input's shape
    Expr vjp(int i, Expr y, Expr g);

    /// The Jacobian–vector product: how the value moves when the inputs move.
    ///
    /// @param y the value of this operation
    /// @param dx one for each input, null where it does not move
    /// @return of the value's shape
    Expr jvp(Expr y, List<Expr> dx);

    /// For printing.
    default String symbol() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }
}
