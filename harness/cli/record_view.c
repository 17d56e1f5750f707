/* SPDX-License-Identifier: Apache-2.0 */
/* The view walks the record, so a field that is added tomorrow is shown tomorrow; the unit at the end of a key says how
 * its number reads. Only what is a table, the verdict's checks and the counters, has code of its own. */
#include "harness/cli/record_view.h"

#include "harness/cli/counters_view.h"
#include "harness/cli/counts_view.h"
#include "harness/cli/shown.h"
#include "harness/cli/table.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <string.h>

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text);
    const size_t end = strlen(ending);
    return length >= end && strcmp(text + length - end, ending) == 0;
}

static void show_quantity(char *out, size_t room, const char *key, const json_t *value)
{
    const double number = json_number_value(value);
    if (ends_with(key, "_ns")) {
        sb_text_time(out, room, number);
    } else if (ends_with(key, "bytes")) {
        sb_text_bytes(out, room, number);
    } else if (ends_with(key, "_per_s")) {
        char unit[64];
        snprintf(unit, sizeof unit, "%.*s", (int)(strlen(key) - 6), key);
        sb_text_rate(out, room, number, unit);
    } else if (ends_with(key, "_Hz")) {
        snprintf(out, room, "%.2f GHz", number * 1e-9);
    } else if (json_is_integer(value)) {
        snprintf(out, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else {
        snprintf(out, room, "%.15g", number);
    }
}

/* [1, 2, 3] whole where it is short, else how many there are and their range. */
static void show_list(char *out, size_t room, const char *key, const json_t *list)
{
    double least = INFINITY;
    double most = -INFINITY;
    size_t used = 0;
    size_t i = 0;
    const json_t *item = NULL;
    *out = '\0';
    json_array_foreach (list, i, item) {
        const double number = json_number_value(item);
        least = number < least ? number : least;
        most = number > most ? number : most;
        const char *comma = i ? ", " : "";
        if (used < room && i < 12) {
            used += json_is_string(item)
                        ? (size_t)snprintf(out + used, room - used, "%s%s", comma,
                                           json_string_value(item))
                        : (size_t)snprintf(out + used, room - used, "%s%.15g", comma, number);
        }
    }
    if (i > 12 && json_is_number(json_array_get(list, 0))) {
        char from[64];
        char to[64];
        json_t *ends[] = {json_real(least), json_real(most)};
        show_quantity(from, sizeof from, key, ends[0]);
        show_quantity(to, sizeof to, key, ends[1]);
        json_decref(ends[0]);
        json_decref(ends[1]);
        snprintf(out, room, "%zu values, from %s to %s", i, from, to);
    } else if (i > 12 && used < room) {
        snprintf(out + used, room - used, ", … (%zu)", i);
    } else if (i == 0) {
        snprintf(out, room, "none");
    }
    sb_text_keep_utf8(out); /* it may be cut within a character */
}

static void print_line(FILE *out, int indent, const char *key, const char *text)
{
    const int pad = 24 - indent - (int)sb_text_width(key);
    fprintf(out, "%*s%s%s%s%*s", indent, "", sb_colour_on(out, SB_GREY), key, sb_colour_off(out),
            pad > 1 ? pad : 1, "");
    for (;;) { /* the lines of a compiler's message stand below each other */
        const size_t length = strcspn(text, "\n");
        fprintf(out, "%.*s\n", (int)length, text);
        text += length;
        if (!*text || !text[1]) {
            break;
        }
        ++text;
        fprintf(out, "%24s", "");
    }
}

/* @p unit is the key whose end says the unit: "cache_bytes" for all members of that object. */
static void print_scalar(FILE *out, int indent, const char *key, const char *unit,
                         const json_t *value)
{
    char text[1024] = "";
    switch (json_typeof(value)) {
    case JSON_STRING:
        print_line(out, indent, key, json_string_value(value));
        return;
    case JSON_ARRAY:
        show_list(text, sizeof text, unit, value);
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        show_quantity(text, sizeof text, unit, value);
        break;
    default:
        snprintf(text, sizeof text, "%s",
                 json_is_true(value)    ? "yes"
                 : json_is_false(value) ? "no"
                                        : "–");
    }
    print_line(out, indent, key, text);
}

/* An object of a list on one line: "array z, count 320, …"; what is nested or empty is left to --json. */
static void print_item(FILE *out, int indent, json_t *item)
{
    char text[1024] = "";
    size_t used = 0;
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach (item, name, member) {
        char value[600] = "";
        if (json_is_string(member)) {
            snprintf(value, sizeof value, "%s", json_string_value(member));
        } else if (json_is_number(member)) {
            show_quantity(value, sizeof value, name, member);
        } else if (json_is_boolean(member)) {
            snprintf(value, sizeof value, "%s", json_is_true(member) ? "yes" : "no");
        }
        if (*value && used < sizeof text) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", used ? ", " : "",
                                     name, value);
        }
    }
    sb_text_keep_utf8(text); /* it may be cut within a character */
    fprintf(out, "%*s%s\n", indent, "", text);
}

