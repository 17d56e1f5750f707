/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"
#include "harness/cli/progress.h"
#include "harness/cli/summary.h"
#include "harness/cli/switch_view.h"
#include "harness/cli/targets.h"
#include "harness/cli/watch.h"
#include "harness/cli/where.h"
#include "harness/pipeline.h"
#include "harness/plan/cells.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWIN "twin"
#define AT(member) offsetof(struct sb_campaign, member)

struct mine {
    char *to, *from, *folder;
    bool watch, json;
};

struct input {
    struct sb_campaign campaign;
    struct mine mine;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_TEXT,
     .flag = "to",
     .value = "BACKEND[:TARGET]",
     .help = "what to move to: opencl, cuda, cpu:x86-64-v3, …",
     .offset = offsetof(struct mine, to)},
    {.type = SB_OPTION_TEXT,
     .flag = "from",
     .value = "BACKEND",
     .usual = "cpu",
     .help = "the trusted side; it runs in strict maths, on one thread",
     .offset = offsetof(struct mine, from)},
    {.type = SB_OPTION_FLAG,
     .flag = "watch",
     .letter = 'w',
     .help = "do it again whenever a file of the kernel or the dialect is saved",
     .offset = offsetof(struct mine, watch)},
    {.type = SB_OPTION_FLAG,
     .flag = "json",
     .help = "print JSON",
     .offset = offsetof(struct mine, json)},
    {.type = SB_OPTION_FOLDER,
     .flag = "output",
     .letter = 'o',
     .value = "DIR",
     .usual = "campaigns/<UTC time>-switch-<kernel>",
     .help = "folder of the records",
     .offset = offsetof(struct mine, folder)},
    {.type = SB_OPTION_END},
};

static const char *const maths[] = {"fast", "strict", NULL};
static const char *const reals[] = {"double", "float", NULL};
static const struct sb_option case_rows[] = {
    {.type = SB_OPTION_CSV,
     .flag = "presets",
     .letter = 'p',
     .value = "NAME,…",
     .usual = "tiny",
     .help = "sizes of problem: tiny, small, medium, large",
     .offset = AT(presets)},
    {.type = SB_OPTION_CSV,
     .flag = "variants",
     .letter = 'v',
     .value = "NAME,…",
     .usual = "portable",
     .help = "implementations to test: portable, native, vendor",
     .offset = AT(variants)},
    {.type = SB_OPTION_CSV,
     .flag = "labels",
     .letter = 'l',
     .value = "NAME,…",
     .usual = "all",
     .help = "only the cases of a preset with these labels",
     .offset = AT(labels)},
    {.type = SB_OPTION_CSV,
     .flag = "maths",
     .value = "MODE,…",
     .usual = "fast",
     .choices = maths,
     .help = "fast, or strict: the same bits from every backend",
     .offset = AT(maths)},
    {.type = SB_OPTION_CSV,
     .flag = "reals",
     .value = "TYPE,…",
     .usual = "as the preset says",
     .choices = reals,
     .help = "type of real numbers: double, float",
     .offset = AT(precisions)},
    {.type = SB_OPTION_SWEEP,
     .flag = "set",
     .letter = 's',
     .value = "[KERNEL.]P=V,…",
     .help = "a parameter's values; may be repeated",
     .offset = 0},
    {.type = SB_OPTION_SEED,
     .flag = "seed",
     .env = "SWITCHBENCH_SEED",
     .value = "N",
     .usual = "0",
     .help = "seed of all random inputs (0: a fresh one, recorded)",
     .offset = AT(seed)},
    {.type = SB_OPTION_INTEGER,
     .flag = "threads",
     .letter = 'j',
     .env = "SWITCHBENCH_THREADS",
     .value = "N",
     .usual = "0",
     .least = 0,
     .most = 65536,
     .help = "threads on the cpu (0: all allowed cores)",
     .offset = AT(threads)},
    {.type = SB_OPTION_SECONDS,
     .flag = "time-limit",
     .letter = 't',
     .env = "SWITCHBENCH_TIME_LIMIT",
     .value = "TIME",
     .usual = "60s",
     .least = 1e-3,
     .most = 30 * 86400,
     .help = "a run that takes longer is ended and has failed",
     .offset = AT(time_limit_s)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"The move", rows, offsetof(struct input, mine)},
    {"The cases", case_rows, offsetof(struct input, campaign)},
    {NULL, NULL, 0},
};

