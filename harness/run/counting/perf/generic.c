/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/perf/event.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

struct known {
    const char *name, *unit, *tags, *help;
    uint32_t type;
    uint64_t config;
    bool kernel_only;
};
#define HARDWARE(name, tags, config, help)                                                         \
    {name, "1", tags, help, PERF_TYPE_HARDWARE, config, false}
#define SOFTWARE(name, unit, config, kernel_only, help)                                            \
    {name, unit, "exact thread", help, PERF_TYPE_SOFTWARE, config, kernel_only}
static const struct known known[] = {
    HARDWARE("cycles", "thread", PERF_COUNT_HW_CPU_CYCLES, "of the core's clock, while not halted"),
    HARDWARE("instructions", "retired thread", PERF_COUNT_HW_INSTRUCTIONS, "retired"),
    HARDWARE("ref-cycles", "thread", PERF_COUNT_HW_REF_CPU_CYCLES,
             "of a clock that does not scale"),
    HARDWARE("bus-cycles", "thread", PERF_COUNT_HW_BUS_CYCLES, "of the bus or reference clock"),
    HARDWARE("branches", "retired thread", PERF_COUNT_HW_BRANCH_INSTRUCTIONS,
             "branch instructions"),
    HARDWARE("branch-misses", "retired thread", PERF_COUNT_HW_BRANCH_MISSES,
             "mispredicted branches"),
    HARDWARE("cache-references", "thread", PERF_COUNT_HW_CACHE_REFERENCES,
             "as a rule of the last-level cache"),
    HARDWARE("cache-misses", "thread", PERF_COUNT_HW_CACHE_MISSES,
             "as a rule of the last-level cache"),
    HARDWARE("stalled-cycles-frontend", "thread", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND,
             "no instruction to issue"),
    HARDWARE("stalled-cycles-backend", "thread", PERF_COUNT_HW_STALLED_CYCLES_BACKEND,
             "waiting for data or units"),
    SOFTWARE("task-clock", "ns", PERF_COUNT_SW_TASK_CLOCK, false,
             "time on a CPU, summed over threads"),
    SOFTWARE("page-faults", "1", PERF_COUNT_SW_PAGE_FAULTS, false, "minor and major"),
    SOFTWARE("minor-faults", "1", PERF_COUNT_SW_PAGE_FAULTS_MIN, false, "that needed no disk"),
    SOFTWARE("major-faults", "1", PERF_COUNT_SW_PAGE_FAULTS_MAJ, false, "that waited for a disk"),
    SOFTWARE("context-switches", "1", PERF_COUNT_SW_CONTEXT_SWITCHES, true,
             "another thread took the CPU"),
    SOFTWARE("cpu-migrations", "1", PERF_COUNT_SW_CPU_MIGRATIONS, true, "moved to another CPU"),
    SOFTWARE("alignment-faults", "1", PERF_COUNT_SW_ALIGNMENT_FAULTS, false,
             "handled by the kernel"),
    SOFTWARE("emulation-faults", "1", PERF_COUNT_SW_EMULATION_FAULTS, false,
             "instructions that the kernel emulated"),
};
#define KNOWN (sizeof known / sizeof *known)

/* perf_event_open(2), PERF_TYPE_HW_CACHE: config is cache | operation << 8 | result << 16. */
static const struct {
    const char *name, *help;
    uint64_t id;
    bool writes, prefetches;
} caches[] = {
    {"L1-dcache", "the first-level data cache", PERF_COUNT_HW_CACHE_L1D, true, true},
    {"L1-icache", "the first-level instruction cache", PERF_COUNT_HW_CACHE_L1I, false, true},
    {"LLC", "the last-level cache", PERF_COUNT_HW_CACHE_LL, true, true},
    {"dTLB", "the translation buffer for data", PERF_COUNT_HW_CACHE_DTLB, true, true},
    {"iTLB", "the translation buffer for instructions", PERF_COUNT_HW_CACHE_ITLB, false, false},
    {"branch", "the branch predictor", PERF_COUNT_HW_CACHE_BPU, false, false},
    {"node", "the memory of the own NUMA node", PERF_COUNT_HW_CACHE_NODE, true, true},
};
static const struct {
    const char *one, *many, *help;
    uint64_t id;
} operations[] = {
    {"load", "loads", "loads", PERF_COUNT_HW_CACHE_OP_READ},
    {"store", "stores", "stores", PERF_COUNT_HW_CACHE_OP_WRITE},
    {"prefetch", "prefetches", "prefetches", PERF_COUNT_HW_CACHE_OP_PREFETCH},
};

