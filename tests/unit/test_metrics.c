/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/counter_words.h"
#include "harness/util/embedded.h"
#include "harness/util/json.h"
#include "results/metrics/formula.h"
#include "results/metrics/metric.h"
#include "results/metrics/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorded_counters.h"

#include <cmocka.h>

static bool known(double *out, enum sb_name_kind kind, const char *name, size_t length,
                  void *payload)
{
    (void)payload;
    *out = kind == SB_NAME_EVENT ? 10 : kind == SB_NAME_IDLE ? 3 : kind == SB_NAME_METRIC ? 5 : 7;
    return !(length == 4 && strncmp(name, "none", 4) == 0);
}

static void test_formula__bad_ones_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *text, *told;
        int code;
    } cases[] = {
        {"", "character 1: expected a number or a name", SB_EPARSE},
        {"1 +", "character 4: expected a number or a name", SB_EPARSE},
        {"(1", "expected ')'", SB_EPARSE},
        {"[a", "expected ']'", SB_EPARSE},
        {"<a", "expected '>'", SB_EPARSE},
        {"[]", "expected a name", SB_EPARSE},
        {"1 2", "character 3: expected an operator, or the end", SB_EPARSE},
        {"max(1)", "expected ','", SB_EPARSE},
        {"max(1, 2", "expected ')'", SB_EPARSE},
        {"[none]", "there is no value of none", SB_ENOTFOUND},
        {"1 / (none)", "there is no value of none", SB_ENOTFOUND},
        {"1 / 0", "no finite value", SB_EINVAL},
        {"((((((((((((((((((((((((((((((((((((((((((((((((((((1", "too deep", SB_EPARSE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_error err = {0};
        double value = 0;
        assert_int_equal(sb_formula_value(&value, cases[i].text, known, NULL, &err), cases[i].code);
        if (!strstr(err.text, cases[i].told)) {
            fail_msg("'%s': %s", cases[i].text, err.text);
        }
    }
}

static void test_formula__arithmetic_is_as_written(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1 + 2 * 3", 7},       {"(1 + 2) * 3", 9},         {"8 / 2 / 2", 2},
        {"5 - 2 - 1", 2},       {"-[a-b] + 1e1", 0},        {"max(1, 2) * min(3, 4)", 6},
        {"idle[p x] + <m>", 8}, {"maxi + flop_double", 14}, {" 2e-3 * 1000 ", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_error err = {0};
        double value = NAN;
        assert_int_equal(sb_formula_value(&value, cases[i].text, known, NULL, &err), 0);
        assert_float_equal(value, cases[i].value, 1e-12);
    }
}

#define METRIC(more)                                                                               \
    "sources: {a: A paper}\nmetrics:\n  x:\n    unit: J\n    direction: less\n    meaning: "       \
    "m\n" more
#define FORMULA "{source: s, value: \"[e]\", tags: board, from: a}"

static void test_table__faults_name_their_line(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"", "an empty file"},
        {"sources: {a: b}\n", "m.yaml:1: sources or metrics is missing"},
        {METRIC("    formulas: []\n"), "m.yaml:1: no formula cites source 'a'"},
        {METRIC("    colour: red\n"), "m.yaml:7: unknown key 'colour'"},
        {METRIC("    per: node\n    formulas: [" FORMULA "]\n"), "m.yaml:7: expected architecture"},
        {METRIC("    formulas: [{source: s, value: \"[e\", tags: board, from: a}]\n"),
         "m.yaml:7: formula"},
        {METRIC("    formulas: [{source: s, value: \"[e]\", tags: bord, from: a}]\n"),
         "m.yaml:7: 'bord' is no tag"},
        {METRIC("    formulas: [{source: s, value: \"[e]\", tags: board, from: b}]\n"),
         "m.yaml:7: no source is called 'b'"},
        {METRIC("    formulas: [{source: s, tags: board, from: a}]\n"),
         "m.yaml:7: value, tags or from is missing"},
        {METRIC("    unit: J\n    formulas: [" FORMULA "]\n"), "m.yaml:7: 'unit' is given twice"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_metrics metrics;
        struct sb_error err = {0};
        const int code =
            sb_metrics_parse(&metrics, cases[i].text, strlen(cases[i].text), "m.yaml", &err);
        assert_int_equal(code, SB_EPARSE);
        if (!strstr(err.text, cases[i].told)) {
            fail_msg("%s: %s", cases[i].told, err.text);
        }
    }
}

extern const struct sb_embedded sb_metric_files[];

static int check_name(enum sb_name_kind kind, const char *name, size_t length, void *payload)
{
    char text[160];
    snprintf(text, sizeof text, "%.*s", (int)length, name);
    if (kind == SB_NAME_METRIC && !sb_metric_find(text, NULL)) {
        fail_msg("%s: no metric '%s'", (const char *)payload, text);
    }
    return 0;
}

