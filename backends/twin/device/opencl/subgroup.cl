/* SPDX-License-Identifier: Apache-2.0 */
/* words: sub_group */
/* Sub-groups (cl_khr_subgroups, …_ballot, …_shuffle, …_shuffle_relative): the twin's warps, at the size it replays. */
#include "base.h"

ulong sb_warp(int what, ulong value, int argument, int width, ulong pc) __asm__("sb_twin_warp");
ulong sb_active(void) __asm__("sb_twin_active");
uint sb_warp_size(void) __asm__("sb_twin_warp_size");
uint sb_lane(void) __asm__("sb_twin_lane");
ulong sb_local_linear_id(void) __asm__("_Z19get_local_linear_idv");
ulong sb_local_size(uint d) __asm__("_Z14get_local_sizej");
enum what { SYNC, SHUFFLE, SHUFFLE_UP, SHUFFLE_DOWN, SHUFFLE_XOR, ANY, ALL, BALLOT }; /* enum sb_twin_warp */
#define PC ((ulong)__builtin_return_address(0))

static uint threads(void) { return (uint)(sb_local_size(0) * sb_local_size(1) * sb_local_size(2)); }
uint OVER get_sub_group_local_id(void) { return sb_lane(); }
uint OVER get_max_sub_group_size(void) { return sb_warp_size(); }
uint OVER get_sub_group_id(void) { return (uint)sb_local_linear_id() / sb_warp_size(); }
uint OVER get_num_sub_groups(void) { return (threads() + sb_warp_size() - 1) / sb_warp_size(); }
uint OVER get_enqueued_num_sub_groups(void) { return get_num_sub_groups(); }
uint OVER get_sub_group_size(void)
{
    const uint left = threads() - get_sub_group_id() * sb_warp_size();
    return left < sb_warp_size() ? left : sb_warp_size();
}
void OVER sub_group_barrier(cl_mem_fence_flags flags) { sb_warp(SYNC, 0, 0, 0, PC); }
void OVER sub_group_barrier(cl_mem_fence_flags flags, memory_scope scope) { sb_warp(SYNC, 0, 0, 0, PC); }
int OVER sub_group_all(int predicate) { return (int)sb_warp(ALL, predicate != 0, 0, 0, PC); }
int OVER sub_group_any(int predicate) { return (int)sb_warp(ANY, predicate != 0, 0, 0, PC); }
uint4 OVER sub_group_ballot(int predicate)
{
    const ulong bits = sb_warp(BALLOT, predicate != 0, 0, 0, PC);
    return (uint4)((uint)bits, (uint)(bits >> 32), 0, 0);
}
int OVER sub_group_elect(void) { return sb_lane() == (uint)__builtin_ctzl(sb_active()); }

/* TO and BACK: a value as 64 bits, and out of them. */
#define SHUFFLE_OF(T, name, what, TO, BACK)                                                        \
    T OVER name(T a, uint b) { return BACK(sb_warp(what, TO(a), (int)b, 0, PC)); }
/* Lane by lane, in order; taken: whether this one's value counts for `me`. */
#define FOLD(T, name, first, value, taken, TO, BACK)                                               \
    T OVER name(T a)                                                                               \
    {                                                                                              \
        const uint size = get_sub_group_size(), me = sb_lane();                                    \
        T all = first;                                                                             \
        for (uint lane = 0; lane < size; ++lane) {                                                 \
            const T b = BACK(sb_warp(SHUFFLE, TO(a), (int)lane, 0, PC));                           \
            all = (taken) ? (value) : all;                                                         \
        }                                                                                          \
        return all;                                                                                \
    }
#define OPERATION(T, op, first, value, TO, BACK)                                                   \
    FOLD(T, sub_group_reduce_##op, first, value, lane <= size, TO, BACK)                           \
    FOLD(T, sub_group_scan_inclusive_##op, first, value, lane <= me, TO, BACK)                     \
    FOLD(T, sub_group_scan_exclusive_##op, first, value, lane < me, TO, BACK)
#define TYPE(T, least, most, TO, BACK)                                                             \
    SHUFFLE_OF(T, sub_group_broadcast, SHUFFLE, TO, BACK)                                          \
    SHUFFLE_OF(T, sub_group_shuffle, SHUFFLE, TO, BACK)                                            \
    SHUFFLE_OF(T, sub_group_shuffle_xor, SHUFFLE_XOR, TO, BACK)                                    \
    SHUFFLE_OF(T, sub_group_shuffle_up, SHUFFLE_UP, TO, BACK)                                      \
    SHUFFLE_OF(T, sub_group_shuffle_down, SHUFFLE_DOWN, TO, BACK)                                  \
    OPERATION(T, add, 0, all + b, TO, BACK)                                                        \
    OPERATION(T, min, most, b < all ? b : all, TO, BACK)                                           \
    OPERATION(T, max, least, b > all ? b : all, TO, BACK)
#define BITS(a) ((ulong)(a))
#define FLOAT_BITS(a) ((ulong)as_uint(a))
#define BITS_FLOAT(a) as_float((uint)(a))
TYPE(int, INT_MIN, INT_MAX, BITS, (int))
TYPE(uint, 0, UINT_MAX, BITS, (uint))
TYPE(long, LONG_MIN, LONG_MAX, BITS, (long))
TYPE(ulong, 0, ULONG_MAX, BITS, (ulong))
TYPE(float, -INFINITY, INFINITY, FLOAT_BITS, BITS_FLOAT)
TYPE(double, -(double)INFINITY, (double)INFINITY, as_ulong, as_double)
