/* SPDX-License-Identifier: Apache-2.0 */
/** Asks the runner beside this program what the machine offers: only the runner touches devices. */
#ifndef SB_CLI_PROBE_H
#define SB_CLI_PROBE_H

#include "harness/util/error.h"

#include <jansson.h>

/** {node: {…}, backends: [{name, title, devices: […], reason, remedy}]}; new reference. Blocks up to a minute. SB_EINFRA. */
int sb_probe_runner(json_t **out, struct sb_error *err);

/** Asks the runner beside this program "--probe" or "--targets"; @p of follows it (NULL: nothing). *out is a new reference to
 *  an object with "backends". SB_EINFRA where there is no answer. */
int sb_probe_ask(json_t **out, const char *question, const char *of, struct sb_error *err);
/** The same of a question that takes longer: "--peaks". */
int sb_probe_ask_within(json_t **out, const char *question, const char *of, double limit_s,
                        struct sb_error *err);

#endif
