/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/record_view.h"
#include "harness/cli/table.h"
#include "harness/cli/where.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

static const struct sb_option_use uses[] = {{"Output", sb_output_options, 0}, {NULL, NULL, 0}};

/* The cell whose id begins with @p text, or whose name holds it; ambiguity is an error that names some of them. */
static int find_cell(const struct sb_cell **out, const struct sb_folder *folder, const char *text,
                     struct sb_error *err)
{
    char some[1024] = "";
    int found = 0;
    *out = sb_plan_find(&folder->plan, text);
    for (int i = 0; !*out && i < folder->plan.cell_count; ++i) {
        const struct sb_cell *cell = &folder->plan.cell[i];
        char name[512];
        sb_cell_name(name, sizeof name, cell);
        if (!strstr(name, text) && strncmp(cell->id, text, strlen(text)) != 0) {
            continue;
        }
        const size_t used = strlen(some);
        if (++found <= 5) {
            snprintf(some + used, sizeof some - used, "%s%s (%s)", found > 1 ? ", " : "", cell->id,
                     name);
        }
    }
    if (*out) {
        return SB_OK;
    }
    if (found == 1) {
        some[12] = '\0'; /* the id, which is 12 characters */
        *out = sb_plan_find(&folder->plan, some);
        return SB_OK;
    }
    if (found == 0) {
        return sb_fail(err, SB_ENOTFOUND,
                       "%s: no cell is called '%s'; 'switchbench status --cells' lists them",
                       folder->path, text);
    }
    return sb_fail(err, SB_EINVAL, "'%s' could be any of %d cells: %s%s", text, found, some,
                   found > 5 ? ", …" : "");
}

struct wanted {
    const char *id;
    json_t *record;
};

static int keep_wanted(json_t *record, void *payload)
{
    struct wanted *wanted = payload;
    if (strcmp(sb_json_text_or(record, "cell", ""), wanted->id) == 0) {
        json_decref(wanted->record);
        wanted->record = json_incref(record);
    }
    return 0;
}

static int show(const struct sb_folder *folder, const char *text, const struct sb_output *output,
                struct sb_error *err)
{
    const struct sb_cell *cell = NULL;
    int rc = find_cell(&cell, folder, text, err);
    if (rc) {
        return rc;
    }
    struct wanted wanted = {.id = cell->id};
    rc = sb_folder_records(folder, keep_wanted, &wanted, err);
    if (rc == SB_OK && !wanted.record) {
        rc = sb_fail(err, SB_ENOTFOUND, "%s: cell %s has not ended, so it has no record yet",
                     folder->path, cell->id);
    } else if (rc == SB_OK && output->json) {
        json_dumpf(wanted.record, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        putchar('\n');
    } else if (rc == SB_OK && output->csv) {
        rc = sb_record_csv(stdout, wanted.record, err);
    } else if (rc == SB_OK) {
        rc = sb_record_view(stdout, wanted.record, err);
    }
    json_decref(wanted.record);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct sb_output *output = input;
    char path[1024];
    const bool named = operands->count == 2;
    int rc = sb_output_check(output, err);
    rc = rc ? rc : sb_where_campaign(path, sizeof path, named ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err);
    if (rc) {
        return rc;
    }
    if (folder.warning[0]) {
        sb_say("%s: %s", path, folder.warning);
    }
    rc = show(&folder, operands->item[named ? 1 : 0], output, err);
    sb_folder_close(&folder);
    return rc;
}

const struct sb_command sb_command_show = {
    .name = "show",
    .help = "everything about one cell: verdict, timing, build, node",
    .operands = "[CAMPAIGN] CELL",
    .lesson = "CELL is the beginning of a cell's id, or a part of its name that only one cell has. "
              "Shows the record that\n"
              "the cell left: the worst element of every check with both values and their bound, "
              "all times, the work,\n"
              "compiler and flags, and the node it ran on. Without CAMPAIGN: the newest campaign.",
    .examples = "switchbench show 3fa91c                       # by id, in the newest campaign\n"
                "switchbench show before 'gemm/double@small portable cpu'    # by name\n"
                "switchbench show before 3fa9 --json | jq .timing            # for programs",
    .options = uses,
    .operands_least = 1,
    .operands_most = 2,
    .room = sizeof(struct sb_output),
    .run = run,
};
