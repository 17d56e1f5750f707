/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts without a scheduler: a job is a folder and a session of processes there (harness/place/ssh/). */
#include "harness/place/schedulers/scheduler.h"

#include "harness/place/script.h"
#include "harness/place/ssh/moved.h"
#include "harness/place/ssh/remote.h"
#include "harness/util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_S 30.0
#define TAIL_MOST ((size_t)16 << 20) /* of a file, brought in one question */

/* What poll() saw of a job's files, so that collect() asks only when there is more. */
static struct seen {
    char tag[128];
    long long records, events, log;
} seen[4096];

static struct seen *seen_of(const char *tag)
{
    unsigned hash = 5381;
    for (const char *c = tag; *c; ++c) {
        hash = hash * 33 + (unsigned char)*c;
    }
    struct seen *slot = &seen[hash % (sizeof seen / sizeof *seen)];
    if (strcmp(slot->tag, tag) != 0) { /* another job's: it will be asked once too often */
        memset(slot, 0, sizeof *slot);
        snprintf(slot->tag, sizeof slot->tag, "%s", tag);
        slot->records = slot->events = slot->log = -1;
    }
    return slot;
}

static int choose_host(const char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    static unsigned turn;
    const struct sb_strings *hosts = &ticket->place->hosts;
    if (hosts->count == 0) {
        return sb_fail(err, SB_EINVAL, "ssh: place '%s' names no hosts", ticket->place->name);
    }
    for (int i = 0; ticket->node && i < hosts->count; ++i) {
        if (strcmp(hosts->item[i], ticket->node) == 0) {
            *out = hosts->item[i];
            return 0;
        }
    }
    if (ticket->node) {
        return sb_fail(err, SB_EINVAL, "ssh: place '%s' has no host '%s'", ticket->place->name,
                       ticket->node);
    }
    for (int i = 0; i < hosts->count; ++i) { /* in turn, past those that do not answer */
        *out = hosts->item[turn++ % (unsigned)hosts->count];
        if (!sb_ssh_is_resting(*out)) {
            break;
        }
    }
    return 0;
}

static void set_state(struct sb_placed *job, const char *state, int code)
{
    static const struct {
        const char *word;
        enum sb_job_state state;
        const char *words;
    } table[] = {
        {"starting", SB_JOB_QUEUED, "its supervisor is starting"},
        {"waiting", SB_JOB_QUEUED, "another job has the host"},
        {"running", SB_JOB_RUNNING, ""},
        {"limit", SB_JOB_TIMED_OUT, "ended at the job's time limit"},
        {"cancelled", SB_JOB_CANCELLED, "cancelled"},
        {"unknown", SB_JOB_UNKNOWN, "the host does not know it"},
        {"lost", SB_JOB_NODE_FAILED,
         "its supervisor is gone: it was killed, or the host was restarted"},
    };
    job->exit_code = code;
    job->starts = 1;
    for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
        if (strcmp(state, table[i].word) == 0) {
            job->state = table[i].state;
            snprintf(job->words, sizeof job->words, "%s", table[i].words);
            return;
        }
    }
    job->state = code == 0 ? SB_JOB_DONE : SB_JOB_FAILED;
    if (code > 128) {
        snprintf(job->words, sizeof job->words, "ended by signal %d (%s)", code - 128,
                 strsignal(code - 128));
    } else {
        snprintf(job->words, sizeof job->words, "ended with code %d", code);
    }
}

/* "<tag> <state> <code> <pid:start> " and the bytes of records, events and log, as sb_report of remote.sh prints it. */
static bool read_report(struct sb_placed *job, const char *line, const char *host)
{
    char tag[128];
    char state[16];
    char code[16];
    char id[40];
    long long records = 0;
    long long events = 0;
    long long log = 0;
    if (sscanf(line, "%127s %15s %15s %39s %lld %lld %lld", tag, state, code, id, &records, &events,
               &log) != 7) {
        return false;
    }
    snprintf(job->tag, sizeof job->tag, "%s", tag);
    snprintf(job->id, sizeof job->id, "%.80s#%s", host, strcmp(id, "-") != 0 ? id : "");
    snprintf(job->node, sizeof job->node, "%s", host);
    set_state(job, state, strcmp(code, "-") != 0 ? (int)strtol(code, NULL, 10) : -1);
    struct seen *slot = seen_of(tag);
    slot->records = records;
    slot->events = events;
    slot->log = log;
    return true;
}

