/* SPDX-License-Identifier: Apache-2.0 */
/* CUPTI: counters of NVIDIA's GPUs, by the names of Nsight Compute ("dram__bytes_read.sum"), of everything that the device
 * does while a window lasts. Metrics that need several passes take as many windows, of which the last has the values. */
#include "harness/run/counting/cupti/cupti.h"
#include "backends/cuda/cuda.h"
#include "harness/run/counting/gpu_board.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST 32

struct sb_counting {
    struct sb_cupti_host host;
    struct sb_cupti_config config;
    uint8_t *available;
    char name[EVENTS_MOST][SB_EVENT_NAME];
    const char *names[EVENTS_MOST];
    int events;
    size_t pass; /* windows since the last whole one */
    struct sb_cupti_session *session;
};

/* Where there is a driver with a device: CUPTI itself crashes without one. */
static int begin(const struct sb_cupti **out, struct sb_error *err)
{
    const struct sb_gpu_api *api = NULL;
    struct sb_error why;
    int devices = 0;
    int code = sb_cupti_load(out, err);
    if (code != 0) {
        return code;
    }
    if (sb_cuda_driver(&api, &why) != 0) {
        return sb_fail(err, SB_EABSENT, "CUPTI is here, but no GPU to count on: %.300s", why.text);
    }
    if (api->device_count(&devices) != 0 || devices == 0) {
        return sb_fail(err, SB_EABSENT,
                       "CUPTI is here, but the NVIDIA driver shows no GPU to count on");
    }
    struct sb_cupti_initialize p = {.size = SB_CUPTI_SIZE(sb_cupti_initialize, private)};
    return sb_cupti_check((*out)->initialize(&p), "start beside this driver", err);
}

static int open_host(struct sb_cupti_host *out, int device, const uint8_t *available,
                     struct sb_error *err)
{
    const struct sb_cupti *cupti = NULL;
    struct sb_cupti_chip p = {.size = SB_CUPTI_SIZE(sb_cupti_chip, name), .device = (size_t)device};
    int code = begin(&cupti, err);
    code = code != 0 ? code : sb_cupti_check(cupti->chip(&p), "tell which GPU this is", err);
    return code != 0 ? code : sb_cupti_host_open(out, p.name, available, err);
}

static int probe(char *version, size_t room, struct sb_error *err)
{
    struct sb_cupti_host host;
    uint32_t number = 0;
    const int code = open_host(&host, 0, NULL, err);
    if (code == 0) {
        (void)host.cupti->version(&number);
        snprintf(version, room, "CUPTI %u, %s", number, host.chip);
        sb_cupti_host_close(&host);
    }
    return code;
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    struct sb_cupti_host host;
    int code = open_host(&host, 0, NULL, err);
    if (code == 0) {
        code = sb_cupti_each(&host, each, payload, err);
        sb_cupti_host_close(&host);
    }
    return code;
}

static int event(struct sb_counter_event *out, const char *name, struct sb_error *err)
{
    struct sb_cupti_host host;
    int code = open_host(&host, 0, NULL, err);
    if (code == 0) {
        code = sb_cupti_describe(out, &host, name, err);
        sb_cupti_host_close(&host);
    }
    return code;
}

static void *current_context(void)
{
    int (*ask)(void **out) = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "cuCtxGetCurrent");
    void *context = NULL;
    memcpy(&ask, &symbol, sizeof ask); /* POSIX: a data pointer from dlsym may be a function's */
    return ask && ask(&context) == 0 ? context : NULL;
}

/* What the device counts; without it, what its chip usually does. */
static uint8_t *ask_available(const struct sb_cupti *cupti, void *context)
{
    struct sb_cupti_availability p = {.size = SB_CUPTI_SIZE(sb_cupti_availability, image),
                                      .context = context};
    if (cupti->availability(&p) != 0 || p.bytes == 0) {
        return NULL;
    }
    p.image = calloc(p.bytes, 1);
    if (p.image && cupti->availability(&p) != 0) {
        free(p.image);
        p.image = NULL;
    }
    return p.image;
}

