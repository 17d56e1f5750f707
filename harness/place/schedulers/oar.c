/* SPDX-License-Identifier: Apache-2.0 */
/* OAR through oarsub, oarstat, oardel. A job's name is its tag. A place's select is properties ("gpu_model=A100"), its constraint
 * more of them in OAR's SQL; "resources=/nodes=1/core=4" in select replaces what is made of cores, gpus and exclusive. */
#include "harness/place/batch/oar.h"
#include "harness/place/script.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What oarsub allows in names of output files (OAR::IO), but without the '%' of its patterns. */
static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

static const char *replaced_resources(const struct sb_place *place)
{
    for (int i = 0; i < place->select.count; ++i) {
        if (strncmp(place->select.item[i], "resources=", 10) == 0) {
            return place->select.item[i] + 10;
        }
    }
    return NULL;
}

static void add_resources(struct sb_line *line, const struct sb_ticket *ticket)
{
    const struct sb_place *place = ticket->place;
    const char *asked = replaced_resources(place);
    char made[96];
    char limit[32];
    const int cores = place->cores > ticket->ranks ? place->cores : ticket->ranks;
    sb_batch_clock(limit, ticket->time_limit_s, 1);
    if (place->exclusive) {
        snprintf(made, sizeof made, "/network_address=1");
    } else if (place->gpus > 0) {
        snprintf(made, sizeof made, "/network_address=1/%s=%d", place->gpu ? place->gpu : "gpu",
                 place->gpus);
    } else {
        snprintf(made, sizeof made, "/network_address=1/resource_id=%d", cores > 0 ? cores : 1);
    }
    sb_line_add(line, "-l");
    sb_line_format(line, "%s,walltime=%s", asked ? asked : made, limit);
}

/* key = 'value', the value by SQL's quoting. */
static int put_property(FILE *out, const char *text, struct sb_error *err)
{
    const size_t length = strcspn(text, "=");
    bool plain = length > 0 && text[length] == '=';
    for (size_t i = 0; i < length; ++i) {
        plain = plain && (isalnum((unsigned char)text[i]) || text[i] == '_');
    }
    if (!plain) {
        return sb_fail(err, SB_EINVAL, "oar: select '%s': expected property=value", text);
    }
    fprintf(out, "%.*s = '", (int)length, text);
    for (const char *c = text + length + 1; *c; ++c) {
        fprintf(out, *c == '\'' ? "''" : "%c", *c);
    }
    fputc('\'', out);
    return 0;
}

static int add_properties(struct sb_line *line, const struct sb_ticket *ticket,
                          struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int code = out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    const char *between = "";
    for (int i = 0; code == 0 && i < place->select.count; ++i) {
        if (strncmp(place->select.item[i], "resources=", 10) != 0) {
            fputs(between, out);
            code = put_property(out, place->select.item[i], err);
            between = " AND ";
        }
    }
    if (code == 0 && ticket->node) {
        char node[300];
        snprintf(node, sizeof node, "network_address=%s", ticket->node);
        fputs(between, out);
        code = put_property(out, node, err);
        between = " AND ";
    }
    if (code == 0 && place->constraint) {
        fprintf(out, "%s(%s)", between, place->constraint);
    }
    if (out) {
        fclose(out);
    }
    sb_line_pair(line, "-p", code == 0 && length > 0 ? text : NULL);
    free(text);
    return code;
}

/* @p script: as a shell's word, for OAR gives its command to one. */
static int make_line(struct sb_line *line, const char *log, const struct sb_ticket *ticket,
                     const char *script, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    char *command = NULL;
    int code = sb_batch_check_place(place, err);
    code = code != 0 ? code : sb_batch_check("campaign folder", ticket->folder, err);
    code = code != 0 ? code : sb_batch_check("node", ticket->node, err);
    code = code != 0 ? code : sb_script_quote(&command, script, err);
    if (code != 0) {
        return code;
    }
    sb_line_add(line, "oarsub");
    sb_line_pair(line, "-n", ticket->tag);
    sb_line_pair(line, "-d", "/"); /* the script goes to the campaign's folder itself */
    sb_line_pair(line, "-O", log);
    sb_line_pair(line, "-E", log);
    sb_line_pair(line, "-q", place->partition);
    sb_line_pair(line, "--project", place->account);
    add_resources(line, ticket);
    code = add_properties(line, ticket, err);
    sb_line_all(line, &place->options);
    sb_line_add(line, command);
    free(command);
    return code;
}

