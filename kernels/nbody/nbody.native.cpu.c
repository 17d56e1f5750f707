/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step with vector intrinsics: AVX-512, AVX2, SVE, NEON, else one lane. A block's bodies are the lanes, two vectors
 * of them at a time, and all bodies pass by one after the other, in the order of the portable source: strict maths gives
 * its bits. Fast maths has the processor's estimate of 1/√s² and one step of a Householder method, where e = 1 − s² y²:
 *     y (1 + e/2 + 3e²/8 + 5e³/16)    relative error 35/128 e⁴ + 2u
 * e is 2⁻¹³ from AVX-512's estimate, so that double has all its digits; 2⁻¹¹ from AVX2's, for float only; 2⁻⁷ from
 * Arm's, which is refined by one Newton step (two for double) before.
 */
#include "portable.h"

#if SB_REAL_FLOAT
#define OF(float_name, double_name) float_name
#else
#define OF(float_name, double_name) double_name
#endif

#if defined(__AVX512F__)
#include <immintrin.h>
typedef OF(__m512, __m512d) vec;
#define LANES_HERE ((index_t)(64 / sizeof(real)))
#define V(name) OF(_mm512_##name##_ps, _mm512_##name##_pd)
#define ESTIMATE(s2) V(rsqrt14)(s2)
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
typedef OF(__m256, __m256d) vec;
#define LANES_HERE ((index_t)(32 / sizeof(real)))
#define V(name) OF(_mm256_##name##_ps, _mm256_##name##_pd)
#if SB_REAL_FLOAT
#define ESTIMATE(s2) _mm256_rsqrt_ps(s2)
#endif
#elif defined(__ARM_FEATURE_SVE)
#include <arm_sve.h>
typedef OF(svfloat32_t, svfloat64_t) vec;
#define ALL OF(svptrue_b32(), svptrue_b64())
#define LANES_HERE ((index_t)OF(svcntw(), svcntd()))
#define ARM_STEP(s2, y) svmul_x(ALL, y, svrsqrts(svmul_x(ALL, s2, y), y))
#define ESTIMATE(s2) OF(ARM_STEP(s2, svrsqrte(s2)), ARM_STEP(s2, ARM_STEP(s2, svrsqrte(s2))))
#elif defined(__aarch64__)
#include <arm_neon.h>
typedef OF(float32x4_t, float64x2_t) vec;
#define LANES_HERE ((index_t)(16 / sizeof(real)))
#define V(name) OF(v##name##q_f32, v##name##q_f64)
#define ARM_STEP(s2, y) V(mul)(y, V(rsqrts)(V(mul)(s2, y), y))
#define ESTIMATE(s2) OF(ARM_STEP(s2, V(rsqrte)(s2)), ARM_STEP(s2, ARM_STEP(s2, V(rsqrte)(s2))))
#else
typedef real vec;
#define LANES_HERE ((index_t)1)
#endif
#define LANES_MOST 64 /* SVE's 2048 bits of float */

/* ALL of SVE is a predicate; the others have none. fused(a, b, c) = a b + c, less(a, b, c) = c − a b. */
#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
static inline vec load(const real *p)
{
    return V(loadu)(p);
}
static inline void store(real *p, vec a)
{
    V(storeu)(p, a);
}
static inline vec every(real a)
{
    return V(set1)(a);
}
static inline vec minus(vec a, vec b)
{
    return V(sub)(a, b);
}
static inline vec times(vec a, vec b)
{
    return V(mul)(a, b);
}
static inline vec fused(vec a, vec b, vec c)
{
    return V(fmadd)(a, b, c);
}
static inline vec less(vec a, vec b, vec c)
{
    return V(fnmadd)(a, b, c);
}
static inline vec over_root(vec a)
{
    return V(div)(every(1), V(sqrt)(a));
}
#elif defined(__ARM_FEATURE_SVE)
static inline vec load(const real *p)
{
    return svld1(ALL, p);
}
static inline void store(real *p, vec a)
{
    svst1(ALL, p, a);
}
static inline vec every(real a)
{
    return OF(svdup_f32, svdup_f64)(a);
}
static inline vec minus(vec a, vec b)
{
    return svsub_x(ALL, a, b);
}
static inline vec times(vec a, vec b)
{
    return svmul_x(ALL, a, b);
}
static inline vec fused(vec a, vec b, vec c)
{
    return svmla_x(ALL, c, a, b);
}
static inline vec less(vec a, vec b, vec c)
{
    return svmls_x(ALL, c, a, b);
}
static inline vec over_root(vec a)
{
    return svdivr_x(ALL, svsqrt_x(ALL, a), every(1));
}
#elif defined(__aarch64__)
static inline vec load(const real *p)
{
    return OF(vld1q_f32, vld1q_f64)(p);
}
static inline void store(real *p, vec a)
{
    OF(vst1q_f32, vst1q_f64)(p, a);
}
static inline vec every(real a)
{
    return OF(vdupq_n_f32, vdupq_n_f64)(a);
}
static inline vec minus(vec a, vec b)
{
    return V(sub)(a, b);
}
static inline vec times(vec a, vec b)
{
    return V(mul)(a, b);
}
static inline vec fused(vec a, vec b, vec c)
{
    return V(fma)(c, a, b);
}
static inline vec less(vec a, vec b, vec c)
{
    return V(fms)(c, a, b);
}
static inline vec over_root(vec a)
{
    return V(div)(every(1), V(sqrt)(a));
}
#else
static inline vec load(const real *p)
{
    return *p;
}
static inline void store(real *p, vec a)
{
    *p = a;
}
static inline vec every(real a)
{
    return a;
}
static inline vec minus(vec a, vec b)
{
    return a - b;
}
static inline vec times(vec a, vec b)
{
    return a * b;
}
static inline vec fused(vec a, vec b, vec c)
{
    return FMA(a, b, c);
}
static inline vec less(vec a, vec b, vec c)
{
    return FMA(-a, b, c);
}
static inline vec over_root(vec a)
{
    return RSQRT(a);
}
#endif

