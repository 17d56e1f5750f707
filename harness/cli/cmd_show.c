/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/record_view.h"
#include "harness/cli/table.h"
#include "harness/cli/where.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
    struct sb_output output;
    bool topology;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_FLAG,
     .flag = "topology",
     .help =
         "print the topology of the node that the cell ran on, as hwloc's XML, and nothing else",
     .offset = offsetof(struct input, topology)},
    {.type = SB_OPTION_END},
};

static const struct sb_option_use uses[] = {
    {"This command", rows, 0},
    {"Output", sb_output_options, offsetof(struct input, output)},
    {NULL, NULL, 0},
};

/* topology/<digest of the node>.xml of the campaign (harness/drive/topology.c). */
static int print_topology(const struct sb_folder *folder, const json_t *record,
                          struct sb_error *err)
{
    char path[1400];
    char *text = NULL;
    size_t length = 0;
    const char *name = sb_json_text_or(record, "name", "?");
    const char *node = sb_json_text_or(record, "node.digest", NULL);
    if (!node) {
        return sb_fail(err, SB_ENOTFOUND, "%s came to no node: it has no topology", name);
    }
    snprintf(path, sizeof path, "%s/topology/%.64s.xml", folder->path, node);
    int code = sb_fs_read(&text, &length, path, err);
    if (code == SB_ENOTFOUND) {
        return sb_fail(
            err, SB_ENOTFOUND,
            "the campaign has no topology of node %s: hwloc could not read it, or an older "
            "switchbench ran there",
            sb_json_text_or(record, "node.hostname", node));
    }
    if (code == 0 && !strstr(text, "</topology>")) {
        code = sb_fail(err, SB_EPARSE, "%s is torn: it does not end with </topology>", path);
    }
    if (code == 0) {
        fwrite(text, 1, length, stdout);
    }
    free(text);
    return code;
}

static int show(const struct sb_folder *folder, const char *text, const struct input *input,
                struct sb_error *err)
{
    const struct sb_output *output = &input->output;
    const struct sb_cell *cell = NULL;
    int rc = sb_where_cell(&cell, folder, text, err);
    if (rc) {
        return rc;
    }
    json_t *record = NULL;
    rc = sb_where_record(&record, folder, cell, err);
    if (rc == SB_OK && input->topology) {
        rc = print_topology(folder, record, err);
    } else if (rc == SB_OK && output->json) {
        json_dumpf(record, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        putchar('\n');
    } else if (rc == SB_OK && output->csv) {
        rc = sb_record_csv(stdout, record, err);
    } else if (rc == SB_OK) {
        rc = sb_record_view(stdout, record, err);
    }
    json_decref(record);
    return rc;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *in = input;
    char path[1024];
    const bool named = operands->count == 2;
    int rc = sb_output_check(&in->output, err);
    rc = rc ? rc : sb_where_campaign(path, sizeof path, named ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err);
    if (rc) {
        return rc;
    }
    if (folder.warning[0]) {
        sb_say("%s: %s", path, folder.warning);
    }
    rc = show(&folder, operands->item[named ? 1 : 0], in, err);
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
                "switchbench show before 3fa9 --json | jq .timing            # for programs\n"
                "switchbench show before 3fa9 --topology | lstopo --if xml -i -    # the node, "
                "drawn by hwloc",
    .options = uses,
    .operands_least = 1,
    .operands_most = 2,
    .room = sizeof(struct input),
    .run = run,
};
