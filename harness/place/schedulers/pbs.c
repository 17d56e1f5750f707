/* SPDX-License-Identifier: Apache-2.0 */
/* OpenPBS and PBS Professional, and Torque, through qsub, qselect, qstat, qdel. NEVER RUN ON A REAL ONE: written from their manuals and
 * published outputs (tests/places/recorded/pbs). A job's name is the short tag, for names may be 15 letters long; the tag is its
 * variable SWITCHBENCH_TAG. Torque is told from PBS by its refusal of `-F json`. */
#include "harness/place/batch/pbs.h"
#include "harness/place/script.h"

#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* qsub(1B), -o: "host:path"; '^' begins PBS' variables, '$' Torque's. */
static const char special[] = ":^$,\\\" ";

static enum { UNTOLD, OPENPBS, TORQUE } dialect;

/* Asks once: `qstat --version` says "pbs_version = 20.0.1" or "Version: 6.1.2". */
static int tell_dialect(struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    if (dialect != UNTOLD) {
        return 0;
    }
    sb_line_add(&line, "qstat");
    sb_line_add(&line, "--version");
    int code = sb_line_run(&answer, &line, NULL, false, err);
    if (code == 0 && strstr(answer, "pbs_version")) {
        dialect = OPENPBS;
    } else if (code == 0 && strstr(answer, "Version:")) {
        dialect = TORQUE;
    } else if (code == 0) { /* Grid Engine has a qstat, too */
        code = sb_fail(err, SB_EABSENT, "pbs: this qstat is neither PBS' nor Torque's");
    }
    free(answer);
    sb_line_free(&line);
    return code;
}

static void add_resources(struct sb_line *line, const struct sb_ticket *ticket)
{
    const struct sb_place *place = ticket->place;
    const int cores = place->cores > ticket->ranks ? place->cores : ticket->ranks;
    char *chunk = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&chunk, &length);
    if (!out) {
        line->code = SB_ENOMEM;
        return;
    }
    if (dialect == TORQUE) {
        fprintf(out, "nodes=%s:ppn=%d", ticket->node ? ticket->node : "1", cores > 0 ? cores : 1);
        if (place->gpus > 0) {
            fprintf(out, ":gpus=%d", place->gpus);
        }
    } else {
        fprintf(out, "select=1:ncpus=%d", cores > 0 ? cores : 1);
        if (place->memory_bytes > 0) {
            fprintf(out, ":mem=%.0fkb", ceil(place->memory_bytes / 1024));
        }
        if (place->gpus > 0) {
            fprintf(out, ":%s=%d", place->gpu ? place->gpu : "ngpus", place->gpus);
        }
        if (ticket->node) {
            fprintf(out, ":host=%s", ticket->node);
        }
    }
    for (int i = 0; i < place->select.count; ++i) {
        fprintf(out, ":%s", place->select.item[i]);
    }
    if (place->constraint) {
        fprintf(out, ":%s", place->constraint);
    }
    fclose(out);
    sb_line_pair(line, "-l", chunk);
    free(chunk);
    if (dialect == TORQUE && place->memory_bytes > 0) {
        sb_line_add(line, "-l");
        sb_line_format(line, "mem=%.0fkb", ceil(place->memory_bytes / 1024));
    }
    if (dialect == OPENPBS && place->exclusive) {
        sb_line_pair(line, "-l", "place=excl");
    }
}

static int make_line(struct sb_line *line, const char *launcher[16], char number[16],
                     const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    const char *log = NULL;
    char limit[32];
    int code = sb_batch_check_place(place, err);
    code = code != 0 ? code : sb_batch_check("node", ticket->node, err);
    code = code != 0 ? code
                     : sb_batch_begin(&log, launcher, number, ticket,
                                      strpbrk(ticket->log, special) != NULL, err);
    if (code != 0) {
        return code;
    }
    sb_batch_clock(limit, ticket->time_limit_s, 1);
    sb_line_add(line, "qsub");
    sb_line_pair(line, "-N", ticket->short_tag);
    sb_line_add(line, "-v");
    sb_line_format(line, "SWITCHBENCH_TAG=%s", ticket->tag);
    sb_line_pair(line, "-S", "/bin/bash");
    sb_line_pair(line, "-j", "oe");
    sb_line_pair(line, "-o", log);
    sb_line_pair(line, "-m", "n");
    sb_line_pair(line, "-r", "y");
    sb_line_pair(line, "-q", place->partition);
    sb_line_pair(line, "-A", place->account);
    add_resources(line, ticket);
    sb_line_add(line, "-l");
    sb_line_format(line, "walltime=%s", limit);
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
    int code = tell_dialect(err);
    code = code != 0 ? code : make_line(&line, launcher, number, ticket, err);
    code = code != 0 ? code : sb_script_make(&script, ticket, NULL, launcher, err);
    code = code != 0 ? code : sb_line_run(&answer, &line, script, true, err); /* from its stdin */
    if (code == 0 &&
        (sscanf(answer, " %127s", out->id) != 1 || out->id[0] < '0' || out->id[0] > '9')) {
        code = sb_fail(err, SB_EINFRA, "qsub: cannot read its answer: %.200s", answer);
    }
    snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    free(script);
    free(answer);
    sb_line_free(&line);
    return code;
}

