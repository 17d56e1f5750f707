/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/papi/events.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 1024 /* PAPI writes names without being told the room: PAPI_HUGE_STR_LEN */

/* What a component's values are of; those not named say nothing. */
static const struct {
    const char *component, *tags;
} tags[] = {{"perf_event", "thread"}, {"perf_event_uncore", "socket"}, {"sde", "process exact"},
            {"rapl", "socket"},       {"powercap", "socket"},          {"coretemp", "board"},
            {"nvml", "board"},        {"rocm_smi", "board"},           {"cuda", "board"},
            {"rocm", "board"}};

/* Units as components write them. */
static const struct {
    const char *theirs, *ours;
    double factor;
} units[] = {{"nJ", "J", 1e-9},    {"uJ", "J", 1e-6}, {"mJ", "J", 1e-3},    {"J", "J", 1},
             {"Joules", "J", 1},   {"mW", "W", 1e-3}, {"uW", "W", 1e-6},    {"W", "W", 1},
             {"ns", "ns", 1},      {"us", "ns", 1e3}, {"s", "ns", 1e9},     {"bytes", "byte", 1},
             {"Bytes", "byte", 1}, {"B", "byte", 1},  {"KB", "byte", 1024}, {"MHz", "Hz", 1e6},
             {"Hz", "Hz", 1}};

static void keep_line(char *out, size_t room, const char *text)
{
    snprintf(out, room, "%s", text);
    out[strcspn(out, "\n")] = '\0';
    sb_text_keep_utf8(out);
}

static void describe(struct sb_papi_known *out, const struct sb_papi *papi, const char *name)
{
    struct sb_papi_event *info = calloc(1, sizeof *info);
    const bool told = info && papi->get_event_info(out->code, info) == SB_PAPI_OK;
    out->scale = 1;
    snprintf(out->told.name, sizeof out->told.name, "%s", name);
    snprintf(out->told.unit, sizeof out->told.unit, "1");
    if (told) {
        info->description[sizeof info->description - 1] = '\0';
        info->unit[sizeof info->unit - 1] = '\0';
        keep_line(out->told.help, sizeof out->told.help, info->description);
        out->real = info->data_type == SB_PAPI_FP64;
        out->told.level = info->value_type == SB_PAPI_ABSOLUTE;
    }
    for (size_t i = 0; told && i < sizeof units / sizeof *units; ++i) {
        if (strcmp(units[i].theirs, info->unit) == 0) {
            snprintf(out->told.unit, sizeof out->told.unit, "%s", units[i].ours);
            out->scale = units[i].factor;
        }
    }
    const struct sb_papi_component *component =
        out->component >= 0 ? papi->get_component_info(out->component) : NULL;
    for (size_t i = 0; component && i < sizeof tags / sizeof *tags; ++i) {
        if (strcmp(tags[i].component, component->name) == 0) {
            snprintf(out->told.tags, sizeof out->told.tags, "%s", tags[i].tags);
        }
    }
    free(info);
}

struct listing {
    int (*each)(const struct sb_counter_event *event, void *payload);
    void *payload;
    const struct sb_papi *papi;
};

/* Names that --counters could not take are left out. */
static int tell(const struct listing *listing, int code, int component)
{
    char name[NAME_ROOM] = "";
    struct sb_papi_known known = {.code = code, .component = component};
    if (listing->papi->event_code_to_name(code, name) != SB_PAPI_OK || !name[0] ||
        strlen(name) >= SB_EVENT_NAME || strpbrk(name, "+, \t\n")) {
        return 0;
    }
    describe(&known, listing->papi, name);
    return listing->each(&known.told, listing->payload);
}

static int list_presets(const struct listing *listing)
{
    int event = SB_PAPI_PRESETS;
    const int component = sb_papi_component_of(listing->papi, "");
    int code = 0;
    int more = listing->papi->enum_event(&event, SB_PAPI_ENUM_FIRST);
    while (code == 0 && more == SB_PAPI_OK) {
        code = tell(listing, event, component);
        more = listing->papi->enum_event(&event, SB_PAPI_ENUM_EVENTS);
    }
    return code;
}

static int list_native(const struct listing *listing, int component)
{
    int event = SB_PAPI_NATIVE;
    int code = 0;
    int more = listing->papi->enum_cmp_event(&event, SB_PAPI_ENUM_FIRST, component);
    while (code == 0 && more == SB_PAPI_OK) {
        code = tell(listing, event, component);
        more = listing->papi->enum_cmp_event(&event, SB_PAPI_ENUM_EVENTS, component);
    }
    return code;
}

int sb_papi_event_list(int (*each)(const struct sb_counter_event *event, void *payload),
                       void *payload, const struct sb_papi *papi)
{
    const struct listing listing = {each, payload, papi};
    int code = list_presets(&listing);
    for (int i = 0; code == 0 && i < papi->num_components(); ++i) {
        const struct sb_papi_component *component = papi->get_component_info(i);
        code = component && !sb_papi_is_off(component) ? list_native(&listing, i) : 0;
    }
    return code;
}

struct search {
    const char *name;
    int least; /* distance of the closest so far */
    char near[SB_EVENT_NAME];
};

static int look_at(const struct sb_counter_event *event, void *payload)
{
    struct search *search = payload;
    const int distance = sb_text_distance(search->name, event->name);
    if (distance < search->least) {
        search->least = distance;
        memcpy(search->near, event->name, sizeof search->near);
    }
    return 0;
}

static int unknown(const struct sb_papi *papi, const char *name, struct sb_error *err)
{
    struct search search = {.name = name, .least = (int)(strlen(name) / 3) + 1};
    (void)sb_papi_event_list(look_at, &search, papi);
    return sb_fail(err, SB_ENOTFOUND,
                   search.near[0]
                       ? "papi has no event '%s'; did you mean '%s'?"
                       : "papi has no event '%s'; 'switchbench list counters %s' shows them",
                   name, search.near[0] ? search.near : "papi");
}

int sb_papi_event_find(struct sb_papi_known *out, const struct sb_papi *papi, const char *name,
                       struct sb_error *err)
{
    *out = (struct sb_papi_known){.component = -1};
    if (strlen(name) >= SB_EVENT_NAME) {
        return sb_fail(err, SB_ENOTFOUND, "papi has no event of so long a name: '%.40s…'", name);
    }
    const int code = *name ? papi->event_name_to_code(name, &out->code) : SB_PAPI_ENOEVNT;
    if (code == SB_PAPI_OK) {
        out->component = papi->get_event_component(out->code);
        out->component = out->component >= 0 ? out->component : sb_papi_component_of(papi, "");
        describe(out, papi, name);
        return 0;
    }
    /* a component that is disabled knows none of its events */
    const int component = strstr(name, "::") ? sb_papi_component_of(papi, name) : -1;
    const struct sb_papi_component *info =
        component >= 0 ? papi->get_component_info(component) : NULL;
    return info && sb_papi_is_off(info) ? sb_papi_refused(papi, name, component, code, err)
                                        : unknown(papi, name, err);
}
