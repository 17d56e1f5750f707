/* SPDX-License-Identifier: Apache-2.0 */
/* words: work_group_ */
/* Collective functions of a work-group (OpenCL C 2.0, 6.13.15). Sums go by local linear id, whatever the order of threads. */
#include "base.h"

ulong sb_gather(ulong value, ulong pc) __asm__("sb_twin_gather");
void sb_gathered(ulong pc) __asm__("sb_twin_gathered");
ulong sb_local_linear_id(void) __asm__("_Z19get_local_linear_idv");
ulong sb_local_size(uint d) __asm__("_Z14get_local_sizej");
#define PC ((ulong)__builtin_return_address(0))
#define SIZE ((uint)(sb_local_size(0) * sb_local_size(1) * sb_local_size(2)))

/* taken: whether item i counts for `me` */
#define FOLD(T, name, first, value, taken, TO, BACK)                                               \
    T OVER name(T a)                                                                               \
    {                                                                                              \
        const ulong *each = (const ulong *)sb_gather(TO(a), PC);                                   \
        const uint me = (uint)sb_local_linear_id(), size = SIZE;                                   \
        T all = first;                                                                             \
        for (uint i = 0; i < size; ++i) {                                                          \
            const T b = BACK(each[i]);                                                             \
            all = (taken) ? (value) : all;                                                         \
        }                                                                                          \
        (void)me;                                                                                  \
        sb_gathered(PC);                                                                           \
        return all;                                                                                \
    }
#define OPERATION(T, op, first, value, TO, BACK)                                                   \
    FOLD(T, work_group_reduce_##op, first, value, true, TO, BACK)                                  \
    FOLD(T, work_group_scan_inclusive_##op, first, value, i <= me, TO, BACK)                       \
    FOLD(T, work_group_scan_exclusive_##op, first, value, i < me, TO, BACK)
#define TYPE(T, least, most, TO, BACK)                                                             \
    OPERATION(T, add, 0, all + b, TO, BACK)                                                        \
    OPERATION(T, min, most, b < all ? b : all, TO, BACK)                                           \
    OPERATION(T, max, least, b > all ? b : all, TO, BACK)                                          \
    static T broadcast_##T(T a, ulong at, ulong pc)                                                \
    {                                                                                              \
        const ulong *each = (const ulong *)sb_gather(TO(a), pc);                                   \
        const T b = BACK(each[at]);                                                                \
        sb_gathered(pc);                                                                           \
        return b;                                                                                  \
    }                                                                                              \
    T OVER work_group_broadcast(T a, ulong x) { return broadcast_##T(a, x, PC); }                  \
    T OVER work_group_broadcast(T a, ulong x, ulong y)                                             \
    {                                                                                              \
        return broadcast_##T(a, y * sb_local_size(0) + x, PC);                                     \
    }                                                                                              \
    T OVER work_group_broadcast(T a, ulong x, ulong y, ulong z)                                    \
    {                                                                                              \
        return broadcast_##T(a, (z * sb_local_size(1) + y) * sb_local_size(0) + x, PC);            \
    }
#define BITS(a) ((ulong)(a))
#define FLOAT_BITS(a) ((ulong)as_uint(a))
#define BITS_FLOAT(a) as_float((uint)(a))
TYPE(int, INT_MIN, INT_MAX, BITS, (int))
TYPE(uint, 0, UINT_MAX, BITS, (uint))
TYPE(long, LONG_MIN, LONG_MAX, BITS, (long))
TYPE(ulong, 0, ULONG_MAX, BITS, (ulong))
TYPE(float, -INFINITY, INFINITY, FLOAT_BITS, BITS_FLOAT)
TYPE(double, -(double)INFINITY, (double)INFINITY, as_ulong, as_double)
