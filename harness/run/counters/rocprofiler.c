/* SPDX-License-Identifier: Apache-2.0 */
/* rocprofiler-sdk: counters of AMD's GPUs by their own names ("SQ_WAVES", "FETCH_SIZE"), of all that the device does while a
 * window lasts, summed over its dies and units. It must know before HIP starts that it is wanted: prepare(). */
#include "harness/run/counting/rocprofiler/rocprofiler.h"
#include "harness/run/counting/gpu_board.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EVENTS_MOST 32

struct sb_counting {
    struct sb_rocp_agent *agent;
    struct sb_rocp_id counter[EVENTS_MOST];
    struct sb_rocp_id config;
    int events;
};

static int probe(char *version, size_t room, struct sb_error *err)
{
    const struct sb_rocp *rocp = NULL;
    struct sb_rocp_agent *agent = NULL;
    uint32_t major = 0, minor = 0, patch = 0;
    const int code = sb_rocp_ready(&rocp, err);
    const int count = code == 0 ? sb_rocp_agents(&agent) : 0;
    if (code == 0) {
        (void)rocp->version(&major, &minor, &patch);
        snprintf(version, room, "rocprofiler-sdk %u.%u.%u, %d GPUs", major, minor, patch, count);
    }
    return code;
}

/* Instructions are counted for whole wavefronts when they are issued, whether a lane takes part or not. */
static const char *tags_of(const char *name)
{
    if (strncmp(name, "SQ_INSTS_VALU_", 14) == 0 &&
        (strstr(name, "_F64") || strstr(name, "_F32") || strstr(name, "_F16"))) {
        return "issued full_width per_precision board";
    }
    return strncmp(name, "SQ_INSTS_", 9) == 0 ? "issued board" : "board";
}

/* Percentages and means over time, of AMD's derived counters. */
static bool is_level(const struct sb_rocp_info *info)
{
    static const char *const parts[] = {"Busy",     "Util",      "Hit",    "Stalled",
                                        "Conflict", "Occupancy", "Percent"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
        if (info->flags & SB_ROCP_DERIVED && strstr(info->name, parts[i])) {
            return true;
        }
    }
    return false;
}

static void describe(struct sb_counter_event *out, const struct sb_rocp_info *info)
{
    *out = (struct sb_counter_event){.unit = "1", .level = is_level(info)};
    snprintf(out->name, sizeof out->name, "%s", info->name);
    snprintf(out->tags, sizeof out->tags, "%s", tags_of(info->name));
    snprintf(out->help, sizeof out->help, "%s", info->description ? info->description : "");
    sb_text_keep_utf8(out->help);
    out->help[strcspn(out->help, "\n")] = '\0';
}

struct search {
    const char *name;
    int (*each)(const struct sb_counter_event *event, void *payload);
    void *payload;
    struct sb_counter_event *found;
    struct sb_rocp_id *id;
    int least;
    char near[SB_EVENT_NAME];
};

static int look_at(const struct sb_rocp_info *info, void *payload)
{
    struct search *search = payload;
    struct sb_counter_event event;
    describe(&event, info);
    if (search->each) {
        return search->each(&event, search->payload);
    }
    if (strcmp(event.name, search->name) == 0) {
        if (search->found) {
            *search->found = event;
        }
        if (search->id) {
            *search->id = info->id;
        }
        return 1;
    }
    const int distance = sb_text_distance(search->name, event.name);
    if (distance < search->least) {
        search->least = distance;
        memcpy(search->near, event.name, sizeof search->near);
    }
    return 0;
}

static int find(struct sb_counter_event *out, struct sb_rocp_id *id,
                const struct sb_rocp_agent *agent, const char *name, struct sb_error *err)
{
    struct search search = {
        .name = name, .found = out, .id = id, .least = (int)strlen(name) / 3 + 1};
    const int code = sb_rocp_each(agent, look_at, &search, err);
    if (code != 0) {
        return code > 0 ? 0 : code;
    }
    return sb_fail(err, SB_ENOTFOUND,
                   search.near[0] ? "this GPU does not count '%s'; did you mean '%s'?"
                                  : "this GPU does not count '%s'; 'switchbench list counters "
                                    "rocprofiler' shows what it does",
                   name, search.near);
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    const struct sb_rocp *rocp = NULL;
    struct sb_rocp_agent *agent = NULL;
    struct search search = {.each = each, .payload = payload};
    const int code = sb_rocp_ready(&rocp, err);
    if (code == 0) {
        (void)sb_rocp_agents(&agent);
    }
    return code != 0 ? code : sb_rocp_each(&agent[0], look_at, &search, err);
}

static int event(struct sb_counter_event *out, const char *name, struct sb_error *err)
{
    const struct sb_rocp *rocp = NULL;
    struct sb_rocp_agent *agent = NULL;
    const int code = sb_rocp_ready(&rocp, err);
    if (code == 0) {
        (void)sb_rocp_agents(&agent);
    }
    return code != 0 ? code : find(out, NULL, &agent[0], name, err);
}

