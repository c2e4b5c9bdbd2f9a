package org.costate.gpu;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation on the device against the processor, see [Operations].
class OperationsTest {
    @AfterAll
    static void afterwards() {
        Devices.compileAsUsual();
    }

    static Stream<List<String>> fields() {
        return Operations.fields().stream();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void evaluationsAreThoseOfTheProcessor(List<String> names) {
        Operations.evaluations(Devices.poclCompilingFast(), names);
    }

    @ParameterizedTest
    @MethodSource("fields")
    void trajectoriesAreThoseOfTheProcessor(List<String> names) {
        Operations.trajectories(Devices.poclCompilingFast(), names);
    }
}
