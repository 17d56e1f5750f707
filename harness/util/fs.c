/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int sb_fs_mkdirs(const char *path, struct sb_error *err)
{
    char part[PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        return sb_fail(err, SB_EINVAL, "%.200s: not a usable path", path);
    }
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; ++i) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        const char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return sb_fail(err, SB_EIO, "cannot create folder %s: %s", part, strerror(errno));
        }
        part[i] = kept;
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return sb_fail(err, SB_EIO, "%s is not a folder", path);
    }
    return 0;
}

static int read_all(char **out, size_t *length, int fd, const char *path, struct sb_error *err)
{
    size_t room = 1 << 14;
    size_t used = 0;
    char *text = malloc(room);
    while (text) {
        const ssize_t got = read(fd, text + used, room - used - 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            free(text);
            return sb_fail(err, SB_EIO, "cannot read %s: %s", path, strerror(errno));
        }
        if (got == 0) {
            text[used] = '\0';
            *out = text;
            *length = used;
            return 0;
        }
        used += (size_t)got;
        if (room - used < 2) {
            room *= 2;
            char *more = realloc(text, room);
            if (!more) {
                free(text);
            }
            text = more;
        }
    }
    return sb_fail(err, SB_ENOMEM, "out of memory while reading %s", path);
}

int sb_fs_expect_file(const char *path, struct sb_error *err)
{
    struct stat st;
    return stat(path, &st) != 0 || S_ISREG(st.st_mode)
               ? 0
               : sb_fail(err, SB_EINVAL, "%s is %s, expected a file", path,
                         S_ISDIR(st.st_mode) ? "a folder" : "a pipe or device");
}

int sb_fs_read(char **out, size_t *length, const char *path, struct sb_error *err)
{
    if (sb_fs_expect_file(path, err) != 0) {
        return SB_EINVAL;
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return sb_fail(err, errno == ENOENT || errno == ENOTDIR ? SB_ENOTFOUND : SB_EIO,
                       "cannot open %s: %s", path, strerror(errno));
    }
    const int code = read_all(out, length, fd, path, err);
    close(fd);
    return code;
}

int sb_fs_write_all(int fd, const void *data, size_t length, const char *path, struct sb_error *err)
{
    const char *from = data;
    while (length > 0) {
        const ssize_t put = write(fd, from, length);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
        }
        from += put;
        length -= (size_t)put;
    }
    return 0;
}

static int put_and_close(FILE *out, const char *path, bool sync,
                         int (*put)(FILE *out, void *payload, struct sb_error *err), void *payload,
                         struct sb_error *err)
{
    int code = put(out, payload, err);
    if (code == 0 && (ferror(out) || fflush(out) != 0 || (sync && fsync(fileno(out)) != 0))) {
        code = sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    if (fclose(out) != 0 && code == 0) {
        code = sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    return code;
}

/* A pipe or device (/dev/stdout, >(command)) is written into: a file renamed over it would take its place, for root even
 * that of /dev/null. Opening does not wait for somebody who reads. */
static FILE *open_stream(const char *path)
{
    const int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;
    FILE *out =
        flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0 ? fdopen(fd, "we") : NULL;
    if (fd >= 0 && !out) {
        close(fd);
    }
    return out;
}

int sb_fs_write_by(const char *path, int (*put)(FILE *out, void *payload, struct sb_error *err),
                   void *payload, struct sb_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        FILE *stream = open_stream(path);
        return stream ? put_and_close(stream, path, false, put, payload, err)
                      : sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    char temporary[PATH_MAX];
    const int used = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
    if (used < 0 || (size_t)used >= sizeof temporary) {
        return sb_fail(err, SB_EINVAL, "%.200s…: path too long", path);
    }
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "we") : NULL;
    if (!out) {
        const int code = sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
            unlink(temporary);
        }
        return code;
    }
    int code = put_and_close(out, path, true, put, payload, err);
    if (code == 0 && rename(temporary, path) != 0) {
        code = sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    if (code != 0) {
        unlink(temporary);
    }
    return code;
}

struct bytes {
    const void *data;
    size_t length;
    const char *path;
};

static int put_bytes(FILE *out, void *payload, struct sb_error *err)
{
    const struct bytes *bytes = payload;
    return sb_fs_write_all(fileno(out), bytes->data, bytes->length, bytes->path, err);
}

int sb_fs_write(const char *path, const void *data, size_t length, struct sb_error *err)
{
    return sb_fs_write_by(path, put_bytes, &(struct bytes){data, length, path}, err);
}

int sb_fs_cut_torn(off_t *whole, int fd, const char *path, struct sb_error *err)
{
    struct stat st;
    const off_t all = fstat(fd, &st) == 0 ? st.st_size : 0;
    off_t end = all;
    char block[4096];
    while (end > 0) {
        const size_t size = end > (off_t)sizeof block ? sizeof block : (size_t)end;
        const ssize_t got = pread(fd, block, size, end - (off_t)size);
        const char *last = got > 0 ? memrchr(block, '\n', (size_t)got) : NULL;
        if (got != (ssize_t)size) {
            return sb_fail(err, SB_EIO, "cannot read %s: %s", path,
                           got < 0 ? strerror(errno) : "it shrinks");
        }
        end -= (off_t)size;
        if (last) {
            end += last - block + 1;
            break;
        }
    }
    *whole = end;
    return end == all || ftruncate(fd, end) == 0
               ? 0
               : sb_fail(err, SB_EIO, "cannot mend %s: %s", path, strerror(errno));
}

int sb_fs_join(char *out, size_t room, const char *parent, const char *name, struct sb_error *err)
{
    const int used = snprintf(out, room, "%s/%s", parent, name);
    if (used < 0 || (size_t)used >= room) {
        return sb_fail(err, SB_EINVAL, "path too long: %.200s…/%.100s", parent, name);
    }
    return 0;
}

void sb_fs_own_streams(void)
{
    for (int fd = 0; fd <= 2; ++fd) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)!open("/dev/null",
                        fd == 0 ? O_WRONLY : O_RDONLY); /* the lowest free number: fd */
        }
    }
    umask(077);               /* also for what compilers and libraries write for us */
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of write(), to be told */
}

const char *sb_fs_program_folder(void)
{
    static char folder[PATH_MAX];
    if (folder[0] == '\0') {
        const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
        folder[length > 0 ? length : 0] = '\0';
        char *slash = strrchr(folder, '/');
        if (slash) {
            *slash = '\0';
        } else {
            folder[0] = '.';
            folder[1] = '\0';
        }
    }
    return folder;
}

int sb_fs_cache(char *out, size_t room, const char *what, struct sb_error *err)
{
    const char *base = getenv("SWITCHBENCH_CACHE");
    const char *middle = "";
    if (!base || !*base) {
        base = getenv("XDG_CACHE_HOME");
        middle = "/switchbench";
    }
    if (!base || !*base) {
        base = getenv("HOME");
        middle = "/.cache/switchbench";
    }
    if (!base || !*base) {
        return sb_fail(err, SB_EIO, "no cache folder: set SWITCHBENCH_CACHE or HOME");
    }
    const int used = snprintf(out, room, "%s%s/%s", base, middle, what);
    if (used < 0 || (size_t)used >= room) {
        return sb_fail(err, SB_EINVAL, "cache folder's path is too long: %.200s…", base);
    }
    return sb_fs_mkdirs(out, err);
}
