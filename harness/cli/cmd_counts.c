/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/counts_view.h"
#include "harness/cli/progress.h"
#include "harness/cli/summary.h"
#include "harness/cli/table.h"
#include "harness/cli/twin_ask.h"
#include "harness/cli/where.h"
#include "harness/pipeline.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct sb_campaign, member)

struct mine {
    char *folder;
    struct sb_strings sheets;
    struct sb_strings defines; /* of files */
};

struct input {
    struct mine mine;
    struct sb_campaign campaign;
    struct sb_output output;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_CSV,
     .flag = "sheet",
     .value = "NAME|FILE,…",
     .usual = "all of 'list sheets'",
     .help = "data sheets of the devices meant; lines are told for the first",
     .offset = offsetof(struct mine, sheets)},
    {.type = SB_OPTION_TEXTS,
     .flag = "define",
     .letter = 'D',
     .value = "NAME[=N]",
     .help = "give the compiler of a source file a macro; repeatable",
     .offset = offsetof(struct mine, defines)},
    {.type = SB_OPTION_FOLDER,
     .flag = "output",
     .letter = 'o',
     .value = "DIR",
     .usual = "campaigns/<UTC time>-counts",
     .help = "folder of the records of kernels",
     .offset = offsetof(struct mine, folder)},
    {.type = SB_OPTION_END},
};

