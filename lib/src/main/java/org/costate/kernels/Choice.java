package org.costate.kernels;

/// Which kernels this JVM gets. Never fails: what cannot be had is replaced, and the report says why.
record Choice(Kernels kernels, String report) {
    static final Choice BEST = make();

    private static Choice make() {
        Kernels loops = new ScalarKernels();
        String report;
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            report = "loops: scalar, because this JVM was started without the Vector API; start it with"
                    + " --add-modules jdk.incubator.vector";
        } else if (Boolean.getBoolean("costate.scalar")) {
            report = "loops: scalar, because the system property costate.scalar is set";
        } else {
            loops = new VectorKernels();
            report = "loops: Vector API, " + ((VectorKernels) loops).lanes();
        }
        return new Choice(new BlasKernels(loops), report);
    }

    /// What was chosen and why, products too; looks for OpenBLAS.
    String whole() {
        OpenBlas.Found blas = BlasKernels.Library.FOUND;
        return report
                + (blas.library() == null
                        ? "\nproducts: the same loops, because " + blas.reason()
                        : "\nproducts: " + blas.reason());
    }
}
