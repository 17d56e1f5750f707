/* SPDX-License-Identifier: Apache-2.0 */
/**
 * AMD's rocprofiler-sdk of ROCm 7 (version 1.0 on), its device counting service, declared as far as it is used
 * (rocprofiler-sdk/{fwd,agent,context,counters,counter_config,device_counting_service,registration}.h).
 */
#ifndef SB_ROCPROFILER_H
#define SB_ROCPROFILER_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Contexts, agents, counters, configurations: passed by value. */
struct sb_rocp_id {
    uint64_t handle;
};

/** The beginning of rocprofiler_agent_v0_t, as far as it is read. */
struct sb_rocp_agent_head {
    uint64_t size;
    struct sb_rocp_id id;
    int type; /* 2: a GPU */
    uint32_t between[21];
    uint16_t vendor, device;
    uint32_t location; /* bus, device and function; bits 28 to 31: a partition */
    uint32_t domain;
};

/** rocprofiler_counter_info_v0_t */
struct sb_rocp_info {
    struct sb_rocp_id id;
    const char *name, *description, *block, *expression;
    uint8_t flags;
};
enum { SB_ROCP_CONSTANT = 1, SB_ROCP_DERIVED = 2 };

/** rocprofiler_counter_record_t */
struct sb_rocp_record {
    uint64_t instance;
    double value;
    uint64_t dispatch;
    uint64_t user;
    struct sb_rocp_id agent;
};

/** rocprofiler_tool_configure_result_t */
struct sb_rocp_tool {
    size_t size;
    int (*initialize)(void (*finalize)(void), void *data); /* what it is given is not used */
    void (*finalize)(void *data);
    void *data;
};
typedef int (*sb_rocp_set_config)(struct sb_rocp_id context, struct sb_rocp_id config);

/** Entry points; all but error and name return 0 or a rocprofiler_status_t. */
struct sb_rocp {
    int (*version)(uint32_t *major, uint32_t *minor, uint32_t *patch);
    const char *(*error)(int code);
    const char *(*name)(
        int code); /* "ROCPROFILER_STATUS_ERROR_…": numbers differ between versions */
    int (*configure)(struct sb_rocp_tool *(*configure)(uint32_t version, const char *text,
                                                       uint32_t priority, void *client));
    int (*agents)(int version,
                  int (*each)(int version, const void **agents, size_t count, void *payload),
                  size_t bytes, void *payload);
    int (*create_context)(struct sb_rocp_id *out);
    int (*start)(struct sb_rocp_id context);
    int (*stop)(struct sb_rocp_id context);
    int (*count_device)(struct sb_rocp_id context, struct sb_rocp_id buffer,
                        struct sb_rocp_id agent,
                        void (*started)(struct sb_rocp_id context, struct sb_rocp_id agent,
                                        sb_rocp_set_config set, void *payload),
                        void *payload);
    int (*counters)(struct sb_rocp_id agent,
                    int (*each)(struct sb_rocp_id agent, struct sb_rocp_id *counters, size_t count,
                                void *payload),
                    void *payload);
    int (*info)(struct sb_rocp_id counter, int version, void *out);
    int (*create_config)(struct sb_rocp_id agent, struct sb_rocp_id *counters, size_t count,
                         struct sb_rocp_id *out);
    int (*destroy_config)(struct sb_rocp_id config);
    int (*sample)(struct sb_rocp_id context, uint64_t user, int flags, struct sb_rocp_record *out,
                  size_t *count);
    int (*counter_of)(uint64_t instance, struct sb_rocp_id *out);
};

/** A GPU that was found when the tool was registered. */
struct sb_rocp_agent {
    struct sb_rocp_id id, context, config; /* config: of the window that is open */
    char bus[32];                          /* "0000:c1:00.0" */
};

/** Loads the library and registers with it, once; before HIP starts. What goes wrong is told by sb_rocp_ready(). */
void sb_rocp_prepare(void);
/** 0 where that went well and there is a GPU; SB_EABSENT with the reason. */
int sb_rocp_ready(const struct sb_rocp **out, struct sb_error *err);
/** Whether @p code is the error of that name ("PERMISSION_DENIED"). */
bool sb_rocp_is(int code, const char *name);
/** The GPUs; returns how many. */
int sb_rocp_agents(struct sb_rocp_agent **out);
/** Every counter of @p agent; stops at the first non-zero return of @p each, and returns it. */
int sb_rocp_each(const struct sb_rocp_agent *agent,
                 int (*each)(const struct sb_rocp_info *info, void *payload), void *payload,
                 struct sb_error *err);
/** SB_EABSENT: so many cannot be counted at once. Freed by sb_rocp_forget(). */
int sb_rocp_config(struct sb_rocp_id *out, const struct sb_rocp_agent *agent,
                   struct sb_rocp_id *counters, int count, struct sb_error *err);
void sb_rocp_forget(const struct sb_rocp_agent *agent, struct sb_rocp_id config);
/** A window. SB_EABSENT with rocprofiler's words. */
int sb_rocp_start(struct sb_rocp_agent *agent, struct sb_rocp_id config, struct sb_error *err);
/** values[count]: of each counter the sum over its instances. */
int sb_rocp_stop(double *values, struct sb_rocp_agent *agent, const struct sb_rocp_id *counters,
                 int count, struct sb_error *err);

#endif
