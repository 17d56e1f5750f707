/* SPDX-License-Identifier: Apache-2.0 */
#include "results/store/store.h"

#include "harness/util/json.h"
#include "tests/unit/campaigns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

static const uint64_t samples[] = {10, 30, 20, 7, 9, 100, 18446744073709551u};
static const int turns[] = {3, 2, 1, 1, 0};
static const char *const files[] = {"records/1.jsonl",  "records/2.jsonl",    "plan.json",
                                    "i.sqlite",         "i.sqlite-wal",       "i.sqlite-shm",
                                    "i.sqlite.damaged", "i.sqlite.campaigns", NULL};

struct fixture {
    char folder[64];
    char index[80];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_campaign(f->folder);
    snprintf(f->index, sizeof f->index, "%s/i.sqlite", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    test_remove(f->folder, files);
    free(f);
    return 0;
}

static struct sb_store *open_store(const char *path)
{
    struct sb_store *store = NULL;
    struct sb_error err = {0};
    if (sb_store_open(&store, path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return store;
}

static int64_t index_folder(struct sb_store *store, const char *folder)
{
    int64_t campaign = 0;
    struct sb_error err = {0};
    if (sb_store_index(&campaign, store, folder, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return campaign;
}

static json_t *rows_of(struct sb_store *store, const char *query, int64_t campaign)
{
    json_t *rows = NULL;
    struct sb_error err = {0};
    if (sb_store_rows(&rows, store, query, campaign, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return rows;
}

static void expect_cells(struct sb_store *store, int64_t campaign, size_t count, const char *state)
{
    json_t *rows = rows_of(store, "cells", campaign);
    assert_int_equal(json_array_size(rows), count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(sb_json_text_or(json_array_get(rows, i), "state", ""), state);
    }
    json_decref(rows);
}

static void test_store__refuses_what_is_no_campaign(void **state)
{
    struct fixture *f = *state;
    struct sb_store *store = open_store(":memory:");
    struct sb_error err = {0};
    assert_int_equal(sb_store_index(NULL, store, "/nowhere/at/all", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    char records[80];
    snprintf(records, sizeof records, "%s/records", f->folder);
    assert_int_equal(sb_store_index(NULL, store, records, &err), SB_ENOTFOUND);
    json_t *rows = NULL;
    assert_int_equal(sb_store_rows(&rows, store, "celsl", 1, &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "did you mean 'cells'"));
    sb_store_close(store);
    store = NULL;
    assert_int_equal(sb_store_open(&store, "/nowhere/at/all/index", &err), SB_EIO);
    assert_null(store);
}

static void test_store__every_query_runs_and_names_its_columns(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0],
             &(struct test_cell){.cell = "a", .samples_ns = samples, .turns = turns});
    test_add(f->folder, files[0],
             &(struct test_cell){
                 .cell = "b", .backend = "opencl", .samples_ns = samples, .turns = turns});
    test_add(f->folder, files[0],
             &(struct test_cell){
                 .cell = "d", .variant = "vendor", .samples_ns = samples + 1, .turns = turns + 1});
    test_write(f->folder, "plan.json", "w",
               "{\"schema_version\":1,\"campaign\":\"c7\",\"name\":\"mine\",\"created\":\"2026\"}");
    struct sb_store *store = open_store(":memory:");
    const int64_t campaign = index_folder(store, f->folder);
    static const struct {
        const char *query;
        size_t rows;
        const char *columns[12];
    } cases[] = {
        {"builds", 2, {"compiler", "flags", "key", "cells"}},
        {"campaign", 1, {"id", "name", "folder", "started", "ended", "passed", "wrong", "lost"}},
        {"cells",
         3,
         {"cell", "name", "parameters", "state", "reason", "median_ns", "samples", "ended",
          "flop_per_s", "device"}},
        {"checks",
         6,
         {"cell", "what", "kind", "failed", "worst_index", "got", "expected", "bound", "ulp",
          "relative", "source"}},
        {"heat", 2, {"kernel", "label", "backend", "case", "relative"}},
        {"nodes", 1, {"hostname", "cores", "digest", "cells"}},
        {"portable_vs_vendor", 1, {"case", "portable_ns", "vendor_ns", "relative"}},
        {"samples", 7 + 7 + 4, {"cell", "kernel", "turn", "i", "time_ns"}},
    };
    for (size_t q = 0; q < sizeof cases / sizeof cases[0]; q++) {
        json_t *rows = rows_of(store, cases[q].query, campaign);
        if (json_array_size(rows) != cases[q].rows) {
            fail_msg("%s: %zu rows", cases[q].query, json_array_size(rows));
        }
        for (int c = 0; c < 12 && cases[q].columns[c]; c++) {
            if (!json_object_get(json_array_get(rows, 0), cases[q].columns[c])) {
                fail_msg("%s: no column %s", cases[q].query, cases[q].columns[c]);
            }
        }
        json_decref(rows);
    }
    for (int q = 0; sb_store_query_name(q); q++) { /* those that came later too: each runs */
        json_decref(rows_of(store, sb_store_query_name(q), campaign));
    }
    sb_store_close(store);
}

static void test_store__samples_keep_their_turn_and_order(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0], &(struct test_cell){.samples_ns = samples, .turns = turns});
    struct sb_store *store = open_store(":memory:");
    json_t *rows = rows_of(store, "samples", index_folder(store, f->folder));
    static const int expected[][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {2, 0}, {3, 0}};
    for (size_t i = 0; i < 7; i++) {
        const json_t *row = json_array_get(rows, i);
        assert_int_equal(sb_json_integer_or(row, "turn", -1), expected[i][0]);
        assert_int_equal(sb_json_integer_or(row, "i", -1), expected[i][1]);
        assert_true((uint64_t)sb_json_integer_or(row, "time_ns", -1) == samples[i]);
    }
    json_decref(rows);
    sb_store_close(store);
}

static int look_at_cell(const struct sb_store_cell *cell, void *payload)
{
    ++*(int *)payload;
    assert_string_equal(cell->parameters, "{\"a\":\"x\",\"n\":0}");
    assert_int_equal(cell->state, SB_STATE_PASSED);
    assert_int_equal(cell->samples, 7);
    assert_int_equal(cell->turns, 4);
    assert_true(cell->turn_median_ns[0] == 20 && cell->turn_median_ns[1] == 8);
    assert_true(cell->turn_samples[0] == 3 && cell->turn_samples[1] == 2 &&
                cell->turn_samples[3] == 1);
    assert_true(cell->turn_mean_ns[0] == 20 && cell->turn_mean_ns[1] == 8);
    assert_int_equal(cell->watched_turns, 4);
    assert_int_equal(cell->disturbed_turns, 2);
    assert_string_equal(cell->disturbed_by, "clock 2, waiting 1");
    return 17;
}

static void test_store__cells_have_their_turn_medians(void **state)
{
    struct fixture *f = *state;
    static const char marks[] = "[{\"turn\":1,\"what\":\"waiting\",\"amount\":0.5},"
                                "{\"turn\":1,\"what\":\"clock\",\"amount\":0.1},"
                                "{\"turn\":3,\"what\":\"clock\",\"amount\":0.1}]";
    test_add(f->folder, files[0],
             &(struct test_cell){
                 .cell = "a", .samples_ns = samples, .turns = turns, .disturbed = marks});
    test_add(f->folder, files[0],
             &(struct test_cell){.cell = "b", .samples_ns = samples, .turns = turns});
    struct sb_store *store = open_store(":memory:");
    int seen = 0;
    const int64_t campaign = index_folder(store, f->folder);
    assert_int_equal(sb_store_cells(store, campaign, look_at_cell, &seen, NULL), 17);
    assert_int_equal(seen, 1);
    sb_store_close(store);
}

static void test_store__the_last_record_of_a_cell_counts(void **state)
{
    struct fixture *f = *state;
    struct sb_store *store = open_store(":memory:");
    test_add(f->folder, files[1], &(struct test_cell){.state = "lost"});
    test_add(f->folder, files[1], &(struct test_cell){.state = "passed"});
    expect_cells(store, index_folder(store, f->folder), 1, "passed");
    test_add(f->folder, files[0],
             &(struct test_cell){.state = "failed"}); /* an earlier file, later written */
    expect_cells(store, index_folder(store, f->folder), 1, "passed");
    test_add(f->folder, files[1], &(struct test_cell){.state = "wrong"});
    expect_cells(store, index_folder(store, f->folder), 1, "wrong");
    char path[80];
    snprintf(path, sizeof path, "%s/%s", f->folder, files[1]);
    remove(path);
    expect_cells(store, index_folder(store, f->folder), 1, "failed");
    sb_store_close(store);
}

static void touch(const char *folder, const char *file, time_t seconds)
{
    char path[80];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    const struct timeval times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    assert_int_equal(utimes(path, times), 0);
}

static void test_store__unchanged_files_are_not_read_again(void **state)
{
    struct fixture *f = *state;
    struct sb_store *store = open_store(":memory:");
    test_add(f->folder, files[0], &(struct test_cell){.state = "passed"});
    touch(f->folder, files[0], 1000);
    expect_cells(store, index_folder(store, f->folder), 1, "passed");
    char path[80];
    snprintf(path, sizeof path, "%s/%s", f->folder, files[0]);
    FILE *file = fopen(path, "r+"); /* the same size, and the same time: nobody can know */
    assert_non_null(file);
    assert_int_equal(fputc('X', file), 'X');
    fclose(file);
    touch(f->folder, files[0], 1000);
    expect_cells(store, index_folder(store, f->folder), 1, "passed");
    assert_string_equal(sb_store_warning(store), "");
    touch(f->folder, files[0], 1001);
    expect_cells(store, index_folder(store, f->folder), 0, "");
    assert_non_null(strstr(sb_store_warning(store), "1 malformed record passed over"));
    sb_store_close(store);
}

static void test_store__torn_and_malformed_lines_lose_no_other(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0], &(struct test_cell){.cell = "a"});
    test_write(f->folder, files[0], "a", "{\"schema_version\":99}\n");
    test_add(f->folder, files[0], &(struct test_cell){.cell = "b"});
    test_write(f->folder, files[0], "a", "{\"schema_version\":1,\"ce");
    for (int again = 0; again < 2; again++) {
        struct sb_store *store = open_store(f->index);
        expect_cells(store, index_folder(store, f->folder), 2, "passed");
        assert_non_null(
            strstr(sb_store_warning(store), "1.jsonl:2: written by a newer switchbench"));
        sb_store_close(store);
    }
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

static void fill_with_garbage(const char *path, long from)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    fseek(file, from, SEEK_SET);
    for (long i = from; i < size; i++) {
        fputc((int)(i * 7 + 13) & 255, file);
    }
    fclose(file);
}

static void test_store__a_damaged_or_newer_index_is_rebuilt(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 60; i++) { /* enough for several pages */
        char cell[8];
        snprintf(cell, sizeof cell, "c%d", i);
        test_add(f->folder, files[0],
                 &(struct test_cell){.cell = cell, .samples_ns = samples, .turns = turns});
    }
    for (int damage = 0; damage < 4; damage++) {
        struct sb_store *store = open_store(f->index);
        const int64_t campaign = index_folder(store, f->folder);
        expect_cells(store, campaign, 60, "passed");
        sb_store_close(store);
        if (damage == 0) {
            fill_with_garbage(f->index, 0);
        } else if (damage == 1) {
            fill_with_garbage(f->index, 5000);
        } else if (damage == 2) {
            assert_int_equal(truncate(f->index, 8192), 0);
        } else {
            run_sql(f->index, "PRAGMA user_version = 1000");
        }
        store = open_store(f->index);
        if (!strstr(sb_store_warning(store), "built again from the records")) {
            fail_msg("damage %d: '%s'", damage, sb_store_warning(store));
        }
        expect_cells(store, 1, 60, "passed"); /* before anybody indexed the folder again */
        sb_store_close(store);
    }
}

/* Each earlier version gains what it has not; an index of the first keeps its rows, and reads the records again when next asked. */
static void test_store__an_older_index_is_migrated_with_its_data(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0],
             &(struct test_cell){.samples_ns = samples, .turns = turns, .emulated = "qemu"});
    struct sb_store *store = open_store(f->index);
    const int64_t campaign = index_folder(store, f->folder);
    sb_store_close(store);
    run_sql(f->index,
            "ALTER TABLE record DROP COLUMN emulated; ALTER TABLE record DROP COLUMN counters_json;"
            "ALTER TABLE timing DROP COLUMN watched_turns;"
            "ALTER TABLE timing DROP COLUMN disturbed_turns;"
            "ALTER TABLE timing DROP COLUMN disturbed_by;"
            "ALTER TABLE record DROP COLUMN attainable_json;"
            "ALTER TABLE record DROP COLUMN attainable_reason; PRAGMA user_version = 1");
    store = open_store(f->index);
    assert_string_equal(sb_store_warning(store), "");
    expect_cells(store, campaign, 1, "passed");
    json_t *rows = rows_of(store, "cells", campaign);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "emulated")));
    json_decref(rows);
    assert_int_equal(index_folder(store, f->folder), campaign);
    rows = rows_of(store, "cells", campaign);
    assert_string_equal(sb_json_text_or(json_array_get(rows, 0), "emulated", ""), "qemu");
    json_decref(rows);
    sb_store_close(store);
}

