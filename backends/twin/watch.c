/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses that the fast path (device/access.c) does not settle. It lets through only what cannot be a finding; here
 * each granule is judged exactly, and its shadow brought up to date. */
#include "backends/twin/twin.h"

#include <string.h>

/* One access, while it is judged. */
struct access {
    struct sb_exec *exec;
    struct sb_twin_block *block;
    struct sb_twin_segment *segment;
    enum sb_twin_memory memory;
    enum sb_twin_access kind;
    uintptr_t address;
    size_t bytes;
    uint32_t site, tid;
    bool writes, atomic;
};

/* Number of a thread within its block. */
static int within_block(const struct access *a, uint32_t tid)
{
    return (int)(tid & ((1U << a->exec->object.twin->tid_bits) - 1));
}

static struct sb_party me(const struct access *a)
{
    return sb_twin_party(a->tid, a->site, a->kind);
}

static size_t element_bytes(const struct sb_exec *exec, const struct sb_twin_segment *segment,
                            size_t accessed)
{
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        if (segment == &exec->array[i].segment && exec->array[i].element_bytes) {
            return exec->array[i].element_bytes;
        }
    }
    const size_t granule = (size_t)1 << segment->shift;
    return accessed < granule || accessed > 2 * granule ? granule : accessed;
}

static struct sb_finding describe(const struct access *a, enum sb_finding_kind kind,
                                  const struct sb_twin_segment *segment, uintptr_t address)
{
    struct sb_finding finding = {.kind = kind, .first = me(a)};
    if (segment) {
        const size_t size = element_bytes(a->exec, segment, a->bytes);
        const int64_t off = (int64_t)address - (int64_t)segment->begin;
        snprintf(finding.array, sizeof finding.array, "%s", segment->name);
        finding.index =
            off >= 0 ? off / (int64_t)size : -((-off + (int64_t)size - 1) / (int64_t)size);
        finding.elements = (int64_t)(segment->bytes / size);
    }
    finding.memory = a->memory == SB_TWIN_IN_SHARED ? "shared" : "global";
    return finding;
}

/* Lanes that took part in a __syncwarp() after the access are ordered behind it. */
static bool warp_ordered(const struct access *a, uint32_t tid, uint32_t epoch)
{
    const struct sb_twin_schedule *s = &a->exec->schedule;
    const int other = within_block(a, tid);
    const int own = within_block(a, a->tid);
    if (other / s->warp_size != own / s->warp_size) {
        return false;
    }
    const struct sb_order_thread *order = &a->block->order[own];
    for (uint32_t i = 0; i < 8 && i < order->warps; ++i) {
        if (order->warp[i].epoch > epoch && order->warp[i].mask >> (other % s->warp_size) & 1) {
            return true;
        }
    }
    return false;
}

enum relation { ORDERED, RACES, WRONG_FENCE };

/* How an earlier access of this launch by another thread stands to the present one. */
static enum relation relate(const struct access *a, uint32_t tid, uint32_t epoch)
{
    const struct sb_twin *twin = a->exec->object.twin;
    const bool same_block = (tid ^ a->tid) >> twin->tid_bits == 0;
    if (same_block ? epoch < twin->interval[a->memory] : a->memory == SB_TWIN_IN_SHARED) {
        return ORDERED; /* shared memory of another block: marks of a copy that it did not wait for */
    }
    if (a->exec->schedule.order_used) {
        if ((same_block && warp_ordered(a, tid, epoch)) ||
            sb_order_before(&a->exec->order, &a->block->order[within_block(a, a->tid)],
                            &a->block->known, tid, twin->tid_bits, epoch)) {
            return ORDERED;
        }
    }
    const enum sb_twin_memory other =
        a->memory == SB_TWIN_IN_SHARED ? SB_TWIN_IN_GLOBAL : SB_TWIN_IN_SHARED;
    return same_block && epoch < twin->interval[other] ? WRONG_FENCE : RACES;
}

