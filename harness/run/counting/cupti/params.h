/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Parameters of CUPTI's functions, field by field as CUPTI's headers have them (tests/cli/cupti.bats compares both). A call tells
 * its library how much of the structure it knows: size is up to and with the last field declared here.
 */
#ifndef SB_CUPTI_PARAMS_H
#define SB_CUPTI_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#define SB_CUPTI_SIZE(type, last) (offsetof(struct type, last) + sizeof(((struct type *)0)->last))

struct sb_cupti_initialize {
    size_t size;
    void *private;
};
struct sb_cupti_chip {
    size_t size;
    void *private;
    size_t device;
    const char *name; /* out */
};
struct sb_cupti_availability {
    size_t size;
    void *private;
    void *context;
    size_t bytes; /* in and out */
    uint8_t *image;
};
struct sb_cupti_host_open {
    size_t size;
    void *private;
    int type; /* 0: range profiler */
    const char *chip;
    const uint8_t *available;
    void *object; /* out */
};
struct sb_cupti_host_close {
    size_t size;
    void *private;
    void *object;
};
struct sb_cupti_base_metrics {
    size_t size;
    void *private;
    void *object;
    int type;           /* 0: counters */
    const char **names; /* out */
    size_t count;       /* out */
};
struct sb_cupti_properties {
    size_t size;
    void *private;
    void *object;
    const char *name;
    const char *description, *hardware, *unit; /* out */
    int type;                                  /* out: 0: counter, 1: ratio, 2: throughput */
};
struct sb_cupti_add_metrics {
    size_t size;
    void *private;
    void *object;
    const char **names;
    size_t count;
};
struct sb_cupti_image_size {
    size_t size;
    void *private;
    void *object;
    size_t bytes; /* out */
};
struct sb_cupti_image {
    size_t size;
    void *private;
    void *object;
    size_t bytes;
    uint8_t *image;
};
struct sb_cupti_passes {
    size_t size;
    void *private;
    size_t bytes;
    uint8_t *image;
    size_t passes; /* out */
};
struct sb_cupti_evaluate {
    size_t size;
    void *private;
    void *object;
    const uint8_t *data;
    size_t bytes;
    size_t range;
    const char **names;
    size_t count;
    double *values;
};
struct sb_cupti_enable {
    size_t size;
    void *private;
    void *context;
    void *object; /* out */
};
/** Start, pop, disable. */
struct sb_cupti_object {
    size_t size;
    void *private;
    void *object;
};
struct sb_cupti_data_size {
    size_t size;
    void *private;
    void *object;
    const char **names;
    size_t count;
    size_t ranges;
    uint32_t nodes;
    size_t bytes; /* out */
};
struct sb_cupti_data_begin {
    size_t size;
    void *private;
    void *object;
    size_t bytes;
    uint8_t *data;
};
struct sb_cupti_configure {
    size_t size;
    void *private;
    void *object;
    size_t config_bytes;
    const uint8_t *config;
    size_t data_bytes;
    uint8_t *data;
    int range;  /* of SB_CUPTI_USER_RANGE */
    int replay; /* of SB_CUPTI_USER_REPLAY */
    size_t ranges;
    uint16_t levels, level_least;
    size_t pass;
    uint16_t level;
};
enum { SB_CUPTI_USER_RANGE = 2, SB_CUPTI_USER_REPLAY = 3 };
struct sb_cupti_stop {
    size_t size;
    void *private;
    void *object;
    size_t pass, level; /* out */
    uint8_t whole;      /* out: 1 after the last pass */
};
struct sb_cupti_push {
    size_t size;
    void *private;
    void *object;
    const char *name;
};
struct sb_cupti_decode {
    size_t size;
    void *private;
    void *object;
    size_t dropped; /* out */
};

#endif
