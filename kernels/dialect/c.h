/* SPDX-License-Identifier: Apache-2.0 */
/* The dialect as C11 with OpenMP (gcc and clang). Blocks are run one after the other by each OpenMP thread; a region
 * is a SIMD loop over the block's threads. -fopenmp gives threads and SIMD, -fopenmp-simd SIMD only (serial). */
#ifndef SB_DIALECT_C_H
#define SB_DIALECT_C_H

#include <math.h>
#include <stdint.h>

#if SB_REAL_FLOAT
typedef float real;
#define SB_M(name) name##f
#else
typedef double real;
#define SB_M(name) name
#endif
#if SB_INDEX_64
typedef int64_t index_t;
#else
typedef int32_t index_t;
#endif

#define SB_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
/* `simd` permits lanes, it does not demand them: clang warns where it finds none (atomics, loops of data's length). */
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#define GLOBAL
#define LOCAL
#define CONSTANT static const
#define FUNCTION static inline __attribute__((always_inline)) /* or a lane loop is not vectorised */
#define KERNEL(name) void name
#define KERNEL_BLOCKS(name, bx, by, bz) void name

/* Which block this OpenMP thread is working on, and how many there are; set by the launcher. */
static _Thread_local index_t sb_block[3] __attribute__((unused));
static index_t sb_blocks[3] __attribute__((unused));
#define BLOCK_X (sb_block[0])
#define BLOCK_Y (sb_block[1])
#define BLOCK_Z (sb_block[2])
#define BLOCKS_X (sb_blocks[0])
#define BLOCKS_Y (sb_blocks[1])
#define BLOCKS_Z (sb_blocks[2])

/* The head of a loop over 0 … n − 1, in the order that SB_REVERSED says. */
#if SB_REVERSED
#define SB_COUNTED(T, i, n) T i = (T)(n) - 1; i >= 0; --i
#else
#define SB_COUNTED(T, i, n) T i = 0; i < (T)(n); ++i
#endif
#define FOR_EACH_1D(i, n)                                                                          \
    SB_PRAGMA(omp parallel for simd schedule(static))                                              \
    for (SB_COUNTED(index_t, i, n))
#define FOR_EACH_2D(i, j, nx, ny)                                                                  \
    SB_PRAGMA(omp parallel for schedule(static))                                                   \
    for (SB_COUNTED(index_t, j, ny))                                                               \
        SB_PRAGMA(omp simd)                                                                        \
        for (SB_COUNTED(index_t, i, nx))
#define FOR_EACH_2D_FRAMED(i, j, nx, ny, inside, border)                                           \
    do {                                                                                           \
        SB_PRAGMA(omp parallel for schedule(static))                                               \
        for (SB_COUNTED(index_t, j, ny)) {                                                         \
            const index_t sb_end = (index_t)(nx) - 1;                                              \
            const index_t sb_row = j > 0 && j < (index_t)(ny) - 1;                                 \
            for (index_t i = 0; i < (sb_row ? 1 : sb_end + 1); ++i) {                              \
                border;                                                                            \
            }                                                                                      \
            SB_PRAGMA(omp simd)                                                                    \
            for (index_t i = 1; i < (sb_row ? sb_end : 0); ++i) {                                  \
                inside;                                                                            \
            }                                                                                      \
            for (index_t i = sb_end; i < (sb_row && sb_end > 0 ? sb_end + 1 : 0); ++i) {           \
                border;                                                                            \
            }                                                                                      \
        }                                                                                          \
    } while (0)
#define FOR_EACH_3D(i, j, k, nx, ny, nz)                                                           \
    SB_PRAGMA(omp parallel for collapse(2) schedule(static))                                       \
    for (SB_COUNTED(index_t, k, nz))                                                               \
        for (SB_COUNTED(index_t, j, ny))                                                           \
            SB_PRAGMA(omp simd)                                                                    \
            for (SB_COUNTED(index_t, i, nx))