/* The latest __syncwarp() of all lanes of this thread's warp; 0: none. */
static uint32_t warp_epoch(const struct access *a)
{
    const struct sb_twin_schedule *s = &a->exec->schedule;
    const int own = within_block(a, a->tid);
    const int first = own / s->warp_size * s->warp_size;
    const int lanes = s->threads - first < s->warp_size ? s->threads - first : s->warp_size;
    const uint64_t all = lanes == 64 ? ~0ULL : (1ULL << lanes) - 1;
    const struct sb_order_thread *order = &a->block->order[own];
    uint32_t latest = 0;
    for (uint32_t i = 0; i < 8 && i < order->warps; ++i) {
        const bool full = (order->warp[i].mask & all) == all;
        latest = full && order->warp[i].epoch > latest ? order->warp[i].epoch : latest;
    }
    return latest;
}

/* Whether all readers of this block that the cell stands for come before what the thread does now. */
static bool readers_before(const struct access *a, const struct sb_twin_cell *cell)
{
    const struct sb_twin *twin = a->exec->object.twin;
    if (!(cell->r_site & SB_TWIN_MANY)) {
        return cell->r_tid == a->tid || relate(a, cell->r_tid, cell->r_epoch) == ORDERED;
    }
    if (cell->r_epoch < twin->interval[a->memory] &&
        (cell->r_tid ^ a->tid) >> twin->tid_bits == 0) {
        return true;
    }
    return !(cell->r_site & SB_TWIN_MANY_WARPS) && (cell->r_tid ^ a->tid) >> twin->warp_bits == 0 &&
           cell->r_epoch < warp_epoch(a);
}

/* The thread's plain read of what others update atomically: reported unless its compare-and-swap follows. */
static void guess(const struct access *a, const struct sb_finding *finding, uintptr_t address)
{
    const int own = within_block(a, a->tid);
    struct sb_twin_thread *thread = &a->block->thread[own];
    if (thread->guess.address && thread->guess.address != address) {
        sb_twin_find(&thread->guess.finding);
    }
    thread->guess.address = address;
    thread->guess.finding = *finding;
}

static void find_race(const struct access *a, const struct sb_party *other, enum relation relation,
                      uintptr_t address)
{
    struct sb_finding finding = describe(
        a, relation == WRONG_FENCE ? SB_FINDING_FENCE : SB_FINDING_RACE, a->segment, address);
    finding.second = *other;
    if (a->kind == SB_TWIN_READ && other->access == SB_TWIN_ATOMIC) {
        guess(a, &finding, address);
    } else {
        sb_twin_find(&finding);
    }
}

/* Against the latest write. A thread that is itself the latest to update atomically comes after all that did before. */
static void judge_writer(const struct access *a, const struct sb_twin_cell *cell, uintptr_t address)
{
    const bool was_atomic = cell->w_site & SB_TWIN_WAS_ATOMIC;
    if (cell->w_epoch < a->exec->object.twin->race_from[a->memory] || cell->w_tid == a->tid ||
        (was_atomic && a->atomic)) {
        return;
    }
    const enum relation relation = relate(a, cell->w_tid, cell->w_epoch);
    if (relation != ORDERED) {
        const struct sb_party other =
            sb_twin_party(cell->w_tid, cell->w_site, was_atomic ? SB_TWIN_ATOMIC : SB_TWIN_WRITE);
        find_race(a, &other, relation, address);
    }
}

