/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a processor can do, loop by loop: the portable probes (probes.dev.c) with a vector width in their names. Written
 * with the compiler's vector types rather than in the dialect, since a peak is one of a width, and the compiler must
 * neither widen nor leave out anything: an empty asm statement that "changes" a register pins every operation to it.
 * Each thread works on its own part, as often as the launch says; out[0] tells how many bits a vector had, or −1 where
 * this processor has no such vectors or no fused multiply-add.
 */
#include "portable.h"

#if defined(__AVX512F__)
#define HOLD "v"
#elif defined(__x86_64__)
#define HOLD "x"
#elif defined(__aarch64__)
#define HOLD "w"
#else
#define HOLD "f"
#endif
/* Chains of operations: as many as registers allow, so that no latency is seen (x86 without AVX-512 has 16). */
#if defined(__AVX512F__) || defined(__aarch64__)
#define CHAINS 24
#else
#define CHAINS 12
#endif
/* Nothing is known of the value in @p x from here on: it is in a register, and every operation on it is made. */
#define KEEP(x) __asm__ volatile("" : "+" HOLD(x))
#define USE(x) __asm__ volatile("" : : HOLD(x))

#if defined(_OPENMP)
#define ME omp_get_thread_num()
#define THREADS omp_get_num_threads()
#else
#define ME 0
#define THREADS 1
#endif

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__FMA__) || defined(__aarch64__)
#define FUSES 1
#else
#define FUSES 0
#endif

typedef real v0;
typedef real v128 __attribute__((vector_size(16)));
typedef real v256 __attribute__((vector_size(32)));
typedef real v512 __attribute__((vector_size(64)));

/*
 * x becomes x m + a, then x w − a with w = 1 / m: it stays where it was, so no operation meets an infinity or a
 * subnormal. apart: as many additions as multiplications, on chains of their own, for they may have units of their own.
 */
#define FLOP_LOOPS(V, BITS)                                                                        \
    static void together_##V(real *out, real m, real w, real a, int32_t steps)                     \
    {                                                                                              \
        V x[CHAINS], mm = (V){0} + m, ww = (V){0} + w, aa = (V){0} + a;                            \
        UNROLL                                                                                     \
        for (int32_t k = 0; k < CHAINS; ++k)                                                       \
            x[k] = (V){0} + (real)k;                                                               \
        for (int32_t s = 0; s < steps; ++s) {                                                      \
            UNROLL                                                                                 \
            for (int32_t k = 0; k < CHAINS; ++k) {                                                 \
                x[k] = x[k] * mm + aa;                                                             \
                KEEP(x[k]);                                                                        \
            }                                                                                      \
            UNROLL                                                                                 \
            for (int32_t k = 0; k < CHAINS; ++k) {                                                 \
                x[k] = x[k] * ww - aa;                                                             \
                KEEP(x[k]);                                                                        \
            }                                                                                      \
        }                                                                                          \
        UNROLL                                                                                     \
        for (int32_t k = 1; k < CHAINS; ++k)                                                       \
            x[0] += x[k];                                                                          \
        USE(x[0]);                                                                                 \
        out[0] = (BITS);                                                                           \
    }                                                                                              \
    static void apart_##V(real *out, real m, real w, real a, int32_t steps)                        \
    {                                                                                              \
        V x[CHAINS], mm = (V){0} + m, ww = (V){0} + w, aa = (V){0} + a;                            \
        UNROLL                                                                                     \
        for (int32_t k = 0; k < CHAINS; ++k)                                                       \
            x[k] = (V){0} + (real)(k + 1);                                                         \
        for (int32_t s = 0; s < steps; ++s) {                                                      \
            UNROLL                                                                                 \
            for (int32_t k = 0; k < CHAINS; k += 2) {                                              \
                x[k] *= mm;                                                                        \
                KEEP(x[k]);                                                                        \
                x[k + 1] += aa;                                                                    \
                KEEP(x[k + 1]);                                                                    \
            }                                                                                      \
            UNROLL                                                                                 \
            for (int32_t k = 0; k < CHAINS; k += 2) {                                              \
                x[k] *= ww;                                                                        \
                KEEP(x[k]);                                                                        \
                x[k + 1] -= aa;                                                                    \
                KEEP(x[k + 1]);                                                                    \
            }                                                                                      \
        }                                                                                          \
        UNROLL                                                                                     \
        for (int32_t k = 1; k < CHAINS; ++k)                                                       \
            x[0] += x[k];                                                                          \
        USE(x[0]);                                                                                 \
        out[0] = (BITS);                                                                           \
    }
