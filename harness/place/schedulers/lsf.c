/* SPDX-License-Identifier: Apache-2.0 */
/* IBM Spectrum LSF through bsub, bjobs, bkill. NEVER RUN ON A REAL ONE: written from the manual of 10.1 and published outputs
 * (tests/places/recorded/lsf). A job's name is its tag; a place's select and constraint are resource requirements (-R). */
#include "harness/place/batch/lsf.h"
#include "harness/place/script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_resources(struct sb_line *line, const struct sb_ticket *ticket)
{
    const struct sb_place *place = ticket->place;
    const int cores = place->cores > ticket->ranks ? place->cores : ticket->ranks;
    const double limit_s = ticket->time_limit_s >= 1 ? ticket->time_limit_s : 3600;
    if (cores > 1) {
        sb_line_add(line, "-n");
        sb_line_format(line, "%d", cores);
        sb_line_pair(line, "-R", "span[hosts=1]");
    }
    if (place->memory_bytes > 0) {
        sb_line_add(line, "-M");
        sb_line_format(line, "%.0fMB", ceil(place->memory_bytes / 1048576));
    }
    if (place->gpus > 0) {
        sb_line_add(line, "-gpu");
        sb_line_format(line, "num=%d", place->gpus);
    }
    if (place->exclusive) {
        sb_line_add(line, "-x");
    }
    for (int i = 0; i < place->select.count; ++i) {
        sb_line_add(line, "-R");
        const char *equals = strchr(place->select.item[i], '=');
        sb_line_format(line, "select[%.*s==%s]", equals ? (int)(equals - place->select.item[i]) : 0,
                       place->select.item[i], equals ? equals + 1 : place->select.item[i]);
    }
    sb_line_pair(line, "-R", place->constraint);
    sb_line_pair(line, "-m", ticket->node);
    sb_line_add(line, "-W"); /* minutes */
    sb_line_format(line, "%.0f", ceil(limit_s / 60));
}

static int make_line(struct sb_line *line, const char *launcher[16], char number[16],
                     const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    const char *log = NULL;
    int code = sb_batch_check_place(place, err);
    code = code != 0 ? code : sb_batch_check("node", ticket->node, err);
    /* bsub(1), -o: %J and %I are replaced */
    code = code != 0 ? code
                     : sb_batch_begin(&log, launcher, number, ticket,
                                      strpbrk(ticket->log, "%\\") != NULL, err);
    if (code != 0) {
        return code;
    }
    sb_line_add(line, "bsub");
    sb_line_pair(line, "-J", ticket->tag);
    sb_line_pair(line, "-o", log); /* stderr goes there, too */
    sb_line_pair(line, "-L", "/bin/bash");
    sb_line_add(line, "-r"); /* started again where a host dies */
    sb_line_pair(line, "-q", place->partition);
    sb_line_pair(line, "-P", place->account);
    add_resources(line, ticket);
    sb_line_all(line, &place->options);
    return 0;
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_line line = {0};
    const char *launcher[16];
    char number[16];
    int code = make_line(&line, launcher, number, ticket, err);
    code = code != 0 ? code : sb_batch_show(out, &line, NULL, ticket, launcher, err);
    sb_line_free(&line);
    return code;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_line line = {0};
    const char *launcher[16];
    char number[16];
    char *script = NULL;
    char *answer = NULL;
    memset(out, 0, sizeof *out);
    int code = make_line(&line, launcher, number, ticket, err);
    code = code != 0 ? code : sb_script_make(&script, ticket, NULL, launcher, err);
    code = code != 0 ? code : sb_line_run(&answer, &line, script, true, err); /* from its stdin */
    if (code == 0) { /* "Job <812> is submitted to queue <normal>." */
        const char *at = strstr(answer, "Job <");
        if (!at || sscanf(at, "Job <%120[0-9]>", out->id) != 1) {
            code = sb_fail(err, SB_EINFRA, "bsub: cannot read its answer: %.200s", answer);
        }
    }
    snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    free(script);
    free(answer);
    sb_line_free(&line);
    return code;
}

static int ask(struct sb_placed **list, int *count, const struct sb_placed *jobs, int job_count,
               const char *pattern, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    struct sb_error fault = {0};
    sb_line_add(&line, "bjobs");
    sb_line_add(&line, "-a");
    sb_line_add(&line, "-json");
    sb_line_pair(&line, "-o", SB_LSF_FIELDS);
    sb_line_pair(&line, "-J", pattern);
    for (int i = 0; i < job_count; ++i) {
        sb_line_add(&line, jobs[i].id);
    }
    int code = sb_line_run(&answer, &line, NULL, false, &fault);
    if (code == 0) {
        code = sb_lsf_read(list, count, answer, err);
    } else if (strstr(fault.text, "is not found") || strstr(fault.text, "No job found") ||
               strstr(fault.text, "No matching job")) {
        code = 0;
    } else {
        code = sb_fail(err, code, "%s", fault.text);
    }
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
    const int code = ask(&known, &known_count, jobs, count, NULL, err);
    if (code == 0) {
        sb_batch_apply(jobs, count, known, known_count, "bjobs does not know it (any more)");
    }
    free(known);
    return code;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    char pattern[160];
    (void)place;
    *out = NULL;
    *count = 0;
    snprintf(pattern, sizeof pattern, "%s.*", campaign);
    const int code = ask(out, count, NULL, 0, pattern, err);
    return sb_batch_found(out, count, code, campaign);
}

/* Some had ended; the others are killed. */
static bool had_ended(const char *words)
{
    return strstr(words, "finished") || strstr(words, "No matching job");
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    struct sb_line line = {0};
    (void)place;
    sb_line_add(&line, "bkill");
    return sb_batch_cancel(&line, jobs, count, had_ended, err);
}

static int detect(json_t **out, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    sb_line_add(&line, "lsid");
    const int code = sb_line_run(&answer, &line, NULL, false, err);
    if (code == 0) {
        *out = json_pack("[{s:s, s:s}]", "name", "lsf", "scheduler", "lsf");
    }
    free(answer);
    sb_line_free(&line);
    return code;
}

const struct sb_scheduler sb_scheduler_lsf = {
    .name = "lsf",
    .title = "IBM Spectrum LSF (never run on a real one)",
    .poll_s = 10,
    .detect = detect,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
};