/* With @p program this process' text, with paths as they are on the host. */
static int make_calls(char **out, const struct sb_ticket *ticket, const char *host,
                      const char *job_text, const char *functions, struct sb_error *err)
{
    char *script = NULL;
    char limit[32];
    int code = sb_script_make(&script, ticket, NULL, NULL, err);
    snprintf(limit, sizeof limit, "%.0f", ticket->time_limit_s > 1 ? ticket->time_limit_s : 3600);
    if (code == 0 && job_text) {
        const char *const words[] = {ticket->job, job_text, NULL};
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/jobs", ticket->folder);
        const char *const folders[] = {"-p", folder, NULL};
        code = sb_ssh_add_call(out, "mkdir", folders, err);
        code = code != 0 ? code : sb_ssh_add_call(out, "sb_put", words, err);
    }
    if (code == 0) {
        const char *const words[] = {
            ticket->tag,    host,   limit,     ticket->log, ticket->records,
            ticket->events, script, functions, NULL};
        code = sb_ssh_add_call(out, "sb_submit", words, err);
    }
    free(script);
    return code;
}

static int submit_to(struct sb_placed *out, const struct sb_ticket *ticket, const char *host,
                     struct sb_error *err)
{
    struct sb_moved moved = {0};
    const bool moves = ticket->place->scratch != NULL;
    char *calls = NULL;
    char *answer = NULL;
    int code = moves ? sb_moved_make(&moved, ticket, err) : 0;
    const struct sb_ticket *there = moves ? &moved.ticket : ticket;
    code = code != 0 || !moves ? code : sb_moved_copy(&moved, ticket, host, err);
    code = code != 0 ? code : make_calls(&calls, there, host, moved.job, sb_ssh_functions(), err);
    code = code != 0 ? code : sb_ssh_call(&answer, NULL, ticket->place, host, calls, ASK_S, err);
    if (code == 0 && !read_report(out, answer, host)) {
        code = sb_fail(err, SB_EINFRA, "ssh: %s: cannot understand '%.80s'", host, answer);
    }
    free(calls);
    free(answer);
    sb_moved_free(&moved);
    return code;
}

/* Whether it has been silent for longer than the place waits. */
static bool is_given_up(const struct sb_place *place, const char *host)
{
    return sb_ssh_silent_s(host) > place->hold_limit_s;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    const struct sb_place *place = ticket->place;
    const char *host = NULL;
    int code = choose_host(&host, ticket, err);
    code = code != 0 ? code : submit_to(out, ticket, host, err);
    if (code != SB_EINFRA || !is_given_up(place, host)) {
        return code;
    }
    for (int i = 0; !ticket->node && i < place->hosts.count; ++i) {
        if (!is_given_up(place, place->hosts.item[i])) {
            return code; /* another one's turn */
        }
    }
    return sb_fail_in(err, ticket->node ? SB_EINVAL : SB_EABSENT, "for more than %g s",
                      place->hold_limit_s);
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    struct sb_moved moved = {0};
    struct sb_strings words = {0};
    const char *host = NULL;
    char *calls = NULL;
    size_t length = 0;
    int code = choose_host(&host, ticket, err);
    code = code != 0 ? code : sb_ssh_command(&words, ticket->place, host, err);
    if (code == 0 && ticket->place->scratch) {
        code = sb_moved_make(&moved, ticket, err);
    }
    const struct sb_ticket *there = moved.job ? &moved.ticket : ticket;
    code = code != 0 ? code : make_calls(&calls, there, host, moved.job, "(remote.sh)", err);
    FILE *stream = code == 0 ? open_memstream(out, &length) : NULL;
    if (stream) {
        fprintf(stream, "#");
        for (int i = 0; i < words.count; ++i) {
            fprintf(stream, " %s", words.item[i]);
        }
        fprintf(stream, "   # reads harness/place/ssh/remote.sh, then:\n%s", calls);
        fclose(stream);
    }
    free(calls);
    sb_strings_free(&words);
    sb_moved_free(&moved);
    return code;
}

