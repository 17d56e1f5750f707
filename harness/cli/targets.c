/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/targets.h"

#include "harness/cli/probe.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct sb_error *err)
{
    return sb_fail(err, SB_ENOMEM, "out of memory");
}

static int ask(json_t **out, const struct sb_strings *names, struct sb_error *err)
{
    size_t room = 1;
    for (int i = 0; i < names->count; ++i) {
        room += strlen(names->item[i]) + 1;
    }
    char *list = calloc(room, 1);
    if (!list) {
        return out_of_memory(err);
    }
    for (int i = 0; i < names->count; ++i) {
        snprintf(list + strlen(list), room - strlen(list), "%s%s", i ? "," : "", names->item[i]);
    }
    const int rc = sb_probe_ask(out, "--targets", list, err);
    free(list);
    return rc;
}

/* Every name that a backend knows, "NAME@HOW" only where asked. */
static int known_names(struct sb_strings *out, const json_t *told, bool ways, struct sb_error *err)
{
    size_t b = 0;
    size_t k = 0;
    const json_t *backend = NULL;
    const json_t *name = NULL;
    json_array_foreach (json_object_get(told, "backends"), b, backend) {
        json_array_foreach (json_object_get(backend, "known"), k, name) {
            const char *text = json_string_value(name);
            if ((ways || !strchr(text, '@')) && !sb_strings_has(out, text) &&
                sb_strings_add(out, text) != 0) {
                return out_of_memory(err);
            }
        }
    }
    return 0;
}

static const char *listed(int i, const void *payload)
{
    return ((const struct sb_strings *)payload)->item[i];
}

static int unknown(const char *name, const json_t *told, struct sb_error *err)
{
    struct sb_strings known = {0};
    int rc = known_names(&known, told, true, err);
    if (rc == 0) {
        const char *near = sb_text_closest(name, known.count, listed, &known);
        rc = near ? sb_fail(err, SB_ENOTFOUND, "no target '%s': did you mean '%s'?", name, near)
                  : sb_fail(err, SB_ENOTFOUND,
                            "no target '%s'; 'switchbench list targets' shows what there is", name);
    }
    sb_strings_free(&known);
    return rc;
}

/* What @p backend answered about @p name; NULL: nothing. */
static const json_t *answer_on(const json_t *backend, const char *name)
{
    size_t i = 0;
    const json_t *answer = NULL;
    json_array_foreach (json_object_get(backend, "asked"), i, answer) {
        if (strcmp(sb_json_text_or(answer, "target", ""), name) == 0) {
            return answer;
        }
    }
    return NULL;
}

static bool foreign(const json_t *answer)
{
    return !answer || strcmp(sb_json_text_or(answer, "state", "foreign"), "foreign") == 0;
}

/* Notes the pairs that are no cells; where every backend finds a target foreign, it is misspelt. */
static int note_foreign(struct sb_campaign *campaign, const json_t *told, struct sb_error *err)
{
    for (int t = 0; t < campaign->targets.count; ++t) {
        const char *name = campaign->targets.item[t];
        bool meant = false;
        size_t b = 0;
        const json_t *backend = NULL;
        json_array_foreach (json_object_get(told, "backends"), b, backend) {
            char pair[160];
            const bool none = foreign(answer_on(backend, name));
            snprintf(pair, sizeof pair, "%s %s", sb_json_text_or(backend, "name", ""), name);
            meant = meant || !none;
            if (none && sb_strings_add(&campaign->foreign, pair) != 0) {
                return out_of_memory(err);
            }
        }
        if (!meant) {
            return unknown(name, told, err);
        }
    }
    return 0;
}

/* The backends that a target means something to, where none is named. */
static int choose_backends(struct sb_campaign *campaign, const json_t *told, struct sb_error *err)
{
    size_t b = 0;
    const json_t *backend = NULL;
    const bool chosen = campaign->backends.count > 0;
    json_array_foreach (json_object_get(told, "backends"), b, backend) {
        const char *name = sb_json_text_or(backend, "name", "");
        bool knows = false;
        for (int t = 0; t < campaign->targets.count; ++t) {
            const char *target = campaign->targets.item[t];
            knows =
                knows || (strcmp(target, "native") != 0 && !foreign(answer_on(backend, target)));
        }
        if (!chosen && knows && sb_strings_add(&campaign->backends, name) != 0) {
            return out_of_memory(err);
        }
    }
    return 0;
}

