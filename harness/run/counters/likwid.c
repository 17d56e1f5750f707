/* SPDX-License-Identifier: Apache-2.0 */
/* LIKWID: the event groups that it has for this processor, without markers in the code. Counts cores, whoever runs on them. */
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/likwid/groups.h"
#include "harness/run/counting/sysfs.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST 64
#define CPUS_MOST 1024

struct sb_counting {
    const struct sb_likwid *likwid;
    int id, cpus;
    int events;
    struct sb_likwid_event event[EVENTS_MOST];
};

static int ready(const struct sb_likwid **out, struct sb_error *err)
{
    const int code = sb_likwid_get(out, err);
    return code != 0 ? code : sb_likwid_reaches(*out, sb_sysfs_root(), err);
}

/* Starts LIKWID's counting of @p group on these CPUs. ≥ 0: the group's number. SB_EABSENT. */
static int begin(const struct sb_likwid *likwid, const char *group, const int *cpus, int count,
                 struct sb_error *err)
{
    static bool once;
    if (!once) {
        once = true;
        (void)likwid->numa_init();
        likwid->affinity_init(); /* for what is outside the cores */
        likwid->perfmon_setVerbosity(0);
    }
    if (likwid->perfmon_init(count, cpus) < 0) {
        return sb_fail(err, SB_EABSENT,
                       "LIKWID cannot reach the counters: 'likwid-perfctr -i' says more; its "
                       "access daemon needs its rights (setuid), or ACCESSMODE=perf_event");
    }
    const int id = likwid->perfmon_addEventSet(group);
    if (id < 0 || likwid->perfmon_setupCounters(id) < 0) {
        likwid->perfmon_finalize();
        return sb_fail(err, SB_EABSENT,
                       "LIKWID cannot set up its group %s here: 'likwid-perfctr -g %s' says why",
                       group, group);
    }
    return id;
}

static void close_group(struct sb_counting *counting)
{
    if (counting && counting->id >= 0) {
        counting->likwid->perfmon_finalize();
    }
    free(counting);
}

struct search {
    const char *name;
    struct sb_likwid_event *found;
    int least; /* distance of the closest so far */
    char near[SB_EVENT_NAME];
};

static int look_at(const struct sb_likwid_event *event, void *payload)
{
    struct search *search = payload;
    const int distance = sb_text_distance(search->name, event->told.name);
    if (distance < search->least) {
        search->least = distance;
        memcpy(search->near, event->told.name, sizeof search->near);
    }
    *search->found = distance == 0 ? *event : *search->found;
    return distance == 0;
}

/* The event of that name of an open group. */
static int find(struct sb_likwid_event *out, const struct sb_likwid *likwid, int id,
                const char *group, const char *name, struct sb_error *err)
{
    struct search search = {.name = name, .found = out, .least = (int)(strlen(name) / 3) + 1};
    if (sb_likwid_walk(look_at, &search, likwid, id, group) == 1) {
        return 0;
    }
    return sb_fail(err, SB_ENOTFOUND,
                   search.near[0] ? "likwid has no event '%s'; did you mean '%s'?"
                                  : "likwid has no event '%s'; 'switchbench list counters %s' "
                                    "shows them",
                   name, search.near[0] ? search.near : "likwid");
}

static int no_group(const char *name, struct sb_error *err)
{
    return sb_fail(err, SB_ENOTFOUND,
                   "likwid has no event '%s': expected GROUP/COUNTER or GROUP/METRIC; 'switchbench "
                   "list counters likwid' shows them",
                   name);
}

