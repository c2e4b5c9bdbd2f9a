package org.costate.graph;

/// A product of two stored matrices as part of a [CodeNode]: its number in row m, column n is Σ_k L_mk R_kn.
///
/// Row m is that of the node: the sample, where the node has a value for each. So a device may compute all numbers of
/// the product at once, tile by tile, or call a library for it.
///
/// @param inner terms of the sum; 0 if it is over the samples
public record MatrixProduct(Factor left, Factor right, int inner) {
    /// A matrix in an array: number (i, j) is at `offset + i * stride + j`, of a transposed one at
    /// `offset + j * stride + i`.
    public record Factor(String array, int offset, int stride, boolean transposed) {
        /// The number as C.
        public String at(String i, String j) {
            String index = "(long) " + (transposed ? j : i) + " * " + stride + " + " + (transposed ? i : j);
            return array + "[" + (offset == 0 ? "" : offset + " + ") + index + "]";
        }
    }
}
