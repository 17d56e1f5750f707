/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/pbs.h"

#include "harness/util/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value of the text form; continuation lines begin with a tab, and the whole is one word list. */
static void set_attribute(json_t *job, const char *key, const char *value)
{
    /* "resources_used.walltime" is an object's member in JSON */
    const char *dot = strchr(key, '.');
    if (!dot) {
        json_object_set_new(job, key, json_string(value));
        return;
    }
    char outer[64];
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - key), key);
    json_t *inner = json_object_get(job, outer);
    if (!json_is_object(inner)) {
        inner = json_object();
        json_object_set_new(job, outer, inner);
    }
    json_object_set_new(inner, dot + 1, json_string(value));
}

/* Joins what continuation lines tore apart, in place. */
static char *joined(const char *text)
{
    char *out = malloc(strlen(text) + 1);
    char *to = out;
    for (const char *c = text; out && *c; ++c) {
        if (c[0] == '\n' && c[1] == '\t') {
            ++c;
        } else {
            *to++ = *c;
        }
    }
    if (out) {
        *to = '\0';
    }
    return out;
}

/* The text form as the JSON form has it: {id: {attribute: value}}. */
static json_t *from_text(const char *text)
{
    json_t *jobs = json_object();
    json_t *job = NULL;
    char *copy = joined(text);
    char *rest = NULL;
    for (char *line = copy ? strtok_r(copy, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "Job Id:", 7) == 0) {
            job = json_object();
            json_object_set_new(jobs, line + 7 + strspn(line + 7, " "), job);
            continue;
        }
        char *equals = strstr(line, " = ");
        if (job && equals) {
            *equals = '\0';
            set_attribute(job, line + strspn(line, " "), equals + 3);
        }
    }
    free(copy);
    return jobs;
}

/* Numbers come as numbers or as texts. */
static bool get_number(long *out, const json_t *job, const char *key)
{
    const json_t *value = json_object_get(job, key);
    if (json_is_integer(value)) {
        *out = (long)json_integer_value(value);
        return true;
    }
    char *end = NULL;
    const char *text = json_string_value(value);
    *out = text ? strtol(text, &end, 10) : 0;
    return text && end != text;
}

/* SWITCHBENCH_TAG of Variable_List: an object, or "A=1,B=2". */
static void set_tag(struct sb_placed *out, const json_t *job)
{
    static const char name[] = "SWITCHBENCH_TAG";
    const json_t *variables = json_object_get(job, "Variable_List");
    const char *text = json_string_value(variables);
    const char *value = sb_json_text_or(variables, name, "");
    for (; text && *text; text += strcspn(text, ","), text += *text == ',') {
        if (strncmp(text, name, sizeof name - 1) == 0 && text[sizeof name - 1] == '=') {
            value = text + sizeof name;
            break;
        }
    }
    snprintf(out->tag, sizeof out->tag, "%.*s", (int)strcspn(value, ","), value);
}

/* "n1/0*2+n2/0" */
static void set_nodes(struct sb_placed *out, const char *text)
{
    for (; *text; text += strcspn(text, "+"), text += *text == '+') {
        sb_batch_node(out, text, strcspn(text, "/+"));
    }
}

static double clock_s(const char *text)
{
    double seconds = 0;
    for (; *text; text += *text == ':') {
        char *end = NULL;
        seconds = 60 * seconds + strtod(text, &end);
        if (end == text) {
            break;
        }
        text = end;
    }
    return seconds;
}

/* OpenPBS' job.h: what it writes instead of an exit status when it ended the job, or could not begin it. */
static void set_negative(struct sb_placed *out, long status, const char *comment)
{
    out->exit_code = -1;
    out->state = status == -29 || status == -28   ? SB_JOB_TIMED_OUT
                 : status == -26 || status == -27 ? SB_JOB_OUT_OF_MEMORY
                 : status <= -24                  ? SB_JOB_FAILED
                                                  : SB_JOB_NODE_FAILED;
    sb_batch_words(out, "Exit_status %ld%s%s", status, *comment ? ": " : "", comment);
}