static const char *const maths[] = {"fast", "strict", NULL};
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
     .help = "implementations: portable, native",
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
     .help = "fast, or strict: no multiplication fused with an addition",
     .offset = AT(maths)},
    {.type = SB_OPTION_SWEEP,
     .flag = "set",
     .letter = 's',
     .value = "[KERNEL.]P=V,…",
     .help = "a parameter's values; may be repeated",
     .offset = 0},
    {.type = SB_OPTION_SECONDS,
     .flag = "time-limit",
     .letter = 't',
     .env = "SWITCHBENCH_TIME_LIMIT",
     .value = "TIME",
     .usual = "10m",
     .least = 1e-3,
     .most = 30 * 86400,
     .help = "a case or file that takes longer is ended and has failed",
     .offset = AT(time_limit_s)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"Devices and files", rows, offsetof(struct input, mine)},
    {"Cases of kernels", case_rows, offsetof(struct input, campaign)},
    {"Output", sb_output_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

/* A source file, not a kernel's name or folder. */
static bool is_file(const char *operand)
{
    static const char *const ends[] = {".cu", ".hip", ".cl", ".dev.c"};
    const size_t length = strlen(operand);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; ++i) {
        const size_t end = strlen(ends[i]);
        if (length > end && strcmp(operand + length - end, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int prepare(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    sb_campaign_init(&in->campaign);
    sb_options_defaults(case_rows, &in->campaign);
    struct sb_strings kernels = {.item = NULL};
    int rc = SB_OK;
    for (int i = 0; rc == SB_OK && i < operands->count; ++i) {
        if (!is_file(operands->item[i])) {
            rc = sb_strings_add(&kernels, operands->item[i]);
        }
    }
    rc = rc ? sb_fail(err, SB_ENOMEM, "out of memory")
            : sb_where_kernels(&in->campaign, &kernels, 0, err);
    sb_strings_free(&kernels);
    return rc;
}

/* What is told of one case or file: at once for people, in @p all for programs. */
static int tell(json_t *all, const char *name, const char *folder, json_t *counts,
                const struct sb_sheet *sheets, int sheet_count, const struct sb_output *output,
                struct sb_error *err)
{
    const struct sb_counts_view view = {.sheet = sheets, .sheets = sheet_count, .folder = folder};
    if (output->csv) {
        return sb_counts_print_lines(stdout, counts, &view, output, err);
    }
    if (!output->json) {
        printf("%s%s%s\n", sb_colour_on(stdout, SB_BLUE), name, sb_colour_off(stdout));
        const int rc = sb_counts_print(stdout, counts, &view, err);
        putchar('\n');
        return rc;
    }
    json_t *bounds = NULL;
    const int rc = sb_counts_bounds(&bounds, counts, &view, err);
    if (rc == SB_OK) {
        json_array_append_new(
            all, json_pack("{s:s,s:O,s:o}", "name", name, "counts", counts, "bounds", bounds));
    }
    return rc;
}

struct telling {
    json_t *all;
    struct sb_sheet *sheet;
    int sheets;
    const struct input *in;
};

static int tell_file(const struct telling *t, const char *path, struct sb_error *err)
{
    struct sb_twin_question ask = {.say = {.defines = t->in->mine.defines},
                                   .replays = 1,
                                   .seed = 1,
                                   .time_limit_s = t->in->campaign.time_limit_s,
                                   .counts = true};
    json_t *answer = NULL;
    int rc = sb_twin_ask(&answer, path, &ask, err);
    if (rc) {
        return rc;
    }
    json_t *counts = json_object_get(answer, "counts");
    const int exit_code = sb_twin_exit(answer);
    if (json_is_object(counts)) {
        char folder[1024];
        const char *slash = strrchr(path, '/');
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
        rc = tell(t->all, path, folder, counts, t->sheet, t->sheets, &t->in->output, err);
    }
    if (exit_code == SB_EXIT_WRONG) {
        sb_say("%s: the twin found faults, too: 'switchbench twin %s' shows them", path, path);
    } else if (exit_code != SB_EXIT_PASSED) {
        sb_say("%s: %s", path, sb_json_text_or(answer, "text", "no answer"));
    }
    json_decref(answer);
    return rc ? rc : exit_code;
}

static int tell_records(const struct telling *t, const json_t *records, struct sb_error *err)
{
    size_t i = 0;
    json_t *record = NULL;
    int rc = SB_OK;
    json_array_foreach (records, i, record) {
        json_t *counts = sb_json_at(record, "observed.counts");
        const char *name = sb_json_text_or(record, "name", "");
        if (json_is_object(counts)) {
            rc = tell(t->all, name, sb_json_text_or(record, "folder", NULL), counts, t->sheet,
                      t->sheets, &t->in->output, err);
        }
        if (strcmp(sb_json_text_or(record, "state", ""), "passed") != 0) {
            sb_say("%s: %s: %s", name, sb_json_text_or(record, "state", "?"),
                   sb_json_text_or(record, "reason", ""));
        }
        if (rc) {
            break;
        }
    }
    return rc;
}

static int fill_axes(struct sb_campaign *c, struct sb_error *err)
{
    int failed = c->presets.count ? 0 : sb_strings_add(&c->presets, "tiny");
    failed |= c->variants.count ? 0 : sb_strings_add(&c->variants, "portable");
    failed |= sb_strings_add(&c->backends, "twin");
    failed |= sb_strings_add(&c->targets, "native");
    c->counts = true;
    free(c->name);
    c->name = strdup("counts");
    return failed || !c->name ? sb_fail(err, SB_ENOMEM, "out of memory") : SB_OK;
}

static int run_folder(const struct telling *t, struct sb_folder *folder, struct sb_error *err)
{
    struct sb_progress progress;
    struct sb_live live;
    json_t *records = NULL;
    sb_live_begin(&progress, &live);
    int rc = sb_pipeline_run(folder, &progress, err);
    sb_live_end(&live);
    rc = rc ? rc : sb_where_records(&records, folder, err);
    rc = rc ? rc : tell_records(t, records, err);
    json_decref(records);
    return rc ? rc : sb_summary_exit(folder);
}

static int tell_kernels(const struct telling *t, struct sb_campaign *campaign, struct sb_error *err)
{
    struct sb_plan plan = {0};
    char path[1024];
    int rc = fill_axes(campaign, err);
    rc = rc ? rc : sb_plan_make(&plan, campaign, err);
    if (rc == SB_OK && plan.cell_count == 0) {
        sb_say("counts: no case is left; 'switchbench list presets' shows what there is");
        rc = SB_EXIT_NOTHING;
    } else if (rc == SB_OK) {
        plan.once = true;
        struct sb_folder folder = {.journal_fd = -1};
        if (!t->in->mine.folder) {
            sb_where_new(path, sizeof path, &plan);
        }
        rc = sb_folder_create(&folder, t->in->mine.folder ? t->in->mine.folder : path, &plan, err);
        rc = rc ? rc : run_folder(t, &folder, err);
        sb_folder_close(&folder);
    }
    sb_plan_free(&plan);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    struct input *in = input;
    struct telling t = {.all = json_array(), .in = in};
    int worst = SB_EXIT_PASSED;
    int rc = sb_output_check(&in->output, err);
    rc = rc ? rc : sb_counts_sheets(&t.sheet, &t.sheets, &in->mine.sheets, err);
    for (int i = 0; rc == SB_OK && i < operands->count; ++i) {
        const int code = is_file(operands->item[i]) ? tell_file(&t, operands->item[i], err) : 0;
        rc = code < 0 ? code : SB_OK;
        worst = code > worst ? code : worst;
    }
    if (rc == SB_OK && in->campaign.kernels.count) {
        const int code = tell_kernels(&t, &in->campaign, err);
        rc = code < 0 ? code : SB_OK;
        worst = code > worst ? code : worst;
    }
    if (rc == SB_OK && in->output.json) {
        json_dumpf(t.all, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        putchar('\n');
    }
    json_decref(t.all);
    sb_counts_sheets_free(t.sheet, t.sheets);
    return rc ? rc : worst;
}

static void release(void *input)
{
    sb_campaign_free(&((struct input *)input)->campaign);
}

const struct sb_command sb_command_counts = {
    .name = "counts",
    .help = "what a GPU would do with a kernel: coalescing, conflicts, divergence, flop",
    .operands = "KERNEL | FOLDER | FILE…",
    .lesson =
        "Runs kernels, or source files as 'switchbench twin' takes them, on the twin and counts "
        "what a GPU "
        "counts; no GPU is\n"
        "needed. Per source line:\n"
        "\n"
        "  flop        additions, multiplications, …; a fused multiply-add is two\n"
        "  loads, stores   requests of warps, the sectors of memory that one touches, and the part "
        "of their bytes\n"
        "              that lanes asked for: 4 sectors for 32 neighbouring floats, 32 where each "
        "is far away\n"
        "  shared      requests to memory of the block, and wavefronts lost to bank conflicts\n"
        "  atomics     requests, and the lanes on the fullest address of one\n"
        "  lanes       that take part in a step; divergent: branches at which lanes part\n"
        "\n"
        "Per launch: distinct bytes read and written, flop. And the least time on each device, "
        "from its data "
        "sheet: what\n"
        "memory, L1, shared memory, arithmetic, atomics and the launch itself need at their "
        "published peaks, "
        "whichever is\n"
        "longest; a figure that nobody has published bounds nothing.\n"
        "\n"
        "Lines are told for the warp size and sector size of the first sheet. 'counted' says which "
        "part of the "
        "blocks of a\n"
        "large launch was counted; its lines are not scaled up, bounds are.",
    .examples =
        "switchbench counts stencil                        # every case of preset tiny\n"
        "switchbench counts gemm -l double --sheet MI300X  # wavefronts of 64, lines of 128 bytes\n"
        "switchbench counts transpose.cu --sheet H200      # a source file, as 'switchbench twin' "
        "takes it\n"
        "switchbench counts ./my_kernel --sheet ./mine.yaml --json | jq '.[].bounds'\n"
        "switchbench counts spmv --csv                     # the lines, for programs",
    .options = uses,
    .operands_least = 1,
    .operands_most = -1,
    .room = sizeof(struct input),
    .prepare = prepare,
    .run = run,
    .release = release,
};
