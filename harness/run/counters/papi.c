/* SPDX-License-Identifier: Apache-2.0 */
/* PAPI: its presets, and what its components count. A list of PAPI's proves nothing: an event is here once it was added, started and read
 * (7.2 lists thirty presets on machines without counters). */
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/papi/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS_MOST 32
#define TRIED_MOST                                                                                 \
    256 /* events of a component, until one counts: perf_event begins with those of the processor */

struct sb_counting {
    const struct sb_papi *papi;
    int *set; /* [sets], of a thread each; one where the component follows none */
    int sets;
    struct sb_papi_known event[EVENTS_MOST];
    int events;
    long long *before; /* [sets][events] */
};

static void close_sets(struct sb_counting *counting)
{
    for (int i = 0; counting && i < counting->sets; ++i) {
        long long ignored[EVENTS_MOST];
        (void)counting->papi->stop(counting->set[i], ignored);
        (void)counting->papi->cleanup_eventset(counting->set[i]);
        (void)counting->papi->destroy_eventset(&counting->set[i]);
    }
    if (counting) {
        free(counting->set);
        free(counting->before);
    }
    free(counting);
}

/* A set for @p thread with the first @p events; PAPI's code. ≥ 0: how many were added. */
static int make_set(struct sb_counting *counting, pid_t thread, int events)
{
    const struct sb_papi *papi = counting->papi;
    int *set = &counting->set[counting->sets];
    *set = SB_PAPI_NULL;
    int code = papi->create_eventset(set);
    if (code != SB_PAPI_OK) {
        return code;
    }
    counting->sets++;
    code = papi->assign_eventset_component(*set, counting->event[0].component);
    if (code == SB_PAPI_OK && thread != 0) {
        code = papi->attach(*set, (unsigned long)thread);
    }
    int added = 0;
    while (code == SB_PAPI_OK && added < events) {
        code = papi->add_event(*set, counting->event[added].code);
        added += code == SB_PAPI_OK;
    }
    return added > 0 ? added : code;
}

static void drop_set(struct sb_counting *counting)
{
    int *set = &counting->set[--counting->sets];
    (void)counting->papi->cleanup_eventset(*set);
    (void)counting->papi->destroy_eventset(set);
}

/* Counts a moment: the proof. PAPI's code. */
static int try_set(const struct sb_counting *counting)
{
    long long values[EVENTS_MOST];
    int code = counting->papi->start(counting->set[0]);
    if (code == SB_PAPI_OK) {
        code = counting->papi->read(counting->set[0], values);
        const int stopped = counting->papi->stop(counting->set[0], values);
        code = code != SB_PAPI_OK ? code : stopped;
    }
    return code;
}

/* The set of this thread, with as many events as count at once. ≥ 1, or PAPI's code. */
static int make_first(struct sb_counting *counting, int events)
{
    int code = SB_PAPI_ECNFLCT;
    while (events > 0) {
        const int added = make_set(counting, 0, events);
        code = added > 0 ? try_set(counting) : added;
        if (code == SB_PAPI_OK) {
            return added;
        }
        if (counting->sets > 0) {
            drop_set(counting);
        }
        events = added > 0 ? added - 1 : 0;
    }
    return code;
}

static bool has_ended(pid_t thread)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld", (long)thread);
    return access(path, F_OK) != 0;
}

/* The sets of other threads, where the component follows threads. 0, or SB_EABSENT: it does, and does not let these be followed (7.3
 * asks the processor's counters for permission, even for events of the kernel). */
static int make_others(struct sb_counting *counting, const struct sb_counting_target *target,
                       struct sb_error *err)
{
    for (int t = 1; t < target->thread_count; ++t) {
        const int before = counting->sets;
        const int added = make_set(counting, target->threads[t], counting->events);
        if (added == counting->events) {
            continue;
        }
        if (counting->sets > before) {
            drop_set(counting);
        }
        if (added == SB_PAPI_ECMP || added == SB_PAPI_ENOSUPP || added == SB_PAPI_ENOIMPL) {
            return 0; /* it counts something else than threads */
        }
        if (!has_ended(target->threads[t])) {
            return sb_fail(err, SB_EABSENT,
                           "PAPI counts one thread and cannot attach to the %d others (%s): ask "
                           "for one thread, or use perf_event",
                           target->thread_count - 1,
                           counting->papi->strerror(added > 0 ? SB_PAPI_ECNFLCT : added));
        }
    }
    return 0;
}

static struct sb_counting *make(const struct sb_papi *papi, int threads)
{
    struct sb_counting *counting = calloc(1, sizeof *counting);
    if (counting) {
        counting->papi = papi;
        counting->set = calloc((size_t)threads + 1, sizeof *counting->set);
        counting->before = calloc((size_t)threads + 1, EVENTS_MOST * sizeof *counting->before);
    }
    if (counting && (!counting->set || !counting->before)) {
        close_sets(counting);
        counting = NULL;
    }
    return counting;
}

