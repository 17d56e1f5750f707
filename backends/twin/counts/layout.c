/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/layout.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* Blocks are numbered by their heads. */
struct graph {
    const struct sb_step *step;
    size_t steps;
    uint32_t blocks;
    uint32_t *block; /* by step: the block that it heads, or NONE */
    uint32_t *seen;  /* by step: the latest block from which it was reached */
    size_t *todo;    /* steps */
    struct edge {
        uint32_t to, from;
    } *edge;
    size_t edges, room;
    bool failed;
};

static void add_edge(struct graph *g, uint32_t from, uint32_t to)
{
    if (g->edges == g->room) {
        const size_t room = g->room ? 2 * g->room : 256;
        struct edge *grown = realloc(g->edge, room * sizeof *grown);
        if (!grown) {
            g->failed = true;
            return;
        }
        g->edge = grown;
        g->room = room;
    }
    g->edge[g->edges++] = (struct edge){.to = to, .from = from};
}

/* The step at @p site, or g->steps. */
static size_t find_step(const struct graph *g, uint32_t site)
{
    size_t low = 0;
    size_t high = g->steps;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (g->step[middle].site < site) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < g->steps && g->step[low].site == site ? low : g->steps;
}

/* Goes on at step @p to from block @p from: another block is an edge, anything else is still of this block. */
static void reach(struct graph *g, uint32_t from, size_t to, uint32_t function, size_t *waiting)
{
    if (to >= g->steps || g->step[to].function != function) {
        return; /* out of the function */
    } else if (g->block[to] != NONE) {
        add_edge(g, from, g->block[to]);
    } else if (g->seen[to] != from) {
        g->seen[to] = from;
        g->todo[(*waiting)++] = to;
    }
}

static void follow_block(struct graph *g, size_t head)
{
    const uint32_t from = g->block[head];
    const uint32_t function = g->step[head].function;
    size_t waiting = 0;
    g->todo[waiting++] = head;
    g->seen[head] = from;
    while (waiting > 0) {
        const size_t at = g->todo[--waiting];
        const struct sb_step *step = &g->step[at];
        if (step->flow == SB_FLOW_BRANCH || (step->flow == SB_FLOW_JUMP && step->target)) {
            reach(g, from, find_step(g, step->target), function, &waiting);
        }
        if (step->flow == SB_FLOW_NEXT || step->flow == SB_FLOW_BRANCH) {
            reach(g, from, at + 1, function, &waiting);
        }
    }
}

/* Edges by their first node: those of node n are edge[begin[n]] … edge[begin[n + 1] − 1]. */
static int by_source(const void *a, const void *b)
{
    const struct edge *x = a;
    const struct edge *y = b;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->to < y->to ? -1 : x->to > y->to;
}

/* Blocks of a function with what the walks need. */
struct walk {
    uint32_t nodes;
    struct edge *edge;
    size_t edges;
    size_t *begin;     /* of a node's edges; nodes + 1 */
    unsigned char *on; /* 0 unseen, 1 on the way, 2 done */
    uint32_t *path;
    size_t *next;        /* edge to take next, by node */
    unsigned char *loop; /* loops × nodes: whether a node is in the loop of that header */
    uint32_t *header;    /* of each loop */
    uint32_t loops;
    uint32_t *order; /* nodes as they are done */
    uint32_t done;
};

static bool in_loop(const struct walk *w, uint32_t loop, uint32_t node)
{
    return w->loop[(size_t)loop * w->nodes + node];
}

/* Adds to the loop of @p header what leads to @p latch without passing the header. */
static void fill_loop(struct walk *w, uint32_t latch, uint32_t header)
{
    uint32_t loop = 0;
    while (loop < w->loops && w->header[loop] != header) {
        ++loop;
    }
    if (loop == w->loops) {
        w->header[w->loops++] = header;
    }
    unsigned char *member = &w->loop[(size_t)loop * w->nodes];
    member[header] = 1;
    member[latch] = 1;
    for (bool grows = true; grows;) {
        grows = false;
        for (size_t e = w->edges; e-- > 0;) {
            const struct edge *edge = &w->edge[e];
            if (edge->to != header && member[edge->to] && !member[edge->from]) {
                member[edge->from] = 1;
                grows = true;
            }
        }
    }
}

/* One step of a walk in depth from path[depth − 1]; returns the new depth. Back edges are told to fill_loop(). */
static size_t step_down(struct walk *w, size_t depth, bool find_loops)
{
    const uint32_t node = w->path[depth - 1];
    if (w->next[node] == w->begin[node + 1]) {
        w->on[node] = 2;
        w->order[w->done++] = node;
        return depth - 1;
    }
    const uint32_t to = w->edge[w->next[node]++].to;
    if (w->on[to] == 0) {
        w->on[to] = 1;
        w->path[depth] = to;
        return depth + 1;
    }
    if (w->on[to] == 1 && find_loops) {
        fill_loop(w, node, to);
    }
    return depth;
}