static int prepare(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    sb_campaign_init(&in->campaign);
    sb_options_defaults(case_rows, &in->campaign);
    return sb_where_kernels(&in->campaign, operands, 0, err);
}

static bool has_backend(const char *name)
{
    for (int i = 0; sb_backend_names[i]; ++i) {
        if (strcmp(sb_backend_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The move in words: backend and target apart. */
struct move {
    char to[32], target[64], from[32];
};

static int read_move(struct move *out, const struct mine *mine, struct sb_error *err)
{
    if (!mine->to) {
        return sb_fail(err, SB_EINVAL,
                       "switch: --to says which backend; 'switchbench list backends' shows them");
    }
    const char *colon = strchr(mine->to, ':');
    const int length = colon ? (int)(colon - mine->to) : (int)strlen(mine->to);
    const char *target = colon ? colon + 1 : "native";
    const char *from = mine->from ? mine->from : "cpu";
    if (length == 0 || length >= (int)sizeof out->to || !*target ||
        strlen(target) >= sizeof out->target || strlen(from) >= sizeof out->from) {
        return sb_fail(err, SB_EINVAL, "switch: --to is BACKEND or BACKEND:TARGET, not '%s'",
                       mine->to);
    }
    snprintf(out->to, sizeof out->to, "%.*s", length, mine->to);
    snprintf(out->target, sizeof out->target, "%s", target);
    snprintf(out->from, sizeof out->from, "%s", from);
    return 0;
}

static int fill_axes(struct sb_campaign *c, const struct move *move, struct sb_error *err)
{
    int failed = c->presets.count ? 0 : sb_strings_add(&c->presets, "tiny");
    failed |= c->variants.count ? 0 : sb_strings_add(&c->variants, "portable");
    const char *const backends[] = {move->to, move->from, has_backend(TWIN) ? TWIN : NULL};
    for (int i = 0; i < 3; ++i) {
        if (backends[i] && !sb_strings_has(&c->backends, backends[i])) {
            failed |= sb_strings_add(&c->backends, backends[i]);
        }
    }
    failed |= sb_strings_add(&c->targets, "native");
    if (strcmp(move->target, "native") != 0) {
        failed |= sb_strings_add(&c->targets, move->target);
    }
    char name[64];
    char folder[PATH_MAX];
    const char *kernel = c->kernels.item[0];
    if (strchr(kernel, '/') && realpath(kernel, folder)) { /* "./mine/" is mine */
        kernel = strrchr(folder, '/') + 1;
    }
    snprintf(name, sizeof name, "switch-%.*s",
             (int)strspn(kernel, "abcdefghijklmnopqrstuvwxyz0123456789_"), kernel);
    free(c->name);
    c->name = strdup(name);
    return failed || !c->name ? sb_fail(err, SB_ENOMEM, "out of memory") : 0;
}

/* The plan is a product of axes; of that the cells of the move are kept: the target's, and the twin's. */
static int keep_move(struct sb_plan *plan, const struct move *move)
{
    int kept = 0;
    int moved = 0;
    const size_t length = strlen(move->target);
    for (int i = 0; i < plan->cell_count; ++i) {
        const struct sb_cell *cell = &plan->cell[i];
        /* "armv8.2-a+sve" became "armv8.2-a+sve@128", …: each way to run it (targets.h) */
        const bool to = strcmp(cell->backend, move->to) == 0 &&
                        strncmp(cell->target, move->target, length) == 0 &&
                        strchr("@", cell->target[length]);
        const bool twin = strcmp(cell->backend, TWIN) == 0 && strcmp(cell->target, "native") == 0;
        moved += to;
        if (to || twin) {
            plan->cell[kept++] = *cell;
        }
    }
    plan->cell_count = kept;
    snprintf(plan->trusted, sizeof plan->trusted, "%s", move->from);
    return moved;
}

static int run_plan(struct sb_plan *plan, const struct input *in, struct sb_error *err)
{
    char usual[1024];
    if (!in->mine.folder) {
        sb_where_new(usual, sizeof usual, plan);
    }
    struct sb_folder folder = {.journal_fd = -1};
    const char *path = in->mine.folder ? in->mine.folder : usual;
    int rc = sb_folder_create(&folder, path, plan, err);
    if (rc) {
        return rc;
    }
    struct sb_switch_view view;
    struct sb_progress progress;
    struct sb_live live;
    sb_live_begin(&progress, &live);
    sb_switch_view_begin(&view, &progress, &live, path, in->mine.json);
    rc = sb_pipeline_run(&folder, &progress, err);
    sb_live_end(&live);
    if (rc == SB_OK) {
        struct sb_summary summary;
        rc = sb_summary_gather(&summary, &folder, err);
        if (rc == SB_OK) {
            rc = sb_summary_write(&summary, err);
            sb_summary_free(&summary);
        }
    }
    rc = sb_switch_view_end(&view, rc ? rc : sb_summary_exit(&folder));
    sb_folder_close(&folder);
    return rc;
}

static int run_once(struct input *in, const struct move *move, struct sb_error *err)
{
    struct sb_plan plan = {0};
    int rc = fill_axes(&in->campaign, move, err);
    rc = rc ? rc : sb_targets_resolve(&in->campaign, err);
    rc = rc ? rc : sb_plan_make(&plan, &in->campaign, err);
    const int moved = rc == SB_OK ? keep_move(&plan, move) : 0;
    if (rc == SB_OK && moved == 0 && strcmp(move->target, "native") != 0) {
        rc = sb_fail(err, SB_ENOTFOUND,
                     "switch: backend %s has no target '%s'; 'switchbench list targets' shows what "
                     "there is",
                     move->to, move->target);
    } else if (rc == SB_OK && moved == 0) {
        sb_say("switch: the kernel has no such case or variant for %s; 'switchbench list presets' "
               "shows what there is",
               move->to);
        rc = SB_EXIT_NOTHING;
    } else if (rc == SB_OK) {
        rc = run_plan(&plan, in, err);
    }
    sb_plan_free(&plan);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    struct move move;
    const int rc = read_move(&move, &in->mine, err);
    if (rc) {
        return rc;
    }
    if (!in->mine.watch || sb_watch_round() > 0) {
        return run_once(in, &move, err);
    }
    if (in->mine.folder) {
        return sb_fail(err, SB_EINVAL,
                       "switch: --watch makes a folder for every run; --output names one");
    }
    return sb_watch(operands->item[0], err);
}

static void release(void *input)
{
    sb_campaign_free(&((struct input *)input)->campaign);
}

const struct sb_command sb_command_switch = {
    .name = "switch",
    .help = "move a kernel to another backend: build, twin, device, compare, explain",
    .operands = "KERNEL | FOLDER",
    .lesson =
        "Builds the kernel for the other backend, runs it on the twin (a GPU stand-in that watches "
        "every memory access)\n"
        "and on the device if there is one, and compares all arrays, element by element, with the "
        "trusted side.\n"
        "The verdict is the kernel's own: a difference within its derived bound is told, and is no "
        "failure.\n"
        "\n"
        "Where they differ, the launches are bisected to the first one and the first element that "
        "differ, and the cell is\n"
        "run again with one thing changed at a time (strict maths, no contraction, subnormals, "
        "other bytes in and beside\n"
        "the arrays, blocks in another order, a barrier after every region, without optimisation, "
        "with every access\n"
        "checked), until one of them proves the cause. What is not shown is not claimed.\n"
        "\n"
        "Everything is kept as records: 'switchbench show' has the details, 'switchbench debug' "
        "opens the failing case\n"
        "in a debugger.",
    .examples =
        "switchbench switch stencil --to opencl            # does the stencil give the same "
        "there?\n"
        "switchbench switch ./mine --to cuda --watch       # again after every save\n"
        "switchbench switch ./mine --to cpu:x86-64-v3      # a plainer instruction set\n"
        "switchbench switch gemm --to opencl --maths strict    # bits must be the same\n"
        "switchbench switch ./mine --to opencl --json | jq '.cells[].oracle.cause'    # for "
        "programs",
    .options = uses,
    .operands_least = 1,
    .operands_most = 1,
    .room = sizeof(struct input),
    .prepare = prepare,
    .run = run,
    .release = release,
};
