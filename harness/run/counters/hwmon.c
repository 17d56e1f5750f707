/* SPDX-License-Identifier: Apache-2.0 */
/* hwmon: power and energy of what the machine's own sensors are at. Each sensor has two events, <sensor>.power (W) and
 * <sensor>.energy (J): a power is sampled and integrated, an energy read at both ends. Sensors may overlap: none are summed. */
#include "harness/run/counting/hwmon.h"
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/energy.h"
#include "harness/run/counting/sampler.h"
#include "harness/run/counting/sysfs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST (2 * SB_HWMON_SENSORS)
#define MICRO 1e-6

struct sb_counting {
    struct sb_hwmon all;
    int sensor[EVENTS_MOST]; /* of each event */
    bool power[EVENTS_MOST];
    int events;
    struct sb_sampler *sampler; /* levels: one for each event; NAN where it is counted */
    uint64_t before[EVENTS_MOST];
    uint64_t begun_ns;
};

static int probe(char *version, size_t room, struct sb_error *err)
{
    struct sb_hwmon *all = calloc(1, sizeof *all);
    const char *root = sb_sysfs_root();
    const int code = all ? sb_hwmon_find(all, root, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code == 0) {
        snprintf(version, room, "%d sensors%s%.60s", all->count, *root ? ", recorded in " : "",
                 root);
    }
    free(all);
    return code;
}

static void describe(struct sb_counter_event *out, const struct sb_hwmon_sensor *sensor, bool power)
{
    *out = (struct sb_counter_event){.level = power};
    snprintf(out->name, sizeof out->name, "%s.%s", sensor->name, power ? "power" : "energy");
    snprintf(out->unit, sizeof out->unit, "%s", power ? "W" : "J");
    snprintf(out->tags, sizeof out->tags, sensor->mean_s > 0 ? "board averaged" : "board");
    if (sensor->mean_s > 0) {
        snprintf(out->help, sizeof out->help, "sampled; the sensor forms means over %g s",
                 sensor->mean_s);
    } else {
        snprintf(out->help, sizeof out->help, "%s",
                 sensor->counts ? "of an energy counter" : "sampled");
    }
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    struct sb_hwmon *all = calloc(1, sizeof *all);
    int code =
        all ? sb_hwmon_find(all, sb_sysfs_root(), err) : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < 2 * all->count; ++i) {
        struct sb_counter_event event;
        describe(&event, &all->sensor[i / 2], i % 2 == 0);
        code = each(&event, payload);
    }
    free(all);
    return code;
}

static int add_event(struct sb_counting *counting, const char *name)
{
    for (int i = 0; i < 2 * counting->all.count; ++i) {
        struct sb_counter_event event;
        describe(&event, &counting->all.sensor[i / 2], i % 2 == 0);
        if (strcmp(event.name, name) == 0) {
            counting->sensor[counting->events] = i / 2;
            counting->power[counting->events++] = i % 2 == 0;
            return 0;
        }
    }
    return SB_ENOTFOUND;
}

static int sample(double out[], void *payload, struct sb_error *err)
{
    struct sb_counting *counting = payload;
    int code = 0;
    for (int e = 0; code == 0 && e < counting->events; ++e) {
        const struct sb_hwmon_sensor *sensor = &counting->all.sensor[counting->sensor[e]];
        uint64_t value_uW = 0;
        out[e] = NAN;
        if (!sensor->counts) {
            code = sb_hwmon_read(&value_uW, sensor, err);
            out[e] = (double)value_uW * MICRO;
        }
    }
    return code;
}

static void close_sensors(struct sb_counting *counting)
{
    if (counting) {
        sb_sampler_free(counting->sampler);
    }
    free(counting);
}

static int open_sensors(struct sb_counting **out, int *out_taken, const char *const *names,
                        int count, const struct sb_counting_target *target, struct sb_error *err)
{
    struct sb_counting *counting = calloc(1, sizeof *counting);
    int code = counting ? sb_hwmon_find(&counting->all, target->root, err)
                        : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < count && i < EVENTS_MOST; ++i) {
        if (add_event(counting, names[i]) != 0) {
            code =
                counting->events > 0
                    ? 0
                    : sb_fail(
                          err, SB_ENOTFOUND,
                          "hwmon has no event '%s'; 'switchbench list counters hwmon' shows them",
                          names[i]);
            break;
        }
    }
    if (code == 0) {
        const struct sb_sampling sampling = {.count = counting->events,
                                             .read = sample,
                                             .payload = counting,
                                             .busy = target->cpus,
                                             .busy_count = target->cpu_count};
        code = sb_sampler_new(&counting->sampler, &sampling, err);
    }
    if (code != 0) {
        close_sensors(counting);
        return code;
    }
    *out = counting;
    *out_taken = counting->events;
    return 0;
}

static int read_counters(uint64_t *out, const struct sb_counting *counting, struct sb_error *err)
{
    int code = 0;
    for (int e = 0; code == 0 && e < counting->events; ++e) {
        const struct sb_hwmon_sensor *sensor = &counting->all.sensor[counting->sensor[e]];
        code = sensor->counts ? sb_hwmon_read(&out[e], sensor, err) : 0;
    }
    return code;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    const int code = sb_sampler_start(counting->sampler, err);
    counting->begun_ns = sb_process_now_ns();
    return code != 0 ? code : read_counters(counting->before, counting, err);
}

static void tell(struct sb_count *out, const struct sb_counting *counting, int e,
                 const struct sb_sampled *sampled, uint64_t after, double window_s)
{
    const struct sb_hwmon_sensor *sensor = &counting->all.sensor[counting->sensor[e]];
    *out = (struct sb_count){.running = 1};
    if (sensor->counts) {
        const struct sb_energy_window window = {
            .before = counting->before[e], .after = after, .unit_J = MICRO, .window_s = window_s};
        out->value = sb_energy_advance(out->fault, sizeof out->fault, &window);
        out->value /= counting->power[e] ? window_s : 1;
        return;
    }
    out->running = sampled->covered;
    out->value = counting->power[e] ? sampled->mean : sampled->integral;
    snprintf(out->fault, sizeof out->fault, "%s", sampled->fault);
    if (sensor->mean_s > window_s && !out->fault[0]) {
        snprintf(
            out->fault, sizeof out->fault,
            "the sensor tells means over %g s, and the window lasted %.1f s: ask for a larger case",
            sensor->mean_s, window_s);
    }
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    uint64_t after[EVENTS_MOST] = {0};
    struct sb_sampled sampled[EVENTS_MOST];
    const double window_s = (double)(sb_process_now_ns() - counting->begun_ns) * 1e-9;
    const int code = read_counters(after, counting, err);
    struct sb_error ignored;
    const int other = sb_sampler_stop(sampled, NULL, counting->sampler, code != 0 ? &ignored : err);
    for (int e = 0; code == 0 && other == 0 && e < counting->events; ++e) {
        tell(&out[e], counting, e, &sampled[e], after[e], window_s);
    }
    return code != 0 ? code : other;
}

const struct sb_counter_source sb_counter_source_hwmon = {
    .name = "hwmon",
    .title = "hwmon: power and energy of the machine's own sensors",
    .scope = "board",
    .usual = (const char *const[]){SB_EVENTS_ALL, NULL},
    .automatic = true,
    .window_s = 1, /* most sensors form their values once in 0.1 s to 1 s */
    .idles = true,
    .probe = probe,
    .list = list,
    .open = open_sensors,
    .start = start,
    .stop = stop,
    .close = close_sensors,
};
