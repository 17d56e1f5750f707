/* SPDX-License-Identifier: Apache-2.0 */
/* plan.json and the cells of job files. */
#include "harness/plan/cells.h"

#include "harness/plan/kernels.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *parameter_values(const struct sb_case *c)
{
    json_t *values = json_object();
    for (int i = 0; c->kernel->params[i].name; ++i) {
        const struct sb_param *param = &c->kernel->params[i];
        json_t *value = param->choices ? json_string(param->choices[(int)c->p[i]])
                        : param->whole ? json_integer((json_int_t)c->p[i])
                                       : json_real(c->p[i]);
        json_object_set_new(values, param->name, value);
    }
    return values;
}

json_t *sb_cell_to_json(const struct sb_cell *cell)
{
    const struct sb_case *c = &cell->c;
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:I,s:i,s:i,s:o}", "cell",
                     cell->id, "place", cell->place, "kernel", c->kernel->name, "folder",
                     cell->folder, "preset", cell->preset, "label", c->label, "variant", c->variant,
                     "backend", cell->backend, "target", cell->target, "precision",
                     c->precision == SB_FLOAT ? "float" : "double", "maths",
                     c->maths == SB_STRICT ? "strict" : "fast", "index_bits", c->index_bits, "seed",
                     (json_int_t)c->seed, "replica", cell->replica, "ranks",
                     c->ranks > 1 ? c->ranks : 1, "parameters", parameter_values(c));
}

json_t *sb_plan_job(const struct sb_plan *plan, json_t *cells, const char *job, const char *place,
                    int attempt, const char *pictures)
{
    json_t *json =
        json_pack("{s:i,s:s,s:s,s:s,s:i,s:f,s:f,s:f,s:f,s:i,s:i,s:s,s:b,s:o}", "schema_version",
                  SB_PLAN_SCHEMA, "campaign", plan->id, "job", job, "place", place, "attempt",
                  attempt, "precision", plan->precision, "budget_s", plan->budget_s, "time_limit_s",
                  plan->time_limit_s, "memory_limit_bytes", plan->memory_limit_bytes,
                  "samples_most", plan->samples_most, "threads", plan->threads, "pictures",
                  pictures, "counts", plan->counts, "cells", cells);
    if (json && plan->once) {
        json_object_set_new(json, "once", json_true());
    }
    if (json && plan->trusted[0]) {
        json_object_set_new(json, "trusted", json_string(plan->trusted));
    }
    return json;
}

static const char *keep(struct sb_strings *strings, const char *text)
{
    for (int i = 0; i < strings->count; ++i) {
        if (strcmp(strings->item[i], text) == 0) {
            return strings->item[i];
        }
    }
    return sb_strings_add(strings, text) == 0 ? strings->item[strings->count - 1] : NULL;
}

