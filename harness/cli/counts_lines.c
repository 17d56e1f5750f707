/* SPDX-License-Identifier: Apache-2.0 */
/* The table of source lines: what each asks of memory, how well lanes use it, what it computes. */
#include "harness/cli/counts_view.h"

#include "harness/cli/shown.h"
#include "harness/cli/table.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_WIDTH 44

static const struct sb_column columns[] = {
    {"function", NULL, false},
    {"file", NULL, false},
    {"line", NULL, true},
    {"", "line", false},
    {"source", "source", false},
    {"flop", "flop", true},
    {"load_requests", "loads", true},
    {"load_sectors_per_request", "sectors", true},
    {"load_used", "used", true},
    {"store_requests", "stores", true},
    {"store_sectors_per_request", "sectors", true},
    {"store_used", "used", true},
    {"shared_requests", "shared", true},
    {"shared_conflicts", "conflicts", true},
    {"atomic_requests", "atomics", true},
    {"atomic_lanes_on_one_address", "on one address", true},
    {"lanes_per_step", "lanes", true},
    {"divergent_branches", "divergent", true},
    {NULL, NULL, false},
};

struct view {
    struct sb_table *table;
    const struct sb_counts_view *view;
    char warp[16];
    const char *pieces; /* member with the distinct sectors of the sheet's size */
    double sector_bytes;
    char *text; /* the source file that is shown */
    char file[128];
};

static double member(const json_t *line, const struct view *v, const char *group, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s.%s%s%s", v->warp, group ? group : "", group ? "." : "", name);
    return sb_json_real_or(line, path, 0);
}

static void add_number(struct sb_table *table, double value)
{
    char text[40] = "";
    if (value > 0) {
        sb_shown_number(text, sizeof text, value);
    }
    sb_table_number(table, value, text);
}

/* A count is shown whole. */
static void add_count(struct sb_table *table, double value)
{
    char text[40] = "";
    if (value > 0) {
        snprintf(text, sizeof text, "%.0f", value);
    }
    sb_table_number(table, value, text);
}

static void add_share(struct sb_table *table, double share)
{
    char text[40] = "";
    if (!isnan(share)) {
        snprintf(text, sizeof text, "%.0f%%", 100 * share);
    }
    sb_table_number(table, share, text);
}

/* Requests, sectors of each, and the part of the sectors' bytes that lanes asked for. */
static void add_global(const struct view *v, const json_t *line, const char *group)
{
    const double requests = member(line, v, group, "requests");
    const double sectors = member(line, v, group, v->pieces);
    const double used = member(line, v, group, "bytes") / (sectors * v->sector_bytes);
    add_count(v->table, requests);
    add_number(v->table, requests > 0 ? sectors / requests : NAN);
    add_share(v->table, requests > 0 ? fmin(used, 1) : NAN);
}

static void add_shared(const struct view *v, const json_t *line)
{
    static const char *const groups[] = {"shared_load", "shared_store", "shared_atomic"};
    double requests = 0;
    double conflicts = 0;
    for (int i = 0; i < 3; ++i) {
        requests += member(line, v, groups[i], "requests");
        conflicts +=
            member(line, v, groups[i], "wavefronts") - member(line, v, groups[i], "phases");
    }
    add_count(v->table, requests);
    add_count(v->table, conflicts);
}

static void add_atomics(const struct view *v, const json_t *line)
{
    static const char *const groups[] = {"atomic", "shared_atomic"};
    double requests = 0;
    double repeats = 0;
    for (int i = 0; i < 2; ++i) {
        requests += member(line, v, groups[i], "requests");
        repeats += member(line, v, groups[i], "repeats");
    }
    add_count(v->table, requests);
    add_number(v->table, requests > 0 ? repeats / requests : NAN);
}

static double flop_of(const json_t *line)
{
    double sum = 0;
    const char *type = NULL;
    json_t *kinds = NULL;
    json_object_foreach (json_object_get(line, "flop"), type, kinds) {
        const char *kind = NULL;
        json_t *count = NULL;
        json_object_foreach (kinds, kind, count) {
            sum += json_number_value(count) * (strcmp(kind, "fma") == 0 ? 2 : 1);
        }
    }
    return sum;
}

/* Line @p number of the file, without what is before and behind its words; "" where it cannot be read. */
static void source_line(char *out, size_t room, struct view *v, const char *file, int number)
{
    *out = '\0';
    if (strcmp(v->file, file) != 0) {
        char path[1200];
        free(v->text);
        v->text = NULL;
        snprintf(v->file, sizeof v->file, "%s", file);
        size_t length = 0;
        if (v->view->folder &&
            sb_fs_join(path, sizeof path, v->view->folder, file, NULL) == SB_OK &&
            sb_fs_read(&v->text, &length, path, NULL) != SB_OK) {
            v->text = NULL;
        }
    }
    const char *at = v->text;
    for (int line = 1; at && line < number; ++line) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    if (at) {
        at += strspn(at, " \t");
        const size_t length = strcspn(at, "\n");
        const bool cut = length > SOURCE_WIDTH;
        snprintf(out, room, "%.*s%s", (int)(cut ? SOURCE_WIDTH : length), at, cut ? "…" : "");
    }
}

static void add_line(struct view *v, const char *function, const json_t *line)
{
    char text[160];
    const char *file = sb_json_text_or(line, "file", "");
    const int number = (int)sb_json_integer_or(line, "line", 0);
    const double steps = member(line, v, NULL, "steps");
    const double branches = member(line, v, NULL, "branches");
    sb_table_text(v->table, function);
    sb_table_text(v->table, file);
    sb_table_number(v->table, number, NULL);
    snprintf(text, sizeof text, "%s:%d", file, number);
    sb_table_text(v->table, text);
    source_line(text, sizeof text, v, file, number);
    sb_table_text(v->table, text);
    add_count(v->table, flop_of(line));
    add_global(v, line, "load");
    add_global(v, line, "store");
    add_shared(v, line);
    add_atomics(v, line);
    add_number(v->table, steps > 0 ? member(line, v, NULL, "lanes") / steps : NAN);
    add_share(v->table, branches > 0 ? member(line, v, NULL, "divergent") / branches : NAN);
}

int sb_counts_print_lines(FILE *out, const json_t *counts, const struct sb_counts_view *view,
                          const struct sb_output *output, struct sb_error *err)
{
    struct sb_table table;
    const double sector = view->sheet[0].figure[SB_FIGURE_SECTOR];
    struct view v = {.table = &table,
                     .view = view,
                     .pieces = sector <= 32   ? "sectors"
                               : sector <= 64 ? "halves"
                                              : "lines",
                     .sector_bytes = sector};
    snprintf(v.warp, sizeof v.warp, "warp%d", (int)view->sheet[0].figure[SB_FIGURE_WARP]);
    sb_table_init(&table, columns);
    size_t i = 0;
    const json_t *launch = NULL;
    json_array_foreach (json_object_get(counts, "launches"), i, launch) {
        size_t k = 0;
        const json_t *line = NULL;
        json_array_foreach (json_object_get(launch, "lines"), k, line) {
            add_line(&v, sb_json_text_or(launch, "function", ""), line);
        }
    }
    const int rc = sb_table_print(&table, output, out, err);
    sb_table_free(&table);
    free(v.text);
    return rc;
}