/* A record with a metric, a source that is absent, and one that refused an event. */
static void test_store__metrics_and_what_was_not_counted_are_rows(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0], &(struct test_cell){.samples_ns = samples, .turns = turns});
    struct sb_store *store = open_store(f->index);
    const int64_t campaign = index_folder(store, f->folder);
    run_sql(f->index, "UPDATE record SET counters_json = '{\"metrics\": {\"flop\": {\"value\": "
                      "2.5, \"unit\": \"flop\","
                      "\"source\": \"papi\", \"tags\": \"retired thread\", \"over_expected\": "
                      "1.25}}, \"sources\": ["
                      "{\"source\": \"rapl\", \"state\": \"absent\", \"reason\": \"no powercap\"}, "
                      "{\"source\": \"papi\","
                      "\"state\": \"read\", \"reason\": null, \"refused\": [{\"name\": \"E\", "
                      "\"reason\": \"too many\"}]}]}'");
    json_t *rows = rows_of(store, "metrics", campaign);
    assert_int_equal(json_array_size(rows), 1);
    assert_float_equal(sb_json_real_or(json_array_get(rows, 0), "over_expected", 0), 1.25, 0);
    assert_string_equal(sb_json_text_or(json_array_get(rows, 0), "counts", ""), "retired thread");
    json_decref(rows);
    rows = rows_of(store, "not_counted", campaign);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(sb_json_text_or(json_array_get(rows, 0), "reason", ""), "too many");
    assert_string_equal(sb_json_text_or(json_array_get(rows, 1), "event", ""), "all");
    json_decref(rows);
    sb_store_close(store);
}

