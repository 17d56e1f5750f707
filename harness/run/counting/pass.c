/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/pass.h"

#include "harness/util/json.h"
#include "harness/util/process.h"
#include "results/stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct window {
    uint64_t shortest_ns; /* of its repetitions, on the device's clock */
    uint64_t wall_ns;     /* from first to last on the host's */
};

static uint64_t least_ns(const struct sb_pass *pass)
{
    const double asked = pass->source->window_s * 1e9;
    return asked > SB_WINDOW_NS ? (uint64_t)asked : SB_WINDOW_NS;
}

#define CALIBRATION_LEAST 3
#define CALIBRATION_MOST 20
#define CALIBRATION_NS 200000000U

/* How many repetitions make a window, by the shortest of some: threads may have to be woken, and others may use the processor. */
static int calibrate(long *out, const struct sb_pass *pass, struct sb_error *err)
{
    const uint64_t begun = sb_process_now_ns();
    uint64_t shortest = UINT64_MAX;
    *out = 1;
    if (pass->task->fastest_ns >= least_ns(pass)) {
        return 0;
    }
    uint64_t passed = 0;
    for (int i = 0;
         i < CALIBRATION_MOST && passed < (i < CALIBRATION_LEAST ? CALIBRATION_NS : least_ns(pass));
         ++i) {
        uint64_t time_ns = 0;
        const uint64_t from = sb_process_now_ns();
        const int code = pass->task->repeat(&time_ns, pass->task->payload, err);
        if (code != 0) {
            return code;
        }
        const uint64_t took = sb_process_now_ns() - from;
        shortest = took < shortest ? took : shortest;
        passed = sb_process_now_ns() - begun;
    }
    *out = (long)(least_ns(pass) / (shortest > 0 ? shortest : 1)) + 1;
    return 0;
}

static int work(struct window *out, const struct sb_pass *pass, long repetitions,
                struct sb_error *err)
{
    const struct sb_count_task *task = pass->task;
    const uint64_t begun = sb_process_now_ns();
    *out = (struct window){.shortest_ns = UINT64_MAX};
    for (long i = 0; i < repetitions; ++i) {
        uint64_t time_ns = 0;
        const int code = task->repeat(&time_ns, task->payload, err);
        if (code != 0) {
            return code;
        }
        out->shortest_ns = time_ns < out->shortest_ns ? time_ns : out->shortest_ns;
    }
    out->wall_ns = sb_process_now_ns() - begun;
    return 0;
}

