/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/json.h"
#include "harness/util/text.h"
#include "results/explain/explain.h"
#include "results/metrics/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A factor of the time: more of it makes it longer (power 1) or shorter (−1). */
struct factor {
    const char *name; /* metric; or a path of the record, where it has a '.' */
    int power;
    const char *unit, *more, *less; /* what is said of B where the value is larger, smaller */
};

struct product {
    const char *what;
    struct factor factor[5];
};

static const struct product products[] = {
    {"processor",
     {{"instructions", 1, "instructions", "executes more instructions",
       "executes fewer instructions"},
      {"ipc", -1, "a cycle", "completes more instructions a cycle",
       "completes fewer instructions a cycle"},
      {"clock_Hz", -1, "Hz", "runs at a higher clock", "runs at a lower clock"},
      {"cpus_used", -1, "CPUs", "keeps more CPUs busy", "keeps fewer CPUs busy"}}},
    {"executed",
     {{"instructions", 1, "instructions", "executes more instructions",
       "executes fewer instructions"},
      {"instruction_rate", -1, "1/s", "executes more of them a second",
       "executes fewer of them a second"}}},
    {"memory",
     {{"memory_bytes", 1, "bytes", "moves more bytes between memory and caches",
       "moves fewer bytes between memory and caches"},
      {"memory_rate", -1, "byte/s", "moves them faster", "moves them slower"}}},
    {"roof",
     {{"attainable.time_ns", 1, "ns",
       "meets a lower roof: this machine needs longer for the same work",
       "meets a higher roof: this machine could do the same work faster"},
      {"attainable.fraction", -1, "of it", "comes nearer to its roof",
       "stays farther below its roof"}}},
};

/* A rate is what a metric and the time make of it. */
static double value_of(const json_t *record, const char *name)
{
    static const struct {
        const char *rate, *of;
    } rates[] = {{"memory_rate", "memory_bytes"}, {"instruction_rate", "instructions"}};
    char path[96];
    for (size_t i = 0; i < sizeof rates / sizeof *rates; ++i) {
        if (strcmp(name, rates[i].rate) == 0) {
            return value_of(record, rates[i].of) /
                   (sb_json_real_or(record, "timing.median_ns", NAN) * 1e-9);
        }
    }
    snprintf(path, sizeof path, strchr(name, '.') ? "%s" : "counters.metrics.%s.value", name);
    return sb_json_real_or(record, path, NAN);
}

static bool may_compare(json_t *told, const json_t *a, const json_t *b, const char *name)
{
    char path[96];
    char reason[500];
    snprintf(path, sizeof path, "counters.metrics.%s", name);
    const json_t *one = sb_json_at(a, path);
    const json_t *other = sb_json_at(b, path);
    if (!one || !other || sb_metrics_comparable(reason, sizeof reason, one, other)) {
        return true;
    }
    json_t *all = json_object_get(told, "not_comparable");
    size_t i = 0;
    const json_t *known = NULL;
    json_array_foreach (all, i, known) {
        if (strcmp(sb_json_text_or(known, "metric", ""), name) == 0) {
            return false;
        }
    }
    json_array_append_new(all, json_pack("{s:s,s:s}", "metric", name, "sentence", reason));
    return false;
}

/* What a source says of its counts ("code for x86-64-v3; simulated: …"), once: they may not be of the very code that was timed. */
static void keep_note(json_t *told, const json_t *record, const char *metric)
{
    char path[96];
    size_t i = 0;
    const json_t *row = NULL;
    snprintf(path, sizeof path, "counters.metrics.%s.source", metric);
    const char *name = sb_json_text_or(record, path, "");
    json_t *notes = json_object_get(told, "notes");
    json_array_foreach (sb_json_at(record, "counters.sources"), i, row) {
        const char *note = sb_json_text_or(row, "note", NULL);
        if (note && strcmp(sb_json_text_or(row, "source", ""), name) == 0 &&
            !json_object_get(notes, name)) {
            json_object_set_new(notes, name, json_string(note));
        }
    }
}

static json_t *tell_factor(const struct factor *f, double a, double b, double share)
{
    char sentence[300];
    const double change = b / a;
    if (fabs(log(change)) < 0.005) {
        snprintf(sentence, sizeof sentence, "%s is the same", f->name);
    } else {
        snprintf(sentence, sizeof sentence,
                 "B %s (× %.3g), which accounts for %.0f %% of the difference",
                 change > 1 ? f->more : f->less, change, 100 * share);
    }
    return json_pack("{s:s,s:f,s:f,s:s,s:f,s:s}", "name", f->name, "a", a, "b", b, "unit", f->unit,
                     "share", share, "sentence", sentence);
}

static json_t *tell_product(json_t *told, const struct product *p, const json_t *a, const json_t *b,
                            double ratio)
{
    json_t *factors = json_array();
    double explained = 0;
    bool whole = true;
    for (int i = 0; whole && p->factor[i].name; ++i) {
        const struct factor *f = &p->factor[i];
        const double of_a = value_of(a, f->name);
        const double of_b = value_of(b, f->name);
        whole = may_compare(told, a, b, f->name) && of_a > 0 && of_b > 0;
        if (whole) {
            const double share = f->power * log(of_b / of_a) / log(ratio);
            explained += share;
            json_array_append_new(factors, tell_factor(f, of_a, of_b, share));
            keep_note(told, a, f->name);
        }
    }
    if (!whole) {
        json_decref(factors);
        return NULL;
    }
    return json_pack("{s:s,s:o,s:f}", "what", p->what, "factors", factors, "unexplained",
                     1 - explained);
}

void sb_explain_products(json_t *told, const json_t *a, const json_t *b, double ratio)
{
    json_t *list = json_array();
    json_object_set_new(told, "not_comparable", json_array());
    json_object_set_new(told, "notes", json_object());
    for (size_t i = 0; i < sizeof products / sizeof *products; ++i) {
        const bool known = strcmp(products[i].what, "executed") == 0 && json_array_size(list) > 0;
        json_t *product = isfinite(ratio) && ratio > 0 && ratio != 1 && !known
                              ? tell_product(told, &products[i], a, b, ratio)
                              : NULL;
        if (product) {
            json_array_append_new(list, product);
        }
    }
    json_object_set_new(told, "products", list);
}
