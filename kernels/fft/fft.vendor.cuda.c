/* SPDX-License-Identifier: Apache-2.0 */
/* The batch by cuFFT, which the harness has loaded; planned at the first call. */
#include "portable.h"
#include "vendor_gpu.h"

#include <stddef.h>

enum { FORWARD = -1, C2C = 0x29, Z2Z = 0x69 }; /* cufft.h */

#if SB_REAL_FLOAT
#define KIND C2C
#define CUFFT_EXECUTE cufftExecC2C
#else
#define KIND Z2Z
#define CUFFT_EXECUTE cufftExecZ2Z
#endif
int cufftPlanMany(int *plan, int rank, int *n, int *inembed, int istride, int idist, int *onembed,
                  int ostride, int odist, int kind, int batch);
int cufftSetStream(int plan, void *stream);
int cufftDestroy(int plan);
int CUFFT_EXECUTE(int plan, real *in, real *out, int direction);

KERNEL(fft_vendor)(GLOBAL real *restrict x, GLOBAL real *restrict y, index_t n, index_t batch)
{
    static int plan;
    static index_t planned_n, planned_batch;
    if (planned_n != n || planned_batch != batch) {
        int length = (int)n;
        if (planned_n != 0) {
            cufftDestroy(plan);
        }
        if (cufftPlanMany(&plan, 1, &length, NULL, 1, length, NULL, 1, length, KIND, (int)batch) !=
                0 ||
            cufftSetStream(plan, sb_stream) != 0) {
            sb_failure = "cuFFT makes no plan";
            return;
        }
        planned_n = n;
        planned_batch = batch;
    }
    if (CUFFT_EXECUTE(plan, x, y, FORWARD) != 0) {
        sb_failure = "cuFFT does not execute its plan";
    }
}
