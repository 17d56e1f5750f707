/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/detach.h"
#include "harness/cli/summary.h"
#include "harness/cli/where.h"

struct input {
    struct sb_output output;
    bool detach;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FLAG,
     .flag = "detach",
     .letter = 'd',
     .help = "go on in the background; 'status', 'wait', 'logs', 'cancel' find it",
     .offset = offsetof(struct input, detach)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"This command", rows, 0},
    {"Output", sb_output_junit_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    const struct sb_output *output = &in->output;
    char path[1024];
    int rc = sb_output_check(output, err);
    rc = rc ? rc
            : sb_where_campaign(path, sizeof path, operands->count ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, true, err);
    if (rc) {
        return rc;
    }
    if (folder.warning[0]) {
        sb_say("%s: %s", path, folder.warning);
    }
    rc = in->detach ? sb_detach_run(&folder, output, err) : sb_summary_run(&folder, output, err);
    sb_folder_close(&folder);
    return rc;
}

const struct sb_command sb_command_resume = {
    .name = "resume",
    .help = "go on with a campaign that was interrupted",
    .operands = "[CAMPAIGN]",
    .lesson = "Replays the journal and the records of the campaign's folder and runs the cells "
              "that have not ended, and\n"
              "those that were lost. Nothing that ended runs again; jobs that are still queued or "
              "running somewhere are\n"
              "taken over. Without an argument: the newest campaign.",
    .examples = "switchbench resume                  # the newest campaign\n"
                "switchbench resume before           # the campaign in the folder before/",
    .options = uses,
    .operands_most = 1,
    .room = sizeof(struct input),
    .run = run,
};
