/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/perf/event.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <string.h>

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

static int unknown(const char *root, const char *name, const char *why, struct sb_error *err)
{
    struct search search = {.name = name, .least = (int)(strlen(name) / 3) + 1};
    (void)sb_perf_event_list(look_at, &search, root);
    const char *const open = *why ? " (" : "";
    const char *const close = *why ? ")" : "";
    return search.near[0]
               ? sb_fail(err, SB_ENOTFOUND,
                         "perf_event has no event '%s'%s%s%s; did you mean '%s'?", name, open, why,
                         close, search.near)
               : sb_fail(err, SB_ENOTFOUND,
                         "perf_event has no event '%s'%s%s%s; 'switchbench list counters "
                         "perf_event' shows them",
                         name, open, why, close);
}

int sb_perf_event_find(struct sb_perf_event *out, const char *root, const char *name,
                       struct sb_error *err)
{
    struct sb_error why = {0};
    if (strlen(name) >= SB_EVENT_NAME) {
        return sb_fail(err, SB_ENOTFOUND, "perf_event has no event of so long a name: '%.40s…'",
                       name);
    }
    *out = (struct sb_perf_event){.scale = 1};
    const int code = strchr(name, '/') ? sb_perf_pmu_find(out, root, name, &why)
                                       : sb_perf_generic_find(out, name);
    return code == SB_ENOTFOUND ? unknown(root, name, why.text, err)
           : code != 0          ? sb_fail(err, code, "%s", why.text)
                                : 0;
}

int sb_perf_event_list(int (*each)(const struct sb_counter_event *event, void *payload),
                       void *payload, const char *root)
{
    const int code = sb_perf_generic_list(each, payload);
    return code != 0 ? code : sb_perf_pmu_list(each, payload, root);
}
