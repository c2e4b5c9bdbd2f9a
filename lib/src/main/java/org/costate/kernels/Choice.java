package org.costate.kernels;

/// Which kernels this JVM gets. Never fails: what cannot be had is replaced, and the report says why.
///
/// @param scalar why the loops are scalar; null if they are not
record Choice(Kernels kernels, String scalar) {
    static final Choice BEST = make();

    private static Choice make() {
        String scalar = null;
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            scalar = "this JVM was started without the Vector API; start it with --add-modules jdk.incubator.vector";
        } else if (Boolean.getBoolean("costate.scalar")) {
            scalar = "the system property costate.scalar is set";
        }
        return new Choice(new BlasKernels(scalar == null ? new VectorKernels() : new ScalarKernels()), scalar);
    }

    /// What was chosen and why, products too; looks for OpenBLAS.
    String whole() {
        OpenBlas.Found blas = BlasKernels.Library.FOUND;
        return "loops: "
                + (scalar == null ? "Vector API, " + VectorKernels.lanes() : "scalar, because " + scalar)
                + (blas.library() == null
                        ? "\nproducts: the same loops, because " + blas.reason()
                        : "\nproducts: " + blas.reason());
    }
}
