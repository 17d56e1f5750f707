/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/campaign/lease.h"
#include "harness/cli/where.h"
#include "harness/pipeline.h"
#include "harness/util/fs.h"

#include "harness/cli/command.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* The driver looks for the file at every turn; it takes it away when it obeys. */
static int ask_driver(const char *path, struct sb_error *err)
{
    char file[PATH_MAX];
    int rc = sb_fs_join(file, sizeof file, path, SB_CANCEL_FILE, err);
    return rc ? rc : sb_fs_write(file, "", 0, err);
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    (void)input;
    char path[1024];
    int rc = sb_where_campaign(path, sizeof path, operands->count ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err);
    if (rc) {
        return rc;
    }
    char real[1024];
    snprintf(real, sizeof real, "%s", folder.path);
    sb_folder_close(&folder);
    struct sb_lease lease;
    rc = ask_driver(real, err);
    if (rc == SB_OK && sb_lease_read(&lease, real) == 0 && sb_lease_alive(&lease, real, 0)) {
        for (int i = 0; i < 600; ++i) { /* a minute: a scheduler may be slow to end a job */
            if (sb_lease_read(&lease, real) != 0) {
                printf("cancelled: %s\n", real);
                return SB_EXIT_PASSED;
            }
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        }
        return sb_fail(
            err, SB_EINFRA,
            "%s: process %ld on %s was asked to cancel and has not answered for a minute", real,
            lease.pid, lease.host);
    }
    /* nobody drives: take over for as long as it takes to end what was submitted */
    rc = rc ? rc : sb_folder_open(&folder, real, true, err);
    if (rc) {
        return rc;
    }
    struct sb_error told = {0};
    rc = sb_pipeline_run(&folder, NULL, &told);
    char file[PATH_MAX];
    if (sb_fs_join(file, sizeof file, real, SB_CANCEL_FILE, NULL) == 0) {
        unlink(file);
    }
    sb_folder_close(&folder);
    if (rc == SB_EINFRA || rc == SB_OK) {
        printf("cancelled: %s\n", real);
        return SB_EXIT_PASSED;
    }
    return sb_fail(err, rc, "%s", told.text);
}

const struct sb_command sb_command_cancel = {
    .name = "cancel",
    .help = "end a campaign's jobs, on whatever scheduler they are",
    .operands = "[CAMPAIGN]",
    .lesson =
        "Tells the campaign's driver to end its jobs, or, where nobody drives, ends those that the "
        "journal knows. What\n"
        "was measured stays; 'switchbench resume' runs the rest. Without an argument: the "
        "newest campaign.",
    .examples = "switchbench cancel                  # the newest campaign\n"
                "switchbench cancel before           # the campaign in the folder before/",
    .operands_most = 1,
    .run = run,
};