static bool way_of(const char *name, const char *target)
{
    const size_t length = strlen(target);
    return strncmp(name, target, length) == 0 && name[length] == '@';
}

/* The ways to run @p target where an emulator does; itself where there are none. */
static int add_ways(struct sb_strings *out, const char *target, const json_t *told,
                    struct sb_error *err)
{
    const int before = out->count;
    size_t b = 0;
    size_t k = 0;
    const json_t *backend = NULL;
    const json_t *name = NULL;
    json_array_foreach (json_object_get(told, "backends"), b, backend) {
        if (!sb_json_text_or(answer_on(backend, target), "emulated", NULL)) {
            continue;
        }
        json_array_foreach (json_object_get(backend, "known"), k, name) {
            if (way_of(json_string_value(name), target) &&
                sb_strings_add(out, json_string_value(name)) != 0) {
                return out_of_memory(err);
            }
        }
    }
    return out->count > before || sb_strings_add(out, target) == 0 ? 0 : out_of_memory(err);
}

static bool only_native(const struct sb_strings *targets)
{
    bool only = true;
    for (int i = 0; i < targets->count; ++i) {
        only = only && strcmp(targets->item[i], "native") == 0;
    }
    return only;
}

int sb_targets_resolve(struct sb_campaign *campaign, struct sb_error *err)
{
    if (only_native(&campaign->targets)) {
        return 0;
    }
    json_t *told = NULL;
    struct sb_strings ways = {0};
    int rc = ask(&told, &campaign->targets, err);
    for (int t = 0; rc == 0 && t < campaign->targets.count; ++t) {
        rc = add_ways(&ways, campaign->targets.item[t], told, err);
    }
    if (rc == 0 && ways.count > campaign->targets.count) { /* the answers were on other names */
        sb_strings_free(&campaign->targets);
        campaign->targets = ways;
        json_decref(told);
        told = NULL;
        rc = ask(&told, &campaign->targets, err);
    } else {
        sb_strings_free(&ways);
    }
    rc = rc ? rc : note_foreign(campaign, told, err);
    rc = rc ? rc : choose_backends(campaign, told, err);
    json_decref(told);
    return rc;
}

int sb_targets_resolve_build(json_t **told, struct sb_campaign *campaign, struct sb_error *err)
{
    json_t *answer = NULL;
    int rc = 0;
    if (campaign->targets.count == 0) {
        rc = ask(&answer, &campaign->targets, err);
        rc = rc ? rc : known_names(&campaign->targets, answer, false, err);
        json_decref(answer);
        answer = NULL;
    }
    rc = rc ? rc : ask(&answer, &campaign->targets, err);
    rc = rc ? rc : note_foreign(campaign, answer, err);
    rc = rc ? rc : choose_backends(campaign, answer, err);
    if (rc == 0) {
        *told = answer;
    } else {
        json_decref(answer);
    }
    return rc;
}

int sb_targets_all(json_t **told, const struct sb_strings *names, struct sb_error *err)
{
    struct sb_campaign campaign = {.targets = {0}};
    json_t *answer = NULL;
    int rc = ask(&answer, &campaign.targets, err);
    if (names->count == 0) {
        rc = rc ? rc : known_names(&campaign.targets, answer, true, err);
    }
    for (int i = 0; rc == 0 && i < names->count; ++i) {
        rc = sb_strings_add(&campaign.targets, names->item[i]) ? out_of_memory(err) : 0;
    }
    json_decref(answer);
    answer = NULL;
    rc = rc ? rc : ask(&answer, &campaign.targets, err);
    rc = rc ? rc : note_foreign(&campaign, answer, err);
    if (rc == 0) {
        *told = answer;
    } else {
        json_decref(answer);
    }
    sb_strings_free(&campaign.targets);
    sb_strings_free(&campaign.foreign);
    return rc;
}