/* One call per job in @p jobs (or sb_find for a campaign) on one host. */
static int ask(char **out, const struct sb_place *place, const char *host, const char *function,
               const struct sb_placed *jobs, int count, double limit_s, struct sb_error *err)
{
    char *calls = NULL;
    int code = 0;
    for (int i = 0; code == 0 && i < count; ++i) {
        const size_t length = strcspn(jobs[i].id, "#");
        if (length == strlen(host) && strncmp(jobs[i].id, host, length) == 0) {
            const char *const words[] = {jobs[i].tag, NULL};
            code = sb_ssh_add_call(&calls, function, words, err);
        }
    }
    *out = NULL;
    if (code == 0 && calls) {
        code = sb_ssh_call(out, NULL, place, host, calls, limit_s, err);
    }
    free(calls);
    return code;
}

static void host_is_silent(struct sb_placed *jobs, int count, const char *host,
                           const struct sb_place *place, const struct sb_error *err)
{
    const bool gone = sb_ssh_silent_s(host) > place->hold_limit_s;
    for (int i = 0; i < count; ++i) {
        const size_t length = strcspn(jobs[i].id, "#");
        if (length == strlen(host) && strncmp(jobs[i].id, host, length) == 0) {
            snprintf(jobs[i].words, sizeof jobs[i].words, "%s",
                     err->text[0] ? err->text : "the host does not answer");
            if (gone && !sb_job_has_ended(jobs[i].state)) {
                jobs[i].state = SB_JOB_NODE_FAILED;
            }
        }
    }
}

