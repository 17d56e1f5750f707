/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/table.h"
#include "harness/cli/where.h"
#include "results/compare/compare.h"
#include "results/explain/explain.h"
#include "results/store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mine {
    bool all;
    int most;
};

struct input {
    struct sb_output output;
    struct mine mine;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FLAG,
     .flag = "all",
     .letter = 'a',
     .help = "also pairs that are the same or undecided",
     .offset = offsetof(struct mine, all)},
    {.type = SB_OPTION_INTEGER,
     .flag = "most",
     .value = "N",
     .usual = "5",
     .least = 1,
     .most = 1e6,
     .help = "explain so many pairs, the largest differences first",
     .offset = offsetof(struct mine, most)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"This command", rows, offsetof(struct input, mine)},
    {"Output", sb_output_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

/* The record of a cell of one side. */
static int record_of(json_t **out, const struct sb_compare_side *side, const char *cell,
                     struct sb_error *err)
{
    struct sb_folder folder = {.journal_fd = -1};
    const struct sb_cell *found = NULL;
    int rc = sb_folder_open(&folder, side->folder, false, err);
    if (rc) {
        return rc;
    }
    rc = sb_where_cell(&found, &folder, cell, err);
    rc = rc ? rc : sb_where_record(out, &folder, found, err);
    sb_folder_close(&folder);
    return rc;
}

static int explain_row(json_t *all, const struct sb_compare_side side[2],
                       const struct sb_compare_row *row, struct sb_error *err)
{
    json_t *a = NULL;
    json_t *b = NULL;
    json_t *told = NULL;
    const bool interval = isfinite(row->ratio.ratio);
    const struct sb_explain_ratio ratio = {.ratio = interval ? row->ratio.ratio
                                                             : row->median_b_ns / row->median_a_ns,
                                           .low = row->ratio.low,
                                           .high = row->ratio.high,
                                           .outcome = sb_outcome_text(row->outcome),
                                           .reason = row->reason};
    int rc = record_of(&a, &side[0], row->cell_a, err);
    rc = rc ? rc : record_of(&b, &side[1], row->cell_b, err);
    rc = rc ? rc : sb_explain(&told, a, b, &ratio, err);
    json_decref(a);
    json_decref(b);
    if (told) {
        json_array_append_new(all, told);
    }
    return rc;
}

static bool wanted(const struct sb_compare_row *row, const struct input *in)
{
    return row->outcome == SB_OUTCOME_FASTER || row->outcome == SB_OUTCOME_SLOWER ||
           (in->mine.all &&
            (row->outcome == SB_OUTCOME_SAME || row->outcome == SB_OUTCOME_INCONCLUSIVE));
}

static int by_size(const void *a, const void *b)
{
    const struct sb_compare_row *one = *(const struct sb_compare_row *const *)a;
    const struct sb_compare_row *other = *(const struct sb_compare_row *const *)b;
    const double x = fabs(log(one->median_b_ns / one->median_a_ns));
    const double y = fabs(log(other->median_b_ns / other->median_a_ns));
    return (x < y) - (x > y);
}

static int explain_rows(json_t *all, int *out_left, const struct sb_comparison *comparison,
                        const struct sb_compare_side side[2], const struct input *in,
                        struct sb_error *err)
{
    const struct sb_compare_row **row = calloc(comparison->count + 1, sizeof *row);
    int count = 0;
    int rc = row ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
    for (size_t i = 0; row && i < comparison->count; ++i) {
        if (wanted(&comparison->row[i], in)) {
            row[count++] = &comparison->row[i];
        }
    }
    qsort((void *)row, (size_t)count, sizeof *row, by_size);
    for (int i = 0; rc == SB_OK && i < count && i < in->mine.most; ++i) {
        rc = explain_row(all, side, row[i], err);
    }
    *out_left = count > in->mine.most ? count - in->mine.most : 0;
    free((void *)row);
    return rc;
}

static void print_sentences(const json_t *list, const char *member)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach (list, i, row) {
        const char *text =
            member ? json_string_value(json_object_get(row, member)) : json_string_value(row);
        printf("  %s\n", text ? text : "");
    }
}

