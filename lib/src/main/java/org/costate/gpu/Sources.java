package org.costate.gpu;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.costate.gpu.driver.Driver;

/// Compiled sources of one device, each compiled once.
final class Sources {
    /// What is done to a source before it is compiled: nothing, but in tests that break it.
    static UnaryOperator<String> altered = UnaryOperator.identity();

    private final Driver driver;
    private final Map<String, Driver.Code> built = new HashMap<>();

    Sources(Driver driver) {
        this.driver = driver;
    }

    synchronized Driver.Code of(String source) {
        return built.computeIfAbsent(altered.apply(source), driver::build);
    }
}
