/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/summary.h"
#include "harness/cli/where.h"

#include <stdio.h>

struct mine {
    bool cells, jobs;
};

struct input {
    struct sb_output output;
    struct mine mine;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FLAG,
     .flag = "cells",
     .letter = 'c',
     .help = "one row per planned cell",
     .offset = offsetof(struct mine, cells)},
    {.type = SB_OPTION_FLAG,
     .flag = "jobs",
     .help = "one row per job, with what its scheduler said last",
     .offset = offsetof(struct mine, jobs)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"This command", rows, offsetof(struct input, mine)},
    {"Output", sb_output_junit_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static const struct sb_column one_columns[] = {
    {"campaign", "campaign", false},
    {"folder", NULL, false},
    {"activity", "activity", false},
    {"planned", "planned", true},
    {"ended", "ended", true},
    {"passed", "passed", true},
    {"wrong", "wrong", true},
    {"failed", "failed", true},
    {"unsupported", "unsupported", true},
    {"lost", "lost", true},
    {"attempt", "attempt", true},
    {NULL, NULL, false},
};

static const struct sb_column cell_columns[] = {
    {"cell", "cell", false},
    {"name", "name", false},
    {"state", "state", false},
    {NULL, NULL, false},
};

static const struct sb_column job_columns[] = {
    {"job", "job", false},     {"place", "place", false}, {"id", "id", false},
    {"attempt", "try", true},  {"state", "state", false}, {"node", "node", false},
    {"words", "words", false}, {NULL, NULL, false},
};

static void add_jobs(struct sb_table *table, const struct sb_folder *folder)
{
    for (int i = 0; i < folder->job_count; ++i) {
        const struct sb_folder_job *job = &folder->job[i];
        char name[32];
        if (!job->place) {
            continue;
        }
        snprintf(name, sizeof name, "job-%d", i + 1);
        sb_table_text(table, name);
        sb_table_text(table, job->place);
        sb_table_text(table, job->id ? job->id : "");
        sb_table_number(table, job->attempt, NULL);
        sb_table_text(table, job->state[0] ? job->state : job->id ? "submitted" : "submitting");
        sb_table_text(table, job->node ? job->node : "");
        sb_table_text(table, job->words ? job->words : "");
    }
}

static void add_one(struct sb_table *table, const struct sb_folder *folder)
{
    const bool done = folder->ended == folder->plan.cell_count;
    const bool running = sb_where_running(folder);
    sb_table_text(table, folder->plan.id);
    sb_table_text(table, folder->path);
    sb_table_coloured(table,
                      running ? SB_BLUE
                      : done  ? SB_GREEN
                              : SB_YELLOW,
                      running ? "running"
                      : done  ? "finished"
                              : "interrupted");
    sb_table_number(table, folder->plan.cell_count, NULL);
    sb_table_number(table, folder->ended, NULL);
    for (int state = 0; state < SB_STATES; ++state) {
        sb_table_number(table, folder->counts[state], NULL);
    }
    sb_table_number(table, folder->attempt, NULL);
}

static void add_cells(struct sb_table *table, const struct sb_folder *folder)
{
    for (int i = 0; i < folder->plan.cell_count; ++i) {
        char name[512];
        sb_cell_name(name, sizeof name, &folder->plan.cell[i]);
        sb_table_text(table, folder->plan.cell[i].id);
        sb_table_text(table, name);
        sb_table_state(table, folder->state[i], "not ended");
    }
}

static int show(const struct sb_folder *folder, const struct input *in, struct sb_error *err)
{
    struct sb_table table;
    sb_table_init(&table, in->mine.jobs    ? job_columns
                          : in->mine.cells ? cell_columns
                                           : one_columns);
    if (in->mine.jobs) {
        add_jobs(&table, folder);
    } else if (in->mine.cells) {
        add_cells(&table, folder);
    } else {
        add_one(&table, folder);
    }
    int rc = sb_table_print(&table, &in->output, stdout, err);
    sb_table_free(&table);
    struct sb_summary summary;
    rc = rc || !in->output.junit ? rc : sb_summary_gather(&summary, folder, err);
    if (rc == SB_OK && in->output.junit) {
        rc = sb_summary_junit(&summary, in->output.junit, err);
        sb_summary_free(&summary);
    }
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    char path[1024];
    int rc = sb_output_check(&in->output, err);
    rc = rc ? rc
            : sb_where_campaign(path, sizeof path, operands->count ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err);
    if (rc) {
        return rc;
    }
    if (folder.warning[0]) {
        sb_say("%s: %s", path, folder.warning);
    }
    if (in->mine.cells && in->mine.jobs) {
        rc = sb_fail(err, SB_EINVAL, "status: --cells and --jobs are two tables: ask for one");
    }
    rc = rc ? rc : show(&folder, in, err);
    sb_folder_close(&folder);
    return rc;
}

const struct sb_command sb_command_status = {
    .name = "status",
    .help = "how far a campaign is",
    .operands = "[CAMPAIGN]",
    .lesson = "Counts the campaign's cells by state, from its plan, journal and records; it may be "
              "running, on this\n"
              "machine or another. Ends with 0 whatever the states are: 'run' and 'resume' judge. "
              "Without an argument:\n"
              "the newest campaign.",
    .examples = "switchbench status                  # the newest campaign\n"
                "switchbench status before --cells   # each cell of the campaign in before/\n"
                "switchbench status --jobs           # what the schedulers said of each job\n"
                "switchbench status --json           # for programs",
    .options = uses,
    .operands_most = 1,
    .room = sizeof(struct input),
    .run = run,
};
