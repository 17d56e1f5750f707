/* SPDX-License-Identifier: Apache-2.0 */
/* Flux through flux submit, flux jobs --json, flux cancel. NEVER RUN ON A REAL ONE: written from flux-core's manual pages and published
 * outputs (tests/places/recorded/flux). A job's name is its tag; a place's constraint is a Flux constraint (--requires). */
#include "harness/place/batch/flux.h"
#include "harness/place/script.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make_line(struct sb_line *line, const struct sb_ticket *ticket, const char *log,
                     const char *script, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    const double limit_s = ticket->time_limit_s >= 1 ? ticket->time_limit_s : 3600;
    int code = sb_batch_check_place(place, err);
    code = code != 0 ? code : sb_batch_check("node", ticket->node, err);
    if (code != 0) {
        return code;
    }
    sb_line_add(line, "flux");
    sb_line_add(line, "submit");
    sb_line_format(line, "--job-name=%s", ticket->tag);
    sb_line_format(line, "--output=%s", log);
    sb_line_format(line, "--error=%s", log);
    sb_line_add(line, "-n1");
    sb_line_format(line, "--time-limit=%.0fs", ceil(limit_s));
    if (place->cores > 0 || ticket->ranks > 1) {
        sb_line_format(line, "--cores-per-task=%d",
                       place->cores > ticket->ranks ? place->cores : ticket->ranks);
    }
    if (place->gpus > 0) {
        sb_line_format(line, "--gpus-per-task=%d", place->gpus);
    }
    if (place->exclusive) {
        sb_line_add(line, "-N1");
        sb_line_add(line, "--exclusive");
    }
    if (place->partition) {
        sb_line_format(line, "--queue=%s", place->partition);
    }
    if (place->account) {
        sb_line_format(line, "--bank=%s", place->account);
    }
    if (ticket->node || place->constraint) {
        sb_line_format(line, "--requires=%s%s%s%s", ticket->node ? "host:" : "",
                       ticket->node ? ticket->node : "",
                       ticket->node && place->constraint ? " and " : "",
                       place->constraint ? place->constraint : "");
    }
    sb_line_all(line, &place->options);
    sb_line_add(line, script);
    return 0;
}

/* flux-submit(1): "{{id}}" and the like are replaced. */
static bool expands(const char *path)
{
    return strstr(path, "{{") != NULL;
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_line line = {0};
    const char *launcher[16];
    const char *log = NULL;
    char number[16];
    char script[PATH_MAX];
    snprintf(script, sizeof script, "%.*s.sh", (int)(strlen(ticket->job) - strlen(".json")),
             ticket->job);
    int code = sb_batch_begin(&log, launcher, number, ticket, expands(ticket->log), err);
    code = code != 0 ? code : make_line(&line, ticket, log, script, err);
    code = code != 0 ? code : sb_batch_show(out, &line, script, ticket, launcher, err);
    sb_line_free(&line);
    return code;
}

/* "ƒ2hd5" as the number that `flux jobs --json` has. */
static int to_number(struct sb_placed *out, const char *id, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    sb_line_add(&line, "flux");
    sb_line_add(&line, "job");
    sb_line_add(&line, "id");
    sb_line_add(&line, "--to=dec");
    sb_line_add(&line, id);
    int code = sb_line_run(&answer, &line, NULL, false, err);
    if (code == 0 && sscanf(answer, " %120[0-9]", out->id) != 1) {
        code = sb_fail(err, SB_EINFRA, "flux job id: cannot read its answer: %.200s", answer);
    }
    free(answer);
    sb_line_free(&line);
    return code;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_line line = {0};
    const char *launcher[16];
    const char *log = NULL;
    char number[16];
    char script[PATH_MAX];
    char id[128] = "";
    char *answer = NULL;
    memset(out, 0, sizeof *out);
    int code = sb_batch_begin(&log, launcher, number, ticket, expands(ticket->log), err);
    code = code != 0 ? code : sb_script_write(script, sizeof script, ticket, NULL, launcher, err);
    code = code != 0 ? code : make_line(&line, ticket, log, script, err);
    code = code != 0 ? code : sb_line_run(&answer, &line, NULL, true, err);
    if (code == 0 && sscanf(answer, " %127s", id) != 1) {
        code = sb_fail(err, SB_EINFRA, "flux submit: it gave no id: %.200s", answer);
    }
    code = code != 0 ? code : to_number(out, id, err);
    snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    free(answer);
    sb_line_free(&line);
    return code;
}

/* Those of the user, whatever their state: an id that is not known would be an error for all. */
static int ask(struct sb_placed **list, int *count, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    sb_line_add(&line, "flux");
    sb_line_add(&line, "jobs");
    sb_line_add(&line, "-a");
    sb_line_add(&line, "--json");
    sb_line_add(&line, "--count=10000");
    int code = sb_line_run(&answer, &line, NULL, false, err);
    code = code != 0 ? code : sb_flux_read(list, count, answer, err);
    free(answer);
    sb_line_free(&line);
    return code;
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    struct sb_placed *known = NULL;
    int known_count = 0;
    (void)place;
    const int code = ask(&known, &known_count, err);
    if (code == 0) {
        sb_batch_apply(jobs, count, known, known_count, "flux jobs does not know it (any more)");
    }
    free(known);
    return code;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    (void)place;
    *out = NULL;
    *count = 0;
    const int code = ask(out, count, err);
    return sb_batch_found(out, count, code, campaign);
}

/* Some had ended; the others are cancelled. */
static bool had_ended(const char *words)
{
    return strstr(words, "inactive") || strstr(words, "unknown job");
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    struct sb_line line = {0};
    (void)place;
    sb_line_add(&line, "flux");
    sb_line_add(&line, "cancel");
    return sb_batch_cancel(&line, jobs, count, had_ended, err);
}

static int detect(json_t **out, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    sb_line_add(&line, "flux");
    sb_line_add(&line, "uptime");
    const int code = sb_line_run(&answer, &line, NULL, false, err);
    if (code == 0) {
        *out = json_pack("[{s:s, s:s}]", "name", "flux", "scheduler", "flux");
    }
    free(answer);
    sb_line_free(&line);
    return code;
}

const struct sb_scheduler sb_scheduler_flux = {
    .name = "flux",
    .title = "Flux (never run on a real one)",
    .poll_s = 5,
    .detect = detect,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
};
