/* SPDX-License-Identifier: Apache-2.0 */
/* Geometric functions (OpenCL C 1.2, 6.12.5) of one real type T, after common.h. */
T OVER dot(T a, T b) { return a * b; }
T OVER length(T a) { return C(__builtin_fabs)(a); }
T OVER distance(T a, T b) { return length(a - b); }
T OVER normalize(T a) { return sign(a); }

T m_scaled(T, int) __asm__(STR(C(scalbn)));
T m_exponent(T) __asm__(STR(C(logb)));
/* The power of two that brings the greatest element near 1, so that no square overflows or vanishes; infinities to 1. */
static int scaled(T *a, int n)
{
    T most = 0;
    for (int i = 0; i < n; ++i) {
        const T size = C(__builtin_fabs)(a[i]);
        most = size > most ? size : most;
    }
    const int by = most > 0 && most < (T)INFINITY ? (int)m_exponent(most) : 0;
    for (int i = 0; i < n; ++i) {
        a[i] = most < (T)INFINITY ? m_scaled(a[i], -by) : __builtin_isinf(a[i]) ? sign(a[i]) : 0 * a[i];
    }
    return most < (T)INFINITY ? by : INT_MAX;
}
#define GEOMETRIC(n, T)                                                                            \
    T OVER dot(T##n a, T##n b)                                                                     \
    {                                                                                              \
        T sum = 0;                                                                                 \
        for (int i = 0; i < n; ++i) {                                                              \
            sum += a[i] * b[i];                                                                    \
        }                                                                                          \
        return sum;                                                                                \
    }                                                                                              \
    T OVER length(T##n a)                                                                          \
    {                                                                                              \
        T each[n];                                                                                 \
        for (int i = 0; i < n; ++i) {                                                              \
            each[i] = a[i];                                                                        \
        }                                                                                          \
        const int by = scaled(each, n);                                                            \
        T sum = 0;                                                                                 \
        for (int i = 0; i < n; ++i) {                                                              \
            sum += each[i] * each[i];                                                              \
        }                                                                                          \
        return by == INT_MAX ? (T)INFINITY : m_scaled(C(__builtin_sqrt)(sum), by);                 \
    }                                                                                              \
    T OVER distance(T##n a, T##n b) { return length(a - b); }                                      \
    T##n OVER normalize(T##n a)                                                                    \
    {                                                                                              \
        T each[n];                                                                                 \
        for (int i = 0; i < n; ++i) {                                                              \
            each[i] = a[i];                                                                        \
        }                                                                                          \
        scaled(each, n);                                                                           \
        T sum = 0;                                                                                 \
        for (int i = 0; i < n; ++i) {                                                              \
            sum += each[i] * each[i];                                                              \
            a[i] = each[i];                                                                        \
        }                                                                                          \
        return sum == 0 ? a : a / C(__builtin_sqrt)(sum);                                          \
    }
#define GEOMETRIC_T(n, T, ...) GEOMETRIC(n, T)
GEOMETRIC_T(2, T) GEOMETRIC_T(3, T) GEOMETRIC_T(4, T)
#define CROSS(T)                                                                                   \
    T##3 OVER cross(T##3 a, T##3 b) { return a.yzx * b.zxy - a.zxy * b.yzx; }                      \
    T##4 OVER cross(T##4 a, T##4 b) { return (T##4)(cross(a.xyz, b.xyz), 0); }
#define CROSS_T(T) CROSS(T)
CROSS_T(T)