/* FILL_1D. Out of the caches an ordinary store first reads the line it overwrites; a streaming store does not, but
 * wants whole aligned lines, which gcc does not make of a scalar loop. So: one line at a time into a local array that
 * the compiler keeps in vector registers, then streamed. Partial lines at both ends go the ordinary way. */
#if SB_STREAM_STORES && defined(__SSE2__)
#include <immintrin.h>
#define SB_LINE ((int32_t)(64 / sizeof(real)))
static inline void sb_stream_line(real *to, const real *line)
{
#if defined(__AVX512F__)
    _mm512_stream_si512((__m512i *)(void *)to, _mm512_load_si512(line));
#elif defined(__AVX__)
    for (int k = 0; k < 2; ++k)
        _mm256_stream_si256((__m256i *)(void *)to + k,
                            _mm256_load_si256((const __m256i *)(const void *)line + k));
#else
    for (int k = 0; k < 4; ++k)
        _mm_stream_si128((__m128i *)(void *)to + k,
                         _mm_load_si128((const __m128i *)(const void *)line + k));
#endif
}
/* How many elements lie between the start of the 64-byte line that holds *a, and a. */
#define SB_BEFORE(a) ((int32_t)((uintptr_t)(a) % 64 / sizeof(real)))
#define SB_LINES(a, n) (((int64_t)(n) + SB_BEFORE(a) + SB_LINE - 1) / SB_LINE)
/* Line number l of a[0 … n): sb_first is its first index, negative where the line begins before a. */
#define SB_FILL_LINE(i, n, a, l, value)                                                            \
    const int64_t sb_first = (l) * SB_LINE - SB_BEFORE(a);                                         \
    if (sb_first >= 0 && sb_first + SB_LINE <= (int64_t)(n)) {                                     \
        real sb_line[SB_LINE] __attribute__((aligned(64)));                                        \
        SB_PRAGMA(omp simd)                                                                        \
        for (int32_t sb_k = 0; sb_k < SB_LINE; ++sb_k) {                                           \
            const index_t i = (index_t)sb_first + sb_k;                                            \
            sb_line[sb_k] = (value);                                                               \
        }                                                                                          \
        sb_stream_line((a) + sb_first, sb_line);                                                   \
    } else {                                                                                       \
        const int64_t sb_end = MIN(sb_first + SB_LINE, (int64_t)(n));                              \
        for (index_t i = (index_t)MAX(sb_first, 0); i < (index_t)sb_end; ++i)                      \
            (a)[i] = (value);                                                                      \
    }
#define FILL_1D(i, n, a, value)                                                                    \
    do {                                                                                           \
        SB_PRAGMA(omp parallel)                                                                    \
        {                                                                                          \
            SB_PRAGMA(omp for schedule(static))                                                    \
            for (int64_t sb_l = 0; sb_l < SB_LINES(a, n); ++sb_l) {                                \
                SB_FILL_LINE(i, n, a, sb_l, value)                                                 \
            }                                                                                      \
            _mm_sfence();                                                                          \
        }                                                                                          \
    } while (0)
#else
#define FILL_1D(i, n, a, value)                                                                    \
    do {                                                                                           \
        FOR_EACH_1D (i, n) {                                                                       \
            (a)[i] = (value);                                                                      \
        }                                                                                          \
    } while (0)
#endif

#define SHARED(T, name, count) T name[count] __attribute__((aligned(64)))
#define PRIVATE(T, name, threads) T name[threads] __attribute__((aligned(64)))
#define MINE(name, t) name[t]
#define PRIVATE_ARRAY(T, name, count, threads) T name[threads][count] __attribute__((aligned(64)))
#define MINE_ARRAY(name, t) name[t]

#define THREADS_1D_TO(x, bx, xlimit)                                                               \
    SB_PRAGMA(omp simd)                                                                            \
    for (SB_COUNTED(int32_t, x, MIN(bx, xlimit)))
#define THREADS_2D_TO(x, y, bx, by, xlimit, ylimit)                                                \
    for (SB_COUNTED(int32_t, y, MIN(by, ylimit)))                                         \
        SB_PRAGMA(omp simd)                                                                        \
        for (SB_COUNTED(int32_t, x, MIN(bx, xlimit)))
