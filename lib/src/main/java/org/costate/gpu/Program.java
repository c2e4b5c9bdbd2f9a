package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Kernels that are compiled together, since a compiler takes longer to begin than for a kernel.
///
/// What a kernel defines ends with it; what C cannot end, tables, functions, and the kernel itself, has another name in
/// each.
final class Program {
    private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+)");
    private static final Pattern NAMED =
            Pattern.compile("(?m)^(?:CONSTANT \\w+ (\\w+)\\[|DEVICE \\w+ (\\w+)\\(|KERNEL void (\\w+)\\()");

    private Program() {}

    /// A kernel and those of others that may be compiled with it.
    static List<StepsKernel> together(StepsKernel kernel, List<StepsKernel> others) {
        List<StepsKernel> all = new ArrayList<>(List.of(kernel));
        for (StepsKernel other : others) {
            boolean typed = other.name().equals("adaptive") // its types have one name
                    && all.stream().anyMatch(k -> k.name().equals("adaptive"));
            if (!other.equals(kernel) && !typed && other.prelude().equals(kernel.prelude())) {
                all.add(other);
            }
        }
        return all;
    }

    /// The name of kernel number `i` in the program.
    static String name(List<StepsKernel> kernels, int i) {
        return kernels.get(i).name() + (i == 0 ? "" : "_" + i);
    }

    /// The source of all.
    static String of(List<StepsKernel> kernels) {
        StringBuilder s = new StringBuilder(kernels.getFirst().prelude());
        for (int i = 0; i < kernels.size(); i++) {
            StepsKernel kernel = kernels.get(i);
            GroupShape shape = kernel.shape();
            s.append("\n/* Kernel ").append(i + 1).append(" of ").append(kernels.size());
            s.append(": ").append(kernel.name()).append(", ").append(shape.together());
            s.append(" samples at a time in groups of ").append(shape.lanes()).append(" */\n");
            StringBuilder end = new StringBuilder();
            Matcher named = NAMED.matcher(kernel.body());
            while (i > 0 && named.find()) {
                String name = named.group(1) != null
                        ? named.group(1)
                        : named.group(2) != null ? named.group(2) : named.group(3);
                s.append("#define %s %s_%d\n".formatted(name, name, i));
                end.append("#undef ").append(name).append('\n');
            }
            s.append(kernel.body());
            Matcher macro = MACRO.matcher(kernel.body());
            while (i < kernels.size() - 1 && macro.find()) {
                s.append("#undef ").append(macro.group(1)).append('\n');
            }
            s.append(i < kernels.size() - 1 ? end : "");
        }
        return s.toString();
    }
}
