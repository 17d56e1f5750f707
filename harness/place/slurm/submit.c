/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/slurm/submit.h"

#include "harness/place/slurm/state.h"
#include "harness/util/fs.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The controller forgets ended jobs after MinJobAge, and not every site keeps accounts: the job leaves a mark of its own,
 * which also spares the driver the wait for its next question.
 * The end by a time limit or a person is told by SIGTERM, to all its processes at once. */
static const char mark[] = "end=$0 limit=$1; shift; trap 'how=TERM' TERM; \"$@\"; code=$?; "
                           "umask 077; echo \"$SLURM_JOB_ID ${SLURM_RESTART_COUNT:-0} "
                           "${how:-$code} $SECONDS $limit $SLURM_JOB_NODELIST\" >\"$end\"; "
                           "exit $code";

static double whole_minutes(double seconds)
{
    return ceil(seconds / 60); /* Slurm's grain; "0" would mean none */
}

static int cores_per_rank(const struct sb_ticket *ticket)
{
    const int each = ticket->ranks_per_node > 0 ? ticket->ranks_per_node : 1;
    return ticket->place->cores > each ? ticket->place->cores / each : 1;
}

int sb_slurm_launcher(struct sb_slurm_launcher *out, const struct sb_ticket *ticket,
                      struct sb_error *err)
{
    const char *dot = strrchr(ticket->job, '.');
    const size_t stem = dot ? (size_t)(dot - ticket->job) : strlen(ticket->job);
    if ((size_t)snprintf(out->end, sizeof out->end, "%.*s.end", (int)stem, ticket->job) >=
        sizeof out->end) {
        return sb_fail(err, SB_EINVAL, "%s: path too long", ticket->job);
    }
    int count = 0;
    snprintf(out->text[0], sizeof out->text[0], "%.0f", 60 * whole_minutes(ticket->time_limit_s));
    out->word[count++] = "/bin/bash";
    out->word[count++] = "-c";
    out->word[count++] = mark;
    out->word[count++] = out->end;
    out->word[count++] = out->text[0];
    if (ticket->ranks > 1) {
        const char *mpi = ticket->place->mpi ? ticket->place->mpi : "pmix";
        snprintf(out->text[1], sizeof out->text[1], "--mpi=%s", mpi);
        out->word[count++] = "srun";
        out->word[count++] = out->text[1];
        out->word[count++] =
            "--kill-on-bad-exit=1";     /* the others would wait for a rank that died */
        if (ticket->place->cores > 0) { /* sbatch's is not handed on since 22.05 */
            snprintf(out->text[2], sizeof out->text[2], "--cpus-per-task=%d",
                     cores_per_rank(ticket));
            out->word[count++] = out->text[2];
        }
    }
    out->word[count] = NULL;
    return 0;
}

char *sb_slurm_literal(const char *prefix, const char *path)
{
    /* A backslash anywhere turns patterns off, and is then an escape itself. */
    const char twice = strchr(path, '\\') ? '\\' : '%';
    char *out = malloc(strlen(prefix) + 2 * strlen(path) + 1);
    if (!out) {
        return NULL;
    }
    size_t length = strlen(prefix);
    memcpy(out, prefix, length);
    for (const char *c = path; *c; ++c) {
        if (*c == twice) {
            out[length++] = twice;
        }
        out[length++] = *c;
    }
    out[length] = '\0';
    return out;
}

