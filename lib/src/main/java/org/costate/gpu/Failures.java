package org.costate.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Precision;

/// Where groups tell of their failures: of each the step and the sample that failed first, and what it led to.
final class Failures {
    private final Trajectories run;
    private final int groups;
    private final int length;
    private final DeviceMemory failed;
    private final DeviceMemory wrong;

    /// @param length how many numbers tell what a failure led to
    Failures(Trajectories run, BlockCode code, int length) {
        this.run = run;
        this.length = length;
        groups = code.groups();
        failed = run.memory.integers(2L * groups);
        wrong = run.room.ofGroups(code.together(), groups, length);
    }

    DeviceMemory failed() {
        return failed;
    }

    DeviceMemory wrong() {
        return wrong;
    }

    /// One of them.
    ///
    /// @param step its number, from 1 on
    /// @param at which of the values is the first that is not finite
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Failure(int step, int row, double[] values, int at) {
        double value() {
            return values[at];
        }
    }

    /// The first one; null if there is none. Waits for all launches before.
    ///
    /// @param latest is the largest step number the first?
    Failure first(boolean latest) {
        int[] all = new int[2 * groups];
        try (var part = run.problem.workspace().part()) {
            MemorySegment host =
                    part.allocate(1, Math.max(1, groups), Precision.FLOAT64).memory();
            run.driver.download(failed.pointer(), 0, host);
            for (int i = 0; i < all.length; i++) {
                all[i] = host.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            }
        }
        int worst = -1;
        for (int g = 0; g < groups; g++) {
            if (all[2 * g] > 0 && (worst < 0 || (latest ? all[2 * g] > all[2 * worst] : all[2 * g] < all[2 * worst]))) {
                worst = g;
            }
        }
        if (worst < 0) {
            return null;
        }
        double[] values = run.numbers(wrong, (long) worst * length, length);
        int at = 0;
        while (at < length - 1 && Double.isFinite(values[at])) {
            at++;
        }
        return new Failure(all[2 * worst], all[2 * worst + 1], values, at);
    }
}
