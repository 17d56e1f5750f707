/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/collect.h"

#include "backends/twin/counts/footprint.h"
#include "backends/twin/counts/groups.h"
#include "backends/twin/counts/hot.h"

#include <stdlib.h>
#include <string.h>

#define THREADS_MOST 1024
#define NO_BLOCK (~0U)
#define EVENTS_FIRST ((size_t)1 << 16)
#define EVENTS_MOST ((size_t)1 << 24) /* 256 MiB: then an interval is cut */
#define BEYOND_LAST_BLOCK (1U << 20)  /* an access stands after the head of its block */

struct sb_counting {
    struct sb_twin *twin;
    struct sb_twin_log *log;
    int32_t (*barrier)(enum sb_twin_barrier, unsigned, int32_t, const void *); /* the twin's own */
    struct sb_flop_table flop;
    struct sb_ranks ranks;
    struct sb_footprint array[SB_MAX_ARRAYS];
    int arrays;
    struct sb_groups groups;
    struct sb_group *group; /* of the running launch */
    uint32_t every;         /* of so many blocks of it one is counted */
    uint64_t events;        /* in the running block */
    struct sb_event *event, *sorted;
    size_t room;
    /* the running block */
    uint32_t block;
    struct sb_lane lane[SB_WARPS][THREADS_MOST];
    uint32_t passed[THREADS_MOST]; /* barriers that a thread has met */
    uint32_t flushed;              /* barriers whose intervals are counted */
    struct sb_hot hot[SB_WARPS];
    bool failed; /* out of memory */
};

static struct sb_counting *running;

/* What a warp did goes to the tally of the running launch; payload: which warp size. */
struct into {
    struct sb_counting *counting;
    int warp;
};

static struct sb_tally *tally(const struct into *into)
{
    return &into->counting->group->tally;
}

static void on_block(void *payload, uint32_t site, uint64_t mask)
{
    const struct into *into = payload;
    sb_tally_block(tally(into), into->warp, site, mask);
}

static void on_divergence(void *payload, uint32_t site)
{
    const struct into *into = payload;
    sb_tally_divergence(tally(into), into->warp, site);
}

/* Lanes of one request on one address are merged or served together at best: one. */
static void heat(struct sb_hot *hot, const struct sb_request *request)
{
    for (uint64_t left = request->mask; left; left &= left - 1) {
        const int lane = __builtin_ctzll(left);
        bool again = false;
        for (uint64_t before = request->mask & ((UINT64_C(1) << lane) - 1); before && !again;
             before &= before - 1) {
            again = request->address[__builtin_ctzll(before)] == request->address[lane];
        }
        if (!again) {
            sb_hot_add(hot, request->address[lane]);
        }
    }
}

static void on_access(void *payload, uint32_t site, unsigned kind, const struct sb_request *request)
{
    const struct into *into = payload;
    sb_tally_access(tally(into), into->warp, site, kind, request);
    if (kind == SB_TWIN_ATOMIC) {
        heat(&into->counting->hot[into->warp], request);
    }
}

static void touch(struct sb_counting *c, const struct sb_event *event)
{
    const unsigned kind = event->kind & 0xF;
    for (int i = 0; i < c->arrays; ++i) {
        struct sb_footprint *array = &c->array[i];
        if (event->address - array->begin < array->words * 64) {
            sb_footprint_touch(array, (uintptr_t)event->address, event->bytes,
                               kind != SB_TWIN_WRITE && kind != SB_TWIN_ATOMIC_WRITE,
                               kind != SB_TWIN_READ && kind != SB_TWIN_ATOMIC_READ);
            return;
        }
    }
}

static uint32_t thread_of(const struct sb_counting *c, uint32_t tid)
{
    return tid & ((1U << c->twin->tid_bits) - 1);
}

/* Sorts the log by thread, and counts distinct bytes on the way, in the order in which things happened. */
static void sort_log(struct sb_counting *c, uint32_t start[THREADS_MOST + 1])
{
    const size_t count = (size_t)(c->log->next - c->event);
    uint32_t fill[THREADS_MOST];
    memset(start, 0, (THREADS_MOST + 1) * sizeof *start);
    uint32_t thread = THREADS_MOST;
    for (size_t i = 0; i < count; ++i) {
        const struct sb_event *event = &c->event[i];
        if (event->kind == SB_EVENT_THREAD) {
            thread = thread_of(c, (uint32_t)event->address);
            continue;
        }
        if ((event->kind & 0xF) <= SB_EVENT_ACCESS_MOST && !(event->kind & SB_EVENT_SHARED)) {
            touch(c, event);
        }
        if (thread < THREADS_MOST) {
            start[thread + 1]++;
        }
    }
    for (int t = 0; t < THREADS_MOST; ++t) {
        fill[t] = start[t];
        start[t + 1] += start[t];
    }
    for (size_t i = 0; i < count; ++i) {
        const struct sb_event *event = &c->event[i];
        if (event->kind == SB_EVENT_THREAD) {
            thread = thread_of(c, (uint32_t)event->address);
        } else if (thread < THREADS_MOST) {
            c->sorted[fill[thread]++] = *event;
        }
    }
}

