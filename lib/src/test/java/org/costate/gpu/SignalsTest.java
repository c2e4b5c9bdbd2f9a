package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.ThreadLocalRandom;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.gpu.driver.Signals;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// Whose the signals are after a compiler ran in this process.
class SignalsTest {
    private static final int ILLEGAL = 4;
    private static final int ARITHMETIC = 8;
    private static final int SEGMENTATION = 11;
    /// LLVM leaves it alone, and the JVM has one handler for all.
    private static final int PIPE = 13;

    /// PoCL compiles a source that it has not seen before, with a number that no run had.
    @Test
    @EnabledOnOs(OS.LINUX)
    void theyAreTheJvmsAfterDevicesWereFoundAndKernelsBuilt() {
        double number = ThreadLocalRandom.current().nextDouble();
        Dynamics field = Trace.dynamics(1, (t, x, p) -> x.times(number));
        Gradient g = Ode.of(field)
                .span(0, 1)
                .solver(Rk4.steps(2))
                .on(Devices.pocl())
                .gradient(new double[] {1}, new Parameters(field.layout()), Cost.sumOfSquares(0));
        assertEquals(1, g.x0().length);
        long jvms = Signals.handler(PIPE);
        assertEquals(jvms, Signals.handler(SEGMENTATION));
        assertEquals(jvms, Signals.handler(ILLEGAL));
        assertEquals(jvms, Signals.handler(ARITHMETIC));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsThrownIsThrown() {
        assertThrows(
                IllegalStateException.class,
                () -> Signals.kept(() -> {
                    throw new IllegalStateException();
                }));
        assertEquals(7, Signals.kept(() -> 7));
    }
}
