package org.costate.gpu.driver;

/// What a device is.
///
/// @param name as its maker calls it
/// @param api by what it is reached: "CUDA" or "OpenCL"
/// @param version the compute capability, or the version of OpenCL
/// @param driver the driver's version
/// @param memoryBytes in all
/// @param localBytes of local (shared) memory for a work-group
/// @param mostLanes work-items in a work-group, at most
/// @param units multiprocessors (compute units)
/// @param float64 can it compute in float64?
/// @param isProcessor is it the CPU, by OpenCL?
public record Facts(
        String name,
        String api,
        String version,
        String driver,
        long memoryBytes,
        int localBytes,
        int mostLanes,
        int units,
        boolean float64,
        boolean isProcessor) {
    @Override
    public String toString() {
        return name + ", " + api + " " + version + ", " + (memoryBytes >> 20) + " MiB, "
                + (float64 ? "float64" : "no float64");
    }
}
