/* SPDX-License-Identifier: Apache-2.0 */
/** Asks the runner to execute one source file on the twin. */
#ifndef SB_TWIN_ASK_H
#define SB_TWIN_ASK_H

#include "harness/kernel_file/kernel_file.h"
#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct sb_twin_question {
    struct sb_kernel_file_options say;
    int warp, replays;
    uint64_t seed;
    double time_limit_s;
    bool counts; /* what a GPU would do, too */
};

/** *out: {"state": "ran", "findings": […], …} or {"state": "failed", "reason", "text", …}; new reference. Blocks. */
int sb_twin_ask(json_t **out, const char *path, const struct sb_twin_question *question,
                struct sb_error *err);
/** The exit code that an answer stands for. */
int sb_twin_exit(const json_t *answer);

#endif
