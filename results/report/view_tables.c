/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and provenance: shown as the rows have them, so that a new field or column appears by itself. */
#include "results/report/view.h"

#include "harness/util/json.h"
#include "harness/util/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SHOWN ((size_t)12)
#define LONG_TEXT ((size_t)40)

static bool ends_in(const char *key, const char *ending)
{
    const size_t length = strlen(key), tail = strlen(ending);
    return length >= tail && strcmp(key + length - tail, ending) == 0;
}

/** A number of the unit that @p key ends in. */
static void write_number(FILE *out, const char *key, const json_t *value)
{
    char text[64];
    const double number = json_number_value(value);
    if (ends_in(key, "_bytes")) {
        sb_text_bytes(text, sizeof text, number);
    } else if (ends_in(key, "_Hz")) {
        snprintf(text, sizeof text, "%.3g GHz", number / 1e9);
    } else if (ends_in(key, "_ns")) {
        sb_text_time(text, sizeof text, number);
    } else if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else {
        sb_view_number(text, sizeof text, number);
    }
    fputs(text, out);
}

/** Any value as text; arrays and objects as their parts ("L1d 32.0 KiB, L2 1.00 MiB"), in the unit of @p key. */
static void write_value(FILE *out, const char *key, const json_t *value)
{
    const char *between = "", *name;
    size_t i;
    json_t *part;
    if (json_is_number(value)) {
        write_number(out, key, value);
    } else if (json_is_boolean(value)) {
        fputs(json_is_true(value) ? "yes" : "no", out);
    } else if (json_is_string(value)) {
        const bool is_hash = ends_in(key, "digest");
        fprintf(out, "%.*s", is_hash ? (int)KEY_SHOWN : INT_MAX, json_string_value(value));
    } else if (json_is_array(value)) {
        json_array_foreach (value, i, part) {
            fputs(between, out);
            write_value(out, key, part);
            between = ", ";
        }
    } else {
        json_object_foreach ((json_t *)value, name, part) {
            fprintf(out, "%s%s ", between, name);
            write_value(out, key, part);
            between = ", ";
        }
    }
}

/** "memory_allowed_bytes" and 8e9 become "memory allowed" and "7.45 GiB". */
static json_t *view_fact(const char *key, const json_t *value)
{
    char name[128], *text = NULL;
    size_t length = 0;
    FILE *const out = open_memstream(&text, &length);
    if (!out) {
        return NULL;
    }
    write_value(out, key, value);
    fclose(out);
    snprintf(name, sizeof name, "%s", key);
    static const char *const units[] = {"_bytes", "_Hz", "_ns"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ends_in(name, units[i]) && !json_is_string(value)) {
            name[strlen(name) - strlen(units[i])] = '\0';
        }
    }
    for (char *at = name; *at; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    json_t *const fact = json_pack("{s:s,s:s}", "name", name, "value", text ? text : "");
    free(text);
    return fact;
}

void sb_view_nodes(json_t *view, const json_t *nodes)
{
    json_t *const out = json_array();
    json_object_set_new(view, "nodes", out);
    size_t i;
    const json_t *node;
    json_array_foreach (nodes, i, node) {
        json_t *const facts = json_array();
        const char *key;
        json_t *value;
        json_object_foreach ((json_t *)node, key, value) {
            if (!json_is_null(value) && strcmp(key, "hostname") != 0) {
                json_array_append_new(facts, view_fact(key, value));
            }
        }
        json_array_append_new(out,
                              json_pack("{s:s,s:o}", "title",
                                        sb_json_text_or(node, "hostname", "node"), "facts", facts));
    }
}

/** One value of a table: numbers sort as numbers, a key is shown by its beginning. */
static json_t *view_value(const char *key, const json_t *value)
{
    json_t *const out = view_fact(key, value);
    const bool is_key = strcmp(key, "key") == 0;
    const char *const text = sb_json_text_or(out, "value", "");
    const size_t length = strlen(text);
    json_object_set_new(out, "class",
                        json_string(json_is_number(value) ? "n"
                                    : is_key              ? "code"
                                    : length > LONG_TEXT  ? "long"
                                                          : ""));
    json_object_set_new(
        out, "v", json_is_number(value) ? json_real(json_number_value(value)) : json_string(text));
    json_object_set_new(out, "full", json_string(length > LONG_TEXT ? text : ""));
    if (is_key && length > KEY_SHOWN) {
        json_object_set_new(out, "value", json_stringn(text, KEY_SHOWN));
    }
    return out;
}

/** Any rows as a table whose columns are those of the query. */
static json_t *view_table(const char *title, const json_t *rows)
{
    json_t *const columns = json_array(), *const lines = json_array();
    size_t i;
    const json_t *row;
    json_array_foreach (rows, i, row) {
        json_t *const values = json_array();
        const char *key;
        json_t *value;
        json_object_foreach ((json_t *)row, key, value) {
            json_t *const shown = view_value(key, value);
            if (i == 0) {
                json_array_append_new(columns,
                                      json_pack("{s:O,s:s}", "name", json_object_get(shown, "name"),
                                                "class", json_is_number(value) ? "n" : ""));
            }
            json_array_append_new(values, shown);
        }
        json_array_append_new(lines, json_pack("{s:o}", "values", values));
    }
    return json_pack("{s:s,s:o,s:o}", "heading", title, "columns", columns, "lines", lines);
}

void sb_view_tables(json_t *view, const struct sb_view_rows *rows)
{
    const struct {
        const char *title;
        const json_t *rows;
    } tables[] = {{"Percent of what is attainable", rows->attainable},
                  {"Performance portability (0: not on every platform)", rows->portability},
                  {"Metrics (of one repetition; the first thousand)", rows->metrics},
                  {"Not counted", rows->not_counted},
                  {"Compiled code", rows->builds},
                  {"Devices", rows->devices},
                  {"Environment", rows->environments}};
    json_t *const out = json_array();
    json_object_set_new(view, "tables", out);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (json_array_size(tables[i].rows) > 0) {
            json_array_append_new(out, view_table(tables[i].title, tables[i].rows));
        }
    }
}
