/* SPDX-License-Identifier: Apache-2.0 */
/** What `--counters` says, in plans and job files: "auto", "SOURCE", "SOURCE:EVENT+EVENT". Touches no counter. */
#ifndef SB_COUNTER_WORDS_H
#define SB_COUNTER_WORDS_H

#include "harness/plan/campaign.h"

#include <jansson.h>

/** Names of all sources, ends with NULL. Written by CMake. */
extern const char *const sb_counter_source_names[];
#define SB_EVENT_NAME 128 /* bytes of an event's name, with its end */

/**
 * SB_EINVAL: no such source, with the closest; no event after ':' or '+'; a name that is too long, or no printable UTF-8.
 * Which events there are is known on the node alone.
 */
int sb_counter_word_check(const char *word, struct sb_error *err);
/** Member "counters" of @p json, an array of words; none where it is missing. SB_EPARSE, and as above. */
int sb_counter_words_read(struct sb_strings *out, const json_t *json, struct sb_error *err);

#endif