static void print(const json_t *all, int left)
{
    size_t i = 0;
    const json_t *told = NULL;
    json_array_foreach (all, i, told) {
        const char *a = json_string_value(json_object_get(told, "a"));
        const char *b = json_string_value(json_object_get(told, "b"));
        printf("%s%s%s%s\n", i ? "\n" : "", a, strcmp(a, b) != 0 ? "  against  " : "",
               strcmp(a, b) != 0 ? b : "");
        print_sentences(json_object_get(told, "answer"), NULL);
        if (json_array_size(json_object_get(told, "facts"))) {
            puts("  what differs:");
            print_sentences(json_object_get(told, "facts"), "sentence");
        }
    }
    if (left) {
        printf("\n%d more pair%s: --most\n", left, left == 1 ? "" : "s");
    }
}

/* Nothing that could be told from noise is an answer; nothing to compare is none. */
static int nothing(const struct sb_comparison *comparison, struct sb_error *err)
{
    const int measured =
        comparison->counts[SB_OUTCOME_SAME] + comparison->counts[SB_OUTCOME_INCONCLUSIVE];
    if (measured == 0) {
        (void)err;
        sb_say("explain: no pair of cells was measured on both sides");
        return SB_EXIT_NOTHING;
    }
    printf("no difference to explain: %d the same, %d undecided (--all shows what else differs)\n",
           comparison->counts[SB_OUTCOME_SAME], comparison->counts[SB_OUTCOME_INCONCLUSIVE]);
    return SB_EXIT_PASSED;
}

static int explain(struct sb_store *store, struct sb_compare_side side[2], const struct input *in,
                   struct sb_error *err)
{
    struct sb_compare_options options;
    struct sb_comparison comparison = {0};
    json_t *all = json_array();
    int left = 0;
    int rc = SB_OK;
    sb_compare_defaults(&options);
    for (int i = 0; rc == SB_OK && i < 2; ++i) {
        rc = sb_store_index(&side[i].campaign, store, side[i].folder, err);
    }
    rc = rc ? rc : sb_compare_cells(&comparison, store, &side[0], &side[1], &options, err);
    if (*sb_store_warning(store)) {
        sb_say("%s", sb_store_warning(store));
    }
    if (rc == SB_OK) {
        rc = explain_rows(all, &left, &comparison, side, in, err);
        if (rc == SB_OK && in->output.json) {
            json_dumpf(all, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
            putchar('\n');
        } else if (rc == SB_OK) {
            print(all, left);
        }
        if (rc == SB_OK && json_array_size(all) == 0 && !in->output.json) {
            rc = nothing(&comparison, err);
        }
        sb_compare_free(&comparison);
    }
    json_decref(all);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    struct sb_compare_side side[2] = {{.filters = 0}, {.filters = 0}};
    struct sb_store *store = NULL;
    int rc = sb_output_check(&in->output, err);
    if (rc == SB_OK && in->output.csv) {
        rc = sb_fail(err, SB_EINVAL, "explain answers in sentences, or in JSON; not in CSV");
    }
    for (int i = 0; rc == SB_OK && i < 2; ++i) {
        rc = sb_compare_side_parse(&side[i], operands->item[i], err);
    }
    rc = rc ? rc : sb_store_open(&store, NULL, err);
    rc = rc ? rc : explain(store, side, in, err);
    sb_store_close(store);
    return rc;
}

const struct sb_command sb_command_explain = {
    .name = "explain",
    .help = "why is B faster or slower than A: what differs, and for how much of the time",
    .operands = "A B",
    .lesson =
        "A and B are campaign folders, or parts of one, as for 'compare': "
        "FOLDER:kernel=stream,backend=opencl. Of cells that\n"
        "agree in everything else and differ in time, says\n"
        "\n"
        "  how the time came about: instructions, instructions a cycle, clock, CPUs busy; bytes "
        "and "
        "their rate; the roof of\n"
        "  the machine and how near to it this comes; and which part of the difference each "
        "accounts "
        "for. That needs counters\n"
        "  (run --counters) or peaks ('switchbench peaks') on both sides; counts that are not the "
        "same thing are not compared\n"
        "  what else differs: machine, compiler, flags, driver, image, threads, settings, "
        "disturbances, the likeliest first\n"
        "  what cannot be told from these records, and how to find out",
    .examples = "switchbench explain before after                        # the largest differences "
                "first\n"
                "switchbench explain now:backend=cpu now:backend=opencl  # two backends of one "
                "campaign\n"
                "switchbench explain gcc:kernel=nbody clang:kernel=nbody # one kernel of two\n"
                "switchbench explain before after --json | jq '.[].facts' # for programs",
    .options = uses,
    .operands_least = 2,
    .operands_most = 2,
    .room = sizeof(struct input),
    .run = run,
};