/* Counts what the log holds; the log is empty then. */
static void flush(struct sb_counting *c)
{
    uint32_t start[THREADS_MOST + 1];
    c->events += (uint64_t)(c->log->next - c->event);
    sort_log(c, start);
    const int threads = c->group->threads;
    for (int w = 0; c->log->level == SB_TWIN_LOG_ALL && w < SB_WARPS; ++w) {
        struct into into = {.counting = c, .warp = w};
        const struct sb_warp_sink sink = {&into, on_block, on_divergence, on_access};
        for (int first = 0; first < threads; first += sb_warp_sizes[w]) {
            const int rest = threads - first;
            const int lanes = rest < sb_warp_sizes[w] ? rest : sb_warp_sizes[w];
            if (start[first] == start[first + lanes]) {
                continue;
            }
            for (int t = first; t < first + lanes; ++t) {
                c->lane[w][t].next = c->sorted + start[t];
                c->lane[w][t].end = c->sorted + start[t + 1];
            }
            sb_warp_replay(&c->lane[w][first], lanes, &c->ranks, &sink);
        }
    }
    c->log->next = c->event;
}

/* One of each c->every blocks, drawn; the first of all is counted before the number is known. */
static bool is_counted(const struct sb_counting *c, uint32_t block)
{
    const uint32_t window = block / c->every;
    uint32_t drawn = window * 0x9E3779B9U;
    drawn ^= drawn >> 15;
    return block % c->every == (window == 0 ? 0 : drawn % c->every);
}

/* After the first block: how many more can be counted. */
static void choose_sample(struct sb_counting *c)
{
    const uint64_t all = c->events * c->group->blocks;
    c->every = (uint32_t)(all / SB_COUNTED_EVENTS + (all % SB_COUNTED_EVENTS != 0));
    const uint32_t most = c->group->blocks / SB_COUNTED_BLOCKS;
    c->every = c->every < most ? c->every : most;
    c->every = c->every > 0 ? c->every : 1;
}

static void add_thread_event(struct sb_counting *c)
{
    *c->log->next++ = (struct sb_event){.address = c->log->tid, .kind = SB_EVENT_THREAD};
}

/* log->more: twice the room, or what there is has to do. */
static void more(void)
{
    struct sb_counting *c = running;
    const size_t used = (size_t)(c->log->next - c->event);
    struct sb_event *event = NULL;
    struct sb_event *sorted = NULL;
    if (c->room < EVENTS_MOST) {
        event = realloc(c->event, 2 * c->room * sizeof *event);
        c->event = event ? event : c->event;
        sorted = event ? realloc(c->sorted, 2 * c->room * sizeof *sorted) : NULL;
        c->sorted = sorted ? sorted : c->sorted;
        c->failed = c->failed || !sorted;
    }
    c->room *= sorted ? 2 : 1;
    c->log->next = c->event + used;
    c->log->end = c->event + c->room;
    if (!sorted) {
        c->group->cut++; /* lanes that have not come so far yet are counted apart */
        flush(c);
        add_thread_event(c);
    }
}

/* log->thread: another thread runs, perhaps of another block. */
static void thread(uint32_t tid)
{
    struct sb_counting *c = running;
    const uint32_t block = tid >> c->twin->tid_bits;
    if (block != c->block) {
        flush(c);
        if (c->every == 0 && c->block != NO_BLOCK) {
            choose_sample(c);
        }
        c->events = 0;
        memset(c->lane, 0, sizeof c->lane);
        memset(c->passed, 0, sizeof c->passed);
        c->flushed = 0;
        c->block = block;
        const bool counted = c->every == 0 || is_counted(c, block);
        c->log->level = counted ? SB_TWIN_LOG_ALL : SB_TWIN_LOG_ARRAYS;
        c->group->counted_blocks += counted;
    }
    c->log->tid = tid;
    if (c->log->next == c->log->end) {
        more();
    }
    add_thread_event(c);
}

