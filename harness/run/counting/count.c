/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/count.h"

#include "harness/run/counting/pass.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "results/metrics/metric.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

json_t *sb_count_absent(const struct sb_counter_source *source, const char *state,
                        const char *reason)
{
    return json_pack("{s:s,s:s,s:s,s:s}", "source", source->name, "scope", source->scope, "state",
                     state, "reason", reason);
}

bool sb_count_serves(const struct sb_counter_source *source, const char *backend)
{
    for (int i = 0; source->backends && source->backends[i]; ++i) {
        if (strcmp(source->backends[i], backend) == 0) {
            return true;
        }
    }
    return !source->backends;
}

/* The threads of this process, the first one first. */
static pid_t *find_threads(int *out_count)
{
    DIR *folder = opendir("/proc/self/task");
    pid_t *threads = malloc(sizeof *threads);
    int count = 0;
    if (threads) {
        threads[count++] = getpid();
    }
    for (struct dirent *entry; folder && threads && (entry = readdir(folder));) {
        const pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
        pid_t *more = thread > 0 && thread != getpid()
                          ? realloc(threads, (size_t)(count + 1) * sizeof *threads)
                          : NULL;
        if (more) {
            threads = more;
            threads[count++] = thread;
        }
    }
    if (folder) {
        closedir(folder);
    }
    *out_count = threads ? count : 0;
    return threads;
}

static int add_event(const char *event, void *payload)
{
    struct sb_strings *names = payload;
    return sb_strings_has(names, event) || sb_strings_add(names, event) == 0 ? 0 : SB_ENOMEM;
}

static int add_listed(const struct sb_counter_event *event, void *payload)
{
    return add_event(event->name, payload);
}

static void refuse(json_t *refused, const char *name, const struct sb_error *err)
{
    json_array_append_new(refused, json_pack("{s:s,s:s}", "name", name, "reason", err->text));
}

/* SB_ENOMEM only. */
static int add_name(struct sb_strings *out, json_t *refused, const struct sb_counter_source *source,
                    const char *name)
{
    struct sb_counter_event event;
    struct sb_error err = {0};
    if (strcmp(name, SB_EVENTS_ALL) != 0) {
        const bool unknown =
            sb_counter_event_find(&event, source, name, NULL) == SB_ENOTFOUND; /* or a group's */
        const int walked =
            unknown ? sb_counter_group_walk(add_event, out, source, name) : SB_ENOTFOUND;
        return walked == SB_ENOTFOUND ? add_event(name, out) : walked == SB_ENOMEM ? walked : 0;
    }
    const int code = source->list(add_listed, out, &err);
    if (code != 0 && code != SB_ENOMEM) {
        refuse(refused, name, &err);
    }
    return code == SB_ENOMEM ? code : 0;
}

/* Names of events; a metric's name stands for those that its formula needs, a group's for all of it. */
static int expand(struct sb_strings *out, json_t *refused, const struct sb_counters_of *asked,
                  const char *machine)
{
    int code = 0;
    for (int i = 0; code == 0 && asked->events.count == 0 && asked->source->usual[i]; ++i) {
        code = add_name(out, refused, asked->source, asked->source->usual[i]);
    }
    for (int i = 0; code == 0 && i < asked->events.count; ++i) {
        const char *name = asked->events.item[i];
        struct sb_error err = {0};
        if (!sb_metric_find(name, NULL)) {
            code = add_name(out, refused, asked->source, name);
            continue;
        }
        code = sb_metric_events(name, asked->source->name, machine, add_event, out, &err);
        if (code != 0 && code != SB_ENOMEM) {
            refuse(refused, name, &err);
            code = 0;
        }
    }
    return code;
}

int sb_count_describe(struct sb_counter_event **out, json_t *refused,
                      const struct sb_counters_of *asked, const char *machine)
{
    struct sb_strings names = {0};
    int count = 0;
    const int code = expand(&names, refused, asked, machine);
    *out = code == 0 ? calloc((size_t)names.count + 1, sizeof **out) : NULL;
    for (int i = 0; *out && i < names.count; ++i) {
        struct sb_error err = {0};
        if (sb_counter_event_find(&(*out)[count], asked->source, names.item[i], &err) == 0) {
            ++count;
        } else {
            refuse(refused, names.item[i], &err);
        }
    }
    sb_strings_free(&names);
    return *out ? count : -1;
}

struct counted {
    json_t *events, *refused;
    struct sb_pass_sum sum;
    struct sb_error err; /* of the source that died */
    bool died;
};

