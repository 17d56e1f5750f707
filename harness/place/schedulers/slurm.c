/* SPDX-License-Identifier: Apache-2.0 */
/* Slurm, through its commands: sbatch, squeue, sacct where accounts are kept, scancel, sinfo. 22.05 to 24.11 were seen. */
#include "harness/place/schedulers/scheduler.h"

#include "harness/place/script.h"
#include "harness/place/slurm/ask.h"
#include "harness/place/slurm/nodes.h"
#include "harness/place/slurm/state.h"
#include "harness/place/slurm/submit.h"
#include "harness/util/process.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_submission(struct sb_strings *argv, char **text, const struct sb_ticket *ticket,
                           struct sb_slurm_launcher *launcher, struct sb_error *err)
{
    int code = sb_slurm_launcher(launcher, ticket, err);
    code = code != 0 ? code : sb_slurm_arguments(argv, ticket, err);
    return code != 0 || !text ? code : sb_script_make(text, ticket, NULL, launcher->word, err);
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_strings argv = {0};
    struct sb_slurm_launcher launcher;
    char *script = NULL;
    char *line = NULL;
    *out = NULL;
    int code = open_submission(&argv, &script, ticket, &launcher, err);
    for (int i = 0; code == 0 && i < argv.count; ++i) {
        char *word = NULL;
        code = sb_script_quote(&word, argv.item[i], err);
        char *longer = NULL;
        if (code == 0 && asprintf(&longer, "%s%s ", line ? line : "", word) < 0) {
            code = sb_fail(err, SB_ENOMEM, "out of memory");
            longer = NULL;
        }
        free(word);
        free(line);
        line = longer;
    }
    if (code == 0 && asprintf(out, "%s<<'END OF SCRIPT'\n%sEND OF SCRIPT\n", line, script) < 0) {
        *out = NULL;
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(line);
    free(script);
    sb_strings_free(&argv);
    return code;
}

static int keep_row(struct sb_placed *out, const struct sb_slurm_row *row)
{
    *out = (struct sb_placed){.exit_code = -1};
    snprintf(out->id, sizeof out->id, "%s", row->id);
    snprintf(out->tag, sizeof out->tag, "%.*s", (int)sizeof out->tag - 1, row->name);
    sb_slurm_tell(out, row);
    return 0;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    (void)place;
    *out = NULL;
    *count = 0;
    struct sb_slurm_rows rows = {0};
    int code = sb_slurm_ask_squeue(&rows, err);
    if (code == 0 && !(*out = calloc((size_t)rows.count + 1, sizeof **out))) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const size_t stem = strlen(campaign);
    for (int i = 0; code == 0 && i < rows.count; ++i) {
        const char *name = rows.row[i].name;
        /* what was refused at once it shows for a while, as failed: that is none */
        const bool refused = strcmp(rows.row[i].reason, "BadConstraints") == 0;
        if (strncmp(name, campaign, stem) == 0 && name[stem] == '.' && !refused) {
            keep_row(&(*out)[(*count)++], &rows.row[i]);
        }
    }
    sb_slurm_rows_free(&rows);
    return code;
}

/* "sbatch: error: …" lines as one. */
static void one_line(char *text)
{
    size_t length = 0;
    bool start = true;
    for (const char *c = text; *c; ++c) {
        static const char prefix[] = "sbatch: ";
        if (start && strncmp(c, prefix, sizeof prefix - 1) == 0) {
            c += sizeof prefix - 2;
            start = false;
            continue;
        }
        start = *c == '\n';
        text[length++] = (unsigned char)*c < ' ' ? ' ' : *c;
    }
    while (length > 0 && text[length - 1] == ' ') {
        --length;
    }
    text[length] = '\0';
}

static int call_sbatch(struct sb_placed *out, const char *const *argv, struct sb_error *err)
{
    const struct sb_process_call call = {.argv = argv, .time_limit_s = SB_SLURM_ANSWER_LIMIT_S};
    struct sb_process_result told;
    int code = sb_process_call(&told, &call, err);
    if (code != 0) {
        return code == SB_EABSENT ? sb_fail(err, code, "slurm: there is no sbatch here") : code;
    }
    one_line(told.errors);
    const size_t digits = strspn(told.output, "0123456789");
    if (told.exit_status == 0 && digits > 0 && digits < sizeof out->id) {
        snprintf(out->id, sizeof out->id, "%.*s", (int)digits, told.output);
    } else if (told.timed_out) { /* it retries by itself while the queue is full */
        code = sb_fail(err, SB_EINFRA, "slurm: sbatch was not done within %.0f s%s%s",
                       SB_SLURM_ANSWER_LIMIT_S, told.errors[0] ? ": " : "", told.errors);
    } else {
        code = sb_slurm_refused(told.errors, err);
    }
    sb_process_result_free(&told);
    return code;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    char script[PATH_MAX];
    struct sb_strings words = {0};
    struct sb_slurm_launcher launcher;
    *out = (struct sb_placed){.exit_code = -1};
    snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    int code = open_submission(&words, NULL, ticket, &launcher, err);
    code =
        code != 0 ? code : sb_script_write(script, sizeof script, ticket, NULL, launcher.word, err);
    /* the log, before Slurm makes it readable to others */
    const int log = code == 0 ? open(ticket->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (log >= 0) {
        close(log);
    }
    const char **argv = calloc((size_t)words.count + 2, sizeof *argv);
    if (code == 0 && !argv) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; argv && i < words.count; ++i) {
        argv[i] = words.item[i];
    }
    if (code == 0) {
        argv[words.count] = script;
        code = call_sbatch(out, argv, err);
    }
    free((void *)argv);
    sb_strings_free(&words);
    return code;
}

/* Jobs pinned to nodes that cannot be had: one more question, where there are any. Without an answer they stay queued. */
static void look_at_nodes(struct sb_placed *jobs, int count, const struct sb_slurm_rows *rows)
{
    char *told = NULL;
    for (int i = 0; i < count; ++i) {
        const struct sb_slurm_row *row = sb_slurm_rows_find(rows, jobs[i].id, jobs[i].tag);
        if (!row || !sb_slurm_waits_for_nodes(&jobs[i], row)) {
            continue;
        }
        if (!told && sb_slurm_ask_sinfo(&told, sb_slurm_node_format, "--Node", NULL) != 0) {
            return;
        }
        sb_slurm_look_at_nodes(&jobs[i], row, told);
    }
    free(told);
}

static int poll(struct sb_placed *jobs, int count, const struct sb_place *place,
                struct sb_error *err)
{
    (void)place;
    struct sb_slurm_rows rows = {0};
    struct sb_placed **missing = calloc((size_t)count + 1, sizeof *missing);
    int missed = 0;
    int code = missing ? sb_slurm_ask_squeue(&rows, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    sb_slurm_rows_sort(&rows);
    for (int i = 0; code == 0 && i < count; ++i) {
        const struct sb_slurm_row *row = sb_slurm_rows_find(&rows, jobs[i].id, jobs[i].tag);
        if (row) {
            sb_slurm_tell(&jobs[i], row);
        } else {
            missing[missed++] = &jobs[i];
        }
    }
    if (code == 0) {
        look_at_nodes(jobs, count, &rows);
        code = missed > 0 ? sb_slurm_look_back(missing, missed, err) : 0;
    }
    sb_slurm_rows_free(&rows);
    free(missing);
    return code;
}

static bool has_left(struct sb_placed *job)
{
    struct sb_placed told = *job;
    if (sb_slurm_read_mark(&told) != 0 || told.state != SB_JOB_DONE) {
        return false;
    }
    told.words[0] = '\0'; /* as squeue would say it */
    *job = told;
    return true;
}

/* scancel's complaints about jobs that have ended are none. */
static bool complains(const char *said)
{
    static const char *const ended[] = {"Invalid job id specified",
                                        "Job/step already completing or completed"};
    for (const char *line = said; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        bool fine = line[0] == '\n';
        for (size_t i = 0; i < sizeof ended / sizeof *ended; ++i) {
            const char *at = strstr(line, ended[i]);
            fine = fine || (at && at < line + strcspn(line, "\n"));
        }
        if (!fine) {
            return true;
        }
    }
    return false;
}

/* Without --signal it is the whole job that is cancelled, waiting or running, every process of it: SIGTERM, and after
 * KillWait SIGKILL. (--signal would leave waiting jobs alone, and the batch script without --full.) */
static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    (void)place;
    enum { TOGETHER = 500 };
    int code = 0;
    for (int done = 0; code == 0 && done < count;) {
        const char *argv[TOGETHER + 2] = {"scancel"};
        int words = 1;
        for (; done < count && words <= TOGETHER; ++done) {
            if (jobs[done].id[0]) {
                argv[words++] = jobs[done].id;
            }
        }
        const struct sb_process_call call = {.argv = argv, .time_limit_s = SB_SLURM_ANSWER_LIMIT_S};
        struct sb_process_result told;
        if (words == 1) {
            break;
        }
        code = sb_process_call(&told, &call, err);
        if (code == 0) {
            if (told.timed_out || (told.exit_status != 0 && complains(told.errors))) {
                one_line(told.errors);
                code = sb_fail(err, SB_EINFRA, "slurm: scancel: %s",
                               told.timed_out ? "did not answer" : told.errors);
            }
            sb_process_result_free(&told);
        }
    }
    return code;
}

static int detect(json_t **out, struct sb_error *err)
{
    char *told = NULL;
    int code = sb_slurm_ask_sinfo(&told, sb_slurm_partition_format, NULL, err);
    if (code == SB_EINFRA) { /* the commands are here, a cluster is not */
        return sb_fail_in(err, SB_EABSENT, "no answer");
    }
    code = code != 0 ? code : sb_slurm_places(out, told, err);
    free(told);
    return code;
}

static int nodes(json_t **out, const struct sb_place *place, struct sb_error *err)
{
    char *told = NULL;
    int code = sb_slurm_ask_sinfo(&told, sb_slurm_node_format, "--Node", err);
    code = code != 0 ? code : sb_slurm_nodes(out, told, place, err);
    free(told);
    return code;
}

const struct sb_scheduler sb_scheduler_slurm = {
    .name = "slurm",
    .title = "Slurm: batch jobs by sbatch",
    .poll_s =
        6, /* squeue is most of what a thousand jobs cost here, and the controller serves others too */
    .detect = detect,
    .nodes = nodes,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll,
    .has_left = has_left,
    .cancel = cancel,
};
