/* SPDX-License-Identifier: Apache-2.0 */
/** What the journal tells, line by line, and the tables of a folder that are kept in memory. */
#ifndef SB_REPLAY_H
#define SB_REPLAY_H

#include "harness/campaign/folder.h"

/** Applies one line of the journal. SB_ENOMEM. */
int sb_folder_replay(struct sb_folder *folder, const json_t *event, struct sb_error *err);
/** Keeps @p text as the folder's warning, unless there is one. */
void sb_folder_warn(struct sb_folder *folder, const char *text);
/** Sets the cells' states by the records. SB_EIO, SB_ENOMEM. */
int sb_folder_scan(struct sb_folder *folder, struct sb_error *err);
/** A job as its file jobs/<name> tells it: place and attempt. A file that cannot be read tells nothing. SB_ENOMEM. */
int sb_folder_read_job(struct sb_folder *folder, int number, const char *path,
                       struct sb_error *err);
/** Makes the index of cell ids. SB_ENOMEM. */
int sb_folder_index(struct sb_folder *folder);
/** Frees jobs and index. */
void sb_folder_forget(struct sb_folder *folder);

#endif
