/* SPDX-License-Identifier: Apache-2.0 */
/* Our plug-in of qemu-user: exact instructions, accesses and bytes of the kernel, on Arm, RISC-V and x86. */
#include "backends/cpu/emulator.h"
#include "harness/run/counting/region_file.h"
#include "harness/run/counting/tool.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PLUGIN "switchbench-qemu-plugin.so"
#define LOAD_S 20
#define REGIONS 2 /* the warm repetition and the counted one */
#define AT(member) offsetof(struct sb_region_counts, member)

static const struct known {
    const char *name, *unit, *tags;
    size_t offset;
    bool accesses; /* the emulator must tell of each access */
    const char *help;
} known[] = {
    {"instructions", "1", "retired process exact", AT(instructions), false, "executed"},
    {"branches", "1", "retired process exact", AT(branches), false, "jumps, calls, returns"},
    {"loads", "1", "retired process exact", AT(loads), false, "instructions that read memory"},
    {"stores", "1", "retired process exact", AT(stores), false, "instructions that write memory"},
    {"read-bytes", "byte", "retired active_lanes process exact", AT(read_bytes), true, "by them"},
    {"write-bytes", "byte", "retired active_lanes process exact", AT(write_bytes), true, "by them"},
    {"scalable-accesses", "1", "retired process exact", AT(scalable), false,
     "loads and stores of SVE and of RISC-V's vectors"},
};
#define KNOWN (sizeof known / sizeof *known)

static void describe(struct sb_counter_event *out, const struct known *from)
{
    *out = (struct sb_counter_event){0};
    snprintf(out->name, sizeof out->name, "%s", from->name);
    snprintf(out->unit, sizeof out->unit, "%s", from->unit);
    snprintf(out->tags, sizeof out->tags, "%s", from->tags);
    snprintf(out->help, sizeof out->help, "%s", from->help);
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    (void)err;
    int code = 0;
    for (size_t i = 0; code == 0 && i < KNOWN; ++i) {
        struct sb_counter_event event;
        describe(&event, &known[i]);
        code = each(&event, payload);
    }
    return code;
}

static int find_plugin(char *out, size_t room, struct sb_error *err)
{
    const int code = sb_fs_join(out, room, sb_fs_program_folder(), PLUGIN, err);
    return code != 0 ? code
           : access(out, R_OK) != 0
               ? sb_fail(err, SB_EABSENT,
                         "%s is not beside the runner: build or install switchbench whole", PLUGIN)
           : strchr(out, ',')
               ? sb_fail(err, SB_EABSENT,
                         "qemu loads nothing from a path with a comma: move %s elsewhere", out)
               : 0;
}

/* Whether @p emulator loads the plug-in, which shows in the file that it begins; the program is none, and nothing runs. */
static bool loads(const char *emulator, const char *plugin)
{
    char file[64];
    char words[PATH_MAX + 80];
    struct sb_process_result result;
    snprintf(file, sizeof file, "/tmp/switchbench-XXXXXX");
    const int fd = mkstemp(file);
    if (fd < 0) {
        return false;
    }
    close(fd);
    unlink(file);
    snprintf(words, sizeof words, "%s,out=%s", plugin, file);
    const char *const argv[] = {emulator, "-plugin", words, "/", NULL};
    if (sb_process_run(&result, argv, LOAD_S, NULL) == 0) {
        sb_process_result_free(&result);
    }
    return unlink(file) == 0;
}

static int probe(char *version, size_t room, struct sb_error *err)
{
    static const char *const emulators[] = {"qemu-aarch64", "qemu-riscv64", "qemu-x86_64"};
    char plugin[PATH_MAX];
    char path[PATH_MAX];
    bool found = false;
    int code = find_plugin(plugin, sizeof plugin, err);
    for (size_t i = 0; code == 0 && i < sizeof emulators / sizeof *emulators; ++i) {
        if (sb_process_which(path, sizeof path, emulators[i], NULL) == 0) {
            found = true;
            if (loads(path, plugin)) {
                return sb_tool_version(version, room, path, err);
            }
        }
    }
    return code != 0 ? code
                     : sb_fail(err, SB_EABSENT,
                               found ? "this qemu-user loads no plug-ins (statically linked, as "
                                       "Debian's are after 12): install one that does"
                                     : "no qemu-user here: apt-get install qemu-user");
}

