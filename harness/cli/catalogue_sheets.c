/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/catalogue.h"

#include "harness/cli/shown.h"
#include "harness/util/text.h"
#include "results/bound/sheet.h"

#include <math.h>
#include <stdio.h>

static void add_scaled(struct sb_table *table, const struct sb_sheet *sheet, enum sb_figure figure,
                       double scale)
{
    char text[40] = "";
    const double value = sheet->figure[figure];
    if (!isnan(value)) {
        snprintf(text, sizeof text, "%.4g", value * scale);
    }
    sb_table_number(table, value, text);
}

static void add_sheet(struct sb_table *table, const struct sb_sheet *sheet)
{
    sb_table_text(table, sheet->name);
    sb_table_text(table, sheet->title);
    add_scaled(table, sheet, SB_FIGURE_UNITS, 1);
    add_scaled(table, sheet, SB_FIGURE_CLOCK, 1e-9);
    add_scaled(table, sheet, SB_FIGURE_WARP, 1);
    add_scaled(table, sheet, SB_FIGURE_FP64, 1e-12);
    add_scaled(table, sheet, SB_FIGURE_FP32, 1e-12);
    add_scaled(table, sheet, SB_FIGURE_BANDWIDTH, 1e-12);
    add_scaled(table, sheet, SB_FIGURE_MEMORY, 1e-9);
    add_scaled(table, sheet, SB_FIGURE_L2, 1e-6);
    add_scaled(table, sheet, SB_FIGURE_SHARED, 1.0 / 1024);
}

static int list_all(struct sb_table *table, struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"name", "sheet", false},
        {"title", "device", false},
        {"units", "units", true},
        {"clock_Hz", "GHz", true},
        {"warp_threads", "warp", true},
        {"fp64_flop_per_s", "fp64 TFLOP/s", true},
        {"fp32_flop_per_s", "fp32", true},
        {"memory_bytes_per_s", "memory TB/s", true},
        {"memory_bytes", "GB", true},
        {"l2_bytes", "L2 MB", true},
        {"shared_bytes", "shared KiB", true},
        {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    int rc = SB_OK;
    for (int i = 0; rc == SB_OK && i < sb_sheet_count(); ++i) {
        struct sb_sheet sheet;
        rc = sb_sheet_load(&sheet, sb_sheet_name(i), err);
        if (rc == SB_OK) {
            add_sheet(table, &sheet);
            sb_sheet_free(&sheet);
        }
    }
    return rc;
}

static int list_figures(struct sb_table *table, const struct sb_strings *names,
                        struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"sheet", "sheet", false}, {"figure", "figure", false}, {"value", "value", true},
        {"help", "what", false},   {"source", "source", false}, {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    int rc = SB_OK;
    for (int i = 0; rc == SB_OK && i < names->count; ++i) {
        struct sb_sheet sheet;
        rc = sb_sheet_load(&sheet, names->item[i], err);
        for (int f = 0; rc == SB_OK && f < SB_FIGURES; ++f) {
            char text[40] = "unknown";
            if (sheet.source[f]) {
                snprintf(text, sizeof text, "%.10g", sheet.figure[f]);
            }
            sb_table_text(table, sheet.name);
            sb_table_text(table, sb_figure_rows[f].key);
            sb_table_number(table, sheet.figure[f], text);
            sb_table_text(table, sb_figure_rows[f].help);
            sb_table_text(table, sheet.source[f]);
        }
        if (rc == SB_OK) {
            sb_sheet_free(&sheet);
        }
    }
    return rc;
}

int sb_catalogue_sheets(struct sb_table *table, const struct sb_strings *names,
                        struct sb_error *err)
{
    return names->count ? list_figures(table, names, err) : list_all(table, err);
}
