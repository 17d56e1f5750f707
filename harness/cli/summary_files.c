/* SPDX-License-Identifier: Apache-2.0 */
/* summary.json and the JUnit report, put out row by row. */
#include "harness/cli/junit.h"
#include "harness/cli/summary.h"
#include "harness/util/fs.h"

#include <stdlib.h>
#include <string.h>

#define SB_SUMMARY_SCHEMA 1

/* All but the rows; NULL: no memory. */
static json_t *head_of(const struct sb_folder *folder)
{
    json_t *counts = json_object();
    for (int state = 0; state < SB_STATES; ++state) {
        json_object_set_new(counts, sb_state_text(state), json_integer(folder->counts[state]));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:i}", "schema_version",
                     SB_SUMMARY_SCHEMA, "campaign", folder->plan.id, "name", folder->plan.name,
                     "folder", folder->path, "created", folder->plan.created, "planned",
                     folder->plan.cell_count, "ended", folder->ended, "counts", counts, "exit_code",
                     sb_summary_exit(folder));
}

int sb_summary_put(FILE *out, void *payload, struct sb_error *err)
{
    const struct sb_summary *summary = payload;
    json_t *head = head_of(summary->folder);
    char *text = head ? json_dumps(head, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(head);
    if (!text) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    text[strlen(text) - strlen("\n}")] = '\0'; /* the rows are its last member */
    fprintf(out, "%s,\n \"cells\": ", text);
    free(text);
    const int rc = sb_table_print(&summary->table, &(struct sb_output){.json = true}, out, err);
    fputs("}\n", out);
    return rc;
}

int sb_summary_write(struct sb_summary *summary, struct sb_error *err)
{
    char path[1100];
    const int rc = sb_fs_join(path, sizeof path, summary->folder->path, "summary.json", err);
    return rc ? rc : sb_fs_write_by(path, sb_summary_put, summary, err);
}

int sb_summary_junit(const struct sb_summary *summary, const char *path, struct sb_error *err)
{
    static const enum sb_junit_result results[SB_STATES + 1] = {
        [SB_STATE_PASSED] = SB_JUNIT_PASSED,       [SB_STATE_WRONG] = SB_JUNIT_FAILURE,
        [SB_STATE_FAILED] = SB_JUNIT_ERROR,        [SB_STATE_LOST] = SB_JUNIT_ERROR,
        [SB_STATE_UNSUPPORTED] = SB_JUNIT_SKIPPED, [SB_STATES] = SB_JUNIT_ERROR,
    };
    const struct sb_folder *folder = summary->folder;
    struct sb_junit junit;
    const int rc = sb_junit_begin(&junit, err);
    if (rc) {
        return rc;
    }
    for (int i = 0; i < folder->plan.cell_count; ++i) {
        const struct sb_cell *cell = &folder->plan.cell[i];
        const char *reason = summary->reason[i] ? summary->reason[i] : "";
        char group[128];
        char name[512];
        snprintf(group, sizeof group, "%s.%s", cell->c.kernel->name, cell->backend);
        sb_cell_name(name, sizeof name, cell);
        sb_junit_case(&junit, group, name, summary->wall_ns[i] * 1e-9, results[folder->state[i]],
                      folder->state[i] == SB_STATES ? "the cell has not ended" : reason);
    }
    return sb_junit_end(&junit, folder->plan.id, path, err);
}
