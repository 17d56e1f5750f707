/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/job.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_head(struct sb_job *out, const json_t *json, struct sb_error *err)
{
    const char *campaign = NULL;
    const char *name = NULL;
    const char *place = NULL;
    int64_t version = 0;
    int64_t attempt = 0;
    int64_t samples = 0;
    int64_t threads = 0;
    int code = sb_json_integer(&version, json, "schema_version", err);
    if (code == 0 && version > SB_PLAN_SCHEMA) {
        return sb_fail(err, SB_EVERSION, "job of schema %lld, this runner reads up to %d",
                       (long long)version, SB_PLAN_SCHEMA);
    }
    code = code != 0 ? code : sb_json_text(&campaign, json, "campaign", err);
    code = code != 0 ? code : sb_json_text(&name, json, "job", err);
    code = code != 0 ? code : sb_json_text(&place, json, "place", err);
    code = code != 0 ? code : sb_json_integer(&attempt, json, "attempt", err);
    code = code != 0 ? code : sb_json_real(&out->precision, json, "precision", err);
    code = code != 0 ? code : sb_json_real(&out->budget_s, json, "budget_s", err);
    code = code != 0 ? code : sb_json_real(&out->time_limit_s, json, "time_limit_s", err);
    code =
        code != 0 ? code : sb_json_real(&out->memory_limit_bytes, json, "memory_limit_bytes", err);
    code = code != 0 ? code : sb_json_integer(&samples, json, "samples_most", err);
    code = code != 0 ? code : sb_json_integer(&threads, json, "threads", err);
    if (code == 0) {
        snprintf(out->campaign, sizeof out->campaign, "%s", campaign);
        snprintf(out->name, sizeof out->name, "%s", name);
        snprintf(out->place, sizeof out->place, "%s", place);
        snprintf(out->scheduler, sizeof out->scheduler, "%s",
                 sb_json_text_or(json, "scheduler", "local"));
        snprintf(out->engine, sizeof out->engine, "%s", sb_json_text_or(json, "engine", ""));
        snprintf(out->image, sizeof out->image, "%s", sb_json_text_or(json, "image", ""));
        snprintf(out->pictures, sizeof out->pictures, "%s", sb_json_text_or(json, "pictures", ""));
        snprintf(out->trusted, sizeof out->trusted, "%s", sb_json_text_or(json, "trusted", ""));
        out->toggles = (unsigned)sb_json_integer_or(json, "toggles", 0);
        out->counts = json_is_true(json_object_get(json, "counts"));
        out->once = json_is_true(json_object_get(json, "once"));
        out->attempt = (int)attempt;
        out->samples_most = (int)samples;
        out->threads = (int)threads;
        out->jobs = (int)sb_json_integer_or(json, "jobs", 0);
    }
    return code;
}

static int read_cells(struct sb_job *out, const json_t *json, struct sb_error *err)
{
    const json_t *cells = json_object_get(json, "cells");
    if (!json_is_array(cells)) {
        return sb_fail(err, SB_EPARSE, "cells: expected array");
    }
    const size_t count = json_array_size(cells);
    out->cell = calloc(count + 1, sizeof *out->cell);
    if (!out->cell) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; ++i) {
        const int code =
            sb_cell_from_json(&out->cell[i], &out->strings, json_array_get(cells, i), err);
        if (code != 0) {
            return sb_fail_in(err, code, "cells[%zu]", i);
        }
        out->cell_count++;
    }
    return 0;
}

int sb_job_read(struct sb_job *out, const char *path, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    char *text = NULL;
    size_t length = 0;
    int code = sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code;
    }
    json_error_t fault;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    free(text);
    if (!json) {
        return sb_fail(err, SB_EPARSE, "%s:%d: %s", path, fault.line, fault.text);
    }
    code = read_head(out, json, err);
    code = code != 0 ? code : read_cells(out, json, err);
    json_decref(json);
    if (code != 0) {
        sb_job_free(out);
        return sb_fail_in(err, code, "%s", path);
    }
    return 0;
}

void sb_job_free(struct sb_job *job)
{
    free(job->cell);
    sb_strings_free(&job->strings);
    memset(job, 0, sizeof *job);
}
