/* SPDX-License-Identifier: Apache-2.0 */
/** What `switch` shows: a few lines per step, as the records come. */
#ifndef SB_SWITCH_VIEW_H
#define SB_SWITCH_VIEW_H

#include "harness/cli/progress.h"

#include <stdbool.h>

struct sb_switch_view {
    struct sb_live *live;
    const char *campaign; /* its folder, for the commands that are offered */
    bool json;
    char of[200];  /* the case whose heading stands above */
    bool told;     /* that its trusted side is not right */
    int trusted;   /* exit code that trusted sides ask for: they must be right too */
    json_t *cells; /* records, with json */
};

/** Takes over @p progress, whose live line stays. Strings must outlive the view. */
void sb_switch_view_begin(struct sb_switch_view *out, struct sb_progress *progress,
                          struct sb_live *live, const char *campaign, bool json);
/** Closes the view; returns the exit code: @p code, or that of a trusted side that is wrong itself. */
int sb_switch_view_end(struct sb_switch_view *view, int code);

#endif
