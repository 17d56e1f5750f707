/* SPDX-License-Identifier: Apache-2.0 */
/** A record for people: everything in it, with units that read well. */
#ifndef SB_RECORD_VIEW_H
#define SB_RECORD_VIEW_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdio.h>

int sb_record_view(FILE *out, const json_t *record, struct sb_error *err);
/** One row per value: its path ("timing.samples_ns[3]") and the value. */
int sb_record_csv(FILE *out, const json_t *record, struct sb_error *err);

#endif
