/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A librocprofiler-sdk with a CPU and two GPUs, at 0000:c1:00.0 and 0000:c6:00.0. Two counters can be counted at once; SQ_WAVES
 * has two instances of 10 and 20 on the first GPU, 30 and 40 on the second; a derived one is 7. Calls in the wrong order are
 * refused. SB_FAKE_ROCPROFILER_FAULT: locked, noagents, denied, hsa (at start), lost (the third sample), many (9000 instances)
 */
#include "harness/run/counting/rocprofiler/rocprofiler.h"

#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum {
    ERROR = 1,
    NOT_FOUND = 8,
    LOCKED = 16,
    NOT_LOADED = 22,
    ROOM = 29,
    EXCEEDS = 38,
    DENIED = 40
};

static const struct sb_rocp_info known[] = {
    {{11}, "SQ_WAVES", "waves sent to units", "SQ", NULL, 0},
    {{12}, "SQ_INSTS_VALU_FMA_F64", "double FMA instructions", "SQ", NULL, 0},
    {{13}, "FETCH_SIZE", "KiB read from memory", NULL, "sum(TCC)", SB_ROCP_DERIVED},
    {{14}, "VALUBusy", "percentage of time", NULL, "100*x", SB_ROCP_DERIVED},
};
enum { KNOWN = sizeof known / sizeof *known };

static struct {
    uint64_t agent;
    void (*started)(struct sb_rocp_id, struct sb_rocp_id, sb_rocp_set_config, void *);
    void *payload;
    uint64_t config;
    int running;
} context[8];
static int contexts, initialising, samples;
static struct {
    size_t count;
    struct sb_rocp_id counter[8];
} config[64];
static size_t configs;

static int fault_is(const char *name)
{
    const char *fault = getenv("SB_FAKE_ROCPROFILER_FAULT");
    return fault && strcmp(fault, name) == 0;
}

EXPORT int rocprofiler_get_version(uint32_t *major, uint32_t *minor, uint32_t *patch);
EXPORT int rocprofiler_get_version(uint32_t *major, uint32_t *minor, uint32_t *patch)
{
    *major = 1;
    *minor = 0;
    *patch = 2;
    return 0;
}

EXPORT const char *rocprofiler_get_status_name(int code);
EXPORT const char *rocprofiler_get_status_name(int code)
{
    return code == LOCKED       ? "ROCPROFILER_STATUS_ERROR_CONFIGURATION_LOCKED"
           : code == NOT_LOADED ? "ROCPROFILER_STATUS_ERROR_HSA_NOT_LOADED"
           : code == ROOM       ? "ROCPROFILER_STATUS_ERROR_OUT_OF_RESOURCES"
           : code == EXCEEDS    ? "ROCPROFILER_STATUS_ERROR_EXCEEDS_HW_LIMIT"
           : code == DENIED     ? "ROCPROFILER_STATUS_ERROR_PERMISSION_DENIED"
                                : "ROCPROFILER_STATUS_ERROR";
}

EXPORT const char *rocprofiler_get_status_string(int code);
EXPORT const char *rocprofiler_get_status_string(int code)
{
    return code == ERROR ? "Generalized error" : NULL;
}

EXPORT int rocprofiler_force_configure(struct sb_rocp_tool *(*configure)(uint32_t, const char *,
                                                                         uint32_t, void *));
EXPORT int rocprofiler_force_configure(struct sb_rocp_tool *(*configure)(uint32_t, const char *,
                                                                         uint32_t, void *))
{
    char client[24] = "";
    if (fault_is("locked")) {
        return LOCKED;
    }
    struct sb_rocp_tool *tool = configure(10002, "1.0.2", 0, client);
    initialising = 1;
    if (tool && tool->size == sizeof *tool) {
        (void)tool->initialize(NULL, tool->data);
    }
    initialising = 0;
    return 0;
}

EXPORT int rocprofiler_query_available_agents(int version,
                                              int (*each)(int, const void **, size_t, void *),
                                              size_t bytes, void *payload);
EXPORT int rocprofiler_query_available_agents(int version,
                                              int (*each)(int, const void **, size_t, void *),
                                              size_t bytes, void *payload)
{
    static const struct sb_rocp_agent_head agents[] = {
        {sizeof agents[0], {1}, 1, {0}, 0, 0, 0, 0},
        {sizeof agents[0], {2}, 2, {0}, 0x1002, 0x740f, 0xc100, 0},
        {sizeof agents[0], {3}, 2, {0}, 0x1002, 0x740f, 0x1000c600, 0},
    };
    const void *pointers[] = {&agents[0], &agents[1], &agents[2]};
    if (version != 1 || bytes > sizeof agents[0]) {
        return ERROR;
    }
    return each(version, pointers, fault_is("noagents") ? 1 : 3, payload);
}

EXPORT int rocprofiler_create_context(struct sb_rocp_id *out);
EXPORT int rocprofiler_create_context(struct sb_rocp_id *out)
{
    out->handle = (uint64_t)++contexts;
    return initialising ? 0 : LOCKED;
}

EXPORT int rocprofiler_configure_device_counting_service(
    struct sb_rocp_id of, struct sb_rocp_id buffer, struct sb_rocp_id agent,
    void (*started)(struct sb_rocp_id, struct sb_rocp_id, sb_rocp_set_config, void *),
    void *payload);
