/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/pipeline.h"

#include "harness/place/schedulers/scheduler.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

struct pipeline {
    struct sb_folder *folder;
    const struct sb_progress *progress;
    const struct sb_scheduler *scheduler;
    struct sb_placed placed;
    char job[64];
    int records_fd;
    off_t records_end; /* of the last whole record */
    json_t *ended;     /* journal lines of the records in the present chunk */
    bool *started;     /* per cell */
    char *pending;     /* bytes read and not yet a whole line */
    size_t pending_length, pending_room;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

static bool to_run(const struct sb_folder *folder, int cell)
{
    return folder->state[cell] == SB_STATES || folder->state[cell] == SB_STATE_LOST;
}

static int write_job(const struct pipeline *p, int attempt, char *out_path, size_t room,
                     struct sb_error *err)
{
    const struct sb_folder *folder = p->folder;
    const struct sb_plan *plan = &folder->plan;
    char pictures[PATH_MAX] = "";
    char name[96];
    int code = 0;
    if (plan->pictures) {
        code = sb_fs_join(pictures, sizeof pictures, folder->path, "pictures", err);
        code = code != 0 ? code : sb_fs_mkdirs(pictures, err);
    }
    json_t *cells = json_array();
    for (int i = 0; i < plan->cell_count; ++i) {
        if (to_run(folder, i)) {
            json_array_append_new(cells, sb_cell_to_json(&plan->cell[i]));
        }
    }
    json_t *job = sb_plan_job(plan, cells, p->job, p->scheduler->name, attempt, pictures);
    snprintf(name, sizeof name, "jobs/%s.json", p->job);
    char *text = job ? json_dumps(job, JSON_COMPACT) : NULL;
    json_decref(job);
    code = code != 0 ? code : text ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    code = code != 0 ? code : sb_fs_join(out_path, room, folder->path, name, err);
    code = code != 0 ? code : sb_fs_write(out_path, text, strlen(text), err);
    free(text);
    return code;
}

static int open_records(struct pipeline *p, struct sb_error *err)
{
    char path[PATH_MAX];
    char name[96];
    snprintf(name, sizeof name, "records/%s.jsonl", p->job);
    const int code = sb_fs_join(path, sizeof path, p->folder->path, name, err);
    if (code != 0) {
        return code;
    }
    p->records_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return p->records_fd >= 0 ? 0
                              : sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
}

static int submit(struct pipeline *p, struct sb_error *err)
{
    struct sb_folder *folder = p->folder;
    p->scheduler->sweep(folder->pid, folder->pid_start);
    char job[PATH_MAX];
    char log[PATH_MAX];
    int attempt = folder->attempt;
    do { /* a lost journal forgets attempts; their records stay as they are */
        snprintf(p->job, sizeof p->job, "job-%d", ++attempt);
        snprintf(log, sizeof log, "%s/records/%s.jsonl", folder->path, p->job);
    } while (access(log, F_OK) == 0);
    char tag[200];
    int code = write_job(p, attempt, job, sizeof job, err);
    code = code != 0 ? code : open_records(p, err);
    snprintf(log, sizeof log, "%s/jobs/%s.log", folder->path, p->job);
    snprintf(tag, sizeof tag, "%s/%s", folder->plan.id, p->job);
    const struct sb_ticket ticket = {.tag = tag, .job = job, .log = log};
    code = code != 0 ? code : p->scheduler->submit(&p->placed, &ticket, err);
    if (code == 0) {
        folder->attempt = attempt;
        folder->pid = p->placed.pid;
        folder->pid_start = p->placed.start;
        json_t *event =
            json_pack("{s:s,s:s,s:i,s:s,s:I,s:I}", "event", "submitted", "job", p->job, "attempt",
                      attempt, "scheduler", p->scheduler->name, "pid", (json_int_t)p->placed.pid,
                      "pid_start", (json_int_t)p->placed.start);
        code = sb_folder_note(folder, event, true, err);
    }
    return code;
}

static void show_line(const struct pipeline *p, const char *what, const char *name)
{
    char text[700];
    snprintf(text, sizeof text, "[%d/%d] %s %s", p->folder->ended, p->folder->plan.cell_count, what,
             name);
    if (p->progress && p->progress->line) {
        p->progress->line(text, p->progress->payload);
    }
}

static int take_started(struct pipeline *p, const json_t *event, struct sb_error *err)
{
    const int cell = sb_folder_find(p->folder, sb_json_text_or(event, "cell", ""));
    if (cell < 0) {
        return 0;
    }
    char name[512];
    sb_cell_name(name, sizeof name, &p->folder->plan.cell[cell]);
    if (strcmp(sb_json_text_or(event, "event", ""), "trying") == 0) { /* of the oracle */
        show_line(p, sb_json_text_or(event, "text", "trying"), name);
        return 0;
    }
    p->started[cell] = true;
    show_line(p, "running", name);
    json_t *line = json_pack("{s:s,s:s,s:s}", "event", "started", "cell",
                             p->folder->plan.cell[cell].id, "job", p->job);
    return sb_folder_note(p->folder, line, false, err);
}

static int append_record(struct pipeline *p, const char *line, size_t length, struct sb_error *err)
{
    const int code = sb_fs_write_all(p->records_fd, line, length, "the record", err);
    if (code != 0) {
        /* half a record would hide the next one: take it back, then say what happened */
        if (ftruncate(p->records_fd, p->records_end) != 0) {
            return code;
        }
        return sb_fail_in(err, code, "%s/records/%s.jsonl", p->folder->path, p->job);
    }
    p->records_end += (off_t)length;
    return 0;
}

static int take_record(struct pipeline *p, const json_t *record, const char *line, size_t length,
                       struct sb_error *err)
{
    const int cell = sb_folder_find(p->folder, sb_json_text_or(record, "cell", ""));
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    if (cell < 0 || state == SB_STATES) {
        return sb_fail(err, SB_EINFRA, "the runner sent a record of no cell of this campaign");
    }
    const int code = append_record(p, line, length, err);
    if (code == 0) {
        sb_folder_set_state(p->folder, cell, state);
        p->started[cell] = false;
        json_array_append_new(p->ended, json_pack("{s:s,s:s,s:s,s:s}", "event", "ended", "cell",
                                                  p->folder->plan.cell[cell].id, "job", p->job,
                                                  "state", sb_state_text(state)));
        if (p->progress && p->progress->ended) {
            p->progress->ended(record, p->progress->payload);
        }
    }
    return code;
}

static int take_line(struct pipeline *p, const char *line, size_t length, struct sb_error *err)
{
    json_t *json = json_loadb(line, length, 0, NULL);
    int code = 0;
    if (!json_is_object(json)) {
        code = sb_fail(err, SB_EINFRA, "the runner sent a line that is no JSON object");
    } else if (json_object_get(json, "event")) {
        code = take_started(p, json, err);
    } else {
        code = take_record(p, json, line, length, err);
    }
    json_decref(json);
    return code;
}

/* Records first, then the journal lines that speak of them: a kill in between is mended when the folder is opened. */
static int make_durable(struct pipeline *p, struct sb_error *err)
{
    const size_t count = json_array_size(p->ended);
    if (count == 0) {
        return 0;
    }
    if (fdatasync(p->records_fd) != 0) {
        return sb_fail(err, SB_EIO, "cannot write %s/records/%s.jsonl: %s", p->folder->path, p->job,
                       strerror(errno));
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; ++i) {
        code = sb_folder_note(p->folder, json_incref(json_array_get(p->ended, i)), i + 1 == count,
                              err);
    }
    json_array_clear(p->ended);
    return code;
}

static int take_lines(struct pipeline *p, struct sb_error *err)
{
    char *from = p->pending;
    char *end = NULL;
    int code = 0;
    while (code == 0 &&
           (end = memchr(from, '\n', p->pending_length - (size_t)(from - p->pending)))) {
        code = take_line(p, from, (size_t)(end - from) + 1, err);
        from = end + 1;
    }
    const size_t used = (size_t)(from - p->pending);
    memmove(p->pending, from, p->pending_length - used);
    p->pending_length -= used;
    const int durable = make_durable(p, code == 0 ? err : NULL);
    return code != 0 ? code : durable;
}

static int listen_to_runner(struct pipeline *p, struct sb_error *err)
{
    for (;;) {
        if (p->pending_room - p->pending_length < CHUNK) {
            const size_t room = p->pending_room ? 2 * p->pending_room : 4 * (size_t)CHUNK;
            char *more = realloc(p->pending, room);
            if (!more) {
                return sb_fail(err, SB_ENOMEM, "out of memory");
            }
            p->pending = more;
            p->pending_room = room;
        }
        const ssize_t got =
            interrupted ? -1 : read(p->placed.fd, p->pending + p->pending_length, CHUNK);
        if (interrupted) {
            return sb_fail(err, SB_EINFRA,
                           "interrupted: 'switchbench resume %s' goes on where it stopped",
                           p->folder->path);
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return 0;
        }
        p->pending_length += (size_t)got;
        const int code = take_lines(p, err);
        if (code != 0) {
            return code;
        }
    }
}

/* Cells that were under way when their runner died are lost; those that had not begun are simply not ended. */
static int note_lost(struct pipeline *p, const char *why, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < p->folder->plan.cell_count; ++i) {
        if (!p->started[i]) {
            continue;
        }
        char name[512];
        sb_cell_name(name, sizeof name, &p->folder->plan.cell[i]);
        json_t *record = json_pack("{s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:n}", "schema_version",
                                   SB_RECORD_SCHEMA, "name", name, "campaign", p->folder->plan.id,
                                   "job", p->job, "attempt", p->folder->attempt, "place",
                                   p->scheduler->name, "state", "lost", "reason", why, "failure");
        json_t *cell = sb_cell_to_json(&p->folder->plan.cell[i]);
        json_object_update_missing(record, cell);
        json_decref(cell);
        char *text = json_dumps(record, JSON_COMPACT);
        const size_t length = text ? strlen(text) : 0;
        if (text) {
            text[length] = '\n'; /* in place of its NUL: the length goes with it */
            code = take_record(p, record, text, length + 1, err);
        }
        free(text);
        json_decref(record);
    }
    const int durable = make_durable(p, err);
    return code != 0 ? code : durable;
}