static inline vec inverse_root(vec s2)
{
#if SB_STRICT || !defined(ESTIMATE)
    (void)less;
    return over_root(s2);
#else
    const vec y = ESTIMATE(s2);
    const vec e = less(times(s2, y), y, every(1));
    const vec p = fused(fused(every(REAL(0.3125)), e, every(REAL(0.375))), e, every(REAL(0.5)));
    return fused(times(y, p), e, y);
#endif
}

KERNEL(drift)
(GLOBAL real *restrict x, GLOBAL real *restrict y, GLOBAL real *restrict z,
 GLOBAL const real *restrict vx, GLOBAL const real *restrict vy, GLOBAL const real *restrict vz,
 real dt, index_t n)
{
    FOR_EACH_1D (i, n) {
        x[i] = FMA(dt, vx[i], x[i]);
        y[i] = FMA(dt, vy[i], y[i]);
        z[i] = FMA(dt, vz[i], z[i]);
    }
}

/* Adds what the body at (jx, jy, jz) of mass jm does to the lanes at (x, y, z). */
#define PULL(x, y, z, ax, ay, az)                                                                  \
    do {                                                                                           \
        const vec dx = minus(jx, x), dy = minus(jy, y), dz = minus(jz, z);                         \
        const vec inverse =                                                                        \
            inverse_root(fused(dx, dx, fused(dy, dy, fused(dz, dz, every(softening2)))));          \
        const vec pull = times(times(times(jm, inverse), inverse), inverse);                       \
        ax = fused(pull, dx, ax);                                                                  \
        ay = fused(pull, dy, ay);                                                                  \
        az = fused(pull, dz, az);                                                                  \
    } while (0)

KERNEL_BLOCKS(kick, TILE, 1, 1)
(GLOBAL const real *restrict x, GLOBAL const real *restrict y, GLOBAL const real *restrict z,
 GLOBAL const real *restrict mass, GLOBAL real *restrict vx, GLOBAL real *restrict vy,
 GLOBAL real *restrict vz, real dt, real softening2, index_t n)
{
    /* bodies of the block and what pulls them; lanes beyond them compute and are not kept */
    real place[3][TILE + 2 * LANES_MOST] __attribute__((aligned(64)));
    real pulled[3][TILE + 2 * LANES_MOST] __attribute__((aligned(64)));
    const index_t first = BLOCK_X * TILE;
    const index_t bodies = MIN((index_t)TILE, n - first);
    const index_t lanes = LANES_HERE;
    for (index_t t = 0; t < TILE + 2 * LANES_MOST; ++t) {
        place[0][t] = t < bodies ? x[first + t] : REAL(0);
        place[1][t] = t < bodies ? y[first + t] : REAL(0);
        place[2][t] = t < bodies ? z[first + t] : REAL(0);
    }
    for (index_t t = 0; t < bodies; t += 2 * lanes) {
        const vec x0 = load(place[0] + t), x1 = load(place[0] + t + lanes);
        const vec y0 = load(place[1] + t), y1 = load(place[1] + t + lanes);
        const vec z0 = load(place[2] + t), z1 = load(place[2] + t + lanes);
        vec ax0 = every(0), ay0 = every(0), az0 = every(0);
        vec ax1 = every(0), ay1 = every(0), az1 = every(0);
        for (index_t j = 0; j < n; ++j) {
            const vec jx = every(x[j]), jy = every(y[j]), jz = every(z[j]), jm = every(mass[j]);
            PULL(x0, y0, z0, ax0, ay0, az0);
            PULL(x1, y1, z1, ax1, ay1, az1);
        }
        store(pulled[0] + t, ax0);
        store(pulled[1] + t, ay0);
        store(pulled[2] + t, az0);
        store(pulled[0] + t + lanes, ax1);
        store(pulled[1] + t + lanes, ay1);
        store(pulled[2] + t + lanes, az1);
    }
    for (index_t t = 0; t < bodies; ++t) {
        vx[first + t] = FMA(dt, pulled[0][t], vx[first + t]);
        vy[first + t] = FMA(dt, pulled[1][t], vy[first + t]);
        vz[first + t] = FMA(dt, pulled[2][t], vz[first + t]);
    }
}
