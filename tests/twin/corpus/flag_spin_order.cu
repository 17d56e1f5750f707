// SPDX-License-Identifier: Apache-2.0
// Each block waits for the block after it: where blocks start in order and not all fit, the first ones wait for ever.
// launch: chain<<<200, 32>>>(flag, ticket, carry)
// array: flag int[201] inout zero
// array: ticket int[1] inout zero
// array: carry int[201] inout zero
// finds: deadlock at "while (mine < 199 && atomicAdd(&flag["
__global__ void chain(int *flag, int *ticket, int *carry)
{
    __shared__ int mine;
    if (threadIdx.x == 0) {
#ifdef RIGHT
        mine = atomicAdd(ticket, 1); // in the order in which blocks do start
        while (mine > 0 && atomicAdd(&flag[mine - 1], 0) == 0) {
        }
        __threadfence();
        carry[mine] = mine > 0 ? carry[mine - 1] + 1 : 1;
#else
        mine = blockIdx.x;
        while (mine < 199 && atomicAdd(&flag[mine + 1], 0) == 0) {
        }
        __threadfence();
        carry[mine] = mine < 199 ? carry[mine + 1] + 1 : 1;
#endif
        __threadfence();
        atomicExch(&flag[mine], 1);
    }
}
