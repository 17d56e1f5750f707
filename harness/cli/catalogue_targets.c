/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/catalogue.h"
#include "harness/cli/targets.h"
#include "harness/util/json.h"

#include <string.h>

static void add_target(struct sb_table *table, const json_t *backend, const json_t *target)
{
    const char *state = sb_json_text_or(target, "state", "");
    const bool ready = strcmp(state, "ready") == 0;
    sb_table_text(table, sb_json_text_or(target, "target", ""));
    sb_table_text(table, sb_json_text_or(backend, "name", ""));
    sb_table_coloured(table, ready ? SB_GREEN : SB_YELLOW, state);
    sb_table_text(table, sb_json_text_or(target, "emulated", ""));
    sb_table_text(table, sb_json_text_or(target, "reason", ""));
}

int sb_catalogue_targets(struct sb_table *table, const struct sb_strings *names,
                         struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"target", "target", false},    {"backend", "backend", false}, {"state", "compiler", false},
        {"emulated", "runs on", false}, {"reason", "to do", false},    {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    json_t *told = NULL;
    int rc = sb_targets_all(&told, names, err);
    size_t b = 0;
    const json_t *backend = NULL;
    json_array_foreach (json_object_get(told, "backends"), b, backend) {
        size_t t = 0;
        const json_t *target = NULL;
        json_array_foreach (json_object_get(backend, "asked"), t, target) {
            const bool native = strcmp(sb_json_text_or(target, "target", ""), "native") == 0;
            if (!native && strcmp(sb_json_text_or(target, "state", ""), "foreign") != 0) {
                add_target(table, backend, target);
            }
        }
    }
    json_decref(told);
    return rc;
}