#define ABSENT_LOOPS(V)                                                                            \
    static void together_##V(real *out, real m, real w, real a, int32_t steps)                     \
    {                                                                                              \
        (void)m, (void)w, (void)a, (void)steps;                                                    \
        out[0] = -1;                                                                               \
    }                                                                                              \
    static void apart_##V(real *out, real m, real w, real a, int32_t steps)                        \
    {                                                                                              \
        together_##V(out, m, w, a, steps);                                                         \
    }

FLOP_LOOPS(v0, 8 * (int)sizeof(real))
#if defined(__SSE2__) || defined(__aarch64__)
FLOP_LOOPS(v128, 128)
#else
ABSENT_LOOPS(v128)
#endif
#if defined(__AVX__)
FLOP_LOOPS(v256, 256)
#else
ABSENT_LOOPS(v256)
#endif
#if defined(__AVX512F__)
FLOP_LOOPS(v512, 512)
#else
ABSENT_LOOPS(v512)
#endif

#if defined(__ARM_FEATURE_SVE)
#include <arm_sve.h>
#if SB_REAL_FLOAT
typedef svfloat32_t vs;
#define SVE(x) svdup_f32(x)
#define ALL svptrue_b32()
#else
typedef svfloat64_t vs;
#define SVE(x) svdup_f64(x)
#define ALL svptrue_b64()
#endif
/* No arrays of such vectors: sixteen by name. */
/* clang-format off */
#define SIXTEEN(DO)                                                                                \
    DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)                                                \
    DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)
