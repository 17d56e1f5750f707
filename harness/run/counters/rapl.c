/* SPDX-License-Identifier: Apache-2.0 */
/* RAPL: energy of sockets and memory, of all sockets together, read at both ends of a window. */
#include "harness/run/counting/rapl.h"
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/energy.h"
#include "harness/run/counting/sysfs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An event is a sum over domains. */
struct known {
    const char *name, *unit, *help;
    unsigned domains; /* 1 << enum sb_rapl_domain */
    unsigned needed;  /* those without which there is no such event */
    bool level;
};
#define ONLY(domain) .domains = 1U << (domain), .needed = 1U << (domain)
#define OUTERMOST                                                                                  \
    .domains = 1U << SB_RAPL_PACKAGE | 1U << SB_RAPL_DRAM, .needed = 1U << SB_RAPL_PACKAGE
static const struct known known[] = {
    {"package", "J", "the sockets: cores, caches, memory controllers", ONLY(SB_RAPL_PACKAGE),
     false},
    {"dram", "J", "the memory, which is no part of package", ONLY(SB_RAPL_DRAM), false},
    {"core", "J", "the cores: part of package", ONLY(SB_RAPL_CORE), false},
    {"uncore", "J", "graphics of the socket: part of package", ONLY(SB_RAPL_UNCORE), false},
    {"psys", "J", "the platform: package and dram are part of it", ONLY(SB_RAPL_PSYS), false},
    {"energy", "J", "package and, where it is told, dram", OUTERMOST, false},
    {"power", "W", "mean power of package and, where it is told, dram", OUTERMOST, true},
};
#define KNOWN (sizeof known / sizeof *known)

struct sb_counting {
    struct sb_rapl rapl;
    uint64_t before[SB_RAPL_COUNTERS];
    uint64_t begun_ns;
    const struct known *event[KNOWN];
    int events;
};

static int probe(char *version, size_t room, struct sb_error *err)
{
    struct sb_rapl rapl;
    const char *root = sb_sysfs_root();
    const int code = sb_rapl_open(&rapl, root, err);
    if (code == 0) {
        snprintf(version, room, "%s, %d counters%s%.60s", rapl.through, rapl.count,
                 *root ? ", recorded in " : "", root);
        sb_rapl_close(&rapl);
    }
    return code;
}

static void describe(struct sb_counter_event *out, const struct known *event)
{
    *out = (struct sb_counter_event){.level = event->level};
    snprintf(out->name, sizeof out->name, "%s", event->name);
    snprintf(out->unit, sizeof out->unit, "%s", event->unit);
    snprintf(out->tags, sizeof out->tags, "socket");
    snprintf(out->help, sizeof out->help, "%s", event->help);
}

/* Why a part of the event's sum cannot be read; NULL: all of it can. */
static const char *missing(const struct sb_rapl *rapl, const struct known *event)
{
    for (int d = 0; d < SB_RAPL_DOMAINS; ++d) {
        if (event->domains >> d & 1 && rapl->missing[d][0]) {
            return rapl->missing[d];
        }
    }
    return NULL;
}

static bool is_here(const struct sb_rapl *rapl, const struct known *event)
{
    for (int d = 0; d < SB_RAPL_DOMAINS; ++d) {
        if (event->needed >> d & 1 && !sb_rapl_has(rapl, (enum sb_rapl_domain)d)) {
            return false;
        }
    }
    return true;
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    struct sb_rapl rapl;
    int code = sb_rapl_open(&rapl, sb_sysfs_root(), err);
    for (size_t i = 0; code == 0 && i < KNOWN; ++i) {
        struct sb_counter_event event;
        describe(&event, &known[i]);
        code = is_here(&rapl, &known[i]) && !missing(&rapl, &known[i]) ? each(&event, payload) : 0;
    }
    sb_rapl_close(&rapl);
    return code;
}

static const char *name_at(int i, const void *payload)
{
    (void)payload;
    return known[i].name;
}

