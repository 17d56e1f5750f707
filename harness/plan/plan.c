/* SPDX-License-Identifier: Apache-2.0 */
/* From a campaign's axes to its cells. */
#include "harness/plan/plan.h"

#include "harness/plan/cells.h"
#include "harness/plan/counter_words.h"
#include "harness/plan/kernels.h"
#include "harness/util/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* What stays the same while one kernel is expanded. */
struct expansion {
    struct sb_plan *plan;
    const struct sb_campaign *campaign;
    struct sb_axes *axes;
    const struct sb_kernel *kernel;
    const char *folder;
    struct sb_variants variants;
    const struct sb_sweep *sweep[SB_MAX_PARAMS];
    struct sb_strings values[SB_MAX_PARAMS]; /* of each sweep, ranges expanded */
    int sweeps;
    double memory_bytes;
    int replica;
    const char *spot;
};

static int add_variants(struct expansion *x, struct sb_cell *cell, struct sb_error *err)
{
    for (int v = 0; v < x->variants.count; ++v) {
        const struct sb_variant *variant = &x->variants.item[v];
        /* a vendor's library comes compiled, for the machine it is installed on */
        const bool compiled =
            strcmp(variant->name, "vendor") == 0 && strcmp(cell->target, "native") != 0;
        const bool wanted = !compiled && (x->campaign->variants.count == 0 ||
                                          sb_strings_has(&x->campaign->variants, variant->name));
        const char *of = sb_cell_variants_of(cell);
        if (!wanted || (variant->backend[0] && strcmp(variant->backend, of) != 0)) {
            continue;
        }
        cell->c.variant = sb_plan_intern(x->plan, variant->name);
        if (!cell->c.variant) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        if (variant->backend[0] && x->kernel->offers && !x->kernel->offers(&cell->c, of)) {
            continue;
        }
        const int code = sb_plan_add(x->plan, x->axes, cell, err);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static bool foreign(const struct expansion *x, const struct sb_cell *cell)
{
    char pair[160];
    snprintf(pair, sizeof pair, "%s %s", cell->backend, cell->target);
    return sb_strings_has(&x->campaign->foreign, pair);
}

/* Backends, targets and maths of one resolved set of parameters. */
static int add_places(struct expansion *x, const struct sb_cell *start, struct sb_error *err)
{
    for (int b = 0; b < x->axes->backends.count; ++b) {
        struct sb_cell cell = *start;
        cell.backend = x->axes->backends.item[b];
        struct sb_machine machine;
        sb_machine_here(&machine, cell.backend);
        int code = sb_case_finish(&cell.c, &machine, x->campaign->index_bits, x->memory_bytes, err);
        for (int m = 0; code == 0 && m < x->axes->maths.count; ++m) {
            cell.c.maths = strcmp(x->axes->maths.item[m], "strict") == 0 ? SB_STRICT : SB_FAST;
            for (int t = 0; code == 0 && t < x->axes->targets.count; ++t) {
                cell.target = x->axes->targets.item[t];
                code = foreign(x, &cell) ? 0 : add_variants(x, &cell, err);
            }
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* Ranks that were asked for in general pass by the kernels that do not take so many. */
static int add_ranks(struct expansion *x, const struct sb_cell *start, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < x->axes->ranks_count; ++i) {
        struct sb_cell cell = *start;
        cell.c.ranks = x->axes->ranks[i];
        if (cell.c.ranks == 1 || cell.c.ranks <= x->kernel->ranks_most) {
            code = add_places(x, &cell, err);
        }
    }
    return code;
}

static int add_sweeps(struct expansion *x, const struct sb_cell *start, int at,
                      struct sb_error *err)
{
    if (at == x->sweeps) {
        return add_ranks(x, start, err);
    }
    for (int v = 0; v < x->values[at].count; ++v) {
        struct sb_cell cell = *start;
        int code = sb_case_set(&cell.c, x->sweep[at]->parameter, x->values[at].item[v], err);
        if (code != 0) {
            return x->sweep[at]->where ? sb_fail_in(err, code, "%s", x->sweep[at]->where) : code;
        }
        code = add_sweeps(x, &cell, at + 1, err);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int add_presets(struct expansion *x, struct sb_error *err)
{
    const struct sb_strings *labels = &x->campaign->labels;
    for (const struct sb_preset *row = x->kernel->presets; row->preset; ++row) {
        const bool label_wanted =
            labels->count == 0 || sb_strings_has(labels, row->label ? row->label : "");
        if (!sb_strings_has(&x->axes->presets, row->preset) || !label_wanted) {
            continue;
        }
        struct sb_cell cell = {.folder = x->folder, .replica = x->replica, .place = x->spot};
        cell.preset = sb_plan_intern(x->plan, row->preset);
        sb_case_init(&cell.c, x->kernel, row);
        cell.c.seed = x->plan->seed;
        const struct sb_strings *precisions = &x->campaign->precisions;
        const int rounds = precisions->count ? precisions->count : 1;
        for (int i = 0; i < rounds; ++i) {
            if (precisions->count) {
                cell.c.precision = strcmp(precisions->item[i], "float") == 0 ? SB_FLOAT : SB_DOUBLE;
            }
            /* A precision that was asked for in general skips the kernels that do not have it. */
            if (precisions->count && !(x->kernel->precisions & (1U << cell.c.precision))) {
                continue;
            }
            const int code = add_sweeps(x, &cell, 0, err);
            if (code != 0) {
                return code;
            }
        }
    }
    return 0;
}

static bool has_param(const struct sb_kernel *kernel, const char *name)
{
    for (const struct sb_param *p = kernel->params; p->name; ++p) {
        if (strcmp(p->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The sweeps that concern this kernel; one named for it must fit, a general one may pass it by. */
static int choose_sweeps(struct expansion *x, struct sb_error *err)
{
    for (int i = 0; i < x->campaign->sweep_count; ++i) {
        const struct sb_sweep *sweep = &x->campaign->sweeps[i];
        const bool named = sweep->kernel && strcmp(sweep->kernel, x->kernel->name) == 0;
        if (!named && (sweep->kernel || !has_param(x->kernel, sweep->parameter))) {
            continue;
        }
        if (x->sweeps == SB_MAX_PARAMS) {
            return sb_fail(err, SB_EINVAL, "more than %d swept parameters of %s", SB_MAX_PARAMS,
                           x->kernel->name);
        }
        const int code = sb_axes_expand(&x->values[x->sweeps], sweep, err);
        x->sweep[x->sweeps++] = sweep;
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* What a cell may use: asked for, else what its place gives. A node elsewhere may have more than this machine. */
static double memory_of(const struct sb_plan *plan, const struct sb_campaign *campaign,
                        const char *spot)
{
    const struct sb_place *place = sb_plan_place(plan, spot);
    if (campaign->memory_limit_bytes > 0) {
        return campaign->memory_limit_bytes;
    }
    if (place && place->memory_bytes > 0) {
        return place->memory_bytes;
    }
    return !place || strcmp(place->scheduler, "local") == 0 ? sb_memory_allowed() : 1e18;
}

static int expand_kernel(struct sb_plan *plan, const struct sb_campaign *campaign,
                         struct sb_axes *axes, const char *name, int replica, const char *spot,
                         struct sb_error *err)
{
    char folder[PATH_MAX];
    struct expansion x = {
        .plan = plan, .campaign = campaign, .axes = axes, .replica = replica, .spot = spot};
    x.memory_bytes = memory_of(plan, campaign, spot);
    int code = sb_kernel_find(&x.kernel, folder, sizeof folder, name, err);
    if (code == 0) {
        x.folder = sb_plan_intern(plan, folder);
        code = x.folder ? sb_variants_find(&x.variants, x.kernel, folder, err)
                        : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (code == 0) {
        code = choose_sweeps(&x, err);
    }
    if (code == 0) {
        code = add_presets(&x, err);
    }
    for (int i = 0; i < x.sweeps; ++i) {
        sb_strings_free(&x.values[i]);
    }
    return code;
}

static int head(struct sb_plan *out, const struct sb_campaign *campaign, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    const char *name = campaign->name ? campaign->name : "default";
    if (strlen(name) >= sizeof out->name ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
            strlen(name)) {
        return sb_fail(err, SB_EINVAL,
                       "campaign name '%.80s': letters, digits, '.', '_' and '-' only, at most %zu",
                       name, sizeof out->name - 1);
    }
    char compact[32];
    sb_text_now(compact, 1);
    sb_text_now(out->created, 0);
    snprintf(out->name, sizeof out->name, "%s", name);
    snprintf(out->id, sizeof out->id, "%s-%s", compact, name);
    out->precision = campaign->precision;
    out->budget_s = campaign->budget_s;
    out->time_limit_s = campaign->time_limit_s;
    out->memory_limit_bytes = campaign->memory_limit_bytes;
    out->samples_most = campaign->samples_most;
    out->threads = campaign->threads;
    out->pictures = campaign->pictures;
    out->counts = campaign->counts;
    for (int i = 0; i < campaign->counters.count; ++i) {
        const int code = sb_counter_word_check(campaign->counters.item[i], err);
        if (code != 0 || sb_strings_add(&out->counters, campaign->counters.item[i]) != 0) {
            return code != 0 ? code : sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    unsigned char bytes[4];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return sb_fail(err, SB_EIO, "no random numbers: %s", strerror(errno));
    }
    snprintf(out->token, sizeof out->token, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
             bytes[3]);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    /* 53 bits: exact in every JSON reader */
    out->seed = campaign->seed
                    ? campaign->seed
                    : (((uint64_t)now.tv_sec << 23) ^ (uint64_t)now.tv_nsec) & 0x1FFFFFFFFFFFFFU;
    return 0;
}

void sb_plan_tag(char out[SB_PLAN_TAG], const struct sb_plan *plan)
{
    snprintf(out, SB_PLAN_TAG, "%s%s%s", plan->id, plan->token[0] ? "-" : "", plan->token);
}

static int take_places(struct sb_plan *out, const struct sb_campaign *campaign,
                       struct sb_error *err)
{
    const int count = campaign->place_count;
    out->place = calloc((size_t)count + 1, sizeof *out->place);
    int code = out->place ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < count; ++i) {
        code = sb_place_copy(&out->place[i], &campaign->place[i], err);
        out->place_count += code == 0;
    }
    if (code == 0 && count == 0) {
        code = sb_place_init(&out->place[0], "local", "local", err);
        out->place_count = code == 0;
    }
    return code;
}

/* replicas outermost: those of one cell lie far apart in time, and so show how the machine drifts */
static int expand_spot(struct sb_plan *out, const struct sb_campaign *campaign,
                       struct sb_axes *axes, const char *spot, struct sb_error *err)
{
    int code = 0;
    for (int r = 0; code == 0 && r < campaign->repeat; ++r) {
        for (int i = 0; code == 0 && i < axes->kernels.count; ++i) {
            code = expand_kernel(out, campaign, axes, axes->kernels.item[i], r, spot, err);
        }
    }
    return code;
}

const struct sb_place *sb_plan_place(const struct sb_plan *plan, const char *spot)
{
    const size_t length = strcspn(spot, "/");
    for (int i = 0; i < plan->place_count; ++i) {
        if (strncmp(plan->place[i].name, spot, length) == 0 && !plan->place[i].name[length]) {
            return &plan->place[i];
        }
    }
    return NULL;
}

int sb_plan_make(struct sb_plan *out, const struct sb_campaign *campaign, struct sb_error *err)
{
    struct sb_axes axes = {0};
    int code = head(out, campaign, err);
    code = code != 0 ? code : take_places(out, campaign, err);
    if (code == 0) {
        code = sb_axes_resolve(&axes, campaign, err);
    }
    const int spots = campaign->spots.count ? campaign->spots.count : 1;
    for (int s = 0; code == 0 && s < spots; ++s) {
        const char *spot =
            sb_plan_intern(out, campaign->spots.count ? campaign->spots.item[s] : "local");
        code = spot ? expand_spot(out, campaign, &axes, spot, err)
                    : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    sb_axes_free(&axes);
    if (code != 0) {
        sb_plan_free(out);
    }
    return code;
}

void sb_plan_free(struct sb_plan *plan)
{
    for (int i = 0; i < plan->place_count; ++i) {
        sb_place_free(&plan->place[i]);
    }
    free(plan->place);
    free(plan->cell);
    sb_strings_free(&plan->strings);
    sb_strings_free(&plan->counters);
    memset(plan, 0, sizeof *plan);
}
