/* SPDX-License-Identifier: Apache-2.0 */
/* plan.json and job files: written and read cell by cell, so that a hundred thousand cost their own size. */
#include "harness/plan/cells.h"
#include "harness/plan/counter_words.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/json_each.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_counters(json_t *json, const struct sb_plan *plan)
{
    json_t *words = plan->counters.count ? json_array() : NULL;
    for (int i = 0; words && i < plan->counters.count; ++i) {
        json_array_append_new(words, json_string(plan->counters.item[i]));
    }
    if (words) {
        json_object_set_new(json, "counters", words);
    }
}

json_t *sb_plan_job(const struct sb_plan *plan, json_t *cells, const char *job, const char *place,
                    int attempt, const char *pictures)
{
    json_t *json = json_pack(
        "{s:i,s:s,s:s,s:s,s:i,s:f,s:f,s:f,s:f,s:i,s:i,s:s,s:b}", "schema_version", SB_PLAN_SCHEMA,
        "campaign", plan->id, "job", job, "place", place, "attempt", attempt, "precision",
        plan->precision, "budget_s", plan->budget_s, "time_limit_s", plan->time_limit_s,
        "memory_limit_bytes", plan->memory_limit_bytes, "samples_most", plan->samples_most,
        "threads", plan->threads, "pictures", pictures, "counts", plan->counts);
    if (json && cells) {
        json_object_set_new(json, "cells", cells);
    }
    if (json) {
        put_counters(json, plan);
    }
    if (json && plan->once) {
        json_object_set_new(json, "once", json_true());
    }
    if (json && plan->trusted[0]) {
        json_object_set_new(json, "trusted", json_string(plan->trusted));
    }
    return json;
}

