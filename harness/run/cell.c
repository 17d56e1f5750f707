/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/cell.h"
#include "harness/run/cell/run.h"

#include "harness/run/counting/cell_count.h"
#include "harness/run/counting/mark.h"
#include "harness/run/crash.h"
#include "harness/run/picture.h"
#include "harness/run/ranks/alone.h"
#include "harness/util/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

void sb_cell_answer(const struct sb_cell_run *run, json_t *fragment)
{
    struct sb_error err;
    if (sb_json_write_line(run->task->out, fragment, &err) != 0) {
        _exit(SB_EXIT_INFRA); /* nobody listens: the parent is gone */
    }
    json_decref(fragment);
}

static void end(const struct sb_cell_run *run, const char *state, const char *failure,
                const char *reason)
{
    sb_cell_answer(run, json_pack("{s:s,s:s,s:s?,s:s?}", "answer", "end", "state", state, "failure",
                                  failure, "reason", reason));
}

static void end_with(const struct sb_cell_run *run, const struct sb_error *err)
{
    switch (err->code) {
    case SB_EABSENT:
        end(run, "unsupported", NULL, err->text);
        break;
    case SB_ECOMPILE:
        end(run, "failed", "compile", err->text);
        break;
    case SB_ENOMEM:
        end(run, "failed", "memory", err->text);
        break;
    case SB_ECRASH:
        end(run, "failed", "crash", err->text);
        break;
    case SB_EBOUNDS:
        end(run, "failed", "out_of_bounds", err->text);
        break;
    case SB_EDEVICE:
        end(run, "failed", strstr(err->text, "wrote ") ? "out_of_bounds" : "device", err->text);
        break;
    default:
        end(run, "failed", "internal", err->text);
        break;
    }
}

static int draw(struct sb_cell_run *run, struct sb_error *err)
{
    const struct sb_cell_task *task = run->task;
    return task->job->pictures[0] && run->c.kernel->picture && run->ranks->size == 1
               ? sb_picture_write(task->job->pictures, task->cell, &run->c, run->exec, run->backend,
                                  run->before, err)
               : 0;
}

static bool timed(const struct sb_cell_run *run)
{
    return !run->emulated && !run->task->trial;
}

static bool counted(const struct sb_cell_run *run)
{
    return timed(run) && run->task->job->counters.count > 0;
}

/* The device is given back before the last word: whoever hears it may end this process. */
static void conclude(struct sb_cell_run *run)
{
    if (!counted(run)) {
        run->backend->close(run->exec);
        run->exec = NULL;
        run->together = false;
    }
    end(run, run->passed ? "passed" : "wrong", NULL, run->passed ? NULL : run->reason);
}

static int know_ranks(struct sb_cell_run *run, struct sb_error *err)
{
    const int wanted = sb_case_ranks(&run->c);
    if (!run->task->ranks) {
        run->alone = run->ranks = sb_ranks_alone();
    } else {
        run->ranks = run->task->ranks;
    }
    if (!run->ranks) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    run->c.rank = run->ranks->rank;
    return run->ranks->size == wanted
               ? 0
               : sb_fail(err, SB_EABSENT, "it takes %d ranks, here %s %d", wanted,
                         run->ranks->size == 1 ? "is" : "are", run->ranks->size);
}

/* Rank 0 first: what it compiles, the others find in the cache. Each learns of the others' failures. */
static int prepare_parts(struct sb_cell_run *run, struct sb_error *err)
{
    if (run->ranks->size == 1) {
        return sb_cell_prepare_part(run, err);
    }
    int code = run->ranks->rank == 0 ? sb_cell_prepare_part(run, err) : 0;
    code = sb_ranks_agree(run->ranks, code, err);
    if (code == 0) {
        code = run->ranks->rank == 0 ? 0 : sb_cell_prepare_part(run, err);
        code = sb_ranks_agree(run->ranks, code, err);
    }
    run->together = code == 0;
    return code != 0 ? code : sb_cell_tell_work(run, err);
}

/* For a tool that watches this process: what it is to count is the second repetition, from caches as they are then. */
static int repeat_marked(struct sb_cell_run *run, struct sb_error *err)
{
    uint64_t time_ns = 0;
    int code = sb_arrays_reset(run->exec, run->backend, &run->c, run->before, NULL, err);
    sb_mark_warm();
    code = code != 0 ? code : sb_cell_repeat(&time_ns, run, err);
    sb_mark_begin();
    code = code != 0 ? code : sb_cell_repeat(&time_ns, run, err);
    sb_mark_end();
    run->passed = code == 0;
    if (code == 0) {
        conclude(run);
    }
    return code;
}

