package org.costate.gpu.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.costate.gpu.driver.DeviceException;

/// NVRTC as it is, of `COSTATE_NVRTC` or of the project's Python environment. It needs no device.
public final class RealNvrtc {
    private static Nvrtc found;

    private RealNvrtc() {}

    /// NVRTC. Without it the test is skipped, but fails where `CI` is true.
    public static synchronized Nvrtc get() {
        if (found == null) {
            try {
                found = Nvrtc.find(search(), Integer.MAX_VALUE, Nvrtc::load);
            } catch (DeviceException e) {
                return "true".equals(System.getenv("CI")) ? fail(e) : abort(e.getMessage());
            }
        }
        return found;
    }

    static NvrtcSearch search() {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put(
                "VIRTUAL_ENV",
                Path.of("..", ".costate", "venv").toAbsolutePath().normalize().toString());
        Path nowhere = Path.of("nowhere");
        return new NvrtcSearch(environment, nowhere, nowhere, NvrtcSearch.here().windows());
    }
}
