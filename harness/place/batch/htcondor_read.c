/* SPDX-License-Identifier: Apache-2.0 */
/* Job ads of condor_q -json and condor_history -json (HTCondor manual, "Job ClassAd Attributes"; HoldReasonCode's table there). */
#include "harness/place/batch/htcondor.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

/* JobStatus */
enum { IDLE = 1, RUNNING, REMOVED, COMPLETED, HELD, TRANSFERRING, SUSPENDED };

static void read_held(struct sb_placed *out, const json_t *ad)
{
    const int code = (int)sb_json_integer_or(ad, "HoldReasonCode", 0);
    const int sub = (int)sb_json_integer_or(ad, "HoldReasonSubCode", 0);
    out->state = code == 34                 ? SB_JOB_OUT_OF_MEMORY
                 : code == 46 || code == 47 ? SB_JOB_TIMED_OUT
                                            : SB_JOB_HELD;
    sb_batch_words(out, "held, code %d.%d: %s", code, sub,
                   sb_json_text_or(ad, "HoldReason", "no reason given"));
}

static void read_removed(struct sb_placed *out, const json_t *ad, bool live)
{
    const char *reason = sb_json_text_or(ad, "RemoveReason", "");
    const bool limit = strstr(reason, "PeriodicRemove") != NULL;
    /* in the queue still: its processes may be there until the node has answered */
    out->state = live ? SB_JOB_RUNNING : limit ? SB_JOB_TIMED_OUT : SB_JOB_CANCELLED;
    sb_batch_words(out, "%s%s", live ? "being removed: " : limit ? "time limit: " : "", reason);
}

static void read_completed(struct sb_placed *out, const json_t *ad)
{
    const json_t *by_signal = json_object_get(ad, "ExitBySignal");
    if (json_is_true(by_signal)) {
        sb_batch_ended(out, 128 + (int)sb_json_integer_or(ad, "ExitSignal", 0));
    } else {
        sb_batch_ended(out, (int)sb_json_integer_or(ad, "ExitCode", -1));
    }
}

static void read_state(struct sb_placed *out, const json_t *ad, bool live)
{
    switch (sb_json_integer_or(ad, "JobStatus", 0)) {
    case IDLE:
        out->state = SB_JOB_QUEUED;
        sb_batch_words(out, out->starts > 0 ? "idle again after a start: %s" : "idle%s",
                       out->starts > 0
                           ? sb_json_text_or(ad, "VacateReason", "evicted, or its node was lost")
                           : "");
        break;
    case RUNNING:
    case TRANSFERRING:
        out->state = SB_JOB_RUNNING;
        break;
    case SUSPENDED:
        out->state = SB_JOB_QUEUED;
        sb_batch_words(out, "suspended");
        break;
    case REMOVED:
        read_removed(out, ad, live);
        break;
    case COMPLETED:
        read_completed(out, ad);
        break;
    case HELD:
        read_held(out, ad);
        break;
    default:
        out->state = SB_JOB_UNKNOWN;
        sb_batch_words(out, "a state that HTCondor's manual does not name: %d",
                       (int)sb_json_integer_or(ad, "JobStatus", -1));
    }
}

static int read_ad(struct sb_placed *out, const json_t *ad, bool live, struct sb_error *err)
{
    int64_t cluster = 0;
    int64_t process = 0;
    int code = sb_json_integer(&cluster, ad, "ClusterId", err);
    code = code != 0 ? code : sb_json_integer(&process, ad, "ProcId", err);
    if (code != 0) {
        return sb_fail_in(err, SB_EINFRA, "htcondor: a job's ad");
    }
    *out = (struct sb_placed){.exit_code = -1};
    snprintf(out->id, sizeof out->id, "%lld.%lld", (long long)cluster, (long long)process);
    snprintf(out->tag, sizeof out->tag, "%s", sb_json_text_or(ad, "SwitchbenchTag", ""));
    out->starts = (int)sb_json_integer_or(ad, "NumJobStarts", 0);
    const char *slot = sb_json_text_or(ad, "RemoteHost", sb_json_text_or(ad, "LastRemoteHost", ""));
    const char *at = strrchr(slot, '@'); /* slot1_2@node */
    snprintf(out->node, sizeof out->node, "%s", at ? at + 1 : slot);
    read_state(out, ad, live);
    return 0;
}

int sb_htcondor_read(struct sb_placed **list, int *count, const char *text, bool live,
                     struct sb_error *err)
{
    json_t *ads = NULL;
    size_t i;
    json_t *ad;
    int code = sb_batch_json(&ads, text, live ? "condor_q" : "condor_history", err);
    if (code != 0) {
        return code;
    }
    json_array_foreach (ads, i, ad) {
        struct sb_placed job;
        code = read_ad(&job, ad, live, err);
        code = code != 0 ? code : sb_batch_push(list, count, &job, err);
        if (code != 0) {
            break;
        }
    }
    json_decref(ads);
    return code;
}
