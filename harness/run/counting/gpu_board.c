/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/gpu_board.h"

#include "harness/run/counting/sampler.h"
#include "harness/util/process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST 32

struct sb_counting {
    const struct sb_board_library *library;
    uint64_t device;
    const struct sb_board_event *event[EVENTS_MOST];
    int events;
    struct sb_sampler *sampler; /* levels: one for each event */
    double before_J;
};

static void describe(struct sb_counter_event *out, const struct sb_board_event *event)
{
    *out = (struct sb_counter_event){.level = event->how == SB_BOARD_MEAN};
    snprintf(out->name, sizeof out->name, "%s", event->name);
    snprintf(out->unit, sizeof out->unit, "%s", event->unit);
    snprintf(out->tags, sizeof out->tags, "%s", event->tags);
    snprintf(out->help, sizeof out->help, "%s", event->help);
}

int sb_board_list(const struct sb_board_library *library,
                  int (*each)(const struct sb_counter_event *event, void *payload), void *payload)
{
    int code = 0;
    for (int i = 0; code == 0 && i < library->events; ++i) {
        struct sb_counter_event event;
        describe(&event, &library->event[i]);
        code = each(&event, payload);
    }
    return code;
}

/* What this board does not tell stays NAN; a board that is lost ends the window. */
static int sample(double out[], void *payload, struct sb_error *err)
{
    const struct sb_counting *counting = payload;
    for (int e = 0; e < counting->events; ++e) {
        const struct sb_board_event *event = counting->event[e];
        out[e] = NAN;
        const int code =
            event->how == SB_BOARD_COUNTED
                ? 0
                : counting->library->level(&out[e], event->level, counting->device, err);
        if (code == SB_EDEVICE) {
            return code;
        }
        out[e] = code == 0 ? out[e] : NAN;
    }
    return 0;
}

/* Each event is proved before it is taken: 0, or what the board said. */
static int add_event(struct sb_counting *counting, const char *name, struct sb_error *err)
{
    const struct sb_board_library *library = counting->library;
    for (int i = 0; i < library->events; ++i) {
        const struct sb_board_event *event = &library->event[i];
        if (strcmp(event->name, name) == 0) {
            double value = 0;
            const int code = event->how == SB_BOARD_COUNTED
                                 ? library->energy(&value, counting->device, err)
                                 : library->level(&value, event->level, counting->device, err);
            counting->event[counting->events] = event;
            counting->events += code == 0;
            return code == SB_EDEVICE ? SB_EABSENT : code;
        }
    }
    return sb_fail(err, SB_ENOTFOUND,
                   "%s has no event '%s'; 'switchbench list counters %s' shows them",
                   library->source, name, library->source);
}

int sb_board_open(struct sb_counting **out, int *out_taken, const struct sb_board_library *library,
                  const char *const *names, int count, const struct sb_counting_target *target,
                  struct sb_error *err)
{
    struct sb_counting *counting = calloc(1, sizeof *counting);
    if (!counting) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    counting->library = library;
    int code = library->find(&counting->device, target, err);
    struct sb_error later;
    for (int i = 0; code == 0 && i < count && i < EVENTS_MOST; ++i) {
        code = add_event(counting, names[i], i == 0 ? err : &later);
    }
    if (counting->events > 0) {
        const struct sb_sampling sampling = {.count = counting->events,
                                             .read = sample,
                                             .payload = counting,
                                             .busy = target->cpus,
                                             .busy_count = target->cpu_count};
        code = sb_sampler_new(&counting->sampler, &sampling, err);
    }
    if (code != 0 && !counting->sampler) {
        sb_board_close(counting);
        return code;
    }
    *out = counting;
    *out_taken = counting->events;
    return 0;
}

static bool counts_energy(const struct sb_counting *counting)
{
    for (int e = 0; e < counting->events; ++e) {
        if (counting->event[e]->how == SB_BOARD_COUNTED) {
            return true;
        }
    }
    return false;
}

int sb_board_start(struct sb_counting *counting, struct sb_error *err)
{
    const int code = sb_sampler_start(counting->sampler, err);
    return code == 0 && counts_energy(counting)
               ? counting->library->energy(&counting->before_J, counting->device, err)
               : code;
}

static void tell(struct sb_count *out, const struct sb_board_event *event, double energy_J,
                 const struct sb_sampled *sampled)
{
    *out = (struct sb_count){.running = 1};
    if (event->how == SB_BOARD_COUNTED) {
        out->value = energy_J;
        if (energy_J <= 0) {
            snprintf(
                out->fault, sizeof out->fault,
                energy_J < 0
                    ? "the board's energy counter went back: its driver was loaded anew meanwhile"
                    : "the board's energy counter stood still: of a board with two dies only the "
                      "first "
                      "counts");
        }
        return;
    }
    out->running = sampled->covered;
    out->value = event->how == SB_BOARD_MEAN ? sampled->mean : sampled->integral;
    snprintf(out->fault, sizeof out->fault, "%s", sampled->fault);
}

int sb_board_stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    double after_J = counting->before_J;
    struct sb_sampled sampled[EVENTS_MOST];
    int code =
        counts_energy(counting) ? counting->library->energy(&after_J, counting->device, err) : 0;
    struct sb_error ignored;
    const int other = sb_sampler_stop(sampled, NULL, counting->sampler, code != 0 ? &ignored : err);
    code = code != 0 ? code : other;
    for (int e = 0; code == 0 && e < counting->events; ++e) {
        tell(&out[e], counting->event[e], after_J - counting->before_J, &sampled[e]);
    }
    return code;
}

void sb_board_close(struct sb_counting *counting)
{
    if (counting) {
        sb_sampler_free(counting->sampler);
    }
    free(counting);
}