/* clang-format on */
#define EIGHT(DO) DO(0, 1) DO(2, 3) DO(4, 5) DO(6, 7) DO(8, 9) DO(10, 11) DO(12, 13) DO(14, 15)
#define S_BEGIN(k) vs x##k = SVE((real)(k));
#define S_USE(k) USE(x##k);
#define S_UP(k)                                                                                    \
    x##k = svmla_x(ALL, aa, x##k, mm);                                                             \
    KEEP(x##k);
#define S_DOWN(k)                                                                                  \
    x##k = svnmls_x(ALL, aa, x##k, ww);                                                            \
    KEEP(x##k);
#define S_UP2(k, j)                                                                                \
    x##k = svmul_x(ALL, x##k, mm);                                                                 \
    KEEP(x##k);                                                                                    \
    x##j = svadd_x(ALL, x##j, aa);                                                                 \
    KEEP(x##j);
#define S_DOWN2(k, j)                                                                              \
    x##k = svmul_x(ALL, x##k, ww);                                                                 \
    KEEP(x##k);                                                                                    \
    x##j = svsub_x(ALL, x##j, aa);                                                                 \
    KEEP(x##j);
static void together_vs(real *out, real m, real w, real a, int32_t steps)
{
    const vs mm = SVE(m), ww = SVE(w), aa = SVE(a);
    SIXTEEN(S_BEGIN)
    for (int32_t s = 0; s < steps; ++s) {
        SIXTEEN(S_UP)
        SIXTEEN(S_DOWN)
    }
    SIXTEEN(S_USE)
    out[0] = 8 * (real)svcntb();
}
static void apart_vs(real *out, real m, real w, real a, int32_t steps)
{
    const vs mm = SVE(m), ww = SVE(w), aa = SVE(a);
    SIXTEEN(S_BEGIN)
    for (int32_t s = 0; s < steps; ++s) {
        EIGHT(S_UP2)
        EIGHT(S_DOWN2)
    }
    SIXTEEN(S_USE)
    out[0] = 8 * (real)svcntb();
}
#define SCALABLE_CHAINS 16
#else
ABSENT_LOOPS(vs)
#define SCALABLE_CHAINS CHAINS
#endif

/* What the threads of a launch do together; out[1] tells how many operations a step of a lane is. */
#define FLOP_PROBES(V, CHAINS_OF)                                                                  \
    void peak_fma_##V(real *out, real m, real w, real a, int32_t steps)                            \
    {                                                                                              \
        SB_PRAGMA(omp parallel)                                                                    \
        {                                                                                          \
            real mine[2];                                                                          \
            together_##V(mine, m, w, a, steps);                                                    \
            if (ME == 0) {                                                                         \
                out[0] = FUSES ? mine[0] : -1;                                                     \
                out[1] = 4 * (CHAINS_OF);                                                          \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    void peak_mul_add_##V(real *out, real m, real w, real a, int32_t steps)                        \
    {                                                                                              \
        SB_PRAGMA(omp parallel)                                                                    \
        {                                                                                          \
            real mine[2];                                                                          \
            apart_##V(mine, m, w, a, steps);                                                       \
            if (ME == 0) {                                                                         \
                out[0] = mine[0];                                                                  \
                out[1] = 2 * (CHAINS_OF);                                                          \
            }                                                                                      \
        }                                                                                          \
    }
FLOP_PROBES(v0, CHAINS)
FLOP_PROBES(v128, CHAINS)
FLOP_PROBES(v256, CHAINS)
FLOP_PROBES(v512, CHAINS)
FLOP_PROBES(vs, SCALABLE_CHAINS)

/* Bandwidth is taken with the widest vectors; SVE's processors move 128 bits as fast as they can (two or three pipes). */
#if defined(__AVX512F__)
typedef v512 wide;
#define WIDE 512
#elif defined(__AVX__)
typedef v256 wide;
#define WIDE 256
#elif defined(__SSE2__) || defined(__aarch64__)
typedef v128 wide;
#define WIDE 128
#else
typedef real wide;
#define WIDE (8 * (int)sizeof(real))
#endif
#define AT(p, i) (((wide *)(p))[i])
#define AT_CONST(p, i) (((const wide *)(p))[i])

/* Stores past the caches, where there are such: what is overwritten whole need not be read first. */
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__AVX512F__)
#define STREAM(p, x) _mm512_stream_si512((__m512i *)(void *)(p), (__m512i)(x))
#elif defined(__AVX__)
#define STREAM(p, x) _mm256_stream_si256((__m256i *)(void *)(p), (__m256i)(x))
#else
#define STREAM(p, x) _mm_stream_si128((__m128i *)(void *)(p), (__m128i)(x))
#endif
#define FENCE() _mm_sfence()
#define STREAMS 1
#else
#define STREAM(p, x) (*(p) = (x))
#define FENCE() ((void)0)
#define STREAMS 0
#endif

/* A thread's part of @p n elements, in vectors: whole groups of eight, the same for all. b and c begin 1344 and 2688 bytes behind
 * a page's begin, or a store and a load that follows it would look alike to processors that compare the low 12 bits of
 * addresses. */
#define GROUP 8
#define PART                                                                                       \
    const index_t part = n / (index_t)(sizeof(wide) / sizeof(real)) / THREADS / GROUP * GROUP,     \
                  begin = ME * part
#define SKEW ((index_t)(1344 / sizeof(real)))

#define OVER(BODY)                                                                                 \
    SB_PRAGMA(omp parallel)                                                                        \
    {                                                                                              \
        PART;                                                                                      \
        for (int32_t r = 0; r < reps; ++r) {                                                       \
            for (index_t i = begin; i < begin + part; i += GROUP) {                                \
                UNROLL                                                                             \
                for (int32_t k = 0; k < GROUP; ++k) {                                              \
                    BODY;                                                                          \
                }                                                                                  \
            }                                                                                      \
            __asm__ volatile("" : : : "memory");                                                   \
        }                                                                                          \
        if (ME == 0) {                                                                             \
            out[0] = WIDE;                                                                         \
        }                                                                                          \
    }

void peak_load(const real *a, real *out, index_t n, int32_t reps)
{
    OVER(wide x = AT_CONST(a, i + k); USE(x))
}

void peak_copy(real *a, const real *b, real *out, index_t n, int32_t reps)
{
    b += SKEW;
    OVER(wide x = AT_CONST(b, i + k); KEEP(x); AT(a, i + k) = x)
}

void peak_triad(real *a, const real *b, const real *c, real *out, real s, index_t n, int32_t reps)
{
    const wide ss = (wide){0} + s;
    b += SKEW;
    c += 2 * SKEW;
    OVER(wide x = AT_CONST(b, i + k) + ss * AT_CONST(c, i + k); KEEP(x); AT(a, i + k) = x)
}

void peak_copy_stream(real *a, const real *b, real *out, index_t n, int32_t reps)
{
    b += SKEW;
    OVER(wide x = AT_CONST(b, i + k); STREAM(&AT(a, i + k), x))
    FENCE();
    out[0] = STREAMS ? WIDE : -1;
}

void peak_triad_stream(real *a, const real *b, const real *c, real *out, real s, index_t n,
                       int32_t reps)
{
    const wide ss = (wide){0} + s;
    b += SKEW;
    c += 2 * SKEW;
    OVER(wide x = AT_CONST(b, i + k) + ss * AT_CONST(c, i + k); STREAM(&AT(a, i + k), x))
    FENCE();
    out[0] = STREAMS ? WIDE : -1;
}

/* Each load needs the one before: the time of one is its latency. Goes on where it ended. */
void peak_chase(const uint32_t *chain, uint32_t *at, int32_t which, int32_t steps)
{
    uint32_t here = at[which];
    for (int32_t s = 0; s < steps; ++s) {
        here = chain[here];
    }
    at[which] = here;
}

/* A launch that does nothing but wake and gather the threads. */
void peak_empty(real *out)
{
    SB_PRAGMA(omp parallel)
    {
        if (ME == 0) {
            out[0] = 0;
        }
    }
}
