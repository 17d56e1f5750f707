/* SPDX-License-Identifier: Apache-2.0 */
/* stream for GPUs: each thread moves SPAN elements that lie a block apart, so that several loads are under way at once;
 * dot adds by warp shuffles. Any warp size. */
#if SB_REAL_FLOAT
typedef float real;
#else
typedef double real;
#endif
#if SB_INDEX_64
typedef long long index_t;
#else
typedef int index_t;
#endif

enum { COPY, MUL, ADD, TRIAD, THREADS = 256, SPAN = 4 }; /* as in stream.c */
#define ALL_LANES (~0ULL)
#define EXPORT extern "C" __global__ void

/* out = x, scalar x, x + y, x + scalar y. Where an op reads one array, y is not read. */
template <int OP>
__device__ inline void loop(const real *__restrict__ x, const real *__restrict__ y, real *__restrict__ out, real scalar, index_t n)
{
    const index_t first = (index_t)blockIdx.x * (THREADS * SPAN) + (index_t)threadIdx.x;
#pragma unroll
    for (int k = 0; k < SPAN; ++k) {
        const index_t i = first + k * THREADS;
        if (i < n) {
            out[i] = OP == COPY ? x[i] : OP == MUL ? scalar * x[i] : OP == ADD ? x[i] + y[i] : x[i] + scalar * y[i];
        }
    }
}

EXPORT stream_copy_native(const real *__restrict__ a, real *__restrict__ c, index_t n)
{
    loop<COPY>(a, nullptr, c, 0, n);
}

EXPORT stream_mul_native(real *__restrict__ b, const real *__restrict__ c, real scalar, index_t n)
{
    loop<MUL>(c, nullptr, b, scalar, n);
}

EXPORT stream_add_native(const real *__restrict__ a, const real *__restrict__ b, real *__restrict__ c, index_t n)
{
    loop<ADD>(a, b, c, 0, n);
}

EXPORT stream_triad_native(real *__restrict__ a, const real *__restrict__ b, const real *__restrict__ c, real scalar, index_t n)
{
    loop<TRIAD>(b, c, a, scalar, n);
}

/* The sum over the warp, in its first lane. */
__device__ inline real warp_sum(real value)
{
    for (int distance = warpSize / 2; distance > 0; distance /= 2) {
        value += __shfl_down_sync(ALL_LANES, value, distance);
    }
    return value;
}

/* The sum over a block of N threads, in its first thread. */
template <int N> __device__ inline real block_sum(real value)
{
    __shared__ real part[N / 8]; /* a warp has 8 lanes or more, and N is at most its square */
    const int thread = (int)threadIdx.x;
    value = warp_sum(value);
    if (thread % warpSize == 0) {
        part[thread / warpSize] = value;
    }
    __syncthreads();
    if (thread / warpSize == 0) {
        value = warp_sum(thread < N / warpSize ? part[thread] : real(0));
    }
    return value;
}

/* dot, first stage: a block adds DOT_THREADS × DOT_UNROLL products. */
EXPORT __launch_bounds__(DOT_THREADS)
    stream_dot_native(const real *__restrict__ a, const real *__restrict__ b, real *__restrict__ sums, index_t n)
{
    const index_t first = (index_t)blockIdx.x * (DOT_THREADS * DOT_UNROLL) + (index_t)threadIdx.x;
    real sum = 0;
#pragma unroll 8
    for (int k = 0; k < DOT_UNROLL; ++k) {
        const index_t i = first + k * DOT_THREADS;
        sum += i < n ? a[i] * b[i] : real(0);
    }
    sum = block_sum<DOT_THREADS>(sum);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = sum;
    }
}

/* dot, second stage: one block adds the blocks' sums. */
EXPORT __launch_bounds__(DOT_THREADS)
    stream_dot_finish_native(const real *__restrict__ sums, real *__restrict__ dot, index_t count)
{
    real sum = 0;
    for (index_t i = (index_t)threadIdx.x; i < count; i += DOT_THREADS) {
        sum += sums[i];
    }
    sum = block_sum<DOT_THREADS>(sum);
    if (threadIdx.x == 0) {
        dot[0] = sum;
    }
}
