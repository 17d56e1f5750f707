/* SPDX-License-Identifier: Apache-2.0 */
/* Peaks and what they bound: results/bound/attainable.h, peaks_file.h; levels of harness/run/peaks/. */
#include "harness/run/peaks/parts.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "results/bound/attainable.h"
#include "results/bound/peaks_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Round numbers: bytes per nanosecond are GB/s. Two threads have twice what one has but for memory. */
static const char peaks_text[] =
    "{'schema_version': 1, 'digest': 'abc', 'node': {'digest': 'feed'}, 'backends': [{"
    "'backend': 'cpu', 'target': 'native', 'device': {'name': 'A CPU'}, 'caches': ["
    "{'level': 'l1', 'threads': 1, 'bytes': 1000}, {'level': 'l2', 'threads': 1, 'bytes': "
    "10000}, {'level': 'l1', 'threads': 2, 'bytes': 2000}, {'level': 'l2', 'threads': 2, "
    "'bytes': 20000}], 'figures': ["
    "{'what': 'bandwidth', 'level': 'l1', 'loop': 'load', 'threads': 1, 'best': 300e9},"
    "{'what': 'bandwidth', 'level': 'l1', 'loop': 'triad', 'threads': 1, 'best': 400e9},"
    "{'what': 'bandwidth', 'level': 'l2', 'loop': 'load', 'threads': 1, 'best': 200e9},"
    "{'what': 'bandwidth', 'level': 'memory', 'loop': 'load', 'threads': 1, 'best': 10e9},"
    "{'what': 'bandwidth', 'level': 'l1', 'loop': 'load', 'threads': 2, 'best': 800e9},"
    "{'what': 'bandwidth', 'level': 'l2', 'loop': 'load', 'threads': 2, 'best': 400e9},"
    "{'what': 'bandwidth', 'level': 'memory', 'loop': 'load', 'threads': 2, 'best': 12e9},"
    "{'what': 'latency', 'level': 'l1', 'threads': 1, 'best': 1},"
    "{'what': 'flop_rate', 'loop': 'fma', 'precision': 'double', 'vector_bits': 512, "
    "'threads': 1, 'best': 100e9},"
    "{'what': 'flop_rate', 'loop': 'fma', 'precision': 'double', 'vector_bits': 512, "
    "'threads': 2, 'best': 200e9},"
    "{'what': 'flop_rate', 'loop': 'fma', 'precision': 'double', 'vector_bits': 128, "
    "'threads': 2, 'best': 60e9},"
    "{'what': 'flop_rate', 'loop': 'mul_add', 'precision': 'double', 'vector_bits': 128, "
    "'threads': 2, 'best': 50e9},"
    "{'what': 'flop_rate', 'loop': 'fma', 'precision': 'float', 'vector_bits': 512, "
    "'threads': 2, 'best': 400e9},"
    "{'what': 'launch', 'threads': 1, 'best': 5}, {'what': 'launch', 'threads': 2, 'best': "
    "1000}]}]}";

static json_t *document(void)
{
    char text[sizeof peaks_text];
    memcpy(text, peaks_text, sizeof text);
    for (char *at = text; *at; ++at) {
        *at = *at == '\'' ? '"' : *at; /* easier to read above */
    }
    json_t *out = json_loads(text, 0, NULL);
    assert_non_null(out);
    return out;
}

struct work {
    double flop, read, write, arrays, launches, median_ns;
    const char *precision, *target;
    int ranks;
};

static json_t *record_of(const struct work *w)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:{s:s},s:{s:s,s:s},s:{s:f,s:f,s:f,s:f,s:f},s:o}", "backend",
                     "cpu", "precision", w->precision ? w->precision : "double", "target",
                     w->target ? w->target : "native", "ranks", w->ranks ? w->ranks : 1, "node",
                     "digest", "feed", "device", "name", "A CPU", "target", "native", "work",
                     "flop", w->flop, "read_bytes", w->read, "write_bytes", w->write, "array_bytes",
                     w->arrays, "launches", w->launches, "timing",
                     w->median_ns > 0 ? json_pack("{s:f}", "median_ns", w->median_ns)
                                      : json_null());
}

static void test_attainable__no_bound_has_a_reason(void **state)
{
    (void)state;
    static const struct {
        struct work work;
        const char *says;
    } cases[] = {
        {{.flop = 1e6}, "nothing was timed"},
        {{.flop = 1e6, .median_ns = 10, .ranks = 2}, "several ranks"},
        {{.median_ns = 10}, "no roof"},
    };
    json_t *peaks = document();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        json_t *record = record_of(&cases[i].work), *out = NULL;
        struct sb_error err = {0};
        assert_int_equal(sb_attainable(&out, record, peaks, 2, &err), SB_EABSENT);
        assert_null(out);
        assert_non_null(strstr(err.text, cases[i].says));
        json_decref(record);
    }
    json_decref(peaks);
}