/* Pass after pass. An event that cannot be opened is told and passed over. */
static int count_passes(struct counted *out, const struct sb_count_task *task,
                        const struct sb_counters_of *asked, const struct sb_counter_event *event,
                        int count, struct sb_error *err)
{
    const bool cheap = asked->source->window_s == 0 && task->sampled_ns > 0;
    const uint64_t deadline_ns =
        sb_process_now_ns() +
        (uint64_t)(cheap ? (double)task->sampled_ns * SB_COUNTING_SHARE : task->budget_s * 1e9);
    for (int first = 0; first < count && !out->died;) {
        const struct sb_pass pass = {.task = task,
                                     .source = asked->source,
                                     .event = event + first,
                                     .count = count - first,
                                     .number = out->sum.passes + 1,
                                     .deadline_ns = deadline_ns};
        int taken = 0;
        bool fatal = false;
        const int code =
            sb_pass_count(&taken, &fatal, out->events, out->refused, &out->sum, &pass, &out->err);
        if (fatal || code == SB_ENOMEM) {
            return sb_fail(err, code, "%s", out->err.text);
        }
        if (code != 0 && taken == 0) {
            json_array_append_new(out->refused, json_pack("{s:s,s:s}", "name", event[first].name,
                                                          "reason", out->err.text));
        }
        out->died = code != 0 && taken > 0;
        first += taken > 0 ? taken : 1;
    }
    return 0;
}

static json_t *tell(const struct counted *c, const struct sb_counter_source *source,
                    const char *version)
{
    const char *state = c->died ? "died" : json_array_size(c->events) == 0 ? "absent" : "read";
    const struct sb_pass_sum *sum = &c->sum;
    char reason[700] = "";
    if (c->died) {
        snprintf(reason, sizeof reason, "it failed while counting: %.600s", c->err.text);
    } else if (json_array_size(c->events) == 0) {
        snprintf(reason, sizeof reason, "none of its events can be counted here: %.600s",
                 sb_json_text_or(json_array_get(c->refused, 0), "reason", "it knows none"));
    }
    json_t *told =
        json_pack("{s:s,s:s,s:s,s:s,s:s?,s:i,s:I,s:O,s:O}", "source", source->name, "scope",
                  source->scope, "version", version, "state", state, "reason",
                  reason[0] ? reason : NULL, "passes", sum->passes, "repetitions",
                  (json_int_t)sum->repetitions, "events", c->events, "refused", c->refused);
    json_object_set_new(told, "slowdown",
                        sum->uncounted_ns > 0 ? json_real(sum->counted_ns / sum->uncounted_ns)
                                              : json_null());
    json_object_set_new(told, "wall_ns",
                        sum->passes > 0 ? json_real(sum->wall_ns / sum->passes) : json_null());
    json_object_set_new(told, "idle_ns", sum->idle_ns > 0 ? json_real(sum->idle_ns) : json_null());
    return told;
}

static int count_source(json_t **out, const struct sb_count_task *task,
                        const struct sb_counters_of *asked, struct sb_error *err)
{
    const struct sb_counter_source *source = asked->source;
    char version[128] = "";
    struct sb_error why = {0};
    if (source->absent_reason || source->probe(version, sizeof version, &why) != 0) {
        *out = sb_count_absent(source, "absent",
                               source->absent_reason ? source->absent_reason : why.text);
        return 0;
    }
    struct counted counted = {.events = json_array(), .refused = json_array()};
    struct sb_counter_event *event = NULL;
    const int count = sb_count_describe(&event, counted.refused, asked, task->machine);
    const int code = count < 0 ? sb_fail(err, SB_ENOMEM, "out of memory")
                               : count_passes(&counted, task, asked, event, count, err);
    *out = tell(&counted, source, version);
    free(event);
    json_decref(counted.events);
    json_decref(counted.refused);
    return code;
}

/* A source that crashes or hangs takes this process with it, and then this is the last word. */
static void tell_before(json_t *sources, const struct sb_count_task *task,
                        const struct sb_counter_source *source)
{
    if (task->tell) {
        json_array_append_new(
            sources, sb_count_absent(source, "died",
                                     "the cell's process ended, or was ended, while this counted: "
                                     "leave it out with --counters, or name fewer events"));
        task->tell(sources, task->payload);
        json_array_remove(sources, json_array_size(sources) - 1);
    }
}

int sb_count_cell(json_t **out, const struct sb_count_task *given, struct sb_error *err)
{
    struct sb_count_task task = *given;
    pid_t *threads = find_threads(&task.target.thread_count);
    task.target.threads = threads;
    *out = json_array();
    int code = threads && *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; code == 0 && i < task.asked->count; ++i) {
        const struct sb_counters_of *asked = &task.asked->of[i];
        json_t *told = NULL;
        if (asked->source->again) {
            continue; /* in a process of its own: counting/again.h */
        }
        if (sb_count_serves(asked->source, task.target.backend)) {
            tell_before(*out, &task, asked->source);
            code = count_source(&told, &task, asked, err);
        } else if (!asked->automatic) {
            char reason[160];
            snprintf(reason, sizeof reason, "it does not count what backend %s runs",
                     task.target.backend);
            told = sb_count_absent(asked->source, "absent", reason);
        }
        if (told) {
            json_array_append_new(*out, told);
        }
    }
    free(threads);
    return code;
}
