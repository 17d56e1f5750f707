/* SPDX-License-Identifier: Apache-2.0 */
/** The "oracle" object of a record (harness/record.h). */
#ifndef SB_ORACLE_REPORT_H
#define SB_ORACLE_REPORT_H

#include "harness/oracle/suspect.h"

/** {"trusted": {…}, "compared": {…} or null, "strict", "first", "cause", "tried": null}; new reference. */
json_t *sb_report_begin(const struct sb_suspect *s);
/** [{"what", "result", "text"}] of the experiments that were made; new reference. */
json_t *sb_report_tried(const struct sb_evidence *evidence);

#endif
