/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/peaks/peaks.h"

#include "harness/plan/campaign.h"
#include "harness/plan/kernels.h"
#include "harness/run/apart.h"
#include "harness/run/node.h"
#include "harness/run/peaks/parts.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "harness/util/text.h"
#include "results/bound/peaks_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
    const struct sb_backend *backend;
    int threads;
    int rounds;
    const json_t *fewer; /* figures of fewer threads, or NULL */
};

static json_t *tell_levels(const struct sb_peaks_session *s)
{
    json_t *levels = json_array();
    for (int l = 0; l < s->levels - 1; ++l) {
        json_array_append_new(levels,
                              json_pack("{s:s,s:i,s:f}", "level", s->level[l].name, "threads",
                                        s->threads, "bytes", s->level[l].capacity));
    }
    return levels;
}

static json_t *tell(const struct sb_peaks_session *s, json_t *figures)
{
    const struct sb_device *d = &s->device;
    return json_pack("{s:s,s:{s:s,s:s,s:s,s:s,s:i},s:s,s:s,s:s,s:o,s:o}", "backend",
                     s->backend->name, "device", "name", d->name, "vendor", d->vendor, "driver",
                     d->driver, "target", d->target, "cores", d->cores, "target", d->target,
                     "compiler", s->artifact[s->moved].compiler, "lacking", s->lacking, "caches",
                     tell_levels(s), "figures", figures);
}

/* In a process of its own: threads are bound once in a process's life. */
static json_t *measure_one(const void *payload)
{
    const struct question *question = payload;
    static struct sb_peaks_session session;
    static struct sb_peaks_probe probes[SB_PEAKS_PROBES];
    struct sb_error err = {0};
    int code = sb_peaks_open(&session, question->backend, question->threads, &err);
    const int count = code == 0 ? sb_peaks_plan(probes, &session) : 0;
    code = code != 0
               ? code
               : sb_peaks_time(probes, count, &session, question->rounds, question->fewer, &err);
    json_t *out =
        code == 0 ? tell(&session, sb_peaks_figures(probes, count, session.threads))
                  : json_pack("{s:s,s:s}", "backend", question->backend->name, "reason", err.text);
    sb_peaks_close(&session);
    return out;
}

static json_t *measure_apart(const struct sb_backend *backend, int threads, int rounds,
                             const json_t *fewer)
{
    const struct question question = {
        .backend = backend, .threads = threads, .rounds = rounds, .fewer = fewer};
    struct sb_apart apart;
    char died[300] = "no process could be started to measure it";
    json_t *answer = sb_apart_start(&apart, measure_one, &question) == 0
                         ? sb_apart_collect(&apart, died, sizeof died)
                         : NULL;
    return answer ? answer : json_pack("{s:s,s:s}", "backend", backend->name, "reason", died);
}

/* 1, 2, 4, … and all threads, one after the other; the figures of all of them in one document. */
static json_t *measure_threads(const struct sb_backend *backend, int rounds)
{
    int cpus[1024];
    struct sb_error err = {0};
    const int most = sb_node_cpus(cpus, (int)(sizeof cpus / sizeof *cpus), &err);
    json_t *all = NULL;
    for (int threads = 1; threads <= (most > 0 ? most : 1);) {
        json_t *one = measure_apart(backend, threads, rounds, json_object_get(all, "figures"));
        if (!all || json_object_get(one, "reason")) {
            json_decref(all);
            all = one;
        } else {
            json_array_extend(json_object_get(all, "figures"), json_object_get(one, "figures"));
            json_array_extend(json_object_get(all, "caches"), json_object_get(one, "caches"));
            json_decref(one);
        }
        if (json_object_get(all, "reason") || threads == most) {
            break;
        }
        threads = 2 * threads < most ? 2 * threads : most;
    }
    return all;
}

static json_t *measure(const struct sb_backend *backend, int rounds)
{
    const unsigned long long begun = sb_process_now_ns();
    char now[32];
    sb_text_now(now, 0);
    json_t *entry = strcmp(backend->name, "cpu") == 0 ? measure_threads(backend, rounds)
                                                      : measure_apart(backend, 0, rounds, NULL);
    if (!json_object_get(entry, "reason")) {
        json_object_set_new(entry, "started", json_string(now));
        json_object_set_new(entry, "wall_ns",
                            json_integer((json_int_t)(sb_process_now_ns() - begun)));
    }
    return entry;
}

static json_t *document(const json_t *node)
{
    json_t *out = json_pack("{s:i,s:s,s:{},s:[]}", "schema_version", SB_PEAKS_SCHEMA, "switchbench",
                            SB_VERSION, "node", "backends");
    static const char *const facts[] = {"digest", "hostname", "cpu_model", "cores_allowed",
                                        "clock_Hz"};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; ++i) {
        json_object_set(json_object_get(out, "node"), facts[i], json_object_get(node, facts[i]));
    }
    return out;
}

static bool wanted(const struct sb_strings *names, const char *name)
{
    bool is = names->count == 0;
    for (int i = 0; i < names->count; ++i) {
        is = is || strcmp(names->item[i], name) == 0;
    }
    return is;
}

/* NAME,…[@ROUNDS] */
static int read_question(struct sb_strings *list, int *rounds, const char *text,
                         struct sb_error *err)
{
    char names[1024];
    const char *at = strchr(text, '@');
    snprintf(names, sizeof names, "%.*s", (int)(at ? (size_t)(at - text) : strlen(text)), text);
    if (*names) {
        sb_strings_add_csv(list, names);
    }
    const long asked = at ? strtol(at + 1, NULL, 10) : *rounds;
    if (asked < 1 || asked > SB_PEAKS_ROUNDS_MOST) {
        return sb_fail(err, SB_EINVAL, "%ld rounds: at least 1, at most %d", asked,
                       SB_PEAKS_ROUNDS_MOST);
    }
    *rounds = (int)asked;
    return 0;
}

int sb_peaks_measure(json_t **out, const char *names, struct sb_error *err)
{
    *out = NULL;
    struct sb_strings list = {0};
    json_t *node = NULL;
    int rounds = SB_PEAKS_ROUNDS;
    int code = read_question(&list, &rounds, names, err);
    for (int i = 0; code == 0 && i < list.count; ++i) {
        code = sb_backend_find(list.item[i])
                   ? 0
                   : sb_fail(err, SB_EINVAL, "this runner has no backend '%s'", list.item[i]);
    }
    code = code != 0 ? code : sb_node_facts(&node, err);
    if (code == 0) {
        *out = document(node);
    }
    for (int i = 0; code == 0 && sb_backends[i]; ++i) {
        if (wanted(&list, sb_backends[i]->name)) {
            json_t *entry = measure(sb_backends[i], rounds);
            json_array_append_new(json_object_get(*out, "backends"), entry);
            if (!json_object_get(entry, "reason")) {
                json_t *alone = document(node);
                json_array_append(json_object_get(alone, "backends"), entry);
                code = sb_peaks_file_write(alone, err);
                json_decref(alone);
            }
        }
    }
    if (code != 0) {
        json_decref(*out);
        *out = NULL;
    }
    json_decref(node);
    sb_strings_free(&list);
    return code;
}
