/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/build_table.h"

#include "harness/cli/shown.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct sb_column columns[] = {
    {"kernel", "kernel", false},
    {"variant", "variant", false},
    {"backend", "backend", false},
    {"target", "target", false},
    {"precision", "real", false},
    {"maths", "maths", false},
    {"case", "case", false},
    {"function", "function", false},
    {"state", "state", false},
    {"registers", "registers", true},
    {"shared_bytes", "shared B", true},
    {"spill_bytes", "spilt B", true},
    {"code_bytes", "code B", true},
    {"vector", "vector bits", true},
    {"compile_ns", "compiled in", true},
    {"cached", NULL, false},
    {"compiler", NULL, false},
    {"flags", NULL, false},
    {"key", NULL, false},
    {"reason", NULL, false},
    {NULL, NULL, false},
};

static const char *const axes[] = {"kernel",    "variant", "backend", "target",
                                   "precision", "maths",   "label"};

static int compare(const void *a, const void *b)
{
    const json_t *const *left = a;
    const json_t *const *right = b;
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof axes / sizeof *axes; ++i) {
        order = strcmp(sb_json_text_or(*left, axes[i], ""), sb_json_text_or(*right, axes[i], ""));
    }
    return order;
}

/* The numbers of a function are those of one above it in another case: not worth a row of their own. */
static bool told_before(json_t *seen, const json_t *unit, const json_t *function)
{
    char where[512];
    size_t used = 0;
    for (size_t i = 0; i + 1 < sizeof axes / sizeof *axes; ++i) {
        used += (size_t)snprintf(where + used, sizeof where - used, "%s ",
                                 sb_json_text_or(unit, axes[i], ""));
        used = used < sizeof where ? used : sizeof where - 1;
    }
    char *numbers = json_dumps(function, JSON_COMPACT | JSON_SORT_KEYS);
    json_t *list = json_object_get(seen, where);
    if (!list) {
        list = json_array();
        json_object_set_new(seen, where, list);
    }
    bool found = false;
    for (size_t i = 0; numbers && i < json_array_size(list); ++i) {
        found = found || strcmp(json_string_value(json_array_get(list, i)), numbers) == 0;
    }
    if (numbers && !found) {
        json_array_append_new(list, json_string(numbers));
    }
    free(numbers);
    return found;
}

static void add_number(struct sb_table *table, const json_t *object, const char *key)
{
    sb_table_number(table, sb_json_real_or(object, key, NAN), NULL);
}

static void add_vector(struct sb_table *table, const json_t *function)
{
    char text[32];
    const json_t *value = json_object_get(function, "vector_bits");
    snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    sb_table_text(table, json_is_string(value) ? json_string_value(value)
                         : json_is_integer(value) && json_integer_value(value) > 0 ? text
                         : json_is_integer(value)                                  ? "scalar"
                                                                                   : "");
}

static void add_row(struct sb_table *table, const json_t *unit, const json_t *function)
{
    static const struct {
        const char *name;
        enum sb_colour colour;
    } states[] = {{"built", SB_GREEN}, {"failed", SB_RED}, {"missing", SB_YELLOW}};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; ++i) {
        sb_table_text(table, sb_json_text_or(unit, axes[i], ""));
    }
    sb_table_text(table, sb_json_text_or(function, "function", ""));
    const char *state = sb_json_text_or(unit, "state", "");
    enum sb_colour colour = SB_PLAIN;
    for (size_t i = 0; i < sizeof states / sizeof *states; ++i) {
        colour = strcmp(states[i].name, state) == 0 ? states[i].colour : colour;
    }
    sb_table_coloured(table, colour, state);
    add_number(table, function, "registers");
    add_number(table, function, "shared_bytes");
    add_number(table, function, "spill_bytes");
    add_number(table, function, "code_bytes");
    add_vector(table, function);
    char spent[32];
    const bool cached = json_is_true(json_object_get(unit, "cached"));
    const double compile_ns = sb_json_real_or(unit, "compile_ns", NAN);
    sb_text_time(spent, sizeof spent, compile_ns);
    sb_table_number(table, compile_ns, cached ? "cached" : spent);
    sb_table_bool(table, cached);
    sb_table_text(table, sb_json_text_or(unit, "compiler", ""));
    sb_table_text(table, sb_json_text_or(unit, "flags", ""));
    sb_table_text(table, sb_json_text_or(unit, "key", ""));
    sb_table_text(table, sb_json_text_or(unit, "reason", ""));
}

