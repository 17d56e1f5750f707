/* SPDX-License-Identifier: Apache-2.0 */
/* Warp operations: CUDA's with a mask, HIP's without. A value of up to eight bytes travels as 64 bits. */
#ifndef SB_TWIN_CUDA_WARP_H
#define SB_TWIN_CUDA_WARP_H

#define SB_TWIN_ALL_LANES (~0ULL)
typedef unsigned long long sb_twin_mask;

template <class T>
static inline __attribute__((no_sanitize("thread"))) T sb_twin_shuffle(enum sb_twin_warp what, sb_twin_mask mask, T value,
                                                                       int argument, int width, const void *pc)
{
    static_assert(sizeof(T) <= 8, "the twin shuffles values of at most eight bytes");
    uint64_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    bits = sb_twin.warp(what, mask, bits, argument, width, pc);
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}
#define SB_TWIN_SHUFFLE_FUNCTION(name, what, kind)                                                                     \
    template <class T> SB_TWIN_BUILTIN T name##_sync(sb_twin_mask mask, T value, kind argument, int width = 0)         \
    {                                                                                                                  \
        return sb_twin_shuffle(what, mask, value, (int)argument, width, SB_TWIN_HERE);                                 \
    }                                                                                                                  \
    template <class T> SB_TWIN_BUILTIN T name(T value, kind argument, int width = 0)                                   \
    {                                                                                                                  \
        return sb_twin_shuffle(what, SB_TWIN_ALL_LANES, value, (int)argument, width, SB_TWIN_HERE);                    \
    }
SB_TWIN_SHUFFLE_FUNCTION(__shfl, SB_TWIN_SHUFFLE, int)
SB_TWIN_SHUFFLE_FUNCTION(__shfl_up, SB_TWIN_SHUFFLE_UP, unsigned)
SB_TWIN_SHUFFLE_FUNCTION(__shfl_down, SB_TWIN_SHUFFLE_DOWN, unsigned)
SB_TWIN_SHUFFLE_FUNCTION(__shfl_xor, SB_TWIN_SHUFFLE_XOR, int)
#undef SB_TWIN_SHUFFLE_FUNCTION

SB_TWIN_BUILTIN void __syncwarp(sb_twin_mask mask = SB_TWIN_ALL_LANES)
{
    sb_twin.warp(SB_TWIN_SYNC, mask, 0, 0, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __any_sync(sb_twin_mask mask, int predicate)
{
    return (int)sb_twin.warp(SB_TWIN_ANY, mask, predicate != 0, 0, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __all_sync(sb_twin_mask mask, int predicate)
{
    return (int)sb_twin.warp(SB_TWIN_ALL, mask, predicate != 0, 0, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __uni_sync(sb_twin_mask mask, int predicate)
{
    const void *pc = SB_TWIN_HERE;
    const uint64_t any = sb_twin.warp(SB_TWIN_ANY, mask, predicate != 0, 0, 0, pc);
    return !any || sb_twin.warp(SB_TWIN_ALL, mask, predicate != 0, 0, 0, pc);
}
#if defined(SB_TWIN_HIP)
typedef unsigned long long sb_twin_ballot;
#else
typedef unsigned sb_twin_ballot;
#endif
SB_TWIN_BUILTIN sb_twin_ballot __ballot_sync(sb_twin_mask mask, int predicate)
{
    return (sb_twin_ballot)sb_twin.warp(SB_TWIN_BALLOT, mask, predicate != 0, 0, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __any(int predicate)
{
    return (int)sb_twin.warp(SB_TWIN_ANY, SB_TWIN_ALL_LANES, predicate != 0, 0, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN int __all(int predicate)
{
    return (int)sb_twin.warp(SB_TWIN_ALL, SB_TWIN_ALL_LANES, predicate != 0, 0, 0, SB_TWIN_HERE);
}
SB_TWIN_BUILTIN unsigned long long __ballot(int predicate)
{
    return sb_twin.warp(SB_TWIN_BALLOT, SB_TWIN_ALL_LANES, predicate != 0, 0, 0, SB_TWIN_HERE);
}
template <class T> SB_TWIN_BUILTIN sb_twin_ballot __match_any_sync(sb_twin_mask mask, T value)
{
    uint64_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    return (sb_twin_ballot)sb_twin.warp(SB_TWIN_MATCH_ANY, mask, bits, 0, 0, SB_TWIN_HERE);
}
template <class T> SB_TWIN_BUILTIN sb_twin_ballot __match_all_sync(sb_twin_mask mask, T value, int *all)
{
    uint64_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    const sb_twin_ballot same = (sb_twin_ballot)sb_twin.warp(SB_TWIN_MATCH_ALL, mask, bits, 0, 0, SB_TWIN_HERE);
    *all = same != 0;
    return same;
}
SB_TWIN_BUILTIN sb_twin_ballot __activemask(void) 
{
    return (sb_twin_ballot)sb_twin.warp(SB_TWIN_CONVERGED, SB_TWIN_ALL_LANES, 0, 0, 0, SB_TWIN_HERE);
}

#define SB_TWIN_REDUCE(name, expression)                                                                               \
    template <class T> SB_TWIN_BUILTIN T name(sb_twin_mask mask, T value)                                              \
    {                                                                                                                  \
        const void *pc = SB_TWIN_HERE;                                                                                 \
        T all = value;                                                                                                 \
        bool first = true;                                                                                             \
        for (int lane = 0; lane < warpSize; ++lane) {                                                                  \
            if (mask >> lane & 1 && sb_twin.active() >> lane & 1) {                                                    \
                const T other = sb_twin_shuffle(SB_TWIN_SHUFFLE, mask, value, lane, 0, pc);                            \
                all = first ? other : (expression);                                                                    \
                first = false;                                                                                         \
            }                                                                                                          \
        }                                                                                                              \
        return all;                                                                                                    \
    }
SB_TWIN_REDUCE(__reduce_add_sync, all + other)
SB_TWIN_REDUCE(__reduce_min_sync, other < all ? other : all)
SB_TWIN_REDUCE(__reduce_max_sync, other > all ? other : all)
SB_TWIN_REDUCE(__reduce_and_sync, all & other)
SB_TWIN_REDUCE(__reduce_or_sync, all | other)
SB_TWIN_REDUCE(__reduce_xor_sync, all ^ other)
#undef SB_TWIN_REDUCE

#if defined(SB_TWIN_HIP)
/* The compiler's own words, as HIP sources use them: set bits of the mask below this lane; the first lane's value. */
SB_TWIN_PURE unsigned __builtin_amdgcn_mbcnt_lo(unsigned mask, unsigned more)
{
    const unsigned lane = sb_twin_here.sb_lane;
    return more + (unsigned)__builtin_popcount(lane < 32 ? mask & ((1U << lane) - 1) : mask);
}
SB_TWIN_PURE unsigned __builtin_amdgcn_mbcnt_hi(unsigned mask, unsigned more)
{
    const unsigned lane = sb_twin_here.sb_lane;
    return more + (unsigned)(lane > 32 ? __builtin_popcount(mask & ((1U << (lane - 32)) - 1)) : 0);
}
SB_TWIN_BUILTIN int __builtin_amdgcn_readfirstlane(int value)
{
    const uint64_t active = sb_twin.active();
    return sb_twin_shuffle(SB_TWIN_SHUFFLE, SB_TWIN_ALL_LANES, value, active ? __builtin_ctzll(active) : 0, 0, SB_TWIN_HERE);
}
#endif
SB_TWIN_PURE unsigned __lane_id(void) { return sb_twin_here.sb_lane; }

#endif
