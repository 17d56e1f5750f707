/* SPDX-License-Identifier: Apache-2.0 */
/* timing.disturbed of a record in a few words: in how many turns, and by what. */
#include "results/store/indexing.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS 16

struct kind {
    const char *what;
    long long turns;
};

static int by_turns(const void *a, const void *b)
{
    const struct kind *x = a, *y = b;
    return (y->turns > x->turns) - (y->turns < x->turns);
}

static void count(struct kind *kinds, size_t *kept, const char *what)
{
    size_t i = 0;
    while (i < *kept && strcmp(kinds[i].what, what) != 0) {
        i++;
    }
    if (i == *kept && i < KINDS) {
        kinds[(*kept)++] = (struct kind){what, 0};
    }
    if (i < *kept) {
        kinds[i].turns++;
    }
}

/* The marks are in the order of the turns, and a turn has each mark once. */
long long sb_store_disturbed(char *by, size_t room, const json_t *record)
{
    struct kind kinds[KINDS];
    size_t kept = 0, used = 0, i;
    long long turns = 0, last = -1;
    const json_t *mark;
    json_array_foreach (sb_json_at(record, "timing.disturbed"), i, mark) {
        const long long turn = sb_json_integer_or(mark, "turn", -1);
        turns += turn != last;
        last = turn;
        count(kinds, &kept, sb_json_text_or(mark, "what", "?"));
    }
    qsort(kinds, kept, sizeof *kinds, by_turns);
    by[0] = '\0';
    for (i = 0; i < kept && used < room; i++) {
        used += (size_t)snprintf(by + used, room - used, "%s%s %lld", i ? ", " : "", kinds[i].what,
                                 kinds[i].turns);
    }
    return turns;
}
