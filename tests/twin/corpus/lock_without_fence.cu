// SPDX-License-Identifier: Apache-2.0
// A spin lock guards a bank account of two words, but no fence keeps their values inside the critical section.
// launch: deposit<<<8, 32>>>(lock, account)
// array: lock int[1] inout zero
// array: account int[2] inout zero
// finds: fence|race at "account[0] += 1" and "account[0] += 1" array account
__global__ void deposit(int *lock, int *account)
{
    if (threadIdx.x == 0) {
        while (atomicCAS(lock, 0, 1) != 0) {
        }
#ifdef RIGHT
        __threadfence();
#endif
        account[0] += 1;
        account[1] -= 1;
#ifdef RIGHT
        __threadfence();
#endif
        atomicExch(lock, 0);
    }
}
