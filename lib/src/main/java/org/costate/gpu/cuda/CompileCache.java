package org.costate.gpu.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// Compiled code on disk, found by all that it was made of. Each file begins with the digest of the rest, so that half
/// a file is none. A folder that cannot be read or written costs time and is no failure.
final class CompileCache {
    private static final int DIGEST_BYTES = 32;

    private final Path folder;

    CompileCache(Path folder) {
        this.folder = folder;
    }

    /// The folder of the system property `costate.cache`, of the environment variable `COSTATE_CACHE`, or `costate` in
    /// the system's folder of caches.
    static Path folder(Map<String, String> environment, String property, Path home, String os) {
        if (property != null) {
            return Path.of(property);
        }
        String named = environment.get("COSTATE_CACHE");
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        String system = os.toLowerCase(Locale.ROOT);
        String caches = environment.get(system.contains("windows") ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
        if (caches != null && !caches.isBlank()) {
            return Path.of(caches).resolve("costate");
        }
        return home.resolve(system.contains("mac") ? "Library/Caches" : ".cache")
                .resolve("costate");
    }

    /// Of this machine.
    static CompileCache here() {
        return new CompileCache(folder(
                System.getenv(),
                System.getProperty("costate.cache"),
                Path.of(System.getProperty("user.home")),
                System.getProperty("os.name")));
    }

    /// What was compiled before from the same; else what `compile` gives, which is kept.
    byte[] get(List<String> key, Supplier<byte[]> compile) {
        Path file = folder.resolve("nvrtc").resolve(HexFormat.of().formatHex(digest(key)));
        byte[] found = read(file);
        if (found == null) {
            found = compile.get();
            write(file, found);
        }
        return found;
    }

    private static byte[] read(Path file) {
        try {
            byte[] all = Files.readAllBytes(file);
            if (all.length <= DIGEST_BYTES) {
                return null;
            }
            byte[] image = Arrays.copyOfRange(all, DIGEST_BYTES, all.length);
            boolean whole = Arrays.equals(sha256().digest(image), Arrays.copyOf(all, DIGEST_BYTES));
            return whole ? image : null;
        } catch (IOException | SecurityException e) {
            return null;
        }
    }

    private static void write(Path file, byte[] image) {
        Path part = null;
        try {
            Files.createDirectories(file.getParent());
            part = Files.createTempFile(file.getParent(), "new", ".part");
            try (var out = Files.newOutputStream(part)) {
                out.write(sha256().digest(image));
                out.write(image);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            part = null;
        } catch (IOException | SecurityException e) {
            // next time it is compiled again
        } finally {
            delete(part);
        }
    }

    private static void delete(Path part) {
        if (part != null) {
            try {
                Files.deleteIfExists(part);
            } catch (IOException e) {
                // a folder that is not ours to write
            }
        }
    }

    private static byte[] digest(List<String> key) {
        MessageDigest digest = sha256();
        for (String part : key) {
            digest.update((part.length() + ":").getBytes(StandardCharsets.UTF_8));
            digest.update(part.getBytes(StandardCharsets.UTF_8));
        }
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
