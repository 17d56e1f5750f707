/* SPDX-License-Identifier: Apache-2.0 */
/* Common and geometric functions (OpenCL C 1.2, 6.12.4 and 6.12.5) of one real type T, with C() as in math.h. */
T OVER min(T a, T b) { return b < a ? b : a; }
T OVER max(T a, T b) { return a < b ? b : a; }
T OVER clamp(T a, T b, T c) { return min(max(a, b), c); }
T OVER degrees(T a) { return (T)(180 / M_PI) * a; }
T OVER radians(T a) { return (T)(M_PI / 180) * a; }
T OVER mix(T a, T b, T c) { return a + (b - a) * c; }
T OVER step(T edge, T a) { return a < edge ? 0 : 1; }
T OVER smoothstep(T a, T b, T x)
{
    const T t = clamp((x - a) / (b - a), (T)0, (T)1);
    return t * t * (3 - 2 * t);
}
T OVER sign(T a) { return __builtin_isnan(a) ? 0 : a > 0 ? 1 : a < 0 ? -1 : a; }
HALVES_2(T, T, T, min) HALVES_2(T, T, T, max) HALVES_3(T, T, T, T, clamp)
HALVES_1(T, T, degrees) HALVES_1(T, T, radians) HALVES_3(T, T, T, T, mix)
HALVES_2(T, T, T, step) HALVES_3(T, T, T, T, smoothstep) HALVES_1(T, T, sign)
FOR_WIDTHS(FOR_ALL, T, T, T, min) FOR_WIDTHS(FOR_ALL, T, T, T, max)
#define EDGES_FOR_ALL(n, T)                                                                        \
    T##n OVER clamp(T##n a, T b, T c) { return clamp(a, (T##n)(b), (T##n)(c)); }                   \
    T##n OVER mix(T##n a, T##n b, T c) { return mix(a, b, (T##n)(c)); }                            \
    T##n OVER step(T edge, T##n a) { return step((T##n)(edge), a); }                               \
    T##n OVER smoothstep(T a, T b, T##n x) { return smoothstep((T##n)(a), (T##n)(b), x); }
#define EDGES_FOR_ALL_T(n, T) EDGES_FOR_ALL(n, T)
FOR_WIDTHS(EDGES_FOR_ALL_T, T)

