/* SPDX-License-Identifier: Apache-2.0 */
/* The end of run and resume: everything a person or a CI job takes away from a campaign. */
#include "harness/cli/counters_view.h"
#include "harness/cli/progress.h"
#include "harness/cli/summary.h"
#include "harness/pipeline.h"
#include "harness/util/fs.h"
#include "results/report/report.h"

#include <stdio.h>

static int print(const struct sb_output *output, struct sb_summary *summary, struct sb_error *err)
{
    return output->json ? sb_summary_put(stdout, summary, err)
                        : sb_table_print(&summary->table, output, stdout, err);
}

/* summary.json, the table and the JUnit report: all that is made of the rows, which are gone when this returns. */
static int conclude_rows(const struct sb_folder *folder, const struct sb_output *output, FILE *told,
                         struct sb_error *err)
{
    struct sb_summary summary;
    char line[256];
    int rc = sb_summary_gather(&summary, folder, err);
    if (rc) {
        return rc;
    }
    rc = sb_summary_write(&summary, err);
    if (rc == SB_OK) {
        rc = print(output, &summary, err);
        sb_counters_print_missed(told, summary.missed);
        sb_summary_line(line, sizeof line, folder);
        fprintf(told, "\n%s\ncampaign: %s\n", line, folder->path);
    }
    if (rc == SB_OK && output->junit) {
        rc = sb_summary_junit(&summary, output->junit, err);
    }
    sb_summary_free(&summary);
    return rc;
}

static int write_report(const struct sb_folder *folder, FILE *out, struct sb_error *err)
{
    char path[1100];
    int rc = sb_fs_join(path, sizeof path, folder->path, "report.html", err);
    if (rc == SB_OK) {
        rc = sb_report_write(folder->path, path, err);
    }
    if (rc == SB_OK) {
        fprintf(out, "report: %s\n", path);
    }
    return rc;
}

int sb_summary_conclude(const struct sb_folder *folder, const struct sb_output *output,
                        struct sb_error *err)
{
    FILE *told = output->json || output->csv ? stderr : stdout;
    int rc = conclude_rows(folder, output, told, err);
    if (rc == SB_OK && folder->ended > 0) {
        rc = write_report(folder, told, err);
    }
    return rc ? rc : sb_summary_exit(folder);
}

int sb_summary_run(struct sb_folder *folder, const struct sb_output *output, struct sb_error *err)
{
    struct sb_progress progress;
    struct sb_live live;
    sb_live_begin(&progress, &live);
    const int rc = sb_pipeline_run(folder, &progress, err);
    sb_live_end(&live);
    if (rc == SB_OK) {
        return sb_summary_conclude(folder, output, err);
    }
    struct sb_error
        other; /* what stopped the campaign is what counts; what was measured is shown all the same */
    if (folder->ended > 0) {
        (void)sb_summary_conclude(folder, output, &other);
    }
    return sb_fail_in(err, rc, "%s", folder->path);
}
