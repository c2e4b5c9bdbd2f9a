package org.costate.gpu;

import java.util.HashMap;
import java.util.Map;
import org.costate.gpu.driver.Driver;

/// Compiled sources of one device, each compiled once.
final class Sources {
    private final Driver driver;
    private final Map<String, Driver.Code> built = new HashMap<>();

    Sources(Driver driver) {
        this.driver = driver;
    }

    synchronized Driver.Code of(String source) {
        return built.computeIfAbsent(source, driver::build);
    }
}
