/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of counter sources and their events, as the runner tells them. */
#include "harness/cli/catalogue.h"
#include "harness/cli/command.h"
#include "harness/cli/probe.h"
#include "harness/plan/counter_words.h"
#include "harness/util/json.h"

#include <stdlib.h>
#include <string.h>

static void add_source(struct sb_table *table, const json_t *source)
{
    const bool here = strcmp(sb_json_text_or(source, "state", ""), "here") == 0;
    sb_table_text(table, sb_json_text_or(source, "source", ""));
    sb_table_coloured(table, here ? SB_GREEN : SB_YELLOW, here ? "yes" : "no");
    sb_table_text(table, json_is_true(json_object_get(source, "automatic")) ? "yes" : "no");
    sb_table_text(table, sb_json_text_or(source, "scope", ""));
    sb_table_text(table, here ? sb_json_text_or(source, "version", "")
                              : sb_json_text_or(source, "reason", ""));
    sb_table_text(table, sb_json_text_or(source, "title", ""));
}

/* Told of events that were named alone: trying all of a source takes its time. */
static void add_state(struct sb_table *table, const char *state)
{
    if (!*state) {
        sb_table_none(table);
    } else {
        const bool known = strcmp(state, "known") == 0;
        sb_table_coloured(table, known ? SB_GREEN : SB_YELLOW, known ? "yes" : "no");
    }
}

/* SB_ENOTFOUND where one was named that the source does not know. */
static int add_events(struct sb_table *table, const json_t *source, struct sb_error *err)
{
    size_t i = 0;
    const json_t *event = NULL;
    json_array_foreach (json_object_get(source, "events"), i, event) {
        if (strcmp(sb_json_text_or(event, "state", ""), "unknown") == 0) {
            return sb_fail(err, SB_ENOTFOUND, "%s", sb_json_text_or(event, "reason", ""));
        }
        sb_table_text(table, sb_json_text_or(source, "source", ""));
        sb_table_text(table, sb_json_text_or(event, "name", ""));
        sb_table_text(table, sb_json_text_or(event, "unit", ""));
        sb_table_text(table, sb_json_text_or(event, "tags", ""));
        add_state(table, sb_json_text_or(event, "state", ""));
        sb_table_text(table, sb_json_text_or(event, "reason", sb_json_text_or(event, "help", "")));
    }
    return 0;
}

static int add_sources(struct sb_table *table, const json_t *told)
{
    size_t i = 0;
    const json_t *source = NULL;
    json_array_foreach (told, i, source) {
        add_source(table, source);
    }
    return 0;
}

/* The events of those that are here; why the others are not, which is an error where none is. */
static int add_named(struct sb_table *table, const json_t *told, struct sb_error *err)
{
    size_t i = 0;
    size_t here = 0;
    int code = 0;
    const json_t *source = NULL;
    json_array_foreach (told, i, source) {
        here += strcmp(sb_json_text_or(source, "state", ""), "here") == 0;
    }
    json_array_foreach (told, i, source) {
        const char *name = sb_json_text_or(source, "source", "");
        const char *reason = sb_json_text_or(source, "reason", "");
        if (strcmp(sb_json_text_or(source, "state", ""), "here") == 0) {
            code = code != 0 ? code : add_events(table, source, err);
        } else if (here > 0) {
            sb_say("%s: %s", name, reason);
        } else {
            code = code != 0 ? code : sb_fail(err, SB_EABSENT, "%s: %s", name, reason);
        }
    }
    return code;
}

static int join(char **out, const struct sb_strings *names, struct sb_error *err)
{
    size_t room = 1;
    int code = 0;
    for (int i = 0; code == 0 && i < names->count; ++i) {
        code = sb_counter_word_check(names->item[i], err);
        room += strlen(names->item[i]) + 1;
    }
    *out = code == 0 ? calloc(room, 1) : NULL;
    for (int i = 0; *out && i < names->count; ++i) {
        strncat(*out, i > 0 ? "," : "", room - strlen(*out) - 1);
        strncat(*out, names->item[i], room - strlen(*out) - 1);
    }
    return code != 0 ? code : *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_catalogue_counters(struct sb_table *table, const struct sb_strings *names,
                          struct sb_error *err)
{
    static const struct sb_column sources[] = {
        {"source", "source", false}, {"here", "here", false},   {"automatic", "auto", false},
        {"scope", "scope", false},   {"found", "found", false}, {"title", "what it is", false},
        {NULL, NULL, false},
    };
    static const struct sb_column events[] = {
        {"source", "source", false}, {"event", "event", false},   {"unit", "unit", false},
        {"tags", "tags", false},     {"counts", "counts", false}, {"help", "what", false},
        {NULL, NULL, false},
    };
    char *words = NULL;
    json_t *told = NULL;
    sb_table_init(table, names->count ? events : sources);
    int code = join(&words, names, err);
    code = code != 0 ? code : sb_probe_ask(&told, "--counters", words, err);
    code = code != 0          ? code
           : names->count > 0 ? add_named(table, json_object_get(told, "counters"), err)
                              : add_sources(table, json_object_get(told, "counters"));
    json_decref(told);
    free(words);
    return code;
}
