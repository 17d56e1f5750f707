/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/campaign/lease.h"
#include "harness/cli/progress.h"
#include "harness/cli/summary.h"
#include "harness/cli/where.h"

#include <stdio.h>
#include <time.h>

static const struct sb_option_use uses[] = {
    {"Output", sb_output_junit_options, 0},
    {NULL, NULL, 0},
};

/* Looks at the lease alone until nobody drives: a campaign of many cells is not read again and again. */
static void wait_for_driver(const char *path)
{
    struct sb_lease lease;
    while (sb_lease_read(&lease, path) == 0 && sb_lease_alive(&lease, path, 3 * SB_LEASE_RENEW_S)) {
        nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    }
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct sb_output *output = input;
    char path[1024];
    int rc = sb_output_check(output, err);
    rc = rc ? rc
            : sb_where_campaign(path, sizeof path, operands->count ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err); /* is it one? */
    if (rc) {
        return rc;
    }
    char real[1024];
    snprintf(real, sizeof real, "%s", folder.path);
    sb_folder_close(&folder);
    wait_for_driver(real);
    rc = sb_folder_open(&folder, real, false, err);
    if (rc) {
        return rc;
    }
    rc = sb_summary_conclude(&folder, output, err);
    if (folder.ended < folder.plan.cell_count) {
        sb_say("wait: nobody drives it, and %d of %d cells have not ended: 'switchbench resume %s' "
               "goes on",
               folder.plan.cell_count - folder.ended, folder.plan.cell_count, real);
    }
    sb_folder_close(&folder);
    return rc;
}

const struct sb_command sb_command_wait = {
    .name = "wait",
    .help = "wait for a campaign that runs in the background, and judge it",
    .operands = "[CAMPAIGN]",
    .lesson =
        "Returns when nobody drives the campaign any more, here or on another machine that sees "
        "its folder, with the\n"
        "summary and the exit code that 'run' would have had. Without an argument: the newest "
        "campaign.",
    .examples = "switchbench wait                    # the newest campaign\n"
                "switchbench wait before --json      # for programs",
    .options = uses,
    .operands_most = 1,
    .room = sizeof(struct sb_output),
    .run = run,
};
