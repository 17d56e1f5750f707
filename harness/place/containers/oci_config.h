/* SPDX-License-Identifier: Apache-2.0 */
/** A configuration of the Open Containers' runtime specification. */
#ifndef SB_OCI_CONFIG_H
#define SB_OCI_CONFIG_H

#include "harness/place/engines/engine.h"

#include <jansson.h>

/** For @p wrap in the folder @p root. New reference; NULL where something is not UTF-8, or out of memory. */
json_t *sb_oci_config(const struct sb_wrap *wrap, const char *root);

#endif
