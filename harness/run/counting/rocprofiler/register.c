/* SPDX-License-Identifier: Apache-2.0 */
/* Loading and registering: contexts are made while rocprofiler initialises, which is before HIP does. */
#include "harness/run/counting/rocprofiler/rocprofiler.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENTS_MOST 64
enum { GPU = 2, AGENT_VERSION = 1 };

static struct sb_rocp rocp;
static struct sb_rocp_agent found[AGENTS_MOST];
static int found_count;
static struct sb_error why; /* code 0: all went well */
static bool tried;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"rocprofiler_get_version", &rocp.version},
    {"rocprofiler_get_status_string", &rocp.error},
    {"rocprofiler_get_status_name", &rocp.name},
    {"rocprofiler_force_configure", &rocp.configure},
    {"rocprofiler_query_available_agents", &rocp.agents},
    {"rocprofiler_create_context", &rocp.create_context},
    {"rocprofiler_start_context", &rocp.start},
    {"rocprofiler_stop_context", &rocp.stop},
    {"rocprofiler_configure_device_counting_service", &rocp.count_device},
    {"rocprofiler_iterate_agent_supported_counters", &rocp.counters},
    {"rocprofiler_query_counter_info", &rocp.info},
    {"rocprofiler_create_counter_config", &rocp.create_config},
    {"rocprofiler_destroy_counter_config", &rocp.destroy_config},
    {"rocprofiler_sample_device_counting_service", &rocp.sample},
    {"rocprofiler_query_record_counter_id", &rocp.counter_of},
};

/* When a context is started: which counters. */
static void set_counters(struct sb_rocp_id context, struct sb_rocp_id agent, sb_rocp_set_config set,
                         void *payload)
{
    const struct sb_rocp_agent *of = payload;
    (void)agent;
    if (of->config.handle != 0) {
        (void)set(context, of->config);
    }
}

static int add_agents(int version, const void **agents, size_t count, void *payload)
{
    (void)version;
    (void)payload;
    for (size_t i = 0; i < count && found_count < AGENTS_MOST; ++i) {
        struct sb_rocp_agent_head head;
        memcpy(&head, agents[i], sizeof head);
        struct sb_rocp_agent *agent = &found[found_count];
        const struct sb_rocp_id none = {0};
        if (head.type != GPU || rocp.create_context(&agent->context) != 0 ||
            rocp.count_device(agent->context, none, head.id, set_counters, agent) != 0) {
            continue;
        }
        agent->id = head.id;
        snprintf(agent->bus, sizeof agent->bus, "%04x:%02x:%02x.%x", head.domain,
                 head.location >> 8 & 0xff, head.location >> 3 & 0x1f, head.location & 7);
        found_count++;
    }
    return 0;
}

static int initialize(void (*finalize)(void), void *data)
{
    (void)finalize;
    (void)data;
    const int code =
        rocp.agents(AGENT_VERSION, add_agents, sizeof(struct sb_rocp_agent_head), NULL);
    if (code != 0) {
        const char *text = rocp.error(code);
        why.code = sb_fail(&why, SB_EABSENT, "rocprofiler finds no GPUs: %s (%d)",
                           text ? text : "no reason told", code);
    }
    return code != 0 || found_count == 0 ? -1 : 0;
}

static struct sb_rocp_tool *configure(uint32_t version, const char *text, uint32_t priority,
                                      void *client)
{
    static struct sb_rocp_tool tool = {.size = sizeof tool, .initialize = initialize};
    (void)version;
    (void)text;
    (void)priority;
    (void)client; /* a name to log, at a place that differs between versions */
    return &tool;
}

static void *open_library(void)
{
    static const char *const names[] = {"librocprofiler-sdk.so.1",
                                        "/opt/rocm/lib/librocprofiler-sdk.so.1"};
    const char *asked = getenv("SWITCHBENCH_ROCPROFILER");
    if (asked && *asked) {
        return dlopen(asked, RTLD_NOW | RTLD_GLOBAL);
    }
    void *library = dlopen(names[0], RTLD_NOW | RTLD_GLOBAL);
    return library ? library : dlopen(names[1], RTLD_NOW | RTLD_GLOBAL);
}

static int load(struct sb_error *err)
{
    void *library = open_library();
    if (!library) {
        return sb_fail(
            err, SB_EABSENT,
            "there is no rocprofiler-sdk (%s): install rocprofiler-sdk of ROCm 7 or newer, or load "
            "the site's module of it",
            dlerror());
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT,
                           "librocprofiler-sdk lacks %s: that of ROCm 7 or newer is needed",
                           symbols[i].name);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    const int code = rocp.configure(configure);
    if (err->code != 0) { /* initialize() has said more */
        return err->code;
    }
    if (sb_rocp_is(code, "CONFIGURATION_LOCKED")) {
        return sb_fail(err, SB_EABSENT,
                       "another tool is registered with rocprofiler already: run without it "
                       "(ROCP_TOOL_LIBRARIES, "
                       "LD_PRELOAD)");
    }
    if (code != 0) {
        const char *text = rocp.error(code);
        return sb_fail(err, SB_EABSENT, "rocprofiler does not start: %s (%d)",
                       text ? text : "no reason told", code);
    }
    return found_count > 0
               ? 0
               : sb_fail(err, SB_EABSENT,
                         "rocprofiler is here, but no GPU that it counts on: there is none on this "
                         "node, or the job or container was given none (/dev/kfd)");
}

void sb_rocp_prepare(void)
{
    if (!tried) {
        tried = true;
        why.code = load(&why);
    }
}

bool sb_rocp_is(int code, const char *name)
{
    static const char prefix[] = "ROCPROFILER_STATUS_ERROR_";
    const char *told = code != 0 ? rocp.name(code) : NULL;
    return told && strncmp(told, prefix, sizeof prefix - 1) == 0 &&
           strcmp(told + sizeof prefix - 1, name) == 0;
}

int sb_rocp_ready(const struct sb_rocp **out, struct sb_error *err)
{
    sb_rocp_prepare();
    *out = &rocp;
    return why.code != 0 ? sb_fail(err, why.code, "%s", why.text) : 0;
}

int sb_rocp_agents(struct sb_rocp_agent **out)
{
    *out = found;
    return found_count;
}
