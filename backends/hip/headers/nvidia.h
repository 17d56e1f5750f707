/* SPDX-License-Identifier: Apache-2.0 */
/* What HIP's device code uses, in CUDA's words: stands in for hip/hip_runtime.h where HIP runs on NVIDIA's GPUs. A warp
 * has 32 lanes here; HIP's masks have 64 bits. */
#ifndef HIP_INCLUDE_HIP_HIP_RUNTIME_H
#define HIP_INCLUDE_HIP_HIP_RUNTIME_H
#define __HIP__ 1
#define __HIP_DEVICE_COMPILE__ 1
#define __HIP_PLATFORM_NVIDIA__ 1

#define hipThreadIdx_x threadIdx.x
#define hipThreadIdx_y threadIdx.y
#define hipThreadIdx_z threadIdx.z
#define hipBlockIdx_x blockIdx.x
#define hipBlockIdx_y blockIdx.y
#define hipBlockIdx_z blockIdx.z
#define hipBlockDim_x blockDim.x
#define hipBlockDim_y blockDim.y
#define hipBlockDim_z blockDim.z
#define hipGridDim_x gridDim.x
#define hipGridDim_y gridDim.y
#define hipGridDim_z gridDim.z
#define HIP_DYNAMIC_SHARED(type, name) extern __shared__ type name[];
#define HIP_KERNEL_NAME(...) __VA_ARGS__

#define SB_ALL_LANES 0xffffffffU
#define __shfl(...) __shfl_sync(SB_ALL_LANES, __VA_ARGS__)
#define __shfl_up(...) __shfl_up_sync(SB_ALL_LANES, __VA_ARGS__)
#define __shfl_down(...) __shfl_down_sync(SB_ALL_LANES, __VA_ARGS__)
#define __shfl_xor(...) __shfl_xor_sync(SB_ALL_LANES, __VA_ARGS__)
#define __any(predicate) __any_sync(SB_ALL_LANES, predicate)
#define __all(predicate) __all_sync(SB_ALL_LANES, predicate)
#define __ballot(predicate) ((unsigned long long)__ballot_sync(SB_ALL_LANES, predicate))
template <typename T, typename V> __device__ inline T unsafeAtomicAdd(T *at, V value)
{
    return atomicAdd(at, (T)value);
}
__device__ inline unsigned __lane_id()
{
    unsigned lane;
    asm("mov.u32 %0, %%laneid;" : "=r"(lane));
    return lane;
}
#endif
