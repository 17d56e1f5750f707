/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The index: SQLite over the records of many campaigns, on local disk. Records are the truth; this can be deleted at
 * any time and is rebuilt from them. One connection per thread; several processes may share a file.
 */
#ifndef SB_STORE_H
#define SB_STORE_H

#include "harness/record.h"
#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_store; /* an open index */

/**
 * Opens (and creates) the index at @p path; ":memory:": one that is gone at close. NULL: sb_fs_cache("index")/index.sqlite,
 * or, where that cannot be written, one in memory, and sb_store_warning() says so.
 * A file that is no database, is damaged, or was written by a newer switchbench is set aside as <path>.damaged, a new one
 * is built from every campaign that was known (their folders are listed in <path>.campaigns), and sb_store_warning()
 * says so.
 * Errors: SB_EIO. *out is freed by sb_store_close().
 */
int sb_store_open(struct sb_store **out, const char *path, struct sb_error *err);
void sb_store_close(struct sb_store *store);
/** What was mended since the open, or passed over while indexing (a malformed line), as sentences; "" where nothing. */
const char *sb_store_warning(const struct sb_store *store);

/**
 * Brings the index up to date with the campaign folder at @p folder (that holds records/): files whose size and time of
 * change are as they were are not read again, but for those with malformed lines, which are told of every time. *campaign (may
 * be NULL) gets its number in this index.
 * Of several records of one cell the last one counts, in the order of the files' names and of their lines. Malformed
 * lines are passed over with a warning. Errors: SB_ENOTFOUND (no campaign there), SB_EIO.
 */
int sb_store_index(int64_t *campaign, struct sb_store *store, const char *folder,
                   struct sb_error *err);

/** Forgets everything and indexes again every known campaign whose folder is still there. SB_EIO. */
int sb_store_rebuild(struct sb_store *store, struct sb_error *err);

/**
 * Runs the query results/queries/<name>.sql over one campaign and hands on every row as an object {column: value};
 * columns that end in _json are parsed and lose that ending; one called _json is merged into the row. @p each borrows the row; its first non-zero answer ends
 * the query and is returned. Row order is part of each query. Errors: SB_ENOTFOUND (the closest name), SB_EIO.
 *   cells               one row per cell: everything that a table shows (states, reason, medians, rates)
 *   samples             cell, kernel, label, backend, variant, turn, i, time_ns
 *   heat                kernel, label, preset, backend, …, relative: rate over the best backend's for that case (portable)
 *   portable_vs_vendor  case, portable_ns, vendor_ns, relative: portable's rate over vendor's
 *   checks              one row per verification check: what, kind, failed, worst_index, got, expected, bound, ulp, relative
 *   nodes, builds       distinct nodes (as the records have them) and builds, with how many cells each
 *   metrics             one row per metric of a cell: metric, value, unit, source, tags, over_expected
 *   not_counted         one row per source and reason: how many cells it did not count
 *   campaign            one row: id, name, folder, started, ended, one count per state
 */
int sb_store_each(struct sb_store *store, const char *query, int64_t campaign,
                  int (*each)(json_t *row, void *payload), void *payload, struct sb_error *err);
/** The same as one array of objects; *out is a new reference. */
int sb_store_rows(json_t **out, struct sb_store *store, const char *query, int64_t campaign,
                  struct sb_error *err);
/**
 * From here to its close, @p store shows at most @p most cells of the campaign to sb_store_each() and sb_store_rows(), which are to be
 * its only further calls: those that did not pass before others (wrong, failed, lost, unsupported), then evenly spaced ones of the
 * names' order. SB_EIO.
 */
int sb_store_narrow(struct sb_store *store, int64_t campaign, int64_t most, struct sb_error *err);
/** Names of the queries, in order of the alphabet; NULL past the last. */
const char *sb_store_query_name(int i);

/** One cell of a campaign, as compare needs it. Texts and turns live until the callback returns. */
struct sb_store_cell {
    const char *cell; /* id within its campaign */
    const char *job;
    const char *name;
    const char *kernel, *label, *preset, *variant, *backend, *target, *place, *precision, *maths;
    const char *parameters; /* JSON object with sorted keys */
    int64_t replica;
    enum sb_state state;
    const char *reason;   /* "" where passed */
    const char *emulated; /* what stood in for the target: never timed; "": the thing itself */
    double median_ns, low_ns, high_ns; /* 0 where nothing was timed */
    int64_t samples;
    size_t turns;
    const double *turn_median_ns; /* in the order they were taken */
    const double *turn_samples;   /* how many samples each has */
    const double *turn_mean_ns;
    int64_t watched_turns, disturbed_turns; /* looked at; in which something else had the machine */
    const char *disturbed_by;               /* "waiting 12, clock 3", or "" */
    const char *metrics; /* counters.metrics of the record, JSON; "" where nothing was counted */
};
/** Calls @p each for every cell of the campaign, ordered by cell id. Its first non-zero answer is returned. */
int sb_store_cells(struct sb_store *store, int64_t campaign,
                   int (*each)(const struct sb_store_cell *cell, void *payload), void *payload,
                   struct sb_error *err);

#endif
