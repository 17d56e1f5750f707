/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/resolve.h"

#include "harness/place/containers/image.h"
#include "harness/place/engines/engine.h"
#include "harness/place/schedulers/scheduler.h"
#include "harness/place/site.h"
#include "harness/util/json.h"
#include "harness/util/text.h"
#include "kernels/toolbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *place_name(int i, const void *payload)
{
    const struct sb_site *site = payload;
    return i < site->place_count ? site->place[i].name : sb_schedulers[i - site->place_count]->name;
}

/* A place of the site, or one with defaults where a scheduler is named. */
static int find_place(struct sb_place *out, const struct sb_site *site, const char *name,
                      struct sb_error *err)
{
    const struct sb_place *place = sb_site_find(site, name);
    if (place) {
        return sb_place_copy(out, place, err);
    }
    if (sb_scheduler_find(name, NULL)) {
        return sb_place_init(out, name, name, err);
    }
    int count = site->place_count;
    for (int i = 0; sb_schedulers[i]; ++i) {
        ++count;
    }
    const char *near = sb_text_closest(name, count, place_name, site);
    return sb_fail(err, SB_ENOTFOUND,
                   near ? "no place '%s': did you mean '%s'?"
                        : "no place '%s': neither a scheduler nor one of %s",
                   name,
                   near            ? near
                   : site->path[0] ? site->path
                                   : "a site.yaml (there is none)");
}

