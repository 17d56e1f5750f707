/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/cells_table.h"
#include "harness/cli/counters_check.h"
#include "harness/cli/detach.h"
#include "harness/cli/summary.h"
#include "harness/cli/targets.h"
#include "harness/cli/where.h"
#include "harness/drive/show.h"
#include "harness/place/resolve.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct mine {
    char *folder;
    bool dry_run, detach;
};

struct input {
    struct sb_campaign campaign;
    struct sb_output output;
    struct mine mine;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FOLDER,
     .flag = "output",
     .letter = 'o',
     .value = "DIR",
     .usual = "campaigns/<UTC time>-<name>",
     .help = "folder of the campaign",
     .offset = offsetof(struct mine, folder)},
    {.type = SB_OPTION_FLAG,
     .flag = "dry-run",
     .help = "print the cells, and elsewhere than here every job's script; run nothing",
     .offset = offsetof(struct mine, dry_run)},
    {.type = SB_OPTION_FLAG,
     .flag = "detach",
     .letter = 'd',
     .help = "go on in the background; 'status', 'wait', 'logs', 'cancel' find it",
     .offset = offsetof(struct mine, detach)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"Axes and limits", sb_campaign_options, offsetof(struct input, campaign)},
    {"This run", rows, offsetof(struct input, mine)},
    {"Output", sb_output_junit_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static int prepare(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    const int rc = sb_where_file(&in->campaign, operands, 0, err);
    return rc ? rc : sb_where_kernels(&in->campaign, operands, 0, err);
}

static void usual_folder(char *out, size_t room, const struct sb_plan *plan, const char *named)
{
    if (named) {
        snprintf(out, room, "%s", named);
    } else {
        snprintf(out, room, "%s/%s", SB_CAMPAIGNS, plan->id);
    }
}

/* The scripts of jobs that go anywhere but to a process here. */
static int show_jobs(const struct sb_plan *plan, const char *folder, struct sb_error *err)
{
    bool plain = plan->place_count == 1;
    for (int i = 0; i < plan->place_count; ++i) {
        plain = plain && strcmp(plan->place[i].scheduler, "local") == 0 &&
                strcmp(plan->place[i].engine, "none") == 0;
    }
    char whole[2048];
    char here[1024];
    if (folder[0] == '/' || !getcwd(here, sizeof here)) {
        snprintf(whole, sizeof whole, "%s", folder);
    } else {
        snprintf(whole, sizeof whole, "%s/%s", here, folder);
    }
    putchar('\n');
    return plain ? SB_OK : sb_drive_show(stdout, plan, whole, err);
}

static int dry_run(const struct sb_plan *plan, const struct input *in, struct sb_error *err)
{
    char folder[1024];
    usual_folder(folder, sizeof folder, plan, in->mine.folder);
    int rc = sb_cells_print(plan, &in->output, err);
    rc = rc || in->output.json || in->output.csv ? rc : show_jobs(plan, folder, err);
    return rc ? rc : plan->cell_count ? SB_EXIT_PASSED : SB_EXIT_NOTHING;
}

static int run_plan(struct sb_plan *plan, const struct input *in, struct sb_error *err)
{
    char path[1024];
    if (in->mine.folder) {
        snprintf(path, sizeof path, "%s", in->mine.folder);
    } else {
        sb_where_new(path, sizeof path, plan);
    }
    struct sb_folder folder = {.journal_fd = -1};
    int rc = sb_folder_create(&folder, path, plan, err);
    if (rc) {
        return rc;
    }
    if (in->mine.detach) {
        rc = sb_detach_run(&folder, &in->output, err);
        if (rc == SB_OK) {
            printf("campaign: %s\n", folder.path);
        }
    } else {
        rc = sb_summary_run(&folder, &in->output, err);
    }
    sb_folder_close(&folder);
    return rc;
}

/* --counts is silent elsewhere; asked for in vain, it says so. */
static void note_counts(const struct sb_plan *plan)
{
    bool counted = !plan->counts;
    for (int i = 0; i < plan->cell_count && !counted; ++i) {
        counted = strcmp(plan->cell[i].backend, "twin") == 0;
    }
    if (!counted) {
        sb_say("run: only the twin counts, and no cell runs on it: add '--backends twin'");
    }
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    (void)operands;
    int rc = sb_output_check(&in->output, err);
    if (rc) {
        return rc;
    }
    struct sb_plan plan = {0};
    rc = sb_targets_resolve(&in->campaign, err);
    rc = rc ? rc : sb_places_resolve(&in->campaign, err);
    rc = rc ? rc : sb_plan_make(&plan, &in->campaign, err);
    rc = rc ? rc : sb_counters_check(&plan, err);
    if (rc == SB_OK && in->mine.dry_run) {
        rc = dry_run(&plan, in, err);
    } else if (rc == SB_OK && plan.cell_count == 0) {
        sb_say("run: no cell is left: the axes exclude each other; 'switchbench list cells' shows "
               "what there is");
        rc = SB_EXIT_NOTHING;
    } else if (rc == SB_OK) {
        note_counts(&plan);
        rc = run_plan(&plan, in, err);
    }
    sb_plan_free(&plan);
    return rc;
}

static void release(void *input)
{
    sb_campaign_free(&((struct input *)input)->campaign);
}

const struct sb_command sb_command_run = {
    .name = "run",
    .help = "run a campaign: measure and verify kernels on backends",
    .operands = "[KERNEL | FOLDER | CAMPAIGN.yaml]…",
    .lesson =
        "Plans every combination of kernel, preset, backend and variant, runs each cell in a "
        "process of its own,\n"
        "verifies its result, measures it, and prints a summary. Everything is kept in the "
        "campaign's folder:\n"
        "the records, summary.json, and report.html with plots. Without arguments: every built-in "
        "kernel on the\n"
        "cpu and through OpenCL, preset small.\n"
        "\n"
        "A kernel is a name ('switchbench list kernels') or a folder of your own, written with a "
        "'/'. A campaign file\n"
        "says the same things in YAML; options given here win over it, and over the environment.\n"
        "\n"
        "Interrupt at any moment: what is measured is kept, and 'switchbench resume' goes on.",
    .examples =
        "switchbench run                                   # everything, preset small\n"
        "switchbench run stream gemm -p tiny -b cpu        # two kernels, seconds\n"
        "switchbench run gemm --set n=512:2048:512         # a sweep of sizes: 512, 1024, "
        "1536, 2048\n"
        "switchbench run ./my_kernel --reals float         # a kernel of your own, in "
        "single precision\n"
        "switchbench run site.yaml -o before --repeat 3    # a campaign file, three "
        "replicas, into before/\n"
        "switchbench run fft --dry-run                     # which cells would that be?\n"
        "switchbench run nbody --counters auto,perf_event:dTLB-load-misses   # and why it takes so "
        "long\n"
        "switchbench run -p tiny --places genoa,kube       # at two places of site.yaml\n"
        "switchbench run --engine podman --image localhost/cpu -b cpu   # in a container\n"
        "switchbench run --places slurm --nodes all -d     # on every node, in the background",
    .options = uses,
    .operands_most = -1,
    .room = sizeof(struct input),
    .prepare = prepare,
    .run = run,
    .release = release,
};
