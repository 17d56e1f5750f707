/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/drive.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536
#define LINE_MOST (64U << 20) /* what is longer is no line of a runner */

void sb_drive_say(const struct sb_drive *d, const char *fmt, ...)
{
    char text[1400];
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    if (d->progress && d->progress->line) {
        d->progress->line(text, d->progress->payload);
    }
}

static void say_cell(const struct sb_drive *d, const char *what, int cell)
{
    char name[512];
    sb_cell_name(name, sizeof name, &d->folder->plan.cell[cell]);
    sb_drive_say(d, "[%d/%d] %s %s", d->folder->ended, d->folder->plan.cell_count, what, name);
}

static int take_event(struct sb_drive *d, struct sb_drive_job *job, const json_t *event,
                      struct sb_error *err)
{
    if (strcmp(sb_json_text_or(event, "event", ""), "topology") == 0) {
        return sb_drive_keep_topology(d, event, err);
    }
    const int cell = sb_folder_find(d->folder, sb_json_text_or(event, "cell", ""));
    if (cell < 0) {
        return 0;
    }
    if (strcmp(sb_json_text_or(event, "event", ""), "trying") == 0) { /* of the oracle */
        say_cell(d, sb_json_text_or(event, "text", "trying"), cell);
        return 0;
    }
    d->begun[cell] = d->folder->state[cell] == SB_STATES || d->again[cell];
    job->started++;
    if (d->quiet) {
        return 0;
    }
    say_cell(d, "running", cell);
    json_t *line = json_pack("{s:s,s:s,s:s}", "event", "started", "cell",
                             d->folder->plan.cell[cell].id, "job", job->name);
    return sb_folder_note(d->folder, line, false, err);
}

/* Its place in the plan; −1 for a record of no cell of this job. */
static int cell_of(const struct sb_drive *d, const struct sb_drive_job *job, const json_t *record)
{
    const int cell = sb_folder_find(d->folder, sb_json_text_or(record, "cell", ""));
    for (int i = 0; i < job->cell_count && cell >= 0; ++i) {
        /* records come almost in the order of the job's cells */
        const int at = (job->ended + i) % job->cell_count;
        if (job->cell[at] == cell) {
            return cell;
        }
    }
    return -1;
}

/* @p decided: by the driver, whose record is in another file than the runner's. */
static void accept(struct sb_drive *d, struct sb_drive_job *job, int cell, enum sb_state state,
                   const json_t *record, bool decided)
{
    sb_folder_set_state(d->folder, cell, state);
    d->begun[cell] = d->again[cell] = false;
    job->ended++;
    job->bad += state == SB_STATE_WRONG || state == SB_STATE_FAILED;
    json_t *event =
        json_pack("{s:s,s:s,s:s,s:s}", "event", "ended", "cell", d->folder->plan.cell[cell].id,
                  "job", job->name, "state", sb_state_text(state));
    if (event && decided) {
        json_object_set_new(event, "decided", json_true());
    }
    json_array_append_new(d->news, event);
    if (d->progress && d->progress->ended) {
        d->progress->ended(record, d->progress->payload);
    }
}

/* A line that cannot be read is no end of the campaign: its cell, without a record, is to run again. */
static void pass_over(const struct sb_drive *d, struct sb_drive_job *job, const char *what)
{
    if (job->passed_over++ == 0) {
        sb_drive_say(d, "%s: passed over %s, %s", job->name, what, job->records.path);
    }
}

/* Every cell of every live job has ended: only the jobs' own ends are waited for. */
static bool nothing_to_come(const struct sb_drive *d)
{
    for (int i = d->job_count - 1; i >= 0; --i) { /* the youngest first: it is to say no */
        if (d->job[i]->ended < d->job[i]->cell_count) {
            return false;
        }
    }
    return true;
}

/* The first record that is not "lost" counts, as in sb_folder_records(): a job that was started twice may tell twice. */
static void take_record(struct sb_drive *d, struct sb_drive_job *job, const json_t *record)
{
    const int cell = cell_of(d, job, record);
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    if (cell < 0 || state == SB_STATES) {
        pass_over(d, job, "a record of no cell of the job");
        return;
    }
    const enum sb_state before = d->folder->state[cell];
    const bool first = before == SB_STATES || (before == SB_STATE_LOST && state != before);
    if (first || (before == SB_STATE_LOST && !d->quiet)) {
        accept(d, job, cell, state, record, false);
        if (nothing_to_come(d)) {
            sb_drive_ask_soon(d, job);
        }
    } else if (d->quiet) { /* its end is known, and so is whether it is to run again */
        d->begun[cell] = false;
        job->ended++;
    } else {
        pass_over(d, job, "a second record of a cell");
    }
}

static int take_line(struct sb_drive *d, struct sb_drive_job *job, const struct sb_tail *tail,
                     const char *line, size_t length, struct sb_error *err)
{
    json_t *json = NULL;
    int code = 0;
    if (tail == &job->records) { /* as the folder reads it: what it would not take is none */
        if (sb_record_parse(&json, line, length, job->name, NULL) == 0) {
            take_record(d, job, json);
        } else {
            pass_over(d, job, "a line that is no record");
        }
    } else {
        json = json_loadb(line, length, 0, NULL);
        code = json_object_get(json, "event") ? take_event(d, job, json, err) : 0;
    }
    json_decref(json);
    return code;
}

