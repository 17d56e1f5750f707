/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/cells_table.h"

#include "harness/cli/shown.h"
#include "harness/plan/kernels.h"
#include "harness/util/text.h"

static const struct sb_column columns[] = {
    {"cell", "cell", false},          {"name", NULL, false},      {"kernel", "kernel", false},
    {"case", "case", false},          {"preset", NULL, false},    {"backend", "backend", false},
    {"variant", "variant", false},    {"target", NULL, false},    {"precision", "real", false},
    {"maths", NULL, false},           {"index_bits", NULL, true}, {"replica", NULL, true},
    {"device_bytes", "memory", true}, {NULL, NULL, false},
};

static void add_cell(struct sb_table *table, const struct sb_cell *cell)
{
    char name[512];
    char text[512];
    sb_cell_name(name, sizeof name, cell);
    sb_table_text(table, cell->id);
    sb_table_text(table, name);
    sb_table_text(table, cell->c.kernel->name);
    sb_shown_case(text, sizeof text, name);
    sb_table_text(table, text);
    sb_table_text(table, cell->preset);
    sb_table_text(table, cell->backend);
    sb_table_text(table, cell->c.variant);
    sb_table_text(table, cell->target);
    sb_table_text(table, cell->c.precision == SB_FLOAT ? "float" : "double");
    sb_table_text(table, cell->c.maths == SB_STRICT ? "strict" : "fast");
    sb_table_number(table, cell->c.index_bits, NULL);
    sb_table_number(table, cell->replica, NULL);
    const double bytes = sb_case_device_bytes(&cell->c);
    sb_text_bytes(text, sizeof text, bytes);
    sb_table_number(table, bytes, text);
}

int sb_cells_print(const struct sb_plan *plan, const struct sb_output *output, struct sb_error *err)
{
    struct sb_table table;
    sb_table_init(&table, columns);
    for (int i = 0; i < plan->cell_count; ++i) {
        add_cell(&table, &plan->cell[i]);
    }
    const int rc = sb_table_print(&table, output, stdout, err);
    sb_table_free(&table);
    if (rc == SB_OK && !output->json && !output->csv) {
        printf("%s%d cell%s\n", plan->cell_count ? "\n" : "", plan->cell_count,
               plan->cell_count == 1 ? "" : "s");
    }
    return rc;
}
