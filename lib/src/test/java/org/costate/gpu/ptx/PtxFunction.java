package org.costate.gpu.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A kernel or function. All operands are places of one array of 64-bit numbers: registers, constants, addresses of
/// names, and what a thread is told of itself.
final class PtxFunction {
    /// One instruction.
    ///
    /// @param guard the predicate's place; −1 for none
    /// @param when what the predicate must be
    record Instruction(int guard, boolean when, PtxOperation operation, String text) {}

    final String name;
    final List<String> parameters = new ArrayList<>();
    final List<Integer> parameterBytes = new ArrayList<>();
    final List<Instruction> code = new ArrayList<>();
    final Map<String, Integer> labels = new HashMap<>();

    /// Offsets in the memory of parameters, its own and those of calls.
    final Map<String, Integer> parameterAt = new HashMap<>();

    /// Offsets of arrays in local and in shared memory.
    final Map<String, Long> arrays = new HashMap<>();

    private final Map<String, Integer> places = new HashMap<>();
    private final List<Long> initial = new ArrayList<>();
    int localBytes;
    int sharedBytes;
    int parameterSpace;

    PtxFunction(String name) {
        this.name = name;
        List.of("%tid.x", "%ntid.x", "%ctaid.x", "%nctaid.x").forEach(this::place);
    }

    /// The place of a register or special register.
    int place(String register) {
        return places.computeIfAbsent(register, r -> {
            initial.add(0L);
            return initial.size() - 1;
        });
    }

    /// A place that holds a number.
    int constant(long value) {
        return places.computeIfAbsent("=" + value, r -> {
            initial.add(value);
            return initial.size() - 1;
        });
    }

    long[] registers() {
        return initial.stream().mapToLong(Long::longValue).toArray();
    }

    void parameter(String parameter, int bytes) {
        parameters.add(parameter);
        parameterBytes.add(bytes);
        space(parameter, bytes);
    }

    /// Room for a parameter; of the same name in another scope it is the same room.
    void space(String parameter, int bytes) {
        if (!parameterAt.containsKey(parameter)) {
            parameterAt.put(parameter, parameterSpace);
            parameterSpace += Math.max(64, (bytes + 15) / 16 * 16);
        }
    }
}
