/* SPDX-License-Identifier: Apache-2.0 */
/* Valgrind's callgrind: exact instructions and accesses, simulated caches and branches, of the kernel's code alone. */
#include "backends/cpu/target.h"
#include "harness/run/counting/caches.h"
#include "harness/run/counting/callgrind_file.h"
#include "harness/run/counting/mark.h"
#include "harness/run/counting/tool.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum line_of { NO_LINE, FIRST_LINE, LAST_LINE };

/* An event of ours is the sum of up to four of callgrind's, times a cache's line where it is of bytes. */
static const struct known {
    const char *name, *unit, *tags;
    const char *of[4];
    enum line_of line;
    const char *help;
} known[] = {
    {"instructions", "1", "retired process exact", {"Ir"}, NO_LINE, "executed (Ir)"},
    {"loads",
     "1",
     "retired process exact",
     {"Dr"},
     NO_LINE,
     "reads of memory: a vector's is one, but one a lane in an FMA, and one a byte in rep movs"},
    {"stores",
     "1",
     "retired process exact",
     {"Dw"},
     NO_LINE,
     "writes of memory: a vector's is one, but one a byte in rep movs"},
    {"branches", "1", "retired process exact", {"Bc", "Bi"}, NO_LINE, "conditional and indirect"},
    {"branch-misses", "1", "process simulated", {"Bcm", "Bim"}, NO_LINE, "of a simple predictor"},
    {"i1-misses", "1", "process simulated", {"I1mr"}, NO_LINE, "of the first instruction cache"},
    {"d1-misses", "1", "process simulated", {"D1mr", "D1mw"}, NO_LINE, "of the first data cache"},
    {"d1-read-misses", "1", "process simulated", {"D1mr"}, NO_LINE, "of loads"},
    {"d1-write-misses", "1", "process simulated", {"D1mw"}, NO_LINE, "of stores"},
    {"d1-bytes", "byte", "process simulated", {"D1mr", "D1mw"}, FIRST_LINE, "fetched into it"},
    {"ll-misses", "1", "process simulated", {"ILmr", "DLmr", "DLmw"}, NO_LINE, "of the last cache"},
    {"ll-read-misses", "1", "process simulated", {"DLmr"}, NO_LINE, "of loads"},
    {"ll-write-misses", "1", "process simulated", {"DLmw"}, NO_LINE, "of stores"},
    {"memory-bytes",
     "byte",
     "process simulated",
     {"ILmr", "DLmr", "DLmw"},
     LAST_LINE,
     "fetched from memory; nothing is told of what is written back"},
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

static int probe(char *version, size_t room, struct sb_error *err)
{
    char path[PATH_MAX];
    if (!sb_mark_valgrind) {
        return sb_fail(err, SB_EABSENT,
                       "this runner was built without valgrind's headers, or with a sanitizer: "
                       "apt-get install valgrind, and build a release");
    }
    if (sb_process_which(path, sizeof path, "valgrind", NULL) != 0) {
        return sb_fail(err, SB_EABSENT, "valgrind is not installed: apt-get install valgrind");
    }
    return sb_tool_version(version, room, "valgrind", err);
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

/* What waits for other threads is not the kernel's work, and differs from run to run; the runner's calls are not either. */
static bool is_kernels(const char *object, const struct sb_again *again, bool *out_waits)
{
    static const char *const waiting[] = {"/libgomp.so", "/libomp.so", "/libiomp5.so", NULL};
    const char *slash = strrchr(object, '/');
    *out_waits = false;
    for (int i = 0; slash && waiting[i]; ++i) {
        *out_waits = *out_waits || strncmp(slash, waiting[i], strlen(waiting[i])) == 0;
    }
    return !*out_waits && strcmp(object, again->runner) != 0;
}

struct counted {
    uint64_t of[SB_CALLGRIND_EVENTS];
    bool threads; /* OpenMP's library ran */
};

static void add_up(struct counted *out, const struct sb_callgrind *costs,
                   const struct sb_again *again)
{
    *out = (struct counted){0};
    for (int i = 0; i < costs->objects; ++i) {
        const struct sb_callgrind_object *object = &costs->object[i];
        bool waits = false;
        const bool ours = is_kernels(object->path, again, &waits);
        for (int e = 0; ours && e < costs->events; ++e) {
            out->of[e] += object->cost[e];
        }
        out->threads = out->threads || waits;
    }
}

static json_t *tell_events(const struct sb_again *again, const struct sb_callgrind *costs,
                           const struct counted *counted, const struct sb_caches *caches)
{
    json_t *events = json_array();
    for (size_t i = 0; i < KNOWN; ++i) {
        double value = 0;
        for (int k = 0; k < 4 && known[i].of[k]; ++k) {
            const int e = sb_callgrind_event(costs, known[i].of[k]);
            value += e >= 0 ? (double)counted->of[e] : 0;
        }
        value *= known[i].line == FIRST_LINE  ? caches->first_data.line_bytes
                 : known[i].line == LAST_LINE ? caches->last.line_bytes
                                              : 1;
        for (int a = 0; again->events[a]; ++a) {
            if (strcmp(again->events[a], known[i].name) == 0) {
                struct sb_counter_event event;
                describe(&event, &known[i]);
                json_array_append_new(events, sb_tool_event(&event, value));
            }
        }
    }
    return events;
}

/* Valgrind knows no AVX-512 (through 3.27): code of the level below, which is also the same on every runner. SB_EABSENT. */
static int choose_target(const char **out, const struct sb_again *again, struct sb_error *err)
{
    static const char *const narrower[] = {"x86-64-v3", "x86-64-v2", "x86-64"};
    struct sb_cpu_target target;
    const bool wide =
        strcmp(again->target, "native") == 0 || strcmp(again->target, "x86-64-v4") == 0;
    *out = again->target;
    for (size_t i = 0; wide && i < sizeof narrower / sizeof *narrower; ++i) {
        if (sb_cpu_target_parse(&target, narrower[i]) && !target.emulated) {
            *out = narrower[i];
            return 0;
        }
    }
    return sb_cpu_target_parse(&target, again->target) && target.emulated
               ? sb_fail(err, SB_EABSENT,
                         "it counts this processor's code, and target %s is emulated here: ask "
                         "qemu_plugin",
                         again->target)
               : 0;
}

/* Without valgrind, so that the code is in the cache: compiling leaves another heap, and other lines in the caches. */
static int compile_first(const struct sb_again *again, const char *parent, struct sb_error *err)
{
    const char *const argv[] = {again->runner, "--parent",      parent,
                                "--counted",   again->job_file, NULL};
    return sb_tool_run(NULL, argv, "no tool", again, err);
}

static int run(const struct sb_again *again, const struct sb_caches *caches, const char *file,
               struct sb_error *err)
{
    const struct sb_cache_shape *shape[] = {&caches->first_code, &caches->first_data,
                                            &caches->last};
    static const char *const names[] = {"I1", "D1", "LL"};
    char cache[3][64];
    char out[PATH_MAX + 32];
    char log[PATH_MAX + 32];
    char parent[24];
    for (int i = 0; i < 3; ++i) {
        snprintf(cache[i], sizeof cache[i], "--%s=%lld,%d,%d", names[i], shape[i]->bytes,
                 shape[i]->ways, shape[i]->line_bytes);
    }
    snprintf(out, sizeof out, "--callgrind-out-file=%s", file);
    snprintf(log, sizeof log, "--log-file=%s/valgrind.log", again->folder);
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {"valgrind",
                                "--command-line-only=yes",
                                "--tool=callgrind",
                                log,
                                out,
                                "--instr-atstart=no",
                                "--cache-sim=yes",
                                "--branch-sim=yes",
                                "--compress-strings=no",
                                "--compress-pos=no",
                                cache[0],
                                cache[1],
                                cache[2],
                                again->runner,
                                "--parent",
                                parent,
                                "--counted",
                                again->job_file,
                                NULL};
    const int code = compile_first(again, parent, err);
    return code != 0 ? code : sb_tool_run(NULL, argv, "valgrind", again, err);
}

static json_t *tell(const struct sb_again *again, const struct sb_callgrind *costs,
                    const struct sb_caches *caches, const char *target)
{
    struct counted counted;
    char note[700];
    add_up(&counted, costs, again);
    snprintf(
        note, sizeof note,
        "code for %s; simulated: first data cache %lld bytes in %d ways, last cache %lld bytes "
        "in %d ways%s%s%s",
        target, caches->first_data.bytes, caches->first_data.ways, caches->last.bytes,
        caches->last.ways, caches->note[0] ? ", where " : "", caches->note,
        counted.threads ? "; all threads share them and take turns, so misses vary by a few; "
                          "OpenMP's library, where threads wait, is left out"
                        : "");
    return json_pack("{s:o,s:s}", "events", tell_events(again, costs, &counted, caches), "note",
                     note);
}

/* The region is the first dump, "<file>.1"; what the process has at its end goes to the file itself. */
static int again(json_t **out, const struct sb_again *again, struct sb_error *err)
{
    struct sb_caches caches;
    struct sb_callgrind costs = {0};
    const char *target = NULL;
    char file[PATH_MAX];
    char region[PATH_MAX + 8];
    char *text = NULL;
    size_t length = 0;
    int code = sb_caches_here(&caches, err);
    code = code != 0 ? code : choose_target(&target, again, err);
    code = code != 0 ? code : sb_fs_join(file, sizeof file, again->folder, "callgrind.out", err);
    code = code != 0 ? code : sb_tool_job(again, NULL, json_pack("{s:s}", "target", target), err);
    code = code != 0 ? code : run(again, &caches, file, err);
    snprintf(region, sizeof region, "%s.1", file);
    code = code != 0 ? code : sb_fs_read(&text, &length, region, err);
    code = code != 0 ? code : sb_callgrind_parse(&costs, text, length, err);
    if (code == 0) {
        *out = tell(again, &costs, &caches, target);
    }
    sb_callgrind_free(&costs);
    free(text);
    return code;
}

static const char *const usual[] = {"instructions", "loads",         "stores",
                                    "branches",     "branch-misses", "d1-misses",
                                    "d1-bytes",     "memory-bytes",  NULL};

const struct sb_counter_source sb_counter_source_callgrind = {
    .name = "callgrind",
    .title = "Valgrind: exact instructions and accesses of the kernel, simulated caches",
    .scope = "simulated",
    .backends = (const char *const[]){"cpu", NULL},
    .usual = usual,
    .probe = probe,
    .list = list,
    .again = again,
};
