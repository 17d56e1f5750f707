/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/record_view.h"
#include "harness/cli/table.h"

static void add(struct sb_table *table, const char *path, json_t *value)
{
    char below[512];
    const char *key = NULL;
    json_t *member = NULL;
    size_t i = 0;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach (value, key, member) {
            snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
            add(table, below, member);
        }
        return;
    case JSON_ARRAY:
        json_array_foreach (value, i, member) {
            snprintf(below, sizeof below, "%s[%zu]", path, i);
            add(table, below, member);
        }
        return;
    default:
        break;
    }
    sb_table_text(table, path);
    if (json_is_number(value)) {
        sb_table_number(table, json_number_value(value), NULL);
    } else if (json_is_boolean(value)) {
        sb_table_bool(table, json_is_true(value));
    } else {
        sb_table_text(table, json_string_value(value));
    }
}

int sb_record_csv(FILE *out, json_t *record, struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"field", "field", false}, {"value", "value", false}, {NULL, NULL, false}};
    struct sb_table table;
    sb_table_init(&table, columns);
    add(&table, "", record);
    const int rc = sb_table_print(&table, &(struct sb_output){.csv = true}, out, err);
    sb_table_free(&table);
    return rc;
}