/* A document without figures, or of something else, bounds nothing and reads no memory that is not its own. */
static void test_attainable__a_strange_document_bounds_nothing(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "{}", "{\"backends\": []}", "{\"backends\": [3]}",
        "{\"backends\": [{\"figures\": {}, \"caches\": [1, null]}]}",
        "{\"backends\": [{\"figures\": [{\"what\": 7, \"best\": \"fast\"}]}]}"};
    const struct work work = {
        .flop = 1e6, .read = 1e6, .arrays = 1e6, .launches = 1, .median_ns = 10};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; ++i) {
        json_t *record = record_of(&work), *out = NULL;
        json_t *peaks = json_loads(documents[i], 0, NULL);
        struct sb_error err = {0};
        assert_int_equal(sb_attainable(&out, record, peaks, 0, &err), SB_EABSENT);
        json_decref(record);
        json_decref(peaks);
    }
}

static void test_attainable__the_slowest_roof_binds(void **state)
{
    (void)state;
    static const struct {
        struct work work;
        int threads;
        const char *binds;
        double time_ns;
    } cases[] = {
        /* by hand: bytes / GB/s, flop / GFLOP/s, all in ns */
        {{.read = 600, .write = 200, .arrays = 800}, 1, "l1", 800 / 400.0},
        {{.read = 4000, .write = 1000, .arrays = 5000}, 1, "l2", 5000 * (1 - 0.2) / 200},
        {{.read = 80e3, .write = 20e3, .arrays = 100e3}, 1, "memory", 100e3 * 0.9 / 10},
        {{.read = 80e3, .write = 20e3, .arrays = 100e3}, 2, "memory", 100e3 * 0.8 / 12},
        {{.read = 80e3, .write = 20e3, .arrays = 100e3}, 0, "memory", 100e3 * 0.8 / 12},
        /* ten launches over the same 5000 bytes stay in L2; fifty thousand touched once are not in 5000 */
        {{.read = 50e3, .arrays = 5000}, 1, "l2", 50e3 * 0.8 / 200},
        {{.read = 5000, .arrays = 1e6}, 1, "l2", 5000 * 0.8 / 200},
        {{.flop = 1e6, .read = 800, .arrays = 800}, 1, "fp64", 1e6 / 100},
        {{.flop = 1e6, .read = 800, .arrays = 800}, 2, "fp64", 1e6 / 200},
        {{.flop = 1e6, .precision = "float"}, 2, "fp32", 1e6 / 400},
        {{.flop = 1e6, .target = "x86-64-v2"}, 2, "fp64", 1e6 / 50},
        {{.flop = 1e6, .target = "x86-64-v3"}, 2, "fp64", 1e6 / 60},
        {{.flop = 1e3, .launches = 20}, 2, "launch", 20e3},
        {{.flop = 1e6}, 64, "fp64", 1e6 / 200}, /* more threads than were measured: the most */
    };
    json_t *peaks = document();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct work work = cases[i].work;
        work.median_ns = 2 * cases[i].time_ns;
        json_t *record = record_of(&work), *out = NULL;
        struct sb_error err = {0};
        assert_int_equal(sb_attainable(&out, record, peaks, cases[i].threads, &err), 0);
        assert_string_equal(sb_json_text_or(out, "binds", ""), cases[i].binds);
        assert_true(fabs(sb_json_real_or(out, "time_ns", 0) / cases[i].time_ns - 1) < 1e-12);
        assert_true(fabs(sb_json_real_or(out, "fraction", 0) - 0.5) < 1e-12);
        assert_true(json_is_null(json_object_get(out, "note")));
        assert_string_equal(sb_json_text_or(out, "peaks", ""), "abc");
        json_decref(out);
        json_decref(record);
    }
    json_decref(peaks);
}

static void test_attainable__faster_than_its_bound_is_told(void **state)
{
    (void)state;
    const struct work work = {.flop = 1e6, .median_ns = 2500};
    json_t *record = record_of(&work), *peaks = document(), *out = NULL;
    assert_int_equal(sb_attainable(&out, record, peaks, 2, NULL), 0);
    assert_true(fabs(sb_json_real_or(out, "fraction", 0) - 2) < 1e-12);
    assert_non_null(strstr(sb_json_text_or(out, "note", ""), "2.00 times as fast as its bound"));
    json_decref(out);
    json_decref(record);
    json_decref(peaks);
}