static void print_value(FILE *out, int indent, const char *key, const char *unit, json_t *value)
{
    if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
        fprintf(out, "%*s%s\n", indent, "", key);
        for (size_t i = 0; i < json_array_size(value); ++i) {
            print_item(out, indent + 2, json_array_get(value, i));
        }
        return;
    }
    if (!json_is_object(value)) {
        print_scalar(out, indent, key, unit, value);
        return;
    }
    if (indent > 0 && strcmp(key, "counts") == 0) {
        return; /* print_counts() */
    }
    if (json_object_size(value) > 0) {
        fprintf(out, "%*s%s\n", indent, "", key);
    }
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach (value, name, member) {
        print_value(out, indent + 2, name, ends_with(key, "bytes") ? key : name, member);
    }
}

static void add_value(struct sb_table *table, const json_t *at, const char *key)
{
    const json_t *value = json_object_get(at, key);
    char text[40];
    if (!value || json_is_null(value)) {
        sb_table_none(table);
        return;
    }
    snprintf(text, sizeof text, "%.9g", sb_shown_value(value));
    sb_table_text(table, text);
}

static void add_check(struct sb_table *table, const json_t *check)
{
    const json_t *worst = json_object_get(check, "worst");
    const json_t *at = json_is_object(worst) ? worst : check;
    const double failed = sb_json_real_or(check, "failed", 0);
    const bool bad = failed > 0 || json_is_true(json_object_get(check, "failed"));
    sb_table_coloured(table, bad ? SB_RED : SB_GREEN, bad ? "fails" : "holds");
    sb_table_text(table, sb_json_text_or(check, "what", ""));
    sb_table_number(table, sb_json_real_or(check, "count", NAN), NULL);
    sb_table_number(table, json_is_object(worst) || failed > 0 ? failed : NAN, NULL);
    add_value(table, at, "index");
    add_value(table, at, "got");
    add_value(table, at, "expected");
    add_value(table, at, "bound");
    add_value(table, at, "ulp");
    add_value(table, at, "relative");
    sb_table_text(table, sb_json_text_or(check, "source", ""));
}

static int print_verdict(FILE *out, const json_t *verdict, struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"holds", "check", false},      {"what", "what", false},     {"count", "elements", true},
        {"failed", "fail", true},       {"index", "worst at", true}, {"got", "got", true},
        {"expected", "expected", true}, {"bound", "bound", true},    {"ulp", "ULP", true},
        {"relative", "relative", true}, {"source", "source", false}, {NULL, NULL, false},
    };
    struct sb_table table;
    sb_table_init(&table, columns);
    const json_t *checks = json_object_get(verdict, "checks");
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach (checks, i, check) {
        add_check(&table, check);
    }
    const int rc = sb_table_print(&table, NULL, out, err);
    sb_table_free(&table);
    return rc;
}

/* The counts of the twin are tables of their own, behind all else. */
static int print_counts(FILE *out, const json_t *record, struct sb_error *err)
{
    const json_t *counts = sb_json_at(record, "observed.counts");
    if (!json_is_object(counts)) {
        return SB_OK;
    }
    struct sb_counts_view view = {.folder = sb_json_text_or(record, "folder", NULL)};
    struct sb_sheet *sheets = NULL;
    int rc = sb_counts_sheets(&sheets, &view.sheets, NULL, err);
    if (rc == SB_OK) {
        view.sheet = sheets;
        fputs("\ncounts: ", out);
        rc = sb_counts_print(out, counts, &view, err);
    }
    sb_counts_sheets_free(sheets, view.sheets);
    return rc;
}

int sb_record_view(FILE *out, json_t *record, struct sb_error *err)
{
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    fprintf(out, "%s: %s%s%s\n\n", sb_json_text_or(record, "name", "?"),
            sb_colour_on(out, sb_state_colour(state)), sb_json_text_or(record, "state", "?"),
            sb_colour_off(out));
    const char *key = NULL;
    json_t *value = NULL;
    int rc = SB_OK;
    json_object_foreach (record, key, value) {
        if (strcmp(key, "verdict") == 0 && json_is_object(value)) {
            fputs("verdict\n", out);
            const char *name = NULL;
            json_t *member = NULL;
            json_object_foreach (value, name, member) {
                if (strcmp(name, "checks") != 0) {
                    print_value(out, 2, name, name, member);
                }
            }
            rc = print_verdict(out, value, err);
        } else if (strcmp(key, "counters") == 0 && json_is_object(value)) {
            rc = sb_counters_print(out, value, err);
        } else if (!json_is_null(value)) {
            print_value(out, 0, key, key, value);
        }
        if (rc) {
            break;
        }
    }
    return rc ? rc : print_counts(out, record, err);
}
