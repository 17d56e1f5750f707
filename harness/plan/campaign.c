/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/campaign.h"

#include "harness/place/place.h"
#include "harness/plan/option.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int add_part(struct sb_strings *list, const char *text, size_t length)
{
    if (list->count == list->room) {
        const int room = list->room ? 2 * list->room : 8;
        char **item = (char **)realloc((void *)list->item, (size_t)room * sizeof *item);
        if (!item) {
            return SB_ENOMEM;
        }
        list->item = item;
        list->room = room;
    }
    char *copy = strndup(text, length);
    if (!copy) {
        return SB_ENOMEM;
    }
    list->item[list->count++] = copy;
    return SB_OK;
}

int sb_strings_add(struct sb_strings *list, const char *text)
{
    return add_part(list, text, strlen(text));
}

int sb_strings_end(struct sb_strings *list)
{
    if (add_part(list, "", 0) != SB_OK) {
        return SB_ENOMEM;
    }
    free(list->item[--list->count]);
    list->item[list->count] = NULL;
    return SB_OK;
}

int sb_strings_add_csv(struct sb_strings *list, const char *csv)
{
    while (*csv) {
        const char *end = strchrnul(csv, ',');
        const char *from = csv;
        const char *to = end;
        while (from < to && isspace((unsigned char)*from)) {
            ++from;
        }
        while (to > from && isspace((unsigned char)to[-1])) {
            --to;
        }
        if (to > from && add_part(list, from, (size_t)(to - from)) != SB_OK) {
            return SB_ENOMEM;
        }
        csv = *end ? end + 1 : end;
    }
    return SB_OK;
}

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (; *text; ++text) {
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    }
    return hash;
}

static int grow_slots(struct sb_strings *list)
{
    const uint32_t slots = list->slots ? 2 * list->slots : 64;
    uint32_t *more = calloc(slots, sizeof *more);
    if (!more) {
        return SB_ENOMEM;
    }
    for (int i = 0; i < list->count; ++i) {
        uint32_t at = hash_of(list->item[i]) & (slots - 1);
        while (more[at]) {
            at = (at + 1) & (slots - 1);
        }
        more[at] = (uint32_t)i + 1;
    }
    free(list->slot);
    list->slot = more;
    list->slots = slots;
    return 0;
}

const char *sb_strings_intern(struct sb_strings *list, const char *text)
{
    if (list->slots < 2 * ((uint32_t)list->count + 1) && grow_slots(list) != 0) {
        return NULL;
    }
    uint32_t at = hash_of(text) & (list->slots - 1);
    for (; list->slot[at]; at = (at + 1) & (list->slots - 1)) {
        if (strcmp(list->item[list->slot[at] - 1], text) == 0) {
            return list->item[list->slot[at] - 1];
        }
    }
    if (sb_strings_add(list, text) != 0) {
        return NULL;
    }
    list->slot[at] = (uint32_t)list->count;
    return list->item[list->count - 1];
}

bool sb_strings_has(const struct sb_strings *list, const char *text)
{
    for (int i = 0; i < list->count; ++i) {
        if (strcmp(list->item[i], text) == 0) {
            return true;
        }
    }
    return false;
}

void sb_strings_free(struct sb_strings *list)
{
    for (int i = 0; i < list->count; ++i) {
        free(list->item[i]);
    }
    free((void *)list->item);
    free(list->slot);
    *list = (struct sb_strings){0};
}

void sb_campaign_init(struct sb_campaign *campaign)
{
    *campaign = (struct sb_campaign){0};
    sb_options_defaults(sb_campaign_options, campaign);
}

static void sweep_free(struct sb_sweep *sweep)
{
    free(sweep->kernel);
    free(sweep->parameter);
    free(sweep->where);
    sb_strings_free(&sweep->values);
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The same parameter asked again replaces what was asked before: the command line has the last word over a file. */
static int sweep_add(struct sb_campaign *campaign, struct sb_sweep *moved)
{
    for (int i = 0; i < campaign->sweep_count; ++i) {
        struct sb_sweep *old = &campaign->sweeps[i];
        if (same_name(old->kernel, moved->kernel) && same_name(old->parameter, moved->parameter)) {
            sweep_free(old);
            *old = *moved;
            return SB_OK;
        }
    }
    struct sb_sweep *sweeps =
        realloc(campaign->sweeps, (size_t)(campaign->sweep_count + 1) * sizeof *sweeps);
    if (!sweeps) {
        return SB_ENOMEM;
    }
    sweeps[campaign->sweep_count++] = *moved;
    campaign->sweeps = sweeps;
    return SB_OK;
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        const unsigned char c = (unsigned char)text[i];
        if (!(islower(c) || c == '_' || (i && isdigit(c)))) {
            return false;
        }
    }
    return length > 0;
}

int sb_campaign_sweep(struct sb_campaign *campaign, const char *text, const char *where,
                      struct sb_error *err)
{
    const char *equals = strchr(text, '=');
    const size_t named = equals ? (size_t)(equals - text) : 0;
    const char *dot = equals ? memchr(text, '.', named) : NULL;
    const char *parameter = dot ? dot + 1 : text;
    if (!equals || !is_name(parameter, (size_t)(equals - parameter)) ||
        (dot && !is_name(text, (size_t)(dot - text)))) {
        return sb_fail(
            err, SB_EINVAL,
            "%s: expected [KERNEL.]PARAMETER=VALUE,… such as stream.n=1024,2048, got '%s'", where,
            text);
    }
    struct sb_sweep sweep = {
        .kernel = dot ? strndup(text, (size_t)(dot - text)) : NULL,
        .parameter = strndup(parameter, (size_t)(equals - parameter)),
        .where = strdup(where),
    };
    if (sb_strings_add_csv(&sweep.values, equals + 1) || !sweep.parameter || !sweep.where ||
        (dot && !sweep.kernel)) {
        sweep_free(&sweep);
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (sweep.values.count == 0) {
        sweep_free(&sweep);
        return sb_fail(err, SB_EINVAL, "%s: expected at least one value after '%s'", where, text);
    }
    if (sweep_add(campaign, &sweep)) {
        sweep_free(&sweep);
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return SB_OK;
}

void sb_campaign_free(struct sb_campaign *campaign)
{
    for (int i = 0; i < campaign->place_count; ++i) {
        sb_place_free(&campaign->place[i]);
    }
    free(campaign->place);
    sb_strings_free(&campaign->spots);
    sb_strings_free(&campaign->counters);
    sb_options_free(sb_campaign_options, campaign);
    for (int i = 0; i < campaign->sweep_count; ++i) {
        sweep_free(&campaign->sweeps[i]);
    }
    sb_strings_free(&campaign->foreign);
    free(campaign->sweeps);
    campaign->sweeps = NULL;
    campaign->sweep_count = 0;
}