/* A write against the plain reads. (Atomic reads are not noted, and so never meet an atomic write here.) */
static void judge_readers(const struct access *a, const struct sb_twin_cell *cell,
                          uintptr_t address)
{
    const struct sb_twin *twin = a->exec->object.twin;
    if (cell->r_epoch < twin->race_from[a->memory]) {
        return;
    }
    struct sb_party other = sb_twin_party(cell->r_tid, cell->r_site, SB_TWIN_READ);
    const bool own_block = (cell->r_tid ^ a->tid) >> twin->tid_bits == 0;
    if (!readers_before(a, cell)) {
        const enum relation relation =
            cell->r_tid == a->tid ? RACES : relate(a, cell->r_tid, cell->r_epoch);
        if (cell->r_tid == a->tid || relation == ORDERED) {
            other.known = false; /* it is another of the readers */
        }
        find_race(a, &other, relation == ORDERED ? RACES : relation, address);
    } else if (cell->r_site & SB_TWIN_MANY_BLOCKS && own_block && !a->exec->schedule.order_used) {
        other.known = false;
        find_race(a, &other, RACES, address);
    }
}

static void judge(const struct access *a, struct sb_twin_cell *cell, uintptr_t address)
{
    const struct sb_twin *twin = a->exec->object.twin;
    if (a->kind != SB_TWIN_WRITE && a->kind != SB_TWIN_ATOMIC_WRITE &&
        cell->w_epoch < twin->valid_from[a->memory]) {
        struct sb_finding finding = describe(a, SB_FINDING_UNINITIALISED, a->segment, address);
        sb_twin_find(&finding);
    }
    if (a->kind ==
        SB_TWIN_ATOMIC_COMPARE) { /* the thread's plain read before it was a guess that is checked now */
        struct sb_twin_thread *thread = &a->block->thread[within_block(a, a->tid)];
        thread->guess.address = thread->guess.address == address ? 0 : thread->guess.address;
        if (cell->r_tid == a->tid && !(cell->r_site & (SB_TWIN_MANY | SB_TWIN_MANY_BLOCKS))) {
            cell->r_epoch = 0;
        }
    }
    judge_writer(a, cell, address);
    if (a->writes) {
        judge_readers(a, cell, address);
    }
}

static bool same_block(const struct access *a, uint32_t tid)
{
    return (tid ^ a->tid) >> a->exec->object.twin->tid_bits == 0;
}

static void note_write(const struct access *a, struct sb_twin_cell *cell)
{
    const struct sb_twin *twin = a->exec->object.twin;
    uint32_t flags = a->atomic ? SB_TWIN_WAS_ATOMIC : 0;
    if (a->atomic && cell->w_site & SB_TWIN_WAS_ATOMIC &&
        cell->w_epoch >= twin->race_from[a->memory]) {
        flags |= cell->w_site & SB_TWIN_MANY_BLOCKS;
        flags |= same_block(a, cell->w_tid) ? 0 : SB_TWIN_MANY_BLOCKS;
        const bool now = cell->w_epoch >= twin->interval[a->memory];
        flags |= same_block(a, cell->w_tid) && now ? (cell->w_site & SB_TWIN_MANY) : 0;
        flags |= same_block(a, cell->w_tid) && now && cell->w_tid != a->tid ? SB_TWIN_MANY : 0;
    }
    cell->w_tid = a->tid;
    cell->w_epoch = twin->now[a->memory];
    cell->w_site = a->site | flags;
}

static void note_read(const struct access *a, struct sb_twin_cell *cell)
{
    const struct sb_twin *twin = a->exec->object.twin;
    uint32_t kept = 0;
    if (cell->r_epoch >= twin->race_from[a->memory]) {
        if (!same_block(a, cell->r_tid)) {
            cell->r_site |= SB_TWIN_MANY_BLOCKS;
            return;
        }
        kept = cell->r_site & SB_TWIN_MANY_BLOCKS;
        if (!readers_before(a, cell)) {
            cell->r_site |= cell->r_tid == a->tid ? 0 : SB_TWIN_MANY;
            cell->r_site |= (cell->r_tid ^ a->tid) >> twin->warp_bits ? SB_TWIN_MANY_WARPS : 0;
            cell->r_epoch = twin->now[a->memory];
            return;
        }
    }
    cell->r_tid = a->tid;
    cell->r_epoch = twin->now[a->memory];
    cell->r_site = a->site | kept;
}

