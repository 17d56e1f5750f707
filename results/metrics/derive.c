/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/json.h"
#include "results/metrics/formula.h"
#include "results/metrics/table.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define GPU_BYTES 4e9

struct facts {
    const json_t *record;
    const json_t *source;  /* entry of counters.sources whose events are meant; NULL: none */
    const json_t *metrics; /* derived so far */
};

static bool number(double *out, const json_t *value)
{
    *out = json_number_value(value);
    return json_is_number(value);
}

static bool event(double *out, const struct facts *facts, const char *name, size_t length,
                  const char *member)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach (json_object_get(facts->source, "events"), i, row) {
        const char *known = sb_json_text_or(row, "name", "");
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            return number(out, json_object_get(row, member));
        }
    }
    return false;
}

static bool scaled(double *out, const json_t *json, const char *path, double scale)
{
    const bool known = number(out, sb_json_at(json, path));
    *out *= scale;
    return known;
}

/* Whether so much is moved that caches keep next to nothing of it: only then must a formula's bytes come from memory. A
 * GPU's caches are not in the record; none of today has a sixteenth of this. */
static bool beyond_cache(double *out, const json_t *record)
{
    double most = 0;
    const char *level = NULL;
    json_t *bytes = NULL;
    const double arrays = sb_json_real_or(record, "work.array_bytes", 0);
    json_object_foreach (sb_json_at(record, "node.cache_bytes"), level, bytes) {
        most = fmax(most, json_number_value(bytes));
    }
    const char *target = sb_json_text_or(record, "device.target", "");
    const bool gpu = strncmp(target, "sm_", 3) == 0 || strncmp(target, "gfx", 3) == 0;
    *out = arrays >= (gpu ? GPU_BYTES : 8 * most) && (gpu || most > 0);
    return arrays > 0;
}

static bool fact(double *out, const struct facts *facts, const char *name)
{
    static const struct {
        const char *word, *path;
        double scale;
    } of_record[] = {{"flop", "work.flop", 1},
                     {"read_bytes", "work.read_bytes", 1},
                     {"write_bytes", "work.write_bytes", 1},
                     {"write_allocate_bytes", "work.write_allocate_bytes", 1},
                     {"array_bytes", "work.array_bytes", 1},
                     {"time_s", "timing.median_ns", 1e-9},
                     {"cores", "device.cores", 1},
                     {"simd_bytes", "node.simd_bytes", 1}},
      of_source[] = {{"idle_s", "idle_ns", 1e-9}};
    for (size_t i = 0; i < sizeof of_record / sizeof *of_record; ++i) {
        if (strcmp(of_record[i].word, name) == 0) {
            return scaled(out, facts->record, of_record[i].path, of_record[i].scale);
        }
    }
    for (size_t i = 0; facts->source && i < sizeof of_source / sizeof *of_source; ++i) {
        if (strcmp(of_source[i].word, name) == 0) {
            return scaled(out, facts->source, of_source[i].path, of_source[i].scale);
        }
    }
    if (strcmp(name, "beyond_cache") == 0) {
        return beyond_cache(out, facts->record);
    }
    *out = strcmp(sb_json_text_or(facts->record, "precision", ""), name) == 0;
    return strcmp(name, "double") == 0 || strcmp(name, "float") == 0;
}

static bool value_of(double *out, enum sb_name_kind kind, const char *name, size_t length,
                     void *payload)
{
    const struct facts *facts = payload;
    char text[160];
    snprintf(text, sizeof text, "%.*s", (int)length, name);
    switch (kind) {
    case SB_NAME_EVENT:
        return event(out, facts, name, length, "value");
    case SB_NAME_IDLE:
        return event(out, facts, name, length, "idle");
    case SB_NAME_WALL: {
        const bool known = event(out, facts, name, length, "wall_ns");
        *out *= 1e-9;
        return known;
    }
    case SB_NAME_METRIC:
        return number(out, json_object_get(json_object_get(facts->metrics, text), "value"));
    default:
        return fact(out, facts, text);
    }
}

static json_t *expected(const struct sb_metric_row *row, const struct facts *facts)
{
    double value = 0;
    const bool known = row->expected &&
                       sb_formula_value(&value, row->expected, value_of, (void *)facts, NULL) == 0;
    return known && value > 0 ? json_real(value) : json_null();
}

/* Of "x86_64/AuthenticAMD/25/17" its first part; a GPU's too. */
static json_t *architecture(const struct sb_metric_row *row, const char *machine)
{
    return row->per_architecture ? json_stringn(machine, strcspn(machine, "/")) : NULL;
}

static json_t *tell(const struct sb_metric_row *row, const struct sb_formula *formula,
                    const struct facts *facts, const char *machine, double value)
{
    json_t *told = json_pack("{s:f,s:s,s:s,s:s,s:o,s:n}", "value", value, "unit", row->metric.unit,
                             "source", formula->source ? formula->source : "derived", "tags",
                             formula->tags, "expected", expected(row, facts), "over_expected");
    const double hoped = json_number_value(json_object_get(told, "expected"));
    if (hoped > 0) {
        json_object_set_new(told, "over_expected", json_real(value / hoped));
    }
    json_t *of = architecture(row, machine);
    if (of) {
        json_object_set_new(told, "of", of);
    }
    return told;
}

static const json_t *source_of(const json_t *record, const char *name)
{
    size_t i = 0;
    const json_t *source = NULL;
    json_array_foreach (sb_json_at(record, "counters.sources"), i, source) {
        if (name && strcmp(sb_json_text_or(source, "source", ""), name) == 0) {
            return source;
        }
    }
    return NULL;
}

static json_t *derive(const struct sb_metric_row *row, const json_t *record, const json_t *metrics,
                      const char *machine)
{
    for (int i = 0; i < row->formulas; ++i) {
        const struct sb_formula *formula = &row->formula[i];
        const struct facts facts = {record, source_of(record, formula->source), metrics};
        double value = 0;
        if ((formula->source && !facts.source) ||
            (formula->machine && fnmatch(formula->machine, machine, 0) != 0)) {
            continue;
        }
        if (sb_formula_value(&value, formula->value, value_of, (void *)&facts, NULL) == 0) {
            return tell(row, formula, &facts, machine, value);
        }
    }
    return NULL;
}

int sb_metrics_derive(json_t *record, struct sb_error *err)
{
    json_t *counters = json_object_get(record, "counters");
    if (!json_is_object(counters)) {
        return 0;
    }
    char machine[200];
    json_t *metrics = json_object();
    sb_metrics_machine(machine, sizeof machine, record);
    const struct sb_metrics *table = sb_metrics_table();
    for (int i = 0; metrics && i < table->count; ++i) {
        json_t *told = derive(&table->row[i], record, metrics, machine);
        if (told) {
            json_object_set_new(metrics, table->row[i].metric.name, told);
        }
    }
    return metrics && json_object_set_new(counters, "metrics", metrics) == 0
               ? 0
               : sb_fail(err, SB_ENOMEM, "out of memory");
}