static void count_unit(struct sb_build_count *out, const json_t *unit)
{
    const char *state = sb_json_text_or(unit, "state", "");
    out->built += strcmp(state, "built") == 0;
    out->failed += strcmp(state, "failed") == 0;
    out->missing += strcmp(state, "missing") == 0;
    out->cached += json_is_true(json_object_get(unit, "cached"));
}

int sb_build_table(struct sb_table *table, struct sb_build_count *out, const json_t *units,
                   bool missing_too, struct sb_error *err)
{
    sb_table_init(table, columns);
    memset(out, 0, sizeof *out);
    const size_t count = json_array_size(units);
    const json_t **sorted = calloc(count + 1, sizeof *sorted);
    json_t *seen = json_object();
    if (!sorted || !seen) {
        free(sorted);
        json_decref(seen);
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; ++i) {
        sorted[i] = json_array_get(units, i);
        count_unit(out, sorted[i]);
    }
    qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 0; i < count; ++i) {
        const json_t *functions = json_object_get(sorted[i], "functions");
        for (size_t f = 0; f < json_array_size(functions); ++f) {
            const json_t *function = json_array_get(functions, f);
            if (!told_before(seen, sorted[i], function)) {
                add_row(table, sorted[i], function);
            }
        }
        const bool missing = strcmp(sb_json_text_or(sorted[i], "state", ""), "missing") == 0;
        if (json_array_size(functions) == 0 && (missing_too || !missing)) {
            add_row(table, sorted[i], NULL);
        }
    }
    free(sorted);
    json_decref(seen);
    return 0;
}

static void tell_failed(FILE *out, const json_t *units)
{
    size_t i = 0;
    const json_t *unit = NULL;
    json_array_foreach (units, i, unit) {
        if (strcmp(sb_json_text_or(unit, "state", ""), "failed") == 0) {
            fprintf(out, "\n%sfailed%s %s %s %s %s: %s\n", sb_colour_on(out, SB_RED),
                    sb_colour_off(out), sb_json_text_or(unit, "kernel", ""),
                    sb_json_text_or(unit, "label", ""), sb_json_text_or(unit, "precision", ""),
                    sb_json_text_or(unit, "target", ""), sb_json_text_or(unit, "reason", ""));
        }
    }
}

/* Says a thing once, whatever the number of cases or backends it is true of. */
static void tell_missing(FILE *out, json_t *said, const char *what, const char *reason)
{
    char line[1400];
    snprintf(line, sizeof line, "%s: %.1200s", what, reason);
    if (!json_object_get(said, line)) {
        json_object_set_new(said, line, json_true());
        fprintf(out, "%smissing%s %s\n", sb_colour_on(out, SB_YELLOW), sb_colour_off(out), line);
    }
}

void sb_build_tell(FILE *out, const json_t *units, const json_t *told)
{
    char what[200];
    json_t *said = json_object();
    json_t *absent = json_object(); /* "backend target": told as a whole */
    size_t i = 0;
    const json_t *backend = NULL;
    tell_failed(out, units);
    json_array_foreach (json_object_get(told, "backends"), i, backend) {
        const char *name = sb_json_text_or(backend, "name", "");
        size_t t = 0;
        const json_t *target = NULL;
        json_array_foreach (json_object_get(backend, "asked"), t, target) {
            if (strcmp(sb_json_text_or(target, "state", ""), "missing") == 0) {
                snprintf(what, sizeof what, "%s (%s)", sb_json_text_or(target, "target", ""), name);
                json_object_set_new(absent, what, json_true());
                tell_missing(out, said, what, sb_json_text_or(target, "reason", ""));
            }
        }
    }
    const json_t *unit = NULL;
    json_array_foreach (units, i, unit) {
        snprintf(what, sizeof what, "%s (%s)", sb_json_text_or(unit, "target", ""),
                 sb_json_text_or(unit, "backend", ""));
        if (strcmp(sb_json_text_or(unit, "state", ""), "missing") == 0 &&
            !json_object_get(absent, what)) {
            snprintf(what, sizeof what, "%s (%s) for %s %s", sb_json_text_or(unit, "target", ""),
                     sb_json_text_or(unit, "backend", ""), sb_json_text_or(unit, "kernel", ""),
                     sb_json_text_or(unit, "variant", ""));
            tell_missing(out, said, what, sb_json_text_or(unit, "reason", ""));
        }
    }
    json_decref(said);
    json_decref(absent);
}
