/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/collect.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines that a file has already, by hash: a job's records are few, and each is some kilobytes. */
struct lines {
    json_t *seen;
    int fd;
    const char *path;
};

static void key_of(char out[65], const char *line, size_t length)
{
    sb_text_sha256(out, line, length);
}

/* Reads what is there; a torn last line, which a full disk or a kill leaves, is cut off. */
static int open_lines(struct lines *out, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    *out = (struct lines){.seen = json_object(), .fd = -1, .path = path};
    int code = sb_fs_read(&text, &length, path, err);
    if (code != 0 && code != SB_ENOTFOUND) {
        return code;
    }
    size_t at = 0;
    for (const char *end; code == 0 && (end = memchr(text + at, '\n', length - at));) {
        char key[65];
        const size_t size = (size_t)(end - (text + at));
        key_of(key, text + at, size);
        json_object_set_new(out->seen, key, json_true());
        at += size + 1;
    }
    free(text);
    out->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out->fd < 0 || (at < length && ftruncate(out->fd, (off_t)at) != 0)) {
        return sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    return 0;
}

static int append(struct lines *lines, const char *line, size_t length, struct sb_error *err)
{
    char key[65];
    struct stat st;
    key_of(key, line, length);
    if (json_object_get(lines->seen, key)) {
        return 0;
    }
    if (fstat(lines->fd, &st) != 0) {
        return sb_fail(err, SB_EIO, "cannot write %s: %s", lines->path, strerror(errno));
    }
    json_object_set_new(lines->seen, key, json_true());
    int code = sb_fs_write_all(lines->fd, line, length + 1, lines->path, err);
    if (code != 0 && ftruncate(lines->fd, st.st_size) != 0) {
        code = sb_fail_in(err, code, "half a line stays");
    }
    return code;
}

enum kind { RECORD, EVENT, OTHER };

static enum kind kind_of(const char *line, size_t length)
{
    if (length < 2 || line[0] != '{') {
        return OTHER;
    }
    json_t *json = json_loadb(line, length, 0, NULL);
    const enum kind kind = json_object_get(json, "event") ? EVENT
                           : json_object_get(json, "cell") && json_object_get(json, "state")
                               ? RECORD
                               : OTHER;
    json_decref(json);
    return kind;
}

int sb_collect(const struct sb_ticket *ticket, const char *text, size_t length, bool log,
               struct sb_error *err)
{
    struct lines lines[3] = {{NULL, -1, NULL}, {NULL, -1, NULL}, {NULL, -1, NULL}};
    int code = open_lines(&lines[EVENT], ticket->events, err);
    code = code != 0 ? code : open_lines(&lines[RECORD], ticket->records, err);
    code = code != 0 || !log ? code : open_lines(&lines[OTHER], ticket->log, err);
    const char *from = text;
    for (const char *end; code == 0 && (end = memchr(from, '\n', length - (size_t)(from - text)));
         from = end + 1) {
        const size_t size = (size_t)(end - from);
        const enum kind kind = kind_of(from, size);
        code = kind != OTHER || log ? append(&lines[kind], from, size, err) : 0;
    }
    for (int i = 0; i < 3; ++i) {
        json_decref(lines[i].seen);
        if (lines[i].fd >= 0) {
            close(lines[i].fd);
        }
    }
    return code;
}
