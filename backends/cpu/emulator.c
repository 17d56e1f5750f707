/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/cpu/emulator.h"

#include "backends/cpu/device/protocol.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(SB_EMULATED_ARRAYS == SB_MAX_ARRAYS && SB_EMULATED_ARGS == SB_MAX_ARGS,
               "the protocol carries what kernels may have");

struct sb_emulator {
    pid_t pid;
    int orders, replies; /* our ends of the pipes */
    int memory;          /* file of the arrays */
    size_t used_bytes;   /* of it */
    char name[64];       /* of the emulator's program */
    char names[SB_MAX_ARRAYS][64];
    const struct sb_launch_spec *sent;
    int sent_count;
};

/* In the new process, between fork and exec. */
static void become(const char *path, const char *program, const struct sb_cpu_target *target,
                   const char *plugin, const int given[3], pid_t parent)
{
    char cpu[96];
    char root[96];
    char number[3][16];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    for (int i = 0; i < 3; ++i) {
        fcntl(given[i], F_SETFD, 0);
        snprintf(number[i], sizeof number[i], "%d", given[i]);
    }
    sb_emulator_processor(cpu, sizeof cpu, target);
    snprintf(root, sizeof root, "/usr/%s", target->family->triple);
    const bool bare = plugin[0] == '\0';
    const char *const argv[] = {
        path,      "-plugin", plugin,  "-L",      access(root, R_OK) == 0 ? root : "/",
        "-cpu",    cpu,       program, number[0], number[1],
        number[2], NULL};
    const char *const *from = bare ? argv + 2 : argv;
    const char *words[sizeof argv / sizeof *argv] = {path};
    for (int i = 1; from[i]; ++i) {
        words[i] = from[i];
    }
    execv(path, (char *const *)words);
    _exit(127);
}

static int fork_into(struct sb_emulator *emulator, const char *path, const char *program,
                     const struct sb_cpu_target *target, const char *plugin, struct sb_error *err)
{
    int orders[2] = {-1, -1};
    int replies[2] = {-1, -1};
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(replies, O_CLOEXEC) != 0) {
        close(orders[0]);
        close(orders[1]);
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    const pid_t parent = getpid();
    emulator->pid = fork();
    if (emulator->pid == 0) {
        const int given[] = {orders[0], replies[1], emulator->memory};
        become(path, program, target, plugin, given, parent);
    }
    close(orders[0]);
    close(replies[1]);
    emulator->orders = orders[1];
    emulator->replies = replies[0];
    if (emulator->pid < 0) {
        emulator->pid = 0;
        return sb_fail(err, SB_EIO, "cannot start a process: %s", strerror(errno));
    }
    return 0;
}

/* What a process that no longer answers has left. */
static int tell_death(struct sb_emulator *emulator, const struct sb_reply *last,
                      struct sb_error *err)
{
    int status = 0;
    while (waitpid(emulator->pid, &status, 0) < 0 && errno == EINTR) {
    }
    emulator->pid = 0;
    const int number = last->kind == SB_REPLY_DIED ? last->value
                       : WIFSIGNALED(status)       ? WTERMSIG(status)
                                                   : 0;
    if (number == SIGABRT && last->kind != SB_REPLY_DIED) {
        /* the program would have said so: this is the emulator's own complaint (qemu 7.2 has an assertion that some of
         * RISC-V's narrowing conversions fail) */
        return sb_fail(err, SB_EABSENT,
                       "the emulator cannot run this code: %s died of signal %d (%s); "
                       "the job's log has its words",
                       emulator->name, number, strsignal(number));
    }
    if (number == 0) {
        return sb_fail(err, SB_ECRASH, "the emulated process exited by itself with status %d",
                       WEXITSTATUS(status));
    }
    const char *array =
        last->array >= 0 && last->array < SB_MAX_ARRAYS ? emulator->names[last->array] : NULL;
    return sb_fail(err, array ? SB_EBOUNDS : SB_ECRASH,
                   "the emulated process died of signal %d (%s)%s%s%s", number, strsignal(number),
                   array ? ", reaching beyond array '" : "", array ? array : "", array ? "'" : "");
}

static int ask(struct sb_reply *out, struct sb_emulator *emulator, const struct sb_order *order,
               const void *more, size_t more_bytes, struct sb_error *err)
{
    *out = (struct sb_reply){.array = -1};
    if (emulator->pid == 0) {
        return sb_fail(err, SB_ECRASH, "the emulated process is gone");
    }
    int code = sb_fs_write_all(emulator->orders, order, sizeof *order, "the emulator", NULL);
    if (code == 0 && more_bytes > 0) {
        code = sb_fs_write_all(emulator->orders, more, more_bytes, "the emulator", NULL);
    }
    ssize_t got = -1;
    do {
        got = read(emulator->replies, out, sizeof *out); /* whole: shorter than a pipe's atom */
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *out) {
        *out = (struct sb_reply){.array = -1};
    }
    return code == 0 && out->kind == order->kind ? 0 : tell_death(emulator, out, err);
}

