/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/counter_words.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <string.h>

static const char *name_of(int i, const void *payload)
{
    (void)payload;
    return i == 0 ? "auto" : sb_counter_source_names[i - 1];
}

static int check_source(const char *word, size_t length, struct sb_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    int count = 0;
    while (sb_counter_source_names[count]) {
        if (strcmp(sb_counter_source_names[count++], name) == 0) {
            return 0;
        }
    }
    if (strcmp(name, "auto") == 0) {
        return word[length] ? sb_fail(err, SB_EINVAL, "counters: 'auto' takes no events") : 0;
    }
    const char *near = sb_text_closest(name, count + 1, name_of, NULL);
    return sb_fail(err, SB_EINVAL,
                   near ? "counters: no source '%s'; did you mean '%s'?"
                        : "counters: no source '%s'; 'switchbench list counters' shows them",
                   name, near);
}

static int check_events(const char *word, const char *events, struct sb_error *err)
{
    if (!*events || *events == '+' || events[strlen(events) - 1] == '+' || strstr(events, "++")) {
        return sb_fail(err, SB_EINVAL, "counters: '%s': expected SOURCE:EVENT+EVENT", word);
    }
    for (const char *at = events; *at; at += strspn(at, "+")) {
        const size_t length = strcspn(at, "+");
        if (length >= SB_EVENT_NAME) {
            return sb_fail(err, SB_EINVAL,
                           "counters: '%.40s…' is no event: it has %zu bytes, a name at most %d",
                           at, length, SB_EVENT_NAME - 1);
        }
        at += length;
    }
    return 0;
}

/* Words become JSON, and lines of what is told. */
static int check_printable(const char *word, struct sb_error *err)
{
    bool printable = sb_text_is_utf8(word);
    for (const char *at = word; *at; ++at) {
        printable = printable && (unsigned char)*at >= ' ' && *at != 0x7f;
    }
    return printable ? 0
                     : sb_fail(err, SB_EINVAL,
                               "counters: a word that is not printable UTF-8 ('switchbench list "
                               "counters' shows all)");
}

int sb_counter_word_check(const char *word, struct sb_error *err)
{
    const size_t length = strcspn(word, ":");
    int code = check_printable(word, err);
    code = code != 0 ? code : check_source(word, length, err);
    return code == 0 && word[length] ? check_events(word, word + length + 1, err) : code;
}

int sb_counter_words_read(struct sb_strings *out, const json_t *json, struct sb_error *err)
{
    const json_t *words = json_object_get(json, "counters");
    int code =
        !words || json_is_array(words) ? 0 : sb_fail(err, SB_EPARSE, "counters: expected array");
    for (size_t i = 0; code == 0 && i < json_array_size(words); ++i) {
        const char *word = json_string_value(json_array_get(words, i));
        code = word ? sb_counter_word_check(word, err)
                    : sb_fail(err, SB_EPARSE, "counters[%zu]: expected string", i);
        if (code == 0 && sb_strings_add(out, word) != 0) {
            code = sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return code;
}
