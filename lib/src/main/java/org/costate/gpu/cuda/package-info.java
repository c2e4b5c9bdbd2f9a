/// NVIDIA devices, by the driver's own library and NVRTC, both called directly: nothing to install but the driver and
/// NVRTC, and nothing loaded where they are missing.
package org.costate.gpu.cuda;
