/* SPDX-License-Identifier: Apache-2.0 */
/** `--watch`: this program, run again with its own arguments whenever a source is saved. */
#ifndef SB_WATCH_H
#define SB_WATCH_H

#include "harness/util/error.h"

/**
 * Runs this program once, and again after every save of a source in the folder of @p kernel (a name or a folder), of
 * portable.h or of a dialect, until SIGINT or SIGTERM; a run that a save overtakes is ended. Each is a process of its
 * own, so a kernel's host side is loaded anew. Editors that write beside the file and rename are followed. Returns the
 * exit code of the last run. SB_ENOTFOUND where there is no such folder, SB_EIO.
 */
int sb_watch(const char *kernel, struct sb_error *err);
/** In such a process: which run it is, from 1 on; 0 in any other. */
int sb_watch_round(void);

#endif
