/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/records.h"

#include "harness/record.h"
#include "harness/run/pieces.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One runner is one process: these are its streams, like stdout is. */
static struct {
    int records, events; /* −1: stdout */
    char owner_path[PATH_MAX];
    char name[400];
} out = {-1, -1, "", ""};

static int read_owner(char *text, size_t room)
{
    char *all = NULL;
    size_t length = 0;
    const int code = sb_fs_read(&all, &length, out.owner_path, NULL);
    snprintf(text, room, "%.*s", code == 0 ? (int)strcspn(all, "\n") : 0, code == 0 ? all : "");
    free(all);
    return code;
}

int sb_records_still_mine(struct sb_error *err)
{
    char owner[400];
    if (!out.owner_path[0]) {
        return 0;
    }
    if (read_owner(owner, sizeof owner) == 0 && strcmp(owner, out.name) == 0) {
        return 0;
    }
    return sb_fail(err, SB_EINFRA, "the job was taken back (%.300s): this runner stops",
                   owner[0] ? owner : "the campaign's folder is gone");
}

static int own(const char *owner, struct sb_error *err)
{
    char before[400];
    char host[200] = "";
    char line[402];
    snprintf(out.owner_path, sizeof out.owner_path, "%s", owner);
    if (read_owner(before, sizeof before) == 0 && strncmp(before, "revoked", 7) == 0) {
        return sb_fail(err, SB_EINFRA, "the job was taken back (%s) before it started", before);
    }
    gethostname(host, sizeof host - 1);
    snprintf(out.name, sizeof out.name, "%s %ld %llu %llu", host, (long)getpid(),
             sb_process_start_time(getpid()), sb_process_now_ns());
    const int length = snprintf(line, sizeof line, "%s\n", out.name);
    return sb_fs_write(owner, line, (size_t)length, err);
}

static int open_append(int *fd, const char *path, struct sb_error *err)
{
    *fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return *fd >= 0 ? 0 : sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
}

int sb_records_begin(const char *records, const char *events, const char *owner,
                     struct sb_error *err)
{
    off_t whole = 0;
    int code = owner ? own(owner, err) : 0;
    code = code != 0 || !records ? code : open_append(&out.records, records, err);
    code = code != 0 || !records ? code : sb_fs_cut_torn(&whole, out.records, records, err);
    return code != 0 || !events ? code : open_append(&out.events, events, err);
}

struct ended {
    struct sb_job *job;
    bool *skip;
};

static int note_ended(json_t *record, void *payload)
{
    struct ended *ended = payload;
    const char *id = sb_json_text_or(record, "cell", "");
    const bool lost = strcmp(sb_json_text_or(record, "state", ""), "lost") == 0;
    for (int i = 0; !lost && i < ended->job->cell_count; ++i) {
        ended->skip[i] = ended->skip[i] || strcmp(ended->job->cell[i].id, id) == 0;
    }
    return 0;
}

int sb_records_skip_ended(struct sb_job *job, const char *records, struct sb_error *err)
{
    struct ended ended = {.job = job, .skip = calloc((size_t)job->cell_count + 1, sizeof(bool))};
    if (!ended.skip) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int code = sb_records_read(records, note_ended, NULL, &ended, err);
    code = code == SB_ENOTFOUND ? 0 : code;
    int kept = 0;
    for (int i = 0; code == 0 && i < job->cell_count; ++i) {
        if (!ended.skip[i]) {
            job->cell[kept++] = job->cell[i];
        }
    }
    job->cell_count = code == 0 ? kept : job->cell_count;
    free(ended.skip);
    return code;
}

int sb_records_say(int fd, const json_t *line, struct sb_error *err)
{
    int code = sb_records_still_mine(err);
    if (code != 0) {
        return code;
    }
    const bool event = json_object_get(line, "event") != NULL;
    const int to = event && out.events >= 0 ? out.events : out.records >= 0 ? out.records : fd;
    struct stat st = {0};
    const bool file = to != fd && fstat(to, &st) == 0;
    code = to == fd ? sb_pieces_write_line(to, line, err) : sb_json_write_line(to, line, err);
    if (code != 0 && file && ftruncate(to, st.st_size) != 0) {
        return code; /* half a record would hide the next one; the next runner cuts it off */
    }
    return code;
}
