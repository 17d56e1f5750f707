/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/again.h"

#include "harness/plan/cells.h"
#include "harness/plan/kernels.h"
#include "harness/run/counting/count.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "results/metrics/metric.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A job of this cell alone, as it was recorded. */
static int write_job(const char *path, const json_t *record, const struct sb_job *job,
                     const struct sb_cell *cell, struct sb_error *err)
{
    json_t *json =
        json_pack("{s:i,s:s,s:s,s:s,s:i,s:f,s:f,s:f,s:f,s:i,s:i,s:b,s:O?,s:[o]}", "schema_version",
                  SB_PLAN_SCHEMA, "campaign", job->campaign, "job", job->name, "place", job->place,
                  "attempt", job->attempt, "precision", job->precision, "budget_s", job->budget_s,
                  "time_limit_s", job->time_limit_s, "memory_limit_bytes", job->memory_limit_bytes,
                  "samples_most", job->samples_most, "threads", job->threads, "once", 1, "tuning",
                  json_object_get(record, "tuning"), "cells", sb_cell_to_json(cell));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const int code = text ? sb_fs_write(path, text, strlen(text), err)
                          : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    json_decref(json);
    return code;
}

static void empty(const char *folder)
{
    char path[PATH_MAX];
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path); /* of . and .. it fails */
    }
    if (all) {
        closedir(all);
    }
    rmdir(folder);
}

/* Names of the events in @p event, which they are parts of; ends with NULL. */
static const char **names_of(const struct sb_counter_event *event, int count)
{
    const char **names = calloc(count > 0 ? (size_t)count + 1 : 1, sizeof *names);
    for (int i = 0; names && i < count; ++i) {
        names[i] = event[i].name;
    }
    return names;
}

static void complete(json_t *events)
{
    size_t i = 0;
    json_t *event = NULL;
    json_array_foreach (events, i, event) {
        json_t *value = json_object_get(event, "value");
        json_object_set_new(event, "level", json_false());
        json_object_set(event, "low", value);
        json_object_set(event, "high", value);
        json_object_set_new(event, "windows", json_integer(1));
        json_object_set_new(event, "running", json_real(1));
        json_object_set_new(event, "pass", json_integer(1));
        json_object_set_new(event, "idle", json_null());
    }
}

/* @p told is what again() gave, @p refused what was not asked of it. */
static json_t *entry(const struct sb_counter_source *source, const char *version, json_t *told,
                     json_t *refused)
{
    json_t *events = json_object_get(told, "events");
    const char *note = sb_json_text_or(told, "note", NULL);
    json_array_extend(refused, json_object_get(told, "refused"));
    complete(events);
    json_t *out =
        json_pack("{s:s,s:s,s:s,s:s,s:n,s:i,s:i,s:n,s:n,s:O,s:O}", "source", source->name, "scope",
                  source->scope, "version", version, "state", "read", "reason", "passes", 1,
                  "repetitions", 1, "slowdown", "idle_ns", "events", events, "refused", refused);
    if (note) {
        json_object_set_new(out, "note", json_string(note));
    }
    return out;
}

struct tool_of {
    const json_t *record;
    const struct sb_pack *pack;
    const struct sb_cell *cell;
};