static const json_t *row_of(const json_t *rows, const char *key, const char *text)
{
    size_t i;
    const json_t *row;
    json_array_foreach (rows, i, row) {
        if (strcmp(sb_json_text_or(row, key, ""), text) == 0) {
            return row;
        }
    }
    return NULL;
}

/* Portable code on two platforms, a library on one of them: 200 and 400 ns against 100 and nothing. A platform without a
 * device, and the twin, are none. */
static void test_store__portability_counts_platforms_with_a_device(void **state)
{
    struct fixture *f = *state;
    static const uint64_t slow[] = {200, 200, 200}, slower[] = {400, 400, 400},
                          best[] = {100, 100, 100};
    static const int three[] = {3, 0};
    const struct test_cell cells[] = {
        {.cell = "a", .samples_ns = slow, .turns = three},
        {.cell = "b", .backend = "opencl", .samples_ns = slower, .turns = three},
        {.cell = "c", .variant = "vendor", .samples_ns = best, .turns = three},
        {.cell = "d", .backend = "cuda", .state = "unsupported"},
        {.cell = "e", .backend = "twin", .samples_ns = best, .turns = three, .emulated = "twin"},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        test_add(f->folder, files[0], &cells[i]);
    }
    struct sb_store *store = open_store(f->index);
    const int64_t campaign = index_folder(store, f->folder);
    run_sql(f->index, "UPDATE record SET device_json = NULL WHERE cell = 'd'");
    json_t *rows = rows_of(store, "portability", campaign);
    assert_int_equal(json_array_size(rows), 2);
    const json_t *portable = row_of(rows, "variant", "portable");
    const json_t *vendor = row_of(rows, "variant", "vendor");
    assert_int_equal(sb_json_integer_or(portable, "platforms", 0), 2);
    assert_float_equal(sb_json_real_or(portable, "portability_by_best_time", -1), 2.0 / 3, 1e-12);
    assert_true(json_is_null(json_object_get(portable, "portability_by_attainable")));
    assert_float_equal(sb_json_real_or(vendor, "portability_by_best_time", -1), 0, 0);
    assert_string_equal(sb_json_text_or(vendor, "not_on", ""), "opencl");
    json_decref(rows);
    run_sql(f->index, "UPDATE record SET attainable_json = '{\"fraction\": 0.25, \"binds\": "
                      "\"memory\", \"roofs\": [{\"name\": \"memory\", \"peak\": 5e9, "
                      "\"unit\": \"B/s\"}, {\"name\": \"fp64\", \"peak\": 1e11, \"unit\": "
                      "\"flop/s\"}]}' WHERE cell IN ('a', 'c')");
    run_sql(f->index, "UPDATE record SET attainable_json = '{\"fraction\": 1.5, \"binds\": "
                      "\"fp64\", \"roofs\": []}' WHERE cell = 'b'");
    rows = rows_of(store, "portability", campaign);
    assert_float_equal(
        sb_json_real_or(row_of(rows, "variant", "portable"), "portability_by_attainable", -1),
        2 / (4 + 1 / 1.5), 1e-12);
    json_decref(rows);
    rows = rows_of(store, "cascade", campaign);
    assert_int_equal(json_array_size(rows), 8); /* two variants, two definitions, two platforms */
    assert_float_equal(sb_json_real_or(json_array_get(rows, 0), "efficiency", -1), 1.5, 0);
    assert_float_equal(sb_json_real_or(json_array_get(rows, 1), "efficiency", -1), 0.25, 0);
    assert_float_equal(sb_json_real_or(json_array_get(rows, 1), "portability", -1),
                       2 / (4 + 1 / 1.5), 1e-12);
    json_decref(rows);
    rows = rows_of(store, "attainable", campaign);
    assert_int_equal(json_array_size(rows), 3);
    assert_int_equal(sb_json_integer_or(row_of(rows, "backend", "opencl"), "above_bound", -1), 1);
    json_decref(rows);
    rows = rows_of(store, "roofline", campaign);
    assert_int_equal(json_array_size(rows), 3 + 3); /* points; one line of two ends and a ridge */
    json_decref(rows);
    sb_store_close(store);
}

