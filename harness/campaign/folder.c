/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/campaign/folder.h"

#include "harness/campaign/lease.h"
#include "harness/campaign/replay.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void sb_folder_set_state(struct sb_folder *folder, int cell, enum sb_state state)
{
    const enum sb_state before = folder->state[cell];
    if (before != SB_STATES) {
        folder->counts[before]--;
        folder->ended--;
    }
    folder->state[cell] = state;
    if (state != SB_STATES) {
        folder->counts[state]++;
        folder->ended++;
    }
}

void sb_folder_warn(struct sb_folder *folder, const char *text)
{
    if (folder->warning[0] == '\0') {
        snprintf(folder->warning, sizeof folder->warning, "%s", text);
    }
}

/* Replays every whole line. A torn last line is what a kill leaves; a bad line before it is damage, and an error. */
static int read_journal(struct sb_folder *folder, const char *path, size_t *out_whole,
                        struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    *out_whole = 0;
    int code = sb_fs_read(&text, &length, path, err);
    if (code == SB_ENOTFOUND || (code == 0 && length == 0)) {
        sb_folder_warn(
            folder,
            "the journal is missing or empty: the campaign's state is taken from its records");
        free(text);
        return 0;
    }
    size_t at = 0;
    for (int line = 1; code == 0 && at < length; ++line) {
        const char *end = memchr(text + at, '\n', length - at);
        if (!end) {
            sb_folder_warn(folder, "the journal's last line was torn and is passed over");
            break;
        }
        json_error_t fault;
        const size_t size = (size_t)(end - (text + at));
        json_t *event = json_loadb(text + at, size, JSON_REJECT_DUPLICATES, &fault);
        if (!json_is_object(event)) {
            code = sb_fail(err, SB_EPARSE, "%s:%d: expected a JSON object: %s", path, line,
                           event ? "it is none" : fault.text);
        } else {
            code = sb_folder_replay(folder, event, err);
        }
        json_decref(event);
        at += size + 1;
        *out_whole = at;
    }
    free(text);
    return code;
}

/* A job whose file is there and of which the journal knows nothing: the driver was killed between the two, or the
 * journal was lost. It is asked for by its tag. */
static int find_unjournaled(struct sb_folder *folder, struct sb_error *err)
{
    char jobs[PATH_MAX];
    int code = sb_fs_join(jobs, sizeof jobs, folder->path, "jobs", err);
    DIR *dir = code == 0 ? opendir(jobs) : NULL;
    for (const struct dirent *entry; code == 0 && dir && (entry = readdir(dir));) {
        const int number = sb_folder_job_number(entry->d_name);
        const char *dot = strchr(entry->d_name, '.');
        if (number == 0 || !dot || strcmp(dot, ".json") != 0 ||
            (number <= folder->job_count && folder->job[number - 1].place)) {
            continue;
        }
        char path[PATH_MAX];
        code = sb_fs_join(path, sizeof path, jobs, entry->d_name, err);
        code = code != 0 ? code : sb_folder_read_job(folder, number, path, err);
    }
    if (dir) {
        closedir(dir);
    }
    return code;
}

/* What held the lock may be about to let go: a process that a killed driver was just starting has it until it executes its own
 * program. It is waited for, except where a living driver holds it. */
