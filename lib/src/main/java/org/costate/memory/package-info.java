/// Numbers off the heap, and who holds how many of them.
///
/// A [Buffer] is a row-major matrix of float32 or float64 outside the Java heap, 64-byte aligned, so that the
/// Vector API, OpenBLAS, ND4J and a GPU driver can all read the same bytes. Every Buffer comes from a [Workspace],
/// which counts live and peak bytes: what the workbook plots as "memory against step count" is that count.
package org.costate.memory;
