/* SPDX-License-Identifier: Apache-2.0 */
/* What both families of atomics are made of. */
void sb_changed(int changed, ulong pc) __asm__("sb_twin_changed");
void sb_fence(uint fences, ulong pc) __asm__("sb_twin_fence");
#define LOOK_ATOMIC 2
#define LOOK_ATOMIC_READ 3
#define LOOK_ATOMIC_WRITE 4
#define LOOK_ATOMIC_COMPARE 5
#define PC ((ulong)__builtin_return_address(0))

/* p: where; value: of `old`, what is there afterwards. Returns old. */
#define READ_MODIFY_WRITE(space, T, p, value) CHANGE(space, T, p, value, LOOK_ATOMIC)
#define CHANGE(space, T, p, value, kind)                                                           \
    LOOK(p, sizeof(T), kind);                                                                      \
    const T old = *(volatile space T *)(p);                                                        \
    const T next = (value);                                                                        \
    *(volatile space T *)(p) = next;                                                               \
    sb_changed(old != next, PC);                                                                   \
    return old;
