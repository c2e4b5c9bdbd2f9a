package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// A cuBLAS that multiplies as cuBLAS does, column by column, in the memory of a [FakeCuda], and watches what it is
/// given: a workspace behind the stream, no atomic sums, exact float32.
final class FakeCublas extends Answering {
    /// How its workspace is told among the memory that is live.
    static final String WORKSPACE = (32 << 20) + " bytes";

    private static final long HANDLE = 0xB1A5;
    private static final int INVALID_VALUE = 7;
    private static final int EXECUTION_FAILED = 13;

    private final FakeCuda cuda;
    private final int major;
    private long stream;
    private boolean workspace;
    private boolean pedantic;
    private boolean atomics = true;

    /// Handles that were made and not destroyed.
    int live;

    /// Products that were computed.
    int products;

    FakeCublas(FakeCuda cuda, int major) {
        super(Cublas.TYPES);
        this.cuda = cuda;
        this.major = major;
    }

    @Override
    int answer(String name, Object... a) throws Exception {
        if (name.equals("cublasGetProperty")) {
            sized(a[1], 4).set(JAVA_INT, 0, (int) a[0] == 0 ? major : -1);
            return 0;
        }
        if (name.equals("cublasCreate_v2")) {
            live++;
            sized(a[0], 8).set(JAVA_LONG, 0, HANDLE);
            return 0;
        }
        if ((long) a[0] != HANDLE || live == 0) {
            return 1;
        }
        switch (name) {
            case "cublasDestroy_v2" -> live--;
            case "cublasSetStream_v2" -> {
                stream = (long) a[1];
                workspace = false;
            }
            case "cublasSetWorkspace_v2" -> {
                workspace = cuda.at((long) a[1], (long) a[2]) != null;
                return workspace ? 0 : INVALID_VALUE;
            }
            case "cublasSetMathMode" -> pedantic = (int) a[1] == 2;
            case "cublasSetAtomicsMode" -> atomics = (int) a[1] != 0;
            case "cublasDgemm_v2", "cublasSgemm_v2" -> {
                if (!workspace || !pedantic || atomics) {
                    return INVALID_VALUE;
                }
                boolean wide = name.equals("cublasDgemm_v2");
                double alpha = scalar(a[6], wide);
                double beta = scalar(a[11], wide);
                return cuda.work(stream, () -> gemm(wide, alpha, beta, a));
            }
            default -> throw new IllegalStateException(name);
        }
        return 0;
    }

    private static double scalar(Object pointer, boolean wide) {
        return wide ? sized(pointer, 8).get(JAVA_DOUBLE, 0) : sized(pointer, 4).get(JAVA_FLOAT, 0);
    }

    /// C = alpha op(A) op(B) + beta C, each column by column.
    private int gemm(boolean wide, double alpha, double beta, Object... a) {
        boolean ta = (int) a[1] == 1;
        boolean tb = (int) a[2] == 1;
        int m = (int) a[3];
        int n = (int) a[4];
        int k = (int) a[5];
        int lda = (int) a[8];
        int ldb = (int) a[10];
        int ldc = (int) a[13];
        if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m) {
            return INVALID_VALUE;
        }
        MemorySegment left = matrix((long) a[7], ta ? k : m, ta ? m : k, lda, wide);
        MemorySegment right = matrix((long) a[9], tb ? n : k, tb ? k : n, ldb, wide);
        MemorySegment out = matrix((long) a[12], m, n, ldc, wide);
        if (left == null || right == null || out == null) {
            return EXECUTION_FAILED;
        }
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    double x = get(left, ta ? (long) i * lda + p : (long) p * lda + i, wide);
                    double y = get(right, tb ? (long) p * ldb + j : (long) j * ldb + p, wide);
                    sum += x * y;
                }
                long at = (long) j * ldc + i;
                double before = beta == 0 ? 0 : beta * get(out, at, wide); // NaN is not read where beta is 0
                if (wide) {
                    out.setAtIndex(JAVA_DOUBLE, at, alpha * sum + before);
                } else {
                    out.setAtIndex(JAVA_FLOAT, at, (float) (alpha * sum + before));
                }
            }
        }
        products++;
        return 0;
    }

    /// The memory of a matrix; null if it is not all of one block.
    private MemorySegment matrix(long address, int rows, int columns, int stride, boolean wide) {
        return cuda.at(address, ((long) (columns - 1) * stride + rows) * (wide ? 8 : 4));
    }

    private static double get(MemorySegment memory, long at, boolean wide) {
        return wide ? memory.getAtIndex(JAVA_DOUBLE, at) : memory.getAtIndex(JAVA_FLOAT, at);
    }
}