/* The first thread that comes back from a barrier: all have met it, so the interval before it is whole. */
static int32_t barrier(enum sb_twin_barrier kind, unsigned fences, int32_t value, const void *pc)
{
    struct sb_counting *c = running;
    const uint32_t met = ++c->passed[thread_of(c, c->twin->tid) % THREADS_MOST];
    const int32_t result = c->barrier(kind, fences, value, pc);
    if (c->log->level != SB_TWIN_LOG_NOTHING && c->flushed < met) {
        flush(c);
        c->log->tid = ~0U; /* begins with its thread again */
        c->flushed = met;
    }
    return result;
}

static int read_ranks(struct sb_counting *c, struct sb_error *err)
{
    const uint32_t sites = c->flop.block[c->flop.count - 1].site + 1;
    uint32_t *rank = calloc(sites, sizeof *rank);
    if (!rank) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < c->flop.count; ++i) {
        rank[c->flop.block[i].site] = c->flop.block[i].rank;
    }
    c->ranks = (struct sb_ranks){.rank = rank, .sites = sites};
    return SB_OK;
}

int sb_counting_open(struct sb_counting **out, struct sb_twin *twin, struct sb_twin_log *log,
                     const char *object, struct sb_error *err)
{
    struct sb_counting *c = calloc(1, sizeof *c);
    *out = c;
    if (!c) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    c->twin = twin;
    c->log = log;
    c->room = EVENTS_FIRST;
    c->event = malloc(c->room * sizeof *c->event);
    c->sorted = malloc(c->room * sizeof *c->sorted);
    if (!c->event || !c->sorted) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    c->barrier = twin->barrier;
    twin->barrier = barrier;
    log->thread = thread;
    log->more = more;
    log->level = SB_TWIN_LOG_NOTHING;
    running = c;
    const int rc = sb_flop_disassemble(&c->flop, object, err);
    return rc ? rc : read_ranks(c, err);
}

int sb_counting_array(struct sb_counting *c, uintptr_t begin, size_t bytes, struct sb_error *err)
{
    const int rc = sb_footprint_init(&c->array[c->arrays], begin, bytes, err);
    c->arrays += rc == SB_OK;
    return rc;
}

int sb_counting_begin(struct sb_counting *c, const struct sb_launch_spec *launch, uint32_t blocks,
                      int threads, struct sb_error *err)
{
    const uint32_t sites = c->flop.block[c->flop.count - 1].site + BEYOND_LAST_BLOCK;
    const int rc = sb_groups_find(&c->group, &c->groups, launch, blocks, threads, sites, err);
    if (rc) {
        return rc;
    }
    c->every = 0; /* not known before a block has run */
    c->events = 0;
    c->group->launches++;
    c->block = NO_BLOCK;
    c->log->next = c->event;
    c->log->end = c->event + c->room;
    c->log->tid = ~0U;
    c->log->level = SB_TWIN_LOG_ARRAYS; /* thread() looks at the block */
    return SB_OK;
}

int sb_counting_end(struct sb_counting *c, struct sb_error *err)
{
    struct sb_group *g = c->group;
    flush(c);
    c->log->level = SB_TWIN_LOG_NOTHING;
    for (int i = 0; i < c->arrays; ++i) {
        sb_footprint_take(&c->array[i], &g->read_bytes, &g->write_bytes);
    }
    bool failed = c->failed || g->tally.failed;
    for (int w = 0; w < SB_WARPS; ++w) {
        g->hottest[w] += sb_hot_take(&c->hot[w]);
        failed = failed || c->hot[w].failed;
    }
    return failed ? sb_fail(err, SB_ENOMEM, "out of memory while counting %s", g->launch.function)
                  : SB_OK;
}

bool sb_counting_ready(const struct sb_counting *c)
{
    return c->arrays > 0;
}

size_t sb_counting_sites(const struct sb_counting *c, uint32_t *out)
{
    return sb_groups_sites(&c->groups, &c->flop, out);
}

json_t *sb_counting_json(const struct sb_counting *c, sb_line_of *line_of, void *payload)
{
    return sb_groups_json(&c->groups, &c->flop, line_of, payload);
}

void sb_counting_close(struct sb_counting *c)
{
    if (!c) {
        return;
    }
    sb_groups_free(&c->groups);
    for (int i = 0; i < c->arrays; ++i) {
        sb_footprint_free(&c->array[i]);
    }
    for (int w = 0; w < SB_WARPS; ++w) {
        sb_hot_free(&c->hot[w]);
    }
    if (running == c) {
        c->twin->barrier = c->barrier;
        c->log->level = SB_TWIN_LOG_NOTHING;
        running = NULL;
    }
    sb_flop_free(&c->flop);
    free((void *)c->ranks.rank);
    free(c->event);
    free(c->sorted);
    free(c);
}