static void test_store__what_was_emulated_has_no_times(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0],
             &(struct test_cell){.samples_ns = samples, .turns = turns, .emulated = "qemu"});
    struct sb_store *store = open_store(":memory:");
    const int64_t campaign = index_folder(store, f->folder);
    json_t *rows = rows_of(store, "cells", campaign);
    const json_t *row = json_array_get(rows, 0);
    assert_string_equal(sb_json_text_or(row, "emulated", ""), "qemu");
    static const char *const none[] = {"median_ns", "flop_per_s", "bytes_per_s", "items_per_s"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_true(json_is_null(json_object_get(row, none[i])));
    }
    json_decref(rows);
    static const char *const speeds[] = {"rates", "heat", "samples", "distributions"};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        rows = rows_of(store, speeds[i], campaign);
        assert_int_equal(json_array_size(rows), 0);
        json_decref(rows);
    }
    sb_store_close(store);
}

static void test_store__without_a_place_it_works_in_memory(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0], &(struct test_cell){.samples_ns = samples, .turns = turns});
    assert_int_equal(setenv("SWITCHBENCH_CACHE", "/proc/nowhere", 1),
                     0); /* root may write elsewhere whatever its mode */
    struct sb_store *store = open_store(NULL);
    assert_int_equal(unsetenv("SWITCHBENCH_CACHE"), 0);
    assert_non_null(strstr(sb_store_warning(store), "working without an index: "));
    expect_cells(store, index_folder(store, f->folder), 1, "passed");
    sb_store_close(store);
}

