package org.costate.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;

/// The kernels of one problem that take or transpose steps, compiled when the first of them is launched.
final class StepsKernels {
    private final Trajectories run;
    private final List<StepsKernel> asked = new ArrayList<>();
    private final IdentityHashMap<StepsKernel, Driver.Kernel> compiled = new IdentityHashMap<>();
    /// The arrays of groups that have theirs in global memory.
    private final IdentityHashMap<StepsKernel, DeviceMemory> rooms = new IdentityHashMap<>();

    StepsKernels(Trajectories run) {
        this.run = run;
    }

    /// This kernel may be launched.
    void ask(StepsKernel kernel) {
        asked.add(kernel);
        GroupShape shape = kernel.shape();
        if (shape.roomBytes() > 0) {
            long numbers = shape.roomBytes() / run.precision.bytes();
            rooms.put(kernel, run.room.ofGroups(shape.together(), shape.groups(), numbers));
        }
    }

    /// Launches a kernel that was asked for.
    void launch(StepsKernel kernel, Object... arguments) {
        Driver.Kernel there = compiled(kernel);
        DeviceMemory own = rooms.get(kernel);
        if (own == null) {
            kernel.launch(there, arguments);
        } else {
            kernel.launch(
                    there,
                    Stream.concat(Stream.of(own), Arrays.stream(arguments)).toArray());
        }
    }

    /// The kernel; compiled with those that were asked for and not compiled yet.
    private Driver.Kernel compiled(StepsKernel kernel) {
        if (!compiled.containsKey(kernel)) {
            List<StepsKernel> together = Program.together(kernel, asked);
            Driver.Code program = run.gpu.sources().of(Program.of(together));
            for (int i = 0; i < together.size(); i++) {
                compiled.put(together.get(i), program.kernel(Program.name(together, i)));
            }
            asked.removeAll(together);
        }
        return compiled.get(kernel);
    }
}
