/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/command.h"
#include "harness/cli/where.h"
#include "harness/util/fs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_log(const struct sb_folder *folder, const char *name, bool heading,
                     struct sb_error *err)
{
    char path[PATH_MAX];
    char *text = NULL;
    size_t length = 0;
    int rc = sb_fs_join(path, sizeof path, folder->path, name, err);
    rc = rc ? rc : sb_fs_read(&text, &length, path, err);
    if (rc == SB_OK && length > 0) {
        if (heading) {
            printf("==> %s <==\n", name);
        }
        fwrite(text, 1, length, stdout);
        if (text[length - 1] != '\n') {
            putchar('\n');
        }
    }
    free(text);
    return rc == SB_ENOTFOUND && heading ? SB_OK : rc;
}

static int print_job(const struct sb_folder *folder, const char *job, struct sb_error *err)
{
    char name[64];
    const int number = sb_folder_job_number(job);
    if (number == 0 || number > folder->job_count || strchr(job, '.')) {
        return sb_fail(err, SB_ENOTFOUND, "%s: no job '%.40s'; it has job-1 to job-%d",
                       folder->path, job, folder->job_count);
    }
    snprintf(name, sizeof name, "jobs/job-%d.log", number);
    return print_log(folder, name, false, err);
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    (void)input;
    char path[1024];
    const char *first = operands->count ? operands->item[0] : NULL;
    const bool job_alone = operands->count == 1 && sb_folder_job_number(first) > 0;
    const char *job = operands->count == 2 ? operands->item[1] : job_alone ? first : NULL;
    int rc = sb_where_campaign(path, sizeof path, job_alone ? NULL : first, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err);
    if (rc) {
        return rc;
    }
    if (job) {
        rc = print_job(&folder, job, err);
    } else {
        rc = print_log(&folder, "driver.log", true, err);
        for (int n = 1; rc == SB_OK && n <= folder.job_count; ++n) {
            char name[64];
            snprintf(name, sizeof name, "jobs/job-%d.log", n);
            rc = print_log(&folder, name, true, err);
        }
    }
    sb_folder_close(&folder);
    return rc;
}

const struct sb_command sb_command_logs = {
    .name = "logs",
    .help = "what a campaign's jobs said beside their records",
    .operands = "[CAMPAIGN] [job-N]",
    .lesson =
        "Prints the log of the driver, where it ran in the background, and of every job, or of "
        "one: what the runner,\n"
        "the container engine and the scheduler said. Without CAMPAIGN: the newest campaign.",
    .examples = "switchbench logs                    # all of the newest campaign\n"
                "switchbench logs before job-3       # one job of the campaign in before/",
    .operands_most = 2,
    .run = run,
};
