/* SPDX-License-Identifier: Apache-2.0 */
#include "results/bound/sheet.h"

#include "harness/util/embedded.h"
#include "harness/util/fs.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct sb_embedded sb_sheet_files[];

const struct sb_figure_row sb_figure_rows[SB_FIGURES] = {
    [SB_FIGURE_UNITS] = {"units", "multiprocessors (NVIDIA), compute units (AMD)", 1, 1e4, false},
    [SB_FIGURE_CLOCK] = {"clock_Hz", "highest clock", 1e8, 1e10, false},
    [SB_FIGURE_WARP] = {"warp_threads", "threads of a warp or wavefront", 32, 64, false},
    [SB_FIGURE_FP64_CYCLE] = {"fp64_flop_per_cycle", "of a unit, vector", 1, 1e5, false},
    [SB_FIGURE_FP64] = {"fp64_flop_per_s", "peak, vector", 1e9, 1e16, false},
    [SB_FIGURE_FP32_CYCLE] = {"fp32_flop_per_cycle", "of a unit, vector", 1, 1e5, false},
    [SB_FIGURE_FP32] = {"fp32_flop_per_s", "peak, vector", 1e9, 1e16, false},
    [SB_FIGURE_FP64_MATRIX] = {"fp64_matrix_flop_per_s", "peak, matrix units", 1e9, 1e17, true},
    [SB_FIGURE_FP32_MATRIX] = {"fp32_matrix_flop_per_s", "peak, matrix units", 1e9, 1e17, true},
    [SB_FIGURE_MEMORY] = {"memory_bytes", "size", 1e8, 1e13, false},
    [SB_FIGURE_BANDWIDTH] = {"memory_bytes_per_s", "peak", 1e9, 1e14, false},
    [SB_FIGURE_L2] = {"l2_bytes", "size", 1e4, 1e10, false},
    [SB_FIGURE_L2_BANDWIDTH] = {"l2_bytes_per_s", "peak, reading", 1e9, 1e15, true},
    [SB_FIGURE_LLC] = {"llc_bytes", "size of a cache behind L2", 1e4, 1e11, true},
    [SB_FIGURE_LLC_BANDWIDTH] = {"llc_bytes_per_s", "peak", 1e9, 1e15, true},
    [SB_FIGURE_L1_CYCLE] = {"l1_bytes_per_cycle", "of a unit, reading", 1, 4096, false},
    [SB_FIGURE_SECTOR] = {"sector_bytes", "least that L1 moves: 32, 64 or 128", 32, 128, false},
    [SB_FIGURE_SHARED] = {"shared_bytes", "of a unit", 1024, 1e8, false},
    [SB_FIGURE_SHARED_BLOCK] = {"shared_bytes_per_block", "most for a block", 1024, 1e8, false},
    [SB_FIGURE_SHARED_CYCLE] = {"shared_bytes_per_cycle", "of a unit", 4, 4096, false},
    [SB_FIGURE_THREADS] = {"threads_per_unit", "most at once", 32, 1e5, false},
    [SB_FIGURE_THREADS_BLOCK] = {"threads_per_block", "most", 32, 1e5, false},
    [SB_FIGURE_REGISTERS] = {"registers", "of 32 bits, of a unit", 1024, 1e7, false},
    [SB_FIGURE_ATOMICS] = {"atomics_per_cycle", "on one address in memory", 1e-3, 1e3, true},
    [SB_FIGURE_LAUNCH] = {"launch_ns", "least time from launch to launch", 1, 1e7, true},
};

int sb_sheet_count(void)
{
    int count = 0;
    while (sb_sheet_files[count].name) {
        ++count;
    }
    return count;
}

/* "H200.yaml" of the table is "H200". */
const char *sb_sheet_name(int i)
{
    static char names[32][32];
    if (i >= 32) {
        return NULL;
    }
    snprintf(names[i], sizeof names[i], "%.*s", (int)strcspn(sb_sheet_files[i].name, "."),
             sb_sheet_files[i].name);
    return names[i];
}

static const char *name_at(int i, const void *payload)
{
    (void)payload;
    return sb_sheet_name(i);
}

static int fail_unknown(const char *name, struct sb_error *err)
{
    char all[512] = "";
    for (int i = 0; i < sb_sheet_count(); ++i) {
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", sb_sheet_name(i));
    }
    const char *near = sb_text_closest(name, sb_sheet_count(), name_at, NULL);
    if (near) {
        return sb_fail(err, SB_ENOTFOUND, "no data sheet '%s'; did you mean '%s'?", name, near);
    }
    return sb_fail(err, SB_ENOTFOUND, "no data sheet '%s'; one of %s, or a file ./NAME.yaml", name,
                   all);
}

static bool is_path(const char *name)
{
    const size_t length = strlen(name);
    return strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".yaml") == 0);
}

int sb_sheet_load(struct sb_sheet *out, const char *name, struct sb_error *err)
{
    *out = (struct sb_sheet){.name = NULL};
    if (is_path(name)) {
        char *text = NULL;
        size_t length = 0;
        int rc = sb_fs_read(&text, &length, name, err);
        rc = rc ? rc : sb_sheet_parse(out, text, length, name, err);
        free(text);
        return rc;
    }
    for (int i = 0; i < sb_sheet_count(); ++i) {
        if (strcmp(sb_sheet_name(i), name) == 0) {
            const struct sb_embedded *file = &sb_sheet_files[i];
            return sb_sheet_parse(out, file->bytes, file->length, file->name, err);
        }
    }
    return fail_unknown(name, err);
}

void sb_sheet_free(struct sb_sheet *sheet)
{
    free(sheet->name);
    free(sheet->title);
    free(sheet->vendor);
    for (int i = 0; i < SB_FIGURES; ++i) {
        free(sheet->source[i]);
    }
    *sheet = (struct sb_sheet){.name = NULL};
}
