/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/build_table.h"
#include "harness/cli/building.h"
#include "harness/cli/targets.h"
#include "harness/cli/where.h"

#include <stdio.h>
#include <string.h>

struct mine {
    int jobs;
};

struct input {
    struct sb_campaign campaign;
    struct sb_output output;
    struct mine mine;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_INTEGER,
     .flag = "jobs",
     .value = "N",
     .usual = "0",
     .least = 0,
     .most = 256,
     .help = "compile so many at once; 0: as many as there are cores",
     .offset = offsetof(struct mine, jobs)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"Axes and limits", sb_campaign_options, offsetof(struct input, campaign)},
    {"This build", rows, offsetof(struct input, mine)},
    {"Output", sb_output_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

static int prepare(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    const int rc = sb_where_file(&in->campaign, operands, 0, err);
    return rc ? rc : sb_where_kernels(&in->campaign, operands, 0, err);
}

static int print(const struct input *in, const json_t *units, const json_t *told,
                 struct sb_error *err)
{
    struct sb_table table;
    struct sb_build_count count;
    const bool for_programs = in->output.json || in->output.csv;
    int rc = sb_build_table(&table, &count, units, for_programs, err);
    if (for_programs || sb_table_rows(&table) > 0) {
        rc = rc ? rc : sb_table_print(&table, &in->output, stdout, err);
    }
    sb_table_free(&table);
    if (rc == SB_OK && !for_programs) {
        sb_build_tell(stdout, units, told);
        printf("\n%d units for %d targets: %d compiled, %d of them before, %d failed, %d without a "
               "compiler\n",
               count.built + count.failed + count.missing, in->campaign.targets.count, count.built,
               count.cached, count.failed, count.missing);
    }
    return rc ? rc : count.failed ? SB_EXIT_FAILED : count.built ? SB_EXIT_PASSED : SB_EXIT_NOTHING;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    struct sb_plan plan = {0};
    json_t *told = NULL;
    json_t *units = NULL;
    (void)operands;
    int rc = sb_output_check(&in->output, err);
    rc = rc ? rc : sb_targets_resolve_build(&told, &in->campaign, err);
    rc = rc ? rc : sb_plan_make(&plan, &in->campaign, err);
    if (rc == SB_OK && plan.cell_count == 0) {
        sb_say("build: nothing is left to compile: the axes exclude each other; 'switchbench list "
               "targets' shows what there is");
        rc = SB_EXIT_NOTHING;
    } else {
        rc = rc ? rc : sb_building_run(&units, &plan, in->mine.jobs, err);
        rc = rc ? rc : print(in, units, told, err);
    }
    json_decref(units);
    json_decref(told);
    sb_plan_free(&plan);
    return rc;
}

static void release(void *input)
{
    sb_campaign_free(&((struct input *)input)->campaign);
}

const struct sb_command sb_command_build = {
    .name = "build",
    .help = "compile kernels for architectures that need not be here",
    .operands = "[KERNEL | FOLDER | CAMPAIGN.yaml]…",
    .lesson =
        "Compiles every case and variant that 'switchbench run' with the same arguments would run, "
        "for each target\n"
        "that has a compiler here, and reports what came out: registers, shared memory and spills "
        "on GPUs, code size\n"
        "and the widest vectors on CPUs, per function. Runs nothing and needs no device. What is "
        "compiled is kept by\n"
        "its content, so a second build, or a run, finds it.\n"
        "\n"
        "Without --targets: everything that a backend knows ('switchbench list targets'). A target "
        "without a compiler\n"
        "is missing, with what to install; so a CI job can ask for all and fail only where a "
        "kernel does not compile.\n"
        "\n"
        "Ends with 0 where all compiled that could be, 7 where a kernel did not compile, 6 where "
        "nothing could be\n"
        "compiled, 2 for an unknown target.",
    .examples =
        "switchbench build                                      # all kernels, all targets\n"
        "switchbench build gemm --target sm_90,gfx90a           # one kernel, two GPUs\n"
        "switchbench build -p tiny,small,medium,large --csv     # every size, for a "
        "spreadsheet\n"
        "switchbench build ./mine --target armv8.2-a+sve --maths fast,strict   # a kernel "
        "of your own",
    .options = uses,
    .operands_most = -1,
    .room = sizeof(struct input),
    .prepare = prepare,
    .run = run,
    .release = release,
};
