/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libcupti whose GPU counts 1000 times the number of letters of a counter's name in each window; four counters fit into a pass,
 * one of whose name has "three" in it needs three. What a session may not do in the order asked for is an invalid operation (7).
 * SB_FAKE_CUPTI_FAULT: initialize, chip, denied, busy, lost (at the second window), endless (no pass is the last)
 */
#include "harness/run/counting/cupti/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum {
    INVALID_PARAMETER = 1,
    INVALID_OPERATION = 7,
    INVALID_METRIC = 17,
    BUSY = 26,
    DENIED = 35,
    INVALID_CHIP = 46,
    UNKNOWN = 999
};
static const char *const known[] = {"fake__bytes_read", "fake__bytes_write", "fake__inst_executed",
                                    "fake__three_passes", "fake__warps_active"};
enum { KNOWN = sizeof known / sizeof *known };

struct host {
    size_t counters, passes;
};
static struct device {
    int enabled, configured, started, pushed, windows;
    size_t pass, passes;
} device;

static int fault_is(const char *name)
{
    const char *fault = getenv("SB_FAKE_CUPTI_FAULT");
    return fault && strcmp(fault, name) == 0;
}

static int is_known(const char *name)
{
    for (int i = 0; i < KNOWN; ++i) {
        const size_t length = strlen(known[i]);
        if (strncmp(known[i], name, length) == 0 && (name[length] == '.' || !name[length])) {
            return 1;
        }
    }
    return 0;
}

#define CALL(name, type)                                                                           \
    EXPORT int name(struct sb_cupti_##type *p);                                                    \
    EXPORT int name(struct sb_cupti_##type *p)

EXPORT int cuptiGetVersion(uint32_t *out);
EXPORT int cuptiGetVersion(uint32_t *out)
{
    *out = 130001;
    return 0;
}

EXPORT int cuptiGetResultString(int code, const char **out);
EXPORT int cuptiGetResultString(int code, const char **out)
{
    *out = code == UNKNOWN ? "CUPTI_ERROR_UNKNOWN" : "CUPTI_ERROR_INVALID_OPERATION";
    return 0;
}

CALL(cuptiProfilerInitialize, initialize)
{
    (void)p;
    return fault_is("initialize") ? UNKNOWN : 0;
}

CALL(cuptiDeviceGetChipName, chip)
{
    p->name = "FAKE100";
    return 0;
}

CALL(cuptiProfilerGetCounterAvailability, availability)
{
    p->bytes = 16;
    return p->context ? 0 : INVALID_PARAMETER;
}

CALL(cuptiProfilerHostInitialize, host_open)
{
    p->object = calloc(1, sizeof(struct host));
    return fault_is("chip") ? INVALID_CHIP : 0;
}

CALL(cuptiProfilerHostDeinitialize, host_close)
{
    free(p->object);
    return 0;
}

CALL(cuptiProfilerHostGetBaseMetrics, base_metrics)
{
    p->names = (const char **)known;
    p->count = KNOWN;
    return 0;
}

CALL(cuptiProfilerHostGetMetricProperties, properties)
{
    p->description = "# of things";
    p->unit = strstr(p->name, "bytes") ? "byte" : "instruction";
    p->hardware = "fake";
    p->type = 0;
    return is_known(p->name) ? 0 : INVALID_METRIC;
}

CALL(cuptiProfilerHostConfigAddMetrics, add_metrics)
{
    struct host *host = p->object;
    for (size_t i = 0; i < p->count; ++i) {
        if (!is_known(p->names[i])) {
            return INVALID_METRIC;
        }
        host->passes = strstr(p->names[i], "three") ? 3 : host->passes;
    }
    host->counters += p->count;
    host->passes =
        host->passes < 1 + (host->counters - 1) / 4 ? 1 + (host->counters - 1) / 4 : host->passes;
    return 0;
}

CALL(cuptiProfilerHostGetConfigImageSize, image_size)
{
    p->bytes = sizeof(struct host);
    return 0;
}

CALL(cuptiProfilerHostGetConfigImage, image)
{
    memcpy(p->image, p->object, sizeof(struct host));
    return p->bytes == sizeof(struct host) ? 0 : INVALID_PARAMETER;
}

CALL(cuptiProfilerHostGetNumOfPasses, passes)
{
    struct host host;
    memcpy(&host, p->image, sizeof host);
    p->passes = host.passes;
    return 0;
}

CALL(cuptiProfilerHostEvaluateToGpuValues, evaluate)
{
    for (size_t i = 0; i < p->count; ++i) {
        p->values[i] = 1000 * (double)strlen(p->names[i]);
    }
    return p->data[0] == 'd' ? 0 : INVALID_OPERATION; /* decoded */
}

CALL(cuptiRangeProfilerEnable, enable)
{
    device = (struct device){.enabled = 1, .windows = device.windows};
    p->object = &device;
    return fault_is("denied") ? DENIED : p->context ? 0 : INVALID_PARAMETER;
}

CALL(cuptiRangeProfilerDisable, object)
{
    (void)p;
    device.enabled = 0;
    return 0;
}

CALL(cuptiRangeProfilerGetCounterDataSize, data_size)
{
    p->bytes = 64;
    return p->ranges == 1 && p->nodes >= p->ranges ? 0 : INVALID_PARAMETER;
}

CALL(cuptiRangeProfilerCounterDataImageInitialize, data_begin)
{
    p->data[0] = 'i';
    return device.enabled ? 0 : INVALID_OPERATION;
}

static uint8_t *data;
CALL(cuptiRangeProfilerSetConfig, configure)
{
    struct host host;
    memcpy(&host, p->config, sizeof host);
    device.passes = host.passes;
    device.pass = p->pass;
    device.configured = 1;
    data = p->data;
    return fault_is("busy") ? BUSY
           : device.enabled && p->range == SB_CUPTI_USER_RANGE && data[0] == 'i' &&
                   p->replay == SB_CUPTI_USER_REPLAY && p->ranges == 1 && p->levels == 1 &&
                   p->level_least == 1
               ? 0
               : INVALID_PARAMETER;
}

CALL(cuptiRangeProfilerStart, object)
{
    (void)p;
    const int code = device.configured && !device.started ? 0 : INVALID_OPERATION;
    device.started = 1;
    return fault_is("lost") && ++device.windows > 1 ? UNKNOWN : code;
}

CALL(cuptiRangeProfilerPushRange, push)
{
    (void)p;
    const int code = device.started && !device.pushed ? 0 : INVALID_OPERATION;
    device.pushed = 1;
    return code;
}

CALL(cuptiRangeProfilerPopRange, object)
{
    (void)p;
    const int code = device.pushed ? 0 : INVALID_OPERATION;
    device.pushed = 0;
    return code;
}

CALL(cuptiRangeProfilerStop, stop)
{
    const int code = device.started && !device.pushed ? 0 : INVALID_OPERATION;
    device.started = 0;
    p->pass = ++device.pass;
    p->whole = !fault_is("endless") && device.pass >= device.passes;
    return code;
}

CALL(cuptiRangeProfilerDecodeData, decode)
{
    (void)p;
    data[0] = 'd';
    device.configured = 0;
    return device.pass >= device.passes ? 0 : INVALID_OPERATION;
}
