package org.costate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Finds what a package has, so that a new solver or mode cannot be forgotten.
public final class Makers {
    private Makers() {}

    /// The static methods of this name and these parameters in the classes of a package, in order of the classes.
    ///
    /// @param neighbour any class of it
    public static List<Method> of(Class<?> neighbour, String name, Class<?>... parameters)
            throws ReflectiveOperationException, URISyntaxException {
        Path folder = Path.of(neighbour
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve(neighbour.getPackageName().replace('.', '/'));
        List<Method> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String type = file.getFileName().toString().replace(".class", "");
                if (!type.contains("$")) {
                    for (Method m : Class.forName(neighbour.getPackageName() + "." + type)
                            .getDeclaredMethods()) {
                        if (m.getName().equals(name)
                                && List.of(m.getParameterTypes()).equals(List.of(parameters))) {
                            found.add(m);
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }
}
