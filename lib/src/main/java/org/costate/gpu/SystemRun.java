package org.costate.gpu;

import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// Steps of one system on a device: x alone, a alone, or both.
abstract class SystemRun {
    final Trajectories run;
    final Scheme scheme;
    final int parts;
    private final DeviceMemory slots;

    /// @param parts states of the system
    SystemRun(Trajectories run, Scheme scheme, int parts) {
        this.run = run;
        this.scheme = scheme;
        this.parts = parts;
        slots = run.states((long) scheme.slots() * parts);
    }

    /// What is carried from step to step: `[slots][parts][batch][d]`.
    final DeviceMemory slots() {
        return slots;
    }

    /// Bytes of all slots.
    final long slotsBytes() {
        return run.stateBytes() * parts * scheme.slots();
    }

    /// Part `part` of the solution, to here.
    final void download(int part, Buffer to) {
        run.driver.download(slots.pointer(), part * run.stateBytes(), to.memory());
    }

    /// Part `part` of the solution, from here.
    final void upload(Buffer from, int part) {
        run.driver.upload(from.memory(), slots.pointer(), part * run.stateBytes());
    }

    /// All state slots become the first: a solve begins here.
    final void begin() {
        long bytes = run.stateBytes() * parts;
        for (int l = 1; l < scheme.states(); l++) {
            run.driver.copy(slots.pointer(), 0, slots.pointer(), l * bytes, bytes);
        }
    }

    /// Adds g, the groups' sums in order, to a row here.
    abstract void addSums(Buffer to);

    /// What it cost, each evaluation with a vector–Jacobian product.
    abstract Statistics statisticsOfBack();
}