/* All but the cells, which come last. */
static int head_to_json(json_t **out, const struct sb_plan *plan, struct sb_error *err)
{
    json_t *places = json_array();
    for (int i = 0; i < plan->place_count; ++i) {
        json_array_append_new(places, sb_place_to_json(&plan->place[i]));
    }
    *out = json_pack("{s:i,s:s,s:s,s:s,s:f,s:f,s:f,s:f,s:i,s:i,s:I,s:b,s:b,s:o}", "schema_version",
                     SB_PLAN_SCHEMA, "campaign", plan->id, "name", plan->name, "created",
                     plan->created, "precision", plan->precision, "budget_s", plan->budget_s,
                     "time_limit_s", plan->time_limit_s, "memory_limit_bytes",
                     plan->memory_limit_bytes, "samples_most", plan->samples_most, "threads",
                     plan->threads, "seed", (json_int_t)plan->seed, "pictures", plan->pictures,
                     "counts", plan->counts, "places", places);
    if (*out) {
        put_counters(*out, plan);
    }
    if (*out && plan->token[0]) {
        json_object_set_new(*out, "token", json_string(plan->token));
    }
    if (*out && plan->once) {
        json_object_set_new(*out, "once", json_true());
    }
    if (*out && plan->trusted[0]) {
        json_object_set_new(*out, "trusted", json_string(plan->trusted));
    }
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

struct cells {
    const json_t *head;
    const struct sb_plan *plan;
    const int *cell;
    int count;
    bool bare;
    const char *path;
};

static int put_cells(FILE *out, void *payload, struct sb_error *err)
{
    const struct cells *cells = payload;
    char *head = json_dumps(cells->head, JSON_COMPACT);
    if (!head) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    fprintf(out, "%.*s,\"cells\":[", (int)strlen(head) - 1, head);
    free(head);
    int code = 0;
    for (int i = 0; code == 0 && i < cells->count; ++i) {
        const struct sb_cell *cell = &cells->plan->cell[cells->cell ? cells->cell[i] : i];
        if (i > 0) {
            putc_unlocked(',', out);
        }
        code = sb_cell_put(out, cell, cells->bare, err);
    }
    fputs("]}", out);
    return code != 0     ? code
           : ferror(out) ? sb_fail(err, SB_EIO, "cannot write %s: %s", cells->path, strerror(errno))
                         : 0;
}

int sb_plan_write_cells(const char *path, json_t *head, const struct sb_plan *plan, const int *cell,
                        int count, bool bare, struct sb_error *err)
{
    struct cells cells = {head, plan, cell, count, bare, path};
    const int code = head ? sb_fs_write_by(path, put_cells, &cells, err)
                          : sb_fail(err, SB_ENOMEM, "out of memory");
    json_decref(head);
    return code;
}

int sb_plan_write(const struct sb_plan *plan, const char *path, struct sb_error *err)
{
    json_t *head = NULL;
    const int code = head_to_json(&head, plan, err);
    return code != 0 ? code
                     : sb_plan_write_cells(path, head, plan, NULL, plan->cell_count, false, err);
}

static int read_head(struct sb_plan *out, const json_t *json, struct sb_error *err)
{
    int64_t version = 0;
    int64_t samples = 0;
    int64_t threads = 0;
    int64_t seed = 0;
    const char *id = NULL;
    const char *name = NULL;
    const char *created = NULL;
    int code = sb_json_integer(&version, json, "schema_version", err);
    if (code == 0 && version > SB_PLAN_SCHEMA) {
        return sb_fail(err, SB_EVERSION,
                       "written by a newer switchbench: schema %lld, this one reads up to %d",
                       (long long)version, SB_PLAN_SCHEMA);
    }
    code = code != 0 ? code : sb_json_text(&id, json, "campaign", err);
    code = code != 0 ? code : sb_json_text(&name, json, "name", err);
    code = code != 0 ? code : sb_json_text(&created, json, "created", err);
    code = code != 0 ? code : sb_json_real(&out->precision, json, "precision", err);
    code = code != 0 ? code : sb_json_real(&out->budget_s, json, "budget_s", err);
    code = code != 0 ? code : sb_json_real(&out->time_limit_s, json, "time_limit_s", err);
    code =
        code != 0 ? code : sb_json_real(&out->memory_limit_bytes, json, "memory_limit_bytes", err);
    code = code != 0 ? code : sb_json_integer(&samples, json, "samples_most", err);
    code = code != 0 ? code : sb_json_integer(&threads, json, "threads", err);
    code = code != 0 ? code : sb_json_integer(&seed, json, "seed", err);
    code = code != 0 ? code : sb_json_bool(&out->pictures, json, "pictures", err);
    out->counts = json_is_true(json_object_get(json, "counts")); /* older plans do not say */
    out->once = json_is_true(json_object_get(json, "once"));
    code = code != 0 ? code : sb_counter_words_read(&out->counters, json, err);
    if (code == 0) {
        snprintf(out->id, sizeof out->id, "%s", id);
        snprintf(out->name, sizeof out->name, "%s", name);
        snprintf(out->created, sizeof out->created, "%s", created);
        snprintf(out->token, sizeof out->token, "%s", sb_json_text_or(json, "token", ""));
        snprintf(out->trusted, sizeof out->trusted, "%s", sb_json_text_or(json, "trusted", ""));
        out->samples_most = (int)samples;
        out->threads = (int)threads;
        out->seed = (uint64_t)seed;
    }
    return code;
}

/* Plans before there were places ran here. */
static int read_places(struct sb_plan *out, const json_t *json, struct sb_error *err)
{
    const json_t *places = json_object_get(json, "places");
    const size_t count = json_array_size(places);
    out->place = calloc(count + 1, sizeof *out->place);
    int code = out->place ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (size_t i = 0; code == 0 && i < count; ++i) {
        code = sb_place_from_json(&out->place[i], json_array_get(places, i), err);
        out->place_count += code == 0;
    }
    if (code == 0 && count == 0) {
        code = sb_place_init(&out->place[0], "local", "local", err);
        out->place_count = code == 0;
    }
    return code;
}

static int read_cell(const char *item, size_t length, size_t i, void *payload, struct sb_error *err)
{
    struct sb_plan *plan = payload;
    if (plan->cell_count == plan->cell_room) {
        const int room = plan->cell_room ? 2 * plan->cell_room : 64;
        struct sb_cell *more = realloc(plan->cell, (size_t)room * sizeof *more);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory: %d cells", plan->cell_count);
        }
        plan->cell = more;
        plan->cell_room = room;
    }
    json_error_t fault;
    json_t *json = json_loadb(item, length, JSON_REJECT_DUPLICATES, &fault);
    int code = json ? sb_cell_from_json(&plan->cell[plan->cell_count], &plan->strings, json, err)
                    : sb_fail(err, SB_EPARSE, "%s", fault.text);
    json_decref(json);
    plan->cell_count += code == 0;
    return code != 0 ? sb_fail_in(err, code, "cells[%zu]", i) : 0;
}

int sb_plan_parse(struct sb_plan *out, const char *text, size_t length, const char *where,
                  struct sb_error *err)
{
    json_t *head = NULL;
    memset(out, 0, sizeof *out);
    struct sb_error told = {0};
    const int cells = sb_json_each(&head, text, length, "cells", read_cell, out, &told);
    int code = head ? read_head(out, head, err) : 0; /* first of all its version */
    code = code == 0 && cells != 0 ? sb_fail(err, cells, "%s", told.text) : code;
    code = code != 0 ? code : read_places(out, head, err);
    if (code == 0 && !json_is_array(json_object_get(head, "cells"))) {
        code = sb_fail(err, SB_EPARSE, "cells: expected array");
    }
    json_decref(head);
    if (code != 0) {
        sb_plan_free(out);
        return sb_fail_in(err, code, "%s", where);
    }
    return 0;
}

int sb_plan_read(struct sb_plan *out, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    memset(out, 0, sizeof *out);
    int code = sb_fs_read(&text, &length, path, err);
    code = code != 0 ? code : sb_plan_parse(out, text, length, path, err);
    free(text);
    return code;
}