static void take_reports(struct sb_placed *jobs, int count, char *answer, const char *host)
{
    char *rest = NULL;
    for (char *line = answer ? strtok_r(answer, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        struct sb_placed job = {0};
        for (int i = 0; read_report(&job, line, host) && i < count; ++i) {
            if (strcmp(jobs[i].tag, job.tag) == 0) {
                snprintf(job.id, sizeof job.id, "%s", jobs[i].id[0] ? jobs[i].id : job.id);
                jobs[i] = job;
                break;
            }
        }
    }
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    int asked = 0;
    int silent = 0;
    struct sb_error first = {0};
    for (int h = 0; h < place->hosts.count; ++h) {
        const char *host = place->hosts.item[h];
        char *answer = NULL;
        struct sb_error fault = {0};
        const int code = sb_ssh_is_resting(host)
                             ? SB_EINFRA
                             : ask(&answer, place, host, "sb_report", jobs, count, ASK_S, &fault);
        asked += code == 0 && answer;
        if (code != 0) {
            silent += sb_ssh_silent_s(host) <= place->hold_limit_s;
            host_is_silent(jobs, count, host, place, &fault);
            first = first.code ? first : fault;
        }
        take_reports(jobs, count, answer, host);
        free(answer);
    }
    if (asked == 0 && silent > 0) {
        return sb_fail(err, SB_EINFRA, "%s",
                       first.text[0] ? first.text : "ssh: no host answers at the moment");
    }
    return 0;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    char *calls = NULL;
    char beginning[128];
    int code = 0;
    *out = NULL;
    *count = 0;
    snprintf(beginning, sizeof beginning, "%s.", campaign);
    for (int h = 0; code == 0 && h < place->hosts.count; ++h) {
        const char *host = place->hosts.item[h];
        const char *const words[] = {beginning, host, NULL};
        char *answer = NULL;
        if (is_given_up(place, host) && sb_ssh_is_resting(host)) {
            continue;
        }
        free(calls);
        calls = NULL;
        code = sb_ssh_add_call(&calls, "sb_find", words, err);
        code = code != 0 ? code : sb_ssh_call(&answer, NULL, place, host, calls, ASK_S, err);
        if (code == SB_EINFRA && is_given_up(place, host)) {
            code =
                0; /* the others know enough: a job that it may have is revoked when it is closed */
        }
        char *rest = NULL;
        for (char *line = answer ? strtok_r(answer, "\n", &rest) : NULL; line;
             line = strtok_r(NULL, "\n", &rest)) {
            struct sb_placed *more = realloc(*out, (size_t)(*count + 1) * sizeof **out);
            if (!more) {
                code = sb_fail(err, SB_ENOMEM, "ssh: out of memory");
                break;
            }
            *out = more;
            memset(&more[*count], 0, sizeof *more);
            *count += read_report(&more[*count], line, host);
        }
        free(answer);
    }
    free(calls);
    if (code != 0) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    return code;
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    int result = 0;
    for (int h = 0; h < place->hosts.count; ++h) {
        char *answer = NULL;
        const int code = ask(&answer, place, place->hosts.item[h], "sb_cancel", jobs, count,
                             ASK_S + 8.0 * count, err);
        result = code != 0 ? code : result;
        free(answer);
    }
    return result;
}

/* Appends what @p which of the job holds beyond @p path's size. With @p lines only whole ones. */
static int bring(const struct sb_placed *job, const struct sb_place *place, const char *which,
                 const char *path, long long there, bool lines, struct sb_error *err)
{
    struct stat status;
    const long long here = stat(path, &status) == 0 ? (long long)status.st_size : 0;
    if (there >= 0 && there <= here) {
        return 0;
    }
    char from[32];
    char most[32];
    char host[96];
    char *calls = NULL;
    char *text = NULL;
    size_t length = 0;
    snprintf(from, sizeof from, "%lld", here + 1);
    snprintf(most, sizeof most, "%zu", TAIL_MOST);
    snprintf(host, sizeof host, "%.*s", (int)strcspn(job->id, "#"), job->id);
    const char *const words[] = {which, job->tag, from, most, NULL};
    int code = sb_ssh_add_call(&calls, "sb_tail", words, err);
    code = code != 0 ? code : sb_ssh_call(&text, &length, place, host, calls, 2 * ASK_S, err);
    while (code == 0 && lines && length > 0 && text[length - 1] != '\n') {
        --length;
    }
    if (code == 0 && length > 0) {
        const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        code = fd < 0 ? sb_fail(err, SB_EIO, "cannot open %s: %s", path, strerror(errno))
                      : sb_fs_write_all(fd, text, length, path, err);
        if (fd >= 0) {
            close(fd);
        }
    }
    free(calls);
    free(text);
    return code;
}

static int collect(const struct sb_placed *job, const struct sb_ticket *ticket,
                   struct sb_error *err)
{
    if (!ticket->place->scratch) {
        return 0; /* the hosts see the campaign's folder */
    }
    const struct seen *slot = seen_of(job->tag);
    int code = bring(job, ticket->place, "records-path", ticket->records, slot->records, true, err);
    code = code != 0
               ? code
               : bring(job, ticket->place, "events-path", ticket->events, slot->events, true, err);
    return code != 0 ? code
                     : bring(job, ticket->place, "log-path", ticket->log, slot->log, false, err);
}

static void forget(const struct sb_placed *job, const struct sb_place *place)
{
    char *answer = NULL;
    char host[96];
    snprintf(host, sizeof host, "%.*s", (int)strcspn(job->id, "#"), job->id);
    ask(&answer, place, host, "sb_forget", job, 1, ASK_S, NULL);
    free(answer);
}

static int nodes(json_t **out, const struct sb_place *place, struct sb_error *err)
{
    *out = json_array();
    for (int h = 0; *out && h < place->hosts.count; ++h) {
        char *type = NULL;
        struct sb_error fault = {0};
        const bool answers = sb_ssh_call(&type, NULL, place, place->hosts.item[h], "uname -sm\n",
                                         ASK_S, &fault) == 0;
        if (answers) {
            type[strcspn(type, "\n")] = '\0';
        }
        json_array_append_new(*out, json_pack("{s:s, s:s, s:b, s:s}", "name", place->hosts.item[h],
                                              "state", answers ? "answers" : fault.text, "usable",
                                              (int)answers, "type", answers ? type : ""));
        free(type);
    }
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "ssh: out of memory");
}

const struct sb_scheduler sb_scheduler_ssh = {
    .name = "ssh",
    .asks_by_place = true,
    .title = "hosts that are reached by ssh, one job at a time each",
    .poll_s = 2,
    .nodes = nodes,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .collect = collect,
    .cancel = cancel,
    .forget = forget,
};
