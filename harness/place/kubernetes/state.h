/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What Kubernetes says of a job, in the driver's terms. A Job alone never tells why it failed: its pod does, while it is
 * there; afterwards a trace in the Job (podFailurePolicy) and events, for an hour.
 *
 *   Complete                                          done
 *   pod Evicted, or disrupted by the Eviction API      evicted
 *   disrupted by the scheduler, Preempting             preempted
 *   disrupted by the taint manager or pod GC, an unknown container status, a pod that does not end    node failed
 *   DeadlineExceeded                                   timed out
 *   OOMKilled, and the runner did not survive it       out of memory
 *   any other code or signal                           failed
 *   the pod or the Job was deleted by someone          cancelled
 *   Unschedulable: full now / never                    queued / held
 *   images, names, settings that cannot be had         held
 */
#ifndef SB_KUBE_STATE_H
#define SB_KUBE_STATE_H

#include "harness/place/schedulers/scheduler.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Brings @p job (its id's name is @p name) up to date from @p list, the answer to `get jobs,pods -o json`, and @p events, the
 * one to `get events -o json`, or NULL. @p now_s is the time since 1970. True: events would tell more.
 */
bool sb_kube_judge(struct sb_placed *job, const char *name, const json_t *list,
                   const json_t *events, double now_s);
/** Seconds since 1970 of an RFC 3339 time in UTC; 0 for what is none. */
double sb_kube_time(const char *text);

/* pod_state.c */
/** State and words of a pod that is there; false where it tells nothing about an end (it is queued, held or running). */
bool sb_kube_pod_judge(struct sb_placed *job, const json_t *pod, double now_s);
/** The state that a disruption of that reason means ("EvictionByEvictionAPI"). */
enum sb_job_state sb_kube_disruption(const char *reason);
/** Writes "reason: message" as one line. */
void sb_kube_words(struct sb_placed *job, const char *reason, const char *message);

#endif