#define THREADS_1D(x, bx)                                                                          \
    SB_PRAGMA(omp simd)                                                                            \
    for (SB_COUNTED(int32_t, x, bx))
#define THREADS_2D(x, y, bx, by)                                                                   \
    for (SB_COUNTED(int32_t, y, by))                                                             \
        SB_PRAGMA(omp simd)                                                                        \
        for (SB_COUNTED(int32_t, x, bx))
#define THREADS_3D(x, y, z, bx, by, bz)                                                            \
    for (SB_COUNTED(int32_t, z, bz))                                                             \
        for (SB_COUNTED(int32_t, y, by))                                                         \
            SB_PRAGMA(omp simd)                                                                    \
            for (SB_COUNTED(int32_t, x, bx))
#define THREADS_OVER_2D(x, y, nx, ny, bx)                                                           \
    for (SB_COUNTED(int32_t, y, ny))                                                             \
        SB_PRAGMA(omp simd)                                                                        \
        for (SB_COUNTED(int32_t, x, nx))
#define THREADS_1D_FREE THREADS_1D
#define THREADS_2D_FREE THREADS_2D
#define THREADS_3D_FREE THREADS_3D
#define WIDE_THREADS_1D(x, bx) for (SB_COUNTED(int32_t, x, bx))
#define WIDE_THREADS_2D(x, y, bx, by)                                                              \
    for (SB_COUNTED(int32_t, y, by))                                                             \
        for (SB_COUNTED(int32_t, x, bx))

#define LANES(i, n)                                                                                \
    SB_PRAGMA(omp simd)                                                                            \
    for (int32_t i = 0; i < (n); ++i)
/* gcc vectorises the loop around the sequential ones and keeps its private arrays in registers only then; clang
 * vectorises none but innermost loops, and does keep theirs. */
#if defined(__clang__)
#define VECTOR(v, n)
#define IN_VECTOR(v, n) LANES (v, n)
#define VECTOR_ARRAY(T, name, count, n) T name[count][n]
#define OF_LANE(name, k, v) name[k][v]
#else
#define VECTOR(v, n) LANES (v, n)
#define IN_VECTOR(v, n)
#define VECTOR_ARRAY(T, name, count, n) T name[count]
#define OF_LANE(name, k, v) name[k]
#endif
#if defined(__clang__)
#define UNROLL SB_PRAGMA(clang loop unroll(full))
#else
#define UNROLL SB_PRAGMA(GCC unroll 64)
#endif

#define SQRT(x) SB_M(sqrt)(x)
#define RSQRT(x) (REAL(1) / SB_M(sqrt)(x))
#if SB_STRICT
#define SB_FMA64(a, b, c) fma(a, b, c)
#include "strict_maths.h"
#define EXP(x) SB_STRICT_EXP(x)
#define SIN(x) SB_STRICT_SIN(x)
#define COS(x) SB_STRICT_COS(x)
#else
#define EXP(x) SB_M(exp)(x)
#define SIN(x) SB_M(sin)(x)
#define COS(x) SB_M(cos)(x)
#endif
#define FABS(x) SB_M(fabs)(x)
#define FMA(a, b, c) SB_M(fma)(a, b, c)

/* One OS thread executes a block, so SHARED needs no lock; volatile keeps the compiler from vectorising it. */
#define ATOMIC_ADD(p, v) ((void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define ATOMIC_ADD_SHARED(p, v) ((void)(*(volatile __typeof__(*(p)) *)(p) += (v)))
#define ATOMIC_ADD_REAL_SHARED(p, v) ((void)(*(volatile real *)(p) += (v)))
static inline void sb_atomic_add_real(real *p, real v)
{
    real old = *(volatile real *)p;
    real sum;
    do {
        sum = old + v;
    } while (!__atomic_compare_exchange(p, &old, &sum, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}
#define ATOMIC_ADD_REAL(p, v) sb_atomic_add_real((p), (v))

#endif
