/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/cell_count.h"

#include "harness/run/counting/count.h"
#include "harness/run/counting/sysfs.h"
#include "harness/util/json.h"
#include "results/metrics/metric.h"

#include <string.h>

static int repeat_all(uint64_t *out_time_ns, const struct sb_cell_counting *of,
                      struct sb_error *err)
{
    const int code = sb_ranks_repeat(out_time_ns, of->exec, of->backend, of->c, of->launches,
                                     of->ranks, of->stage, err);
    return code != 0 ? code : sb_ranks_most(out_time_ns, of->ranks, err);
}

/* Rank 0 tells the others that there is one more. */
static int repeat(uint64_t *out_time_ns, void *payload, struct sb_error *err)
{
    const struct sb_cell_counting *of = payload;
    bool more = true;
    const int code = sb_ranks_follow(&more, sizeof more, of->ranks, err);
    return code != 0 ? code : repeat_all(out_time_ns, of, err);
}

/* Lost where nobody listens: the last word will say so. */
static void tell(json_t *sources, void *payload)
{
    const struct sb_cell_counting *of = payload;
    json_t *line = json_pack("{s:{s:O}}", "counters", "sources", sources);
    struct sb_error ignored;
    (void)sb_json_write_line(of->task->out, line, &ignored);
    json_decref(line);
}

static int follow(const struct sb_cell_counting *of, struct sb_error *err)
{
    bool more = true;
    uint64_t time_ns = 0;
    int code = 0;
    while (code == 0 && more) {
        code = sb_ranks_follow(&more, sizeof more, of->ranks, err);
        code = code == 0 && more ? repeat_all(&time_ns, of, err) : code;
    }
    return code;
}

/* What a formula may depend on, as the record will say it. */
static void machine_of(char *out, size_t room, const struct sb_cell_counting *of)
{
    json_t *told = json_pack("{s:s,s:s,s:{s:s},s:O}", "backend", of->backend->name, "target",
                             of->task->cell->target, "device", "target", of->device->target, "node",
                             of->task->node);
    sb_metrics_machine(out, room, told);
    json_decref(told);
}

static int lead(json_t **out, const struct sb_cell_counting *of, struct sb_error *err)
{
    struct sb_counters_asked asked;
    json_t *sources = NULL;
    char machine[200];
    machine_of(machine, sizeof machine, of);
    int code = sb_counters_parse(&asked, &of->task->job->counters, err);
    if (code == 0) {
        const struct sb_count_task task = {.asked = &asked,
                                           .target = {.backend = of->backend->name,
                                                      .device = of->device,
                                                      .cpus = of->task->cpus,
                                                      .cpu_count = of->task->cpu_count,
                                                      .root = sb_sysfs_root()},
                                           .machine = machine,
                                           .budget_s = of->task->job->budget_s,
                                           .sampled_ns = of->sampled_ns,
                                           .fastest_ns = of->fastest_ns,
                                           .repeat = repeat,
                                           .tell = tell,
                                           .payload = (void *)of};
        code = sb_count_cell(&sources, &task, err);
    }
    sb_counters_asked_free(&asked);
    *out = sources ? json_pack("{s:o}", "sources", sources) : NULL;
    bool more = false;
    struct sb_error ignored;
    const int told = sb_ranks_follow(&more, sizeof more, of->ranks, code != 0 ? &ignored : err);
    return code != 0 ? code : told;
}

int sb_cell_count(json_t **out, const struct sb_cell_counting *of, struct sb_error *err)
{
    *out = NULL;
    return of->ranks->rank > 0 ? follow(of, err) : lead(out, of, err);
}
