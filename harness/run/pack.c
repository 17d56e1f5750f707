/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/pack.h"

#include "harness/build/compiler.h"
#include "harness/plan/kernels.h"
#include "harness/run/child.h"
#include "harness/run/counting/again.h"
#include "harness/run/environment.h"
#include "harness/run/node.h"
#include "harness/run/records.h"
#include "harness/run/topology/topology.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"
#include "kernels/toolbox.h"
#include "results/metrics/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_MOST 8

int sb_pack_say(const struct sb_pack *pack, json_t *line, struct sb_error *err)
{
    const int code = sb_records_say(pack->out_fd, line, err);
    json_decref(line);
    return code;
}

int sb_pack_say_topology(const struct sb_pack *pack, struct sb_error *err)
{
    const struct sb_topology_source here = {.root = ""};
    const char *digest = sb_json_text_or(pack->node, "digest", "");
    static char said[65]; /* a runner tells it once */
    char *xml = NULL;
    if (strcmp(said, digest) == 0 || sb_strings_has(&pack->job->topologies, digest) ||
        sb_topology_xml(&xml, &here, NULL) != 0) {
        return 0;
    }
    json_t *event = json_pack("{s:s,s:s,s:s}", "event", "topology", "node", digest, "xml", xml);
    free(xml);
    snprintf(said, sizeof said, "%s", digest);
    return event ? sb_pack_say(pack, event, err) : 0; /* NULL: it is no UTF-8 */
}

bool sb_pack_same_case(const struct sb_cell *a, const struct sb_cell *b)
{
    return a->c.kernel == b->c.kernel && a->replica == b->replica &&
           strcmp(a->preset, b->preset) == 0 && strcmp(a->c.label, b->c.label) == 0 &&
           a->c.precision == b->c.precision && memcmp(a->c.p, b->c.p, sizeof a->c.p) == 0;
}

struct sb_cell_task sb_pack_task(const struct sb_pack *pack, const struct sb_cell *cell)
{
    return (struct sb_cell_task){.job = pack->job,
                                 .cell = cell,
                                 .cpus = pack->cpus,
                                 .cpu_count = pack->cpu_count,
                                 .node = pack->node,
                                 .cache = pack->cache};
}

/* How many cells from @p first on are of one case and fit into memory together; at least one. */
static int group_size(const struct sb_pack *pack, int first)
{
    const double allowed =
        pack->job->memory_limit_bytes > 0 ? pack->job->memory_limit_bytes : sb_memory_allowed();
    const struct sb_cell *cells = pack->job->cell;
    int size = 1;
    double bytes = sb_case_device_bytes(&cells[first].c) + sb_case_host_bytes(&cells[first].c);
    while (size < GROUP_MOST && first + size < pack->job->cell_count &&
           sb_pack_same_case(&cells[first], &cells[first + size])) {
        bytes += sb_case_device_bytes(&cells[first + size].c) +
                 sb_case_host_bytes(&cells[first + size].c);
        if (bytes > 0.8 * allowed) {
            break;
        }
        ++size;
    }
    return size;
}

static int start(struct sb_pack *pack, struct sb_child *child, const struct sb_cell *cell,
                 struct sb_error *err)
{
    const struct sb_cell_task task = sb_pack_task(pack, cell);
    int code = sb_pack_say(pack, json_pack("{s:s,s:s}", "event", "started", "cell", cell->id), err);
    code = code != 0 ? code : sb_child_start(child, &task, pack->node, pack->environment, err);
    if (code == 0) {
        sb_child_ask(child, 'p', pack->job->time_limit_s);
    }
    return code;
}

static int finish(struct sb_pack *pack, struct sb_child *child, struct sb_error *err)
{
    if (child->ready && !child->ended) {
        sb_child_ask(child, 'v', pack->job->time_limit_s);
        sb_child_count(child, pack->job);
    }
    const struct sb_cell *cell = child->cell;
    json_t *record = sb_child_finish(child, pack->job);
    sb_count_again(record, pack, cell);
    (void)sb_metrics_derive(record, NULL);
    return sb_pack_say(pack, record, err);
}

/* Fisher–Yates, drawn from the campaign's seed so that a run can be repeated. */
static void shuffle(struct sb_pack *pack, int *order, int count)
{
    const uint64_t seed = pack->job->cell_count ? pack->job->cell[0].c.seed : 0;
    for (int i = count - 1; i > 0; --i) {
        const int j = (int)(sb_random_bits(seed, 77, pack->draws++) % (uint64_t)(i + 1));
        const int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static int run_group(struct sb_pack *pack, int first, int size, struct sb_error *err)
{
    struct sb_child children[GROUP_MOST];
    int order[GROUP_MOST];
    int started = 0;
    int code = 0;
    for (; code == 0 && started < size; ++started) {
        code = start(pack, &children[started], &pack->job->cell[first + started], err);
        order[started] = started;
        if (code != 0) {
            break;
        }
        if (children[started].ended) {
            code = finish(pack, &children[started],
                          err); /* nothing to wait for: the record goes out now */
            children[started].ended = children[started].done = true;
        }
    }
    for (bool more = true; code == 0 && more;) {
        more = false;
        code = sb_records_still_mine(err);
        shuffle(pack, order, started);
        for (int i = 0; code == 0 && i < started; ++i) {
            struct sb_child *child = &children[order[i]];
            if (child->done) {
                continue;
            }
            sb_child_ask(child, 't', pack->job->time_limit_s);
            more = true;
            if (child->done || child->ended) {
                code = finish(pack, child, err);
                child->done = true;
            }
        }
    }
    for (int i = 0; code != 0 && i < started; ++i) { /* those that ended are no process any more */
        sb_child_kill(&children[i]);
    }
    return code;
}

int sb_pack_open(struct sb_pack *out, const struct sb_job *job, int out_fd, struct sb_error *err)
{
    *out = (struct sb_pack){.job = job, .out_fd = out_fd, .environment = sb_environment_told()};
    int code = sb_node_facts(&out->node, err);
    const int cpus = code == 0 ? sb_node_cpus(out->cpus, SB_PACK_CPUS, err) : 0;
    out->cpu_count = cpus > 0 ? cpus : 0;
    code = cpus < 0 ? cpus : code;
    code = code != 0 ? code : sb_fs_cache(out->cache, sizeof out->cache, "code", err);
    struct sb_compiler compiler;
    char digest[65];
    /* asked once here, known in every cell's process; so is the hash library, whose start costs a millisecond */
    sb_compiler_find(&compiler, NULL);
    sb_text_sha256(digest, job->name, strlen(job->name));
    return code;
}

void sb_pack_close(struct sb_pack *pack)
{
    json_decref(pack->node);
    json_decref(pack->environment);
}

int sb_pack_run(const struct sb_job *job, int out_fd, struct sb_error *err)
{
    struct sb_pack pack;
    int code = sb_pack_open(&pack, job, out_fd, err);
    code = code != 0 ? code : sb_pack_say_topology(&pack, err);
    for (int first = 0; code == 0 && first < job->cell_count;) {
        const int size = group_size(&pack, first);
        code = run_group(&pack, first, size, err);
        first += size;
    }
    sb_pack_close(&pack);
    return code;
}