static int add(struct sb_strings *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int add(struct sb_strings *out, const char *format, ...)
{
    va_list list;
    char *text = NULL;
    va_start(list, format);
    const int length = vasprintf(&text, format, list);
    va_end(list);
    const int code = length < 0 ? SB_ENOMEM : sb_strings_add(out, text);
    free(length < 0 ? NULL : text);
    return code;
}

static int count_words(const char *csv)
{
    int count = 1;
    for (const char *c = csv; *c; ++c) {
        count += *c == ',';
    }
    return count;
}

static int add_size(struct sb_strings *out, const struct sb_ticket *ticket)
{
    const struct sb_place *place = ticket->place;
    const int ranks = ticket->ranks > 1 ? ticket->ranks : 1;
    const int each = ticket->ranks_per_node > 0 ? ticket->ranks_per_node : 1;
    int nodes = (ranks + each - 1) / each;
    if (ticket->node && count_words(ticket->node) > nodes) {
        nodes = count_words(ticket->node);
    }
    int code = add(out, "--nodes=%d", nodes);
    code |= add(out, "--ntasks=%d", ranks);
    if (ranks > 1) {
        code |= add(out, "--ntasks-per-node=%d", each);
    }
    if (ticket->node) {
        code |= add(out, "--nodelist=%s", ticket->node);
    }
    if (place->cores > 0) {
        code |= add(out, "--cpus-per-task=%d", cores_per_rank(ticket));
    }
    if (place->memory_bytes > 0 || place->exclusive) { /* 0: all that the node has */
        code |= add(out, "--mem=%.0fM", ceil(place->memory_bytes / 1048576));
    }
    if (place->gpus > 0) {
        code |= add(out, "--gres=%s:%d", place->gpu ? place->gpu : "gpu", place->gpus);
    }
    if (place->exclusive) {
        code |= add(out, "--exclusive");
    }
    return code;
}

static int add_log(struct sb_strings *out, const char *path)
{
    char *text = sb_slurm_literal("--output=", path);
    const int code = text ? sb_strings_add(out, text) : SB_ENOMEM;
    free(text);
    return code;
}

int sb_slurm_arguments(struct sb_strings *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    int code = add(out, "sbatch");
    code |= add(out, "--parsable");
    code |= add(out, "--job-name=%s", ticket->tag);
    code |= add(out, "--comment=%s", ticket->tag);
    code |= add_log(out, ticket->log);
    code |= add(out, "--open-mode=append");
    code |= add(out, "--chdir=%s", ticket->folder);
    /* The driver tries again, elsewhere, a bounded number of times: a node that fails must not do so behind its back. */
    code |= add(out, "--no-requeue");
    code |= add(out, "--time=%.0f", whole_minutes(ticket->time_limit_s));
    code |= place->partition ? add(out, "--partition=%s", place->partition) : 0;
    code |= place->account ? add(out, "--account=%s", place->account) : 0;
    code |= place->constraint ? add(out, "--constraint=%s", place->constraint) : 0;
    code |= add_size(out, ticket);
    for (int i = 0; i < place->options.count; ++i) {
        code |= add(out, "%s", place->options.item[i]);
    }
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_slurm_refused(const char *said, struct sb_error *err)
{
    static const char *const passing[] = {
        "Socket timed out",
        "Zero Bytes were transmitted",
        "Communication shutdown failure",
        "Message receive failure",
        "Unexpected message received",
        "Unable to contact slurm controller",
        "Communication connection failure",
        "temporarily unable",
        "Resource temporarily unavailable",
        "job submit limit", /* of the user: there is room when others end */
        "Required partition not available",
        "Protocol authentication error", /* munge is down */
        "Munge encode failed",
        "controller in standby mode",
        "failed to fetch config",
        "establish a configuration source",
        "I/O error writing script",
    };
    for (size_t i = 0; i < sizeof passing / sizeof *passing; ++i) {
        if (strcasestr(said, passing[i])) {
            return sb_fail(err, SB_EINFRA, "slurm: %s", said);
        }
    }
    return sb_fail(err, SB_EINVAL, "slurm: %s", said[0] ? said : "sbatch gave no reason");
}

int sb_slurm_read_end(struct sb_placed *job, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    const int code = sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code;
    }
    char id[32] = "";
    char how[16] = "";
    int restarts = 0;
    double ran_s = 0;
    double limit_s = 0;
    char nodes[160] = ""; /* none in the marks of earlier versions */
    const int read =
        sscanf(text, "%31s %d %15s %lf %lf %159s", id, &restarts, how, &ran_s, &limit_s, nodes);
    free(text);
    if (read < 5 || strcmp(id, job->id) != 0) {
        return sb_fail(err, SB_ENOTFOUND, "%s: no end mark of job %s", path, job->id);
    }
    const bool stopped = strcmp(how, "TERM") == 0;
    const long value = strtol(how, NULL, 10);
    /* Slurm ends a job up to half a minute after its limit, never before. */
    job->state = stopped      ? (ran_s >= limit_s ? SB_JOB_TIMED_OUT : SB_JOB_CANCELLED)
                 : value == 0 ? SB_JOB_DONE
                              : SB_JOB_FAILED;
    job->exit_code = stopped ? -1 : (int)value;
    job->starts = restarts + 1;
    if (nodes[0]) {
        sb_slurm_expand(job->node, sizeof job->node, nodes);
    }
    snprintf(job->words, sizeof job->words, "its own mark: %s after %.0f of %.0f s",
             stopped ? "SIGTERM" : "ended", ran_s, limit_s);
    return 0;
}