int sb_emulator_start(struct sb_emulator **out, int *out_threads, const char *program,
                      const struct sb_cpu_target *target, const char *plugin, bool flush_denormals,
                      struct sb_error *err)
{
    char path[1024];
    int code = sb_emulator_find(path, sizeof path, target, err);
    struct sb_emulator *emulator = code == 0 ? calloc(1, sizeof *emulator) : NULL;
    if (!emulator) {
        return code != 0 ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    emulator->orders = emulator->replies = -1;
    snprintf(emulator->name, sizeof emulator->name, "%s", target->family->emulator);
    emulator->memory = memfd_create("switchbench arrays", MFD_CLOEXEC);
    code = emulator->memory >= 0
               ? 0
               : sb_fail(err, SB_EIO, "cannot make shared memory: %s", strerror(errno));
    /* waiting threads that spin take the processor from the one that is emulated */
    setenv("OMP_WAIT_POLICY", "passive", 1);
    unsetenv("GOMP_SPINCOUNT");
    unsetenv("OMP_PLACES");
    unsetenv("OMP_PROC_BIND");
    code = code != 0 ? code : fork_into(emulator, path, program, target, plugin, err);
    struct sb_reply reply;
    const struct sb_order order = {.kind = SB_ORDER_SETUP, .value = flush_denormals};
    code = code != 0 ? code : ask(&reply, emulator, &order, NULL, 0, err);
    if (code != 0) {
        sb_emulator_stop(emulator);
        return code;
    }
    *out_threads = reply.value;
    *out = emulator;
    return 0;
}

int sb_emulator_map(struct sb_emulator *emulator, struct sb_buffer *out, int index,
                    const char *name, size_t bytes, struct sb_error *err)
{
    const size_t offset = emulator->used_bytes;
    int code = sb_cpu_buffer_map_file(out, name, bytes, emulator->memory, offset, err);
    if (code != 0) {
        return code;
    }
    const size_t pages = (size_t)(out->end - out->begin);
    emulator->used_bytes =
        (offset + pages + SB_EMULATED_GUARD - 1) / SB_EMULATED_GUARD * SB_EMULATED_GUARD;
    snprintf(emulator->names[index], sizeof emulator->names[index], "%s", name);
    const struct sb_order order = {.kind = SB_ORDER_MAP,
                                   .value = index,
                                   .offset = offset,
                                   .pages_bytes = pages,
                                   .data = (uint64_t)(out->data - out->begin)};
    struct sb_reply reply;
    code = ask(&reply, emulator, &order, NULL, 0, err);
    return code == 0 && reply.value != 0
               ? sb_fail(err, SB_ENOMEM, "no memory for array '%s' of %zu bytes: %s", name, bytes,
                         strerror(reply.value))
               : code;
}

static int send(struct sb_emulator *emulator, const struct sb_launches *launches,
                enum sb_precision precision, int index_bits, struct sb_error *err)
{
    struct sb_emulated_launch *list = calloc((size_t)launches->count + 1, sizeof *list);
    if (!list) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < launches->count; ++i) {
        const struct sb_launch_spec *spec = &launches->spec[i];
        memcpy(list[i].function, spec->function, sizeof list[i].function);
        for (int d = 0; d < 3; ++d) {
            list[i].extent[d] = spec->shape.extent[d];
        }
        for (int a = 0; a < spec->arg_count; ++a) {
            union sb_scalar scalar = {.i64 = 0};
            sb_cpu_scalar(&scalar, &spec->args[a], precision, index_bits);
            const bool array = spec->args[a].kind == SB_ARG_ARRAY;
            list[i].arg[a].array = array ? (int32_t)spec->args[a].integer : -1;
            memcpy(&list[i].arg[a].bits, &scalar, sizeof scalar);
        }
        for (int a = spec->arg_count; a < SB_MAX_ARGS; ++a) {
            list[i].arg[a].array = -1;
        }
    }
    const struct sb_order order = {.kind = SB_ORDER_PREPARE, .value = launches->count};
    struct sb_reply reply;
    const int code =
        ask(&reply, emulator, &order, list, (size_t)launches->count * sizeof *list, err);
    free(list);
    return code == 0 && reply.value >= 0
               ? sb_fail(err, SB_EDEVICE, "the compiled program has no function '%s'",
                         launches->spec[reply.value].function)
               : code;
}

int sb_emulator_repeat(uint64_t *out_time_ns, struct sb_emulator *emulator,
                       const struct sb_launches *launches, enum sb_precision precision,
                       int index_bits, struct sb_error *err)
{
    int code = 0;
    if (emulator->sent != launches->spec || emulator->sent_count < launches->count) {
        code = send(emulator, launches, precision, index_bits, err);
        emulator->sent = code == 0 ? launches->spec : NULL;
        emulator->sent_count = launches->count;
    }
    struct sb_reply reply;
    const struct sb_order order = {
        .kind = SB_ORDER_REPEAT, .value = launches->first, .end = launches->count};
    code = code != 0 ? code : ask(&reply, emulator, &order, NULL, 0, err);
    *out_time_ns = code == 0 ? reply.time_ns : 0;
    return code;
}

void sb_emulator_stop(struct sb_emulator *emulator)
{
    if (!emulator) {
        return;
    }
    const int fds[] = {emulator->orders, emulator->replies, emulator->memory};
    for (int i = 0; i < 3; ++i) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    if (emulator->pid > 0) {
        kill(emulator->pid, SIGKILL);
        while (waitpid(emulator->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    free(emulator);
}
