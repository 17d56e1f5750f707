/* SPDX-License-Identifier: Apache-2.0 */
/* half_ and native_ functions promise less than their namesakes: they are the namesakes. float only (6.12.2). */
#define LESS_1(f, g)                                                                               \
    float OVER half_##f(float a) { return g(a); }                                                  \
    HALVES_1(float, float, half_##f)                                                               \
    float OVER native_##f(float a) { return g(a); }                                                \
    HALVES_1(float, float, native_##f)
#define LESS_2(f, value)                                                                           \
    float OVER half_##f(float a, float b) { return (value); }                                      \
    HALVES_2(float, float, float, half_##f)                                                        \
    float OVER native_##f(float a, float b) { return (value); }                                    \
    HALVES_2(float, float, float, native_##f)
static float reciprocal(float a) { return 1 / a; }
LESS_1(cos, cos) LESS_1(exp, exp) LESS_1(exp2, exp2) LESS_1(exp10, exp10)
LESS_1(log, log) LESS_1(log2, log2) LESS_1(log10, log10)
LESS_1(recip, reciprocal) LESS_1(rsqrt, rsqrt) LESS_1(sin, sin) LESS_1(sqrt, sqrt) LESS_1(tan, tan)
LESS_2(divide, a / b)
LESS_2(powr, powr(a, b))
