/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/tally.h"
#include "backends/twin/device/abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME 128

/* Groups of accesses, by direction and memory. */
enum { LOAD, STORE, ATOMIC, SHARED_LOAD, SHARED_STORE, SHARED_ATOMIC, GROUPS };
static const char *const group_names[GROUPS] = {"load",        "store",        "atomic",
                                                "shared_load", "shared_store", "shared_atomic"};

struct sum {
    char file[FILE_NAME];
    int line;
    double flop[2][SB_FLOP_KINDS];
    struct {
        struct sb_access_sum access[GROUPS];
        uint64_t steps, lanes, branches, divergent;
    } warp[SB_WARPS];
};

struct sums {
    struct sum *item; /* [0] is the total */
    size_t count, room;
    sb_line_of *line_of;
    void *payload;
};

static struct sum *sum_at(struct sums *sums, uint32_t site)
{
    char file[FILE_NAME] = "";
    int line = 0;
    if (!sums->line_of(sums->payload, site, file, sizeof file, &line)) {
        return NULL;
    }
    for (size_t i = 1; i < sums->count; ++i) {
        if (sums->item[i].line == line && strcmp(sums->item[i].file, file) == 0) {
            return &sums->item[i];
        }
    }
    if (sums->count == sums->room) {
        struct sum *grown = realloc(sums->item, 2 * sums->room * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        sums->item = grown;
        sums->room *= 2;
    }
    struct sum *made = &sums->item[sums->count++];
    memset(made, 0, sizeof *made);
    memcpy(made->file, file, sizeof file);
    made->line = line;
    return made;
}

static void add_access(struct sum *sum, const struct sb_tally_site *site)
{
    const unsigned kind = site->kind & 0xF;
    const int group = (site->kind & SB_EVENT_SHARED ? SHARED_LOAD : LOAD) +
                      (kind == SB_TWIN_ATOMIC                                  ? ATOMIC
                       : kind == SB_TWIN_WRITE || kind == SB_TWIN_ATOMIC_WRITE ? STORE
                                                                               : LOAD);
    for (int w = 0; w < SB_WARPS; ++w) {
        const uint64_t *from = (const uint64_t *)&site->warp[w].access;
        uint64_t *to = (uint64_t *)&sum->warp[w].access[group];
        for (size_t i = 0; i < sizeof(struct sb_access_sum) / sizeof *from; ++i) {
            to[i] += from[i];
        }
    }
}

static void add_block(struct sum *sum, const struct sb_tally_site *site)
{
    for (int w = 0; sum && w < SB_WARPS; ++w) {
        sum->warp[w].steps += site->warp[w].steps;
        sum->warp[w].lanes += site->warp[w].lanes;
    }
}

static void add_branch(struct sum *sum, const struct sb_tally_site *site)
{
    for (int w = 0; sum && w < SB_WARPS; ++w) {
        sum->warp[w].branches += site->warp[w].steps;
        sum->warp[w].divergent += site->warp[w].divergent;
    }
}

/* Each operation belongs to its own line, which need not be that of its block's head. */
static void add_flop(struct sums *sums, const struct sb_flop_table *table,
                     const struct sb_block_flop *block, double times)
{
    for (uint32_t i = block->first; i < block->first + block->operations; ++i) {
        const struct sb_flop_operation *op = &table->operation[i];
        struct sum *sum = sum_at(sums, sb_flop_behind(op->site));
        sums->item[0].flop[op->single][op->kind] += op->lanes * times;
        if (sum) {
            sum->flop[op->single][op->kind] += op->lanes * times;
        }
    }
}

static void add_site(struct sums *sums, const struct sb_tally_site *site,
                     const struct sb_flop_table *table)
{
    struct sum *sum = sum_at(sums, site->site);
    if (site->kind != SB_EVENT_BLOCK) {
        add_access(&sums->item[0], site);
        if (sum) {
            add_access(sum, site);
        }
        return;
    }
    const struct sb_block_flop *block = sb_flop_find(table, site->site);
    add_block(&sums->item[0], site);
    add_block(sum, site);
    if (block && block->branch) { /* it stands on a line of its own */
        struct sum *branch = sum_at(sums, sb_flop_behind(block->branch));
        add_branch(&sums->item[0], site);
        add_branch(branch, site);
    }
    if (block) {
        add_flop(sums, table, block, (double)site->warp[SB_WARP32].lanes);
    }
}

static void set(json_t *object, const char *key, uint64_t value)
{
    if (value) {
        json_object_set_new(object, key, json_integer((json_int_t)value));
    }
}

static json_t *access_json(const struct sb_access_sum *sum)
{
    json_t *object = json_object();
    set(object, "requests", sum->requests);
    set(object, "lanes", sum->lanes);
    set(object, "bytes", sum->bytes);
    set(object, "sectors", sum->sectors);
    set(object, "halves", sum->halves);
    set(object, "lines", sum->lines);
    set(object, "wavefronts", sum->wavefronts);
    set(object, "phases", sum->phases);
    set(object, "least_bytes", sum->least_bytes);
    set(object, "repeats", sum->repeats);
    return object;
}

static json_t *flop_json(const double flop[SB_FLOP_KINDS])
{
    json_t *object = json_object();
    for (int kind = 0; kind < SB_FLOP_KINDS; ++kind) {
        set(object, sb_flop_names[kind], (uint64_t)flop[kind]);
    }
    return object;
}

static json_t *sum_json(const struct sum *sum)
{
    json_t *object = json_object();
    json_t *flop = json_object();
    if (sum->line > 0) {
        json_object_set_new(object, "file", json_string(sum->file));
        json_object_set_new(object, "line", json_integer(sum->line));
    }
    json_object_set_new(flop, "fp64", flop_json(sum->flop[0]));
    json_object_set_new(flop, "fp32", flop_json(sum->flop[1]));
    json_object_set_new(object, "flop", flop);
    for (int w = 0; w < SB_WARPS; ++w) {
        char name[16];
        json_t *warp = json_object();
        for (int group = 0; group < GROUPS; ++group) {
            if (sum->warp[w].access[group].requests) {
                json_object_set_new(warp, group_names[group],
                                    access_json(&sum->warp[w].access[group]));
            }
        }
        set(warp, "steps", sum->warp[w].steps);
        set(warp, "lanes", sum->warp[w].lanes);
        set(warp, "branches", sum->warp[w].branches);
        set(warp, "divergent", sum->warp[w].divergent);
        snprintf(name, sizeof name, "warp%d", sb_warp_sizes[w]);
        json_object_set_new(object, name, warp);
    }
    return object;
}

static int by_line(const void *a, const void *b)
{
    const struct sum *x = a;
    const struct sum *y = b;
    const int files = strcmp(x->file, y->file);
    return files ? files : x->line - y->line;
}

json_t *sb_tally_json(const struct sb_tally *tally, const struct sb_flop_table *flop,
                      sb_line_of *line_of, void *payload)
{
    struct sums sums = {.item = calloc(16, sizeof *sums.item),
                        .count = 1,
                        .room = 16,
                        .line_of = line_of,
                        .payload = payload};
    if (!sums.item || tally->failed) {
        free(sums.item);
        return NULL;
    }
    for (size_t i = 0; i < tally->count; ++i) {
        add_site(&sums, &tally->site[i], flop);
    }
    qsort(sums.item + 1, sums.count - 1, sizeof *sums.item, by_line);
    json_t *lines = json_array();
    for (size_t i = 1; i < sums.count; ++i) {
        json_array_append_new(lines, sum_json(&sums.item[i]));
    }
    json_t *object = json_object();
    json_object_set_new(object, "total", sum_json(&sums.item[0]));
    json_object_set_new(object, "lines", lines);
    free(sums.item);
    return object;
}
