/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A device's data sheet: the published figures that bound what a kernel can reach on it, each with its source. Sheets
 * are YAML files: those in sheets/ are in the program, by name; a user's own is a path. Rates are of the whole device
 * where they end in _per_s, of one unit (an SM, a CU) where they end in _per_cycle.
 */
#ifndef SB_SHEET_H
#define SB_SHEET_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

enum sb_figure {
    SB_FIGURE_UNITS,
    SB_FIGURE_CLOCK,
    SB_FIGURE_WARP,
    SB_FIGURE_FP64_CYCLE,
    SB_FIGURE_FP64,
    SB_FIGURE_FP32_CYCLE,
    SB_FIGURE_FP32,
    SB_FIGURE_FP64_MATRIX,
    SB_FIGURE_FP32_MATRIX,
    SB_FIGURE_MEMORY,
    SB_FIGURE_BANDWIDTH,
    SB_FIGURE_L2,
    SB_FIGURE_L2_BANDWIDTH,
    SB_FIGURE_LLC,
    SB_FIGURE_LLC_BANDWIDTH,
    SB_FIGURE_L1_CYCLE,
    SB_FIGURE_SECTOR,
    SB_FIGURE_SHARED,
    SB_FIGURE_SHARED_BLOCK,
    SB_FIGURE_SHARED_CYCLE,
    SB_FIGURE_THREADS,
    SB_FIGURE_THREADS_BLOCK,
    SB_FIGURE_REGISTERS,
    SB_FIGURE_ATOMICS,
    SB_FIGURE_LAUNCH,
    SB_FIGURES
};

/** A figure is a row: the reader, `list devices` and the bound walk this table. */
struct sb_figure_row {
    const char *key;  /* in the file, with its unit */
    const char *help; /* one line */
    double least, most;
    bool optional; /* not every vendor publishes it */
};
extern const struct sb_figure_row sb_figure_rows[SB_FIGURES];

struct sb_sheet {
    char *name, *title, *vendor;
    double figure[SB_FIGURES]; /* NAN where the sheet has none */
    char *source[SB_FIGURES];  /* publication and note; NULL where the sheet has no figure */
};

/** Number of sheets in the program, and their names in order. */
int sb_sheet_count(void);
const char *sb_sheet_name(int i);
/** The sheet of that name, or of that file where @p name has a '/' or ends in .yaml. SB_ENOTFOUND names the closest. */
int sb_sheet_load(struct sb_sheet *out, const char *name, struct sb_error *err);
/** Reads the text of a sheet; @p path is for messages. SB_EPARSE with the line: unknown keys, figures without source or
 *  out of bounds, peaks that are not units × clock × flop per cycle. */
int sb_sheet_parse(struct sb_sheet *out, const char *text, size_t length, const char *path,
                   struct sb_error *err);
void sb_sheet_free(struct sb_sheet *sheet);

#endif
