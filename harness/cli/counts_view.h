/* SPDX-License-Identifier: Apache-2.0 */
/** What the twin counted, for people and programs: per source line, per launch, and what devices could make of it. */
#ifndef SB_COUNTS_VIEW_H
#define SB_COUNTS_VIEW_H

#include "harness/cli/options.h"
#include "results/bound/sheet.h"

#include <jansson.h>
#include <stdio.h>

struct sb_counts_view {
    const struct sb_sheet *sheet; /* lines are told for the first: its warps, its sectors */
    int sheets;
    const char *folder; /* of the sources, so that lines are shown; NULL: line numbers alone */
};

/** Sheets by names or files; none: all of the program. Freed with sb_counts_sheets_free(). SB_ENOTFOUND, SB_EPARSE. */
int sb_counts_sheets(struct sb_sheet **out, int *count, const struct sb_strings *names,
                     struct sb_error *err);
void sb_counts_sheets_free(struct sb_sheet *sheets, int count);

/** Three tables: lines, launches, bounds. @p counts: record.observed.counts. */
int sb_counts_print(FILE *out, const json_t *counts, const struct sb_counts_view *view,
                    struct sb_error *err);
/** The table of lines as CSV or JSON asks (@p output). */
int sb_counts_print_lines(FILE *out, const json_t *counts, const struct sb_counts_view *view,
                          const struct sb_output *output, struct sb_error *err);
/** [sb_bounds_json() of each sheet]. New reference. */
int sb_counts_bounds(json_t **out, const json_t *counts, const struct sb_counts_view *view,
                     struct sb_error *err);

#endif
