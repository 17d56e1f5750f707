/* SPDX-License-Identifier: Apache-2.0 */
/** What counted, and what did not, of one record and of a campaign. */
#ifndef SB_COUNTERS_VIEW_H
#define SB_COUNTERS_VIEW_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdio.h>

/** The object `counters` of a record: a line a source, a table of its events, a line a reason; the metrics. */
int sb_counters_print(FILE *out, const json_t *counters, struct sb_error *err);

/** Adds to @p missed (an object) the sources and events of @p record that were not counted, by reason. */
void sb_counters_gather(json_t *missed, const json_t *record);
/** One line for each source and reason, with its events: not one a cell. Nothing where nothing was missed. */
void sb_counters_print_missed(FILE *out, json_t *missed);

#endif
