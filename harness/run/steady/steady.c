/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/steady/steady.h"

#include "harness/run/node_files.h"
#include "harness/util/process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SOURCES_MOST 16

struct watched {
    const struct sb_steady_source *source;
    void *state;      /* NULL: it is not here */
    char reason[64];  /* why not */
    double cost_ns;   /* of looking before and after a turn */
    double credit_ns; /* that it may spend */
    bool now;         /* it looks at the turn under way */
    int turns;        /* that it looked at */
};

struct sb_steady {
    struct sb_steady_at at;
    char root[1024];
    struct watched watched[SOURCES_MOST]; /* what costs least first */
    int count;
    int turns, watched_turns, disturbed; /* watched: by any source */
    double wall_ns, spent_ns;            /* of turns; watching them */
    double usage_ns; /* what it costs to ask for the process's own use, before and after */
    bool any;        /* source looks at the turn under way */
    uint64_t begun_ns, began_in_ns;
    struct rusage before;
    json_t *totals;
    char governor[64]; /* of the first CPU when it began; "" where there is none */
};

static int by_cost(const void *a, const void *b)
{
    const struct watched *x = a, *y = b;
    return x->cost_ns > y->cost_ns ? 1 : x->cost_ns < y->cost_ns ? -1 : 0;
}

static double own_ns(const struct rusage *usage)
{
    return 1e9 * ((double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec) +
           1e3 * ((double)usage->ru_utime.tv_usec + (double)usage->ru_stime.tv_usec);
}

/* The second look tells what one costs: the first finds nothing in the caches. */
static void know_cost(struct watched *watched, const struct sb_steady *s)
{
    struct sb_steady_turn nothing = {
        .wall_ns = 1e18, .at = &s->at, .marks = json_array(), .totals = json_object()};
    for (int i = 0; i < 2; ++i) {
        const uint64_t from = sb_process_now_ns();
        watched->source->begin(watched->state);
        watched->source->end(watched->state, &nothing);
        watched->cost_ns = (double)(sb_process_now_ns() - from) + s->usage_ns;
    }
    watched->credit_ns =
        watched
            ->cost_ns; /* for the warm-up: what is not steady before the first turn is to be known */
    json_decref(nothing.marks);
    json_decref(nothing.totals);
}

static void know_usage_cost(struct sb_steady *s)
{
    struct rusage usage;
    const uint64_t from = sb_process_now_ns();
    for (int i = 0; i < 2; ++i) {
        getrusage(RUSAGE_SELF, &usage);
    }
    s->usage_ns = (double)(sb_process_now_ns() - from);
}

static void read_governor(char *out, size_t room, const struct sb_steady_at *at)
{
    char path[128];
    out[0] = '\0';
    if (at->cpu_count > 0) {
        snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
                 at->cpus[0]);
        sb_node_line(out, room, at->root, path);
    }
}

struct sb_steady *sb_steady_open(const struct sb_steady_at *at)
{
    struct sb_steady *s = calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    snprintf(s->root, sizeof s->root, "%s", at->root);
    s->at = *at;
    s->at.root = s->root;
    s->totals = json_object();
    read_governor(s->governor, sizeof s->governor, &s->at);
    know_usage_cost(s);
    for (int i = 0; sb_steady_sources[i] && s->count < SOURCES_MOST; ++i) {
        struct watched *watched = &s->watched[s->count++];
        watched->source = sb_steady_sources[i];
        if (watched->source->open(&watched->state, &s->at, watched->reason,
                                  sizeof watched->reason)) {
            know_cost(watched, s);
        } else {
            watched->state = NULL;
        }
    }
    qsort(s->watched, (size_t)s->count, sizeof *s->watched, by_cost);
    return s;
}

/* What the turn that ended allows is shared out so that what is cheap has all it needs, and the rest goes to what is dear:
 * that saves it until it can look once. */
static void allow(struct sb_steady *s, double wall_ns)
{
    double left_ns = SB_STEADY_COST * wall_ns;
    int sharers = 0;
    for (int i = 0; i < s->count; ++i) {
        sharers += s->watched[i].state != NULL;
    }
    for (int i = 0; i < s->count; ++i) {
        struct watched *watched = &s->watched[i];
        if (!watched->state) {
            continue;
        }
        const double share_ns = left_ns / sharers--;
        const double give_ns = watched->cost_ns < share_ns ? watched->cost_ns : share_ns;
        watched->credit_ns += give_ns;
        left_ns -= give_ns;
    }
}

