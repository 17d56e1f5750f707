/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CUPTI's range profiler: counters of NVIDIA's GPUs (cupti_range_profiler.h and cupti_profiler_host.h of CUDA 12.6 to 13), whose
 * parameters are declared in params.h. The host's half (names, passes, values) needs no device.
 */
#ifndef SB_CUPTI_H
#define SB_CUPTI_H

#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/cupti/params.h"

/** Entry points; all but the last two return 0 or a CUptiResult. */
struct sb_cupti {
    int (*version)(uint32_t *out);
    int (*initialize)(struct sb_cupti_initialize *p);
    int (*chip)(struct sb_cupti_chip *p); /* only where there is a driver: it crashes without one */
    int (*availability)(struct sb_cupti_availability *p);
    int (*host_open)(struct sb_cupti_host_open *p);
    int (*host_close)(struct sb_cupti_host_close *p);
    int (*base_metrics)(struct sb_cupti_base_metrics *p);
    int (*properties)(struct sb_cupti_properties *p);
    int (*add_metrics)(struct sb_cupti_add_metrics *p);
    int (*image_size)(struct sb_cupti_image_size *p);
    int (*image)(struct sb_cupti_image *p);
    int (*passes)(struct sb_cupti_passes *p);
    int (*evaluate)(struct sb_cupti_evaluate *p);
    int (*enable)(struct sb_cupti_enable *p);
    int (*disable)(struct sb_cupti_object *p);
    int (*data_size)(struct sb_cupti_data_size *p);
    int (*data_begin)(struct sb_cupti_data_begin *p);
    int (*configure)(struct sb_cupti_configure *p);
    int (*start)(struct sb_cupti_object *p);
    int (*stop)(struct sb_cupti_stop *p);
    int (*push)(struct sb_cupti_push *p);
    int (*pop)(struct sb_cupti_object *p);
    int (*decode)(struct sb_cupti_decode *p);
    int (*error)(int code, const char **out);
};

/** libcupti of a CUDA toolkit (or $SWITCHBENCH_CUPTI), loaded once. SB_EABSENT: none, or older than CUDA 12.6. */
int sb_cupti_load(const struct sb_cupti **out, struct sb_error *err);
/** 0 for 0; else SB_EABSENT with what the code means and whom to ask for what. */
int sb_cupti_check(int code, const char *what, struct sb_error *err);

/** The host's half, of a chip ("GH100"). */
struct sb_cupti_host {
    const struct sb_cupti *cupti;
    char chip[32];
    const uint8_t *available; /* the device's image of what it counts; may be NULL */
    void *object;
};
int sb_cupti_host_open(struct sb_cupti_host *out, const char *chip, const uint8_t *available,
                       struct sb_error *err);
void sb_cupti_host_close(struct sb_cupti_host *host);
/** Every counter of the chip, as its sum. Stops at the first non-zero return of @p each, and returns it. */
int sb_cupti_each(const struct sb_cupti_host *host,
                  int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                  struct sb_error *err);
/** SB_ENOTFOUND with the closest name. */
int sb_cupti_describe(struct sb_counter_event *out, const struct sb_cupti_host *host,
                      const char *name, struct sb_error *err);

/** How metrics are scheduled. */
struct sb_cupti_config {
    uint8_t *image; /* freed by sb_cupti_config_free() */
    size_t bytes;
    size_t passes; /* how often the work must run */
};
/** SB_ENOTFOUND: one of them is no metric of this chip. */
int sb_cupti_config(struct sb_cupti_config *out, const struct sb_cupti_host *host,
                    const char *const *names, int count, struct sb_error *err);
void sb_cupti_config_free(struct sb_cupti_config *config);
/** As many of the first @p names as one pass counts, at least one, in *out_taken. */
int sb_cupti_schedule(struct sb_cupti_config *out, int *out_taken, const struct sb_cupti_host *host,
                      const char *const *names, int count, struct sb_error *err);

/** Counting on the device of the current context. */
struct sb_cupti_session;
/** Enables and configures the profiler, and proves it by a window without work. @p names stay the caller's until close(). */
int sb_cupti_session_open(struct sb_cupti_session **out, const struct sb_cupti_host *host,
                          const struct sb_cupti_config *config, const char *const *names, int count,
                          void *context, struct sb_error *err);
int sb_cupti_session_start(struct sb_cupti_session *session, struct sb_error *err);
/** values[count], where this was the last of the passes: *out_whole. SB_EDEVICE. */
int sb_cupti_session_stop(double *values, bool *out_whole, struct sb_cupti_session *session,
                          struct sb_error *err);
void sb_cupti_session_close(struct sb_cupti_session *session);

#endif
