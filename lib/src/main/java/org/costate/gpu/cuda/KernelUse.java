package org.costate.gpu.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a kernel takes of a multiprocessor, as the assembler tells.
///
/// @param kernel its name
/// @param registers of a thread
/// @param localBytes of a thread in device memory: arrays that are no registers
/// @param spilledBytes written and read back for want of registers
/// @param sharedBytes of a block
public record KernelUse(String kernel, int registers, int localBytes, int spilledBytes, int sharedBytes) {
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern STACK =
            Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    /// Of each kernel of a log that `--ptxas-options=-v` made, in its order.
    static List<KernelUse> parse(String log) {
        List<KernelUse> all = new ArrayList<>();
        String kernel = null;
        int local = 0;
        int spilled = 0;
        for (String line : log.split("\n", -1)) {
            Matcher m = ENTRY.matcher(line);
            if (m.find()) {
                kernel = m.group(1);
                local = 0;
                spilled = 0;
                continue;
            }
            m = STACK.matcher(line);
            if (m.find() && kernel != null) {
                local = Integer.parseInt(m.group(1));
                spilled = Integer.parseInt(m.group(2)) + Integer.parseInt(m.group(3));
                continue;
            }
            m = REGISTERS.matcher(line);
            if (m.find() && kernel != null) {
                int registers = Integer.parseInt(m.group(1));
                m = SHARED.matcher(line);
                int shared = m.find() ? Integer.parseInt(m.group(1)) : 0;
                all.add(new KernelUse(kernel, registers, local, spilled, shared));
                kernel = null;
            }
        }
        return all;
    }
}