static int find_agent(struct sb_rocp_agent **out, const struct sb_counting_target *target,
                      struct sb_error *err)
{
    char bus[32] = "";
    struct sb_rocp_agent *agent = NULL;
    if (!sb_device_is_amd(target->device)) {
        return sb_fail(err, SB_EABSENT, "the device '%s' is no GPU of AMD's",
                       target->device ? target->device->name : "");
    }
    const int count = sb_rocp_agents(&agent);
    const bool placed = sb_device_bus(bus, target);
    for (int i = 0; i < count; ++i) {
        if (placed ? strcasecmp(agent[i].bus, bus) == 0 : count == 1) {
            *out = &agent[i];
            return 0;
        }
    }
    return placed
               ? sb_fail(err, SB_EABSENT, "rocprofiler shows no GPU at %s, where the device is",
                         bus)
               : sb_fail(
                     err, SB_EABSENT,
                     "which of the %d GPUs device '%s' is cannot be told: ask for a job with one",
                     count, target->device->name);
}

static void close_counting(struct sb_counting *counting)
{
    if (counting && counting->agent) {
        sb_rocp_forget(counting->agent, counting->config);
    }
    free(counting);
}

/* As many as the hardware counts at once. */
static int schedule(struct sb_counting *counting, const char *const *names, int count,
                    struct sb_error *err)
{
    struct sb_error later;
    for (int n = 0; n < count && n < EVENTS_MOST; ++n) {
        struct sb_error *why = n == 0 ? err : &later;
        struct sb_rocp_id config = {0};
        int code = find(NULL, &counting->counter[n], counting->agent, names[n], why);
        code = code != 0 ? code
                         : sb_rocp_config(&config, counting->agent, counting->counter, n + 1, why);
        if (code != 0) {
            return n == 0 ? code : 0;
        }
        sb_rocp_forget(counting->agent, counting->config);
        counting->config = config;
        counting->events = n + 1;
    }
    return 0;
}

/* A window without work: what cannot be started is an absence, not a death. */
static int prove(struct sb_counting *counting, struct sb_error *err)
{
    double values[EVENTS_MOST];
    const int code = sb_rocp_start(counting->agent, counting->config, err);
    return code != 0
               ? code
               : sb_rocp_stop(values, counting->agent, counting->counter, counting->events, err);
}

static int open_counting(struct sb_counting **out, int *out_taken, const char *const *names,
                         int count, const struct sb_counting_target *target, struct sb_error *err)
{
    const struct sb_rocp *rocp = NULL;
    struct sb_counting *counting = calloc(1, sizeof *counting);
    int code = counting ? sb_rocp_ready(&rocp, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    code = code != 0 ? code : find_agent(&counting->agent, target, err);
    code = code != 0 ? code : schedule(counting, names, count, err);
    code = code != 0 ? code : prove(counting, err);
    if (code != 0) {
        close_counting(counting);
        return code;
    }
    *out = counting;
    *out_taken = counting->events;
    return 0;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    struct sb_error why;
    return sb_rocp_start(counting->agent, counting->config, &why) == 0
               ? 0
               : sb_fail(err, SB_EDEVICE, "%s", why.text);
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    double values[EVENTS_MOST];
    struct sb_error why;
    if (sb_rocp_stop(values, counting->agent, counting->counter, counting->events, &why) != 0) {
        return sb_fail(err, SB_EDEVICE, "%s", why.text);
    }
    for (int e = 0; e < counting->events; ++e) {
        out[e] = (struct sb_count){.value = values[e], .running = 1};
    }
    return 0;
}

const struct sb_counter_source sb_counter_source_rocprofiler = {
    .name = "rocprofiler",
    .title = "rocprofiler-sdk: counters of AMD's GPUs",
    .scope = "board",
    .backends = (const char *const[]){"hip", NULL},
    .usual = (const char *const[]){"SQ_INSTS_VALU_ADD_F64", "SQ_INSTS_VALU_MUL_F64",
                                   "SQ_INSTS_VALU_FMA_F64", "SQ_INSTS_VALU_TRANS_F64",
                                   "SQ_INSTS_VALU_MFMA_MOPS_F64", "SQ_INSTS_VALU_ADD_F32",
                                   "SQ_INSTS_VALU_MUL_F32", "SQ_INSTS_VALU_FMA_F32",
                                   "SQ_INSTS_VALU_TRANS_F32", "SQ_INSTS_VALU_MFMA_MOPS_F32",
                                   "FETCH_SIZE", "WRITE_SIZE", "SQ_WAVES", "GRBM_GUI_ACTIVE", NULL},
    .automatic = false,
    .prepare = sb_rocp_prepare,
    .probe = probe,
    .list = list,
    .event = event,
    .open = open_counting,
    .start = start,
    .stop = stop,
    .close = close_counting,
};
