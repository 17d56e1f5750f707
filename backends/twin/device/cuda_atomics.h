/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic operations: looked at, then done; no fiber runs in between. A second type, as CUDA lets arguments convert. */
#ifndef SB_TWIN_CUDA_ATOMICS_H
#define SB_TWIN_CUDA_ATOMICS_H

static inline __attribute__((no_sanitize("thread"))) void sb_twin_changed(bool changed, const void *pc)
{
    if (changed) {
        sb_twin.changes++;
    } else {
        sb_twin.spin(pc);
    }
}
#define SB_TWIN_ATOMIC_FUNCTION(name, expression)                                                                      \
    template <class T, class V> SB_TWIN_BUILTIN T name(T *p, V given)                                                  \
    {                                                                                                                  \
        const void *pc = SB_TWIN_HERE;                                                                                 \
        sb_twin_look(p, sizeof *p, SB_TWIN_ATOMIC, pc);                                                                \
        const T value = (T)given;                                                                                      \
        const T old = *p;                                                                                              \
        const T next = (expression);                                                                                   \
        *p = next;                                                                                                     \
        sb_twin_changed(__builtin_memcmp(&old, &next, sizeof old) != 0, pc);                                           \
        return old;                                                                                                    \
    }                                                                                                                  \
    template <class T, class V> SB_TWIN_PURE T name##_block(T *p, V given) { return name(p, given); }                  \
    template <class T, class V> SB_TWIN_PURE T name##_system(T *p, V given) { return name(p, given); }
SB_TWIN_ATOMIC_FUNCTION(atomicAdd, (T)(old + value))
SB_TWIN_ATOMIC_FUNCTION(atomicSub, (T)(old - value))
SB_TWIN_ATOMIC_FUNCTION(atomicMin, value < old ? value : old)
SB_TWIN_ATOMIC_FUNCTION(atomicMax, value > old ? value : old)
SB_TWIN_ATOMIC_FUNCTION(atomicAnd, (T)(old & value))
SB_TWIN_ATOMIC_FUNCTION(atomicOr, (T)(old | value))
SB_TWIN_ATOMIC_FUNCTION(atomicXor, (T)(old ^ value))
SB_TWIN_ATOMIC_FUNCTION(atomicExch, value)
SB_TWIN_ATOMIC_FUNCTION(atomicInc, old >= value ? (T)0 : (T)(old + 1))
SB_TWIN_ATOMIC_FUNCTION(atomicDec, old == 0 || old > value ? value : (T)(old - 1))
#undef SB_TWIN_ATOMIC_FUNCTION
#define unsafeAtomicAdd atomicAdd

template <class T, class C, class V> SB_TWIN_BUILTIN T atomicCAS(T *p, C compare, V value)
{
    const void *pc = SB_TWIN_HERE;
    sb_twin_look(p, sizeof *p, SB_TWIN_ATOMIC_COMPARE, pc);
    const T old = *p;
    const bool same = old == (T)compare;
    if (same) {
        *p = (T)value;
    }
    sb_twin_changed(same && old != (T)value, pc);
    return old;
}
template <class T, class C, class V> SB_TWIN_PURE T atomicCAS_block(T *p, C compare, V value)
{
    return atomicCAS(p, compare, value);
}
template <class T, class C, class V> SB_TWIN_PURE T atomicCAS_system(T *p, C compare, V value)
{
    return atomicCAS(p, compare, value);
}

#endif
