/* SPDX-License-Identifier: Apache-2.0 */
/* Which emulator stands in for a processor, and whether this process runs in one itself. */
#include "backends/cpu/emulator.h"

#include "harness/util/process.h"

#include <string.h>
#include <unistd.h>

int sb_emulator_find(char *out, size_t room, const struct sb_cpu_target *target,
                     struct sb_error *err)
{
    if (target->needs[0]) {
        return sb_fail(err, SB_EABSENT, "%s", target->needs);
    }
    return sb_process_which(out, room, target->family->emulator, NULL) == 0
               ? 0
               : sb_fail(err, SB_EABSENT, "no %s to run target %s with: apt-get install qemu-user",
                         target->family->emulator, target->march);
}

/* "<name> <version>" of the emulator at @p path. */
static int tell_version(char *out, size_t room, const char *path, struct sb_error *err)
{
    struct sb_process_result result;
    const char *const argv[] = {path, "--version", NULL};
    const int code = sb_process_run(&result, argv, 20, err);
    if (code != 0) {
        return code;
    }
    static const char before[] = "version ";
    const char *version = strstr(result.output, before);
    version = version ? version + sizeof before - 1 : "";
    const char *slash = strrchr(path, '/');
    snprintf(out, room, "%s %.*s", slash ? slash + 1 : path, (int)strcspn(version, " \n("),
             version);
    sb_process_result_free(&result);
    return 0;
}

int sb_emulator_name(char *out, size_t room, const struct sb_cpu_target *target,
                     struct sb_error *err)
{
    char path[1024];
    const int code = sb_emulator_find(path, sizeof path, target, err);
    return code != 0 ? code : tell_version(out, room, path, err);
}

/* qemu-user answers for /proc/self/exe with the program it emulates, but not for the same link by another name. */
const char *sb_emulator_around(void)
{
    static char name[64];
    static bool asked;
    char path[1024];
    const ssize_t length = asked ? -1 : readlink("/proc/thread-self/exe", path, sizeof path - 1);
    asked = true;
    if (length > 0) {
        path[length] = '\0';
        const char *slash = strrchr(path, '/');
        if (slash && strncmp(slash + 1, "qemu-", 5) == 0 &&
            tell_version(name, sizeof name, path, NULL) != 0) {
            snprintf(name, sizeof name, "%.60s", slash + 1);
        }
    }
    return name;
}

void sb_emulator_processor(char *out, size_t room, const struct sb_cpu_target *target)
{
    const int bits = target->vector_bits;
    if (strcmp(target->family->machine, "riscv64") == 0) {
        snprintf(out, room, "rv64%s", target->scalable ? ",v=true,vext_spec=v1.0" : "");
        if (bits > 0) {
            snprintf(out + strlen(out), room - strlen(out), ",vlen=%d", bits);
        }
    } else if (strcmp(target->family->machine, "aarch64") == 0 && bits > 0) {
        snprintf(out, room, "max,sve-default-vector-length=%d", bits / 8);
    } else {
        snprintf(out, room, "max");
    }
}