/* The cell's own target where it is emulated; else the same, or what every processor of this kind runs, emulated too. */
static int choose_target(char *out, size_t room, const struct sb_again *again, struct sb_error *err)
{
    static const struct {
        const char *machine, *target;
    } plain[] = {{"x86_64", "x86-64-v3"}, {"aarch64", "armv8-a"}, {"riscv64", "rv64gc"}};
    struct sb_cpu_target target;
    struct utsname here;
    char path[PATH_MAX];
    snprintf(out, room, "%s", again->target);
    const bool wide = strcmp(again->target, "x86-64-v4") == 0; /* qemu has no AVX-512 */
    for (size_t i = 0; uname(&here) == 0 && i < sizeof plain / sizeof *plain; ++i) {
        if (strcmp(again->target, "native") == 0 && strcmp(here.machine, plain[i].machine) == 0) {
            snprintf(out, room, "%s@qemu", plain[i].target);
        }
    }
    if (wide) {
        snprintf(out, room, "x86-64-v3@qemu");
    } else if (sb_cpu_target_parse(&target, out) && !target.emulated && !strchr(out, '@')) {
        snprintf(out + strlen(out), room - strlen(out), "@qemu");
    }
    return sb_cpu_target_parse(&target, out)
               ? sb_emulator_find(path, sizeof path, &target, err)
               : sb_fail(err, SB_EABSENT, "no emulator is known for target %s", again->target);
}

static json_t *tell(const struct sb_again *again, const struct sb_region_counts *counts,
                    const char *target, const json_t *answer)
{
    const bool blind = counts->scalable_seen < counts->scalable;
    char note[400];
    json_t *events = json_array();
    json_t *refused = json_array();
    for (int a = 0; again->events[a]; ++a) {
        size_t i = 0;
        while (strcmp(known[i].name, again->events[a]) != 0) {
            ++i;
        }
        if (known[i].accesses && blind) {
            snprintf(note, sizeof note,
                     "this emulator tells of %.0f accesses by the %.0f loads and stores of "
                     "scalable vectors that were executed: count bytes for a target without them "
                     "(armv8-a)",
                     counts->scalable_seen, counts->scalable);
            json_array_append_new(refused,
                                  json_pack("{s:s,s:s}", "name", known[i].name, "reason", note));
            continue;
        }
        struct sb_counter_event event;
        double value = 0;
        memcpy(&value, (const char *)counts + known[i].offset, sizeof value);
        describe(&event, &known[i]);
        json_array_append_new(events, sb_tool_event(&event, value));
    }
    snprintf(note, sizeof note,
             "code for %s, run by %s, %s; OpenMP's library, where threads wait, is left out",
             target, sb_json_text_or(answer, "emulated", ""),
             sb_json_text_or(answer, "placement", ""));
    return json_pack("{s:o,s:o,s:s}", "events", events, "refused", refused, "note", note);
}

static int run(struct sb_region_counts *out, json_t **out_answer, const struct sb_again *again,
               const char *target, struct sb_error *err)
{
    char plugin[PATH_MAX];
    char file[PATH_MAX];
    char words[2 * PATH_MAX + 8];
    char parent[24];
    char *text = NULL;
    size_t length = 0;
    int code = find_plugin(plugin, sizeof plugin, err);
    code = code != 0 ? code : sb_fs_join(file, sizeof file, again->folder, "regions", err);
    snprintf(words, sizeof words, "%s,out=%s", plugin, file);
    code = code != 0 ? code
                     : sb_tool_job(again, json_pack("{s:s}", "plugin", words),
                                   json_pack("{s:s}", "target", target), err);
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {again->runner, "--parent",      parent,
                                "--counted",   again->job_file, NULL};
    code = code != 0 ? code : sb_tool_run(out_answer, argv, "qemu", again, err);
    code = code != 0 ? code : sb_fs_read(&text, &length, file, err);
    code = code != 0 ? code : sb_region_parse(out, text, REGIONS, err);
    free(text);
    return code;
}

static int again(json_t **out, const struct sb_again *again, struct sb_error *err)
{
    char target[80];
    json_t *answer = NULL;
    struct sb_region_counts counts = {0};
    int code = choose_target(target, sizeof target, again, err);
    code = code != 0 ? code : run(&counts, &answer, again, target, err);
    if (code == 0) {
        *out = tell(again, &counts, target, answer);
    }
    json_decref(answer);
    return code;
}

static const char *const usual[] = {"instructions", "branches",    "loads", "stores",
                                    "read-bytes",   "write-bytes", NULL};

const struct sb_counter_source sb_counter_source_qemu_plugin = {
    .name = "qemu_plugin",
    .title = "qemu-user: exact instructions and bytes of the kernel, on Arm, RISC-V and x86",
    .scope = "simulated",
    .backends = (const char *const[]){"cpu", NULL},
    .usual = usual,
    .probe = probe,
    .list = list,
    .again = again,
};
