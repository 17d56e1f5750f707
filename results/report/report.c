/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/report.h"

#include "harness/util/embedded.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "results/report/html.h"
#include "results/report/plots.h"
#include "results/report/view.h"
#include "results/store/store.h"

#include <stdlib.h>
#include <string.h>

/* A page of so many cells still opens at once, and is made in 200 MB; a larger campaign shows fewer: 100,000 rows are read by nobody. */
#define CELLS_WHOLE 10000
#define CELLS_SHOWN 4000

static const char no_runtime[] =
    "The plots are missing: their runtime (vl-convert-python, from PyPI) could not be fetched when "
    "switchbench was built. "
    "With python3-pip installed and PyPI or a mirror of it reachable, configure again "
    "(cmake -S . -B build, or scripts/run) and write this report anew: switchbench report.";

static int put_rows(json_t *into, const char *query, struct sb_store *store, int64_t campaign,
                    struct sb_error *err)
{
    json_t *rows = NULL;
    const int rc = sb_store_rows(&rows, store, query, campaign, err);
    return rc ? rc
           : json_object_set_new(into, query, rows)
               ? sb_fail(err, SB_ENOMEM, "report: out of memory")
               : 0;
}

/** {plots: […], queries: [{name, rows}]}: every query once, whatever the number of its plots. */
static int view_plots(json_t *view, struct sb_store *store, int64_t campaign, struct sb_error *err)
{
    json_t *plots = NULL, *const rows = json_object(), *const queries = json_array();
    int rc = sb_plots_load(&plots, err);
    size_t i;
    json_t *plot;
    json_array_foreach (plots, i, plot) {
        const char *const query = json_string_value(json_object_get(plot, "query"));
        if (rc == 0 && !json_object_get(rows, query)) {
            rc = put_rows(rows, query, store, campaign, err);
            json_array_append_new(queries, json_pack("{s:s,s:O}", "name", query, "rows",
                                                     json_object_get(rows, query)));
        }
    }
    json_object_set(view, "plots", plots);
    json_object_set(view, "queries", queries);
    json_decref(plots);
    json_decref(queries);
    json_decref(rows);
    return rc;
}

/** Leaves of a campaign that is too large for a page what one can look at. */
static int narrow(const json_t *rows, struct sb_store *store, int64_t campaign,
                  struct sb_error *err)
{
    const json_t *const row = json_array_get(json_object_get(rows, "campaign"), 0);
    return sb_json_integer_or(row, "cells", 0) > CELLS_WHOLE
               ? sb_store_narrow(store, campaign, CELLS_SHOWN, err)
               : 0;
}

static int view_tables(json_t *view, struct sb_store *store, int64_t campaign, struct sb_error *err)
{
    static const char *const of_all[] = {"campaign", "nodes",        "builds",
                                         "devices",  "environments", "not_counted"};
    static const char *const of_shown[] = {"cells", "checks", "metrics_most", "attainable",
                                           "portability"};
    json_t *const rows = json_object();
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof of_all / sizeof *of_all; i++) {
        rc = put_rows(rows, of_all[i], store, campaign, err);
    }
    rc = rc ? rc : narrow(rows, store, campaign, err);
    for (size_t i = 0; rc == 0 && i < sizeof of_shown / sizeof *of_shown; i++) {
        rc = put_rows(rows, of_shown[i], store, campaign, err);
    }
    if (rc == 0) {
        const struct sb_view_rows named = {
            .campaign = json_object_get(rows, "campaign"),
            .cells = json_object_get(rows, "cells"),
            .checks = json_object_get(rows, "checks"),
            .nodes = json_object_get(rows, "nodes"),
            .builds = json_object_get(rows, "builds"),
            .devices = json_object_get(rows, "devices"),
            .environments = json_object_get(rows, "environments"),
            .metrics = json_object_get(rows, "metrics_most"),
            .not_counted = json_object_get(rows, "not_counted"),
            .attainable = json_object_get(rows, "attainable"),
            .portability = json_object_get(rows, "portability"),
        };
        rc = sb_view_fill(view, &named, err);
    }
    json_decref(rows);
    return rc;
}

/** Style, script, and the plots' runtime, or the sentence that says why there are none. */
static int view_files(json_t *view, struct sb_error *err)
{
    static const struct {
        const char *value, *file;
    } files[] = {{"style", "style.css"},
                 {"script", "page.js"},
                 {"plot_config", "plot-config.json"},
                 {"bundle", "vega-bundle.js"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const struct sb_embedded *const file = sb_report_file(files[i].file);
        json_object_set_new(view, files[i].value, json_stringn(file->bytes, file->length));
    }
    const size_t runtime = json_string_length(json_object_get(view, "bundle"));
    json_object_set_new(view, "plots_missing", json_string(runtime ? "" : no_runtime));
    if (!runtime) {
        json_object_set_new(view, "plots", json_array());
        json_object_set_new(view, "queries", json_array());
    }
    return json_object_get(view, "plots_missing")
               ? 0
               : sb_fail(err, SB_ENOMEM, "report: out of memory");
}

static int write_page(const char *path, const json_t *view, struct sb_error *err)
{
    char *page = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&page, &length);
    if (!out) {
        return sb_fail(err, SB_ENOMEM, "report: out of memory");
    }
    int rc = sb_html_fill(out, "page.html", sb_report_file("page.html")->bytes, view, err);
    const int bad = ferror(out);
    if ((fclose(out) || bad) && rc == 0) {
        rc = sb_fail(err, SB_ENOMEM, "report: out of memory");
    }
    if (rc == 0) {
        rc = sb_fs_write(path, page, length, err);
    }
    free(page);
    return rc;
}

int sb_report_open(struct sb_store **store, int64_t *campaign, const char *folder,
                   struct sb_error *err)
{
    *store = NULL;
    int rc = sb_store_open(store, NULL, err);
    if (rc) { /* an unwritable cache must not stop a report: the records are the truth */
        rc = sb_store_open(store, ":memory:", err);
    }
    return rc ? rc : sb_store_index(campaign, *store, folder, err);
}

int sb_report_write(const char *campaign_folder, const char *out_path, struct sb_error *err)
{
    struct sb_store *store = NULL;
    int64_t campaign = 0;
    json_t *const view = json_object();
    int rc = sb_report_open(&store, &campaign, campaign_folder, err);
    rc = rc ? rc : view_tables(view, store, campaign, err);
    rc = rc ? rc : view_plots(view, store, campaign, err);
    rc = rc ? rc : view_files(view, err);
    rc = rc ? rc : write_page(out_path, view, err);
    json_decref(view);
    sb_store_close(store);
    return rc;
}
