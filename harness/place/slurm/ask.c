/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/slurm/ask.h"

#include "harness/place/slurm/submit.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int ask(struct sb_process_result *out, const char *const argv[], struct sb_error *err)
{
    const struct sb_process_call call = {.argv = argv, .time_limit_s = SB_SLURM_ANSWER_LIMIT_S};
    return sb_process_answer(out, &call, err);
}

int sb_slurm_ask_squeue(struct sb_slurm_rows *out, struct sb_error *err)
{
    char user[32];
    snprintf(user, sizeof user, "--user=%ld", (long)geteuid());
    const char *const argv[] = {
        "squeue", "--noheader", "--states=all", user, "--Format", sb_slurm_squeue_format, NULL};
    struct sb_process_result told = {0};
    int code = ask(&told, argv, err);
    if (code == 0) {
        code = sb_slurm_read_squeue(out, told.output, err);
        sb_process_result_free(&told);
    }
    return code == 0 ? 0 : sb_fail_in(err, code, "slurm");
}

/* What the accounts say about @p ids ("1,2"); nothing where none are kept. */
static int ask_sacct(struct sb_slurm_rows *out, const char *ids, struct sb_error *err)
{
    static bool absent; /* a site keeps accounts or does not: asked once */
    if (absent) {
        return 0;
    }
    const char *const argv[] = {"sacct",         "--noheader", "--parsable2",
                                "--allocations", "--format",   sb_slurm_sacct_format,
                                "--jobs",        ids,          NULL};
    const struct sb_process_call call = {.argv = argv, .time_limit_s = SB_SLURM_ANSWER_LIMIT_S};
    struct sb_process_result told;
    int code = sb_process_call(&told, &call, err);
    if (code == SB_EABSENT) {
        absent = true;
        return 0;
    }
    if (code != 0) {
        return code;
    }
    if (told.exit_status != 0) {
        absent = strstr(told.errors, "accounting storage is disabled") != NULL;
        code = absent ? 0 : sb_fail(err, SB_EINFRA, "slurm: sacct: %s", told.errors);
    } else {
        code = sb_slurm_read_sacct(out, told.output, err);
    }
    sb_process_result_free(&told);
    return code;
}

int sb_slurm_read_mark(struct sb_placed *job)
{
    char path[PATH_MAX];
    const char *name = strrchr(job->tag, '.');
    if (!job->folder || !name ||
        (size_t)snprintf(path, sizeof path, "%s/jobs/%s.end", job->folder, name + 1) >=
            sizeof path) {
        return SB_ENOTFOUND;
    }
    return sb_slurm_read_end(job, path, NULL);
}

static char *join_ids(struct sb_placed *const *jobs, int count)
{
    char *out = calloc((size_t)count, sizeof jobs[0]->id + 1);
    size_t length = 0;
    for (int i = 0; out && i < count; ++i) {
        length += (size_t)snprintf(out + length, sizeof jobs[i]->id + 1, "%s%s", i > 0 ? "," : "",
                                   jobs[i]->id);
    }
    return out;
}

/* What the accounts call running, and the controller does not know, has been lost with the controller's state. */
static void tell_missing(struct sb_placed *job, const struct sb_slurm_row *row)
{
    if (row) {
        sb_slurm_tell(job, row);
    }
    if (row && sb_job_has_ended(job->state)) {
        return;
    }
    if (sb_slurm_read_mark(job) == 0) {
        char own[sizeof job->words];
        snprintf(own, sizeof own, "%s", job->words);
        snprintf(job->words, sizeof job->words, "Slurm has forgotten it; %.480s", own);
        return;
    }
    job->state = SB_JOB_UNKNOWN;
    snprintf(job->words, sizeof job->words, "squeue does not know it%s%s",
             row ? ", sacct says " : "", row ? row->state : "");
}

int sb_slurm_look_back(struct sb_placed **missing, int count, struct sb_error *err)
{
    struct sb_slurm_rows rows = {0};
    char *ids = join_ids(missing, count);
    if (!ids) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const int code = ask_sacct(&rows, ids, err);
    sb_slurm_rows_sort(&rows);
    for (int i = 0; code == 0 && i < count; ++i) {
        tell_missing(missing[i], sb_slurm_rows_find(&rows, missing[i]->id, missing[i]->tag));
    }
    sb_slurm_rows_free(&rows);
    free(ids);
    return code;
}

int sb_slurm_ask_sinfo(char **out, const char *format, const char *node_wise, struct sb_error *err)
{
    const char *const argv[] = {"sinfo", "--noheader", "--format", format, node_wise, NULL};
    struct sb_process_result told = {0};
    const int code = ask(&told, argv, err);
    if (code == SB_EABSENT) {
        return sb_fail(err, code, "slurm: there is no sinfo here");
    }
    if (code != 0) {
        return sb_fail_in(err, code, "slurm");
    }
    *out = told.output;
    told.output = NULL;
    sb_process_result_free(&told);
    return 0;
}
