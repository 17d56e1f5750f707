/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/ask_counters.h"

#include "harness/run/apart.h"
#include "harness/run/counting/asked.h"
#include "results/metrics/metric.h"

#include <stdio.h>
#include <string.h>

static json_t *tell_event(const struct sb_counter_event *event)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:b}", "name", event->name, "unit", event->unit, "tags",
                     event->tags, "help", event->help, "level", event->level);
}

static int add_event(const struct sb_counter_event *event, void *payload)
{
    json_array_append_new(payload, tell_event(event));
    return 0;
}

/* A metric asks for its events; which, is decided in the cell. */
static json_t *tell_metric(const struct sb_metric *metric)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:n}", "name", metric->name, "unit", metric->unit,
                     "tags", "", "help", metric->meaning, "level", 0, "state", "known", "reason");
}

/* Whose closest name is told: the source's, or the metrics'. */
static const char *closest(const struct sb_error *of_source, const struct sb_error *of_metrics)
{
    static const char offer[] = "did you mean";
    return !strstr(of_source->text, offer) && strstr(of_metrics->text, offer) ? of_metrics->text
                                                                              : of_source->text;
}

static int is_one(const char *name, void *payload)
{
    (void)name;
    (void)payload;
    return 1;
}

static json_t *tell_group(const char *name)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:n}", "name", name, "unit", "", "tags", "", "help",
                     "all events of this group", "level", 0, "state", "known", "reason");
}

static json_t *tell_named(const struct sb_counter_source *source, const char *name)
{
    struct sb_counter_event event = {0};
    struct sb_error err = {0};
    struct sb_error no_metric = {0};
    const bool all = strcmp(name, SB_EVENTS_ALL) == 0;
    const int code = all ? 0 : sb_counter_event_find(&event, source, name, &err);
    const struct sb_metric *metric = code == SB_ENOTFOUND ? sb_metric_find(name, &no_metric) : NULL;
    if (metric) {
        return tell_metric(metric);
    }
    if (code == SB_ENOTFOUND && sb_counter_group_walk(is_one, NULL, source, name) == 1) {
        return tell_group(name);
    }
    json_t *told = code == 0 && !all ? tell_event(&event) : json_pack("{s:s}", "name", name);
    const char *state = code == 0 ? "known" : code == SB_ENOTFOUND ? "unknown" : "absent";
    json_object_set_new(told, "state", json_string(state));
    json_object_set_new(told, "reason",
                        code == 0              ? json_null()
                        : code == SB_ENOTFOUND ? json_string(closest(&err, &no_metric))
                                               : json_string(err.text));
    return told;
}

struct question {
    const struct sb_counters_of *of;
    bool events;
};

static json_t *tell_source(const void *payload)
{
    const struct question *question = payload;
    const struct sb_counter_source *source = question->of->source;
    struct sb_error err = {0};
    char version[128] = "";
    int code = source->absent_reason ? sb_fail(&err, SB_EABSENT, "%s", source->absent_reason)
                                     : source->probe(version, sizeof version, &err);
    const bool here = code == 0;
    json_t *events = json_array();
    const struct sb_strings *names = &question->of->events;
    for (int i = 0; here && i < names->count; ++i) {
        json_array_append_new(events, tell_named(source, names->item[i]));
    }
    if (here && question->events && names->count == 0) {
        (void)source->list(add_event, events, &err); /* what it tells until it fails */
    }
    return json_pack("{s:s,s:s,s:s,s:b,s:s,s:s,s:s?,s:o}", "source", source->name, "title",
                     source->title, "scope", source->scope, "automatic", source->automatic,
                     "version", version, "state", here ? "here" : "absent", "reason",
                     here ? NULL : err.text, "events", events);
}

static json_t *ask(const struct sb_counters_of *of, bool events)
{
    const struct question question = {of, events};
    struct sb_apart apart;
    char died[200] = "no process could be started to ask it";
    json_t *answer = sb_apart_start(&apart, tell_source, &question) == 0
                         ? sb_apart_collect(&apart, died, sizeof died)
                         : NULL;
    return answer ? answer
                  : json_pack("{s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:[]}", "source", of->source->name,
                              "title", of->source->title, "scope", of->source->scope, "automatic",
                              of->source->automatic, "version", "", "state", "absent", "reason",
                              died, "events");
}

json_t *sb_ask_counters(const char *words)
{
    json_t *all = json_array();
    struct sb_strings list = {0};
    struct sb_counters_asked asked = {0};
    struct sb_error err = {0};
    for (int i = 0; !*words && sb_counter_sources[i]; ++i) {
        const struct sb_counters_of of = {.source = sb_counter_sources[i]};
        json_array_append_new(all, ask(&of, false));
    }
    if (*words &&
        (sb_strings_add_csv(&list, words) != 0 || sb_counters_parse(&asked, &list, &err) != 0)) {
        json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:[]}", "source", words, "state",
                                             "unknown", "reason", err.text, "events"));
    }
    for (int i = 0; i < asked.count; ++i) {
        json_array_append_new(all, ask(&asked.of[i], true));
    }
    sb_counters_asked_free(&asked);
    sb_strings_free(&list);
    return json_pack("{s:o}", "counters", all);
}
