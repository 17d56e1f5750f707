/* SPDX-License-Identifier: Apache-2.0 */
/** What a pod's log is, as the stream that sb_collect() takes. */
#ifndef SB_KUBE_LOGS_H
#define SB_KUBE_LOGS_H

#include "harness/place/schedulers/scheduler.h"

#include <stddef.h>

/**
 * Changes @p text, an answer to `kubectl logs --timestamps`, in place: lines that are JSON objects lose their time, all
 * others keep it, so that of two equal ones both stay, and one that is fetched twice stays once. What has no time, like a
 * sentence of the kubelet's about a log that is gone, or the end of a line that has not come whole, goes. Pieces of a line
 * (harness/run/pieces.h) become that line where its last piece stood, or go where one of them is missing. The new length.
 */
size_t sb_kube_log_lines(char *text, size_t length);
/** The slot collect() of scheduler.h. */
int sb_kube_collect(const struct sb_placed *job, const struct sb_ticket *ticket,
                    struct sb_error *err);

#endif
