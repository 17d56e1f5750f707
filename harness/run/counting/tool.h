/* SPDX-License-Identifier: Apache-2.0 */
/** What sources with again() share: the cell's job as they want it, and the tool's run of it. */
#ifndef SB_TOOL_H
#define SB_TOOL_H

#include "harness/run/counters/counter_source.h"

/**
 * Writes @p again's job anew, with the members of @p job and of @p cell over its own; both are released, and may be NULL.
 * SB_ENOMEM, SB_EIO.
 */
int sb_tool_job(const struct sb_again *again, json_t *job, json_t *cell, struct sb_error *err);

/**
 * Runs @p argv, which in the end is `switchbench-runner --counted`, and waits; *out is the line that it printed, or NULL
 * where it printed none. SB_ELIMIT: it took longer than the time limit; SB_EABSENT: no such program; SB_ECRASH: it died, or its last
 * words, as under @p tool. @p out may be NULL.
 */
int sb_tool_run(json_t **out, const char *const argv[], const char *tool,
                const struct sb_again *again, struct sb_error *err);

/** One event as again() tells it. New reference. */
json_t *sb_tool_event(const struct sb_counter_event *event, double value);

/** The first line of what `<program> --version` says; SB_EABSENT. */
int sb_tool_version(char *out, size_t room, const char *program, struct sb_error *err);

#endif
