/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/cells.h"

#include "harness/plan/kernels.h"
#include "harness/util/text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_MOST 1000000

static const char *listed(int i, const void *payload)
{
    return ((const char *const *)payload)[i];
}

static int among(const char *what, const char *name, const char *const *known, struct sb_error *err)
{
    int count = 0;
    for (; known[count]; ++count) {
        if (strcmp(known[count], name) == 0) {
            return 0;
        }
    }
    const char *closest = sb_text_closest(name, count, listed, known);
    return sb_fail(err, SB_ENOTFOUND, closest ? "no %s '%s': did you mean '%s'?" : "no %s '%s'",
                   what, name, closest);
}

/* Copies an axis, or its defaults where it is empty, each checked against what is known (NULL: anything). */
static int take(struct sb_strings *out, const struct sb_strings *asked, const char *const *defaults,
                const char *what, const char *const *known, struct sb_error *err)
{
    for (int i = 0; asked->count ? i < asked->count : defaults[i] != NULL; ++i) {
        const char *name = asked->count ? asked->item[i] : defaults[i];
        const int code = known ? among(what, name, known, err) : 0;
        if (code != 0) {
            return code;
        }
        if (!sb_strings_has(out, name) && sb_strings_add(out, name) != 0) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return 0;
}

/* Every name asked for must mean something to at least one chosen kernel. */
struct vocabulary {
    struct sb_strings presets, labels, variants, parameters;
};

static int note_words(struct vocabulary *words, const struct sb_kernel *kernel, const char *folder,
                      struct sb_error *err)
{
    struct sb_variants variants;
    int code = sb_variants_find(&variants, kernel, folder, err);
    for (int i = 0; code == 0 && i < variants.count; ++i) {
        code = sb_strings_has(&words->variants, variants.item[i].name)
                   ? 0
                   : sb_strings_add(&words->variants, variants.item[i].name);
    }
    for (const struct sb_preset *p = kernel->presets; code == 0 && p->preset; ++p) {
        code = sb_strings_has(&words->presets, p->preset)
                   ? 0
                   : sb_strings_add(&words->presets, p->preset);
        const char *label = p->label ? p->label : "";
        if (code == 0 && !sb_strings_has(&words->labels, label)) {
            code = sb_strings_add(&words->labels, label);
        }
    }
    for (const struct sb_param *p = kernel->params; code == 0 && p->name; ++p) {
        code = sb_strings_has(&words->parameters, p->name)
                   ? 0
                   : sb_strings_add(&words->parameters, p->name);
    }
    return code;
}

static int among_strings(const char *what, const char *name, struct sb_strings *known,
                         struct sb_error *err)
{
    if (sb_strings_has(known, name)) {
        return 0;
    }
    const char **list = calloc((size_t)known->count + 1, sizeof *list);
    if (!list) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    memcpy(list, known->item, (size_t)known->count * sizeof *list);
    const int code = among(what, name, list, err);
    free(list);
    return code;
}

static int all_among(const char *what, const struct sb_strings *asked, struct sb_strings *known,
                     struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < asked->count; ++i) {
        code = among_strings(what, asked->item[i], known, err);
    }
    return code;
}

static int check_sweeps(const struct sb_campaign *campaign, const struct sb_strings *kernel_names,
                        struct sb_strings *parameters, struct sb_error *err)
{
    for (int i = 0; i < campaign->sweep_count; ++i) {
        const struct sb_sweep *sweep = &campaign->sweeps[i];
        int code = 0;
        if (!sweep->kernel) {
            code = among_strings("parameter", sweep->parameter, parameters, err);
        } else if (!sb_strings_has(kernel_names, sweep->kernel)) {
            code = sb_fail(err, SB_ENOTFOUND,
                           "parameter %s.%s: kernel '%s' is not among those selected",
                           sweep->kernel, sweep->parameter, sweep->kernel);
        }
        if (code != 0) {
            return sweep->where ? sb_fail_in(err, code, "%s", sweep->where) : code;
        }
    }
    return 0;
}

/* How many processes; a number that no chosen kernel takes is refused, not passed by. */
static int take_ranks(struct sb_axes *out, const struct sb_campaign *campaign, struct sb_error *err)
{
    const struct sb_strings *asked = &campaign->ranks;
    out->ranks[0] = 1;
    out->ranks_count = asked->count == 0;
    for (int i = 0; i < asked->count; ++i) {
        char *end = NULL;
        const long ranks = strtol(asked->item[i], &end, 10);
        if (end == asked->item[i] || *end || ranks < 1 || ranks > 65536) {
            return sb_fail(err, SB_EINVAL, "ranks = %s: expected a whole number from 1 to 65536",
                           asked->item[i]);
        }
        if (out->ranks_count == SB_AXES_RANKS) {
            return sb_fail(err, SB_EINVAL, "ranks: more than %d numbers", SB_AXES_RANKS);
        }
        int most = 1;
        for (int k = 0; k < out->kernels.count; ++k) {
            const struct sb_kernel *kernel = NULL;
            char folder[PATH_MAX];
            const int code =
                sb_kernel_find(&kernel, folder, sizeof folder, out->kernels.item[k], err);
            if (code != 0) {
                return code;
            }
            most = kernel->ranks_most > most ? kernel->ranks_most : most;
        }
        if (ranks > most) {
            return sb_fail(err, SB_EINVAL, "ranks = %ld: the chosen kernels take %d at most", ranks,
                           most);
        }
        out->ranks[out->ranks_count++] = (int)ranks;
    }
    return 0;
}

