/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/plots.h"

#include "harness/util/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char ending[] = ".vl.json";

const struct sb_embedded *sb_report_file(const char *name)
{
    const struct sb_embedded *file = sb_report_files;
    while (file->name && strcmp(file->name, name) != 0) {
        file++;
    }
    assert(file->name);
    return file;
}

static bool is_plot(const char *file)
{
    const size_t length = strlen(file), tail = strlen(ending);
    return length > tail && strcmp(file + length - tail, ending) == 0;
}

static int load_plot(json_t **out, const struct sb_embedded *file, struct sb_error *err)
{
    json_error_t fault;
    json_t *const spec = json_loadb(file->bytes, file->length, JSON_REJECT_DUPLICATES, &fault);
    if (!spec) {
        return sb_fail(err, SB_EPARSE, "%s:%d: %s", file->name, fault.line, fault.text);
    }
    const char *title, *description, *query;
    int64_t order;
    int rc = sb_json_text(&title, spec, "title", err);
    rc = rc ? rc : sb_json_text(&description, spec, "description", err);
    rc = rc ? rc : sb_json_text(&query, spec, "usermeta.query", err);
    rc = rc ? rc : sb_json_integer(&order, spec, "usermeta.order", err);
    if (rc) {
        json_decref(spec);
        return sb_fail_in(err, rc, "%s", file->name);
    }
    *out = json_pack("{s:s%,s:s,s:s,s:s,s:I,s:O}", "name", file->name,
                     strlen(file->name) - strlen(ending), "title", title, "description",
                     description, "query", query, "order", (json_int_t)order, "spec", spec);
    json_object_del(spec, "usermeta");
    json_decref(spec);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "report: out of memory");
}

/** Before the first plot of a later order; embedded files come in the order of their names. */
static size_t place_of(const json_t *plots, const json_t *plot)
{
    const int64_t order = sb_json_integer_or(plot, "order", 0);
    size_t i = 0;
    while (i < json_array_size(plots) &&
           sb_json_integer_or(json_array_get(plots, i), "order", 0) <= order) {
        i++;
    }
    return i;
}

int sb_plots_load(json_t **out, struct sb_error *err)
{
    *out = json_array();
    for (const struct sb_embedded *file = sb_report_files; file->name; file++) {
        json_t *plot = NULL;
        const int rc = is_plot(file->name) ? load_plot(&plot, file, err) : 0;
        if (rc) {
            json_decref(*out);
            *out = NULL;
            return rc;
        }
        if (plot) {
            json_array_insert_new(*out, place_of(*out, plot), plot);
        }
    }
    return 0;
}
