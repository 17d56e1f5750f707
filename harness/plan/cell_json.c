/* SPDX-License-Identifier: Apache-2.0 */
/* A cell as plan.json and job files tell it. */
#include "harness/plan/cells.h"

#include "harness/plan/kernels.h"
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

static int put_text(FILE *out, const char *text, struct sb_error *err)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\') {
        ++at;
    }
    putc_unlocked('"', out);
    if (*at == '\0') {
        fputs(text, out);
        putc_unlocked('"', out);
        return 0;
    }
    json_t *json = json_string(text);
    char *dumped = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
    json_decref(json);
    if (!dumped) {
        return sb_fail(err, SB_EINVAL, "'%s' is no UTF-8: plans cannot name it", text);
    }
    fputs(dumped + 1, out);
    free(dumped);
    return 0;
}

static int put_member(FILE *out, const char *before, const char *text, struct sb_error *err)
{
    fputs(before, out);
    return put_text(out, text, err);
}

static void put_real(FILE *out, double value)
{
    char text[64];
    json_t *json = json_real(value);
    const size_t length = json_dumpb(json, text, sizeof text, JSON_ENCODE_ANY);
    json_decref(json);
    fwrite(text, 1, length <= sizeof text ? length : 0, out);
}

static int put_parameters(FILE *out, const struct sb_case *c, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && c->kernel->params[i].name; ++i) {
        const struct sb_param *param = &c->kernel->params[i];
        code = put_member(out, i > 0 ? "," : "", param->name, err);
        putc_unlocked(':', out);
        if (param->choices) {
            code = code != 0 ? code : put_text(out, param->choices[(int)c->p[i]], err);
        } else if (param->whole) {
            fprintf(out, "%lld", (long long)c->p[i]);
        } else {
            put_real(out, c->p[i]);
        }
    }
    return code;
}

static bool built_in(const char *folder)
{
    const char *all = sb_kernels_folder();
    const size_t length = strlen(all);
    return strncmp(folder, all, length) == 0 && folder[length] == '/';
}

int sb_cell_put(FILE *out, const struct sb_cell *cell, bool bare, struct sb_error *err)
{
    const struct sb_case *c = &cell->c;
    const char *const members[][2] = {
        {"{\"cell\":", cell->id},
        {",\"place\":", cell->place},
        {",\"kernel\":", c->kernel->name},
        {",\"folder\":", bare && built_in(cell->folder) ? "" : cell->folder},
        {",\"preset\":", cell->preset},
        {",\"label\":", c->label},
        {",\"variant\":", c->variant},
        {",\"backend\":", cell->backend},
        {",\"target\":", cell->target},
        {",\"precision\":", c->precision == SB_FLOAT ? "float" : "double"},
        {",\"maths\":", c->maths == SB_STRICT ? "strict" : "fast"}};
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof members / sizeof *members; ++i) {
        code = put_member(out, members[i][0], members[i][1], err);
    }
    fprintf(out, ",\"index_bits\":%d,\"seed\":%lld,\"replica\":%d,\"ranks\":%d,\"parameters\":{",
            c->index_bits, (long long)c->seed, cell->replica, c->ranks > 1 ? c->ranks : 1);
    code = code != 0 ? code : put_parameters(out, c, err);
    fputs("}}", out);
    return code;
}

static int read_text(const char **out, struct sb_strings *strings, const json_t *json,
                     const char *key, struct sb_error *err)
{
    const char *text = NULL;
    const int code = sb_json_text(&text, json, key, err);
    if (code == 0) {
        *out = sb_strings_intern(strings, text);
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
        out->folder = code == 0 ? sb_strings_intern(strings, unused) : NULL;
        return code == 0 && !out->folder ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
    }
    /* kernels stay loaded, and the cells of one follow each other */
    static char last_folder[PATH_MAX];
    static const struct sb_kernel *last;
    if (last && strcmp(last_folder, out->folder) == 0 && strcmp(last->name, name) == 0) {
        out->c.kernel = last;
        return 0;
    }
    const bool ours = sb_kernel_find(&out->c.kernel, unused, sizeof unused, name, NULL) == 0 &&
                      strcmp(unused, out->folder) == 0;
    code = ours ? 0 : sb_kernel_find(&out->c.kernel, unused, sizeof unused, out->folder, err);
    if (code == 0) {
        last = out->c.kernel;
        snprintf(last_folder, sizeof last_folder, "%s", out->folder);
    }
    return code;
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
    out->place = sb_strings_intern(
        strings, sb_json_text_or(json, "place", "local")); /* older plans do not say */
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
