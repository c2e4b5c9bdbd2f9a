package org.costate.gpu;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation on the device against the processor, see [Operations].
class OperationsTest {
    static Stream<List<String>> fields() {
        return Operations.fields().stream();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void evaluationsAreThoseOfTheProcessor(List<String> names) {
        Operations.evaluations(Devices.pocl(), names);
    }

    @ParameterizedTest
    @MethodSource("fields")
    void trajectoriesAreThoseOfTheProcessor(List<String> names) {
        Operations.trajectories(Devices.pocl(), names);
    }
}
