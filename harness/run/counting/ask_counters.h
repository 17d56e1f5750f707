/* SPDX-License-Identifier: Apache-2.0 */
/** What this node can count: a question to the runner. */
#ifndef SB_ASK_COUNTERS_H
#define SB_ASK_COUNTERS_H

#include <jansson.h>

/**
 * {"counters": [{source, title, scope, automatic, version, state: "here" | "absent", reason, events: […]}]}; each source is
 * asked in a process of its own. @p words is a comma-separated list as of `--counters`; "" is all sources, without events.
 * events: of a source named without events all that it knows, {name, unit, tags, help, level}; of those named {name, state:
 * "known" | "unknown" | "absent", reason, and what is known}. Words that do not parse are a source with state "unknown".
 */
json_t *sb_ask_counters(const char *words);

#endif