/* The last line of the runner's log, where it left one: it says why. */
static void last_words(const struct pipeline *p, char *out, size_t room)
{
    char path[PATH_MAX];
    char *text = NULL;
    size_t length = 0;
    snprintf(path, sizeof path, "%s/jobs/%s.log", p->folder->path, p->job);
    out[0] = '\0';
    if (sb_fs_read(&text, &length, path, NULL) != 0) {
        return;
    }
    while (length > 0 && text[length - 1] == '\n') {
        text[--length] = '\0';
    }
    const char *line = memrchr(text, '\n', length);
    line = line ? line + 1 : text;
    if (*line) {
        snprintf(out, room, " (its words: %.500s)", line);
    }
    free(text);
}

static int conclude(struct pipeline *p, int code, struct sb_error *err)
{
    if (code != 0) {
        p->scheduler->cancel(&p->placed);
    }
    struct sb_error told = {0};
    const int waited = p->scheduler->wait(&p->placed, &told);
    if (code != 0) {
        json_t *event = json_pack("{s:s,s:s,s:s}", "event", "interrupted", "job", p->job, "reason",
                                  err ? err->text : "");
        sb_folder_note(p->folder, event, true, NULL);
        return code;
    }
    if (waited != 0) {
        code = note_lost(p, told.text, err);
        char words[600];
        last_words(p, words, sizeof words);
        return code != 0 ? code
                         : sb_fail(err, SB_EINFRA,
                                   "%s%s: 'switchbench resume %s' goes on where it stopped",
                                   told.text, words, p->folder->path);
    }
    json_t *event = json_pack("{s:s,s:i}", "event", "finished", "ended", p->folder->ended);
    return sb_folder_note(p->folder, event, true, err);
}

int sb_pipeline_run(struct sb_folder *folder, const struct sb_progress *progress,
                    struct sb_error *err)
{
    struct pipeline p = {.folder = folder,
                         .progress = progress,
                         .scheduler = sb_schedulers[0],
                         .records_fd = -1,
                         .placed.fd = -1};
    int left = 0;
    for (int i = 0; i < folder->plan.cell_count; ++i) {
        left += to_run(folder, i);
    }
    if (left == 0) {
        return 0;
    }
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before_int;
    struct sigaction before_term;
    interrupted = 0;
    sigaction(SIGINT, &action, &before_int);
    sigaction(SIGTERM, &action, &before_term);
    p.ended = json_array();
    p.started = calloc((size_t)folder->plan.cell_count, sizeof *p.started);
    int code = p.ended && p.started ? submit(&p, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    if (p.placed.fd >= 0) {
        code = code != 0 ? code : listen_to_runner(&p, err);
        close(p.placed.fd);
        code = conclude(&p, code, err);
    }
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    if (p.records_fd >= 0) {
        close(p.records_fd);
    }
    json_decref(p.ended);
    free(p.started);
    free(p.pending);
    return code;
}