static int find(const struct known **out, const struct sb_rapl *rapl, const char *name,
                struct sb_error *err)
{
    for (size_t i = 0; i < KNOWN; ++i) {
        if (strcmp(known[i].name, name) != 0) {
            continue;
        }
        *out = &known[i];
        const char *why = missing(rapl, *out);
        if (why) {
            return sb_fail(err, SB_EABSENT, "a part of rapl's '%s' cannot be read: %s", name, why);
        }
        return is_here(rapl, *out)
                   ? 0
                   : sb_fail(err, SB_EABSENT, "this machine's processor tells no energy of %s",
                             name);
    }
    const char *near = sb_text_closest(name, (int)KNOWN, name_at, NULL);
    return sb_fail(err, SB_ENOTFOUND,
                   near ? "rapl has no event '%s'; did you mean '%s'?"
                        : "rapl has no event '%s'; 'switchbench list counters rapl' shows them",
                   name, near);
}

static int event(struct sb_counter_event *out, const char *name, struct sb_error *err)
{
    struct sb_rapl rapl;
    const struct known *found = NULL;
    int code = sb_rapl_open(&rapl, sb_sysfs_root(), err);
    code = code != 0 ? code : find(&found, &rapl, name, err);
    if (code == 0) {
        describe(out, found);
    }
    sb_rapl_close(&rapl);
    return code;
}

static void close_rapl(struct sb_counting *counting)
{
    if (counting) {
        sb_rapl_close(&counting->rapl);
    }
    free(counting);
}

static int open_rapl(struct sb_counting **out, int *out_taken, const char *const *names, int count,
                     const struct sb_counting_target *target, struct sb_error *err)
{
    struct sb_counting *counting = calloc(1, sizeof *counting);
    if (!counting) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = sb_rapl_open(&counting->rapl, target->root, err);
    struct sb_error later;
    for (int i = 0; code == 0 && i < count && i < (int)KNOWN; ++i) {
        code = find(&counting->event[i], &counting->rapl, names[i], i == 0 ? err : &later);
        counting->events += code == 0;
    }
    if (counting->events == 0) {
        close_rapl(counting);
        return code;
    }
    *out = counting;
    *out_taken = counting->events;
    return 0;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < counting->rapl.count; ++i) {
        code = sb_rapl_read(&counting->before[i], &counting->rapl.counter[i], err);
    }
    counting->begun_ns = sb_process_now_ns();
    return code;
}

static void add_up(struct sb_count *out, const struct known *event,
                   const struct sb_counting *counting, const uint64_t *after, double window_s)
{
    *out = (struct sb_count){.running = 1};
    for (int i = 0; i < counting->rapl.count && !out->fault[0]; ++i) {
        const struct sb_rapl_counter *counter = &counting->rapl.counter[i];
        if (event->domains >> counter->domain & 1) {
            const struct sb_energy_window window = {.before = counting->before[i],
                                                    .after = after[i],
                                                    .range = counter->range,
                                                    .unit_J = counter->unit_J,
                                                    .window_s = window_s,
                                                    .rated_W = counter->rated_W};
            out->value += sb_energy_advance(out->fault, sizeof out->fault, &window);
        }
    }
    out->value = event->level ? out->value / window_s : out->value;
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    uint64_t after[SB_RAPL_COUNTERS];
    const double window_s = (double)(sb_process_now_ns() - counting->begun_ns) * 1e-9;
    for (int i = 0; i < counting->rapl.count; ++i) {
        const int code = sb_rapl_read(&after[i], &counting->rapl.counter[i], err);
        if (code != 0) {
            return code;
        }
    }
    for (int e = 0; e < counting->events; ++e) {
        add_up(&out[e], counting->event[e], counting, after, window_s);
    }
    return 0;
}

const struct sb_counter_source sb_counter_source_rapl = {
    .name = "rapl",
    .title = "RAPL: energy of x86 sockets and their memory",
    .scope = "socket",
    .usual = (const char *const[]){"package", "dram", "power", NULL}, /* nothing twice */
    .automatic = true,
    .window_s = 0.1, /* counters tick each ms: 1 % of the window */
    .idles = true,
    .probe = probe,
    .list = list,
    .event = event,
    .open = open_rapl,
    .start = start,
    .stop = stop,
    .close = close_rapl,
};
