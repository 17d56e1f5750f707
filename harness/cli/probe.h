/* SPDX-License-Identifier: Apache-2.0 */
/** Asks the runner beside this program what the machine offers: only the runner touches devices. */
#ifndef SB_CLI_PROBE_H
#define SB_CLI_PROBE_H

#include "harness/util/error.h"

#include <jansson.h>

/** {node: {…}, backends: [{name, title, devices: […], reason, remedy}]}; new reference. Blocks up to a minute. SB_EINFRA. */
int sb_probe_runner(json_t **out, struct sb_error *err);

#endif
