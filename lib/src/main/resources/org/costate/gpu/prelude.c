/* One source for OpenCL C and CUDA C. REAL is the type of states and parameters, R(x) a number of it.
   A group is a work-group (block) of LANES work-items (threads) that share LOCAL memory. Where ALONE is 1, every
   work-item is a group of its own with its memory; where ONE_LANE is 1, as on processors, a group has one work-item.
   ITEM counts work-items over all groups. */
#ifdef __OPENCL_VERSION__
#if FLOAT64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define KERNEL __kernel
#define DEVICE
#define GLOBAL __global
#define CONSTANT __constant
#define ITEM ((long) get_global_id(0))
#if ALONE
#define LOCAL
#define LOCAL_POINTER
#define GROUP ((int) get_global_id(0))
#else
#define LOCAL __local
#define LOCAL_POINTER __local
#define GROUP ((int) get_group_id(0))
#if !ONE_LANE
#define LANE ((int) get_local_id(0))
#define LANES ((int) get_local_size(0))
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#endif
#endif
#else
#define KERNEL extern "C" __global__
#define DEVICE __device__
#define GLOBAL
#define CONSTANT __constant__
#define LOCAL_POINTER
#define ITEM ((long) blockIdx.x * blockDim.x + threadIdx.x)
#if ALONE
#define LOCAL
#define GROUP ((int) ITEM)
#else
#define LOCAL __shared__
#define GROUP ((int) blockIdx.x)
#define LANE ((int) threadIdx.x)
#define LANES ((int) blockDim.x)
#define BARRIER __syncthreads()
#endif
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#endif
#endif
#if ALONE || ONE_LANE
#define LANE 0
#define LANES 1
#define BARRIER
#endif

/* Times, and sums of many terms. */
#if FLOAT64
#define TIME double
#else
#define TIME float
#endif

/* Each number of an array of the group, by one of its work-items. */
#define EACH(e, count) for (int e = LANE; e < (count); e += LANES)
#define FINITE(x) (fabs(x) < (REAL) INFINITY)

/* The operations that C has not. NaN stays NaN. */
DEVICE REAL smaller(REAL a, REAL b) { return a < b || a != a ? a : b; }
DEVICE REAL larger(REAL a, REAL b) { return a > b || a != a ? a : b; }
DEVICE REAL greater(REAL a, REAL b) { return a > b ? R(1.0) : a == b ? R(0.5) : R(0.0); }
DEVICE REAL signum(REAL x) { return x > 0 ? R(1.0) : x < 0 ? R(-1.0) : x; }
DEVICE REAL relu(REAL x) { return x > 0 || x != x ? x : R(0.0); }
DEVICE REAL above_zero(REAL x) { return x > 0 ? R(1.0) : R(0.0); }
DEVICE REAL sigmoid(REAL x) {
    REAL e = exp(-fabs(x));
    return (x >= 0 ? R(1.0) : e) / (R(1.0) + e);
}
DEVICE REAL softplus(REAL x) { return larger(x, R(0.0)) + log1p(exp(-fabs(x))); }
DEVICE REAL tanh_reverse(REAL a, REAL y) { return a - a * (y * y); }
DEVICE REAL sigmoid_reverse(REAL a, REAL y) { return a * (y * (R(1.0) - y)); }
DEVICE REAL normal_cdf(REAL x) { return R(0.5) * erfc(x * R(-0.7071067811865476)); }
DEVICE REAL normal_density(REAL x) { return exp(R(-0.5) * x * x) * R(0.3989422804014327); }
