/// Devices by OpenCL, through LWJGL's bindings, which are needed only here.
package org.costate.gpu.opencl;
