/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/peaks_view.h"

#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <string.h>

#define BUSY 0.25 /* a median so far below the best is no quiet node's */

static const struct sb_column columns[] = {
    {"backend", "backend", false},
    {"what", "what", false},
    {"level", "level", false},
    {"loop", "loop", false},
    {"precision", "precision", false},
    {"vector_bits", "vector", true},
    {"threads", "threads", true},
    {"bytes", "working set", true},
    {"best", "best", true},
    {"median", "median", true},
    {"spread", "spread", true},
    {"samples", "samples", true},
    {"unit", NULL, false},
    {"reason", "reason", false},
    {NULL, NULL, false},
};

static void put_quantity(struct sb_table *table, const json_t *figure, const char *member)
{
    char shown[48];
    const double value = sb_json_real_or(figure, member, NAN);
    const char *unit = sb_json_text_or(figure, "unit", "");
    if (strcmp(unit, "ns") == 0) {
        sb_text_time(shown, sizeof shown, value);
    } else {
        sb_text_rate(shown, sizeof shown, value, strcmp(unit, "flop/s") == 0 ? "FLOP" : "B");
    }
    sb_table_number(table, value, shown);
}

static void put_count(struct sb_table *table, const json_t *figure, const char *member)
{
    const double value = sb_json_real_or(figure, member, NAN);
    char shown[32];
    snprintf(shown, sizeof shown, "%.0f", value);
    if (value > 0) {
        sb_table_number(table, value, shown);
    } else {
        sb_table_none(table);
    }
}

static void put_figure(struct sb_table *table, const char *backend, const json_t *figure)
{
    char shown[32];
    sb_table_text(table, backend);
    sb_table_text(table, sb_json_text_or(figure, "what", ""));
    sb_table_text(table, sb_json_text_or(figure, "level", ""));
    sb_table_text(table, sb_json_text_or(figure, "loop", ""));
    sb_table_text(table, sb_json_text_or(figure, "precision", ""));
    put_count(table, figure, "vector_bits");
    put_count(table, figure, "threads");
    const double bytes = sb_json_real_or(figure, "bytes", NAN);
    sb_text_bytes(shown, sizeof shown, bytes);
    if (bytes > 0) {
        sb_table_number(table, bytes, shown);
    } else {
        sb_table_none(table);
    }
    put_quantity(table, figure, "best");
    put_quantity(table, figure, "median");
    const double spread = sb_json_real_or(figure, "spread", NAN);
    snprintf(shown, sizeof shown, "%.1f%%", 100 * spread);
    sb_table_number(table, spread, shown);
    put_count(table, figure, "samples");
    sb_table_text(table, sb_json_text_or(figure, "unit", ""));
    sb_table_none(table);
}

static void put_reason(struct sb_table *table, const char *backend, const char *reason)
{
    char line[512]; /* its first line says it */
    snprintf(line, sizeof line, "%.*s", (int)strcspn(reason, "\n"), reason);
    sb_table_text(table, backend);
    for (int i = 1; columns[i + 1].key; ++i) {
        sb_table_none(table);
    }
    sb_table_text(table, line);
}

static bool is_busy(const json_t *figure)
{
    const double best = sb_json_real_or(figure, "best", 0);
    const double median = sb_json_real_or(figure, "median", 0);
    return fabs(best - median) > BUSY * fmax(best, median);
}

static int put_entry(struct sb_table *table, const char *name, const json_t *entry)
{
    size_t i = 0;
    const json_t *figure = NULL;
    int busy = 0;
    const char *reason = sb_json_text_or(entry, "reason", NULL);
    if (reason) {
        put_reason(table, name, reason);
    }
    json_array_foreach (json_object_get(entry, "figures"), i, figure) {
        put_figure(table, name, figure);
        busy += is_busy(figure);
    }
    return busy;
}

int sb_peaks_print(const json_t *document, const struct sb_output *output, FILE *out,
                   struct sb_error *err)
{
    struct sb_table table;
    size_t i = 0;
    const json_t *entry = NULL;
    int busy = 0;
    sb_table_init(&table, columns);
    json_array_foreach (json_object_get(document, "backends"), i, entry) {
        busy += put_entry(&table, sb_json_text_or(entry, "backend", "?"), entry);
    }
    const json_t *messages = json_object_get(document, "messages");
    busy += messages ? put_entry(&table, "ranks", messages) : 0;
    const size_t rows = sb_table_rows(&table);
    const int rc = sb_table_print(&table, output, out, err);
    sb_table_free(&table);
    if (rc == SB_OK && !output->csv && busy > 0) {
        fprintf(out,
                "\nThe node was busy: the medians of %d of %zu figures are more than %.0f %% from "
                "their best.\n",
                busy, rows, 100 * BUSY);
    }
    return rc;
}
