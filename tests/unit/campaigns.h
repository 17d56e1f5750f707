/* SPDX-License-Identifier: Apache-2.0 */
/** For tests: campaign folders with records that were never run. */
#ifndef SB_TEST_CAMPAIGNS_H
#define SB_TEST_CAMPAIGNS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct test_cell {
    const char *cell, *kernel, *backend, *variant,
        *state;                          /* NULL: "c", "stream", "cpu", "portable", "passed" */
    const char *job, *target, *emulated; /* emulated: NULL where it is the thing itself */
    int n, replica;                      /* parameter n */
    const uint64_t *samples_ns;
    const int *turns;      /* ends with 0 */
    const char *disturbed; /* timing.disturbed as JSON; NULL: nothing was */
};

static inline const char *test_or(const char *text, const char *usual)
{
    return text ? text : usual;
}

static inline json_t *test_timing(const struct test_cell *c)
{
    json_t *samples = json_array(), *turns = json_array();
    int at = 0;
    for (int t = 0; c->turns && c->turns[t]; t++) {
        json_array_append_new(turns, json_integer(c->turns[t]));
        for (int i = 0; i < c->turns[t]; i++, at++) {
            json_array_append_new(samples, json_integer((json_int_t)c->samples_ns[at]));
        }
    }
    return at == 0
               ? (json_decref(samples), json_decref(turns), json_null())
               : json_pack("{s:s,s:i,s:f,s:s,s:o,s:o,s:f,s:f,s:f}", "clock", "device", "cold_ns", 5,
                           "precision_goal", 0.01, "ended", "budget", "samples_ns", samples,
                           "turns", turns, "median_ns", (double)c->samples_ns[at / 2], "low_ns",
                           (double)c->samples_ns[0], "high_ns", (double)c->samples_ns[at - 1]);
}

static inline json_t *test_record_of(const struct test_cell *c)
{
    const char *state = test_or(c->state, "passed");
    const int passed = strcmp(state, "passed") == 0;
    json_t *record = json_pack(
        "{s:i,s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:s,s:i}",
        "schema_version", 1, "cell", test_or(c->cell, "c"), "name", test_or(c->kernel, "stream"),
        "campaign", "k", "job", test_or(c->job, "1"), "attempt", 1, "kernel",
        test_or(c->kernel, "stream"), "label", "triad", "preset", "tiny", "variant",
        test_or(c->variant, "portable"), "backend", test_or(c->backend, "cpu"), "target",
        test_or(c->target, "native"), "place", "local", "precision", "double", "maths", "fast",
        "index_bits", 32, "seed", 7, "replica", c->replica, "started", "2026-11-21T10:00:00Z",
        "wall_ns", 2000000000);
    json_object_set_new(record, "parameters", json_pack("{s:i,s:s}", "n", c->n, "a", "x"));
    json_object_set_new(record, "state", json_string(state));
    json_object_set_new(record, "reason", passed ? json_null() : json_string("it is so"));
    json_object_set_new(record, "failure", json_null());
    json_object_set_new(record, "emulated", c->emulated ? json_string(c->emulated) : json_null());
    json_object_set_new(record, "work",
                        json_pack("{s:f,s:f,s:f,s:f,s:f,s:s}", "flop", 2e6, "read_bytes", 1.0,
                                  "write_bytes", 1.0, "write_allocate_bytes", 0.0, "items", 5.0,
                                  "item", "updates"));
    json_object_set_new(record, "build",
                        json_pack("{s:s,s:s,s:s,s:b,s:i}", "compiler", "gcc 12", "flags", "-O3",
                                  "key", test_or(c->backend, "cpu"), "cached", 0, "compile_ns", 7));
    json_object_set_new(record, "node",
                        json_pack("{s:s,s:s,s:i}", "digest", "d1", "hostname", "here", "cores", 2));
    json_object_set_new(record, "device", json_pack("{s:s}", "name", "a processor"));
    json_object_set_new(
        record, "derived",
        json_pack("{s:f,s:n,s:f}", "flop_per_s", 1e9, "bytes_per_s", "items_per_s", 3.0));
    json_object_set_new(record, "verdict",
                        json_pack("{s:b,s:s,s:i,s:[{s:s,s:s,s:i,s:i,s:{s:i,s:s,s:f,s:f,s:s,s:f}},{"
                                  "s:s,s:s,s:f,s:f,s:f,s:b,s:s}]}",
                                  "passed", passed, "digest", "ab", "repetitions", 3, "checks",
                                  "what", "c", "kind", "elements", "count", 9, "failed",
                                  passed ? 0 : 2, "worst", "index", 4, "got", "nan", "expected",
                                  1.5, "bound", 1e-9, "ulp", "inf", "relative", 0.5, "what", "sum",
                                  "kind", "truth", "got", 1.0, "expected", 1.0, "bound", 0.1,
                                  "failed", 0, "source", "Gauss 1799"));
    json_object_set_new(record, "timing", test_timing(c));
    if (c->disturbed) {
        json_object_set_new(json_object_get(record, "timing"), "disturbed",
                            json_loads(c->disturbed, 0, NULL));
    }
    return record;
}

/* A new folder with records/ under /tmp; out has room for 64 bytes. */
static inline void test_campaign(char *out)
{
    char records[80];
    snprintf(out, 64, "/tmp/sb_campaign_XXXXXX");
    if (!mkdtemp(out)) {
        abort();
    }
    snprintf(records, sizeof records, "%s/records", out);
    if (mkdir(records, 0700) != 0) {
        abort();
    }
}

static inline void test_write(const char *folder, const char *file, const char *mode,
                              const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *out = fopen(path, mode);
    if (!out || fputs(text, out) < 0 || fclose(out) != 0) {
        abort();
    }
}

static inline void test_add(const char *folder, const char *file, const struct test_cell *cell)
{
    json_t *record = test_record_of(cell);
    char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
    if (!text) {
        abort();
    }
    test_write(folder, file, "a", text);
    test_write(folder, file, "a", "\n");
    free(text);
    json_decref(record);
}

static inline void test_remove(const char *folder, const char *const *files)
{
    char path[256];
    for (; *files; files++) {
        snprintf(path, sizeof path, "%s/%s", folder, *files);
        remove(path);
    }
    snprintf(path, sizeof path, "%s/records", folder);
    remove(path);
    remove(folder);
}

#endif
