/* SPDX-License-Identifier: Apache-2.0 */
/* A libcuda.so.1 that says CUDA 12.0 and has none of its entry points. */
int cuInit(unsigned flags);
int cuInit(unsigned flags)
{
    (void)flags;
    return 0;
}

int cuDriverGetVersion(int *out);
int cuDriverGetVersion(int *out)
{
    *out = 12000;
    return 0;
}