static int open_group(struct sb_counting **out, int *out_taken, const char *const *names, int count,
                      const struct sb_counting_target *target, struct sb_error *err)
{
    const struct sb_likwid *likwid = NULL;
    char group[64];
    char other[64];
    int code = ready(&likwid, err);
    if (code == 0 && (!sb_likwid_group_of(group, sizeof group, names[0]) ||
                      !sb_likwid_has_group(likwid, group))) {
        return no_group(names[0], err);
    }
    struct sb_counting *counting = code == 0 ? calloc(1, sizeof *counting) : NULL;
    if (!counting) {
        return code != 0 ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    counting->likwid = likwid;
    counting->cpus = target->cpu_count < CPUS_MOST ? target->cpu_count : CPUS_MOST;
    counting->id = begin(likwid, group, target->cpus, counting->cpus, err);
    code = counting->id < 0 ? counting->id : 0;
    for (int i = 0; code == 0 && i < count && i < EVENTS_MOST; ++i) {
        if (!sb_likwid_group_of(other, sizeof other, names[i]) || strcmp(group, other) != 0) {
            break; /* one group a pass */
        }
        code =
            find(&counting->event[i], likwid, counting->id, group, names[i], i == 0 ? err : NULL);
        counting->events += code == 0;
    }
    if (counting->events == 0) {
        close_group(counting);
        return code;
    }
    *out = counting;
    *out_taken = counting->events;
    return 0;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    return counting->likwid->perfmon_startCounters() >= 0
               ? 0
               : sb_fail(err, SB_EDEVICE, "LIKWID does not start to count");
}

/* Sums over the cores; a level is the mean of those that tell one. */
static void read_event(struct sb_count *out, const struct sb_counting *counting,
                       const struct sb_likwid_event *event)
{
    const struct sb_likwid *likwid = counting->likwid;
    int told = 0;
    *out = (struct sb_count){.running = 1};
    for (int cpu = 0; cpu < counting->cpus; ++cpu) {
        const double value = event->metric
                                 ? likwid->perfmon_getLastMetric(counting->id, event->number, cpu)
                                 : likwid->perfmon_getLastResult(counting->id, event->number, cpu);
        out->value += value;
        told += value != 0;
    }
    out->value *= event->factor;
    if (event->per_s) {
        out->value *= likwid->perfmon_getLastTimeOfGroup(counting->id);
    }
    if (event->told.level && told > 1) {
        out->value /= told;
    }
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    if (counting->likwid->perfmon_stopCounters() < 0) {
        return sb_fail(err, SB_EDEVICE, "LIKWID does not tell what it counted");
    }
    for (int e = 0; e < counting->events; ++e) {
        read_event(&out[e], counting, &counting->event[e]);
    }
    return 0;
}

/* Its events are in its groups' files, which LIKWID reads for CPUs that it counts: the first one serves. */
static int describe(struct sb_counter_event *out, const char *name, struct sb_error *err)
{
    const struct sb_likwid *likwid = NULL;
    struct sb_likwid_event event = {0};
    char group[64];
    const int cpu = 0;
    int code = ready(&likwid, err);
    if (code != 0) {
        return code;
    }
    if (!sb_likwid_group_of(group, sizeof group, name) || !sb_likwid_has_group(likwid, group)) {
        return no_group(name, err);
    }
    const int id = begin(likwid, group, &cpu, 1, err);
    if (id < 0) {
        return id;
    }
    code = find(&event, likwid, id, group, name, err);
    likwid->perfmon_finalize();
    *out = event.told;
    return code;
}

struct listing {
    int (*each)(const struct sb_counter_event *event, void *payload);
    void *payload;
};

static int tell(const struct sb_likwid_event *event, void *payload)
{
    const struct listing *listing = payload;
    return listing->each(&event->told, listing->payload);
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    const struct sb_likwid *likwid = NULL;
    struct listing listing = {each, payload};
    char **groups = NULL;
    char **titles = NULL;
    char **texts = NULL;
    const int cpu = 0;
    int code = ready(&likwid, err);
    const int count = code == 0 ? likwid->perfmon_getGroups(&groups, &titles, &texts) : 0;
    for (int i = 0; code == 0 && i < count; ++i) {
        const int id = begin(likwid, groups[i], &cpu, 1, NULL);
        if (id >= 0) { /* else it needs counters that are not here */
            code = sb_likwid_walk(tell, &listing, likwid, id, groups[i]);
            likwid->perfmon_finalize();
        }
    }
    return code;
}

/* Proved by counting a moment in the first group that can. */
static int probe(char *version, size_t room, struct sb_error *err)
{
    const struct sb_likwid *likwid = NULL;
    char **groups = NULL;
    char **titles = NULL;
    char **texts = NULL;
    const int cpu = 0;
    const int code = ready(&likwid, err);
    if (code != 0) {
        return code;
    }
    snprintf(version, room, "LIKWID 5, %s", likwid->get_cpuInfo()->short_name);
    const int count = likwid->perfmon_getGroups(&groups, &titles, &texts);
    int id = count > 0 ? begin(likwid, groups[0], &cpu, 1, err)
                       : sb_fail(err, SB_EABSENT,
                                 "LIKWID has no group for this processor: write "
                                 "one, or use perf_event");
    if (id < 0) {
        return id;
    }
    const bool counts = likwid->perfmon_startCounters() >= 0 && likwid->perfmon_stopCounters() >= 0;
    likwid->perfmon_finalize();
    return counts ? 0
                  : sb_fail(err, SB_EABSENT,
                            "LIKWID's counters do not start: another program may hold them; "
                            "'likwid-perfctr -g %s' says more",
                            groups[0]);
}

static const char *const usual[] = {SB_EVENTS_ALL, NULL};

const struct sb_counter_source sb_counter_source_likwid = {
    .name = "likwid",
    .title = "LIKWID: event groups of the processor, by core",
    .scope = "core",
    .backends = (const char *const[]){"cpu", "opencl", NULL},
    .usual = usual,
    .probe = probe,
    .list = list,
    .event = describe,
    .open = open_group,
    .start = start,
    .stop = stop,
    .close = close_group,
};