/* Volatile accesses of shared memory order nothing (they once were taken for a barrier of a warp). */
static bool counts_as_atomic(enum sb_twin_access kind, enum sb_twin_memory memory)
{
    return kind == SB_TWIN_ATOMIC || kind == SB_TWIN_ATOMIC_COMPARE ||
           (kind > SB_TWIN_ATOMIC && memory == SB_TWIN_IN_GLOBAL);
}

static void out_of_bounds(struct access *a)
{
    const struct sb_twin_segment *near = a->segment;
    if (!near) {
        near = sb_twin_memory_nearest(a->exec, a->address);
    }
    uintptr_t address = a->address;
    if (near && address >= near->begin && address < near->begin + near->bytes) {
        address = near->begin + near->bytes; /* the part that hangs over */
    }
    struct sb_finding finding = describe(a, SB_FINDING_BOUNDS, near, address);
    sb_twin_find(&finding);
}

/* A value that hangs over an array's end, or lies in no array. Harmless for us only where there is memory. */
static void judge_outside(struct access *a)
{
    out_of_bounds(a);
    if (!sb_twin_memory_mapped(a->exec, a->address, a->bytes)) {
        sb_twin_stop_thread();
    }
}

static void judge_cells(struct access *a)
{
    struct sb_twin_segment *segment = a->segment;
    const size_t at = a->address - segment->begin;
    uint32_t shift = segment->shift;
    while (shift > 0 && ((at | a->bytes) & (((size_t)1 << shift) - 1))) {
        --shift;
    }
    if (shift < segment->shift && sb_twin_segment_refine(segment, shift, NULL) != 0) {
        return; /* out of memory: this access goes unwatched, none is blamed for it */
    }
    for (size_t k = at >> segment->shift; k << segment->shift < at + a->bytes; ++k) {
        struct sb_twin_cell *cell = &segment->cells[k];
        judge(a, cell, segment->begin + (k << segment->shift));
        if (a->writes) {
            note_write(a, cell);
        } else if (!a->atomic) {
            note_read(a, cell);
        }
    }
}

void sb_twin_watch(const void *p, size_t bytes, enum sb_twin_access kind, const void *pc)
{
    struct sb_exec *exec = sb_twin_running;
    struct sb_twin *twin = exec->object.twin;
    struct access a = {.exec = exec,
                       .block = &exec->schedule.block[exec->schedule.running],
                       .kind = kind,
                       .address = (uintptr_t)p,
                       .bytes = bytes,
                       .site = sb_twin_site(pc),
                       .tid = twin->tid};
    a.segment = sb_twin_memory_find(exec, a.address, &a.memory);
    a.writes = kind != SB_TWIN_READ && kind != SB_TWIN_ATOMIC_READ;
    a.atomic = counts_as_atomic(kind, a.memory);
    if (!a.segment || a.address + bytes > a.segment->begin + a.segment->bytes) {
        if (!sb_twin_memory_innocent(exec, a.address, bytes)) {
            judge_outside(&a);
        }
        return;
    }
    if (a.writes && a.segment->read_only) {
        struct sb_finding finding = describe(&a, SB_FINDING_READ_ONLY, a.segment, a.address);
        sb_twin_find(&finding);
        return;
    }
    if (kind >= SB_TWIN_ATOMIC) {
        exec->used_atomics = true;
    }
    judge_cells(&a);
    if (kind >= SB_TWIN_ATOMIC && exec->schedule.order_used) {
        sb_order_atomic(&exec->order, &a.block->order[within_block(&a, a.tid)], &a.block->known,
                        a.address, a.tid, twin->interval[SB_TWIN_IN_GLOBAL],
                        a.memory == SB_TWIN_IN_SHARED);
    }
}