static int read_text(const char **out, struct sb_strings *strings, const json_t *json,
                     const char *key, struct sb_error *err)
{
    const char *text = NULL;
    const int code = sb_json_text(&text, json, key, err);
    if (code == 0) {
        *out = keep(strings, text);
        return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return code;
}

static int read_parameters(struct sb_case *c, const json_t *json, struct sb_error *err)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach (json_object_get(json, "parameters"), name, value) {
        char text[64];
        if (json_is_string(value)) {
            snprintf(text, sizeof text, "%s", json_string_value(value));
        } else if (json_is_integer(value)) {
            snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        } else {
            snprintf(text, sizeof text, "%.17g", json_number_value(value));
        }
        const int code = sb_case_set(c, name, text, err);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* The kernel as plan.json names it: built in where the folder is ours, else the folder itself. */
static int read_kernel(struct sb_cell *out, struct sb_strings *strings, const json_t *json,
                       struct sb_error *err)
{
    const char *name = NULL;
    int code = sb_json_text(&name, json, "kernel", err);
    if (code != 0) {
        return code;
    }
    char unused[PATH_MAX];
    if (!*out->folder) { /* of a job elsewhere: built in, wherever its runner keeps it */
        code = sb_kernel_find(&out->c.kernel, unused, sizeof unused, name, err);
        out->folder = code == 0 ? keep(strings, unused) : NULL;
        return code == 0 && !out->folder ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
    }
    if (sb_kernel_find(&out->c.kernel, unused, sizeof unused, name, NULL) == 0 &&
        strcmp(unused, out->folder) == 0) {
        return 0;
    }
    return sb_kernel_find(&out->c.kernel, unused, sizeof unused, out->folder, err);
}

int sb_cell_from_json(struct sb_cell *out, struct sb_strings *strings, const json_t *json,
                      struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    const char *id = NULL;
    const char *precision = NULL;
    const char *maths = NULL;
    int64_t bits = 0;
    int64_t seed = 0;
    int64_t replica = 0;
    struct sb_case *c = &out->c;
    int code = sb_json_text(&id, json, "cell", err);
    code = code != 0 ? code : read_text(&out->folder, strings, json, "folder", err);
    code = code != 0 ? code : read_kernel(out, strings, json, err);
    code = code != 0 ? code : read_text(&out->preset, strings, json, "preset", err);
    code = code != 0 ? code : read_text(&c->label, strings, json, "label", err);
    code = code != 0 ? code : read_text(&c->variant, strings, json, "variant", err);
    code = code != 0 ? code : read_text(&out->backend, strings, json, "backend", err);
    code = code != 0 ? code : read_text(&out->target, strings, json, "target", err);
    out->place =
        keep(strings, sb_json_text_or(json, "place", "local")); /* older plans do not say */
    code = code == 0 && !out->place ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
    code = code != 0 ? code : sb_json_text(&precision, json, "precision", err);
    code = code != 0 ? code : sb_json_text(&maths, json, "maths", err);
    code = code != 0 ? code : sb_json_integer(&bits, json, "index_bits", err);
    code = code != 0 ? code : sb_json_integer(&seed, json, "seed", err);
    code = code != 0 ? code : sb_json_integer(&replica, json, "replica", err);
    if (code != 0) {
        return code;
    }
    snprintf(out->id, sizeof out->id, "%s", id);
    c->precision = strcmp(precision, "float") == 0 ? SB_FLOAT : SB_DOUBLE;
    c->maths = strcmp(maths, "strict") == 0 ? SB_STRICT : SB_FAST;
    c->index_bits = bits == 64 ? 64 : 32;
    c->seed = (uint64_t)seed;
    out->replica = (int)replica;
    c->ranks = (int)sb_json_integer_or(json, "ranks", 1); /* older plans do not say */
    for (int i = 0; c->kernel->params[i].name; ++i) {
        c->p[i] = c->kernel->params[i].usual;
    }
    code = read_parameters(c, json, err);
    if (code == 0) {
        struct sb_machine machine;
        sb_machine_here(&machine, out->backend);
        sb_case_tune(c, &machine);
    }
    return code;
}

int sb_plan_to_json(json_t **out, const struct sb_plan *plan, struct sb_error *err)
{
    json_t *cells = json_array();
    for (int i = 0; i < plan->cell_count; ++i) {
        json_array_append_new(cells, sb_cell_to_json(&plan->cell[i]));
    }
    json_t *places = json_array();
    for (int i = 0; i < plan->place_count; ++i) {
        json_array_append_new(places, sb_place_to_json(&plan->place[i]));
    }
    *out = json_pack("{s:i,s:s,s:s,s:s,s:f,s:f,s:f,s:f,s:i,s:i,s:I,s:b,s:b,s:o,s:o}",
                     "schema_version", SB_PLAN_SCHEMA, "campaign", plan->id, "name", plan->name,
                     "created", plan->created, "precision", plan->precision, "budget_s",
                     plan->budget_s, "time_limit_s", plan->time_limit_s, "memory_limit_bytes",
                     plan->memory_limit_bytes, "samples_most", plan->samples_most, "threads",
                     plan->threads, "seed", (json_int_t)plan->seed, "pictures", plan->pictures,
                     "counts", plan->counts, "places", places, "cells", cells);
    if (*out && plan->once) {
        json_object_set_new(*out, "once", json_true());
    }
    if (*out && plan->trusted[0]) {
        json_object_set_new(*out, "trusted", json_string(plan->trusted));
    }
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory: plan of %d cells", plan->cell_count);
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
    if (code == 0) {
        snprintf(out->id, sizeof out->id, "%s", id);
        snprintf(out->name, sizeof out->name, "%s", name);
        snprintf(out->created, sizeof out->created, "%s", created);
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

int sb_plan_from_json(struct sb_plan *out, const json_t *json, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    int code = read_head(out, json, err);
    code = code != 0 ? code : read_places(out, json, err);
    const json_t *cells = json_object_get(json, "cells");
    if (code == 0 && !json_is_array(cells)) {
        code = sb_fail(err, SB_EPARSE, "cells: expected array");
    }
    const size_t count = code == 0 ? json_array_size(cells) : 0;
    out->cell = calloc(count ? count : 1, sizeof *out->cell);
    code = code == 0 && !out->cell ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
    for (size_t i = 0; code == 0 && i < count; ++i) {
        code = sb_cell_from_json(&out->cell[i], &out->strings, json_array_get(cells, i), err);
        if (code != 0) {
            code = sb_fail_in(err, code, "cells[%zu]", i);
        } else {
            out->cell_count++;
        }
    }
    if (code != 0) {
        sb_plan_free(out);
    }
    return code;
}

int sb_plan_write(const struct sb_plan *plan, const char *path, struct sb_error *err)
{
    json_t *json = NULL;
    int code = sb_plan_to_json(&json, plan, err);
    char *text = code == 0 ? json_dumps(json, JSON_COMPACT) : NULL;
    if (code == 0) {
        code = text ? sb_fs_write(path, text, strlen(text), err)
                    : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(text);
    json_decref(json);
    return code;
}

int sb_plan_read(struct sb_plan *out, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    memset(out, 0, sizeof *out);
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
    code = sb_plan_from_json(out, json, err);
    json_decref(json);
    return code != 0 ? sb_fail_in(err, code, "%s", path) : 0;
}
