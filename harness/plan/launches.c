/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the launches that a kernel states for one repetition. */
#include "backends/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse(struct sb_launches *l, int code, const char *function, const char *why)
{
    if (l->failed == 0) {
        l->failed = code;
        snprintf(l->text, sizeof l->text, "launch of '%s': %s", function, why);
    }
}

static int grow(struct sb_launches *l)
{
    if (l->count < l->room) {
        return 0;
    }
    const int room = l->room ? 2 * l->room : 8;
    struct sb_launch_spec *more = realloc(l->spec, (size_t)room * sizeof *more);
    if (!more) {
        return SB_ENOMEM;
    }
    l->spec = more;
    l->room = room;
    return 0;
}

void sb_launch(struct sb_launches *out, const char *function, struct sb_shape shape,
               const struct sb_arg *args)
{
    if (grow(out) != 0) {
        refuse(out, SB_ENOMEM, function, "out of memory");
        return;
    }
    struct sb_launch_spec *spec = &out->spec[out->count];
    memset(spec, 0, sizeof *spec);
    spec->shape = shape;
    if (strlen(function) >= sizeof spec->function) {
        refuse(out, SB_EINVAL, function, "name too long");
        return;
    }
    snprintf(spec->function, sizeof spec->function, "%s", function);
    for (int d = 0; d < 3; ++d) {
        if (shape.extent[d] < 0 || shape.block[d] < 1) {
            refuse(out, SB_EINVAL, function, "an extent is negative or a block is empty");
            return;
        }
        if (shape.extent[d] == 0) {
            return; /* nothing to do is no launch */
        }
    }
    while (args[spec->arg_count].kind != SB_ARG_END) {
        if (spec->arg_count == SB_MAX_ARGS) {
            refuse(out, SB_EINVAL, function, "more than SB_MAX_ARGS arguments");
            return;
        }
        spec->args[spec->arg_count] = args[spec->arg_count];
        ++spec->arg_count;
    }
    ++out->count;
}

static void name_arrays(struct sb_launches *l, bool *out, const int *list)
{
    for (; *list >= 0; ++list) {
        if (*list >= SB_MAX_ARRAYS) {
            refuse(l, SB_EINVAL, "exchange", "there is no such array");
            return;
        }
        out[*list] = true;
    }
}

void sb_exchange(struct sb_launches *out, int step, const int *from, const int *to)
{
    struct sb_exchange_spec *more =
        realloc(out->exchange, (size_t)(out->exchanges + 1) * sizeof *more);
    if (!more) {
        refuse(out, SB_ENOMEM, "exchange", "out of memory");
        return;
    }
    out->exchange = more;
    struct sb_exchange_spec *spec = &more[out->exchanges++];
    *spec = (struct sb_exchange_spec){.before = out->count, .step = step};
    name_arrays(out, spec->from, from);
    name_arrays(out, spec->to, to);
}

void sb_launches_free(struct sb_launches *launches)
{
    free(launches->spec);
    free(launches->exchange);
    memset(launches, 0, sizeof *launches);
}
