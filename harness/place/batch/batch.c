/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/batch.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sb_batch_push(struct sb_placed **list, int *count, const struct sb_placed *job,
                  struct sb_error *err)
{
    if ((*count & (*count - 1)) == 0) { /* full at powers of two */
        const size_t room = *count ? 2 * (size_t)*count : 1;
        struct sb_placed *more = realloc(*list, room * sizeof **list);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        *list = more;
    }
    (*list)[(*count)++] = *job;
    return 0;
}

void sb_batch_filter(struct sb_placed *list, int *count, const char *campaign)
{
    const size_t length = strlen(campaign);
    int kept = 0;
    for (int i = 0; i < *count; ++i) {
        if (strncmp(list[i].tag, campaign, length) == 0 && list[i].tag[length] == '.') {
            list[kept++] = list[i];
        }
    }
    *count = kept;
}

int sb_batch_found(struct sb_placed **list, int *count, int code, const char *campaign)
{
    if (code == 0) {
        sb_batch_filter(*list, count, campaign);
        return 0;
    }
    free(*list);
    *list = NULL;
    *count = 0;
    return code;
}

void sb_batch_unique(struct sb_placed *list, int *count)
{
    int kept = 0;
    for (int i = 0; i < *count; ++i) {
        bool again = false;
        for (int k = i + 1; k < *count && !again; ++k) {
            again = strcmp(list[k].id, list[i].id) == 0;
        }
        if (!again) {
            list[kept++] = list[i];
        }
    }
    *count = kept;
}

void sb_batch_words(struct sb_placed *job, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(job->words, sizeof job->words, fmt, args);
    va_end(args);
    for (char *c = job->words; *c; ++c) {
        *c = iscntrl((unsigned char)*c) ? ' ' : *c;
    }
}

void sb_batch_ended(struct sb_placed *job, int code)
{
    job->exit_code = code;
    job->state = code == 0 ? SB_JOB_DONE : SB_JOB_FAILED;
    if (code > 128 && code < 128 + 65) {
        sb_batch_words(job, "ended by signal %d (%s)", code - 128, strsignal(code - 128));
    } else {
        sb_batch_words(job, "ended with code %d", code);
    }
}

void sb_batch_node(struct sb_placed *job, const char *node, size_t length)
{
    for (const char *at = job->node; *at;) {
        const size_t n = strcspn(at, ",");
        if (n == length && strncmp(at, node, n) == 0) {
            return;
        }
        at += n + (at[n] == ',');
    }
    const size_t used = strlen(job->node);
    snprintf(job->node + used, sizeof job->node - used, "%s%.*s", used ? "," : "", (int)length,
             node);
}

int sb_batch_check(const char *what, const char *value, struct sb_error *err)
{
    for (const char *c = value; c && *c; ++c) {
        if (iscntrl((unsigned char)*c)) {
            return sb_fail(err, SB_EINVAL, "%s holds a control character", what);
        }
    }
    return value && value[0] == '-'
               ? sb_fail(err, SB_EINVAL, "%s '%s' begins with '-': it would be taken for an option",
                         what, value)
               : 0;
}

int sb_batch_check_place(const struct sb_place *place, struct sb_error *err)
{
    const struct {
        const char *what, *value;
    } table[] = {
        {"partition", place->partition},
        {"account", place->account},
        {"constraint", place->constraint},
        {"gpu", place->gpu},
        {"mpi", place->mpi},
    };
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof table / sizeof *table; ++i) {
        code = sb_batch_check(table[i].what, table[i].value, err);
    }
    for (int i = 0; code == 0 && i < place->select.count; ++i) {
        code = sb_batch_check("select", place->select.item[i], err);
    }
    return code;
}

int sb_batch_launcher(const char *out[16], char number[16], const struct sb_ticket *ticket,
                      bool one_node, struct sb_error *err)
{
    out[0] = NULL;
    if (ticket->ranks <= 1) {
        return 0;
    }
    if (one_node && ticket->ranks_per_node < ticket->ranks) {
        return sb_fail(err, SB_EINVAL, "%s: jobs on several nodes are not supported here",
                       ticket->place->scheduler);
    }
    snprintf(number, 16, "%d", ticket->ranks);
    out[0] = ticket->place->mpi ? ticket->place->mpi : "mpirun";
    out[1] = "-n";
    out[2] = number;
    out[3] = NULL;
    return 0;
}

void sb_batch_log(const char **option, const char *launcher[16], const struct sb_ticket *ticket,
                  bool expand)
{
    *option = ticket->log;
    if (!expand) {
        return;
    }
    *option = "/dev/null";
    int words = 0;
    while (launcher[words]) {
        ++words;
    }
    memmove(launcher + 4, launcher, (size_t)(words + 1) * sizeof *launcher);
    launcher[0] = "/bin/sh";
    launcher[1] = "-c";
    launcher[2] = "exec \"$@\" >>\"$0\" 2>&1";
    launcher[3] = ticket->log;
}

int sb_batch_begin(const char **log, const char *launcher[16], char number[16],
                   const struct sb_ticket *ticket, bool expand, struct sb_error *err)
{
    const int code = sb_batch_launcher(launcher, number, ticket, true, err);
    if (code == 0) {
        sb_batch_log(log, launcher, ticket, expand);
    }
    return code;
}

int sb_batch_json(json_t **out, const char *text, const char *who, struct sb_error *err)
{
    json_error_t fault = {.text = "no JSON"};
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL) {
        const bool words = at[0] == '[' && isupper((unsigned char)at[1]); /* "[ADMISSION RULE] …" */
        if (*at == '{' || (*at == '[' && !words)) {
            *out = json_loads(at, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &fault);
            return *out ? 0
                        : sb_fail(err, SB_EINFRA, "%s: cannot read its answer: line %d: %s", who,
                                  fault.line, fault.text);
        }
    }
    *out = json_array(); /* nothing at all is how several say "none" */
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

void sb_batch_clock(char out[32], double seconds, double grain_s)
{
    const long s = (long)(ceil((seconds >= 1 ? seconds : 3600) / grain_s) * grain_s);
    snprintf(out, 32, "%02ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}