/* Jobs of @p ids in one question. One that is known no more is an error of qstat's, beside the answer for the others. */
static int ask(struct sb_placed **list, int *count, const struct sb_strings *ids,
               struct sb_error *err)
{
    struct sb_line line = {0};
    struct sb_error fault = {0};
    char *answer = NULL;
    int code = tell_dialect(err);
    if (code != 0 || ids->count == 0) {
        return code;
    }
    sb_line_add(&line, "qstat");
    if (dialect == OPENPBS) {
        sb_line_add(&line, "-x"); /* finished ones, too */
    }
    sb_line_add(&line, "-f");
    if (dialect == OPENPBS) {
        sb_line_pair(&line, "-F", "json");
    }
    sb_line_all(&line, ids);
    code = sb_line_run(&answer, &line, NULL, false, &fault);
    if (code == 0) {
        code = sb_pbs_read(list, count, answer, err);
    } else if (strcasestr(fault.text, "unknown job")) {
        code = ids->count == 1 ? 0 : SB_ENOTFOUND;
    } else {
        code = sb_fail(err, code, "%s", fault.text);
    }
    free(answer);
    sb_line_free(&line);
    return code;
}

/* All at once; where one of them is unknown, one by one. */
static int ask_all(struct sb_placed **list, int *count, const struct sb_strings *ids,
                   struct sb_error *err)
{
    int code = ask(list, count, ids, err);
    for (int i = 0; code == SB_ENOTFOUND && i < ids->count; ++i) {
        const struct sb_strings one = {.item = &ids->item[i], .count = 1};
        const int told = ask(list, count, &one, err);
        code = told != 0 ? told : code;
    }
    return code == SB_ENOTFOUND ? 0 : code;
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    struct sb_placed *known = NULL;
    struct sb_strings ids = {0};
    int known_count = 0;
    int code = 0;
    (void)place;
    for (int i = 0; code == 0 && i < count; ++i) {
        code = sb_strings_add(&ids, jobs[i].id);
    }
    code = code != 0 ? sb_fail(err, SB_ENOMEM, "out of memory")
                     : ask_all(&known, &known_count, &ids, err);
    if (code == 0) {
        sb_batch_apply(jobs, count, known, known_count, "qstat does not know it (any more)");
    }
    sb_strings_free(&ids);
    free(known);
    return code;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    struct sb_line line = {0};
    struct sb_strings ids = {0};
    const struct passwd *me = getpwuid(getuid());
    char *answer = NULL;
    char *rest = NULL;
    (void)place;
    *out = NULL;
    *count = 0;
    int code = tell_dialect(err);
    sb_line_add(&line, "qselect");
    if (dialect == OPENPBS) {
        sb_line_add(&line, "-x");
    }
    sb_line_pair(&line, "-u", me ? me->pw_name : NULL);
    code = code != 0 ? code : sb_line_run(&answer, &line, NULL, false, err);
    for (char *id = code == 0 ? strtok_r(answer, " \n", &rest) : NULL; id;
         id = strtok_r(NULL, " \n", &rest)) {
        sb_strings_add(&ids, id);
    }
    code = code != 0 ? code : ask_all(out, count, &ids, err);
    code = sb_batch_found(out, count, code, campaign);
    free(answer);
    sb_strings_free(&ids);
    sb_line_free(&line);
    return code;
}

/* Some had ended; the others are deleted. */
static bool had_ended(const char *words)
{
    return strcasestr(words, "unknown job") || strcasestr(words, "finished") ||
           strcasestr(words, "invalid state");
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    struct sb_line line = {0};
    (void)place;
    sb_line_add(&line, "qdel");
    return sb_batch_cancel(&line, jobs, count, had_ended, err);
}

static int detect(json_t **out, struct sb_error *err)
{
    const int code = tell_dialect(err);
    if (code == 0) {
        *out = json_pack("[{s:s, s:s}]", "name", "pbs", "scheduler", "pbs");
    }
    return code;
}

const struct sb_scheduler sb_scheduler_pbs = {
    .name = "pbs",
    .title = "OpenPBS, PBS Professional, Torque (never run on a real one)",
    .poll_s = 10,
    .detect = detect,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
};
