/* SPDX-License-Identifier: Apache-2.0 */
/* The library that libcublas needs; cublasCreate_v2 asks it for a handle. */
static int handles;

void *cublasLtFakeHandle(void);
void *cublasLtFakeHandle(void)
{
    return &handles;
}
