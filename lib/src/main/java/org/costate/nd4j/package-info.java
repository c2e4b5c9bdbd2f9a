/// ND4J arrays and this library's buffers over the same bytes, without a copy: [org.costate.nd4j.NdArrays].
///
/// Only this package and the notebooks know ND4J. What needs no ND4J runs without its 100 MB of native code.
package org.costate.nd4j;
