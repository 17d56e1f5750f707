/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/fiber.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
/* What was left on a stack by a fiber that never returned is no error of the next one. */
#define FORGET(p, bytes) __asan_unpoison_memory_region(p, bytes)
#else
#define FORGET(p, bytes) ((void)(p), (void)(bytes))
#endif

int sb_fiber_stacks_open(struct sb_fiber_stacks *out, int count, struct sb_error *err)
{
    *out = (struct sb_fiber_stacks){.count = count,
                                    .bytes = (size_t)count * (SB_FIBER_STACK + SB_FIBER_GUARD)};
    void *map = mmap(NULL, out->bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        *out = (struct sb_fiber_stacks){0};
        return sb_fail(err, SB_ENOMEM, "twin: no memory for the stacks of %d threads: %s", count,
                       strerror(errno));
    }
    out->base = map;
    madvise(map, out->bytes, MADV_NOHUGEPAGE); /* a few pages of each stack are used */
    for (int i = 0; i < count; ++i) {
        mprotect(out->base + (size_t)i * (SB_FIBER_STACK + SB_FIBER_GUARD), SB_FIBER_GUARD,
                 PROT_NONE);
    }
    return 0;
}

void sb_fiber_stacks_close(struct sb_fiber_stacks *stacks)
{
    if (stacks->base) {
        munmap(stacks->base, stacks->bytes);
    }
    *stacks = (struct sb_fiber_stacks){0};
}

#if defined(__x86_64__)
#define KEPT 6 /* rbx rbp r12 … r15 */
__asm__(".text\n.globl sb_fiber_switch\n.type sb_fiber_switch, @function\nsb_fiber_switch:\n"
        "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
        "mov %rsp, (%rdi)\nmov %rsi, %rsp\n"
        "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n"
        ".size sb_fiber_switch, .-sb_fiber_switch\n");
#elif defined(__aarch64__)
#define KEPT 20 /* x19 … x30, d8 … d15 */
__asm__(".text\n.globl sb_fiber_switch\n.type sb_fiber_switch, %function\nsb_fiber_switch:\n"
        "sub sp, sp, #160\n"
        "stp x19, x20, [sp, #0]\nstp x21, x22, [sp, #16]\nstp x23, x24, [sp, #32]\n"
        "stp x25, x26, [sp, #48]\nstp x27, x28, [sp, #64]\nstp x29, x30, [sp, #80]\n"
        "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\n"
        "stp d14, d15, [sp, #144]\n"
        "mov x9, sp\nstr x9, [x0]\nmov sp, x1\n"
        "ldp x19, x20, [sp, #0]\nldp x21, x22, [sp, #16]\nldp x23, x24, [sp, #32]\n"
        "ldp x25, x26, [sp, #48]\nldp x27, x28, [sp, #64]\nldp x29, x30, [sp, #80]\n"
        "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\n"
        "ldp d14, d15, [sp, #144]\n"
        "add sp, sp, #160\nret\n.size sb_fiber_switch, .-sb_fiber_switch\n");
#else
#error "the twin's fibers know x86-64 and AArch64 only"
#endif

void *sb_fiber_prepare(const struct sb_fiber_stacks *stacks, int index, void (*entry)(void))
{
    unsigned char *begin =
        stacks->base + (size_t)index * (SB_FIBER_STACK + SB_FIBER_GUARD) + SB_FIBER_GUARD;
    FORGET(begin, SB_FIBER_STACK);
    /* Neighbouring stacks begin at other places in the cache. */
    uintptr_t *top =
        (uintptr_t *)(void *)(begin + SB_FIBER_STACK - (size_t)(index % 16) * 256 - 64);
#if defined(__x86_64__)
    *--top = 0; /* no return address: entry() is entered as if called */
    *--top = (uintptr_t)entry;
    for (int i = 0; i < KEPT; ++i) {
        *--top = 0;
    }
#else
    top -= KEPT;
    memset(top, 0, KEPT * sizeof *top);
    top[11] = (uintptr_t)entry; /* x30 */
#endif
    return top;
}
