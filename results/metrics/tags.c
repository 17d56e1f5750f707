/* SPDX-License-Identifier: Apache-2.0 */
#include "results/metrics/tags.h"

#include "results/metrics/metric.h"
#include "results/metrics/table.h"

#include <stdio.h>
#include <string.h>

struct tag {
    const char *group, *word, *meaning;
};
static const struct tag tags_known[] = {
#define X(group, word, meaning) {group, word, meaning},
    SB_TAG_MAP(X)
#undef X
};
#define TAGS (sizeof tags_known / sizeof *tags_known)
static const char *const groups[] = {"completion", "lanes", "precision", "scope", "origin"};

static const struct tag *find(const char *word, size_t length)
{
    for (size_t i = 0; i < TAGS; ++i) {
        if (strlen(tags_known[i].word) == length &&
            strncmp(tags_known[i].word, word, length) == 0) {
            return &tags_known[i];
        }
    }
    return NULL;
}

const char *sb_tag_group(const char *word, size_t length)
{
    const struct tag *tag = find(word, length);
    return tag ? tag->group : NULL;
}

const char *sb_tag_find(size_t *out_length, const char *tags, const char *group)
{
    for (const char *at = tags + strspn(tags, " "); *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        const char *of = sb_tag_group(at, length);
        if (of && strcmp(of, group) == 0) {
            *out_length = length;
            return at;
        }
        at += length;
    }
    *out_length = 0;
    return NULL;
}

static void describe(char *out, size_t room, const char *word, size_t length)
{
    const struct tag *tag = word ? find(word, length) : NULL;
    if (tag) {
        snprintf(out, room, "%s (%s)", tag->word, tag->meaning);
    } else {
        snprintf(out, room, "does not say");
    }
}

bool sb_metrics_comparable(char *reason, size_t room, const json_t *a, const json_t *b)
{
    const char *tags_a = json_string_value(json_object_get(a, "tags"));
    const char *tags_b = json_string_value(json_object_get(b, "tags"));
    const char *of_a = json_string_value(json_object_get(a, "of"));
    const char *of_b = json_string_value(json_object_get(b, "of"));
    if (!tags_a || !tags_b) {
        snprintf(reason, room, "not comparable, because one of them does not say what it counts");
        return false;
    }
    if (of_a && of_b && strcmp(of_a, of_b) != 0) {
        snprintf(reason, room,
                 "not comparable, because what is counted is not the same on %s and %s", of_a,
                 of_b);
        sb_text_keep_utf8(reason);
        return false;
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; ++i) {
        size_t length_a = 0;
        size_t length_b = 0;
        const char *word_a = sb_tag_find(&length_a, tags_a, groups[i]);
        const char *word_b = sb_tag_find(&length_b, tags_b, groups[i]);
        if (length_a == length_b && (!word_a || strncmp(word_a, word_b, length_a) == 0)) {
            continue;
        }
        char one[160];
        char other[160];
        describe(one, sizeof one, word_a, length_a);
        describe(other, sizeof other, word_b, length_b);
        snprintf(reason, room, "not comparable, because of the %s: one %s, the other %s", groups[i],
                 one, other);
        return false;
    }
    return true;
}
