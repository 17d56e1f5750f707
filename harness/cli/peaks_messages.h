/* SPDX-License-Identifier: Apache-2.0 */
/** Messages between ranks, for `switchbench peaks`. */
#ifndef SB_PEAKS_MESSAGES_H
#define SB_PEAKS_MESSAGES_H

#include <jansson.h>

/**
 * Latency and bandwidth of messages between two ranks of this node, as the kernel mpi_basic measures them: {"library",
 * "figures"}, or {"reason"}. New reference. Blocks for seconds.
 */
json_t *sb_peaks_messages(void);

#endif
