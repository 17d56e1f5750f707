/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where a runner's lines go: records to one file, events ("started", "trying") to another, or both to stdout as JSON lines.
 *
 * A job must not run twice at once: a scheduler may start it again elsewhere while a node that it takes for dead still works.
 * Hence the owner file: a runner writes its name there when it starts, and stops before the next line once another name, or
 * "revoked", stands there. A job that was started again finds the records of the first time, and goes on behind them.
 */
#ifndef SB_RECORDS_H
#define SB_RECORDS_H

#include "harness/run/job.h"

/**
 * Opens the files; each may be NULL. A torn last line in @p records is cut off. SB_EIO; SB_EINFRA "… was taken back …".
 */
int sb_records_begin(const char *records, const char *events, const char *owner,
                     struct sb_error *err);
/** Leaves out the cells of @p job that have a record already, except lost ones. */
int sb_records_skip_ended(struct sb_job *job, const char *records, struct sb_error *err);
/** Writes one line where it belongs, to @p fd where no files were opened. SB_EIO (nothing of it stays), SB_EINFRA. */
int sb_records_say(int fd, const json_t *line, struct sb_error *err);
/** SB_EINFRA where the job is not this runner's any more. */
int sb_records_still_mine(struct sb_error *err);

#endif
