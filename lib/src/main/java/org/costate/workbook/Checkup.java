package org.costate.workbook;

import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Looks whether this machine and this JVM have what the lessons need. For the first cell of a workbook; the command
/// `environment/doctor` looks at more, from outside. Takes about 0.2 s, most of it for fonts.
public final class Checkup {
    private static final long HEAP_NEEDED = 200L << 20;
    private static final long MEMORY_NEEDED = 1L << 30;
    // Earlier ones are reported to corrupt objects that native calls pin under G1 (JDK-8377811).
    private static final Runtime.Version SAFE = Runtime.Version.parse("25.0.3");

    /// One line of the check-up.
    ///
    /// @param what such as `fonts`
    /// @param found what is there
    /// @param remedy what to do about it; empty if it will do
    /// @param works whether the lessons run all the same
    record Line(String what, String found, String remedy, boolean works) {
        static Line ok(String what, String found) {
            return new Line(what, found, "", true);
        }

        static Line problem(String what, String found, String remedy) {
            return new Line(what, found, remedy, false);
        }

        private String text() {
            String state = remedy.isEmpty() ? "✓ ok" : works ? "△ warning" : "✗ problem";
            return state + " · " + what + ": " + found + (remedy.isEmpty() ? "" : ". Remedy: " + remedy);
        }
    }

    private Checkup() {}

    /// Looks now. The card has one line for each thing looked at: ok, or the problem with its remedy.
    public static Card run() {
        return card(List.of(
                jdk(Runtime.version()),
                memory(Runtime.getRuntime().maxMemory(), machineMemory()),
                look("vectors", Checkup::vectors, "start the JVM with --add-modules jdk.incubator.vector"),
                look("fonts", Checkup::fonts, "install fontconfig and the DejaVu fonts, then restart the kernel"),
                look("ND4J", () -> onClassPath("org.nd4j.linalg.factory.Nd4j"), "run environment/start"),
                look("charts", () -> onClassPath("org.knowm.xchart.XYChart"), "run environment/start"),
                look("tables", () -> onClassPath("tech.tablesaw.api.Table"), "run environment/start")));
    }

    static Card card(List<Line> lines) {
        long problems = lines.stream().filter(line -> !line.works).count();
        String heading = problems == 0
                ? "Everything that the lessons need is in place"
                : problems + (problems == 1 ? " problem" : " problems") + ", see below";
        return new Note(heading, lines.stream().map(Line::text).collect(Collectors.joining("\n\n")));
    }

    static Line jdk(Runtime.Version version) {
        String text = "Java " + version + " on " + System.getProperty("os.name") + ", " + System.getProperty("os.arch");
        if (version.feature() < 25) {
            return Line.problem("JDK", text, "environment/start finds or fetches JDK 25");
        }
        return version.compareTo(SAFE) < 0
                ? new Line("JDK", text, "take 25.0.3 or newer when you can", true)
                : Line.ok("JDK", text);
    }

    static Line memory(long heap, long machine) {
        String text = (heap >> 20) + " MB for Java objects, " + (machine >> 20) + " MB in the machine";
        boolean enough = heap >= HEAP_NEEDED && machine >= MEMORY_NEEDED * 9 / 10;
        return enough
                ? Line.ok("memory", text)
                : Line.problem("memory", text, "the lessons need 1 GB: close other notebooks and programs");
    }

    private static long machineMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize() // of the container, if there is one
                : Long.MAX_VALUE;
    }

    /// What a look finds, or the remedy if it throws.
    static Line look(String what, Supplier<String> at, String remedy) {
        try {
            return Line.ok(what, at.get());
        } catch (RuntimeException | LinkageError failure) { // fonts fail with errors of class loading
            return Line.problem(what, "not usable (" + failure + ")", remedy);
        }
    }

    private static String vectors() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            throw new IllegalStateException("no Vector API in this JVM");
        }
        return Width.bits() + " bits, " + Width.bits() / Double.SIZE + " numbers at once";
    }

    private static String fonts() {
        var context = new FontRenderContext(null, true, true);
        if (!(new Font(Font.SANS_SERIF, Font.PLAIN, 12)
                        .getStringBounds("x", context)
                        .getWidth()
                > 0)) {
            throw new IllegalStateException("letters have no width");
        }
        return "text can be drawn";
    }

    private static String onClassPath(String name) {
        try {
            Class.forName(name, false, Checkup.class.getClassLoader());
            return "on the class path";
        } catch (ClassNotFoundException missing) {
            throw new IllegalStateException(name + " is missing", missing);
        }
    }

    /// Apart, so that the Vector API is linked only where it is there.
    private static final class Width {
        static int bits() {
            return jdk.incubator.vector.DoubleVector.SPECIES_PREFERRED.vectorBitSize();
        }
    }
}
