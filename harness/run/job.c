/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/job.h"

#include "harness/plan/counter_words.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/json_each.h"

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
        snprintf(out->plugin, sizeof out->plugin, "%s", sb_json_text_or(json, "plugin", ""));
        out->toggles = (unsigned)sb_json_integer_or(json, "toggles", 0);
        out->counts = json_is_true(json_object_get(json, "counts"));
        out->once = json_is_true(json_object_get(json, "once"));
        out->attempt = (int)attempt;
        out->samples_most = (int)samples;
        out->threads = (int)threads;
        out->jobs = (int)sb_json_integer_or(json, "jobs", 0);
        size_t i = 0;
        const json_t *digest = NULL;
        json_array_foreach (json_object_get(json, "topologies"), i, digest) {
            if (json_is_string(digest) &&
                sb_strings_add(&out->topologies, json_string_value(digest)) != 0) {
                return sb_fail(err, SB_ENOMEM, "out of memory");
            }
        }
        code = sb_counter_words_read(&out->counters, json, err);
    }
    return code;
}

static int read_cell(const char *item, size_t length, size_t i, void *payload, struct sb_error *err)
{
    struct sb_job *job = payload;
    if (job->cell_count == job->cell_room) {
        const int room = job->cell_room ? 2 * job->cell_room : 16;
        struct sb_cell *more = realloc(job->cell, (size_t)room * sizeof *more);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        job->cell = more;
        job->cell_room = room;
    }
    json_error_t fault;
    json_t *json = json_loadb(item, length, JSON_REJECT_DUPLICATES, &fault);
    const int code = json ? sb_cell_from_json(&job->cell[job->cell_count], &job->strings, json, err)
                          : sb_fail(err, SB_EPARSE, "%s", fault.text);
    json_decref(json);
    job->cell_count += code == 0;
    return code != 0 ? sb_fail_in(err, code, "cells[%zu]", i) : 0;
}

int sb_job_read(struct sb_job *out, const char *path, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    char *text = NULL;
    size_t length = 0;
    json_t *head = NULL;
    int code = sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code;
    }
    struct sb_error told = {0};
    const int cells = sb_json_each(&head, text, length, "cells", read_cell, out, &told);
    free(text);
    code = head ? read_head(out, head, err) : 0; /* first of all its version */
    code = code == 0 && cells != 0 ? sb_fail(err, cells, "%s", told.text) : code;
    if (code == 0 && !json_is_array(json_object_get(head, "cells"))) {
        code = sb_fail(err, SB_EPARSE, "cells: expected array");
    }
    json_decref(head);
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
    sb_strings_free(&job->topologies);
    sb_strings_free(&job->counters);
    memset(job, 0, sizeof *job);
}
