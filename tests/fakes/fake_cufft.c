/* SPDX-License-Identifier: Apache-2.0 */
/* The part of cuFFT that fft.vendor.cuda.c calls, by the definition of the transform, on the fake driver's memory. */
#include <math.h>
#include <stddef.h>

static int length, transforms, of_double, streamed;

int cufftPlanMany(int *plan, int rank, int *n, int *inembed, int istride, int idist, int *onembed,
                  int ostride, int odist, int kind, int batch);
int cufftPlanMany(int *plan, int rank, int *n, int *inembed, int istride, int idist, int *onembed,
                  int ostride, int odist, int kind, int batch)
{
    *plan = 1;
    length = *n;
    transforms = batch;
    of_double = kind == 0x69;
    const int packed = rank == 1 && !inembed && !onembed && istride == 1 && ostride == 1 &&
                       idist == *n && odist == *n;
    return packed && (of_double || kind == 0x29) ? 0 : 4;
}

int cufftSetStream(int plan, void *stream);
int cufftSetStream(int plan, void *stream)
{
    streamed = stream != NULL;
    return plan == 1 && stream ? 0 : 1;
}

int cufftDestroy(int plan);
int cufftDestroy(int plan)
{
    return plan == 1 ? 0 : 1;
}

#define EXECUTE(name, real, wanted)                                                                \
    int name(int plan, const real *in, real *out, int direction);                                  \
    int name(int plan, const real *in, real *out, int direction)                                   \
    {                                                                                              \
        if (plan != 1 || of_double != (wanted) || !streamed || direction != -1) {                  \
            return 5;                                                                              \
        }                                                                                          \
        for (long z = 0; z < transforms; ++z) {                                                    \
            for (long k = 0; k < length; ++k) {                                                    \
                long double re = 0, im = 0;                                                        \
                for (long j = 0; j < length; ++j) {                                                \
                    const long double angle =                                                      \
                        -2 * acosl(-1) * (long double)(j * k % length) / length;                   \
                    const real *x = in + 2 * (z * length + j);                                     \
                    re += x[0] * cosl(angle) - x[1] * sinl(angle);                                 \
                    im += x[0] * sinl(angle) + x[1] * cosl(angle);                                 \
                }                                                                                  \
                out[2 * (z * length + k)] = (real)re;                                              \
                out[2 * (z * length + k) + 1] = (real)im;                                          \
            }                                                                                      \
        }                                                                                          \
        return 0;                                                                                  \
    }
EXECUTE(cufftExecZ2Z, double, 1)
EXECUTE(cufftExecC2C, float, 0)
