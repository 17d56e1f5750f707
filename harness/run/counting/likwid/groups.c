/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/likwid/groups.h"

#include <stdio.h>
#include <string.h>

/* What stands in the brackets of perfgroups' metrics; MBytes are 10⁶ (their formulas say 1.0E-06). */
static const struct {
    const char *theirs, *ours;
    double factor;
    bool per_s, level;
} units[] = {
    {"s", "ns", 1e9, false, false},
    {"MHz", "Hz", 1e6, false, true},
    {"GHz", "Hz", 1e9, false, true},
    {"%", "1", 0.01, false, true},
    {"J", "J", 1, false, false},
    {"W", "W", 1, false, true},
    {"C", "K", 1, false, true},
    {"MBytes/s", "byte", 1e6, true, false},
    {"GBytes/s", "byte", 1e9, true, false},
    {"MByte/s", "byte", 1e6, true, false},
    {"GBytes", "byte", 1e9, false, false},
    {"MBytes", "byte", 1e6, false, false},
    {"MFLOP/s", "1", 1e6, true, false},
    {"GFLOP/s", "1", 1e9, true, false},
    {"MUOPS/s", "1", 1e6, true, false},
    {"MFLOPS/s", "1", 1e6, true, false},
};

static void spell(struct sb_likwid_event *out, const char *group, const char *name, size_t length)
{
    snprintf(out->told.name, sizeof out->told.name, "%s/%.*s", group, (int)length, name);
    for (char *at = out->told.name; *at; ++at) {
        *at = *at == ' ' || *at == '\t' || *at == ',' || *at == '+' || *at == '\n' ? '_' : *at;
    }
    sb_text_keep_utf8(out->told.name);
}

void sb_likwid_metric(struct sb_likwid_event *out, const char *group, const char *name)
{
    *out = (struct sb_likwid_event){.metric = true, .factor = 1};
    const char *open = strrchr(name, '[');
    const char *close = open ? strchr(open, ']') : NULL;
    size_t length = close ? (size_t)(open - name) : strlen(name);
    while (length > 0 && name[length - 1] == ' ') {
        --length;
    }
    spell(out, group, name, length);
    snprintf(out->told.unit, sizeof out->told.unit, "1");
    snprintf(out->told.help, sizeof out->told.help, "metric '%s'", name);
    sb_text_keep_utf8(out->told.help);
    out->told.level = true; /* a ratio, where no unit says otherwise */
    for (size_t i = 0; close && i < sizeof units / sizeof *units; ++i) {
        if (strlen(units[i].theirs) == (size_t)(close - open - 1) &&
            strncmp(units[i].theirs, open + 1, strlen(units[i].theirs)) == 0) {
            snprintf(out->told.unit, sizeof out->told.unit, "%s", units[i].ours);
            out->factor = units[i].factor;
            out->per_s = units[i].per_s;
            out->told.level = units[i].level;
        }
    }
}

void sb_likwid_counter(struct sb_likwid_event *out, const struct sb_likwid *likwid, int id,
                       const char *group, int number)
{
    const char *name = likwid->perfmon_getEventName(id, number);
    const char *counter = likwid->perfmon_getCounterName(id, number);
    *out = (struct sb_likwid_event){.number = number, .factor = 1};
    name = name ? name : "";
    counter = counter ? counter : "";
    /* several units count the same event: each has its register's name */
    const bool core = strncmp(counter, "PMC", 3) == 0 || strncmp(counter, "FIXC", 4) == 0;
    char whole[SB_EVENT_NAME];
    snprintf(whole, sizeof whole, core ? "%s" : "%s:%s", name, counter);
    spell(out, group, whole, strlen(whole));
    snprintf(out->told.unit, sizeof out->told.unit, "1");
    snprintf(out->told.tags, sizeof out->told.tags, "%s", core ? "core" : "socket");
    snprintf(out->told.help, sizeof out->told.help, "counter %s of the group", counter);
}

bool sb_likwid_group_of(char *out, size_t room, const char *event)
{
    const size_t length = strcspn(event, "/");
    snprintf(out, room, "%.*s", (int)length, event);
    return event[length] == '/' && length > 0 && length < room;
}

bool sb_likwid_has_group(const struct sb_likwid *likwid, const char *group)
{
    char **names = NULL;
    char **titles = NULL;
    char **texts = NULL;
    const int count = likwid->perfmon_getGroups(&names, &titles, &texts);
    bool has = false;
    for (int i = 0; i < count; ++i) {
        has = has || strcmp(names[i], group) == 0;
    }
    return has; /* the lists are few, small, and LIKWID's */
}

int sb_likwid_walk(int (*each)(const struct sb_likwid_event *event, void *payload), void *payload,
                   const struct sb_likwid *likwid, int id, const char *group)
{
    struct sb_likwid_event event;
    int code = 0;
    for (int i = 0; code == 0 && i < likwid->perfmon_getNumberOfEvents(id); ++i) {
        sb_likwid_counter(&event, likwid, id, group, i);
        code = each(&event, payload);
    }
    for (int i = 0; code == 0 && i < likwid->perfmon_getNumberOfMetrics(id); ++i) {
        const char *name = likwid->perfmon_getMetricName(id, i);
        sb_likwid_metric(&event, group, name ? name : "");
        event.number = i;
        code = each(&event, payload);
    }
    return code;
}
