/* SPDX-License-Identifier: Apache-2.0 */
/** Files and folders. All errors are SB_EIO with the path and the system's reason. */
#ifndef SB_FS_H
#define SB_FS_H

#include "harness/util/error.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/** Creates @p path and its parents (mode 0700). */
int sb_fs_mkdirs(const char *path, struct sb_error *err);
/** SB_EINVAL for what is there and is no regular file: a pipe waits for ever, a device may never end. */
int sb_fs_expect_file(const char *path, struct sb_error *err);
/** Reads a whole file; *out is malloc'ed and NUL-terminated. SB_ENOTFOUND where there is none,
 *  SB_EINVAL for what is no regular file. */
int sb_fs_read(char **out, size_t *length, const char *path, struct sb_error *err);
/** Writes a file so that readers see the old or the new one whole (temporary file, fsync, rename). Into what is there and is no
 *  file (a pipe, a device) it is written directly; a pipe that nobody reads is SB_EIO. */
int sb_fs_write(const char *path, const void *data, size_t length, struct sb_error *err);
/** The same, what is written being put out piece by piece by @p put, whose errors count. */
int sb_fs_write_by(const char *path, int (*put)(FILE *out, void *payload, struct sb_error *err),
                   void *payload, struct sb_error *err);
/** Writes all of @p data to @p fd, through short writes and EINTR. */
int sb_fs_write_all(int fd, const void *data, size_t length, const char *path,
                    struct sb_error *err);
/** Cuts off what a kill left of a last line, so that the next one begins a line. @p fd can be read and written; *whole: the
 *  bytes that stay. */
int sb_fs_cut_torn(off_t *whole, int fd, const char *path, struct sb_error *err);
/** "<parent>/<name>"; SB_EINVAL where it does not fit. */
int sb_fs_join(char *out, size_t room, const char *parent, const char *name, struct sb_error *err);
/** For the beginning of main(): what is created is the user's alone, whatever the umask; no file that is opened later becomes a closed standard stream (writing to one fails),
 *  and a file-size limit is an error, not a signal. */
void sb_fs_own_streams(void);
/** Folder of this program's file. */
const char *sb_fs_program_folder(void);
/** The cache folder for @p what ("code", "index"): $SWITCHBENCH_CACHE, else $XDG_CACHE_HOME/switchbench, else
 *  ~/.cache/switchbench; created. */
int sb_fs_cache(char *out, size_t room, const char *what, struct sb_error *err);

#endif