static int check_words(const struct sb_axes *axes, const struct sb_campaign *campaign,
                       struct sb_error *err)
{
    struct vocabulary words = {0};
    struct sb_strings names = {0};
    int code = 0;
    for (int i = 0; code == 0 && i < axes->kernels.count; ++i) {
        const struct sb_kernel *kernel = NULL;
        char folder[PATH_MAX];
        code = sb_kernel_find(&kernel, folder, sizeof folder, axes->kernels.item[i], err);
        code = code != 0 ? code : sb_strings_add(&names, kernel->name);
        code = code != 0 ? code : note_words(&words, kernel, folder, err);
    }
    code = code != 0 ? code : all_among("preset", &axes->presets, &words.presets, err);
    code = code != 0 ? code : all_among("label", &campaign->labels, &words.labels, err);
    code = code != 0 ? code : all_among("variant", &campaign->variants, &words.variants, err);
    code = code != 0 ? code : check_sweeps(campaign, &names, &words.parameters, err);
    sb_strings_free(&words.presets);
    sb_strings_free(&words.labels);
    sb_strings_free(&words.variants);
    sb_strings_free(&words.parameters);
    sb_strings_free(&names);
    return code;
}

static int all_kernels(struct sb_strings *out, struct sb_error *err)
{
    for (int i = 0; sb_kernels[i]; ++i) {
        if (sb_strings_add(out, sb_kernels[i]->name) != 0) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return 0;
}

int sb_axes_resolve(struct sb_axes *out, const struct sb_campaign *campaign, struct sb_error *err)
{
    static const char *const presets[] = {"small", NULL};
    static const char *const backends[] = {"cpu", "opencl", NULL};
    static const char *const maths[] = {"fast", NULL};
    static const char *const all_maths[] = {"fast", "strict", NULL};
    static const char *const targets[] = {"native", NULL};
    static const char *const precisions[] = {"double", "float", NULL};
    static const char *const none[] = {NULL};
    struct sb_strings checked = {0};
    if (campaign->repeat < 1) {
        return sb_fail(err, SB_EINVAL, "repeat = %d: at least 1", campaign->repeat);
    }
    int code = campaign->kernels.count
                   ? take(&out->kernels, &campaign->kernels, none, "kernel", NULL, err)
                   : all_kernels(&out->kernels, err);
    code = code != 0 ? code : take(&out->presets, &campaign->presets, presets, "preset", NULL, err);
    code = code != 0 ? code
                     : take(&out->backends, &campaign->backends, backends, "backend",
                            sb_backend_names, err);
    code =
        code != 0 ? code : take(&out->maths, &campaign->maths, maths, "maths mode", all_maths, err);
    code = code != 0 ? code : take(&out->targets, &campaign->targets, targets, "target", NULL, err);
    code = code != 0 ? code
                     : take(&checked, &campaign->precisions, none, "precision", precisions, err);
    sb_strings_free(&checked);
    code = code != 0 ? code : check_words(out, campaign, err);
    return code != 0 ? code : take_ranks(out, campaign, err);
}

static int add_number(struct sb_strings *out, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    return sb_strings_add(out, text);
}

int sb_axes_expand(struct sb_strings *out, const struct sb_sweep *sweep, struct sb_error *err)
{
    for (int i = 0; i < sweep->values.count; ++i) {
        const char *text = sweep->values.item[i];
        double from = 0;
        double to = 0;
        double step = 0;
        char extra = 0;
        int code = 0;
        if (!strchr(text, ':')) {
            code = sb_strings_add(out, text);
        } else if (sscanf(text, "%lf:%lf:%lf%c", &from, &to, &step, &extra) != 3 || !(step > 0) ||
                   !(to >= from) || (to - from) / step > RANGE_MOST) {
            return sb_fail(
                err, SB_EINVAL,
                "%s = %s: expected from:to:step with step > 0, to ≥ from and at most %d values",
                sweep->parameter, text, RANGE_MOST);
        } else {
            const int count = (int)floor((to - from) / step + 1e-9);
            for (int k = 0; code == 0 && k <= count; ++k) {
                code = add_number(out, from + k * step);
            }
        }
        if (code != 0) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return 0;
}

void sb_axes_free(struct sb_axes *axes)
{
    sb_strings_free(&axes->kernels);
    sb_strings_free(&axes->presets);
    sb_strings_free(&axes->backends);
    sb_strings_free(&axes->maths);
    sb_strings_free(&axes->targets);
    free(axes->seen);
    memset(axes, 0, sizeof *axes);
}
