/* SPDX-License-Identifier: Apache-2.0 */
/** What a campaign came to: the table, summary.json, JUnit, the report, and the exit code. */
#ifndef SB_SUMMARY_H
#define SB_SUMMARY_H

#include "harness/campaign/folder.h"
#include "harness/cli/table.h"

/** The table of @p records (an array), filled; freed with sb_table_free(). */
void sb_summary_table(struct sb_table *out, const json_t *records);
/** {schema_version, campaign, name, folder, created, planned, ended, counts, exit_code, cells: [rows]}; NULL: no memory. */
json_t *sb_summary_json(const struct sb_folder *folder, const json_t *records);
/** Writes it as summary.json into the folder; NULL is "out of memory". SB_EIO. */
int sb_summary_write(const struct sb_folder *folder, const json_t *summary, struct sb_error *err);
/** The exit code of a campaign: of its states, or 4 where cells are still to run. */
int sb_summary_exit(const struct sb_folder *folder);
/** Writes a JUnit report of all planned cells. SB_EIO. */
int sb_summary_junit(const struct sb_folder *folder, const json_t *records, const char *path,
                     struct sb_error *err);
/** "12 cells: 10 passed, 1 wrong, 1 not ended". */
void sb_summary_line(char *out, size_t room, const struct sb_folder *folder);
/** Prints as @p output asks, and writes summary.json, report.html and the JUnit report. The exit code, or a negative SB_E*. */
int sb_summary_conclude(const struct sb_folder *folder, const struct sb_output *output,
                        struct sb_error *err);
/**
 * Runs the pipeline with live progress, then prints as @p output asks, writes summary.json and report.html into the
 * folder, and the JUnit report. Returns the exit code, or a negative SB_E*: then too what ended is shown.
 */
int sb_summary_run(struct sb_folder *folder, const struct sb_output *output, struct sb_error *err);

#endif
