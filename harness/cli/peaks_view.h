/* SPDX-License-Identifier: Apache-2.0 */
/** The table of `switchbench peaks`. */
#ifndef SB_PEAKS_VIEW_H
#define SB_PEAKS_VIEW_H

#include "harness/cli/table.h"

#include <jansson.h>

/** Prints a document of peaks: a row for each figure, and for each backend without one its reason. */
int sb_peaks_print(const json_t *document, const struct sb_output *output, FILE *out,
                   struct sb_error *err);

#endif