EXPORT int rocprofiler_configure_device_counting_service(
    struct sb_rocp_id of, struct sb_rocp_id buffer, struct sb_rocp_id agent,
    void (*started)(struct sb_rocp_id, struct sb_rocp_id, sb_rocp_set_config, void *),
    void *payload)
{
    context[of.handle].agent = agent.handle;
    context[of.handle].started = started;
    context[of.handle].payload = payload;
    return initialising && buffer.handle == 0 ? 0 : LOCKED;
}

static int set_config(struct sb_rocp_id of, struct sb_rocp_id chosen)
{
    context[of.handle].config = chosen.handle;
    return 0;
}

EXPORT int rocprofiler_start_context(struct sb_rocp_id of);
EXPORT int rocprofiler_start_context(struct sb_rocp_id of)
{
    if (fault_is("denied") || fault_is("hsa") || context[of.handle].running) {
        return fault_is("denied") ? DENIED : fault_is("hsa") ? NOT_LOADED : ERROR;
    }
    context[of.handle].config = 0;
    context[of.handle].running = 1;
    context[of.handle].started(of, (struct sb_rocp_id){context[of.handle].agent}, set_config,
                               context[of.handle].payload);
    return context[of.handle].config ? 0 : ERROR;
}

EXPORT int rocprofiler_stop_context(struct sb_rocp_id of);
EXPORT int rocprofiler_stop_context(struct sb_rocp_id of)
{
    const int running = context[of.handle].running;
    context[of.handle].running = 0;
    return running ? 0 : ERROR;
}

EXPORT int rocprofiler_iterate_agent_supported_counters(
    struct sb_rocp_id agent, int (*each)(struct sb_rocp_id, struct sb_rocp_id *, size_t, void *),
    void *payload);
EXPORT int rocprofiler_iterate_agent_supported_counters(
    struct sb_rocp_id agent, int (*each)(struct sb_rocp_id, struct sb_rocp_id *, size_t, void *),
    void *payload)
{
    struct sb_rocp_id ids[KNOWN];
    for (int i = 0; i < KNOWN; ++i) {
        ids[i] = known[i].id;
    }
    return agent.handle > 1 ? each(agent, ids, KNOWN, payload) : ERROR;
}

EXPORT int rocprofiler_query_counter_info(struct sb_rocp_id counter, int version, void *out);
EXPORT int rocprofiler_query_counter_info(struct sb_rocp_id counter, int version, void *out)
{
    for (int i = 0; i < KNOWN && version == 1; ++i) {
        if (known[i].id.handle == counter.handle) {
            memcpy(out, &known[i], sizeof known[i]);
            return 0;
        }
    }
    return NOT_FOUND;
}

EXPORT int rocprofiler_create_counter_config(struct sb_rocp_id agent, struct sb_rocp_id *counters,
                                             size_t count, struct sb_rocp_id *out);
EXPORT int rocprofiler_create_counter_config(struct sb_rocp_id agent, struct sb_rocp_id *counters,
                                             size_t count, struct sb_rocp_id *out)
{
    (void)agent;
    if (count > 2 || out->handle != 0) {
        return count > 2 ? EXCEEDS : ERROR;
    }
    out->handle = ++configs;
    config[configs].count = count;
    memcpy(config[configs].counter, counters, count * sizeof *counters);
    return 0;
}

EXPORT int rocprofiler_destroy_counter_config(struct sb_rocp_id of);
EXPORT int rocprofiler_destroy_counter_config(struct sb_rocp_id of)
{
    const int known_one = of.handle <= configs && config[of.handle].count > 0;
    config[of.handle].count = 0;
    return known_one ? 0 : ERROR;
}

/* An instance's number is its counter's, and which of them it is. */
EXPORT int rocprofiler_query_record_counter_id(uint64_t instance, struct sb_rocp_id *out);
EXPORT int rocprofiler_query_record_counter_id(uint64_t instance, struct sb_rocp_id *out)
{
    out->handle = instance >> 32;
    return 0;
}

EXPORT int rocprofiler_sample_device_counting_service(struct sb_rocp_id of, uint64_t user,
                                                      int flags, struct sb_rocp_record *out,
                                                      size_t *count);
EXPORT int rocprofiler_sample_device_counting_service(struct sb_rocp_id of, uint64_t user,
                                                      int flags, struct sb_rocp_record *out,
                                                      size_t *count)
{
    const uint64_t chosen = context[of.handle].config;
    const size_t room = *count;
    const size_t instances = fault_is("many") ? 9000 : 2;
    (void)user;
    if (!context[of.handle].running || flags != 0 || config[chosen].count == 0 ||
        (fault_is("lost") && ++samples > 2)) {
        return ERROR;
    }
    *count = 0;
    for (size_t c = 0; c < config[chosen].count; ++c) {
        const uint64_t id = config[chosen].counter[c].handle;
        const size_t these = id < 13 ? instances : 1;
        if (*count + these > room) {
            return ROOM;
        }
        for (size_t i = 0; i < these; ++i) {
            const double value =
                fault_is("many") ? 1 : 10 * (double)(i + 1) + 20 * (double)(of.handle - 1);
            out[(*count)++] =
                (struct sb_rocp_record){.instance = id << 32 | i, .value = id < 13 ? value : 7};
        }
    }
    return 0;
}
