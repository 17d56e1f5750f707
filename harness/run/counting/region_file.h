/* SPDX-License-Identifier: Apache-2.0 */
/** What the emulator's plug-in wrote (../plugin/region.h). */
#ifndef SB_REGION_FILE_H
#define SB_REGION_FILE_H

#include "harness/util/error.h"

struct sb_region_counts {
    double instructions, branches, loads, stores, read_bytes, write_bytes;
    double scalable, scalable_seen;
};

/** The last of at least @p least regions in @p text. SB_EPARSE: fewer, or a line that is none. */
int sb_region_parse(struct sb_region_counts *out, const char *text, int least,
                    struct sb_error *err);

#endif
