/* SPDX-License-Identifier: Apache-2.0 */
/* The end of run and resume: everything a person or a CI job takes away from a campaign. */
#include "harness/cli/progress.h"
#include "harness/cli/summary.h"
#include "harness/cli/where.h"
#include "harness/pipeline.h"
#include "harness/util/fs.h"
#include "results/report/report.h"

#include <stdlib.h>
#include <string.h>

int sb_summary_write(const struct sb_folder *folder, const json_t *summary, struct sb_error *err)
{
    char path[1100];
    int rc = sb_fs_join(path, sizeof path, folder->path, "summary.json", err);
    char *text = summary ? json_dumps(summary, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    if (rc == SB_OK) {
        rc = text ? sb_fs_write(path, text, strlen(text), err)
                  : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(text);
    return rc;
}

static int print(const struct sb_output *output, const json_t *records, const json_t *summary,
                 struct sb_error *err)
{
    if (output->json) {
        json_dumpf(summary, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        putchar('\n');
        return SB_OK;
    }
    struct sb_table table;
    sb_summary_table(&table, records);
    const int rc = sb_table_print(&table, output, stdout, err);
    sb_table_free(&table);
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
    json_t *records = NULL;
    int rc = sb_where_records(&records, folder, err);
    if (rc) {
        return rc;
    }
    json_t *summary = sb_summary_json(folder, records);
    FILE *told = output->json || output->csv ? stderr : stdout;
    char line[256];
    sb_summary_line(line, sizeof line, folder);
    rc = sb_summary_write(folder, summary, err);
    if (rc == SB_OK) {
        rc = print(output, records, summary, err);
        fprintf(told, "\n%s\ncampaign: %s\n", line, folder->path);
    }
    if (rc == SB_OK && json_array_size(records) > 0) {
        rc = write_report(folder, told, err);
    }
    if (rc == SB_OK && output->junit) {
        rc = sb_summary_junit(folder, records, output->junit, err);
    }
    json_decref(summary);
    json_decref(records);
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
