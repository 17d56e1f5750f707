/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What this node can do at most, as the runner measures it: the document of results/schema/peaks.schema.json. The probes
 * are compiled and run as kernels are, through backends/backend.h; README.md says what each does.
 */
#ifndef SB_PEAKS_H
#define SB_PEAKS_H

#include "harness/util/error.h"

#include <jansson.h>

/**
 * Measures the comma-separated backends of @p names ("": all; "cpu,opencl@3": in three rounds instead of the usual), one after the other, each in processes of its own, on its
 * first device; a backend without one is in the answer with its reason. What was measured is kept for later runs
 * (results/bound/peaks_file.h). *out is a new reference. Blocks for seconds to minutes. SB_EINVAL for an unknown name.
 */
int sb_peaks_measure(json_t **out, const char *names, struct sb_error *err);

#endif
