/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/engines/engine.h"
#include "harness/place/schedulers/scheduler.h"
#include "harness/util/text.h"

#include <string.h>

static const char *scheduler_name(int i, const void *payload)
{
    (void)payload;
    return sb_schedulers[i]->name;
}

const struct sb_scheduler *sb_scheduler_find(const char *name, struct sb_error *err)
{
    int count = 0;
    for (; sb_schedulers[count]; ++count) {
        if (strcmp(sb_schedulers[count]->name, name) == 0) {
            return sb_schedulers[count];
        }
    }
    const char *near = sb_text_closest(name, count, scheduler_name, NULL);
    sb_fail(err, SB_ENOTFOUND,
            near ? "no scheduler '%s': did you mean '%s'?"
                 : "no scheduler '%s'; 'switchbench list schedulers' names them",
            name, near);
    return NULL;
}

static const char *engine_name(int i, const void *payload)
{
    (void)payload;
    return sb_engines[i]->name;
}

const struct sb_engine *sb_engine_find(const char *name, struct sb_error *err)
{
    int count = 0;
    for (; sb_engines[count]; ++count) {
        if (strcmp(sb_engines[count]->name, name) == 0) {
            return sb_engines[count];
        }
    }
    const char *near = sb_text_closest(name, count, engine_name, NULL);
    sb_fail(err, SB_ENOTFOUND,
            near ? "no container engine '%s': did you mean '%s'?"
                 : "no container engine '%s'; 'switchbench list engines' names them",
            name, near);
    return NULL;
}

bool sb_scheduler_contains(const struct sb_scheduler *scheduler, const struct sb_place *place)
{
    return scheduler->contains && scheduler->contains(place);
}

static const struct {
    const char *text;
    bool ended, infrastructure;
} states[SB_JOB_STATES] = {
    [SB_JOB_QUEUED] = {"queued", false, false},
    [SB_JOB_HELD] = {"held", false, false},
    [SB_JOB_RUNNING] = {"running", false, false},
    [SB_JOB_DONE] = {"done", true, false},
    [SB_JOB_FAILED] = {"failed", true, true},
    [SB_JOB_TIMED_OUT] = {"timed out", true, false},
    [SB_JOB_OUT_OF_MEMORY] = {"out of memory", true, false},
    [SB_JOB_CANCELLED] = {"cancelled", true, false},
    [SB_JOB_NODE_FAILED] = {"node failed", true, true},
    [SB_JOB_PREEMPTED] = {"preempted", true, true},
    [SB_JOB_EVICTED] = {"evicted", true, true},
    [SB_JOB_UNKNOWN] = {"unknown", true, true},
};

const char *sb_job_state_text(enum sb_job_state state)
{
    return state < SB_JOB_STATES ? states[state].text : "unknown";
}

bool sb_job_has_ended(enum sb_job_state state)
{
    return state < SB_JOB_STATES && states[state].ended;
}

bool sb_job_state_is_infrastructure(enum sb_job_state state)
{
    return state < SB_JOB_STATES && states[state].infrastructure;
}
