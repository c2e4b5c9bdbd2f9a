/// ND4J beside this library: [org.costate.nd4j.NdArrays] sees arrays and buffers over the same bytes,
/// without a copy; [org.costate.nd4j.SameDiffField] solves and differentiates along a SameDiff graph.
///
/// Only this package and the notebooks know ND4J. What needs no ND4J runs without its 100 MB of native code.
package org.costate.nd4j;
