/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sb_counters_of *of(struct sb_counters_asked *asked,
                                 const struct sb_counter_source *source)
{
    for (int i = 0; i < asked->count; ++i) {
        if (asked->of[i].source == source) {
            return &asked->of[i];
        }
    }
    struct sb_counters_of *more =
        realloc(asked->of, (size_t)(asked->count + 1) * sizeof *asked->of);
    if (!more) {
        return NULL;
    }
    asked->of = more;
    more[asked->count] = (struct sb_counters_of){.source = source};
    return &more[asked->count++];
}

static int add_automatic(struct sb_counters_asked *out, struct sb_error *err)
{
    for (int i = 0; sb_counter_sources[i]; ++i) {
        if (!sb_counter_sources[i]->automatic) {
            continue;
        }
        const int before = out->count;
        struct sb_counters_of *row = of(out, sb_counter_sources[i]);
        if (!row) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        row->automatic = row->automatic || out->count > before;
    }
    return 0;
}

static int add_events(struct sb_counters_of *row, const char *events, struct sb_error *err)
{
    while (*events) {
        char name[SB_EVENT_NAME];
        const size_t length = strcspn(events, "+");
        if (length == 0 || length >= sizeof name) {
            return sb_fail(err, SB_EINVAL, "counters: '%s' begins with no name of an event",
                           events);
        }
        snprintf(name, sizeof name, "%.*s", (int)length, events);
        if (!sb_strings_has(&row->events, name) && sb_strings_add(&row->events, name) != 0) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        events += length;
        if (*events == '+' && !*++events) {
            return sb_fail(err, SB_EINVAL, "counters: an event is missing after '+'");
        }
    }
    return 0;
}

static int add_word(struct sb_counters_asked *out, const char *word, struct sb_error *err)
{
    if (strcmp(word, "auto") == 0) {
        return add_automatic(out, err);
    }
    char name[64];
    const size_t length = strcspn(word, ":");
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const struct sb_counter_source *source = sb_counter_source_find(name, err);
    if (!source) {
        return SB_ENOTFOUND;
    }
    if (word[length] && !word[length + 1]) {
        return sb_fail(err, SB_EINVAL, "counters: no event after '%s'", word);
    }
    struct sb_counters_of *row = of(out, source);
    if (!row) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    row->automatic = false;
    return word[length] ? add_events(row, word + length + 1, err) : 0;
}

int sb_counters_parse(struct sb_counters_asked *out, const struct sb_strings *words,
                      struct sb_error *err)
{
    *out = (struct sb_counters_asked){0};
    int code = 0;
    for (int i = 0; code == 0 && i < words->count; ++i) {
        code = add_word(out, words->item[i], err);
    }
    if (code != 0) {
        sb_counters_asked_free(out);
    }
    return code;
}

void sb_counters_asked_free(struct sb_counters_asked *asked)
{
    for (int i = 0; i < asked->count; ++i) {
        sb_strings_free(&asked->of[i].events);
    }
    free(asked->of);
    *asked = (struct sb_counters_asked){0};
}
