/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/likwid/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static struct sb_likwid likwid;

static void *load(void)
{
    static const char *const names[] = {"liblikwid.so.5", "liblikwid.so.5.2", "liblikwid.so", NULL};
    void *library = NULL;
    for (int i = 0; !library && names[i]; ++i) {
        library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL); /* it loads others that need it */
    }
    return library;
}

static int find_functions(void *library, struct sb_error *err)
{
    struct {
        const char *name;
        void **at;
    } functions[] = {
#define X(type, name, arguments) {#name, (void **)&likwid.name},
        SB_LIKWID_FUNCTIONS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
        *functions[i].at = dlsym(library, functions[i].name);
        if (!*functions[i].at) {
            return sb_fail(err, SB_EABSENT,
                           "the LIKWID that is installed has no %s: install 5.2 or newer",
                           functions[i].name);
        }
    }
    return 0;
}

static int initialise(struct sb_error *err)
{
    void *library = load();
    if (!library) {
        return sb_fail(
            err, SB_EABSENT,
            "LIKWID is not installed: install it (Debian: likwid) where the linker finds it "
            "(ldconfig); LD_LIBRARY_PATH is cleared for measuring");
    }
    int code = find_functions(library, err);
    if (code == 0 && likwid.topology_init() != 0) {
        code = sb_fail(err, SB_EABSENT,
                       "LIKWID cannot read this machine's topology: 'likwid-topology' says more");
    }
    return code;
}

int sb_likwid_get(const struct sb_likwid **out, struct sb_error *err)
{
    static pid_t asked; /* its state is of one process */
    static struct sb_error answer;
    if (asked != getpid()) {
        asked = getpid();
        answer = (struct sb_error){0};
        (void)initialise(&answer);
    }
    *out = &likwid;
    if (answer.code != 0) {
        return sb_fail(err, answer.code, "%s", answer.text);
    }
    const struct sb_likwid_cpu *cpu = likwid.get_cpuInfo();
    return cpu && cpu->short_name && strcmp(cpu->short_name, "nil") != 0
               ? 0
               : sb_fail(err, SB_EABSENT,
                         "the LIKWID that is installed does not know this processor (%s, family "
                         "%#x, model %#x): install a newer one, or use perf_event",
                         cpu && cpu->os_name ? cpu->os_name : "unnamed", cpu ? cpu->family : 0,
                         cpu ? cpu->model : 0);
}

static int at(const char *root, const char *path, int how)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    return access(whole, how);
}

static int reaches_msr(const char *root, struct sb_error *err)
{
    return at(root, "/dev/cpu/0/msr", F_OK) == 0
               ? 0
               : sb_fail(err, SB_EABSENT,
                         "LIKWID reads the processor's registers through /dev/cpu/0/msr, which is "
                         "not here: ask the administrator for 'modprobe msr'; virtual machines "
                         "have no such registers");
}

int sb_likwid_reaches(const struct sb_likwid *l, const char *root, struct sb_error *err)
{
    (void)l->init_configuration();
    const struct sb_likwid_configuration *configuration = l->get_configuration();
    const int mode = configuration ? configuration->mode : SB_LIKWID_DAEMON;
    if (mode == SB_LIKWID_PERF) { /* it asks the kernel, which answers at once */
        return at(root, "/sys/bus/event_source/devices/cpu", F_OK) == 0
                   ? 0
                   : sb_fail(err, SB_EABSENT,
                             "LIKWID counts through perf_event, and this machine, or the virtual "
                             "machine it is, has no PMU 'cpu': run on the bare machine");
    }
    const int code = reaches_msr(root, err);
    if (code == 0 && mode == SB_LIKWID_DIRECT && at(root, "/dev/cpu/0/msr", R_OK | W_OK) != 0) {
        return sb_fail(err, SB_EABSENT,
                       "LIKWID may not write /dev/cpu/0/msr: run as root, or have the "
                       "administrator set ACCESSMODE=accessdaemon in likwid.cfg");
    }
    const char *daemon = configuration && configuration->daemon ? configuration->daemon : "";
    if (code == 0 && mode == SB_LIKWID_DAEMON && (!*daemon || at(root, daemon, X_OK) != 0)) {
        return sb_fail(err, SB_EABSENT,
                       "LIKWID's access daemon %s cannot be started: ask the administrator to "
                       "install it with its rights (setuid), or for ACCESSMODE=perf_event",
                       *daemon ? daemon : "(none is set)");
    }
    return code;
}
