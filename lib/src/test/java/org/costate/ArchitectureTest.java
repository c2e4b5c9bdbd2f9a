package org.costate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.constant.ClassDesc;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Which package uses which, read from the class files.
class ArchitectureTest {
    private static final String ROOT = "org.costate";

    /// All that a package may use of ours. `.` is the root package.
    private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("memory", Set.of()),
            Map.entry("kernels", Set.of("memory")),
            Map.entry("ode", Set.of("kernels", "memory")),
            Map.entry("graph", Set.of("kernels", "memory", "ode")),
            Map.entry("adjoint", Set.of("kernels", "memory", "ode")),
            Map.entry("gpu.driver", Set.of("memory")),
            Map.entry("gpu.cuda", Set.of("gpu.driver", "memory")),
            Map.entry("gpu.opencl", Set.of("gpu.driver")),
            Map.entry(
                    "gpu",
                    Set.of("adjoint", "gpu.cuda", "gpu.driver", "gpu.opencl", "graph", "kernels", "memory", "ode")),
            Map.entry(".", Set.of("adjoint", "gpu", "kernels", "memory", "ode")),
            Map.entry("nd4j", Set.of("memory", "ode")),
            Map.entry("plot", Set.of(".", "adjoint", "memory", "ode")),
            Map.entry("workbook", Set.of(".", "adjoint", "gpu", "gpu.driver", "graph", "ode")),
            Map.entry("notebook", Set.of(".", "adjoint", "graph", "memory", "nd4j", "ode", "plot", "workbook")));

    /// Who may use what is not ours. What no line names is for nobody: the core runs on the JDK alone.
    private static final Map<String, Set<String>> FOREIGN = Map.ofEntries(
            Map.entry("org.nd4j", Set.of("nd4j", "notebook")),
            Map.entry("org.bytedeco", Set.of("nd4j")),
            Map.entry("org.knowm.xchart", Set.of("plot", "notebook")),
            Map.entry("tech.tablesaw", Set.of("plot", "notebook")),
            Map.entry("org.lwjgl", Set.of("gpu.opencl")),
            Map.entry("jdk.incubator.vector", Set.of("kernels", "workbook")), // workbook: tells the width
            Map.entry("com.sun.management", Set.of("workbook")), // tells the memory
            Map.entry("org.apache.commons.math3", Set.of("workbook")), // solves small linear equations
            Map.entry("java", ALLOWED.keySet()),
            Map.entry("javax.tools", Set.of("workbook")), // compiles the exercises
            Map.entry("javax.imageio", Set.of("notebook"))); // writes the pictures

    private static final int LONGEST_FILE = 400;

    /// A class name inside a descriptor or a generic signature.
    private static final Pattern IN_DESCRIPTOR = Pattern.compile("L([\\w$]+(?:/[\\w$]+)+)[;<]");

    @Test
    void classesAreFound() throws IOException {
        assertTrue(classes().size() > 80, "only " + classes().size() + " classes in " + folder());
        assertEquals(ALLOWED.keySet(), uses(classes()).keySet(), "packages; name a new one in this test");
    }

    @Test
    void packagesUseOnlyWhatTheyMay() throws IOException {
        List<String> wrong = new ArrayList<>();
        uses(classes())
                .forEach((user, targets) -> targets.forEach((target, example) -> {
                    if (!mayUse(user, target)) {
                        wrong.add(user + " -> " + target + ", in " + example);
                    }
                }));
        assertEquals(List.of(), wrong);
    }

    @Test
    void packagesHaveNoCycle() throws IOException {
        assertEquals(List.of(), cycle(ours(uses(classes()))));
    }

    @Test
    void allowedUsesHaveNoCycle() {
        assertEquals(List.of(), cycle(ALLOWED));
    }

    /// The test sees what it is for: a cycle over three packages, of which one link is only in a method's descriptor.
    @Test
    void aPlantedCycleIsSeen() {
        List<ClassModel> planted = List.of(
                planted("ode.A", ClassDesc.of(ROOT + ".memory.B")),
                planted("memory.B", ClassDesc.of(ROOT + ".kernels.C")),
                planted("kernels.C", ClassDesc.of(ROOT + ".ode.A")),
                planted("graph.D", ClassDesc.of(ROOT + ".ode.A")));
        List<String> cycle = cycle(ours(uses(planted)));
        assertEquals(Set.of("ode", "memory", "kernels"), Set.copyOf(cycle));
        assertEquals("kernels.C", uses(planted).get("kernels").get("ode"));
        assertFalse(mayUse("kernels", "ode"));
    }

    @Test
    void aPlantedUseOfNd4jIsSeen() {
        var uses = uses(List.of(planted("ode.A", ClassDesc.of("org.nd4j.linalg.api.ndarray.INDArray"))));
        String target = uses.get("ode").keySet().stream()
                .filter(t -> t.contains("nd4j"))
                .findFirst()
                .orElseThrow();
        assertFalse(mayUse("ode", target));
        assertTrue(mayUse("nd4j", target));
        assertFalse(mayUse("ode", "org.nd4jay.Other"), "a prefix ends at a dot");
    }

    @Test
    void filesAreShort() throws IOException {
        Path sources = folder().resolve("../../src").normalize();
        Map<String, Integer> lines = new TreeMap<>();
        for (String part : List.of("main/java", "test/java")) {
            int before = lines.size();
            try (Stream<Path> files = Files.walk(sources.resolve(part))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    lines.put(
                            sources.relativize(file).toString(),
                            Files.readAllLines(file).size());
                }
            }
            assertTrue(lines.size() > before + 60, "only " + lines.size() + " source files in " + sources);
        }
        lines.values().removeIf(n -> n <= LONGEST_FILE);
        assertEquals(Map.of(), lines, "files of more than " + LONGEST_FILE + " lines");
    }

    /// A class with one method that takes a `parameter`.
    private static ClassModel planted(String name, ClassDesc parameter) {
        byte[] bytes = ClassFile.of()
                .build(
                        ClassDesc.of(ROOT + "." + name),
                        builder -> builder.withMethodBody(
                                "m",
                                java.lang.constant.MethodTypeDesc.of(
                                        java.lang.constant.ConstantDescs.CD_void, parameter),
                                java.lang.reflect.Modifier.PUBLIC,
                                code -> code.return_()));
        return ClassFile.of().parse(bytes);
    }

    private static Path folder() {
        try {
            return Path.of(Ode.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<ClassModel> classes() throws IOException {
        try (Stream<Path> files = Files.walk(folder())) {
            return files.filter(f -> f.toString().endsWith(".class"))
                    .map(ArchitectureTest::parse)
                    .toList();
        }
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// By package of ours: the other packages of ours and the classes of others that it uses, each with a class of it
    /// that does.
    private static Map<String, Map<String, String>> uses(Collection<ClassModel> classes) {
        Map<String, Map<String, String>> uses = new TreeMap<>();
        for (ClassModel c : classes) {
            String name = c.thisClass().asInternalName().replace('/', '.');
            String user = packageOf(name);
            Map<String, String> targets = uses.computeIfAbsent(user, k -> new TreeMap<>());
            for (String used : namesIn(c)) {
                String target = used.startsWith(ROOT + ".") ? packageOf(used) : used;
                if (!target.equals(user)) {
                    targets.put(target, name.substring(ROOT.length() + 1));
                }
            }
        }
        return uses;
    }

    /// Every class that a class file names: by itself, in a descriptor, or in a generic signature.
    private static Set<String> namesIn(ClassModel c) {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : c.constantPool()) {
            switch (entry) {
                case ClassEntry e
                when !e.asInternalName().startsWith("[") ->
                    names.add(e.asInternalName().replace('/', '.'));
                case ClassEntry e -> addDescriptor(names, e.asInternalName());
                case Utf8Entry e -> addDescriptor(names, e.stringValue());
                default -> {}
            }
        }
        return names;
    }

    private static void addDescriptor(Set<String> names, String text) {
        Matcher m = IN_DESCRIPTOR.matcher(text);
        while (m.find()) {
            names.add(m.group(1).replace('/', '.'));
        }
    }

    /// `ode` of `org.costate.ode.Tableau$Row`, `.` of `org.costate.Ode`.
    private static String packageOf(String name) {
        String rest = name.substring(ROOT.length() + 1);
        return rest.contains(".") ? rest.substring(0, rest.lastIndexOf('.')) : ".";
    }

    private static boolean mayUse(String user, String target) {
        return ALLOWED.containsKey(target)
                ? ALLOWED.get(user).contains(target)
                : FOREIGN.entrySet().stream()
                        .anyMatch(e -> target.startsWith(e.getKey() + ".")
                                && e.getValue().contains(user));
    }

    private static Map<String, Set<String>> ours(Map<String, Map<String, String>> uses) {
        return uses.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        e -> e.getValue().keySet().stream()
                                .filter(uses::containsKey)
                                .collect(Collectors.toSet())));
    }

    /// The packages of one cycle, or none: who is left when those that use nobody left are taken away, again and again,
    /// walked until a package comes twice.
    private static List<String> cycle(Map<String, Set<String>> graph) {
        Map<String, Set<String>> left = new TreeMap<>();
        graph.forEach((k, v) -> left.put(k, new TreeSet<>(v)));
        ArrayDeque<String> free = new ArrayDeque<>(left.keySet());
        while (!free.isEmpty()) {
            String p = free.poll();
            if (left.containsKey(p) && left.get(p).isEmpty()) {
                left.remove(p);
                left.forEach((k, v) -> {
                    if (v.remove(p)) {
                        free.add(k);
                    }
                });
            }
        }
        List<String> path = new ArrayList<>();
        String at = left.isEmpty() ? null : left.keySet().iterator().next();
        while (at != null && !path.contains(at)) {
            path.add(at);
            at = left.get(at).iterator().next();
        }
        return at == null ? List.of() : path.subList(path.indexOf(at), path.size());
    }
}
