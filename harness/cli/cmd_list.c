/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/catalogue.h"
#include "harness/cli/cells_table.h"
#include "harness/cli/targets.h"
#include "harness/cli/where.h"
#include "harness/place/resolve.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
    struct sb_campaign campaign;
    struct sb_output output;
};

static const struct sb_option_use uses[] = {
    {"Output", sb_output_options, offsetof(struct input, output)},
    {"Axes and limits (for 'list cells')", sb_campaign_options, offsetof(struct input, campaign)},
    {NULL, NULL, 0},
};

static const char *const words[] = {"kernels",    "backends", "targets", "cells",   "presets",
                                    "parameters", "sheets",   "places",  "engines", "schedulers",
                                    "counters",   "metrics",  NULL};

typedef int (*fill)(struct sb_table *table, const struct sb_strings *names, struct sb_error *err);
static const fill fills[] = {
    sb_catalogue_kernels, sb_catalogue_backends,   sb_catalogue_targets,  NULL,
    sb_catalogue_presets, sb_catalogue_parameters, sb_catalogue_sheets,   sb_catalogue_places,
    sb_catalogue_engines, sb_catalogue_schedulers, sb_catalogue_counters, sb_catalogue_metrics};

static const char *word(int i, const void *payload)
{
    (void)payload;
    return words[i];
}

static int what_of(int *out, const struct sb_strings *operands, struct sb_error *err)
{
    const char *name = operands->count ? operands->item[0] : "kernels";
    for (*out = 0; words[*out]; ++*out) {
        if (strcmp(words[*out], name) == 0) {
            return SB_OK;
        }
    }
    const char *near = sb_text_closest(name, *out, word, NULL);
    if (near) {
        return sb_fail(err, SB_EINVAL, "list: unknown '%s'; did you mean '%s'?", name, near);
    }
    return sb_fail(err, SB_EINVAL,
                   "list: unknown '%s'; one of kernels, backends, targets, cells, presets, "
                   "parameters, sheets, places, engines, schedulers, counters, metrics",
                   name);
}

static int prepare(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    int what = 0;
    int rc = what_of(&what, operands, err);
    if (rc || strcmp(words[what], "cells") != 0) {
        return rc;
    }
    rc = sb_where_file(&in->campaign, operands, 1, err);
    return rc ? rc : sb_where_kernels(&in->campaign, operands, 1, err);
}

static int list_cells(struct input *in, struct sb_error *err)
{
    struct sb_plan plan = {0};
    int rc = sb_targets_resolve(&in->campaign, err);
    rc = rc ? rc : sb_places_resolve(&in->campaign, err);
    rc = rc ? rc : sb_plan_make(&plan, &in->campaign, err);
    rc = rc ? rc : sb_cells_print(&plan, &in->output, err);
    rc = rc ? rc : plan.cell_count ? SB_EXIT_PASSED : SB_EXIT_NOTHING;
    sb_plan_free(&plan);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    int what = 0;
    int rc = sb_output_check(&in->output, err);
    rc = rc ? rc : what_of(&what, operands, err);
    if (rc) {
        return rc;
    }
    if (!fills[what]) {
        return list_cells(in, err);
    }
    const int skip = operands->count ? 1 : 0;
    const struct sb_strings names = {.item = operands->item + skip,
                                     .count = operands->count - skip};
    struct sb_table table;
    rc = fills[what](&table, &names, err);
    rc = rc ? rc : sb_table_print(&table, &in->output, stdout, err);
    sb_table_free(&table);
    return rc;
}

static void release(void *input)
{
    sb_campaign_free(&((struct input *)input)->campaign);
}

const struct sb_command sb_command_list = {
    .name = "list",
    .help = "list kernels, backends, targets, cells, presets, parameters, sheets, places, …",
    .operands = "[kernels | backends | targets | cells | presets | parameters | sheets | places | "
                "engines | schedulers | counters | metrics] [NAME | FOLDER | CAMPAIGN.yaml]…",
    .lesson = "kernels     what can be computed, with the implementations there are (the default)\n"
              "backends    what executes here: every device found, or the reason there is none\n"
              "targets     architectures: whether they compile here, what to install, what "
              "emulates them\n"
              "presets     the sizes of problem of each kernel, and what memory they take\n"
              "parameters  what can be set with --set, with units and bounds\n"
              "cells       what 'switchbench run' with the same arguments would run\n"
              "sheets      published figures of devices, from which 'counts' bounds a time; a name "
              "or file "
              "shows every\n"
              "            figure with its source\n"
              "places      where campaigns can run: those of site.yaml, or of the file named\n"
              "engines     container engines: their versions, or why they are not here\n"
              "schedulers  what starts jobs: whether it answers here\n"
              "counters    what counts events, energy and power: whether it does here, or why not; "
              "a source's name\n"
              "            shows its events\n"
              "metrics     what is derived from counters, in the same words everywhere; a metric's "
              "name shows\n"
              "            its formulas, what each counts, and who published it",
    .examples = "switchbench list                              # all kernels\n"
                "switchbench list parameters gemm              # what can be set\n"
                "switchbench list presets ./my_kernel          # of a kernel of your own\n"
                "switchbench list cells gemm --set n=256,512   # the matrix, before running it\n"
                "switchbench list backends --json              # for programs\n"
                "switchbench list counters perf_event         # its events\n"
                "switchbench list metrics flop_double          # its formulas\n"
                "switchbench list sheets H200                  # each figure and its source",
    .options = uses,
    .words = words,
    .operands_most = -1,
    .room = sizeof(struct input),
    .prepare = prepare,
    .run = run,
    .release = release,
};
