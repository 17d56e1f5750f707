/* SPDX-License-Identifier: Apache-2.0 */
/** What a container may cost, measured where this runs: for 'switchbench doctor --engines', which compares it with the outside. */
#ifndef SB_MEASURE_H
#define SB_MEASURE_H

#include <jansson.h>

/**
 * One object, on one thread, in about half a second: version, compiler; bandwidth_B_per_s, the best of several passes
 * of a triad over arrays four times the last-level cache (McCalpin's STREAM, counting 24 bytes an element);
 * latency_ns of one load of a chain of pointers in random order over 64 MiB; clock_ns of reading the clock; wake_ns of waking another
 * thread and being woken by it, once each way (what barriers of threads cost). New reference; NULL when out of memory.
 */
json_t *sb_measure(void);

#endif
