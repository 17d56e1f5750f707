/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/sampling.h"

#include "results/stats/stats.h"

#include <stdlib.h>
#include <string.h>

#define TURNS 20
#define SAMPLES_LEAST 6

uint64_t sb_sampling_turn_ns(const struct sb_sampling *s)
{
    const uint64_t share = s->budget_ns / TURNS;
    return share < 5000000U ? 5000000U : share > 100000000U ? 100000000U : share;
}

int sb_sampling_turn(struct sb_sampling *s)
{
    if (s->turn_count == s->turn_room) {
        const size_t room = s->turn_room ? 2 * s->turn_room : 32;
        size_t *more = realloc(s->turns, room * sizeof *more);
        if (!more) {
            return -1;
        }
        s->turns = more;
        s->turn_room = room;
    }
    s->turns[s->turn_count++] = 0;
    return 0;
}

int sb_sampling_add(struct sb_sampling *s, uint64_t time_ns)
{
    if (s->count == s->room) {
        const size_t room = s->room ? 2 * s->room : 256;
        uint64_t *more = realloc(s->samples_ns, room * sizeof *more);
        if (!more) {
            return -1;
        }
        s->samples_ns = more;
        s->room = room;
    }
    s->samples_ns[s->count++] = time_ns;
    s->turns[s->turn_count - 1]++;
    return 0;
}

const char *sb_sampling_ended(const struct sb_sampling *s)
{
    if (s->samples_most > 0 && s->count >= s->samples_most) {
        return "count";
    }
    if (s->spent_ns >= s->budget_ns &&
        (s->count >= SAMPLES_LEAST || s->spent_ns >= 3 * s->budget_ns) && s->count > 0) {
        return "budget";
    }
    if (s->precision > 0 && s->turn_count >= SB_STATS_TURNS_LEAST && s->count >= SAMPLES_LEAST) {
        struct sb_interval interval;
        if (sb_stats_median_interval(&interval, s->samples_ns, s->count, 0.95) == 0 &&
            sb_stats_half_width(&interval, 0.95) <= s->precision) {
            return "precision";
        }
    }
    return NULL;
}

void sb_sampling_free(struct sb_sampling *s)
{
    free(s->samples_ns);
    free(s->turns);
    memset(s, 0, sizeof *s);
}
