/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/groups.h"

#include <stdlib.h>
#include <string.h>

static bool same(const struct sb_group *g, const struct sb_launch_spec *launch, uint32_t blocks)
{
    return strcmp(g->launch.function, launch->function) == 0 && g->blocks == blocks &&
           memcmp(&g->launch.shape, &launch->shape, sizeof launch->shape) == 0;
}

int sb_groups_find(struct sb_group **out, struct sb_groups *groups,
                   const struct sb_launch_spec *launch, uint32_t blocks, int threads,
                   uint32_t sites, struct sb_error *err)
{
    for (int i = 0; i < groups->count; ++i) {
        if (same(&groups->item[i], launch, blocks)) {
            *out = &groups->item[i];
            return SB_OK;
        }
    }
    if (groups->count == groups->room) {
        const int room = groups->room ? 2 * groups->room : 8;
        struct sb_group *grown = realloc(groups->item, (size_t)room * sizeof *grown);
        if (!grown) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        groups->item = grown;
        groups->room = room;
    }
    *out = &groups->item[groups->count];
    **out = (struct sb_group){.launch = *launch, .blocks = blocks, .threads = threads};
    const int rc = sb_tally_init(&(*out)->tally, sites, err);
    groups->count += rc == SB_OK;
    return rc;
}

static void put(uint32_t *out, size_t *count, uint32_t site)
{
    if (out) {
        out[*count] = site;
    }
    ++*count;
}

size_t sb_groups_sites(const struct sb_groups *groups, const struct sb_flop_table *flop,
                       uint32_t *out)
{
    size_t count = 0;
    for (int i = 0; i < groups->count; ++i) {
        const struct sb_tally *tally = &groups->item[i].tally;
        for (size_t k = 0; k < tally->count; ++k) {
            put(out, &count, tally->site[k].site);
        }
    }
    for (size_t k = 0; k < flop->operations; ++k) {
        put(out, &count, sb_flop_behind(flop->operation[k].site));
    }
    for (size_t k = 0; k < flop->count; ++k) {
        if (flop->block[k].branch) {
            put(out, &count, sb_flop_behind(flop->block[k].branch));
        }
    }
    return count;
}

static json_t *extents(const struct sb_shape *shape)
{
    json_t *list = json_array();
    for (int d = 0; d < shape->dims; ++d) {
        json_array_append_new(list, json_integer(shape->extent[d]));
    }
    return list;
}

static json_t *group_json(const struct sb_group *g, const struct sb_flop_table *flop,
                          sb_line_of *line_of, void *payload)
{
    json_t *object = sb_tally_json(&g->tally, flop, line_of, payload);
    json_t *rest =
        object ? json_pack("{s:s,s:o,s:I,s:I,s:i,s:I,s:I,s:f,s:f,s:{s:I,s:I}}", "function",
                           g->launch.function, "extent", extents(&g->launch.shape), "launches",
                           (json_int_t)g->launches, "blocks", (json_int_t)g->blocks, "threads",
                           g->threads, "counted_blocks", (json_int_t)g->counted_blocks, "cut",
                           (json_int_t)g->cut, "read_bytes", g->read_bytes, "write_bytes",
                           g->write_bytes, "hottest", "warp32", (json_int_t)g->hottest[SB_WARP32],
                           "warp64", (json_int_t)g->hottest[SB_WARP64])
               : NULL;
    if (!rest || json_object_update(object, rest) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(rest);
    return object;
}

json_t *sb_groups_json(const struct sb_groups *groups, const struct sb_flop_table *flop,
                       sb_line_of *line_of, void *payload)
{
    json_t *launches = json_array();
    for (int i = 0; i < groups->count; ++i) {
        json_t *group = group_json(&groups->item[i], flop, line_of, payload);
        if (!group) {
            json_decref(launches);
            return NULL;
        }
        json_array_append_new(launches, group);
    }
    return json_pack("{s:o}", "launches", launches);
}

void sb_groups_free(struct sb_groups *groups)
{
    for (int i = 0; i < groups->count; ++i) {
        sb_tally_free(&groups->item[i].tally);
    }
    free(groups->item);
    *groups = (struct sb_groups){.item = NULL};
}
