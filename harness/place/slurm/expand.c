/* SPDX-License-Identifier: Apache-2.0 */
/* Slurm's short form of node names. */
#include "harness/place/slurm/state.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
    char *text;
    size_t length, room;
    bool full;
};

static void add(struct words *out, const char *stem, size_t stem_length, const char *number,
                const char *tail, size_t tail_length)
{
    const int added =
        snprintf(out->text + out->length, out->room - out->length, "%s%.*s%s%.*s",
                 out->length ? "," : "", (int)stem_length, stem, number, (int)tail_length, tail);
    if (added < 0 || (size_t)added >= out->room - out->length) {
        out->full = true;
    } else {
        out->length += (size_t)added;
    }
}

/* One of "1-3" or "07": zeros in front are kept. False where it is neither. */
static bool add_range(struct words *out, const char *stem, size_t stem_length, const char *range,
                      const char *tail, size_t tail_length)
{
    char *end = NULL;
    const long first = strtol(range, &end, 10);
    const int width = (int)(end - range);
    long last = first;
    if (*end == '-') {
        last = strtol(end + 1, &end, 10);
    }
    if (width == 0 || first < 0 || last < first || (*end != ',' && *end != ']')) {
        return false;
    }
    for (long i = first; i <= last && !out->full; ++i) {
        char number[32];
        snprintf(number, sizeof number, "%0*ld", width, i);
        add(out, stem, stem_length, number, tail, tail_length);
    }
    return true;
}

/* One name, or one with brackets; at its end. NULL: not understood. */
static const char *expand_one(struct words *out, const char *at)
{
    const size_t stem = strcspn(at, "[,");
    if (at[stem] != '[') {
        add(out, at, stem, "", "", 0);
        return at + stem;
    }
    const char *close = strchr(at + stem, ']');
    if (!close) {
        return NULL;
    }
    const size_t tail = strcspn(close + 1, ",[");
    if (close[1 + tail] == '[') {
        return NULL;
    }
    for (const char *range = at + stem; range < close; range += 1 + strcspn(range + 1, ",]")) {
        if (!add_range(out, at, stem, range + 1, close + 1, tail)) {
            return NULL;
        }
    }
    return close + 1 + tail;
}

void sb_slurm_expand(char *out, size_t room, const char *nodes)
{
    struct words words = {.text = out, .room = room};
    out[0] = '\0';
    const char *at = nodes;
    while (at && *at && !words.full) {
        at = expand_one(&words, at);
        if (at && *at == ',') {
            ++at;
        }
    }
    if (!at || words.full) {
        snprintf(out, room, "%s", nodes);
    }
}
