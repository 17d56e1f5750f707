/* SPDX-License-Identifier: Apache-2.0 */
/** What a campaign came to: the table, summary.json, JUnit, the report, and the exit code. */
#ifndef SB_SUMMARY_H
#define SB_SUMMARY_H

#include "harness/campaign/folder.h"
#include "harness/cli/table.h"

/** What the records of a campaign say, read once and one at a time, so that 100,000 of them fit. */
struct sb_summary {
    const struct sb_folder *folder;
    struct sb_table table; /* a row per ended cell, in the order of the records */
    double *wall_ns;       /* per cell of the plan; 0: not known */
    char **reason;         /* per cell of the plan; NULL: none is given */
    json_t *missed;        /* what was not counted, of all records (counters_view.h) */
};

/** Reads the records of @p folder, which stays the caller's and open. SB_EIO, SB_ENOMEM: nothing is to be freed. */
int sb_summary_gather(struct sb_summary *out, const struct sb_folder *folder, struct sb_error *err);
void sb_summary_free(struct sb_summary *summary);
/** Puts out {schema_version, campaign, name, folder, created, planned, ended, counts, exit_code, cells: [rows]}; @p summary is one. */
int sb_summary_put(FILE *out, void *summary, struct sb_error *err);
/** Writes that as summary.json into the folder. SB_EIO, SB_ENOMEM. */
int sb_summary_write(struct sb_summary *summary, struct sb_error *err);
/** The exit code of a campaign: of its states, or 4 where cells are still to run. */
int sb_summary_exit(const struct sb_folder *folder);
/** Writes a JUnit report of all planned cells. SB_EIO. */
int sb_summary_junit(const struct sb_summary *summary, const char *path, struct sb_error *err);
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
