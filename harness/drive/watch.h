/* SPDX-License-Identifier: Apache-2.0 */
/** What wakes the driver: growing files (where the file system tells), ended children, signals, time. */
#ifndef SB_DRIVE_WATCH_H
#define SB_DRIVE_WATCH_H

#include "harness/drive/drive.h"

struct sb_drive_watch {
    int inotify;                 /* −1: the system has none */
    int wake[2];                 /* written by signal handlers */
    void *before;                /* what the signals did */
    unsigned long long swept_ns; /* when all files were last looked at */
};

/** Begins to catch SIGINT, SIGTERM and SIGCHLD and to watch the folder's files. SB_EIO. */
int sb_drive_watch_begin(struct sb_drive_watch *out, const struct sb_drive *d,
                         struct sb_error *err);
/** Sleeps until something may have happened, at most until @p until_ns. */
void sb_drive_watch_wait(struct sb_drive_watch *watch, unsigned long long until_ns);
/** Follows the jobs whose files have grown; all of them now and then. */
int sb_drive_watch_follow(struct sb_drive_watch *watch, struct sb_drive *d, struct sb_error *err);
/** The signal that asked for the end; 0: none. */
int sb_drive_watch_signal(void);
/** Whether a child has ended since the last time this was asked. */
bool sb_drive_watch_child(void);
void sb_drive_watch_end(struct sb_drive_watch *watch);

#endif
