/* SPDX-License-Identifier: Apache-2.0 */
/** Architectures, as the runner's backends know them. */
#ifndef SB_TARGETS_H
#define SB_TARGETS_H

#include "harness/plan/campaign.h"

#include <jansson.h>

/**
 * Asks the runner about the targets of @p campaign and writes down which pairs of backend and target are no cells; the
 * backends, where none is named, become those that know a target. A target that is emulated here and that a backend
 * knows more than one way to run ("armv8.2-a+sve@128", …) becomes all of these. Does nothing where only
 * "native" is meant. SB_ENOTFOUND with the closest name.
 */
int sb_targets_resolve(struct sb_campaign *campaign, struct sb_error *err);
/** The same for compiling: every target that a backend knows where none is named; nothing is expanded. *told gets the
 *  runner's answer (harness/run/ask.h), a new reference. */
int sb_targets_resolve_build(json_t **told, struct sb_campaign *campaign, struct sb_error *err);

/** The runner's answer about @p names (none: every target that a backend knows, "NAME@HOW" too); new reference. */
int sb_targets_all(json_t **told, const struct sb_strings *names, struct sb_error *err);

#endif