static void rest(uint64_t time_ns)
{
    struct timespec left = {.tv_sec = (time_t)(time_ns / 1000000000U),
                            .tv_nsec = (long)(time_ns % 1000000000U)};
    while (nanosleep(&left, &left) != 0) {
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double least(const double *values, int count)
{
    double found = values[0];
    for (int i = 1; i < count; ++i) {
        found = fmin(found, values[i]);
    }
    return found;
}

/* What the windows of a pass gave. */
struct gathered {
    struct sb_count *row;  /* [SB_WINDOWS][taken] */
    struct sb_count *idle; /* [taken] */
    long repetitions[SB_WINDOWS];
    double counted_ns[SB_WINDOWS], uncounted_ns[SB_WINDOWS]; /* of the fastest repetition */
    double wall_ns[SB_WINDOWS];                              /* of a repetition */
    int windows, taken;
    double idle_ns;
};

static int count_idle(struct gathered *g, const struct sb_pass *pass, struct sb_counting *counting,
                      struct sb_error *err)
{
    if (!pass->source->idles) {
        return 0;
    }
    const uint64_t begun = sb_process_now_ns();
    int code = pass->source->start(counting, err);
    if (code == 0) {
        rest(least_ns(pass));
        code = pass->source->stop(g->idle, counting, err);
    }
    g->idle_ns = (double)(sb_process_now_ns() - begun);
    return code;
}

static int count_plain(struct gathered *g, bool *out_fatal, const struct sb_pass *pass,
                       long repetitions, struct sb_error *err)
{
    struct window plain;
    const int code = work(&plain, pass, repetitions, err);
    *out_fatal = code != 0;
    g->uncounted_ns[g->windows] = (double)plain.shortest_ns;
    return code;
}

static int count_window(struct gathered *g, bool *out_fatal, const struct sb_pass *pass,
                        struct sb_counting *counting, long repetitions, struct sb_error *err)
{
    struct window counted;
    struct sb_error ignored;
    const int code = pass->source->start(counting, err);
    if (code != 0) {
        return code;
    }
    const int worked = work(&counted, pass, repetitions, err);
    const int stopped = pass->source->stop(g->row + (size_t)g->windows * (size_t)g->taken, counting,
                                           worked != 0 ? &ignored : err);
    *out_fatal = worked != 0;
    g->repetitions[g->windows] = repetitions;
    g->counted_ns[g->windows] = (double)counted.shortest_ns;
    g->wall_ns[g->windows] = (double)counted.wall_ns / (double)repetitions;
    return worked != 0 ? worked : stopped;
}

/* By turns, each kind first every other time: whatever follows something favours neither. Where there is time for one window
 * alone, what was timed before is what is not counted. */
static int count_windows(struct gathered *g, bool *out_fatal, const struct sb_pass *pass,
                         struct sb_counting *counting, struct sb_error *err)
{
    long repetitions = 0;
    bool late = false;
    const int least = pass->source->windows ? pass->source->windows(counting) : 1;
    int code = calibrate(&repetitions, pass, err);
    *out_fatal = code != 0;
    for (int i = 0; code == 0 && (!late || i < least) && i < SB_WINDOWS; ++i) {
        for (int turn = 0; code == 0 && turn < 2; ++turn) {
            if (turn == i % 2) {
                code = count_window(g, out_fatal, pass, counting, repetitions, err);
            } else if (!late || pass->task->fastest_ns == 0) {
                code = count_plain(g, out_fatal, pass, repetitions, err);
            } else {
                g->uncounted_ns[g->windows] = (double)pass->task->fastest_ns;
            }
            late = sb_process_now_ns() > pass->deadline_ns;
        }
        g->windows += code == 0;
    }
    return code;
}

/* A window's value of one repetition, and that repetition by the host's clock. */
struct seen {
    double value, wall_ns;
};

static struct seen middle_of(struct seen *seen, int count)
{
    qsort(seen, (size_t)count, sizeof *seen, by_value); /* the value comes first */
    const struct seen *at = &seen[count / 2];
    return count % 2
               ? *at
               : (struct seen){(at[-1].value + at->value) / 2, (at[-1].wall_ns + at->wall_ns) / 2};
}

static json_t *or_null(bool known, double value)
{
    return known && isfinite(value) ? json_real(value) : json_null();
}

/* Values of one repetition (a level: as it is); the median window, the least and the most. */
static void tell_event(json_t *events, json_t *refused, const struct gathered *g,
                       const struct sb_pass *pass, int e)
{
    const struct sb_counter_event *event = &pass->event[e];
    struct seen seen[SB_WINDOWS];
    double running = 1;
    char fault[sizeof g->row->fault] = "";
    int count = 0;
    for (int i = 0; i < g->windows; ++i) {
        const struct sb_count *row = &g->row[(size_t)i * (size_t)g->taken + (size_t)e];
        running = fmin(running, row->running);
        if (row->fault[0] || !isfinite(row->value)) {
            snprintf(fault, sizeof fault, "%s", row->fault[0] ? row->fault : "it gave no number");
        } else if (row->running < SB_RUNNING_LEAST) {
            snprintf(fault, sizeof fault,
                     "it was counting only %.0f %% of the time, for others needed the counter: ask "
                     "for fewer events",
                     100 * row->running);
        } else {
            const double each = event->level ? 1 : (double)g->repetitions[i];
            seen[count++] = (struct seen){row->value / each, g->wall_ns[i]};
        }
    }
    if (count == 0) {
        sb_text_keep_utf8(fault);
        json_array_append_new(refused, json_pack("{s:s,s:s}", "name", event->name, "reason",
                                                 *fault ? fault : "no window was counted"));
        return;
    }
    const struct seen middle = middle_of(seen, count);
    const bool idle = pass->source->idles && !g->idle[e].fault[0];
    json_array_append_new(
        events, json_pack("{s:s,s:s,s:s,s:b,s:f,s:f,s:f,s:f,s:i,s:f,s:i,s:o}", "name", event->name,
                          "unit", event->unit, "tags", event->tags, "level", event->level, "value",
                          middle.value, "low", seen[0].value, "high", seen[count - 1].value,
                          "wall_ns", middle.wall_ns, "windows", count, "running", running, "pass",
                          pass->number, "idle", or_null(idle, g->idle[e].value)));
}

static void add_up(struct sb_pass_sum *sum, struct gathered *g)
{
    for (int i = 0; i < g->windows; ++i) {
        sum->repetitions += g->repetitions[i];
    }
    if (g->windows > 0) {
        sum->counted_ns += least(g->counted_ns, g->windows);
        sum->wall_ns += median(g->wall_ns, g->windows);
        sum->uncounted_ns += least(g->uncounted_ns, g->windows);
        sum->passes++;
    }
    sum->idle_ns = g->idle_ns > 0 ? g->idle_ns : sum->idle_ns;
}

int sb_pass_count(int *out_taken, bool *out_fatal, json_t *events, json_t *refused,
                  struct sb_pass_sum *sum, const struct sb_pass *pass, struct sb_error *err)
{
    const char **names = calloc((size_t)pass->count + 1, sizeof *names);
    struct sb_counting *counting = NULL;
    struct gathered g = {0};
    *out_fatal = false;
    *out_taken = 0;
    if (!names) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; i < pass->count; ++i) {
        names[i] = pass->event[i].name;
    }
    int code =
        pass->source->open(&counting, &g.taken, names, pass->count, &pass->task->target, err);
    free((void *)names);
    if (code != 0) {
        return code;
    }
    *out_taken = g.taken;
    g.row = calloc((size_t)SB_WINDOWS * (size_t)g.taken, sizeof *g.row);
    g.idle = calloc((size_t)g.taken, sizeof *g.idle);
    code = g.row && g.idle ? count_idle(&g, pass, counting, err)
                           : sb_fail(err, SB_ENOMEM, "out of memory");
    code = code != 0 ? code : count_windows(&g, out_fatal, pass, counting, err);
    pass->source->close(counting);
    for (int e = 0; (code == 0 || g.windows > 0) && e < g.taken; ++e) {
        tell_event(events, refused, &g, pass, e);
    }
    add_up(sum, &g);
    free(g.row);
    free(g.idle);
    return code;
}
