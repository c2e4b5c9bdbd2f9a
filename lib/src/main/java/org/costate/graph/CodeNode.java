package org.costate.graph;

import java.util.List;
import java.util.Set;

/// One value of an evaluation as C code for one of its numbers: that of sample `s`, row `r`, column `c`.
///
/// The code reads other values, x, a, t and the parameters by their names: arrays `[s][r][c]` of what has a row a
/// sample, `[r][c]` of what has not. It is written with the macros REAL and R(number), the functions of
/// C, and those that are an operation's name: `relu`, `sigmoid`, `tanh_reverse`, ….
///
/// @param name of the array that the value goes to; of what is added to the gradient by θ, the gradient's
/// @param formula what it is, for comments
/// @param ofSample is it another one for each sample? Not where it is a sum over them
/// @param sum is the code for one sample, and the value the sum over all of them?
/// @param adds is it added, times a weight of the caller's, to what is there?
/// @param offset where in the array it begins
/// @param reads names of arrays that the code reads
/// @param products matrix products that the other form of the code has
public record CodeNode(
        String name,
        String formula,
        boolean ofSample,
        boolean sum,
        boolean adds,
        int rows,
        int columns,
        int offset,
        String statements,
        String value,
        Set<String> reads,
        long work,
        List<MatrixProduct> products,
        Rest rest) {
    /// The other form of the code: with the products' numbers in variables `product0`, `product1`, … known already.
    public record Rest(String statements, String value) {}

    /// Numbers of it, of one sample where it has one for each.
    public int size() {
        return rows * columns;
    }
}