static bool lock_journal(const struct sb_folder *folder)
{
    enum { POLLS = 40 };
    for (int polls = 0; flock(folder->journal_fd, LOCK_EX | LOCK_NB) != 0; ++polls) {
        struct sb_lease holder;
        if (errno != EWOULDBLOCK) {
            return true; /* a file system without locks */
        }
        if (polls == POLLS || (sb_lease_read(&holder, folder->path) == 0 &&
                               sb_lease_alive(&holder, folder->path, 0))) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    return true;
}

/* Opened before it is read, and locked where the file system has locks: one writer at a time. */
static int open_journal(struct sb_folder *folder, const char *path, struct sb_error *err)
{
    folder->journal_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (folder->journal_fd < 0) {
        return sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    if (!lock_journal(folder)) {
        return sb_fail(err, SB_EINVAL,
                       "%s: still running: another switchbench writes there; 'switchbench status' "
                       "shows how far it is",
                       folder->path);
    }
    return 0;
}

/* A torn line is cut off: what is appended must begin a line. */
static int mend_journal(const struct sb_folder *folder, const char *path, size_t whole,
                        struct sb_error *err)
{
    struct stat st;
    if (fstat(folder->journal_fd, &st) == 0 && (size_t)st.st_size > whole &&
        ftruncate(folder->journal_fd, (off_t)whole) != 0) {
        return sb_fail(err, SB_EIO, "cannot mend %s: %s", path, strerror(errno));
    }
    return 0;
}

static int all_unended(struct sb_folder *folder, struct sb_error *err)
{
    folder->state = calloc((size_t)folder->plan.cell_count + 1, sizeof *folder->state);
    folder->ended_by = calloc((size_t)folder->plan.cell_count + 1, sizeof *folder->ended_by);
    if (sb_folder_index(folder) != 0) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (int i = 0; folder->state && folder->ended_by && i < folder->plan.cell_count; ++i) {
        folder->state[i] = SB_STATES;
    }
    return folder->state && folder->ended_by ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

static int is_empty(const char *path)
{
    DIR *dir = opendir(path);
    int entries = 0;
    while (dir && readdir(dir)) {
        ++entries;
    }
    if (dir) {
        closedir(dir);
    }
    return entries <= 2;
}

int sb_folder_create(struct sb_folder *out, const char *path, struct sb_plan *plan_moved,
                     struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    out->journal_fd = -1;
    out->plan = *plan_moved;
    memset(plan_moved, 0, sizeof *plan_moved);
    char sub[PATH_MAX];
    int code = sb_text_is_utf8(path)
                   ? sb_fs_mkdirs(path, err)
                   : sb_fail(err, SB_EINVAL, "%s: the campaign's path must be UTF-8", path);
    if (code == 0 && !is_empty(path)) {
        code = sb_fail(err, SB_EIO,
                       "%s is not empty: name another folder, or 'switchbench resume' it", path);
    }
    if (code == 0 && !realpath(path, sub)) {
        code = sb_fail(err, SB_EIO, "%s: %s", path, strerror(errno));
    }
    if (code == 0 && (size_t)snprintf(out->path, sizeof out->path, "%s", sub) >= sizeof out->path) {
        code = sb_fail(err, SB_EINVAL, "%s: path too long", path);
    }
    static const char *const parts[] = {"records", "jobs"};
    for (size_t i = 0; code == 0 && i < 2; ++i) {
        code = sb_fs_join(sub, sizeof sub, out->path, parts[i], err);
        code = code != 0 ? code : sb_fs_mkdirs(sub, err);
    }
    code = code != 0 ? code : all_unended(out, err);
    code = code != 0 ? code : sb_fs_join(sub, sizeof sub, out->path, "plan.json", err);
    code = code != 0 ? code : sb_plan_write(&out->plan, sub, err);
    code = code != 0 ? code : sb_fs_join(sub, sizeof sub, out->path, "journal.jsonl", err);
    code = code != 0 ? code : open_journal(out, sub, err);
    if (code == 0) {
        json_t *event = json_pack("{s:s,s:s,s:i}", "event", "planned", "campaign", out->plan.id,
                                  "cells", out->plan.cell_count);
        code = sb_folder_note(out, event, true, err);
    }
    if (code != 0) {
        sb_folder_close(out);
    }
    return code;
}

int sb_folder_open(struct sb_folder *out, const char *path, bool write, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    out->journal_fd = -1;
    char file[PATH_MAX];
    size_t whole = 0;
    if (!realpath(path, file) || strlen(file) >= sizeof out->path) {
        return sb_fail(err, SB_ENOTFOUND, "no campaign folder %s", path);
    }
    snprintf(out->path, sizeof out->path, "%s", file);
    int code = sb_fs_join(file, sizeof file, out->path, "plan.json", err);
    if (code == 0 && access(file, F_OK) != 0) {
        return sb_fail(err, SB_ENOTFOUND, "%s is no campaign folder: it has no plan.json", path);
    }
    code = code != 0 ? code : sb_plan_read(&out->plan, file, err);
    code = code != 0 ? code : all_unended(out, err);
    code = code != 0 ? code : sb_fs_join(file, sizeof file, out->path, "journal.jsonl", err);
    code = code != 0 || !write ? code : open_journal(out, file, err);
    code = code != 0 ? code : read_journal(out, file, &whole, err);
    code = code != 0 || !write ? code : find_unjournaled(out, err);
    code = code != 0 ? code : sb_folder_scan(out, err);
    code = code != 0 || !write ? code : mend_journal(out, file, whole, err);
    if (code != 0) {
        sb_folder_close(out);
    }
    return code;
}

int sb_folder_note(struct sb_folder *folder, json_t *event, bool sync, struct sb_error *err)
{
    char now[32];
    sb_text_now(now, 0);
    json_object_set_new(event, "schema_version", json_integer(1));
    json_object_set_new(event, "time", json_string(now));
    struct stat before;
    const bool known = fstat(folder->journal_fd, &before) == 0;
    int code = event ? sb_json_write_line(folder->journal_fd, event, err)
                     : sb_fail(err, SB_ENOMEM, "out of memory");
    json_decref(event);
    if (code != 0 && (!known || ftruncate(folder->journal_fd, before.st_size) != 0)) {
        close(
            folder->journal_fd); /* half a line stays the last one: nothing is written behind it */
        folder->journal_fd = -1;
    }
    if (code == 0 && sync && fsync(folder->journal_fd) != 0) {
        code = sb_fail(err, SB_EIO, "cannot write: %s", strerror(errno));
    }
    return code != 0 ? sb_fail_in(err, code, "%s/journal.jsonl", folder->path) : 0;
}

/* job-10 comes after job-9 */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

int sb_folder_newest(char *out, size_t room, const char *parent, struct sb_error *err)
{
    struct dirent **entries = NULL;
    const int count = scandir(parent, &entries, NULL, by_name);
    int code = SB_ENOTFOUND;
    struct timespec newest = {0};
    for (int i = 0; i < count; ++i) {
        char plan[PATH_MAX];
        struct stat st;
        snprintf(plan, sizeof plan, "%s/%s/plan.json", parent, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && stat(plan, &st) == 0 &&
            (st.st_mtim.tv_sec > newest.tv_sec ||
             (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec >= newest.tv_nsec))) {
            newest = st.st_mtim;
            code = sb_fs_join(out, room, parent, entries[i]->d_name, err);
        }
        free(entries[i]);
    }
    free(entries);
    return code == SB_ENOTFOUND
               ? sb_fail(err, code, "no campaign in '%s' yet: 'switchbench run' makes one", parent)
               : code;
}

void sb_folder_close(struct sb_folder *folder)
{
    if (folder->journal_fd >= 0) {
        close(folder->journal_fd);
    }
    free(folder->state);
    free(folder->ended_by);
    sb_folder_forget(folder);
    sb_plan_free(&folder->plan);
    memset(folder, 0, sizeof *folder);
    folder->journal_fd = -1;
}