void sb_steady_begin(struct sb_steady *s)
{
    s->begun_ns = sb_process_now_ns();
    s->any = false;
    for (int i = s->count - 1; i >= 0; --i) {
        struct watched *watched = &s->watched[i];
        watched->now = watched->state && watched->credit_ns >= watched->cost_ns;
        if (watched->now) {
            watched->source->begin(watched->state);
            s->any = true;
        }
    }
    if (s->any) {
        getrusage(RUSAGE_SELF, &s->before);
    }
    s->began_in_ns = sb_process_now_ns() - s->begun_ns;
}

/* What each source found in the turn that it looked at. */
static void look(struct sb_steady *s, struct sb_steady_turn *turn, bool counted)
{
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    turn->own_ns = own_ns(&now) - own_ns(&s->before);
    for (int i = 0; i < s->count; ++i) {
        struct watched *watched = &s->watched[i];
        if (watched->now) {
            watched->source->end(watched->state, turn);
            watched->credit_ns -= watched->cost_ns;
            watched->turns += counted;
        }
    }
    sb_steady_add(turn, "switches", (double)(now.ru_nvcsw - s->before.ru_nvcsw));
    sb_steady_add(turn, "switches_involuntary", (double)(now.ru_nivcsw - s->before.ru_nivcsw));
}

json_t *sb_steady_end(struct sb_steady *s, bool counted)
{
    const uint64_t ended_ns = sb_process_now_ns();
    json_t *aside = counted ? NULL : json_object();
    struct sb_steady_turn turn = {.wall_ns = (double)(ended_ns - s->begun_ns),
                                  .at = &s->at,
                                  .marks = json_array(),
                                  .totals = counted ? s->totals : aside};
    if (s->any) {
        look(s, &turn, counted);
    }
    json_decref(aside);
    allow(s, turn.wall_ns);
    if (counted) {
        s->turns++;
        s->watched_turns += s->any;
        s->disturbed += json_array_size(turn.marks) > 0;
        s->wall_ns += turn.wall_ns;
        s->spent_ns += (double)(s->began_in_ns + sb_process_now_ns() - ended_ns);
    }
    return turn.marks;
}

/* How much of the process's memory lies in huge pages, and what the governor is by now. */
static void add_state(json_t *out, const struct sb_steady *s)
{
    static const struct {
        const char *key, *name;
    } kept[] = {{"Anonymous", "anonymous_bytes"}, {"AnonHugePages", "huge_bytes"}};
    char text[64];
    for (size_t i = 0; i < sizeof kept / sizeof *kept; ++i) {
        if (sb_node_field(text, sizeof text, s->root, "proc/self/smaps_rollup", kept[i].key, ':')) {
            json_object_set_new(out, kept[i].name, json_integer(1024 * strtoll(text, NULL, 10)));
        }
    }
    if (s->governor[0]) {
        char now[64];
        char changed[140];
        read_governor(now, sizeof now, &s->at);
        const bool same = strcmp(now, s->governor) == 0;
        snprintf(changed, sizeof changed, "%s%s%s", s->governor, same ? "" : ", then ",
                 same ? "" : now);
        json_object_set_new(out, "governor", json_string(changed));
    }
}

json_t *sb_steady_totals(struct sb_steady *s)
{
    json_t *out = json_pack("{s:i,s:i,s:i,s:f}", "turns", s->turns, "watched_turns",
                            s->watched_turns, "disturbed_turns", s->disturbed, "cost",
                            s->wall_ns > 0 ? round(1e6 * s->spent_ns / s->wall_ns) / 1e6 : 0);
    json_t *watched = json_object();
    json_t *absent = json_object();
    for (int i = 0; i < s->count; ++i) {
        const struct watched *w = &s->watched[i];
        if (w->state) {
            json_object_set_new(watched, w->source->name, json_integer(w->turns));
        } else {
            json_object_set_new(absent, w->source->name, json_string(w->reason));
        }
    }
    json_object_set_new(out, "watched", watched);
    json_object_set_new(out, "absent", absent);
    const char *name = NULL;
    const json_t *total = NULL;
    json_object_foreach (s->totals, name, total) {
        json_object_set_new(out, name, json_integer((json_int_t)llround(json_number_value(total))));
    }
    add_state(out, s);
    return out;
}

void sb_steady_close(struct sb_steady *s)
{
    for (int i = 0; s && i < s->count; ++i) {
        if (s->watched[i].state) {
            s->watched[i].source->close(s->watched[i].state);
        }
    }
    if (s) {
        json_decref(s->totals);
    }
    free(s);
}
