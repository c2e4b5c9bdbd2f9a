package org.costate.kernel;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What the kernel's command line says: the jars that a notebook sees, the start-up statements, the library's
/// sources.
record Settings(List<Path> classPath, List<String> startUp, Optional<Path> sources) {

    static Settings fromSystemProperties() throws IOException {
        Path folder = Path.of(required("costate.classpath"));
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + " is missing: run environment/start again, which builds it");
        }
        List<Path> jars;
        try (Stream<Path> files = Files.list(folder)) {
            jars = files.filter(p -> p.toString().endsWith(".jar")).sorted().toList();
        }
        List<String> startUp = Files.readAllLines(Path.of(required("costate.startup"))).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("//"))
                .toList();
        Optional<Path> sources = Optional.ofNullable(System.getProperty("costate.sources"))
                .map(Path::of)
                .filter(Files::isReadable);
        return new Settings(jars, startUp, sources);
    }

    private static String required(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalArgumentException("start the kernel with -D" + property + "=…, as its kernel.json does");
        }
        return value;
    }

    /// The jars as one class path of javac.
    String classPathText() {
        return String.join(
                File.pathSeparator, classPath.stream().map(Path::toString).toList());
    }
}
