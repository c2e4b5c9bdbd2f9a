package org.costate;

import org.costate.gpu.Gpu;
import org.costate.kernels.Kernels;

/// Says what the library found on this machine: `java -cp … org.costate.Doctor`.
///
/// A device that is missing is no problem: nothing needs one. One line a finding, four fields parted by `|`: name, `ok`
/// or `problem`, what was found, the remedy (empty if ok).
public final class Doctor {
    private Doctor() {}

    /// Prints the findings.
    public static void main(String[] arguments) {
        System.out.print(report());
    }

    /// The findings, a line each.
    public static String report() {
        StringBuilder lines = new StringBuilder();
        for (String finding : Kernels.report().split("\n", -1)) {
            int colon = finding.indexOf(": ");
            String name = finding.substring(0, colon);
            String text = finding.substring(colon + 2);
            int remedy = text.indexOf("; ");
            boolean fast = !text.contains("because");
            line(
                    lines,
                    name,
                    fast,
                    remedy < 0 ? text : text.substring(0, remedy),
                    remedy < 0 ? "" : text.substring(remedy + 2));
        }
        for (Gpu device : Gpu.all()) {
            line(lines, "device", true, device.toString(), "");
        }
        Gpu.missing().forEach(why -> line(lines, "device", true, "none by " + why, ""));
        Runtime runtime = Runtime.getRuntime();
        line(
                lines,
                "java",
                true,
                Runtime.version() + ", " + runtime.availableProcessors() + " processors, heap up to "
                        + (runtime.maxMemory() >> 20) + " MiB",
                "");
        return lines.toString();
    }

    private static void line(StringBuilder lines, String name, boolean ok, String text, String remedy) {
        lines.append(name)
                .append('|')
                .append(ok ? "ok" : "problem")
                .append('|')
                .append(text)
                .append('|')
                .append(remedy);
        lines.append('\n');
    }
}
