// SPDX-License-Identifier: Apache-2.0
// A spin lock with fences on both sides guards two words that must change together.
// launch: deposit<<<8, 64>>>(lock, account)
// array: lock int[1] inout zero
// array: account int[2] inout zero
__device__ void acquire(int *lock)
{
    while (atomicCAS(lock, 0, 1) != 0) {
    }
    __threadfence();
}

__device__ void release(int *lock)
{
    __threadfence();
    atomicExch(lock, 0);
}

__global__ void deposit(int *lock, int *account)
{
    if (threadIdx.x % 32 == 0) {
        acquire(lock);
        account[0] += 1;
        account[1] -= 1;
        release(lock);
    }
}