/* Walks from all nodes that have not been seen, in their order: a function's first block is its entry. */
static void walk_all(struct walk *w, bool find_loops)
{
    memset(w->on, 0, w->nodes);
    memcpy(w->next, w->begin, w->nodes * sizeof *w->next);
    w->done = 0;
    for (uint32_t entry = 0; entry < w->nodes; ++entry) {
        if (w->on[entry] == 0) {
            w->on[entry] = 1;
            w->path[0] = entry;
            for (size_t depth = 1; depth > 0;) {
                depth = step_down(w, depth, find_loops);
            }
        }
    }
}

/* How many loops an edge leaves. */
static uint32_t leaves(const struct walk *w, const struct edge *edge)
{
    uint32_t count = 0;
    for (uint32_t l = 0; l < w->loops; ++l) {
        count += in_loop(w, l, edge->from) && !in_loop(w, l, edge->to);
    }
    return count;
}

/* Out of loops first, then to what is last in the code: what is walked to first comes last. */
static void sort_ways(struct walk *w)
{
    for (uint32_t node = 0; node < w->nodes; ++node) {
        for (size_t i = w->begin[node] + 1; i < w->begin[node + 1]; ++i) {
            const struct edge edge = w->edge[i];
            size_t at = i;
            while (at > w->begin[node] && (leaves(w, &w->edge[at - 1]) < leaves(w, &edge) ||
                                           (leaves(w, &w->edge[at - 1]) == leaves(w, &edge) &&
                                            w->edge[at - 1].to < edge.to))) {
                w->edge[at] = w->edge[at - 1];
                --at;
            }
            w->edge[at] = edge;
        }
    }
}

static int walk(uint32_t *out, const struct graph *g, struct sb_error *err)
{
    const uint32_t n = g->blocks;
    struct walk w = {.nodes = n, .edge = g->edge, .edges = g->edges};
    uint32_t back_most = 0; /* a loop for each header at most */
    w.begin = calloc((size_t)n + 1, sizeof *w.begin);
    w.on = calloc((size_t)n + 1, 1);
    w.path = calloc((size_t)n + 1, sizeof *w.path);
    w.next = calloc((size_t)n + 1, sizeof *w.next);
    w.order = calloc((size_t)n + 1, sizeof *w.order);
    w.header = calloc((size_t)n + 1, sizeof *w.header);
    for (size_t e = 0; e < g->edges; ++e) {
        back_most += g->edge[e].to <= g->edge[e].from; /* most loops; a few may run the other way */
    }
    w.loop = calloc((size_t)(2 * back_most + 64) * (n + 1), 1);
    const bool whole = w.begin && w.on && w.path && w.next && w.order && w.header && w.loop;
    if (whole) {
        for (size_t e = 0, node = 0; node <= n; ++node) {
            w.begin[node] = e;
            while (e < g->edges && g->edge[e].from == node) {
                ++e;
            }
        }
        walk_all(&w, true);
        sort_ways(&w);
        walk_all(&w, false);
        for (uint32_t i = 0; i < w.done; ++i) {
            out[w.order[i]] = w.done - 1 - i;
        }
    }
    free(w.begin);
    free(w.on);
    free(w.path);
    free(w.next);
    free(w.order);
    free(w.header);
    free(w.loop);
    return whole ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_layout_ranks(uint32_t *out, const struct sb_step *step, size_t count, struct sb_error *err)
{
    struct graph g = {.step = step, .steps = count};
    g.block = calloc(count + 1, sizeof *g.block);
    g.seen = calloc(count + 1, sizeof *g.seen);
    g.todo = calloc(count + 1, sizeof *g.todo);
    int rc = g.block && g.seen && g.todo ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
    for (size_t i = 0; rc == SB_OK && i < count; ++i) {
        g.seen[i] = NONE;
        g.block[i] = step[i].head ? g.blocks++ : NONE;
    }
    for (size_t i = 0; rc == SB_OK && i < count; ++i) {
        if (step[i].head) {
            follow_block(&g, i);
        }
    }
    rc = rc == SB_OK && g.failed ? sb_fail(err, SB_ENOMEM, "out of memory") : rc;
    if (rc == SB_OK) {
        if (g.edges > 0) {
            qsort(g.edge, g.edges, sizeof *g.edge, by_source);
        }
        rc = walk(out, &g, err);
    }
    free(g.block);
    free(g.seen);
    free(g.todo);
    free(g.edge);
    return rc;
}
