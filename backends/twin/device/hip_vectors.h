/* SPDX-License-Identifier: Apache-2.0 */
/* HIP's vectors calculate lane by lane, with each other and with scalars (HIP_vector_type); CUDA's do not. */
#ifndef SB_TWIN_HIP_VECTORS_H
#define SB_TWIN_HIP_VECTORS_H

template <class V> struct sb_twin_lanes {};
#define SB_TWIN_LANES(T, name)                                                                                         \
    template <> struct sb_twin_lanes<name##1> { typedef T scalar; typedef name##1 vector; enum { lanes = 1 }; };       \
    template <> struct sb_twin_lanes<name##2> { typedef T scalar; typedef name##2 vector; enum { lanes = 2 }; };       \
    template <> struct sb_twin_lanes<name##3> { typedef T scalar; typedef name##3 vector; enum { lanes = 3 }; };       \
    template <> struct sb_twin_lanes<name##4> { typedef T scalar; typedef name##4 vector; enum { lanes = 4 }; };
SB_TWIN_LANES(signed char, char) SB_TWIN_LANES(unsigned char, uchar)
SB_TWIN_LANES(short, short) SB_TWIN_LANES(unsigned short, ushort)
SB_TWIN_LANES(int, int) SB_TWIN_LANES(unsigned int, uint)
SB_TWIN_LANES(long, long) SB_TWIN_LANES(unsigned long, ulong)
SB_TWIN_LANES(long long, longlong) SB_TWIN_LANES(unsigned long long, ulonglong)
SB_TWIN_LANES(float, float) SB_TWIN_LANES(double, double)
#undef SB_TWIN_LANES

#define SB_TWIN_EACH_LANE(statement_x, statement_y, statement_z, statement_w)                                          \
    statement_x;                                                                                                       \
    if constexpr (sb_twin_lanes<V>::lanes > 1) { statement_y; }                                                        \
    if constexpr (sb_twin_lanes<V>::lanes > 2) { statement_z; }                                                        \
    if constexpr (sb_twin_lanes<V>::lanes > 3) { statement_w; }
#define SB_TWIN_OPERATOR(op)                                                                                           \
    template <class V> SB_TWIN_PURE typename sb_twin_lanes<V>::vector &operator op##=(V &a, const V &b)                \
    {                                                                                                                  \
        SB_TWIN_EACH_LANE(a.x op##= b.x, a.y op##= b.y, a.z op##= b.z, a.w op##= b.w)                              \
        return a;                                                                                                      \
    }                                                                                                                  \
    template <class V> SB_TWIN_PURE V &operator op##=(V &a, typename sb_twin_lanes<V>::scalar b)                       \
    {                                                                                                                  \
        SB_TWIN_EACH_LANE(a.x op##= b, a.y op##= b, a.z op##= b, a.w op##= b)                                      \
        return a;                                                                                                      \
    }                                                                                                                  \
    template <class V> SB_TWIN_PURE typename sb_twin_lanes<V>::vector operator op(V a, const V &b) { return a op##= b; } \
    template <class V> SB_TWIN_PURE V operator op(V a, typename sb_twin_lanes<V>::scalar b) { return a op##= b; }      \
    template <class V> SB_TWIN_PURE V operator op(typename sb_twin_lanes<V>::scalar a, const V &b)                     \
    {                                                                                                                  \
        V r = b;                                                                                                       \
        SB_TWIN_EACH_LANE(r.x = a, r.y = a, r.z = a, r.w = a)                                                          \
        return r op##= b;                                                                                              \
    }
SB_TWIN_OPERATOR(+)
SB_TWIN_OPERATOR(-)
SB_TWIN_OPERATOR(*)
SB_TWIN_OPERATOR(/)
SB_TWIN_OPERATOR(%)
SB_TWIN_OPERATOR(&)
SB_TWIN_OPERATOR(|)
SB_TWIN_OPERATOR(^)
SB_TWIN_OPERATOR(<<)
SB_TWIN_OPERATOR(>>)
#undef SB_TWIN_OPERATOR
template <class V> SB_TWIN_PURE typename sb_twin_lanes<V>::vector operator-(V a)
{
    SB_TWIN_EACH_LANE(a.x = -a.x, a.y = -a.y, a.z = -a.z, a.w = -a.w)
    return a;
}
template <class V, class S = typename sb_twin_lanes<V>::scalar> SB_TWIN_PURE bool operator==(const V &a, const V &b)
{
    bool same = true;
    SB_TWIN_EACH_LANE(same = a.x == b.x, same = same && a.y == b.y, same = same && a.z == b.z, same = same && a.w == b.w)
    return same;
}
template <class V, class S = typename sb_twin_lanes<V>::scalar> SB_TWIN_PURE bool operator!=(const V &a, const V &b)
{
    return !(a == b);
}
#undef SB_TWIN_EACH_LANE

#endif
