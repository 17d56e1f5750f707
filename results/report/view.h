/* SPDX-License-Identifier: Apache-2.0 */
/** From rows of the store to what the page's template shows: texts with units and three significant digits. */
#ifndef SB_VIEW_H
#define SB_VIEW_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stddef.h>

/** Rows of the queries of these names; borrowed. */
struct sb_view_rows {
    const json_t *campaign, *cells, *checks, *nodes, *builds, *devices, *environments, *metrics,
        *not_counted, *attainable, *portability;
};

/** Adds everything but the plots to @p view (an object). SB_ENOMEM. */
int sb_view_fill(json_t *view, const struct sb_view_rows *rows, struct sb_error *err);

/** Adds "nodes": per node its hostname and its facts, units taken from the endings of their names. */
void sb_view_nodes(json_t *view, const json_t *nodes);
/** Adds "tables": what is attainable, performance portability, metrics, what was not counted, builds, devices, environments, as far as there are any, with the columns of their queries. */
void sb_view_tables(json_t *view, const struct sb_view_rows *rows);

/** "1.23", "0.0456", "1234", "1.23e-07": three significant digits; "" for NaN. */
void sb_view_number(char *out, size_t room, double value);

#endif
