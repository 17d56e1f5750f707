/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/watch.h"

#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define SWEEP_NS 1000000000ULL /* NFS tells nobody that a file has grown */

static const int caught[] = {SIGINT, SIGTERM, SIGCHLD};
#define CAUGHT (sizeof caught / sizeof *caught)

static volatile sig_atomic_t asked_to_end;
static volatile sig_atomic_t child_ended;
static volatile sig_atomic_t wake_fd = -1;

static void on_signal(int number)
{
    const int kept = errno;
    if (number == SIGCHLD) {
        child_ended = 1;
    } else {
        asked_to_end = number;
    }
    if (wake_fd >= 0 && write(wake_fd, "", 1) < 0) {
        /* full: it will wake all the same */
    }
    errno = kept;
}

int sb_drive_watch_begin(struct sb_drive_watch *out, const struct sb_drive *d, struct sb_error *err)
{
    *out = (struct sb_drive_watch){.inotify = -1, .wake = {-1, -1}};
    if (pipe2(out->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    struct sigaction *before = calloc(CAUGHT, sizeof *before);
    if (!before) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    asked_to_end = child_ended = 0;
    wake_fd = out->wake[1];
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < CAUGHT; ++i) {
        sigaction(caught[i], &action, &before[i]);
    }
    out->before = before;
    out->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    static const char *const parts[] = {"records", "jobs"};
    for (size_t i = 0; out->inotify >= 0 && i < sizeof parts / sizeof *parts; ++i) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", d->folder->path, parts[i]);
        inotify_add_watch(out->inotify, path, IN_MODIFY | IN_CREATE);
    }
    return 0;
}

void sb_drive_watch_wait(struct sb_drive_watch *watch, unsigned long long until_ns)
{
    const unsigned long long now = sb_process_now_ns();
    const unsigned long long sweep = watch->swept_ns + SWEEP_NS;
    const unsigned long long until = sweep < until_ns ? sweep : until_ns;
    struct pollfd p[] = {{watch->wake[0], POLLIN, 0}, {watch->inotify, POLLIN, 0}};
    const int left_ms = until > now ? (int)((until - now) / 1000000U) + 1 : 0;
    if (poll(p, 2, left_ms) > 0 && p[0].revents) {
        char drained[64];
        while (read(watch->wake[0], drained, sizeof drained) > 0) {
        }
    }
}

static int follow_number(struct sb_drive *d, int number, struct sb_error *err)
{
    for (int i = 0; number > 0 && i < d->job_count; ++i) {
        if (d->job[i]->number == number) {
            bool news = false;
            return sb_drive_follow(d, d->job[i], &news, err);
        }
    }
    return 0;
}

static int follow_told(struct sb_drive_watch *watch, struct sb_drive *d, struct sb_error *err)
{
    _Alignas(struct inotify_event) char buffer[16384];
    int code = 0;
    int last = 0;
    for (ssize_t got; code == 0 && (got = read(watch->inotify, buffer, sizeof buffer)) > 0;) {
        for (ssize_t at = 0; code == 0 && at < got;) {
            const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
            const size_t length = event->len > 0 ? strlen(event->name) : 0;
            const bool log = length > 4 && strcmp(event->name + length - 4, ".log") == 0;
            const int number = length > 0 && !log ? sb_folder_job_number(event->name) : 0;
            code = number != last ? follow_number(d, number, err) : 0;
            last = number;
            at += (ssize_t)(sizeof *event + event->len);
        }
        code = code != 0 ? code : follow_number(d, last, err); /* what came meanwhile */
    }
    return code;
}

int sb_drive_watch_follow(struct sb_drive_watch *watch, struct sb_drive *d, struct sb_error *err)
{
    int code = watch->inotify >= 0 ? follow_told(watch, d, err) : 0;
    const unsigned long long now = sb_process_now_ns();
    if (now >= watch->swept_ns + SWEEP_NS) {
        watch->swept_ns = now;
        for (int i = 0; code == 0 && i < d->job_count; ++i) {
            bool news = false;
            code = sb_drive_follow(d, d->job[i], &news, err);
        }
    }
    return code;
}

int sb_drive_watch_signal(void)
{
    return asked_to_end;
}

bool sb_drive_watch_child(void)
{
    const bool ended = child_ended != 0;
    child_ended = 0;
    return ended;
}

void sb_drive_watch_end(struct sb_drive_watch *watch)
{
    const struct sigaction *before = watch->before;
    for (size_t i = 0; before && i < CAUGHT; ++i) {
        sigaction(caught[i], &before[i], NULL);
    }
    wake_fd = -1;
    free(watch->before);
    if (watch->inotify >= 0) {
        close(watch->inotify);
    }
    for (int i = 0; i < 2; ++i) {
        if (watch->wake[i] >= 0) {
            close(watch->wake[i]);
        }
    }
}
