/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/tree_digest.h"

#include "harness/util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int take_fn(struct sb_hash *hash, const FTSENT *entry, struct sb_error *err);

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int cannot(const char *path, int number, struct sb_error *err)
{
    return sb_fail(err, number == ENOENT ? SB_ENOTFOUND : SB_EIO, "cannot read %s: %s", path,
                   strerror(number));
}

static int add_bytes(struct sb_hash *hash, const char *path, struct sb_error *err)
{
    static const size_t room = (size_t)1 << 20;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char *chunk = fd >= 0 ? malloc(room) : NULL;
    ssize_t got = chunk ? 1 : -1;
    while (got > 0) {
        got = read(fd, chunk, room);
        if (got > 0) {
            sb_hash_add(hash, chunk, (size_t)got);
        }
    }
    const int code = got < 0 ? cannot(path, errno, err) : 0;
    free(chunk);
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

/* Path from the folder on, after a letter for the kind. */
static void add_name(struct sb_hash *hash, const FTSENT *entry, const char *kind)
{
    const FTSENT *top = entry;
    while (top->fts_level > FTS_ROOTLEVEL) {
        top = top->fts_parent;
    }
    sb_hash_add_text(hash, kind);
    sb_hash_add_text(hash, entry->fts_path + top->fts_pathlen);
}

static int take_contents(struct sb_hash *hash, const FTSENT *entry, struct sb_error *err)
{
    char text[4097];
    if (entry->fts_info == FTS_F) {
        const struct stat *facts = entry->fts_statp;
        add_name(hash, entry, facts->st_mode & S_IXUSR ? "x" : "f");
        snprintf(text, sizeof text, "%lld", (long long)facts->st_size);
        sb_hash_add_text(hash, text);
        return add_bytes(hash, entry->fts_accpath, err);
    }
    if (entry->fts_info == FTS_SL || entry->fts_info == FTS_SLNONE) {
        const ssize_t length = readlink(entry->fts_accpath, text, sizeof text - 1);
        if (length < 0) {
            return cannot(entry->fts_path, errno, err);
        }
        text[length] = '\0';
        add_name(hash, entry, "l");
        sb_hash_add_text(hash, text);
    } else if (entry->fts_info == FTS_DEFAULT) { /* a device, a socket, a pipe */
        add_name(hash, entry, "s");
    }
    return 0;
}

static int take_facts(struct sb_hash *hash, const FTSENT *entry, struct sb_error *err)
{
    char text[160];
    const struct stat *facts = entry->fts_statp;
    (void)err;
    if (entry->fts_info != FTS_D) {
        snprintf(text, sizeof text, "%o %lld %lld %lld.%09ld %lld.%09ld", (unsigned)facts->st_mode,
                 (long long)facts->st_ino, (long long)facts->st_size,
                 (long long)facts->st_mtim.tv_sec, facts->st_mtim.tv_nsec,
                 (long long)facts->st_ctim.tv_sec, facts->st_ctim.tv_nsec);
        add_name(hash, entry, text);
    }
    return 0;
}

static int walk(struct sb_hash *hash, const char *path, take_fn *take, struct sb_error *err)
{
    char *copy = strdup(path);
    char *const paths[] = {copy, NULL};
    FTS *tree = copy ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
    int code = tree ? 0 : cannot(path, errno, err);
    while (code == 0) {
        errno = 0;
        const FTSENT *entry = fts_read(tree);
        if (!entry) {
            code = errno ? cannot(path, errno, err) : 0;
            break;
        }
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
            code = cannot(entry->fts_path, entry->fts_errno, err);
        } else if (entry->fts_info != FTS_DP) {
            code = take(hash, entry, err);
        }
    }
    if (tree) {
        fts_close(tree);
    }
    free(copy);
    return code;
}

static int digest(char out[65], const char *path, take_fn *take, struct sb_error *err)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return cannot(path, errno, err);
    }
    struct sb_hash *hash = sb_hash_new();
    if (!hash) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const int code = S_ISREG(facts.st_mode) && take == take_contents ? add_bytes(hash, path, err)
                                                                     : walk(hash, path, take, err);
    sb_hash_finish(hash, out); /* frees it */
    return code;
}

int sb_tree_digest(char out[65], const char *path, struct sb_error *err)
{
    return digest(out, path, take_contents, err);
}

int sb_tree_stamp(char out[65], const char *path, struct sb_error *err)
{
    return digest(out, path, take_facts, err);
}
