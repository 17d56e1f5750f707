/* SPDX-License-Identifier: Apache-2.0 */
/** Findings of the twin for people: the sentence, then the source line of each party. */
#ifndef SB_FINDINGS_VIEW_H
#define SB_FINDINGS_VIEW_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdio.h>

/** Writes @p answer of the runner ({"findings": […], …}) about the source @p path. SB_ENOMEM, SB_ENOTFOUND. */
int sb_findings_view(FILE *out, const char *path, const json_t *answer, struct sb_error *err);

#endif