static int run_tool(json_t **out, const struct tool_of *t, const struct sb_counter_source *source,
                    const char *const *events, struct sb_error *err)
{
    char folder[PATH_MAX];
    char job_file[PATH_MAX];
    char runner[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/counted.XXXXXX", t->pack->cache);
    if (!mkdtemp(folder)) {
        return sb_fail(err, SB_EIO, "cannot make a folder in %s", t->pack->cache);
    }
    int code = sb_fs_join(job_file, sizeof job_file, folder, "job.json", err);
    code = code != 0 ? code
                     : sb_fs_join(runner, sizeof runner, sb_fs_program_folder(),
                                  "switchbench-runner", err);
    code = code != 0 ? code : write_job(job_file, t->record, t->pack->job, t->cell, err);
    const struct sb_again again = {.job_file = job_file,
                                   .runner = runner,
                                   .target = t->cell->target,
                                   .backend = t->cell->backend,
                                   .folder = folder,
                                   .events = events,
                                   .time_limit_s = t->pack->job->time_limit_s};
    code = code != 0 ? code : source->again(out, &again, err);
    empty(folder);
    return code;
}

static json_t *count_with(const struct tool_of *t, const struct sb_counters_of *of)
{
    const struct sb_counter_source *source = of->source;
    char version[128] = "";
    struct sb_error err = {0};
    if (source->absent_reason) {
        return sb_count_absent(source, "absent", source->absent_reason);
    }
    if (!sb_count_serves(source, t->cell->backend)) {
        char reason[160];
        snprintf(reason, sizeof reason, "it does not count what backend %s runs", t->cell->backend);
        return sb_count_absent(source, "absent", reason);
    }
    if (source->probe(version, sizeof version, &err) != 0) {
        return sb_count_absent(source, "absent", err.text);
    }
    char machine[200];
    json_t *refused = json_array();
    struct sb_counter_event *wanted = NULL;
    sb_metrics_machine(machine, sizeof machine, t->record);
    const int count = sb_count_describe(&wanted, refused, of, machine);
    const char **events = names_of(wanted, count);
    json_t *told = NULL;
    json_t *out = NULL;
    if (!events || !events[0]) {
        out = sb_count_absent(
            source, "absent",
            sb_json_text_or(json_array_get(refused, 0), "reason", "it has no events"));
    } else {
        const int code = run_tool(&told, t, source, events, &err);
        out = code == 0 ? entry(source, version, told, refused)
                        : sb_count_absent(source, code == SB_EABSENT ? "absent" : "died", err.text);
    }
    json_decref(told);
    json_decref(refused);
    free(events);
    free(wanted);
    return out;
}

/* Sources that count in the cell's process, named for one that was never timed. */
static json_t *count_untimed(const json_t *record, const struct sb_counters_of *of)
{
    char reason[200];
    const char *emulated = sb_json_text_or(record, "emulated", NULL);
    snprintf(reason, sizeof reason,
             "it would count %s, which runs in the processor's place, not the kernel: ask a source "
             "that counts by a tool",
             emulated ? emulated : "the harness");
    return of->automatic ? NULL : sb_count_absent(of->source, "absent", reason);
}

static json_t *sources_of(json_t *record)
{
    json_t *counters = json_object_get(record, "counters");
    if (!json_is_object(counters)) {
        counters = json_pack("{s:[]}", "sources");
        json_object_set_new(record, "counters", counters);
    }
    return json_object_get(counters, "sources");
}

void sb_count_again(json_t *record, const struct sb_pack *pack, const struct sb_cell *cell)
{
    const char *state = sb_json_text_or(record, "state", "");
    struct sb_counters_asked asked;
    if (pack->job->counters.count == 0 ||
        (strcmp(state, "passed") != 0 && strcmp(state, "wrong") != 0) ||
        sb_counters_parse(&asked, &pack->job->counters, NULL) != 0) {
        return;
    }
    const bool timed = json_is_object(json_object_get(record, "timing"));
    const struct tool_of t = {record, pack, cell};
    for (int i = 0; i < asked.count; ++i) {
        json_t *told = asked.of[i].source->again ? count_with(&t, &asked.of[i])
                       : timed                   ? NULL
                                                 : count_untimed(record, &asked.of[i]);
        if (told) {
            json_array_append_new(sources_of(record), told);
        }
    }
    sb_counters_asked_free(&asked);
}

void sb_count_again_ranks(json_t *record, const struct sb_job *job)
{
    struct sb_counters_asked asked;
    if (job->counters.count == 0 || !json_is_object(json_object_get(record, "counters")) ||
        sb_counters_parse(&asked, &job->counters, NULL) != 0) {
        return;
    }
    for (int i = 0; i < asked.count; ++i) {
        if (asked.of[i].source->again) {
            json_array_append_new(
                sources_of(record),
                sb_count_absent(asked.of[i].source, "absent",
                                "its tool runs one process, and this cell is computed by several "
                                "ranks: ask for it with --ranks 1"));
        }
    }
    sb_counters_asked_free(&asked);
}
