/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/rocprofiler/rocprofiler.h"

#include <stdlib.h>

#define RECORDS_MOST (1U << 22)

static const struct sb_rocp *library(void)
{
    const struct sb_rocp *rocp = NULL;
    (void)sb_rocp_ready(&rocp, NULL);
    return rocp;
}

static const struct {
    const char *name, *text;
} meanings[] = {
    {"PERMISSION_DENIED",
     "the driver does not let this user count: ask the administrator for the capability "
     "CAP_PERFMON and for the groups video and render"},
    {"EXCEEDS_HW_LIMIT", "the GPU has not enough counters for it at once"},
    {"HSA_NOT_LOADED",
     "the HIP runtime did not tell rocprofiler that it has started: is it of the same ROCm?"},
    {"AGENT_ARCH_NOT_SUPPORTED", "rocprofiler does not know this GPU: a newer ROCm may"},
};

static int check(int code, const char *what, struct sb_error *err)
{
    if (code == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; ++i) {
        if (sb_rocp_is(code, meanings[i].name)) {
            return sb_fail(err, SB_EABSENT, "%s", meanings[i].text);
        }
    }
    const char *text = library()->error(code);
    return sb_fail(err, SB_EABSENT, "rocprofiler cannot %s: %s (%d)", what,
                   text ? text : "no reason told", code);
}

struct walk {
    int (*each)(const struct sb_rocp_info *info, void *payload);
    void *payload;
    int code;
};

static int walk_counters(struct sb_rocp_id agent, struct sb_rocp_id *counters, size_t count,
                         void *payload)
{
    struct walk *walk = payload;
    (void)agent;
    for (size_t i = 0; walk->code == 0 && i < count; ++i) {
        struct sb_rocp_info info = {0};
        if (library()->info(counters[i], 1, &info) == 0 && info.name) {
            info.id = counters[i];
            walk->code = walk->each(&info, walk->payload);
        }
    }
    return 0;
}

int sb_rocp_each(const struct sb_rocp_agent *agent,
                 int (*each)(const struct sb_rocp_info *info, void *payload), void *payload,
                 struct sb_error *err)
{
    struct walk walk = {.each = each, .payload = payload};
    const int code =
        check(library()->counters(agent->id, walk_counters, &walk), "list the GPU's counters", err);
    return code != 0 ? code : walk.code;
}

int sb_rocp_config(struct sb_rocp_id *out, const struct sb_rocp_agent *agent,
                   struct sb_rocp_id *counters, int count, struct sb_error *err)
{
    *out = (struct sb_rocp_id){0};
    return check(library()->create_config(agent->id, counters, (size_t)count, out),
                 "set up this counter", err);
}

void sb_rocp_forget(const struct sb_rocp_agent *agent, struct sb_rocp_id config)
{
    (void)agent;
    if (config.handle != 0) {
        (void)library()->destroy_config(config);
    }
}

int sb_rocp_start(struct sb_rocp_agent *agent, struct sb_rocp_id config, struct sb_error *err)
{
    agent->config = config;
    return check(library()->start(agent->context), "start counting", err);
}

static int sample(struct sb_rocp_record **out, size_t *count, const struct sb_rocp_agent *agent,
                  struct sb_error *err)
{
    bool again = true;
    int code = 0;
    *out = NULL;
    for (size_t room = 4096; again && room <= RECORDS_MOST; room *= 4) {
        struct sb_rocp_record *more = realloc(*out, room * sizeof *more);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        *out = more;
        *count = room;
        code = library()->sample(agent->context, 0, 0, more, count);
        again = sb_rocp_is(code, "OUT_OF_RESOURCES");
    }
    return check(code, "read its counters", err);
}

int sb_rocp_stop(double *values, struct sb_rocp_agent *agent, const struct sb_rocp_id *counters,
                 int count, struct sb_error *err)
{
    struct sb_rocp_record *record = NULL;
    size_t records = 0;
    int code = sample(&record, &records, agent, err);
    struct sb_error ignored;
    const int stopped =
        check(library()->stop(agent->context), "end counting", code != 0 ? &ignored : err);
    for (int c = 0; c < count; ++c) {
        values[c] = 0;
    }
    for (size_t i = 0; code == 0 && i < records; ++i) {
        struct sb_rocp_id id = {0};
        (void)library()->counter_of(record[i].instance, &id);
        for (int c = 0; c < count; ++c) {
            values[c] += id.handle == counters[c].handle ? record[i].value : 0;
        }
    }
    free(record);
    return code != 0 ? code : stopped;
}