/* What stands in -O and -E for something else. */
static bool expands(const char *path)
{
    return strspn(path, allowed) != strlen(path);
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
    code = code != 0 ? code : make_line(&line, log, ticket, script, err);
    code = code != 0 ? code : sb_batch_show(out, &line, script, ticket, launcher, err);
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
    char *answer = NULL;
    memset(out, 0, sizeof *out);
    int code = sb_batch_begin(&log, launcher, number, ticket, expands(ticket->log), err);
    code = code != 0 ? code : sb_script_write(script, sizeof script, ticket, NULL, launcher, err);
    code = code != 0 ? code : make_line(&line, log, ticket, script, err);
    code = code != 0 ? code : sb_line_run(&answer, &line, NULL, true, err);
    if (code == 0) { /* admission rules may say things first */
        const char *at = strstr(answer, "OAR_JOB_ID=");
        if (!at || sscanf(at, "OAR_JOB_ID=%120[0-9]", out->id) != 1) {
            code = sb_fail(err, SB_EINVAL, "oarsub: it gave no number: %.300s", answer);
        }
    }
    snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    free(answer);
    sb_line_free(&line);
    return code;
}

static int ask(struct sb_placed **list, int *count, const char *where, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    sb_line_add(&line, "oarstat");
    sb_line_add(&line, "-J");
    sb_line_add(&line, "-f");
    sb_line_pair(&line, "--sql", where); /* ended ones, too */
    int code = sb_line_run(&answer, &line, NULL, false, err);
    code = code != 0 ? code : sb_oar_read(list, count, answer, err);
    free(answer);
    sb_line_free(&line);
    return code;
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    struct sb_placed *known = NULL;
    int known_count = 0;
    char *where = NULL;
    size_t length = 0;
    (void)place;
    FILE *out = open_memstream(&where, &length);
    if (!out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    fputs("job_id IN (", out);
    for (int i = 0; i < count; ++i) {
        fprintf(out, "%s%ld", i ? "," : "", strtol(jobs[i].id, NULL, 10));
    }
    fputs(")", out);
    fclose(out);
    const int code = ask(&known, &known_count, where, err);
    if (code == 0) {
        sb_batch_apply(jobs, count, known, known_count, "oarstat does not know it");
    }
    free(where);
    free(known);
    return code;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    char where[256];
    (void)place;
    *out = NULL;
    *count = 0;
    /* campaign is [A-Za-z0-9._-]; '_' matches any letter here, and the filter is exact */
    snprintf(where, sizeof where, "job_name LIKE '%s.%%'", campaign);
    const int code = ask(out, count, where, err);
    return sb_batch_found(out, count, code, campaign);
}

/* Some had ended or are nobody's; the others are deleted. */
static bool had_ended(const char *words)
{
    return strstr(words, "REGISTERED") || strstr(words, "frag");
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    struct sb_line line = {0};
    (void)place;
    sb_line_add(&line, "oardel");
    return sb_batch_cancel(&line, jobs, count, had_ended, err);
}

/* "host" lines, and below each "    number : State". */
static int nodes(json_t **out, const struct sb_place *place, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    char *rest = NULL;
    (void)place;
    sb_line_add(&line, "oarnodes");
    sb_line_add(&line, "-s");
    const int code = sb_line_run(&answer, &line, NULL, false, err);
    *out = code == 0 ? json_array() : NULL;
    char host[256] = "";
    for (char *at = *out ? strtok_r(answer, "\n", &rest) : NULL; at;
         at = strtok_r(NULL, "\n", &rest)) {
        char state[32];
        if (!isspace((unsigned char)*at)) {
            snprintf(host, sizeof host, "%s", at);
        } else if (host[0] && sscanf(at, " %*d : %31s", state) == 1) {
            json_array_append_new(*out,
                                  json_pack("{s:s, s:s, s:b, s:s}", "name", host, "state", state,
                                            "usable", strcmp(state, "Alive") == 0, "type", ""));
            host[0] = '\0'; /* one of its resources speaks for it */
        }
    }
    free(answer);
    sb_line_free(&line);
    return code;
}

static int detect(json_t **out, struct sb_error *err)
{
    json_t *found = NULL;
    const int code = nodes(&found, NULL, err);
    *out = code == 0 ? json_pack("[{s:s, s:s}]", "name", "oar", "scheduler", "oar") : NULL;
    json_decref(found);
    return code;
}

const struct sb_scheduler sb_scheduler_oar = {
    .name = "oar",
    .title = "OAR",
    .poll_s = 5,
    .detect = detect,
    .nodes = nodes,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
};