static void close_session(struct sb_counting *counting)
{
    if (counting) {
        sb_cupti_session_close(counting->session);
        sb_cupti_config_free(&counting->config);
        sb_cupti_host_close(&counting->host);
        free(counting->available);
    }
    free(counting);
}

static int open_counting(struct sb_counting *counting, const struct sb_counting_target *target,
                         int count, struct sb_error *err)
{
    const struct sb_cupti *cupti = NULL;
    int code = begin(&cupti, err);
    if (code == 0 && !sb_device_is_nvidia(target->device)) {
        code = sb_fail(err, SB_EABSENT, "the device '%s' is not NVIDIA's",
                       target->device ? target->device->name : "");
    }
    void *context = code == 0 ? current_context() : NULL;
    if (code == 0 && !context) {
        code = sb_fail(err, SB_EABSENT, "the cell has no CUDA context that CUPTI could count in");
    }
    counting->available = code == 0 ? ask_available(cupti, context) : NULL;
    code = code != 0 ? code
                     : open_host(&counting->host, target->device->number, counting->available, err);
    code = code != 0 ? code
                     : sb_cupti_schedule(&counting->config, &counting->events, &counting->host,
                                         counting->names, count, err);
    return code != 0 ? code
                     : sb_cupti_session_open(&counting->session, &counting->host, &counting->config,
                                             counting->names, counting->events, context, err);
}

static int open_events(struct sb_counting **out, int *out_taken, const char *const *names,
                       int count, const struct sb_counting_target *target, struct sb_error *err)
{
    struct sb_counting *counting = calloc(1, sizeof *counting);
    if (!counting) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    count = count < EVENTS_MOST ? count : EVENTS_MOST;
    for (int i = 0; i < count; ++i) {
        snprintf(counting->name[i], sizeof counting->name[i], "%s", names[i]);
        counting->names[i] = counting->name[i];
    }
    const int code = open_counting(counting, target, count, err);
    if (code != 0) {
        close_session(counting);
        return code;
    }
    *out = counting;
    *out_taken = counting->events;
    return 0;
}

static int windows(const struct sb_counting *counting)
{
    return (int)counting->config.passes;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    return sb_cupti_session_start(counting->session, err);
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    double values[EVENTS_MOST] = {0};
    bool whole = false;
    const int code = sb_cupti_session_stop(values, &whole, counting->session, err);
    counting->pass++;
    for (int e = 0; code == 0 && e < counting->events; ++e) {
        out[e] = (struct sb_count){.value = values[e], .running = 1};
        if (!whole) {
            snprintf(out[e].fault, sizeof out[e].fault,
                     "it needs %zu windows and had %zu before the time was over: ask for a longer "
                     "--budget",
                     counting->config.passes, counting->pass);
        }
    }
    counting->pass = whole ? 0 : counting->pass;
    return code;
}

const struct sb_counter_source sb_counter_source_cupti = {
    .name = "cupti",
    .title = "CUPTI: counters of NVIDIA's GPUs (range profiler)",
    .scope = "board",
    .backends = (const char *const[]){"cuda", "hip", NULL},
    .usual =
        (const char *const[]){
            "smsp__sass_thread_inst_executed_op_dadd_pred_on.sum",
            "smsp__sass_thread_inst_executed_op_dmul_pred_on.sum",
            "smsp__sass_thread_inst_executed_op_dfma_pred_on.sum",
            "smsp__sass_thread_inst_executed_op_fadd_pred_on.sum",
            "smsp__sass_thread_inst_executed_op_fmul_pred_on.sum",
            "smsp__sass_thread_inst_executed_op_ffma_pred_on.sum", "smsp__inst_executed.sum",
            "dram__bytes_read.sum", "dram__bytes_write.sum", "lts__t_bytes.sum",
            "l1tex__t_bytes.sum", "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
            "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum",
            "l1tex__data_bank_conflicts_pipe_lsu.sum",
            "sm__warps_active.avg.pct_of_peak_sustained_active", "sm__cycles_elapsed.max", NULL},
    .automatic = false,
    .probe = probe,
    .list = list,
    .event = event,
    .open = open_events,
    .windows = windows,
    .start = start,
    .stop = stop,
    .close = close_session,
};
