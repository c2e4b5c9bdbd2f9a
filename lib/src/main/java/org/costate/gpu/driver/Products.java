package org.costate.gpu.driver;

import org.costate.memory.Precision;

/// Products of matrices by a library on the device. The same bits each time.
public interface Products {
    /// A matrix in memory of the device: number (i, j) is at `offset + i * stride + j`, of a transposed one at
    /// `offset + j * stride + i`.
    record Factor(DeviceMemory memory, long offset, int stride, boolean transposed) {}

    /// Starts C = A B, or C += A B, after all launches before. C lies row by row.
    ///
    /// @param inner columns of A
    /// @param adds is it added to what is there?
    /// @param at where C begins
    void product(
            Precision precision,
            int rows,
            int columns,
            int inner,
            Factor a,
            Factor b,
            boolean adds,
            DeviceMemory c,
            long at);
}
