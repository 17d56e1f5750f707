/* SPDX-License-Identifier: Apache-2.0 */
/* words: _Atomic */
/*
 * Atomics of OpenCL C 2.0 (6.13.11), by generic pointers. The twin's atomics acquire; what releases (release, acq_rel,
 * seq_cst and the forms without an order) fences first.
 */
#include "base.h"
#include "atomic.h"

static void release(memory_order order, ulong pc)
{
    if (order != memory_order_relaxed && order != memory_order_acquire) {
        sb_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE, pc);
    }
}
#define FORMS(R, name, BODY, ...)                                                                  \
    R OVER name(__VA_ARGS__)                                                                       \
    {                                                                                              \
        release(memory_order_seq_cst, PC);                                                         \
        BODY                                                                                       \
    }                                                                                              \
    R OVER name##_explicit(__VA_ARGS__, memory_order order)                                        \
    {                                                                                              \
        release(order, PC);                                                                        \
        BODY                                                                                       \
    }                                                                                              \
    R OVER name##_explicit(__VA_ARGS__, memory_order order, memory_scope scope)                    \
    {                                                                                              \
        release(order, PC);                                                                        \
        BODY                                                                                       \
    }
#define POINTER(T) volatile atomic_##T *p
#define FETCH(T, name, value)                                                                      \
    FORMS(T, atomic_##name, READ_MODIFY_WRITE(__generic, T, p, value), POINTER(T), T b)
/* Loads and stores are of one kind each; a load that waits lets others run. */
#define LOAD_STORE(T)                                                                              \
    FORMS(T, atomic_load, LOOK(p, sizeof(T), LOOK_ATOMIC_READ); const T now = *(volatile T *)p;    \
          sb_changed(0, PC); return now;, POINTER(T))                                              \
    FORMS(void, atomic_store, STORE(T), POINTER(T), T b)                                           \
    void OVER atomic_init(POINTER(T), T b) { LOOK(p, sizeof(T), LOOK_WRITE); *(volatile T *)p = b; }
#define STORE(T)                                                                                   \
    LOOK(p, sizeof(T), LOOK_ATOMIC_WRITE);                                                         \
    sb_changed(1, PC);                                                                             \
    *(volatile T *)p = b;

#define COMPARE_BODY(T)                                                                            \
    LOOK(p, sizeof(T), LOOK_ATOMIC_COMPARE);                                                       \
    LOOK(wanted, sizeof(T), LOOK_READ);                                                            \
    const T old = *(volatile T *)p;                                                                \
    const bool same = old == *wanted;                                                              \
    if (same) {                                                                                    \
        *(volatile T *)p = b;                                                                      \
    } else {                                                                                       \
        LOOK(wanted, sizeof(T), LOOK_WRITE);                                                       \
        *wanted = old;                                                                             \
    }                                                                                              \
    sb_changed(same && old != b, PC);                                                              \
    return same;
#define COMPARE(T, name)                                                                           \
    bool OVER name(POINTER(T), T *wanted, T b)                                                     \
    {                                                                                              \
        release(memory_order_seq_cst, PC);                                                         \
        COMPARE_BODY(T)                                                                            \
    }                                                                                              \
    bool OVER name##_explicit(POINTER(T), T *wanted, T b, memory_order order, memory_order failed) \
    {                                                                                              \
        release(order, PC);                                                                        \
        COMPARE_BODY(T)                                                                            \
    }                                                                                              \
    bool OVER name##_explicit(POINTER(T), T *wanted, T b, memory_order order, memory_order failed, \
                              memory_scope scope)                                                  \
    {                                                                                              \
        release(order, PC);                                                                        \
        COMPARE_BODY(T)                                                                            \
    }
#define ANY_TYPE(T)                                                                                \
    LOAD_STORE(T)                                                                                  \
    FETCH(T, exchange, b)                                                                          \
    COMPARE(T, atomic_compare_exchange_strong)                                                     \
    COMPARE(T, atomic_compare_exchange_weak)
#define INTEGER(T)                                                                                 \
    ANY_TYPE(T)                                                                                    \
    FETCH(T, fetch_add, old + b)                                                                   \
    FETCH(T, fetch_sub, old - b)                                                                   \
    FETCH(T, fetch_or, old | b)                                                                    \
    FETCH(T, fetch_xor, old ^ b)                                                                   \
    FETCH(T, fetch_and, old & b)                                                                   \
    FETCH(T, fetch_min, b < old ? b : old)                                                         \
    FETCH(T, fetch_max, b > old ? b : old)
/* A pointer as an integer moves by differences. */
#define MOVE(name, value)                                                                          \
    FORMS(ulong, atomic_##name, READ_MODIFY_WRITE(__generic, ulong, p, value), POINTER(ulong), long b)
MOVE(fetch_add, old + (ulong)b)
MOVE(fetch_sub, old - (ulong)b)
INTEGER(int)
INTEGER(uint)
INTEGER(long)
INTEGER(ulong)
ANY_TYPE(float)
ANY_TYPE(double)

FORMS(bool, atomic_flag_test_and_set, LOOK(p, sizeof(int), LOOK_ATOMIC);
      const int old = *(volatile int *)p; *(volatile int *)p = 1; sb_changed(!old, PC); return old != 0;
      , POINTER(int))
FORMS(void, atomic_flag_clear, LOOK(p, sizeof(int), LOOK_ATOMIC_WRITE); sb_changed(1, PC);
      *(volatile int *)p = 0;, POINTER(int))