static bool is_source(const char *name)
{
    for (int i = 0; sb_counter_source_names[i]; ++i) {
        if (strcmp(sb_counter_source_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void test_table__the_one_in_the_program_is_sound(void **state)
{
    struct sb_metrics metrics;
    struct sb_error err = {0};
    (void)state;
    if (sb_metrics_parse(&metrics, sb_metric_files[0].bytes, sb_metric_files[0].length,
                         "metrics.yaml", &err) != 0) {
        fail_msg("%s", err.text);
    }
    sb_metrics_free(&metrics);
    const struct sb_metrics *all = sb_metrics_table();
    assert_true(all->count > 20);
    for (int i = 0; i < all->count; ++i) {
        const struct sb_metric_row *row = &all->row[i];
        assert_true(row->formulas > 0);
        for (int j = 0; j < row->formulas; ++j) {
            size_t length = 0;
            const struct sb_formula *formula = &row->formula[j];
            if (formula->source && !is_source(formula->source)) {
                fail_msg("metrics.yaml:%d: no source '%s'", formula->line, formula->source);
            }
            if (formula->source && !sb_tag_find(&length, formula->tags, "scope")) {
                fail_msg("metrics.yaml:%d: whose counts these are is not said", formula->line);
            }
            assert_int_equal(
                sb_formula_names(formula->value, check_name, (void *)row->metric.name, &err), 0);
        }
    }
}

static json_t *record_of(const struct recorded_machine *m)
{
    json_t *events = json_array();
    for (int i = 0; m->event[i].name; ++i) {
        json_array_append_new(
            events, json_pack("{s:s,s:f}", "name", m->event[i].name, "value", m->event[i].value));
    }
    return json_pack("{s:s,s:s,s:s,s:{s:s,s:s,s:s,s:s,s:f},s:{s:[{s:s,s:o}]}}", "backend", "cpu",
                     "target", "native", "precision", "double", "node", "architecture",
                     m->architecture, "cpu_vendor", m->vendor, "cpu_family", m->family,
                     "cpu_model_number", m->model, "simd_bytes", m->simd_bytes, "counters",
                     "sources", "source", m->source, "events", events);
}

static void test_metrics__recorded_machines_give_what_was_published(void **state)
{
    (void)state;
    for (int i = 0; i < RECORDED_MACHINES; ++i) {
        const struct recorded_machine *m = &recorded_machines[i];
        json_t *record = record_of(m);
        assert_int_equal(sb_metrics_derive(record, NULL), 0);
        const json_t *metrics = sb_json_at(record, "counters.metrics");
        for (int j = 0; m->metric[j].name; ++j) {
            const json_t *metric = json_object_get(metrics, m->metric[j].name);
            const double value = sb_json_real_or(metric, "value", -1);
            if (m->metric[j].value < 0 ? metric != NULL
                                       : fabs(value - m->metric[j].value) >
                                             m->metric[j].within * fabs(m->metric[j].value)) {
                fail_msg("%s: %s is %.12g, not %.12g", m->what, m->metric[j].name, value,
                         m->metric[j].value);
            }
        }
        json_decref(record);
    }
}

static void test_metrics__expected_and_its_ratio_are_told(void **state)
{
    (void)state;
    json_t *record = record_of(&recorded_machines[3]);
    json_object_set_new(record, "work", json_pack("{s:f}", "flop", 1e8));
    assert_int_equal(sb_metrics_derive(record, NULL), 0);
    const json_t *flop = sb_json_at(record, "counters.metrics.flop_double");
    assert_float_equal(sb_json_real_or(flop, "over_expected", 0), 2.000001, 1e-9);
    assert_float_equal(sb_json_real_or(flop, "expected", 0), 1e8, 0);
    json_object_set_new(record, "precision", json_string("float"));
    assert_int_equal(sb_metrics_derive(record, NULL),
                     0); /* a float kernel lets no doubles expect */
    assert_true(json_is_null(sb_json_at(record, "counters.metrics.flop_double.over_expected")));
    json_decref(record);
}

/* A wrong counter is found where bytes must come from memory, and nothing is claimed where caches may keep them. */
static void test_metrics__bytes_are_expected_only_beyond_the_caches(void **state)
{
    (void)state;
    static const struct {
        double array_bytes, expected;
    } cases[] = {{1e6, -1}, {1e9, 3e9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        json_t *record = json_pack(
            "{s:s,s:{s:f,s:f,s:f},s:{s:{s:i,s:i}},s:{s:[{s:s,s:[{s:s,s:f},{s:s,s:f}]}]}}",
            "backend", "cpu", "work", "array_bytes", cases[i].array_bytes, "read_bytes", 2e9,
            "write_bytes", 1e9, "node", "cache_bytes", "L1d", 32768, "L3", 33554432, "counters",
            "sources", "source", "perf_event", "events", "name", "uncore_imc/cas_count_read/",
            "value", 2.2e9, "name", "uncore_imc/cas_count_write/", "value", 1.1e9);
        assert_int_equal(sb_metrics_derive(record, NULL), 0);
        const json_t *bytes = sb_json_at(record, "counters.metrics.memory_bytes");
        assert_float_equal(sb_json_real_or(bytes, "value", 0), 3.3e9, 1);
        assert_float_equal(sb_json_real_or(bytes, "expected", -1), cases[i].expected, 1);
        json_decref(record);
    }
}

/* Energy: what a window's counter and clock tell, the idle window beside it. */
static void test_metrics__power_is_energy_over_its_own_time(void **state)
{
    (void)state;
    json_t *record =
        json_pack("{s:s,s:{s:f},s:{s:[{s:s,s:f,s:[{s:s,s:f,s:f,s:f}]}]}}", "backend", "cuda",
                  "work", "flop", 6e9, "counters", "sources", "source", "nvml", "idle_ns", 2e8,
                  "events", "name", "energy", "value", 3.0, "wall_ns", 1e7, "idle", 14.0);
    assert_int_equal(sb_metrics_derive(record, NULL), 0);
    const json_t *metrics = sb_json_at(record, "counters.metrics");
    assert_float_equal(sb_json_real_or(metrics, "power_W.value", 0), 300, 1e-9);
    assert_float_equal(sb_json_real_or(metrics, "idle_power_W.value", 0), 70, 1e-9);
    assert_float_equal(sb_json_real_or(metrics, "flop_per_joule.value", 0), 2e9, 1e-3);
    json_decref(record);
}

static int gather(const char *event, void *payload)
{
    strcat(payload, event);
    strcat(payload, ";;");
    return 0;
}

static void test_metrics__a_metric_names_the_events_it_needs(void **state)
{
    char events[1000] = "";
    struct sb_error err = {0};
    (void)state;
    assert_int_equal(sb_metric_events("flp", "perf_event", "x", gather, events, &err),
                     SB_ENOTFOUND);
    assert_int_equal(
        sb_metric_events("flop", "perf_event", "x86_64/AuthenticAMD/26/2", gather, events, &err),
        SB_EABSENT);
    assert_string_equal(events, "");
    assert_int_equal(sb_metric_events("ipc", "perf_event", "x", gather, events, &err), 0);
    assert_string_equal(events, "instructions;;cycles;;");
    events[0] = '\0';
    assert_int_equal(
        sb_metric_events("flop", "perf_event", "x86_64/GenuineIntel/6/85", gather, events, &err),
        0);
    assert_non_null(strstr(events, PACKED_512));
    assert_non_null(strstr(events, "cpu/event=0xc7;umask=0x2/"));
}

static void test_metrics__unlike_counts_are_not_compared(void **state)
{
    static const struct {
        const char *tags_a, *of_a, *tags_b, *of_b, *told;
    } cases[] = {
        {"retired thread", NULL, "retired thread", NULL, NULL},
        {"thread retired", "x86_64", "retired thread", "x86_64", NULL},
        {"retired thread", "x86_64", "retired thread", "aarch64",
         "not the same on x86_64 and aarch64"},
        {"retired thread", NULL, "speculative thread", NULL,
         "because of the completion: one retired"},
        {"retired thread", NULL, "thread", NULL, "the other does not say"},
        {"retired full_width thread", NULL, "retired active_lanes thread", NULL, "the lanes"},
        {"per_precision socket", NULL, "mixed socket", NULL, "the precision"},
        {"socket", NULL, "core", NULL, "the scope"},
        {"simulated thread", NULL, "thread", NULL, "the origin"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char reason[400] = "";
        json_t *a = json_pack("{s:s,s:s*}", "tags", cases[i].tags_a, "of", cases[i].of_a);
        json_t *b = json_pack("{s:s,s:s*}", "tags", cases[i].tags_b, "of", cases[i].of_b);
        const bool same = sb_metrics_comparable(reason, sizeof reason, a, b);
        assert_int_equal(same, cases[i].told == NULL);
        if (cases[i].told && (!strstr(reason, cases[i].told) ||
                              strncmp(reason, "not comparable, because", 23) != 0)) {
            fail_msg("%s: %s", cases[i].told, reason);
        }
        json_decref(a);
        json_decref(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formula__bad_ones_are_refused_with_their_place),
        cmocka_unit_test(test_formula__arithmetic_is_as_written),
        cmocka_unit_test(test_table__faults_name_their_line),
        cmocka_unit_test(test_table__the_one_in_the_program_is_sound),
        cmocka_unit_test(test_metrics__recorded_machines_give_what_was_published),
        cmocka_unit_test(test_metrics__expected_and_its_ratio_are_told),
        cmocka_unit_test(test_metrics__bytes_are_expected_only_beyond_the_caches),
        cmocka_unit_test(test_metrics__power_is_energy_over_its_own_time),
        cmocka_unit_test(test_metrics__a_metric_names_the_events_it_needs),
        cmocka_unit_test(test_metrics__unlike_counts_are_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
