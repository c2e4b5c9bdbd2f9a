package org.costate.gpu.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where NVRTC, and cuBLAS, may be.
///
/// @param environment the variables
/// @param root `/`, or the folder that stands for it
/// @param home of the user
/// @param windows are the names those of Windows?
record NvrtcSearch(Map<String, String> environment, Path root, Path home, boolean windows) {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");

    private static final String LINUX_FILE = "libnvrtc.so{,.[0-9]*}";
    private static final String WINDOWS_FILE = "nvrtc64_[0-9]*_0.dll";

    /// Of this machine.
    static NvrtcSearch here() {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
        return new NvrtcSearch(
                System.getenv(), Path.of("/"), home(System.getenv(), System.getProperty("user.home")), windows);
    }

    /// Where Python's `pip install --user` goes: the JVM of the notebooks has another `user.home`.
    static Path home(Map<String, String> environment, String otherwise) {
        String home = environment.get("HOME");
        return Path.of(home == null || home.isBlank() ? otherwise : home);
    }

    /// The file that the user named; null for none.
    String named() {
        String named = environment.get("COSTATE_NVRTC");
        return named == null || named.isBlank() ? null : named;
    }

    /// Names and files to try, in this order, newer ones of a folder first: what the loader finds by itself, the
    /// toolkit, Python's wheels.
    List<String> candidates() {
        return candidates(
                windows
                        ? List.of("nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll")
                        : List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"),
                windows ? WINDOWS_FILE : LINUX_FILE,
                "cuda_nvrtc");
    }

    /// The same of another library.
    ///
    /// @param names that the loader may find by itself
    /// @param files of which kind its files are
    /// @param wheel the folder of its wheel for CUDA 12 and before
    List<String> candidates(List<String> names, String files, String wheel) {
        Set<String> all = new LinkedHashSet<>(names);
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
            String toolkit = environment.get(variable);
            if (toolkit != null && !toolkit.isBlank()) {
                folders.addAll(toolkit(Path.of(toolkit)));
            }
        }
        if (!windows) {
            matches(root.resolve("usr/local"), "cuda*").forEach(found -> folders.addAll(toolkit(found)));
        }
        pythons().forEach(packages -> {
            folders.add(packages.resolve("nvidia/cu13").resolve(windows ? "bin/x86_64" : "lib"));
            folders.add(packages.resolve("nvidia").resolve(wheel).resolve(windows ? "bin" : "lib"));
        });
        for (Path folder : folders) {
            matches(folder, files).forEach(file -> all.add(file.toString()));
        }
        return List.copyOf(all);
    }

    private List<Path> toolkit(Path folder) {
        return windows
                ? List.of(folder.resolve("bin"), folder.resolve("bin/x64"))
                : List.of(folder.resolve("lib64"), folder.resolve("lib"));
    }

    /// The folders of Python's packages.
    private List<Path> pythons() {
        List<Path> all = new ArrayList<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String prefix = environment.get(variable);
            if (prefix != null && !prefix.isBlank()) {
                all.addAll(packages(Path.of(prefix)));
            }
        }
        if (windows) {
            String data = environment.get("APPDATA");
            if (data != null) {
                matches(Path.of(data).resolve("Python"), "Python3*").forEach(p -> all.add(p.resolve("site-packages")));
            }
            return all;
        }
        all.addAll(packages(home.resolve(".local")));
        all.addAll(packages(root.resolve("usr/local")));
        all.addAll(packages(root.resolve("usr")));
        return all;
    }

    private List<Path> packages(Path prefix) {
        List<Path> all = new ArrayList<>();
        if (windows) {
            all.add(prefix.resolve("Lib/site-packages"));
        }
        for (Path python : matches(prefix.resolve("lib"), "python3*")) {
            all.add(python.resolve("site-packages"));
            all.add(python.resolve("dist-packages"));
        }
        return all;
    }

    /// What of a folder has such a name, the highest version first; none where there is no such folder.
    private static List<Path> matches(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return found; // a folder that may not be read holds nothing for us
        }
        found.sort(Comparator.comparingLong(NvrtcSearch::version)
                .thenComparing(Path::toString)
                .reversed());
        return found;
    }

    /// 12009 of `libnvrtc.so.12.9`, `cuda-12.9` and `python3.12` alike: what the name's numbers say.
    private static long version(Path path) {
        long version = 0;
        int parts = 0;
        Matcher m = NUMBER.matcher(path.getFileName().toString());
        while (parts < 2 && m.find()) {
            version = version * 1000 + Long.parseLong(m.group());
            parts++;
        }
        return parts == 1 ? version * 1000 : version;
    }
}
