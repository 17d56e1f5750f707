/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/tally.h"

#include "backends/twin/device/abi.h"

#include <stdlib.h>
#include <string.h>

#define WAVEFRONT_BYTES 128
#define SECTOR_BYTES 32

const int sb_warp_sizes[SB_WARPS] = {32, 64};

int sb_tally_init(struct sb_tally *out, uint32_t sites, struct sb_error *err)
{
    *out = (struct sb_tally){.slot = calloc(sites, sizeof *out->slot), .sites = sites};
    return out->slot ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
}

static struct sb_tally_site *site_of(struct sb_tally *tally, uint32_t site, unsigned kind)
{
    static struct sb_tally_site nowhere;
    if (site >= tally->sites) {
        return &nowhere;
    }
    uint32_t *slot = &tally->slot[site];
    if (*slot) {
        return &tally->site[*slot - 1];
    }
    if (tally->count == tally->room) {
        const size_t room = tally->room ? 2 * tally->room : 64;
        struct sb_tally_site *grown = realloc(tally->site, room * sizeof *grown);
        if (!grown) {
            tally->failed = true;
            return &nowhere;
        }
        tally->site = grown;
        tally->room = room;
    }
    *slot = (uint32_t)++tally->count;
    struct sb_tally_site *made = &tally->site[tally->count - 1];
    memset(made, 0, sizeof *made);
    made->site = site;
    made->kind = (uint8_t)kind;
    return made;
}

void sb_tally_block(struct sb_tally *tally, int warp, uint32_t site, uint64_t mask)
{
    struct sb_tally_site *s = site_of(tally, site, SB_EVENT_BLOCK);
    s->warp[warp].steps++;
    s->warp[warp].lanes += (uint64_t)__builtin_popcountll(mask);
}

void sb_tally_divergence(struct sb_tally *tally, int warp, uint32_t site)
{
    site_of(tally, site, SB_EVENT_BLOCK)->warp[warp].divergent++;
}

void sb_tally_access(struct sb_tally *tally, int warp, uint32_t site, unsigned kind,
                     const struct sb_request *request)
{
    struct sb_access_sum *sum = &site_of(tally, site, kind)->warp[warp].access;
    const uint32_t lanes = sb_request_lanes(request);
    sum->requests++;
    sum->lanes += lanes;
    sum->bytes += (uint64_t)lanes * request->bytes;
    if (kind & SB_EVENT_SHARED) {
        const struct sb_banks banks = sb_request_banks(request);
        sum->wavefronts += banks.wavefronts;
        sum->phases += banks.phases;
        sum->least_bytes += sb_request_least_bytes(request, banks.wavefronts * WAVEFRONT_BYTES);
    } else {
        const struct sb_coalescing pieces = sb_request_coalescing(request);
        sum->sectors += pieces.sectors;
        sum->halves += pieces.halves;
        sum->lines += pieces.lines;
        sum->least_bytes += sb_request_least_bytes(request, pieces.sectors * SECTOR_BYTES);
    }
    if ((kind & 0xF) == SB_TWIN_ATOMIC) {
        sum->repeats += sb_request_repeats(request);
    }
}

void sb_tally_free(struct sb_tally *tally)
{
    free(tally->site);
    free(tally->slot);
    *tally = (struct sb_tally){.site = NULL};
}
