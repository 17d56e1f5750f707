/* SPDX-License-Identifier: Apache-2.0 */
/* The twin of a GPU: what one would do with the kernel, counted where there is none (backends/twin/counts/). */
#include "harness/run/counting/tool.h"
#include "harness/run/counting/twin_counts.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    static struct sb_probe found;
    const struct sb_backend *twin = sb_backend_find("twin");
    if (!twin || twin->absent_reason) {
        return sb_fail(err, SB_EABSENT, "%s",
                       twin ? twin->absent_reason : "this runner has no backend 'twin'");
    }
    twin->probe(&found);
    if (found.count == 0) {
        return sb_fail(err, SB_EABSENT, found.remedy[0] ? "%s (%s)" : "%s", found.reason,
                       found.remedy);
    }
    snprintf(version, room, "switchbench %s", SB_VERSION);
    return 0;
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    struct sb_counter_event event;
    (void)err;
    int code = 0;
    for (int i = 0; code == 0 && sb_twin_event(&event, i); ++i) {
        code = each(&event, payload);
    }
    return code;
}

static json_t *tell(const struct sb_again *again, const json_t *counts, int warp)
{
    json_t *events = json_array();
    char note[300];
    struct sb_counter_event event;
    for (int a = 0; again->events[a]; ++a) {
        int i = 0;
        while (sb_twin_event(&event, i) && strcmp(event.name, again->events[a]) != 0) {
            ++i;
        }
        json_array_append_new(events, sb_tool_event(&event, sb_twin_sum(counts, i, warp)));
    }
    snprintf(note, sizeof note,
             "of the source as it is written for warps of %d, compiled by this machine's compiler: "
             "registers, spills and what a GPU's compiler merges are not in it%s",
             warp,
             sb_twin_sampled(counts) ? "; large launches are scaled up from a part of their blocks"
                                     : "");
    return json_pack("{s:o,s:s}", "events", events, "note", note);
}

static int again(json_t **out, const struct sb_again *again, struct sb_error *err)
{
    const bool opencl = strcmp(again->backend, "opencl") == 0;
    const bool twin = strcmp(again->backend, "twin") == 0;
    const char *target = opencl ? "opencl" : twin ? again->target : "native";
    const int warp = strcmp(again->backend, "hip") == 0 ? 64 : 32;
    char parent[24];
    json_t *answer = NULL;
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const argv[] = {again->runner, "--parent",      parent,
                                "--counted",   again->job_file, NULL};
    int code = sb_tool_job(again, json_pack("{s:b}", "counts", 1),
                           json_pack("{s:s,s:s}", "backend", "twin", "target", target), err);
    code = code != 0 ? code : sb_tool_run(&answer, argv, "the twin", again, err);
    const json_t *counts = sb_json_at(answer, "observed.counts");
    if (code == 0 && !json_is_object(counts)) {
        code = sb_fail(err, SB_ECRASH, "the twin ran the cell, and counted nothing");
    }
    if (code == 0) {
        *out = tell(again, counts, warp);
    }
    json_decref(answer);
    return code;
}

static const char *const usual[] = {"flop-double",
                                    "flop-float",
                                    "load-requests",
                                    "load-sectors",
                                    "store-requests",
                                    "store-sectors",
                                    "read-bytes",
                                    "write-bytes",
                                    "bank-conflicts",
                                    "atomic-requests",
                                    "branches",
                                    "divergent-branches",
                                    NULL};

const struct sb_counter_source sb_counter_source_twin = {
    .name = "twin",
    .title = "the twin of a GPU: flop, sectors, bank conflicts, atomics, divergence of the source",
    .scope = "simulated",
    .backends = (const char *const[]){"cuda", "hip", "opencl", "twin", NULL},
    .usual = usual,
    .probe = probe,
    .list = list,
    .again = again,
};
