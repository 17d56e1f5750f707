/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/cell/run.h"

#include "harness/run/steady/steady.h"
#include "harness/util/process.h"

#include <math.h>

#define SAMPLES_A_TURN 200
#define WARM_UP_NS 30000000U
#define WARM_UP_MOST 10

/* Threads, clocks and caches as they will be: a few repetitions, none of them kept. */
static int warm_up(struct sb_cell_run *run, uint64_t most_ns, int most, struct sb_error *err)
{
    uint64_t spent_ns = 0;
    int code = 0;
    for (int i = 0; code == 0 && i < most && spent_ns < most_ns; ++i) {
        code = sb_cell_repeat(&run->last_ns, run, err);
        spent_ns += run->last_ns;
        run->warm_up++;
    }
    return code;
}

/* What ran before the first turn is watched like a turn, and told apart. */
static int first_warm_up(struct sb_cell_run *run, struct sb_error *err)
{
    const struct sb_cell_task *task = run->task;
    const int threads = task->job->threads;
    const struct sb_steady_at at = {
        .root = "",
        .cpus = task->cpus,
        .cpu_count = threads > 0 && threads < task->cpu_count ? threads : task->cpu_count};
    run->steady = sb_steady_open(&at);
    if (!run->steady) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    sb_steady_begin(run->steady);
    const int code = warm_up(run, WARM_UP_NS, WARM_UP_MOST, err);
    sb_cell_answer(run, json_pack("{s:o}", "disturbed_before", sb_steady_end(run->steady, false)));
    return code;
}

int sb_cell_take_turn(struct sb_cell_run *run, struct sb_error *err)
{
    struct sb_sampling *s = &run->sampling;
    const uint64_t turn_ns = sb_sampling_turn_ns(s);
    int code = s->turn_count == 0 ? first_warm_up(run, err) : 0;
    if (code == 0) {
        sb_steady_begin(run->steady);
    }
    if (s->turn_count > 0 && run->last_ns < turn_ns / 4) {
        code = warm_up(run, run->last_ns, 1, err); /* others ran meanwhile */
    }
    if (code != 0 || sb_sampling_turn(s) != 0) {
        return code != 0 ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const size_t first = s->count;
    const unsigned long long begun = sb_process_now_ns();
    uint64_t spent_ns = 0;
    do {
        code = sb_cell_repeat(&run->last_ns, run, err);
        if (code == 0 && sb_sampling_add(s, run->last_ns) != 0) {
            code = sb_fail(err, SB_ENOMEM, "out of memory");
        }
        run->sampled_ns += (double)run->last_ns;
        run->exchanged_ns += (double)run->stage.exchange_ns;
        run->ended =
            code == 0 && s->samples_most > 0 && s->count >= s->samples_most ? "count" : NULL;
        spent_ns = sb_process_now_ns() - begun;
        code = code != 0 ? code : sb_ranks_follow(&spent_ns, sizeof spent_ns, run->ranks, err);
    } while (code == 0 && !run->ended && spent_ns < turn_ns && s->count - first < SAMPLES_A_TURN);
    s->spent_ns += spent_ns;
    json_t *disturbed = sb_steady_end(run->steady, true);
    if (code != 0) {
        json_decref(disturbed);
    } else {
        run->ended = sb_sampling_ended(s);
        json_t *samples = json_array();
        for (size_t i = first; i < s->count; ++i) {
            json_array_append_new(samples, json_integer((json_int_t)s->samples_ns[i]));
        }
        json_t *totals = run->ended ? sb_steady_totals(run->steady) : NULL;
        sb_cell_answer(run, json_pack("{s:s,s:b,s:o,s:o,s:o*}", "answer", "turn", "done",
                                      run->ended != NULL, "samples_ns", samples, "disturbed",
                                      disturbed, "steady", totals));
    }
    return code;
}

uint64_t sb_cell_fastest_ns(const struct sb_sampling *sampling)
{
    uint64_t found = sampling->count > 0 ? sampling->samples_ns[0] : 0;
    for (size_t i = 1; i < sampling->count; ++i) {
        found = sampling->samples_ns[i] < found ? sampling->samples_ns[i] : found;
    }
    return found;
}
