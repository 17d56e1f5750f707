/* SPDX-License-Identifier: Apache-2.0 */
/** The verdict of a verified repetition: the checks that a kernel's verify() made (kernels/kernel.h). */
#ifndef SB_VERDICT_H
#define SB_VERDICT_H

#include "kernels/kernel.h"

#include <jansson.h>

/** |got − expected| in units in the last place of @p expected; INFINITY where one of them is no number. */
double sb_verdict_ulps(enum sb_precision precision, double got, double expected);
/** Starts a verdict for case @p c (kept); freed with sb_verdict_free(). NULL when out of memory. */
struct sb_verdict *sb_verdict_new(const struct sb_case *c);
/** True where at least one check was made and none failed: nothing checked is never right. */
bool sb_verdict_passed(const struct sb_verdict *verdict);
/** The `checks` array of a record; new reference. */
json_t *sb_verdict_checks(const struct sb_verdict *verdict);
/** One sentence on the first failed check; "" where none failed. */
void sb_verdict_reason(const struct sb_verdict *verdict, char *out, size_t room);
void sb_verdict_free(struct sb_verdict *verdict);

#endif
