package org.costate.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;

/// OpenBLAS by way of the foreign-function interface, out of the jar `org.bytedeco:openblas` for this platform
/// where that is on the class path. Only its C functions are called; JavaCPP is not needed.
///
/// The shared library is unpacked once into the folder of the system property `costate.cache` (default
/// `~/.cache/costate`).
final class OpenBlas {
    private static final int ROW_MAJOR = 101;
    private static final int AS_IT_IS = 111;
    private static final int TRANSPOSED = 112;

    private final MethodHandle dgemm;
    private final MethodHandle sgemm;
    private final String core;

    /// A library, or null and the reason. With a library the reason says what was found.
    record Found(OpenBlas library, String reason) {}

    private OpenBlas(SymbolLookup symbols) throws ReflectiveOperationException {
        dgemm = gemm(symbols, "cblas_dgemm", ValueLayout.JAVA_DOUBLE);
        sgemm = gemm(symbols, "cblas_sgemm", ValueLayout.JAVA_FLOAT);
        core = text(symbols, "openblas_get_corename");
        one(symbols, "openblas_set_num_threads");
    }

    /// Looks for the library. Never throws: what is missing is the reason in the answer.
    @SuppressWarnings("restricted") // loading a native library is what this is for
    static Found find() {
        String platform = platform();
        if (platform == null) {
            return new Found(null, "OpenBLAS is not published for " + System.getProperty("os.name"));
        }
        if (!OpenBlas.class.getModule().isNativeAccessEnabled()) {
            return new Found(null, "native access is off; start the JVM with --enable-native-access=ALL-UNNAMED");
        }
        String folder = "org/bytedeco/openblas/" + platform + "/";
        List<String> files = files(platform);
        ClassLoader loader = OpenBlas.class.getClassLoader();
        if (loader.getResource(folder + files.getLast()) == null) {
            return new Found(
                    null, "no OpenBLAS on the class path; add org.bytedeco:openblas with classifier " + platform);
        }
        try {
            Path target = unpack(loader, folder, files);
            OpenBlas found = new OpenBlas(SymbolLookup.libraryLookup(target, Arena.global()));
            return new Found(found, "OpenBLAS, its kernels for " + found.core);
        } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError e) {
            return new Found(
                    null,
                    "OpenBLAS could not be loaded (" + e + "); set the system property costate.cache to a"
                            + " folder that can be written");
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String cpu = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
        if (os.contains("linux")) {
            return "linux-" + cpu;
        }
        if (os.contains("mac")) {
            return "macosx-" + cpu;
        }
        return os.contains("windows") ? "windows-" + cpu : null;
    }

    /// What the library needs beside it, then the library itself.
    private static List<String> files(String platform) {
        return switch (platform.substring(0, platform.indexOf('-'))) {
            case "linux" -> List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");
            case "macosx" ->
                List.of("libgcc_s.1.1.dylib", "libquadmath.0.dylib", "libgfortran.5.dylib", "libopenblas.0.dylib");
            default -> List.of("libopenblas.dll");
        };
    }

    private static Path unpack(ClassLoader loader, String folder, List<String> files) throws IOException {
        Path cache = Path.of(System.getProperty(
                "costate.cache",
                Path.of(System.getProperty("user.home"), ".cache", "costate").toString()));
        String version = Integer.toHexString(
                loader.getResource(folder + files.getLast()).toString().hashCode());
        Path home = cache.resolve("openblas-" + version);
        Path last = null;
        for (String file : files) {
            var url = loader.getResource(folder + file);
            if (url == null) {
                continue; // not every platform has every companion
            }
            long size = url.openConnection().getContentLengthLong();
            Path target = home.resolve(file);
            if (!Files.exists(target) || Files.size(target) != size) {
                Files.createDirectories(target.getParent());
                Path part = Files.createTempFile(target.getParent(), file, ".part");
                try (InputStream in = url.openStream()) {
                    Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
                    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                } finally {
                    Files.deleteIfExists(part);
                }
            }
            last = target;
        }
        return last;
    }

    /// `void cblas_?gemm(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)`
    ///
    /// The pointers are passed as 64-bit numbers, which is the same call on every platform here and makes no
    /// objects.
    @SuppressWarnings("restricted")
    private static MethodHandle gemm(SymbolLookup symbols, String name, ValueLayout number) {
        ValueLayout.OfInt i = ValueLayout.JAVA_INT;
        ValueLayout.OfLong p = ValueLayout.JAVA_LONG;
        var type = FunctionDescriptor.ofVoid(i, i, i, i, i, i, number, p, i, p, i, number, p, i);
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), type);
    }

    /// `void name(int)`, called with 1: a [Team] works on slices of the batch, each with products of its own.
    @SuppressWarnings("restricted")
    private static void one(SymbolLookup symbols, String name) throws ReflectiveOperationException {
        var handle = Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        try {
            handle.invokeExact(1);
        } catch (Throwable e) {
            throw new ReflectiveOperationException(name, e);
        }
    }

    /// `char* name(void)`
    @SuppressWarnings("restricted")
    private static String text(SymbolLookup symbols, String name) throws ReflectiveOperationException {
        var handle = Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            return ((MemorySegment) handle.invokeExact()).reinterpret(256).getString(0);
        } catch (Throwable e) {
            throw new ReflectiveOperationException(name, e);
        }
    }

    /// out = op(A) op(B), added to it if told so.
    void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, boolean add, Buffer out, int inner) {
        double beta = add ? 1 : 0;
        int ta = transposeA ? TRANSPOSED : AS_IT_IS;
        int tb = transposeB ? TRANSPOSED : AS_IT_IS;
        int m = out.rows();
        int n = out.columns();
        a.pin();
        b.pin();
        out.pin();
        try {
            long pa = a.address();
            long pb = b.address();
            long pc = out.address();
            if (out.precision() == Precision.FLOAT64) {
                dgemm.invokeExact(ROW_MAJOR, ta, tb, m, n, inner, 1.0, pa, a.columns(), pb, b.columns(), beta, pc, n);
            } else {
                sgemm.invokeExact(
                        ROW_MAJOR, ta, tb, m, n, inner, 1.0f, pa, a.columns(), pb, b.columns(), (float) beta, pc, n);
            }
        } catch (IllegalStateException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("OpenBLAS failed for " + a + " times " + b, e);
        } finally {
            a.unpin();
            b.unpin();
            out.unpin();
            Reference.reachabilityFence(a);
            Reference.reachabilityFence(b);
            Reference.reachabilityFence(out);
        }
    }
}