static struct sb_perf_event of_known(const struct known *row)
{
    struct sb_perf_event event = {.kind = row->type == PERF_TYPE_SOFTWARE ? SB_PERF_SOFTWARE
                                                                          : SB_PERF_CORE,
                                  .config = {row->config},
                                  .type = {row->type},
                                  .boxes = 1,
                                  .scale = 1,
                                  .kernel_only = row->kernel_only};
    TEXT(event.told.name, "%s", row->name);
    TEXT(event.told.unit, "%s", row->unit);
    TEXT(event.told.tags, "%s", row->tags);
    TEXT(event.told.help, "%s", row->help);
    return event;
}

static struct sb_perf_event of_cache(size_t c, size_t o, bool misses)
{
    struct sb_perf_event event = {
        .kind = SB_PERF_CORE, .type = {PERF_TYPE_HW_CACHE}, .boxes = 1, .scale = 1};
    const uint64_t result =
        misses ? PERF_COUNT_HW_CACHE_RESULT_MISS : PERF_COUNT_HW_CACHE_RESULT_ACCESS;
    event.config[0] = caches[c].id | operations[o].id << 8 | result << 16;
    TEXT(event.told.name, "%s-%s%s", caches[c].name,
         misses ? operations[o].one : operations[o].many, misses ? "-misses" : "");
    TEXT(event.told.unit, "1");
    TEXT(event.told.tags, "thread");
    TEXT(event.told.help, "%s that %s %s", operations[o].help, misses ? "missed" : "asked",
         caches[c].help);
    return event;
}

/* Calls @p each for every one; stops at the first non-zero return, and returns it. */
static int walk(int (*each)(const struct sb_perf_event *event, void *payload), void *payload)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < KNOWN; ++i) {
        const struct sb_perf_event event = of_known(&known[i]);
        code = each(&event, payload);
    }
    for (size_t i = 0; code == 0 && i < sizeof caches / sizeof *caches * 6; ++i) {
        const size_t c = i / 6;
        const size_t o = i / 2 % 3;
        if ((o == 1 && !caches[c].writes) || (o == 2 && !caches[c].prefetches)) {
            continue;
        }
        const struct sb_perf_event event = of_cache(c, o, i % 2);
        code = each(&event, payload);
    }
    return code;
}

struct search {
    const char *name;
    struct sb_perf_event *found;
};

static int compare(const struct sb_perf_event *event, void *payload)
{
    const struct search *search = payload;
    if (strcmp(event->told.name, search->name) != 0) {
        return 0;
    }
    *search->found = *event;
    return 1;
}

static bool is_raw(const char *name)
{
    const size_t digits = name[0] == 'r' ? strspn(name + 1, "0123456789abcdefABCDEF") : 0;
    return digits > 0 && digits <= 16 && !name[1 + digits];
}

int sb_perf_generic_find(struct sb_perf_event *out, const char *name)
{
    if (is_raw(name)) {
        *out = (struct sb_perf_event){.kind = SB_PERF_CORE,
                                      .config = {strtoull(name + 1, NULL, 16)},
                                      .type = {PERF_TYPE_RAW},
                                      .boxes = 1,
                                      .scale = 1};
        TEXT(out->told.name, "%s", name);
        TEXT(out->told.unit, "1");
        TEXT(out->told.tags, "thread");
        TEXT(out->told.help, "as the processor's manual codes it");
        return 0;
    }
    struct search search = {name, out};
    return walk(compare, &search) == 1 ? 0 : SB_ENOTFOUND;
}

struct listing {
    int (*each)(const struct sb_counter_event *event, void *payload);
    void *payload;
};

static int tell(const struct sb_perf_event *event, void *payload)
{
    const struct listing *listing = payload;
    return listing->each(&event->told, listing->payload);
}

int sb_perf_generic_list(int (*each)(const struct sb_counter_event *event, void *payload),
                         void *payload)
{
    struct listing listing = {each, payload};
    return walk(tell, &listing);
}
