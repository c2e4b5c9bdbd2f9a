/// The same problems on a GPU: `ode.on(Gpu.first())`.
///
/// A traced field, the tableau and the gradient mode become one C source, valid as OpenCL C and as CUDA C: `steps.c`
/// and its like beside these classes, with the field written into them ([GroupCode]). Nets whose samples fit the memory
/// of a work-group, and that have no more than [GroupShape#MOST_PARAMETERS] parameters, are integrated by it from end
/// to end ([Trajectories]). Steps of larger ones are sequences of launches ([StepSequence]), or, where samples choose
/// their own steps, taken by groups with their arrays in global memory ([GroupShape]). For what must be seen step by
/// step each evaluation is a list of kernels, and steps are taken here ([DeviceField]).
package org.costate.gpu;
