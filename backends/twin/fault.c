/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/fault.h"

#include "backends/twin/twin.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
#define STACK_BYTES ((size_t)256 << 10) /* findings are kept on it */

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#define SIGNALS (sizeof signals / sizeof *signals)

static struct sigaction before[SIGNALS];
static stack_t stack_before;
static void *stack_memory;

/* Of the fault: the instruction, and the address that the function which it is in will return to, as far as it can be
 * told: right after a call the stack's top (x86-64), the link register (AArch64). */
static uintptr_t instruction(const ucontext_t *c)
{
#if defined(__x86_64__)
    return (uintptr_t)c->uc_mcontext.gregs[16 /* REG_RIP */];
#else
    return (uintptr_t)c->uc_mcontext.pc;
#endif
}

static uintptr_t caller(const ucontext_t *c)
{
#if defined(__x86_64__)
    return *(const uintptr_t *)c->uc_mcontext.gregs[15 /* REG_RSP */];
#else
    return (uintptr_t)c->uc_mcontext.regs[30];
#endif
}

extern const char __executable_start[], etext[]; /* of the runner, by the linker */

/* Whether the kernel, or a library that it calls, has code at @p address; the runner's own faults are its own. */
static bool is_kernel(uintptr_t address)
{
    const bool runner = address >= (uintptr_t)__executable_start && address < (uintptr_t)etext;
    return !runner && sb_twin_object_owns(address);
}

/* Whether @p address is in the guard below a stack of the running block. */
static bool in_guard(const struct sb_twin_block *b, uintptr_t address)
{
    const uintptr_t off = address - (uintptr_t)b->stacks.base;
    return off < b->stacks.bytes && off % (SB_FIBER_STACK + SB_FIBER_GUARD) < SB_FIBER_GUARD;
}

/* What happened in words; NULL where it is no fault of the kernel's. */
static const char *explain(const siginfo_t *info, const ucontext_t *c, uintptr_t *out_at)
{
    const struct sb_exec *exec = sb_twin_running;
    const uintptr_t at = instruction(c), address = (uintptr_t)info->si_addr;
    const bool memory = info->si_signo == SIGSEGV || info->si_signo == SIGBUS;
    *out_at = at;
    if (memory && in_guard(&exec->schedule.block[exec->schedule.running], address)) {
        return "stack overflow: the local variables of a thread need more than " NUMBER(
            SB_FIBER_STACK_KIB) " KiB";
    }
    if (memory && address == at) {
        *out_at = caller(c);
        return is_kernel(*out_at) ? "call of an address that is no function" : NULL;
    }
    if (!is_kernel(at)) {
        return NULL;
    }
    return info->si_signo == SIGFPE ? "division of whole numbers by zero, or of the least by -1"
           : info->si_signo == SIGILL
               ? "a point that the compiler takes for unreachable (undefined behaviour)"
               : "access to an address that belongs to no array";
}

/* Not ours: the instruction is tried again, and whoever was there before us hears of it. */
static void pass_on(int number)
{
    for (size_t i = 0; i < SIGNALS; ++i) {
        if (signals[i] == number) {
            sigaction(number, &before[i], NULL);
        }
    }
}

/* The kernel's thread raised it itself, so nothing of the runtime is half done: it is left for good, as by a trap. */
static void take(int number, siginfo_t *info, void *context)
{
    const struct sb_exec *exec = sb_twin_running;
    uintptr_t at = 0;
    const char *words = exec && exec->object.twin && exec->object.twin->watching
                            ? explain(info, context, &at)
                            : NULL;
    if (!words) {
        pass_on(number);
        return;
    }
    const struct sb_twin_schedule *s = &exec->schedule;
    const uintptr_t code = exec->object.twin->code_begin;
    const bool in_code = at > code && at - code < SB_TWIN_SITE_MASK && is_kernel(at);
    struct sb_finding finding = {.kind = SB_FINDING_TRAP};
    snprintf(finding.words, sizeof finding.words, "%s", words);
    finding.first = (struct sb_party){
        .known = true,
        .block = s->block[s->running].index,
        .thread = s->at[s->thread],
        .site = in_code ? (uint32_t)(at - code + (at == instruction(context))) : 0};
    sb_twin_find(&finding);
    sb_twin_stop_launch();
}

int sb_twin_faults_open(struct sb_error *err)
{
    if (stack_memory) {
        return 0;
    }
    stack_memory = malloc(STACK_BYTES);
    if (!stack_memory) {
        return sb_fail(err, SB_ENOMEM, "twin: no memory for the stack of signals");
    }
    const stack_t stack = {.ss_sp = stack_memory, .ss_size = STACK_BYTES};
    sigaltstack(&stack, &stack_before);
    struct sigaction action = {.sa_sigaction = take,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; ++i) {
        sigaction(signals[i], &action, &before[i]);
    }
    return 0;
}

void sb_twin_faults_close(void)
{
    if (!stack_memory) {
        return;
    }
    for (size_t i = 0; i < SIGNALS; ++i) {
        sigaction(signals[i], &before[i], NULL);
    }
    stack_before.ss_flags &= SS_DISABLE;
    sigaltstack(&stack_before, NULL);
    free(stack_memory);
    stack_memory = NULL;
}
