/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/repeat.h"

#include <stdlib.h>

void sb_stage_free(struct sb_stage *stage)
{
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        free(stage->memory[i]);
    }
    *stage = (struct sb_stage){0};
}

struct repetition {
    struct sb_exec *exec;
    const struct sb_backend *backend;
    const struct sb_case *c;
    struct sb_ranks *ranks;
    struct sb_stage *stage;
};

static void *in_place(const struct repetition *r, int array)
{
    return r->backend->data ? r->backend->data(r->exec, array) : NULL;
}

/* Where the host sees array number @p i, its contents fetched where they are wanted; NULL with an error. */
static void *fetch(const struct repetition *r, int i, bool wanted, struct sb_error *err)
{
    void *data = in_place(r, i);
    if (data) {
        return data;
    }
    struct sb_stage *stage = r->stage;
    if (!stage->memory[i]) {
        struct sb_array arrays[SB_MAX_ARRAYS] = {0};
        const int count = r->c->kernel->arrays(arrays, r->c);
        const size_t bytes = i < count ? (size_t)sb_array_count(&arrays[i]) *
                                             sb_type_bytes(arrays[i].type, r->c->precision)
                                       : 0;
        stage->memory[i] = malloc(bytes ? bytes : 1);
    }
    if (!stage->memory[i]) {
        sb_fail(err, SB_ENOMEM, "no memory for the host's copy of array %d", i);
        return NULL;
    }
    return !wanted || r->backend->download(r->exec, i, stage->memory[i], err) == 0
               ? stage->memory[i]
               : NULL;
}

static int exchange(const struct repetition *r, const struct sb_exchange_spec *spec,
                    struct sb_error *err)
{
    void *data[SB_MAX_ARRAYS] = {NULL};
    const struct sb_kernel *kernel = r->c->kernel;
    if (!kernel->exchange) {
        return sb_fail(err, SB_EINVAL, "kernel %s states an exchange and has none", kernel->name);
    }
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        if (spec->from[i] || spec->to[i]) {
            data[i] = fetch(r, i, spec->from[i], err);
            if (!data[i]) {
                return err ? err->code : SB_EDEVICE;
            }
        }
    }
    if (kernel->exchange(r->c, spec->step, r->ranks, data) != 0) {
        return sb_fail(err, SB_EINFRA, "exchange %d of %s: %s", spec->step, kernel->name,
                       r->ranks->fault(r->ranks));
    }
    int code = 0;
    for (int i = 0; code == 0 && i < SB_MAX_ARRAYS; ++i) {
        if (spec->to[i] && !in_place(r, i)) {
            code = r->backend->upload(r->exec, i, data[i], err);
        }
    }
    return code;
}

static int run_part(uint64_t *time_ns, const struct repetition *r,
                    const struct sb_launches *launches, int first, int end, struct sb_error *err)
{
    if (first >= end) {
        return 0;
    }
    struct sb_launches part = *launches;
    part.first = first;
    part.count = end;
    uint64_t took_ns = 0;
    const int code = r->backend->repeat(&took_ns, r->exec, &part, err);
    *time_ns += took_ns;
    return code;
}

int sb_ranks_repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_backend *backend,
                    const struct sb_case *c, const struct sb_launches *launches,
                    struct sb_ranks *ranks, struct sb_stage *stage, struct sb_error *err)
{
    stage->exchange_ns = 0;
    if (launches->exchanges == 0) {
        return backend->repeat(out_time_ns, exec, launches, err);
    }
    const struct repetition r = {exec, backend, c, ranks, stage};
    int at = launches->first;
    int code = 0;
    *out_time_ns = 0;
    for (int e = 0; code == 0 && e < launches->exchanges; ++e) {
        const struct sb_exchange_spec *spec = &launches->exchange[e];
        if (spec->before > launches->count) {
            break; /* only a part is run */
        }
        code = run_part(out_time_ns, &r, launches, at, spec->before, err);
        at = spec->before;
        const uint64_t begun = ranks->now_ns();
        code = code != 0 ? code : exchange(&r, spec, err);
        stage->exchange_ns += ranks->now_ns() - begun;
    }
    code = code != 0 ? code : run_part(out_time_ns, &r, launches, at, launches->count, err);
    *out_time_ns += stage->exchange_ns;
    return code;
}

static int cannot_talk(struct sb_ranks *ranks, struct sb_error *err)
{
    return sb_fail(err, SB_EINFRA, "the ranks cannot talk: %s", ranks->fault(ranks));
}

int sb_ranks_agree(struct sb_ranks *ranks, int code, struct sb_error *err)
{
    if (ranks->size == 1) {
        return code;
    }
    int64_t first = code != 0 ? ranks->rank : ranks->size;
    if (ranks->reduce(ranks, &first, &first, 1, SB_NUMBER_INT64, SB_LEAST) != 0) {
        return code != 0 ? code : cannot_talk(ranks, err);
    }
    if (first == ranks->size) {
        return 0;
    }
    struct sb_error told = {.code = code};
    if (code != 0 && err) {
        told = *err;
    }
    if (ranks->broadcast(ranks, &told, sizeof told, (int)first) != 0) {
        return code != 0 ? code : cannot_talk(ranks, err);
    }
    if (first == 0) {
        return sb_fail(err, told.code, "%s", told.text);
    }
    return sb_fail(err, told.code, "rank %d: %s", (int)first, told.text);
}

int sb_ranks_most(uint64_t *value, struct sb_ranks *ranks, struct sb_error *err)
{
    int64_t most = (int64_t)*value;
    if (ranks->size > 1 && ranks->reduce(ranks, &most, &most, 1, SB_NUMBER_INT64, SB_MOST) != 0) {
        return cannot_talk(ranks, err);
    }
    *value = (uint64_t)most;
    return 0;
}

int sb_ranks_follow(void *data, size_t bytes, struct sb_ranks *ranks, struct sb_error *err)
{
    return ranks->size > 1 && ranks->broadcast(ranks, data, bytes, 0) != 0 ? cannot_talk(ranks, err)
                                                                           : 0;
}
