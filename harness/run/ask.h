/* SPDX-License-Identifier: Apache-2.0 */
/** What the runner answers about this node and its backends, without running a job. */
#ifndef SB_ASK_H
#define SB_ASK_H

#include "harness/util/error.h"

#include <jansson.h>

/** {"node", "backends": [{"name", "title", "devices", "reason", "remedy"}]}; new reference. */
int sb_ask_probe(json_t **out, struct sb_error *err);
/**
 * Of the comma-separated @p names: {"backends": [{"name", "absent", "known": [target…], "asked": [{"target", "state":
 * "ready" | "missing" | "foreign", "reason", "emulated"}]}]}; emulated: what stands in for the target here, or null.
 */
json_t *sb_ask_targets(const char *names);

#endif