static void test_peaks_file__is_found_by_node_backend_device_and_target(void **state)
{
    (void)state;
    char folder[] = "/tmp/sb_peaks_XXXXXX", path[1100];
    assert_non_null(mkdtemp(folder));
    setenv("SWITCHBENCH_CACHE", folder, 1);
    const struct work work = {.flop = 1, .median_ns = 1};
    json_t *record = record_of(&work), *peaks = document(), *out = NULL;
    struct sb_error err = {0};
    assert_int_equal(sb_peaks_file_read(&out, record, &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "'switchbench peaks --backends cpu'"));
    assert_int_equal(sb_peaks_file_write(peaks, &err), 0);
    assert_int_equal(sb_peaks_file_read(&out, record, &err), 0);
    assert_int_equal(strlen(sb_json_text_or(out, "digest", "")), 64);
    json_decref(out);
    /* another target of the same device falls back to what the device is at its best; another device does not */
    json_object_set_new(json_object_get(record, "device"), "target", json_string("x86-64-v2"));
    assert_int_equal(sb_peaks_file_read(&out, record, &err), 0);
    json_decref(out);
    json_object_set_new(json_object_get(record, "device"), "name", json_string("B CPU"));
    assert_int_equal(sb_peaks_file_read(&out, record, &err), SB_ENOTFOUND);
    json_object_set_new(json_object_get(record, "device"), "name", json_string("A CPU"));
    assert_int_equal(sb_peaks_file(path, sizeof path, "feed", "cpu", "A CPU", "native", &err), 0);
    assert_int_equal(sb_fs_write(path, "{\"backends\":", 12, &err), 0);
    assert_int_equal(sb_peaks_file_read(&out, record, &err), SB_EPARSE);
    assert_non_null(strstr(err.text, path));
    const char newer[] = "{\"schema_version\": 2, \"backends\": []}";
    assert_int_equal(sb_fs_write(path, newer, strlen(newer), &err), 0);
    assert_int_equal(sb_peaks_file_read(&out, record, &err), SB_EVERSION);
    assert_null(out);
    const char other[] = "{\"schema_version\": 1, \"node\": {\"digest\": \"beef\"},"
                         " \"backends\": [{\"backend\": \"cpu\"}]}";
    assert_int_equal(sb_fs_write(path, other, strlen(other), &err), 0);
    assert_int_equal(sb_peaks_file_read(&out, record, &err), SB_EPARSE);
    assert_non_null(strstr(err.text, "is of another node"));
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/peaks", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    unsetenv("SWITCHBENCH_CACHE");
    json_decref(record);
    json_decref(peaks);
}

static void test_peaks_levels__a_set_lies_where_it_says(void **state)
{
    (void)state;
    struct sb_peaks_level level[SB_PEAKS_LEVELS];
    assert_int_equal(sb_peaks_levels_of(level, 0, 0), 1); /* nothing known: memory alone */
    assert_string_equal(level[0].name, "memory");
    assert_true(level[0].set > 0);
    assert_int_equal(sb_peaks_levels_of(level, 50e6, 80e9), 2);
    assert_true(level[0].set <= 25e6 && level[1].set >= 3 * 4 * 50e6);
    assert_int_equal(sb_peaks_levels_of(level, 50e6, 100e6), 2); /* little memory: less of it */
    assert_true(level[1].set <= 40e6);
    const int cpus[] = {0};
    const int count = sb_peaks_levels(level, cpus, 1, 1e12);
    assert_true(count >= 1);
    for (int i = 1; i < count; ++i) {
        assert_true(level[i].set >= 2 * level[i - 1].capacity);
        assert_true(i == count - 1 || level[i].set <= level[i].capacity / 2);
    }
    assert_string_equal(level[count - 1].name, "memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attainable__no_bound_has_a_reason),
        cmocka_unit_test(test_attainable__a_strange_document_bounds_nothing),
        cmocka_unit_test(test_attainable__the_slowest_roof_binds),
        cmocka_unit_test(test_attainable__faster_than_its_bound_is_told),
        cmocka_unit_test(test_peaks_file__is_found_by_node_backend_device_and_target),
        cmocka_unit_test(test_peaks_levels__a_set_lies_where_it_says),
    };
    return cmocka_run_group_tests_name("peaks", tests, NULL, NULL);
}