static int prepare(struct sb_cell_run *run, struct sb_error *err)
{
    int code = know_ranks(run, err);
    code = code != 0 ? code : prepare_parts(run, err);
    if (code != 0) {
        return code;
    }
    sb_crash_watch(run->backend->blame, run->task->out);
    if (run->task->trial && run->task->trial->marked) {
        return repeat_marked(run, err);
    }
    code = sb_cell_verify_first(run, err);
    if (run->observed) {
        sb_cell_answer(run, json_pack("{s:O}", "observed", run->observed));
    }
    if (code == 0 && !sb_cell_in_part(run)) {
        sb_cell_tell_verdict(run);
    }
    if (code == 0 && !timed(run)) {
        code = draw(run, err);
        if (code == 0) {
            conclude(run);
        }
    }
    return code;
}

static int finish(struct sb_cell_run *run, struct sb_error *err)
{
    int code = draw(run, err);
    code = code != 0 ? code : sb_cell_verify(run, err);
    if (code != 0) {
        return code;
    }
    json_t *share = run->launches.exchanges > 0 && run->sampled_ns > 0
                        ? json_real(fmin(run->exchanged_ns / run->sampled_ns, 1))
                        : NULL;
    sb_cell_answer(run, json_pack("{s:{s:I,s:I,s:I,s:i,s:s?,s:o*}}", "timing_end", "cold_ns",
                                  (json_int_t)run->cold_ns, "upload_ns", (json_int_t)run->upload_ns,
                                  "download_ns", (json_int_t)run->download_ns, "warmup",
                                  run->warm_up, "ended", run->ended, "exchange_share", share));
    sb_cell_tell_verdict(run);
    conclude(run);
    return 0;
}

static int count(struct sb_cell_run *run, struct sb_error *err)
{
    const struct sb_cell_counting of = {.task = run->task,
                                        .backend = run->backend,
                                        .device = &run->device,
                                        .exec = run->exec,
                                        .c = &run->c,
                                        .launches = &run->launches,
                                        .ranks = run->ranks,
                                        .stage = &run->stage,
                                        .sampled_ns = run->sampling.spent_ns,
                                        .fastest_ns = sb_cell_fastest_ns(&run->sampling)};
    json_t *counters = NULL;
    const int code = run->exec ? sb_cell_count(&counters, &of, err) : 0;
    if (counters) {
        sb_cell_answer(run, json_pack("{s:o}", "counters", counters));
    }
    run->together = run->together && code != 0;
    if (code == 0) {
        run->backend->close(run->exec);
        run->exec = NULL;
        sb_cell_answer(run, json_pack("{s:s}", "answer", "counted"));
    }
    return code;
}

/* Rank 0's next command, on every rank; false at the cell's end. */
static bool next_command(const struct sb_cell_task *task, char *out)
{
    ssize_t got = 1;
    if (!task->ranks || task->ranks->rank == 0) {
        do {
            got = read(task->in, out, 1);
        } while (got < 0 && errno == EINTR);
        *out = got == 1 ? *out : 'q';
    }
    if (task->ranks && sb_ranks_follow(out, 1, task->ranks, NULL) != 0) {
        return false;
    }
    return *out != 'q';
}

void sb_cell_serve(const struct sb_cell_task *task)
{
    struct sb_cell_run run = {.task = task, .c = task->cell->c, .checks = json_array()};
    run.sampling.precision = task->job->precision;
    run.sampling.budget_ns = (uint64_t)(task->job->budget_s * 1e9);
    run.sampling.samples_most = (size_t)task->job->samples_most;
    char command = 0;
    while (next_command(task, &command)) {
        struct sb_error err = {0};
        int code = 0;
        if (command == 'p') {
            code = prepare(&run, &err);
            if (code == 0 && timed(&run)) {
                sb_cell_answer(&run, json_pack("{s:s}", "answer", "ready"));
            }
        } else if (command == 't') {
            code = sb_cell_take_turn(&run, &err);
        } else if (command == 'c') {
            code = count(&run, &err);
        } else {
            code = finish(&run, &err);
        }
        if (code != 0) {
            end_with(&run, &err);
        }
        if (code != 0 && run.together) {
            _exit(SB_EXIT_INFRA);
        }
    }
    if (run.exec) {
        run.backend->close(run.exec);
    }
    sb_host_free(run.before);
    sb_launches_free(&run.launches);
    sb_sampling_free(&run.sampling);
    sb_steady_close(run.steady);
    json_decref(run.checks);
    json_decref(run.observed);
    sb_stage_free(&run.stage);
    sb_ranks_alone_free(run.alone);
}