static void set_ended(struct sb_placed *out, const json_t *job)
{
    long status = 0;
    const char *comment = sb_json_text_or(job, "comment", "");
    if (!get_number(&status, job, "Exit_status") && !get_number(&status, job, "exit_status")) {
        /* deleted before it ran */
        out->state = SB_JOB_CANCELLED;
        sb_batch_words(out, "finished without an exit status%s%s", *comment ? ": " : "", comment);
        return;
    }
    if (status < 0) {
        set_negative(out, status, comment);
        return;
    }
    const double used = clock_s(sb_json_text_or(job, "resources_used.walltime", ""));
    const double asked = clock_s(sb_json_text_or(job, "Resource_List.walltime", ""));
    const long killed = status > 256 ? status - 256 : status > 128 ? status - 128 : 0;
    sb_batch_ended(out, killed ? 128 + (int)killed : (int)status);
    if ((killed == 15 || killed == 9) && asked > 0 && used >= asked) {
        out->state = SB_JOB_TIMED_OUT;
        sb_batch_words(out, "Exit_status %ld after %.0f s of walltime, %.0f s were asked for",
                       status, used, asked);
    } else if ((killed == 15 || killed == 9) && strcasestr(comment, "delete")) {
        out->state = SB_JOB_CANCELLED;
        sb_batch_words(out, "Exit_status %ld: %s", status, comment);
    }
}

/* qstat(1B), job_state. */
static void set_state(struct sb_placed *out, const json_t *job)
{
    const char *letter = sb_json_text_or(job, "job_state", "");
    const char *comment = sb_json_text_or(job, "comment", "");
    switch (letter[0]) {
    case 'Q': /* queued */
    case 'T': /* moved to another place */
    case 'W': /* waits for its time */
    case 'S': /* suspended */
    case 'U': /* suspended: its user is at the keyboard */
        out->state = SB_JOB_QUEUED;
        sb_batch_words(out, "%s%s%s", letter, *comment ? ": " : "", comment);
        break;
    case 'H':
        out->state = SB_JOB_HELD;
        sb_batch_words(out, "held (%s)%s%s", sb_json_text_or(job, "Hold_Types", "?"),
                       *comment ? ": " : "", comment);
        break;
    case 'R':
    case 'B': /* an array has begun */
    case 'E': /* exiting */
        out->state = SB_JOB_RUNNING;
        break;
    case 'F': /* OpenPBS: finished */
    case 'X': /* a subjob has finished */
    case 'C': /* Torque: completed */
        set_ended(out, job);
        break;
    default: /* M: moved to another server */
        out->state = SB_JOB_UNKNOWN;
        sb_batch_words(out, "in state '%s'", letter);
    }
}

int sb_pbs_read(struct sb_placed **list, int *count, const char *text, struct sb_error *err)
{
    json_t *root = NULL;
    const char *id;
    json_t *job;
    int code = 0;
    if (text[strspn(text, " \n")] == '{') {
        code = sb_batch_json(&root, text, "qstat", err);
    } else {
        root = json_pack("{s:o}", "Jobs", from_text(text));
    }
    json_object_foreach (json_object_get(root, "Jobs"), id, job) {
        struct sb_placed placed = {.exit_code = -1};
        long starts = 0;
        snprintf(placed.id, sizeof placed.id, "%s", id);
        set_tag(&placed, job);
        set_nodes(&placed, sb_json_text_or(job, "exec_host", ""));
        placed.starts = get_number(&starts, job, "run_count") ? (int)starts : 0;
        set_state(&placed, job);
        code = sb_batch_push(list, count, &placed, err);
        if (code != 0) {
            break;
        }
    }
    json_decref(root);
    return code;
}
