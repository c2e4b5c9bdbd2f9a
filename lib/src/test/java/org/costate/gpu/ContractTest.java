package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.costate.memory.Precision;
import org.junit.jupiter.api.Test;

/// What `environment/bench --gpu` runs on a reader's device, here on the processor.
class ContractTest {
    @Test
    void asMuchRunsAsFitsTheTime() {
        Contract.Outcome outcome = Contract.run(Devices.pocl(), 1e-9);
        assertEquals(1, outcome.checks());
        assertTrue(outcome.of() > 100, outcome.of() + " checks");
        assertEquals(List.of(), outcome.wrong());
        assertTrue(outcome.seconds() > 0);
        assertThrows(IllegalArgumentException.class, () -> Contract.run(Devices.pocl(), 0));
        assertThrows(IllegalArgumentException.class, () -> Contract.run(Devices.pocl(), Double.NaN));
    }

    @Test
    void differencesAreFailures() {
        Map<String, double[]> here = Map.of("x0", new double[] {1, 2});
        double close = Answers.close(Precision.FLOAT64);
        assertEquals(0, Answers.same(here, here, close, "same"));
        Map<String, double[]> far = Map.of("x0", new double[] {1, 2 + 1e-11});
        assertThrows(AssertionError.class, () -> Answers.same(here, far, close, "far"));
        Map<String, double[]> nan = Map.of("x0", new double[] {1, Double.NaN});
        assertThrows(AssertionError.class, () -> Answers.same(here, nan, close, "NaN"));
        Map<String, double[]> few = Map.of("x0", new double[] {1});
        assertThrows(AssertionError.class, () -> Answers.same(here, few, close, "few"));
        Map<String, double[]> bit = Map.of("x0", new double[] {1, Math.nextUp(2.0)});
        assertThrows(AssertionError.class, () -> Answers.sameBits(here, bit, "bit"));
    }
}
