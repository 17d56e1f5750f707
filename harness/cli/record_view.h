/* SPDX-License-Identifier: Apache-2.0 */
/** A record for people: everything in it, with units that read well. */
#ifndef SB_RECORD_VIEW_H
#define SB_RECORD_VIEW_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdio.h>

/** jansson walks members of a value that is not const; nothing is changed. */
int sb_record_view(FILE *out, json_t *record, struct sb_error *err);
/** One row per value: its path ("timing.samples_ns[3]") and the value. */
int sb_record_csv(FILE *out, json_t *record, struct sb_error *err);

#endif
