/* SPDX-License-Identifier: Apache-2.0 */
/** Of all that a backend saw a kernel do (harness/record.h, "observed"), the one finding that the others follow from. */
#ifndef SB_FINDING_H
#define SB_FINDING_H

#include <jansson.h>
#include <stddef.h>

/**
 * Kind and sentence: "race: lines 18 and 21 of relay.dev.c, on shared 'tile'". A race is chosen before reads of the same
 * array that came too early, for they are its consequence; else the first is. Both are empty where there is none.
 */
void sb_finding_choose(char *kind, size_t kind_room, char *text, size_t room,
                       const json_t *findings);

#endif
