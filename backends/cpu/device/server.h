/* SPDX-License-Identifier: Apache-2.0 */
/* The main program of compiled code that runs in an emulator: takes orders (protocol.h) until the runner is gone. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static struct {
    unsigned char *map, *data;
    size_t bytes;
} sb_arrays[SB_EMULATED_ARRAYS];
static struct sb_emulated_launch *sb_launch_list;
static void (**sb_launch_runs)(void *const *, const long long *);
static void *(*sb_launch_args)[SB_EMULATED_ARGS];
static int sb_launch_count;
static int sb_orders, sb_replies, sb_memory;

static void sb_read(void *to, size_t bytes)
{
    for (unsigned char *at = to; bytes > 0;) {
        const ssize_t got = read(sb_orders, at, bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            _exit(0); /* the runner is gone */
        }
        at += got;
        bytes -= (size_t)got;
    }
}

static void sb_answer(struct sb_reply reply)
{
    if (write(sb_replies, &reply, sizeof reply) != (ssize_t)sizeof reply) {
        _exit(0);
    }
}

static void sb_died(int number, siginfo_t *info, void *context)
{
    (void)context;
    const unsigned char *at = info->si_addr;
    struct sb_reply reply = {.kind = SB_REPLY_DIED, .value = number, .array = -1};
    for (int i = 0; i < SB_EMULATED_ARRAYS; ++i) {
        if (sb_arrays[i].map && at >= sb_arrays[i].map &&
            at < sb_arrays[i].map + sb_arrays[i].bytes) {
            reply.array = i;
        }
    }
    signal(number, SIG_DFL);
    sb_answer(reply);
    raise(number);
}

static void sb_watch(void)
{
    static unsigned char stack[65536];
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = sb_died;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        sigaction(numbers[i], &action, NULL);
    }
}

static int sb_map(const struct sb_order *order)
{
    const size_t bytes = order->pages_bytes + 2 * SB_EMULATED_GUARD;
    unsigned char *map =
        mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        return errno;
    }
    unsigned char *pages = mmap(map + SB_EMULATED_GUARD, order->pages_bytes, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_FIXED, sb_memory, (off_t)order->offset);
    if (pages == MAP_FAILED) {
        return errno;
    }
    sb_arrays[order->value].map = map;
    sb_arrays[order->value].bytes = bytes;
    sb_arrays[order->value].data = pages + order->data;
    return 0;
}

/* Returns the launch whose function is missing, or −1. */
static int sb_prepare(int count)
{
    sb_launch_list = realloc(sb_launch_list, ((size_t)count + 1) * sizeof *sb_launch_list);
    sb_launch_runs = realloc(sb_launch_runs, ((size_t)count + 1) * sizeof *sb_launch_runs);
    sb_launch_args = realloc(sb_launch_args, ((size_t)count + 1) * sizeof *sb_launch_args);
    if (!sb_launch_list || !sb_launch_runs || !sb_launch_args) {
        _exit(1);
    }
    sb_launch_count = count;
    sb_read(sb_launch_list, (size_t)count * sizeof *sb_launch_list);
    int missing = -1;
    for (int i = 0; i < count; ++i) {
        struct sb_emulated_launch *launch = &sb_launch_list[i];
        const struct sb_launcher *known = sb_launchers;
        while (known->name && strcmp(known->name, launch->function) != 0) {
            ++known;
        }
        missing = known->name ? missing : i;
        sb_launch_runs[i] = known->run;
        for (int a = 0; a < SB_EMULATED_ARGS; ++a) {
            sb_launch_args[i][a] = launch->arg[a].array >= 0
                                       ? (void *)sb_arrays[launch->arg[a].array].data
                                       : (void *)&launch->arg[a].bits;
        }
    }
    return missing;
}

/* Instructions that do nothing, and that no compiler makes: a plug-in of the emulator counts between them
 * (harness/run/counting/opcodes.h). */
#if defined(__x86_64__)
#define SB_REGION_BEGIN "xchg %%rbx, %%rbx"
#define SB_REGION_END "xchg %%rcx, %%rcx"
#elif defined(__aarch64__)
#define SB_REGION_BEGIN ".inst 0xaa1b03fb"
#define SB_REGION_END ".inst 0xaa1a03fa"
#else
#define SB_REGION_BEGIN ".4byte 0x5b102013"
#define SB_REGION_END ".4byte 0x5b202013"
#endif

static uint64_t sb_repeat(int first, int end)
{
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    __asm__ volatile(SB_REGION_BEGIN : : : "memory");
    for (int i = first; i < end && i < sb_launch_count; ++i) {
        const long long extent[3] = {sb_launch_list[i].extent[0], sb_launch_list[i].extent[1],
                                     sb_launch_list[i].extent[2]};
        sb_launch_runs[i](sb_launch_args[i], extent);
    }
    __asm__ volatile(SB_REGION_END : : : "memory");
    clock_gettime(CLOCK_MONOTONIC, &ended);
    return (uint64_t)((ended.tv_sec - begun.tv_sec) * 1000000000LL + ended.tv_nsec - begun.tv_nsec);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    sb_orders = atoi(argv[1]);
    sb_replies = atoi(argv[2]);
    sb_memory = atoi(argv[3]);
    sb_watch();
    for (;;) {
        struct sb_order order;
        int cpus[1];
        sb_read(&order, sizeof order);
        struct sb_reply reply = {.kind = order.kind, .array = -1};
        if (order.kind == SB_ORDER_SETUP) {
            reply.value = sb_setup(order.value, cpus, 1);
        } else if (order.kind == SB_ORDER_MAP) {
            reply.value = sb_map(&order);
        } else if (order.kind == SB_ORDER_PREPARE) {
            reply.value = sb_prepare(order.value);
        } else {
            reply.time_ns = sb_repeat(order.value, order.end);
        }
        sb_answer(reply);
    }
}
