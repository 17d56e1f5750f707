/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/kubectl.h"
#include "harness/place/kubernetes/state.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDS_WITHIN_S 60.0 /* of when it was to be gone: its node does not answer */

void sb_kube_words(struct sb_placed *job, const char *reason, const char *message)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s%s", reason, reason[0] && message[0] ? ": " : "", message);
    sb_kubectl_one_line(job->words, sizeof job->words, text);
}

struct meaning {
    const char *reason;
    enum sb_job_state state;
};

static const struct meaning *look_up(const struct meaning *table, const char *reason)
{
    for (; table->reason; ++table) {
        if (strcmp(table->reason, reason) == 0) {
            return table;
        }
    }
    return NULL;
}

enum sb_job_state sb_kube_disruption(const char *reason)
{
    static const struct meaning reasons[] = {
        {"PreemptionByScheduler", SB_JOB_PREEMPTED}, {"DeletionByTaintManager", SB_JOB_NODE_FAILED},
        {"DeletionByPodGC", SB_JOB_NODE_FAILED},     {"EvictionByEvictionAPI", SB_JOB_EVICTED},
        {"TerminationByKubelet", SB_JOB_EVICTED},    {NULL, SB_JOB_EVICTED}};
    const struct meaning *found = look_up(reasons, reason);
    return found ? found->state : SB_JOB_EVICTED;
}

/* A failed pod's own reason; one that is not known here (OutOfcpu, NodeAffinity, …) is its node's, which did not want it. */
static enum sb_job_state of_pod_reason(const char *reason)
{
    static const struct meaning reasons[] = {{"DeadlineExceeded", SB_JOB_TIMED_OUT},
                                             {"Evicted", SB_JOB_EVICTED},
                                             {"Preempting", SB_JOB_PREEMPTED},
                                             {"NodeLost", SB_JOB_NODE_FAILED},
                                             {NULL, SB_JOB_EVICTED}};
    const struct meaning *found = look_up(reasons, reason);
    return found ? found->state : SB_JOB_EVICTED;
}

