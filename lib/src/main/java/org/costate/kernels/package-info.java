/// The inner loops: the dozen operations on [org.costate.memory.Buffer]s that solvers, adjoints and traced fields are
/// made of.
///
/// | implementation | what it is | used when |
/// |---|---|---|
/// | [ScalarKernels] | plain loops, the reference that the others are tested against | no Vector API |
/// | [VectorKernels] | the Vector API, one pass per operation | `--add-modules jdk.incubator.vector` |
/// | [OpenBlas] | matrix products by OpenBLAS, the rest by either of the above | its jar is on the class path, native
/// access is allowed |
///
/// [Kernels#best()] picks one once and [Kernels#report()] says which and why.
package org.costate.kernels;