static void test_store__data_survive_reopening_and_rebuilding(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0], &(struct test_cell){.samples_ns = samples, .turns = turns});
    struct sb_store *store = open_store(f->index);
    const int64_t campaign = index_folder(store, f->folder);
    sb_store_close(store);
    store = open_store(f->index);
    assert_string_equal(sb_store_warning(store), "");
    expect_cells(store, campaign, 1, "passed");
    assert_int_equal(index_folder(store, f->folder), campaign);
    assert_int_equal(sb_store_rebuild(store, NULL), 0);
    expect_cells(store, index_folder(store, f->folder), 1, "passed");
    sb_store_close(store);
}

static void test_store__nothing_is_left_of_a_file_that_is_gone(void **state)
{
    struct fixture *f = *state;
    test_add(f->folder, files[0], &(struct test_cell){.samples_ns = samples, .turns = turns});
    struct sb_store *store = open_store(f->index);
    int64_t campaign = index_folder(store, f->folder);
    char path[80];
    snprintf(path, sizeof path, "%s/%s", f->folder, files[0]);
    remove(path);
    campaign = index_folder(store, f->folder);
    for (int q = 0; sb_store_query_name(q); q++) {
        json_t *rows = rows_of(store, sb_store_query_name(q), campaign);
        assert_int_equal(json_array_size(rows), strcmp(sb_store_query_name(q), "campaign") == 0);
        json_decref(rows);
    }
    sb_store_close(store);
    run_sql(
        f->index,
        "CREATE TEMP TABLE t(n INTEGER CHECK (n = 0)); INSERT INTO t SELECT count(*) FROM timing;"
        "INSERT INTO t SELECT count(*) FROM verification; INSERT INTO t SELECT count(*) FROM node;"
        "INSERT INTO t SELECT count(*) FROM build;");
}