/* Why a container waits: these do not end by waiting. */
static bool is_stuck(const char *reason)
{
    static const char *const reasons[] = {"ErrImagePull",
                                          "ImagePullBackOff",
                                          "ErrImageNeverPull",
                                          "InvalidImageName",
                                          "ImageInspectError",
                                          "RegistryUnavailable",
                                          "SignatureValidationFailed",
                                          "CreateContainerConfigError",
                                          "CreateContainerError",
                                          "RunContainerError",
                                          NULL};
    for (int i = 0; reasons[i]; ++i) {
        if (strcmp(reason, reasons[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const json_t *condition(const json_t *pod, const char *type)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach (sb_json_at(pod, "status.conditions"), i, item) {
        if (strcmp(sb_json_text_or(item, "type", ""), type) == 0) {
            return item;
        }
    }
    return NULL;
}

static bool is_true(const json_t *item)
{
    return strcmp(sb_json_text_or(item, "status", ""), "True") == 0;
}

static const json_t *container_state(const json_t *pod)
{
    return json_object_get(json_array_get(sb_json_at(pod, "status.containerStatuses"), 0), "state");
}

/* Exit code, signal or the runtime's own message. */
static void judge_end(struct sb_placed *job, const json_t *ended, bool deleted)
{
    const char *reason = sb_json_text_or(ended, "reason", "");
    char text[256];
    const int code = (int)sb_json_integer_or(ended, "exitCode", -1);
    job->exit_code = code;
    if (strcmp(reason, "OOMKilled") == 0) {
        job->state = SB_JOB_OUT_OF_MEMORY;
    } else if (strcmp(reason, "ContainerStatusUnknown") == 0) {
        job->state = SB_JOB_NODE_FAILED;
    } else {
        job->state = deleted ? SB_JOB_EVICTED : SB_JOB_FAILED;
    }
    snprintf(text, sizeof text,
             code > 128 && code < 193 ? "signal %2$d (exit code %1$d)" : "exit code %1$d", code,
             code - 128);
    const char *message = sb_json_text_or(ended, "message", text);
    sb_kube_words(job, deleted && job->state == SB_JOB_EVICTED ? "its pod was deleted" : reason,
                  message);
}

static bool judge_failed(struct sb_placed *job, const json_t *pod)
{
    const char *reason = sb_json_text_or(pod, "status.reason", "");
    const json_t *disrupted = condition(pod, "DisruptionTarget");
    const json_t *ended = json_object_get(container_state(pod), "terminated");
    job->exit_code = (int)sb_json_integer_or(ended, "exitCode", -1);
    if (reason[0]) {
        job->state = of_pod_reason(reason);
        sb_kube_words(job, reason, sb_json_text_or(pod, "status.message", ""));
    } else if (is_true(disrupted)) {
        reason = sb_json_text_or(disrupted, "reason", "");
        job->state = sb_kube_disruption(reason);
        sb_kube_words(job, reason, sb_json_text_or(disrupted, "message", ""));
    } else if (ended) {
        judge_end(job, ended, sb_json_at(pod, "metadata.deletionTimestamp") != NULL);
    } else {
        job->state = SB_JOB_FAILED;
        sb_kube_words(job, "its pod failed", "");
    }
    return true;
}

/* A full cluster is a queue. What no preemption would help with, waits for a person: labels, taints, more than any node has. */
static void judge_pending(struct sb_placed *job, const json_t *pod)
{
    const json_t *scheduled = condition(pod, "PodScheduled");
    const json_t *waiting = json_object_get(container_state(pod), "waiting");
    const char *message = sb_json_text_or(scheduled, "message", "");
    const char *reason = sb_json_text_or(scheduled, "reason", "");
    job->state = SB_JOB_QUEUED;
    if (scheduled && !is_true(scheduled)) {
        const bool full = strstr(message, "No preemption victims found") ||
                          strstr(message, "not eligible for preemption");
        const bool gated = strcmp(reason, "SchedulingGated") == 0;
        job->state =
            full || gated || strcmp(reason, "Unschedulable") != 0 ? SB_JOB_QUEUED : SB_JOB_HELD;
        sb_kube_words(job, reason, message);
        return;
    }
    reason = sb_json_text_or(waiting, "reason", "");
    job->state = is_stuck(reason) ? SB_JOB_HELD : SB_JOB_QUEUED;
    sb_kube_words(job, reason, sb_json_text_or(waiting, "message", ""));
}

/* It is to go: a node that is given up never says that it has gone. */
static bool judge_leaving(struct sb_placed *job, const json_t *pod, double now_s)
{
    const char *by = sb_json_text_or(pod, "metadata.deletionTimestamp", "");
    const json_t *disrupted = condition(pod, "DisruptionTarget");
    const char *reason = is_true(disrupted) ? sb_json_text_or(disrupted, "reason", "") : "";
    if (sb_kube_disruption(reason) == SB_JOB_NODE_FAILED) {
        job->state = SB_JOB_NODE_FAILED;
        sb_kube_words(job, reason, sb_json_text_or(disrupted, "message", ""));
        return true;
    }
    if (by[0] && now_s > sb_kube_time(by) + ENDS_WITHIN_S) {
        job->state = SB_JOB_NODE_FAILED;
        sb_kube_words(job, reason[0] ? reason : "deleted",
                      "and its node does not say that it ended");
        return true;
    }
    return false;
}

bool sb_kube_pod_judge(struct sb_placed *job, const json_t *pod, double now_s)
{
    const char *phase = sb_json_text_or(pod, "status.phase", "");
    if (strcmp(phase, "Succeeded") == 0) {
        const json_t *ended = json_object_get(container_state(pod), "terminated");
        const char *reason = sb_json_text_or(ended, "reason", "");
        job->state = SB_JOB_DONE;
        job->exit_code = (int)sb_json_integer_or(ended, "exitCode", 0);
        /* the kernel ended a cell for its memory, and the runner lived on to say so */
        sb_kube_words(job, strcmp(reason, "OOMKilled") == 0 ? reason : "", "");
        return true;
    }
    if (strcmp(phase, "Failed") == 0) {
        return judge_failed(job, pod);
    }
    if (judge_leaving(job, pod, now_s)) {
        return true;
    }
    if (strcmp(phase, "Running") == 0) {
        const json_t *ready = condition(pod, "Ready");
        job->state = SB_JOB_RUNNING;
        sb_kube_words(job, "", "");
        if (ready && !is_true(ready) && json_object_get(container_state(pod), "running")) {
            sb_kube_words(job, "its node does not answer", "");
        }
        return false;
    }
    judge_pending(job, pod);
    return false;
}
