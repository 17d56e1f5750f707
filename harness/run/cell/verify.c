/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/cell/run.h"

#include "harness/run/arrays.h"
#include "harness/run/ranks/verdict.h"
#include "harness/run/snapshot.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "harness/verify/verdict.h"

#include <stdio.h>
#include <string.h>

/* All launches, or as many as a trial asks for: they are loaded whole, and run in part. The slowest rank's time. */
int sb_cell_repeat(uint64_t *out_time_ns, struct sb_cell_run *run, struct sb_error *err)
{
    struct sb_launches some = run->launches;
    const int most = run->task->trial ? run->task->trial->launches : 0;
    some.count = most > 0 && most < some.count ? most : some.count;
    const int code = sb_ranks_repeat(out_time_ns, run->exec, run->backend, &run->c, &some,
                                     run->ranks, &run->stage, err);
    return code != 0 ? code : sb_ranks_most(out_time_ns, run->ranks, err);
}

bool sb_cell_in_part(const struct sb_cell_run *run)
{
    const struct sb_trial *trial = run->task->trial;
    return trial && trial->launches > 0 && trial->launches < run->launches.count;
}

/* One repetition from fresh inputs and poisoned outputs, and what the kernel's own verification says of this rank's part. */
static int verify_part(struct sb_cell_run *run, struct sb_error *err)
{
    struct sb_host *after = NULL;
    char digest[65];
    uint64_t time_ns = 0;
    const unsigned long long t0 = sb_process_now_ns();
    const struct sb_trial *trial = run->task->trial;
    int code = sb_arrays_reset(run->exec, run->backend, &run->c, run->before,
                               trial ? &trial->poison : NULL, err);
    const unsigned long long t1 = sb_process_now_ns();
    code = code != 0 ? code : sb_cell_repeat(&time_ns, run, err);
    code = code == 0 && run->backend->guard ? run->backend->guard(run->exec, err) : code;
    const unsigned long long t2 = sb_process_now_ns();
    code = code != 0 ? code
                     : sb_arrays_collect(&after, digest, run->exec, run->backend, &run->c,
                                         run->before, err);
    if (code != 0) {
        return code;
    }
    if (run->verified == 0) {
        run->cold_ns = time_ns;
        run->upload_ns = t1 - t0;
        run->download_ns = sb_process_now_ns() - t2;
        memcpy(run->digest, digest, sizeof digest);
        run->passed = run->same_bits = true;
    }
    run->last_ns = time_ns;
    const bool again = run->verified++ > 0;
    if (again && strcmp(digest, run->digest) == 0) {
        sb_host_free(after);
        return 0; /* the same bits have been checked */
    }
    run->same_bits = run->same_bits && !again;
    if (trial && trial->snapshot >= 0 && !again) {
        code = sb_snapshot_write(trial->snapshot, after, err);
    }
    if (code != 0 || sb_cell_in_part(run)) {
        sb_host_free(after);
        return code;
    }
    struct sb_verdict *verdict = sb_verdict_new(&run->c);
    if (!verdict || run->c.kernel->verify(verdict, &run->c, run->before, after) != 0) {
        code = sb_fail(err, SB_ENOMEM, "out of memory while verifying");
    } else if (!again || !sb_verdict_passed(verdict)) {
        if (run->passed) {
            sb_verdict_reason(verdict, run->reason, sizeof run->reason);
            json_decref(run->checks);
            run->checks = sb_verdict_checks(verdict);
        }
        run->passed = run->passed && sb_verdict_passed(verdict);
    }
    sb_verdict_free(verdict);
    sb_host_free(after);
    return code;
}

/* One wrong part makes the whole wrong. */
static int judge(struct sb_cell_run *run, struct sb_error *err)
{
    if (run->ranks->size == 1) {
        return 0;
    }
    struct sb_part_verdict part = {run->passed, run->same_bits,     run->digest,
                                   run->reason, sizeof run->reason, &run->checks};
    const int code = sb_ranks_judge(&part, run->whole_digest, run->ranks, err);
    run->passed = part.passed;
    run->same_bits = part.same_bits;
    return code;
}

int sb_cell_verify(struct sb_cell_run *run, struct sb_error *err)
{
    const int code = verify_part(run, err);
    return code != 0 ? code : judge(run, err);
}

/* What the backend saw in all repetitions; a finding makes the cell wrong, whatever the numbers say. */
static void take_observed(struct sb_cell_run *run)
{
    run->observed = run->backend->observe ? run->backend->observe(run->exec) : NULL;
    const char *finding = sb_json_text_or(
        json_array_get(json_object_get(run->observed, "findings"), 0), "text", NULL);
    if (finding) {
        snprintf(run->reason, sizeof run->reason, "%s", finding);
        run->passed = false;
    }
}

/* The first verified repetition, and more of them where the backend has other schedules to try. */
int sb_cell_verify_first(struct sb_cell_run *run, struct sb_error *err)
{
    const unsigned long long begun = sb_process_now_ns();
    const double most_ns = 0.4e9 * run->task->job->time_limit_s;
    const struct sb_trial *trial = run->task->trial;
    int code = sb_cell_verify(run, err);
    const int schedules = code == 0 && run->backend->schedules &&
                                  (!trial || trial->all_schedules) && !run->task->job->once
                              ? run->backend->schedules(run->exec)
                              : 1;
    for (int i = 1; code == 0 && i < schedules; ++i) {
        const double spent_ns = (double)(sb_process_now_ns() - begun);
        bool enough = spent_ns + spent_ns / i > most_ns;
        code = sb_ranks_follow(&enough, sizeof enough, run->ranks, err);
        if (code == 0 && enough) {
            break; /* the record says how many there were */
        }
        code = code != 0 ? code : sb_cell_verify(run, err);
    }
    take_observed(run); /* also of a repetition that ended badly */
    return code != 0 ? code : judge(run, err);
}

void sb_cell_tell_verdict(const struct sb_cell_run *run)
{
    sb_cell_answer(run, json_pack("{s:{s:b,s:s,s:i,s:b,s:O}}", "verdict", "passed", run->passed,
                                  "digest", run->ranks->size > 1 ? run->whole_digest : run->digest,
                                  "repetitions", run->verified, "same_bits", run->same_bits,
                                  "checks", run->checks));
}
