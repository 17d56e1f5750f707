/* SPDX-License-Identifier: Apache-2.0 */
/* words: work_group_ */
/* What collective functions of a work-group need: each work-item's value, to be read by all. Orders no memory. */
#include "../abi.h"

#define GROUPS_MOST 64 /* resident at a time: SB_RESIDENT_MOST */
#define ITEMS_MOST 1024

static struct gathered {
    uint32_t group, launch, inside; /* inside: work-items that have come and not yet gone; 0: the place is free */
    uint64_t value[ITEMS_MOST];
} places[GROUPS_MOST];

static struct gathered *place(void)
{
    const uint32_t group = sb_twin.tid >> sb_twin.tid_bits, launch = sb_twin.race_from[SB_TWIN_IN_GLOBAL];
    struct gathered *vacant = NULL;
    for (int i = 0; i < GROUPS_MOST; ++i) {
        struct gathered *p = &places[i];
        if (p->inside > 0 && p->launch == launch && p->group == group) {
            return p;
        }
        vacant = !vacant && (p->inside == 0 || p->launch != launch) ? p : vacant;
    }
    vacant->group = group;
    vacant->launch = launch;
    vacant->inside = 0;
    return vacant;
}

/** Gives this work-item's value; returns those of all, by local linear id, until sb_twin_gathered(). */
SB_TWIN_HIDDEN const uint64_t *sb_twin_gather(uint64_t value, const void *pc);
const uint64_t *sb_twin_gather(uint64_t value, const void *pc)
{
    struct gathered *p = place();
    p->inside++;
    p->value[sb_twin.tid & ((1U << sb_twin.tid_bits) - 1)] = value;
    sb_twin.barrier(SB_TWIN_PLAIN, 0, 0, pc);
    return p->value;
}
SB_TWIN_HIDDEN void sb_twin_gathered(const void *pc);
void sb_twin_gathered(const void *pc)
{
    sb_twin.barrier(SB_TWIN_PLAIN, 0, 0, pc);
    place()->inside--;
}