static void expect_narrowed(const char *folder, int64_t most, const char *expected)
{
    struct sb_store *store = open_store(":memory:");
    const int64_t campaign = index_folder(store, folder);
    char got[256] = "";
    assert_int_equal(sb_store_narrow(store, campaign, most, NULL), 0);
    json_t *rows = rows_of(store, "cells", campaign);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s ",
                 sb_json_text_or(json_array_get(rows, i), "cell", ""));
    }
    json_decref(rows);
    assert_string_equal(got, expected);
    for (int q = 0; sb_store_query_name(q); q++) {
        json_decref(rows_of(store, sb_store_query_name(q), campaign));
    }
    sb_store_close(store);
}

static void test_store__narrowed_it_shows_trouble_first_and_a_spread_of_the_rest(void **state)
{
    struct fixture *f = *state;
    for (char name = 'a'; name <= 'h'; name++) {
        const char cell[] = {name, '\0'};
        test_add(f->folder, files[0],
                 &(struct test_cell){.cell = cell,
                                     .state = name == 'c'   ? "lost"
                                              : name == 'g' ? "wrong"
                                                            : "passed",
                                     .samples_ns = samples,
                                     .turns = turns});
    }
    expect_narrowed(f->folder, 1, "g ");
    expect_narrowed(f->folder, 2, "c g ");
    expect_narrowed(f->folder, 5, "b c e g h ");
    expect_narrowed(f->folder, 8, "a b c d e f g h ");
    expect_narrowed(f->folder, 100, "a b c d e f g h ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_store__refuses_what_is_no_campaign),
        TEST(test_store__every_query_runs_and_names_its_columns),
        TEST(test_store__samples_keep_their_turn_and_order),
        TEST(test_store__cells_have_their_turn_medians),
        TEST(test_store__the_last_record_of_a_cell_counts),
        TEST(test_store__unchanged_files_are_not_read_again),
        TEST(test_store__torn_and_malformed_lines_lose_no_other),
        TEST(test_store__a_damaged_or_newer_index_is_rebuilt),
        TEST(test_store__an_older_index_is_migrated_with_its_data),
        TEST(test_store__metrics_and_what_was_not_counted_are_rows),
        TEST(test_store__portability_counts_platforms_with_a_device),
        TEST(test_store__what_was_emulated_has_no_times),
        TEST(test_store__without_a_place_it_works_in_memory),
        TEST(test_store__data_survive_reopening_and_rebuilding),
        TEST(test_store__nothing_is_left_of_a_file_that_is_gone),
        TEST(test_store__narrowed_it_shows_trouble_first_and_a_spread_of_the_rest),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