static int open_sets(struct sb_counting **out, int *out_taken, const char *const *names, int count,
                     const struct sb_counting_target *target, struct sb_error *err)
{
    const struct sb_papi *papi = NULL;
    int code = sb_papi_get(&papi, err);
    struct sb_counting *counting = code == 0 ? make(papi, target->thread_count) : NULL;
    if (!counting) {
        return code != 0 ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int wanted = 0;
    for (int i = 0; code == 0 && i < count && i < EVENTS_MOST; ++i) {
        code = sb_papi_event_find(&counting->event[i], papi, names[i], i == 0 ? err : NULL);
        code = code == 0 && counting->event[i].component != counting->event[0].component ? 1 : code;
        wanted += code == 0; /* those of another component wait for the next pass */
    }
    if (wanted == 0) {
        close_sets(counting);
        return code;
    }
    const int added = make_first(counting, wanted);
    if (added <= 0) {
        code = sb_papi_refused(papi, names[0], counting->event[0].component, added, err);
        close_sets(counting);
        return code;
    }
    counting->events = added;
    code = make_others(counting, target, err);
    if (code != 0) {
        close_sets(counting);
        return code;
    }
    *out = counting;
    *out_taken = added;
    return 0;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    for (int i = 0; i < counting->sets; ++i) {
        int code = counting->papi->start(counting->set[i]);
        if (code == SB_PAPI_OK) { /* some components go on from where they stood */
            code = counting->papi->read(counting->set[i], counting->before + i * EVENTS_MOST);
        }
        if (code != SB_PAPI_OK && i == 0) {
            return sb_fail(err, SB_EDEVICE, "PAPI does not start to count: %s (%d)",
                           counting->papi->strerror(code), code);
        }
    }
    return 0;
}

static double number(const struct sb_papi_known *event, long long bits)
{
    double real = 0;
    memcpy(&real, &bits, sizeof real);
    return event->real ? real : (double)bits;
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    for (int e = 0; e < counting->events; ++e) {
        out[e] = (struct sb_count){.running = 1};
    }
    for (int i = 0; i < counting->sets; ++i) {
        long long after[EVENTS_MOST];
        const int code = counting->papi->stop(counting->set[i], after);
        if (code != SB_PAPI_OK && i == 0) {
            return sb_fail(err, SB_EDEVICE, "PAPI does not tell what it counted: %s (%d)",
                           counting->papi->strerror(code), code);
        }
        for (int e = 0; code == SB_PAPI_OK && e < counting->events; ++e) {
            const struct sb_papi_known *event = &counting->event[e];
            const double before =
                event->told.level ? 0 : number(event, counting->before[i * EVENTS_MOST + e]);
            out[e].value += (number(event, after[e]) - before) * event->scale;
        }
    }
    for (int e = 0; e < counting->events; ++e) {
        if (out[e].value < 0 && !counting->event[e].told.level) {
            snprintf(out[e].fault, sizeof out[e].fault,
                     "the counter overflowed within the window: choose a smaller preset");
        }
    }
    return 0;
}

/* Opens it for this thread alone. */
static int try_name(const char *name, struct sb_error *err)
{
    const pid_t self = getpid();
    const struct sb_counting_target target = {.threads = &self, .thread_count = 1, .root = ""};
    struct sb_counting *counting = NULL;
    int taken = 0;
    const int code = open_sets(&counting, &taken, &name, 1, &target, err);
    close_sets(counting);
    return code;
}

static int describe(struct sb_counter_event *out, const char *name, struct sb_error *err)
{
    const struct sb_papi *papi = NULL;
    struct sb_papi_known known = {0};
    int code = sb_papi_get(&papi, err);
    code = code != 0 ? code : sb_papi_event_find(&known, papi, name, err);
    code = code != 0 ? code : try_name(name, err);
    *out = known.told;
    return code;
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    const struct sb_papi *papi = NULL;
    const int code = sb_papi_get(&papi, err);
    return code != 0 ? code : sb_papi_event_list(each, payload, papi);
}

static bool counts(const struct sb_papi *papi, int component)
{
    int event = SB_PAPI_NATIVE;
    bool here = false;
    int more = papi->enum_cmp_event(&event, SB_PAPI_ENUM_FIRST, component);
    for (int i = 0; !here && more == SB_PAPI_OK && i < TRIED_MOST; ++i) {
        char name[1024] = "";
        here = papi->event_code_to_name(event, name) == SB_PAPI_OK && try_name(name, NULL) == 0;
        more = papi->enum_cmp_event(&event, SB_PAPI_ENUM_EVENTS, component);
    }
    return here;
}

static int probe(char *version, size_t room, struct sb_error *err)
{
    const struct sb_papi *papi = NULL;
    const int code = sb_papi_get(&papi, err);
    if (code != 0) {
        return code;
    }
    char why[260] = "";
    snprintf(version, room, "PAPI %d.%d.%d", papi->version >> 24, papi->version >> 16 & 255,
             papi->version >> 8 & 255);
    for (int i = 0; i < papi->num_components(); ++i) {
        const struct sb_papi_component *component = papi->get_component_info(i);
        if (component && !sb_papi_is_off(component) && counts(papi, i)) {
            return 0;
        }
        const size_t used = strlen(why);
        if (component && sb_papi_is_off(component) && used < sizeof why / 2) {
            snprintf(why + used, sizeof why - used, "%s%.30s: %.90s", used ? "; " : "",
                     component->name, component->disabled_reason);
        }
    }
    why[strcspn(why, "\n")] = '\0';
    return sb_fail(err, SB_EABSENT,
                   "%s counts nothing here (%s): run where the processor has counters, or enable a "
                   "component",
                   version, *why ? why : "none of what it lists");
}

static const char *const usual[] = {
    "PAPI_TOT_CYC", "PAPI_TOT_INS", "PAPI_BR_MSP", "PAPI_L1_DCM",      "PAPI_L2_DCM",
    "PAPI_L3_TCM",  "PAPI_TLB_DM",  "PAPI_DP_OPS", "perf::TASK-CLOCK", NULL};

const struct sb_counter_source sb_counter_source_papi = {
    .name = "papi",
    .title = "PAPI: presets, and the native events of its components",
    .scope = "thread",
    .usual = usual,
    .probe = probe,
    .list = list,
    .event = describe,
    .open = open_sets,
    .start = start,
    .stop = stop,
    .close = close_sets,
};
