/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/campaign/lease.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int path_of(char *out, size_t room, const char *folder, struct sb_error *err)
{
    return sb_fs_join(out, room, folder, "driver.json", err);
}

static void boot_here(char out[40])
{
    char *text = NULL;
    size_t length = 0;
    out[0] = '\0';
    if (sb_fs_read(&text, &length, "/proc/sys/kernel/random/boot_id", NULL) == 0) {
        snprintf(out, 40, "%.*s", (int)strcspn(text, "\n"), text);
    }
    free(text);
}

static bool same_driver(const struct sb_lease *a, const struct sb_lease *b)
{
    return a->pid == b->pid && a->start == b->start && strcmp(a->boot, b->boot) == 0;
}

/* A file beside it that nobody else names, with the lease in it. Processes of two hosts may share a number. */
static int write_beside(char *out, size_t room, const struct sb_lease *lease, const char *path,
                        struct sb_error *err)
{
    char text[700];
    json_t *json = json_pack("{s:s,s:s,s:I,s:I,s:I}", "host", lease->host, "boot", lease->boot,
                             "pid", (json_int_t)lease->pid, "start", (json_int_t)lease->start,
                             "beat", (json_int_t)lease->beat);
    const size_t length = json ? json_dumpb(json, text, sizeof text - 1, JSON_COMPACT) : 0;
    json_decref(json);
    if (length == 0 || length > sizeof text - 1) {
        return sb_fail(err, SB_EINVAL, "%s: this host's name is no text", path);
    }
    text[length] = '\n';
    if ((size_t)snprintf(out, room, "%s.%.8s%llx", path, lease->boot, sb_process_now_ns()) >=
        room) {
        return sb_fail(err, SB_EINVAL, "%.200s…: path too long", path);
    }
    return sb_fs_write(out, text, length + 1, err);
}

/* 0: it is ours; 1: there is one. A link is made once, on any file system; where there are none, O_EXCL must do. */
static int create(const struct sb_lease *lease, const char *path, struct sb_error *err)
{
    char beside[PATH_MAX];
    int code = write_beside(beside, sizeof beside, lease, path, err);
    if (code != 0) {
        return code;
    }
    if (link(beside, path) != 0) {
        code = errno == EEXIST ? 1 : 2;
    }
    if (code == 2) {
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        code = fd < 0 && errno == EEXIST ? 1
               : fd < 0 ? sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno))
               : rename(beside, path) != 0
                   ? sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno))
                   : 0;
        if (fd >= 0) {
            close(fd);
        }
    }
    unlink(beside);
    return code;
}

static int replace(const struct sb_lease *lease, const char *path, struct sb_error *err)
{
    char beside[PATH_MAX];
    int code = write_beside(beside, sizeof beside, lease, path, err);
    if (code == 0 && rename(beside, path) != 0) {
        code = sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
        unlink(beside);
    }
    return code;
}

static int read_lease(struct sb_lease *out, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    memset(out, 0, sizeof *out);
    json_t *json = sb_fs_read(&text, &length, path, NULL) == 0
                       ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    free(text);
    if (!json) {
        return SB_ENOTFOUND;
    }
    snprintf(out->host, sizeof out->host, "%s", sb_json_text_or(json, "host", ""));
    snprintf(out->boot, sizeof out->boot, "%s", sb_json_text_or(json, "boot", ""));
    out->pid = (long)sb_json_integer_or(json, "pid", 0);
    out->start = (unsigned long long)sb_json_integer_or(json, "start", 0);
    out->beat = sb_json_integer_or(json, "beat", 0);
    json_decref(json);
    return 0;
}

/* Takes a dead one's lease away: of several that try, one moves the file; who moved another's puts it back. */
static void bury(const struct sb_lease *dead, const char *path)
{
    char aside[PATH_MAX];
    struct sb_lease moved;
    snprintf(aside, sizeof aside, "%s.dead%lx%llx", path, (long)getpid(), sb_process_now_ns());
    if (rename(path, aside) != 0) {
        return;
    }
    const bool known = read_lease(&moved, aside) == 0;
    if (known && !(same_driver(&moved, dead) && moved.beat == dead->beat)) {
        (void)!link(aside, path);
    }
    unlink(aside);
}

int sb_lease_read(struct sb_lease *out, const char *folder)
{
    char path[PATH_MAX];
    return path_of(path, sizeof path, folder, NULL) == 0 ? read_lease(out, path) : SB_ENOTFOUND;
}

bool sb_lease_alive(const struct sb_lease *lease, const char *folder, double patience_s)
{
    char boot[40];
    boot_here(boot);
    if (strcmp(boot, lease->boot) == 0) {
        return lease->pid > 0 && lease->start > 0 &&
               sb_process_start_time(lease->pid) == lease->start;
    }
    for (double waited = 0; waited < patience_s; waited += 0.5) {
        struct sb_lease now;
        nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
        if (sb_lease_read(&now, folder) != 0) {
            return false; /* given back */
        }
        if (now.beat != lease->beat || now.pid != lease->pid) {
            return true;
        }
    }
    return patience_s <= 0;
}

int sb_lease_take(struct sb_lease *out, const char *folder, struct sb_error *err)
{
    char path[PATH_MAX];
    memset(out, 0, sizeof *out);
    gethostname(out->host, sizeof out->host - 1);
    boot_here(out->boot);
    out->pid = getpid();
    out->start = sb_process_start_time(getpid());
    out->beat = 1;
    int code = path_of(path, sizeof path, folder, err);
    for (int tries = 0; code == 0 && tries < 10; ++tries) {
        struct sb_lease holder;
        code = create(out, path, err);
        if (code != 1) {
            return code;
        }
        code = 0;
        const bool known = read_lease(&holder, path) == 0;
        if (known && same_driver(&holder, out)) {
            return replace(out, path, err);
        }
        if (known && sb_lease_alive(&holder, folder, 3 * SB_LEASE_RENEW_S)) {
            return sb_fail(err, SB_EINVAL,
                           "%s: still running: process %ld on %s drives it; 'switchbench status' "
                           "shows how far it is",
                           folder, holder.pid, holder.host);
        }
        bury(&holder, path);
    }
    return code != 0 ? code : sb_fail(err, SB_EINVAL, "%s: others take it again and again", folder);
}

int sb_lease_renew(struct sb_lease *lease, const char *folder, struct sb_error *err)
{
    char path[PATH_MAX];
    struct sb_lease now;
    int code = path_of(path, sizeof path, folder, err);
    lease->beat++;
    bool known = code == 0 && read_lease(&now, path) == 0;
    if (code == 0 &&
        !known) { /* taken away: one that thought us dead is about to be in our place */
        code = create(lease, path, err);
        known = code == 1 && read_lease(&now, path) == 0;
        if (code != 1) {
            return code;
        }
        code = 0;
    }
    if (code == 0 && known && !same_driver(&now, lease)) {
        return sb_fail(err, SB_EINVAL, "%s: process %ld on %s has taken over", folder, now.pid,
                       now.host);
    }
    return code != 0 ? code : replace(lease, path, err);
}

void sb_lease_drop(const struct sb_lease *lease, const char *folder)
{
    char path[PATH_MAX];
    struct sb_lease now;
    if (sb_lease_read(&now, folder) == 0 && same_driver(&now, lease) &&
        path_of(path, sizeof path, folder, NULL) == 0) {
        unlink(path);
    }
}
