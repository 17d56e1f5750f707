/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/counters_view.h"

#include "harness/cli/table.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <string.h>

static double number(const json_t *at, const char *key)
{
    return sb_json_real_or(at, key, NAN);
}

static void add_number(struct sb_table *table, const json_t *at, const char *key)
{
    char text[40];
    const double value = number(at, key);
    snprintf(text, sizeof text, "%.6g", value);
    sb_table_number(table, value, isnan(value) ? NULL : text);
}

/* Half the range of the windows, as a share of the value. */
static void add_spread(struct sb_table *table, const json_t *event)
{
    const double value = number(event, "value");
    const double spread = (number(event, "high") - number(event, "low")) / 2;
    char text[40];
    if (!(value > 0) || isnan(spread) || sb_json_integer_or(event, "windows", 0) < 2) {
        sb_table_none(table);
        return;
    }
    snprintf(text, sizeof text, "%.2g%%", 100 * spread / value);
    sb_table_text(table, text);
}

static int print_events(FILE *out, const json_t *source, struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"event", "event", false}, {"value", "a repetition", true}, {"unit", "unit", false},
        {"spread", "±", true},     {"idle", "idle", true},          {"running", "counted", true},
        {"pass", "pass", true},    {"tags", "of", false},           {NULL, NULL, false},
    };
    struct sb_table table;
    sb_table_init(&table, columns);
    size_t i = 0;
    const json_t *event = NULL;
    json_array_foreach (json_object_get(source, "events"), i, event) {
        char running[24];
        snprintf(running, sizeof running, "%.0f%%", 100 * sb_json_real_or(event, "running", 1));
        sb_table_text(&table, sb_json_text_or(event, "name", ""));
        add_number(&table, event, "value");
        sb_table_text(&table, sb_json_text_or(event, "unit", ""));
        add_spread(&table, event);
        add_number(&table, event, "idle");
        sb_table_text(&table, running);
        add_number(&table, event, "pass");
        sb_table_text(&table, sb_json_text_or(event, "tags", ""));
    }
    const int code = i > 0 ? sb_table_print(&table, NULL, out, err) : 0;
    sb_table_free(&table);
    return code;
}

/* reasons is {"source: reason": {event: null}} in the order met; "" for the source itself. */
static void add_reason(json_t *reasons, const char *source, const char *reason, const char *event)
{
    char key[900];
    snprintf(key, sizeof key, "%s: %s", source, reason);
    sb_text_keep_utf8(key); /* it may be cut within a character, which is no key */
    json_t *events = json_object_get(reasons, key);
    if (!events && json_object_set_new(reasons, key, json_object()) == 0) {
        events = json_object_get(reasons, key);
    }
    json_object_set_new(events, event, json_null());
}

static void gather(json_t *reasons, const json_t *source)
{
    const char *name = sb_json_text_or(source, "source", "?");
    const char *state = sb_json_text_or(source, "state", "");
    if (strcmp(state, "read") != 0) {
        add_reason(reasons, name, sb_json_text_or(source, "reason", state), "");
        if (strcmp(state, "absent") == 0) {
            return; /* it says what its events would */
        }
    }
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach (json_object_get(source, "refused"), i, row) {
        add_reason(reasons, name, sb_json_text_or(row, "reason", ""),
                   sb_json_text_or(row, "name", "?"));
    }
}

#define NAMES_SHOWN 8

static void print_reasons(FILE *out, const char *indent, json_t *reasons)
{
    const char *key = NULL;
    json_t *events = NULL;
    json_object_foreach (reasons, key, events) {
        const size_t length = strcspn(key, ":");
        fprintf(out, "%s%.*s", indent, (int)length, key);
        size_t shown = 0;
        const char *event = NULL;
        json_t *ignored = NULL;
        json_object_foreach (events, event, ignored) {
            if (*event && shown++ < NAMES_SHOWN) {
                fprintf(out, "%s%s", shown == 1 ? " does not count " : ", ", event);
            }
        }
        if (shown > NAMES_SHOWN) {
            fprintf(out, " and %zu more", shown - NAMES_SHOWN);
        }
        fprintf(out, "%s\n", key + length);
    }
}

static int print_source(FILE *out, const json_t *source, struct sb_error *err)
{
    const char *state = sb_json_text_or(source, "state", "");
    const double slowdown = number(source, "slowdown");
    if (json_array_size(json_object_get(source, "events")) == 0) {
        return 0; /* its reasons say all there is */
    }
    fprintf(out, "  %s (%s)", sb_json_text_or(source, "source", "?"),
            sb_json_text_or(source, "version", ""));
    fprintf(out, ": %.0f repetitions in %.0f pass%s", number(source, "repetitions"),
            number(source, "passes"), number(source, "passes") == 1 ? "" : "es");
    if (!isnan(slowdown)) {
        fprintf(out, ", the fastest %.2f times as long as uncounted", slowdown);
    }
    fprintf(out, "%s\n", strcmp(state, "died") == 0 ? "; then it died" : "");
    return print_events(out, source, err);
}

static int print_metrics(FILE *out, json_t *metrics, struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"metric", "metric", false},    {"value", "value", true},   {"unit", "unit", false},
        {"expected", "expected", true}, {"ratio", "over it", true}, {"source", "by", false},
        {"tags", "of", false},          {NULL, NULL, false},
    };
    struct sb_table table;
    sb_table_init(&table, columns);
    const char *name = NULL;
    json_t *metric = NULL;
    json_object_foreach (metrics, name, metric) {
        sb_table_text(&table, name);
        add_number(&table, metric, "value");
        sb_table_text(&table, sb_json_text_or(metric, "unit", ""));
        add_number(&table, metric, "expected");
        add_number(&table, metric, "over_expected");
        sb_table_text(&table, sb_json_text_or(metric, "source", ""));
        sb_table_text(&table, sb_json_text_or(metric, "tags", ""));
    }
    const int code = json_object_size(metrics) > 0 ? sb_table_print(&table, NULL, out, err) : 0;
    sb_table_free(&table);
    return code;
}

int sb_counters_print(FILE *out, const json_t *counters, struct sb_error *err)
{
    json_t *reasons = json_object();
    size_t i = 0;
    const json_t *source = NULL;
    int code = 0;
    fputs("counters\n", out);
    json_array_foreach (json_object_get(counters, "sources"), i, source) {
        code = code != 0 ? code : print_source(out, source, err);
        gather(reasons, source);
    }
    print_reasons(out, "  ", reasons);
    const char *ended = sb_json_text_or(counters, "reason", NULL);
    if (ended) {
        fprintf(out, "  counting ended early: %s\n", ended);
    }
    json_decref(reasons);
    return code != 0 ? code : print_metrics(out, json_object_get(counters, "metrics"), err);
}

void sb_counters_gather(json_t *missed, const json_t *record)
{
    size_t i = 0;
    const json_t *source = NULL;
    json_array_foreach (sb_json_at(record, "counters.sources"), i, source) {
        gather(missed, source);
    }
}

void sb_counters_print_missed(FILE *out, json_t *missed)
{
    if (json_object_size(missed) > 0) {
        fputs("\nnot counted:\n", out);
        print_reasons(out, "  ", missed);
    }
}