static int replace(char **member, const char *text, struct sb_error *err)
{
    if (!text) {
        return 0;
    }
    free(*member);
    *member = strdup(text);
    return *member ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* The images by digest, one for each backend that is to run; from the registry where the scheduler fetches them. */
static int resolve_images(struct sb_place *place, const struct sb_engine *engine,
                          const struct sb_strings *backends, struct sb_error *err)
{
    const struct sb_scheduler *scheduler = sb_scheduler_find(place->scheduler, NULL);
    struct sb_strings resolved = {0};
    int code = 0;
    for (int b = 0; code == 0 && b < backends->count; ++b) {
        char digest[1024];
        char item[1100];
        const char *image = sb_place_image(place, backends->item[b]);
        if (!image) {
            code = sb_fail(err, SB_EINVAL,
                           "place %s: %s %s, and no image for backend %s: name one under "
                           "'images', or with --image",
                           place->name, engine->resolve ? "engine" : "scheduler",
                           engine->resolve ? engine->name : place->scheduler, backends->item[b]);
            break;
        }
        code = engine->resolve      ? engine->resolve(digest, sizeof digest, image, err)
               : scheduler->resolve ? scheduler->resolve(digest, sizeof digest, image, place, err)
                                    : sb_image_resolve_remote(digest, sizeof digest, image, err);
        code = code != 0 ? sb_fail_in(err, code, "place %s", place->name) : code;
        snprintf(item, sizeof item, "%s=%s", backends->item[b], digest);
        if (code == 0 && sb_strings_add(&resolved, item) != 0) {
            code = sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    if (code == 0) {
        sb_strings_free(&place->images);
        place->images = resolved;
    } else {
        sb_strings_free(&resolved);
    }
    return code;
}

static int finish_place(struct sb_place *place, const struct sb_campaign *campaign,
                        const struct sb_strings *backends, struct sb_error *err)
{
    int code = replace(&place->engine, campaign->engine, err);
    code = code != 0 ? code : replace(&place->nodes, campaign->nodes, err);
    if (code == 0 && campaign->image) {
        sb_strings_free(&place->images);
        code = sb_strings_add(&place->images, campaign->image);
    }
    place->pack = campaign->pack > 0 ? campaign->pack : place->pack;
    const struct sb_engine *engine = code == 0 ? sb_engine_find(place->engine, err) : NULL;
    if (code == 0 && (!engine || !sb_scheduler_find(place->scheduler, err))) {
        return sb_fail_in(err, SB_ENOTFOUND, "place %s", place->name);
    }
    if (code == 0 && engine->scheduler && strcmp(engine->scheduler, place->scheduler) != 0) {
        return sb_fail(err, SB_EINVAL, "place %s: engine %s works in jobs of scheduler %s alone",
                       place->name, engine->name, engine->scheduler);
    }
    const bool itself =
        code == 0 && sb_scheduler_contains(sb_scheduler_find(place->scheduler, err), place);
    if (code == 0 && itself && engine->resolve) {
        return sb_fail(err, SB_EINVAL,
                       "place %s: %s starts containers itself: engine: none, and its images",
                       place->name, place->scheduler);
    }
    if (code == 0 && !engine->resolve && campaign->image && !itself) {
        return sb_fail(err, SB_EINVAL, "place %s: --image without a container engine: add --engine",
                       place->name);
    }
    return code == 0 && (engine->resolve || itself) ? resolve_images(place, engine, backends, err)
                                                    : code;
}

static int add_spot(struct sb_strings *spots, const char *place, const char *node,
                    const char *second, struct sb_error *err)
{
    char *spot = NULL;
    const int made =
        node ? asprintf(&spot, "%s/%s%s%s", place, node, second ? "+" : "", second ? second : "")
             : asprintf(&spot, "%s", place);
    const int code = made >= 0 ? sb_strings_add(spots, spot) : SB_ENOMEM;
    free(made >= 0 ? spot : NULL);
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* Names of nodes that can be used now, in the scheduler's order. */
static int usable_nodes(struct sb_strings *out, const struct sb_place *place, struct sb_error *err)
{
    const struct sb_scheduler *scheduler = sb_scheduler_find(place->scheduler, err);
    if (!scheduler->nodes) {
        return sb_fail(err, SB_EINVAL,
                       "place %s: scheduler %s cannot pin jobs to nodes: nodes: any", place->name,
                       scheduler->name);
    }
    json_t *nodes = NULL;
    int code = scheduler->nodes(&nodes, place, err);
    size_t i = 0;
    const json_t *node = NULL;
    json_array_foreach (nodes, i, node) {
        const char *name = sb_json_text_or(node, "name", "");
        if (code == 0 && *name && json_is_true(json_object_get(node, "usable"))) {
            code = sb_strings_add(out, name) ? sb_fail(err, SB_ENOMEM, "out of memory") : 0;
        }
    }
    json_decref(nodes);
    if (code == 0 && out->count == 0) {
        code = sb_fail(err, SB_EABSENT, "place %s: no node can be used now", place->name);
    }
    return code != 0 && code != SB_EABSENT ? sb_fail_in(err, code, "place %s", place->name) : code;
}

/* Fisher–Yates from the campaign's seed, or the clock's: a sample is to be another one each time. */
static void shuffle(struct sb_strings *list, uint64_t seed)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t from = seed ? seed : (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
    for (int i = list->count - 1; i > 0; --i) {
        const int j = (int)(sb_random_bits(from, 78, (uint64_t)i) % (uint64_t)(i + 1));
        char *kept = list->item[i];
        list->item[i] = list->item[j];
        list->item[j] = kept;
    }
}

static int add_named(struct sb_strings *spots, const struct sb_place *place, struct sb_error *err)
{
    struct sb_strings names = {0};
    int code = sb_strings_add_csv(&names, place->nodes);
    for (int i = 0; code == 0 && i < names.count; ++i) {
        code = add_spot(spots, place->name, names.item[i], NULL, err);
    }
    sb_strings_free(&names);
    return code;
}

static int add_spots(struct sb_strings *spots, const struct sb_place *place, uint64_t seed,
                     struct sb_error *err)
{
    const char *policy = place->nodes;
    if (strcmp(policy, "any") == 0) {
        return add_spot(spots, place->name, NULL, NULL, err);
    }
    int sample = 0;
    const bool sampled = strncmp(policy, "sample:", 7) == 0;
    if (sampled && (sscanf(policy + 7, "%d", &sample) != 1 || sample < 1)) {
        return sb_fail(err, SB_EINVAL, "place %s: nodes: '%s': expected sample:K, K at least 1",
                       place->name, policy);
    }
    const bool pairs = strcmp(policy, "pairs") == 0;
    if (!sampled && !pairs && strcmp(policy, "all") != 0) {
        return add_named(spots, place, err);
    }
    struct sb_strings nodes = {0};
    int code = usable_nodes(&nodes, place, err);
    if (sampled) {
        shuffle(&nodes, seed);
    }
    const int count = sampled && sample < nodes.count ? sample : nodes.count;
    for (int i = 0; code == 0 && i < count; ++i) {
        for (int j = i + 1; code == 0 && pairs && j < count; ++j) {
            code = add_spot(spots, place->name, nodes.item[i], nodes.item[j], err);
        }
        code = code == 0 && !pairs ? add_spot(spots, place->name, nodes.item[i], NULL, err) : code;
    }
    if (code == 0 && pairs && count < 2) {
        code = sb_fail(err, SB_EINVAL, "place %s: nodes: pairs: only one node can be used now",
                       place->name);
    }
    sb_strings_free(&nodes);
    return code;
}

static int default_list(struct sb_strings *out, const struct sb_strings *asked,
                        const char *const *usual, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && (asked->count ? i < asked->count : usual[i] != NULL); ++i) {
        const char *item = asked->count ? asked->item[i] : usual[i];
        code = sb_strings_has(out, item) ? 0 : sb_strings_add(out, item);
    }
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_places_resolve(struct sb_campaign *campaign, struct sb_error *err)
{
    static const char *const local[] = {"local", NULL};
    static const char *const usual_backends[] = {"cpu", "opencl", NULL};
    struct sb_site site = {0};
    struct sb_strings names = {0};
    struct sb_strings backends = {0};
    int code = sb_site_read(&site, campaign->site, err);
    code = code != 0 ? code : default_list(&names, &campaign->places, local, err);
    code = code != 0 ? code : default_list(&backends, &campaign->backends, usual_backends, err);
    campaign->place = code == 0 ? calloc((size_t)names.count + 1, sizeof *campaign->place) : NULL;
    code = code == 0 && !campaign->place ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
    for (int i = 0; code == 0 && i < names.count; ++i) {
        struct sb_place *place = &campaign->place[i];
        code = find_place(place, &site, names.item[i], err);
        campaign->place_count += code == 0;
        code = code != 0 ? code : finish_place(place, campaign, &backends, err);
        code = code != 0 ? code : add_spots(&campaign->spots, place, campaign->seed, err);
    }
    sb_strings_free(&names);
    sb_strings_free(&backends);
    sb_site_free(&site);
    return code;
}
