/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counters/counter_source.h"
#include "harness/util/text.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(int i, const void *payload)
{
    (void)payload;
    return sb_counter_sources[i]->name;
}

const struct sb_counter_source *sb_counter_source_find(const char *name, struct sb_error *err)
{
    int count = 0;
    for (; sb_counter_sources[count]; ++count) {
        if (strcmp(sb_counter_sources[count]->name, name) == 0) {
            return sb_counter_sources[count];
        }
    }
    const char *near = sb_text_closest(name, count, name_of, NULL);
    sb_fail(err, SB_ENOTFOUND,
            near ? "no counter source '%s'; did you mean '%s'?"
                 : "no counter source '%s'; 'switchbench list counters' shows them",
            name, near);
    return NULL;
}

struct search {
    const char *name;
    struct sb_counter_event *found;
    int least; /* distance of the closest so far */
    char near[SB_EVENT_NAME];
};

static int look_at(const struct sb_counter_event *event, void *payload)
{
    struct search *search = payload;
    if (strcmp(event->name, search->name) == 0) {
        *search->found = *event;
        return 1;
    }
    const int distance = sb_text_distance(search->name, event->name);
    if (distance < search->least) {
        search->least = distance;
        memcpy(search->near, event->name, sizeof search->near);
    }
    return 0;
}

int sb_counter_event_find(struct sb_counter_event *out, const struct sb_counter_source *source,
                          const char *name, struct sb_error *err)
{
    if (source->absent_reason) {
        return sb_fail(err, SB_EABSENT, "%s", source->absent_reason);
    }
    if (source->event) {
        return source->event(out, name, err);
    }
    struct search search = {.name = name, .found = out, .least = (int)(strlen(name) / 3) + 1};
    const int code = source->list(look_at, &search, err);
    if (code != 0) {
        return code > 0 ? 0 : code;
    }
    return sb_fail(err, SB_ENOTFOUND,
                   search.near[0]
                       ? "%s has no event '%s'; did you mean '%s'?"
                       : "%s has no event '%s'; 'switchbench list counters %s' shows them",
                   source->name, name, search.near[0] ? search.near : source->name);
}

struct group {
    int (*each)(const char *name, void *payload);
    void *payload;
    const char *name;
    size_t length;
    int found;
};

static int of_group(const struct sb_counter_event *event, void *payload)
{
    struct group *group = payload;
    if (strncmp(event->name, group->name, group->length) != 0 ||
        event->name[group->length] != '/') {
        return 0;
    }
    group->found++;
    return group->each(event->name, group->payload);
}

int sb_counter_group_walk(int (*each)(const char *name, void *payload), void *payload,
                          const struct sb_counter_source *source, const char *name)
{
    struct sb_error ignored;
    struct group group = {each, payload, name, strlen(name), 0};
    const int code =
        *name && !strchr(name, '/') ? source->list(of_group, &group, &ignored) : SB_ENOTFOUND;
    return code != 0 ? code : group.found > 0 ? 0 : SB_ENOTFOUND;
}