/* Bytes that have come; 0: none. */
static ssize_t read_more(struct sb_tail *tail, struct sb_error *err)
{
    if (tail->fd < 0) {
        tail->fd = open(tail->path, O_RDONLY | O_CLOEXEC);
        if (tail->fd < 0) {
            return errno == ENOENT
                       ? 0
                       : sb_fail(err, SB_EIO, "cannot read %s: %s", tail->path, strerror(errno));
        }
    }
    if (tail->room - tail->length < CHUNK) {
        const size_t room = tail->room ? 2 * tail->room : (size_t)2 * CHUNK;
        char *more = realloc(tail->pending, room);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        tail->pending = more;
        tail->room = room;
    }
    const ssize_t got =
        pread(tail->fd, tail->pending + tail->length, CHUNK, tail->read + (off_t)tail->length);
    if (got < 0 && errno == ESTALE) { /* NFS: the file was replaced */
        close(tail->fd);
        tail->fd = -1;
        return 0;
    }
    return got >= 0 ? got : sb_fail(err, SB_EIO, "cannot read %s: %s", tail->path, strerror(errno));
}

static int take_tail(struct sb_drive *d, struct sb_drive_job *job, struct sb_tail *tail, bool *news,
                     struct sb_error *err)
{
    /* half a line is read anew: a runner that was started again cuts it off, and writes another in its place */
    tail->length = 0;
    for (;;) {
        const ssize_t got = tail->length < LINE_MOST ? read_more(tail, err) : 0;
        if (got <= 0) {
            return (int)got;
        }
        tail->length += (size_t)got;
        char *from = tail->pending;
        char *end = NULL;
        int code = 0;
        while (code == 0 &&
               (end = memchr(from, '\n', tail->length - (size_t)(from - tail->pending)))) {
            code = take_line(d, job, tail, from, (size_t)(end - from), err);
            from = end + 1;
        }
        const size_t used = (size_t)(from - tail->pending);
        *news = *news || used > 0;
        tail->unsynced = tail->unsynced || used > 0;
        memmove(tail->pending, from, tail->length - used);
        tail->length -= used;
        tail->read += (off_t)used;
        if (code != 0) {
            return sb_fail_in(err, code, "%s", tail->path);
        }
    }
}

int sb_drive_follow(struct sb_drive *d, struct sb_drive_job *job, bool *news, struct sb_error *err)
{
    /* events first: what started is known before it ends */
    const int code = take_tail(d, job, &job->events, news, err);
    return code != 0 ? code : take_tail(d, job, &job->records, news, err);
}

int sb_drive_sync(struct sb_drive *d, struct sb_error *err)
{
    const size_t count = json_array_size(d->news);
    int code = 0;
    for (int i = 0; count > 0 && i < d->job_count && code == 0; ++i) {
        struct sb_tail *records = &d->job[i]->records;
        const bool fresh = records->unsynced && records->fd >= 0;
        records->unsynced = false;
        if (fresh && fdatasync(records->fd) != 0 && errno != EINVAL) {
            code = sb_fail(err, SB_EIO, "cannot write %s: %s", records->path, strerror(errno));
        }
    }
    for (size_t i = 0; code == 0 && i < count; ++i) {
        code =
            sb_folder_note(d->folder, json_incref(json_array_get(d->news, i)), i + 1 == count, err);
    }
    json_array_clear(d->news);
    return code;
}

static int append_line(const char *path, const json_t *line, struct sb_error *err)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    off_t whole = 0;
    int code = fd < 0 ? sb_fail(err, SB_EIO, "cannot write: %s", strerror(errno))
                      : sb_fs_cut_torn(&whole, fd, path, err);
    code = code != 0 ? code : sb_json_write_line(fd, line, err);
    if (code != 0 && fd >= 0 && ftruncate(fd, whole) != 0) {
        code = sb_fail_in(err, code, "half a line stays");
    } else if (code == 0 && fdatasync(fd) != 0) {
        code = sb_fail(err, SB_EIO, "cannot write: %s", strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return code != 0 ? sb_fail_in(err, code, "%s", path) : 0;
}

int sb_drive_decide(struct sb_drive *d, struct sb_drive_job *job, int cell, const char *state,
                    const char *failure, const char *reason, struct sb_error *err)
{
    char name[512];
    char path[PATH_MAX];
    sb_cell_name(name, sizeof name, &d->folder->plan.cell[cell]);
    json_t *record = json_pack("{s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:s?}", "schema_version",
                               SB_RECORD_SCHEMA, "name", name, "campaign", d->folder->plan.id,
                               "job", job->name, "attempt", job->attempt, "place", job->spot,
                               "state", state, "reason", reason, "failure", failure);
    json_t *of_cell = sb_cell_to_json(&d->folder->plan.cell[cell]);
    json_object_update_missing(record, of_cell);
    json_decref(of_cell);
    snprintf(path, sizeof path, "%s/records/%s.lost.jsonl", d->folder->path, job->name);
    int code = record ? append_line(path, record, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code == 0) {
        accept(d, job, cell, sb_state_parse(state), record, true);
    }
    json_decref(record);
    return code;
}

void sb_drive_tail_close(struct sb_tail *tail)
{
    if (tail->fd >= 0) {
        close(tail->fd);
    }
    free(tail->pending);
    tail->fd = -1;
    tail->pending = NULL;
    tail->length = tail->room = 0;
}
