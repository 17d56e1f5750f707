/* SPDX-License-Identifier: Apache-2.0 */
/* Grid Engine through qsub, qstat, qacct, qdel. A job's name is "sb.<tag>". A place's select is resources ("mem_free=4G"), but
 * "pe=NAME" names the parallel environment that cores and ranks are asked from. */
#include "harness/place/batch/gridengine.h"
#include "harness/place/script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* qsub(1), -o: "$" begins its variables, ":" ends a host, "," separates. */
static const char special[] = "$:,\\";

static int add_resources(struct sb_line *line, const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    const char *environment = NULL;
    for (int i = 0; i < place->select.count; ++i) {
        const char *text = place->select.item[i];
        if (strncmp(text, "pe=", 3) == 0) {
            environment = text + 3;
        } else {
            sb_line_pair(line, "-l", text);
        }
    }
    const int slots = ticket->ranks > place->cores ? ticket->ranks : place->cores;
    if (slots > 1 && !environment) {
        return sb_fail(
            err, SB_EINVAL,
            "gridengine: %d cores need a parallel environment: select: [\"pe=NAME\"], one "
            "of 'qconf -spl'",
            slots);
    }
    if (slots > 1) {
        sb_line_pair(line, "-pe", environment);
        sb_line_format(line, "%d", slots);
    }
    if (place->memory_bytes >
        0) { /* asked for, not enforced: h_vmem counts addresses, not memory */
        sb_line_add(line, "-l");
        sb_line_format(line, "mem_free=%.0fM", ceil(place->memory_bytes / 1048576));
    }
    if (place->gpus > 0) {
        sb_line_add(line, "-l");
        sb_line_format(line, "%s=%d", place->gpu ? place->gpu : "gpu", place->gpus);
    }
    if (place->exclusive) {
        sb_line_pair(line, "-l", "exclusive=true");
    }
    if (ticket->node) {
        sb_line_add(line, "-l");
        sb_line_format(line, "hostname=%s", ticket->node);
    }
    sb_line_pair(line, "-l", place->constraint);
    sb_line_add(line, "-l");
    sb_line_format(line, "h_rt=%.0f",
                   ceil(ticket->time_limit_s >= 1 ? ticket->time_limit_s : 3600));
    return 0;
}

static int make_line(struct sb_line *line, const char *launcher[16], char number[16],
                     const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    const char *log = NULL;
    int code = sb_batch_check_place(place, err);
    code = code != 0 ? code : sb_batch_check("node", ticket->node, err);
    code = code != 0 ? code
                     : sb_batch_begin(&log, launcher, number, ticket,
                                      strpbrk(ticket->log, special) != NULL, err);
    if (code != 0) {
        return code;
    }
    sb_line_add(line, "qsub");
    sb_line_add(line, "-terse");
    sb_line_add(line, "-N");
    sb_line_format(line, "sb.%s", ticket->tag);
    sb_line_pair(line, "-S", "/bin/bash");
    sb_line_pair(line, "-j", "y");
    sb_line_pair(line, "-o", log);
    sb_line_pair(line, "-m", "n");
    sb_line_pair(line, "-r",
                 "y"); /* started again where a host died; the runner goes on where it was */
    sb_line_pair(line, "-q", place->partition);
    sb_line_pair(line, "-P", place->account);
    code = add_resources(line, ticket, err);
    sb_line_all(line, &place->options);
    return code;
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
    if (code == 0 && sscanf(answer, "%120[0-9]", out->id) != 1) {
        code = sb_fail(err, SB_EINFRA, "qsub: cannot read its answer: %.200s", answer);
    }
    snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    free(script);
    free(answer);
    sb_line_free(&line);
    return code;
}

static int ask(char **out, struct sb_error *err, const char *const *words)
{
    struct sb_line line = {0};
    for (; *words; ++words) {
        sb_line_add(&line, *words);
    }
    const int code = sb_line_run(out, &line, NULL, false, err);
    sb_line_free(&line);
    return code;
}

/* Ended jobs of a campaign. That there are none is an error to qacct, but not to us. */
static int ask_accounting(struct sb_placed **list, int *count, const char *campaign, int length,
                          struct sb_error *err)
{
    char pattern[160];
    char *answer = NULL;
    struct sb_error fault = {0};
    snprintf(pattern, sizeof pattern, "sb.%.*s.*", length, campaign);
    const char *const words[] = {"qacct", "-j", pattern, NULL};
    int code = ask(&answer, &fault, words);
    if (code == SB_EINFRA &&
        (strstr(fault.text, "not found") || strstr(fault.text, "No such file"))) {
        return 0;
    }
    code = code == 0 ? sb_gridengine_read_accounting(list, count, answer, err)
                     : sb_fail(err, code, "%s", fault.text);
    free(answer);
    return code;
}

static int ask_queue(struct sb_placed **list, int *count, struct sb_error *err)
{
    static const char *const words[] = {"qstat", "-u", "*", "-xml", NULL};
    char *answer = NULL;
    int code = ask(&answer, err, words);
    code = code != 0 ? code : sb_gridengine_read_queue(list, count, answer, err);
    free(answer);
    return code;
}

