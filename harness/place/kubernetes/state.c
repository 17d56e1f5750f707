/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/state.h"

#include "harness/place/kubernetes/kubectl.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_S 5.0 /* the controller makes a pod within seconds */

double sb_kube_time(const char *text)
{
    struct tm t = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
    return rest ? (double)timegm(&t) : 0;
}

static bool is_kind(const json_t *item, const char *kind)
{
    return strcmp(sb_json_text_or(item, "kind", ""), kind) == 0;
}

/* The label's key has a '/', no '.': paths serve. */
static const char *job_of(const json_t *item)
{
    return sb_json_text_or(item, "metadata.labels." SB_KUBE_JOB, "");
}

static const json_t *find_job(const json_t *list, const char *name)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach (json_object_get(list, "items"), i, item) {
        if (is_kind(item, "Job") && strcmp(sb_json_text_or(item, "metadata.name", ""), name) == 0) {
            return item;
        }
    }
    return NULL;
}

static bool is_failed(const json_t *pod)
{
    return strcmp(sb_json_text_or(pod, "status.phase", ""), "Failed") == 0;
}

static bool was_started(const json_t *pod)
{
    const json_t *container = json_array_get(sb_json_at(pod, "status.containerStatuses"), 0);
    return sb_json_at(container, "state.running.startedAt") ||
           sb_json_at(container, "state.terminated.startedAt");
}

/* The pod that tells most: a failed one, else the newest. */
static const json_t *find_pod(struct sb_placed *job, const json_t *list, const char *name)
{
    size_t i = 0;
    const json_t *item = NULL;
    const json_t *best = NULL;
    job->starts = 0;
    json_array_foreach (json_object_get(list, "items"), i, item) {
        if (!is_kind(item, "Pod") || strcmp(job_of(item), name) != 0) {
            continue;
        }
        job->starts += was_started(item);
        const bool newer =
            best && strcmp(sb_json_text_or(item, "metadata.creationTimestamp", ""),
                           sb_json_text_or(best, "metadata.creationTimestamp", "")) > 0;
        if (!best || (is_failed(item) && !is_failed(best)) ||
            (newer && is_failed(item) == is_failed(best))) {
            best = item;
        }
    }
    return best;
}

/* Of all its pods; what was known stays where they are gone. */
static void find_nodes(struct sb_placed *job, const json_t *list, const char *name)
{
    size_t i = 0;
    const json_t *item = NULL;
    size_t used = 0;
    json_array_foreach (json_object_get(list, "items"), i, item) {
        const char *node = sb_json_text_or(item, "spec.nodeName", "");
        if (is_kind(item, "Pod") && strcmp(job_of(item), name) == 0 && node[0] &&
            used + strlen(node) + 2 < sizeof job->node) {
            used += (size_t)snprintf(job->node + used, sizeof job->node - used, "%s%s",
                                     used ? "," : "", node);
        }
    }
}

/* A condition of the Job that holds now. */
static const json_t *condition(const json_t *item, const char *type)
{
    size_t i = 0;
    const json_t *found = NULL;
    json_array_foreach (sb_json_at(item, "status.conditions"), i, found) {
        if (strcmp(sb_json_text_or(found, "type", ""), type) == 0 &&
            strcmp(sb_json_text_or(found, "status", ""), "True") == 0) {
            return found;
        }
    }
    return NULL;
}

/* The last event of one of @p reasons (by space) about the job or its pods, "<name>-xxxxx". */
static const json_t *find_event(const json_t *events, const char *name, const char *reasons)
{
    size_t i = 0;
    const json_t *event = NULL;
    const json_t *last = NULL;
    const size_t length = strlen(name);
    json_array_foreach (json_object_get(events, "items"), i, event) {
        const char *about = sb_json_text_or(event, "involvedObject.name", "");
        const char *reason = sb_json_text_or(event, "reason", "");
        const char *at = reason[0] ? strstr(reasons, reason) : NULL;
        if (at && strchr(" ", at[strlen(reason)]) && strncmp(about, name, length) == 0 &&
            strchr("-", about[length])) {
            last = event;
        }
    }
    return last;
}

/* The pod is gone: the Job's own reason, and what events add. */
static void judge_gone(struct sb_placed *job, const char *name, const json_t *why,
                       const json_t *events)
{
    const char *reason = sb_json_text_or(why, "reason", "");
    const char *message = sb_json_text_or(why, "message", "");
    const json_t *event = find_event(events, name, "Preempted TaintManagerEviction Evicted");
    const char *told = sb_json_text_or(event, "reason", "");
    job->exit_code = -1;
    if (strcmp(reason, "DeadlineExceeded") == 0) {
        job->state = SB_JOB_TIMED_OUT;
    } else if (event) {
        job->state = strcmp(told, "Preempted") == 0              ? SB_JOB_PREEMPTED
                     : strcmp(told, "TaintManagerEviction") == 0 ? SB_JOB_NODE_FAILED
                                                                 : SB_JOB_EVICTED;
        sb_kube_words(job, told, sb_json_text_or(event, "message", ""));
        return;
    } else if (strstr(message, "DisruptionTarget")) {
        job->state = SB_JOB_EVICTED;
    } else { /* a pod alone: who wants the work ended deletes the Job */
        job->state = SB_JOB_EVICTED;
        sb_kube_words(job, reason, "its pod was deleted");
        return;
    }
    sb_kube_words(job, reason, message);
}

/* No pod yet: the controller may be refused one. A quota empties by itself; a rule does not. */
static bool judge_unborn(struct sb_placed *job, const char *name, const json_t *item,
                         const json_t *events, double now_s)
{
    const json_t *event = find_event(events, name, "FailedCreate");
    const char *message = sb_json_text_or(event, "message", "");
    job->state = SB_JOB_QUEUED;
    sb_kube_words(job, condition(item, "Suspended") ? "Suspended" : "", "");
    if (event) {
        job->state = strstr(message, "exceeded quota") ? SB_JOB_QUEUED : SB_JOB_HELD;
        sb_kube_words(job, "FailedCreate", message);
    }
    const double made = sb_kube_time(sb_json_text_or(item, "metadata.creationTimestamp", ""));
    return !events && !condition(item, "Suspended") && now_s > made + PATIENCE_S;
}

bool sb_kube_judge(struct sb_placed *job, const char *name, const json_t *list,
                   const json_t *events, double now_s)
{
    const json_t *item = find_job(list, name);
    const json_t *pod = find_pod(job, list, name);
    const json_t *failed = condition(item, pod ? "Failed" : "FailureTarget");
    job->exit_code = -1;
    find_nodes(job, list, name);
    if (!item) {
        job->state = SB_JOB_UNKNOWN;
        sb_kube_words(job, "NotFound", "there is no such Job (any more)");
        return false;
    }
    if (sb_json_at(item, "metadata.deletionTimestamp")) {
        job->state = SB_JOB_CANCELLED;
        sb_kube_words(job, "the Job is being deleted", "");
        return false;
    }
    if (pod && sb_kube_pod_judge(job, pod, now_s)) {
        return false;
    }
    if (condition(item, "Complete")) {
        job->state = SB_JOB_DONE;
        job->exit_code = 0;
        sb_kube_words(job, "", "");
        return false;
    }
    if (failed) {
        judge_gone(job, name, failed, events);
        return !events;
    }
    return pod ? false : judge_unborn(job, name, item, events, now_s);
}