static bool all_in(const struct sb_placed *jobs, int count, const struct sb_placed *list,
                   int listed)
{
    int found = 0;
    for (int i = 0; i < count; ++i) {
        bool there = false;
        for (int k = 0; k < listed && !there; ++k) {
            there = strcmp(list[k].id, jobs[i].id) == 0;
        }
        found += there;
    }
    return found == count;
}

/* Why jobs are held or in error, and whether the hosts of running ones are there. */
static void ask_more(struct sb_placed *jobs, int count)
{
    static const char *const unreachable[] = {"qstat", "-f", "-xml", "-qs", "u", NULL};
    struct sb_line line = {0};
    char *answer = NULL;
    bool running = false;
    bool held = false;
    sb_line_add(&line, "qstat");
    sb_line_add(&line, "-j");
    for (int i = 0; i < count; ++i) {
        running = running || jobs[i].state == SB_JOB_RUNNING;
        if (jobs[i].state == SB_JOB_HELD && !held) {
            held = true;
            sb_line_add(&line, jobs[i].id);
        }
    }
    if (held && sb_line_run(&answer, &line, NULL, false, NULL) == 0) {
        sb_gridengine_read_reasons(jobs, count, answer);
    }
    free(answer);
    answer = NULL;
    if (running && ask(&answer, NULL, unreachable) == 0) {
        sb_gridengine_read_unreachable(jobs, count, answer);
    }
    free(answer);
    sb_line_free(&line);
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    struct sb_placed *known = NULL;
    int known_count = 0;
    (void)place;
    struct sb_placed *queued = NULL;
    int queued_count = 0;
    int code = ask_queue(&queued, &queued_count, err);
    const char *end = count > 0 ? strrchr(jobs[0].tag, '.') : NULL;
    if (code == 0 && end && !all_in(jobs, count, queued, queued_count)) {
        /* all jobs are of one campaign */
        code = ask_accounting(&known, &known_count, jobs[0].tag, (int)(end - jobs[0].tag), err);
    }
    /* one that was started again is in the accounting and in the queue: the queue is right, and comes last */
    for (int i = 0; code == 0 && i < queued_count; ++i) {
        code = sb_batch_push(&known, &known_count, &queued[i], err);
    }
    if (code == 0) {
        sb_batch_apply(jobs, count, known, known_count, "neither qstat nor qacct knows it");
        ask_more(jobs, count);
    }
    free(queued);
    free(known);
    return code;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    (void)place;
    *out = NULL;
    *count = 0;
    int code = ask_accounting(out, count, campaign, (int)strlen(campaign), err);
    code = code != 0 ? code : ask_queue(out, count, err);
    code = sb_batch_found(out, count, code, campaign);
    sb_batch_unique(*out, count);
    return code;
}

/* Some had ended; the others are deleted. */
static bool had_ended(const char *words)
{
    return strstr(words, "does not exist");
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    struct sb_line line = {0};
    (void)place;
    sb_line_add(&line, "qdel");
    return sb_batch_cancel(&line, jobs, count, had_ended, err);
}

static int nodes(json_t **out, const struct sb_place *place, struct sb_error *err)
{
    static const char *const words[] = {"qhost", NULL};
    char *answer = NULL;
    (void)place;
    const int code = ask(&answer, err, words);
    *out = code == 0 ? json_array() : NULL;
    for (const char *line = answer; *out && line && *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        char name[128];
        char type[64];
        char load[32];
        if (sscanf(line, "%127s %63s %*s %*s %*s %*s %31s", name, type, load) == 3 &&
            strcmp(name, "HOSTNAME") != 0 && strcmp(name, "global") != 0) {
            const bool answers = strcmp(load, "-") != 0;
            json_array_append_new(*out, json_pack("{s:s, s:s, s:b, s:s}", "name", name, "state",
                                                  answers ? "answers" : "does not answer", "usable",
                                                  (int)answers, "type", type));
        }
    }
    free(answer);
    return code;
}

static int detect(json_t **out, struct sb_error *err)
{
    static const char *const words[] = {"qconf", "-sql", NULL};
    char *answer = NULL;
    const int code = ask(&answer, err, words);
    *out = code == 0 ? json_array() : NULL;
    for (char *line = answer; *out && line && *line;) {
        char name[80];
        const size_t length = strcspn(line, "\n");
        snprintf(name, sizeof name, "%.*s", (int)length, line);
        json_array_append_new(*out, json_pack("{s:s, s:s, s:s}", "name", name, "scheduler",
                                              "gridengine", "partition", name));
        line += length + (line[length] == '\n');
    }
    free(answer);
    return code;
}

const struct sb_scheduler sb_scheduler_gridengine = {
    .name = "gridengine",
    .title = "Grid Engine (Son of Grid Engine, Univa, Altair)",
    .poll_s = 5,
    .detect = detect,
    .nodes = nodes,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
};
