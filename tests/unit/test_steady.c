/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded machines: tests/nodes/steady/<case>/{before,after}; expected.json has what is found between the two, by hand. */
#include "harness/run/steady/steady.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <ftw.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CASES SB_SOURCE_DIR "/tests/nodes/steady/"
#define SOURCES 16

static char from[512], to[512];

static int copy_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)at;
    char target[1200];
    snprintf(target, sizeof target, "%s%s", to, path + strlen(from));
    if (kind == FTW_D) {
        return sb_fs_mkdirs(target, NULL);
    }
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(sb_fs_read(&text, &length, path, NULL), 0);
    FILE *file = fopen(target, "we"); /* the same file: sources keep theirs open */
    assert_non_null(file);
    fwrite(text, 1, length, file);
    fclose(file);
    free(text);
    return 0;
}

static void copy_tree(const char *name, const char *which)
{
    snprintf(from, sizeof from, CASES "%s/%s", name, which);
    assert_int_equal(nftw(from, copy_one, 16, FTW_PHYS), 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static bool is_clock(const struct sb_steady_source *source)
{
    return strcmp(source->name, "clock") == 0; /* it measures this machine, whatever the root */
}

static int by_what(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    return strcmp(json_string_value(json_object_get(x, "what")),
                  json_string_value(json_object_get(y, "what")));
}

static void check_marks(const char *name, json_t *marks, const json_t *expected)
{
    json_t *sorted[SOURCES];
    const size_t count = json_array_size(marks);
    assert_int_equal(count, json_array_size(expected));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = json_array_get(marks, i);
    }
    qsort(sorted, count, sizeof *sorted, by_what);
    for (size_t i = 0; i < count; i++) {
        const json_t *want = json_array_get(expected, i);
        const char *what = json_string_value(json_object_get(sorted[i], "what"));
        const double got = json_number_value(json_object_get(sorted[i], "amount"));
        assert_string_equal(what, json_string_value(json_object_get(want, "what")));
        if (fabs(got - json_number_value(json_object_get(want, "amount"))) > 1e-4) {
            fail_msg("%s: %s is %g", name, what, got);
        }
    }
}

static void check_numbers(const char *name, const json_t *found, json_t *expected)
{
    const char *key = NULL;
    const json_t *want = NULL;
    assert_int_equal(json_object_size(found), json_object_size(expected));
    json_object_foreach (expected, key, want) {
        const double got = json_number_value(json_object_get(found, key));
        if (fabs(got - json_number_value(want)) > 1) {
            fail_msg("%s: %s is %.0f, expected %.0f", name, key, got, json_number_value(want));
        }
    }
}

static int open_sources(void **states, const struct sb_steady_at *at, json_t *absent)
{
    int count = 0;
    for (; sb_steady_sources[count]; count++) {
        char reason[64] = "";
        states[count] = NULL;
        if (!is_clock(sb_steady_sources[count]) &&
            !sb_steady_sources[count]->open(&states[count], at, reason, sizeof reason)) {
            states[count] = NULL;
            assert_true(reason[0] != '\0');
            json_array_append_new(absent, json_string(sb_steady_sources[count]->name));
        }
    }
    return count;
}

static void check_recorded(const char *name)
{
    char path[600];
    snprintf(to, sizeof to, "/tmp/sb_steady_XXXXXX");
    assert_non_null(mkdtemp(to));
    copy_tree(name, "before");
    snprintf(path, sizeof path, CASES "%s/expected.json", name);
    json_t *expected = json_load_file(path, 0, NULL);
    assert_non_null(expected);
    int cpus[8];
    const json_t *list = json_object_get(expected, "cpus");
    for (size_t i = 0; i < json_array_size(list); i++) {
        cpus[i] = (int)json_integer_value(json_array_get(list, i));
    }
    const struct sb_steady_at at = {to, cpus, (int)json_array_size(list)};
    struct sb_steady_turn turn = {.wall_ns =
                                      json_number_value(json_object_get(expected, "wall_ns")),
                                  .own_ns = json_number_value(json_object_get(expected, "own_ns")),
                                  .at = &at,
                                  .marks = json_array(),
                                  .totals = json_object()};
    void *states[SOURCES];
    json_t *absent = json_array();
    const int count = open_sources(states, &at, absent);
    for (int i = 0; i < count; i++) {
        if (states[i]) {
            sb_steady_sources[i]->begin(states[i]);
        }
    }
    copy_tree(name, "after");
    for (int i = 0; i < count; i++) {
        if (states[i]) {
            sb_steady_sources[i]->end(states[i], &turn);
            sb_steady_sources[i]->close(states[i]);
        }
    }
    char *got = json_dumps(absent, 0), *want = json_dumps(json_object_get(expected, "absent"), 0);
    assert_string_equal(got, want);
    free(got);
    free(want);
    check_marks(name, turn.marks, json_object_get(expected, "marks"));
    check_numbers(name, turn.totals, json_object_get(expected, "totals"));
    json_decref(absent);
    json_decref(turn.marks);
    json_decref(turn.totals);
    json_decref(expected);
    assert_int_equal(nftw(to, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void test_steady__what_cannot_be_read_is_absent_with_a_reason(void **state)
{
    (void)state;
    check_recorded("broken");
}

static void test_steady__a_quiet_machine_has_no_marks(void **state)
{
    (void)state;
    check_recorded("quiet");
}

static void test_steady__a_neighbour_on_our_cpu_is_seen_twice(void **state)
{
    (void)state;
    check_recorded("neighbour");
}

static void test_steady__heat_steal_and_memory(void **state)
{
    (void)state;
    check_recorded("hot-intel");
}

static void test_steady__quotas_of_enclosing_cgroups(void **state)
{
    (void)state;
    check_recorded("quota-v2");
    check_recorded("quota-v1");
}

static void spin(double seconds)
{
    const uint64_t until = sb_process_now_ns() + (uint64_t)(seconds * 1e9);
    while (sb_process_now_ns() < until) {
    }
}

/* For real: a busy process on the one CPU that we may use. */
static void test_steady__a_busy_neighbour_is_marked(void **state)
{
    (void)state;
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &all)) {
        cpu++;
    }
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    const pid_t neighbour = fork();
    if (neighbour == 0) {
        for (;;) {
        }
    }
    const struct sb_steady_at at = {"", &cpu, 1};
    struct sb_steady *steady = sb_steady_open(&at);
    sb_steady_begin(steady);
    spin(0.3);
    json_t *marks = sb_steady_end(steady, true);
    kill(neighbour, SIGKILL);
    waitpid(neighbour, NULL, 0);
    sched_setaffinity(0, sizeof all, &all);
    double waiting = 0;
    size_t i;
    const json_t *mark;
    json_array_foreach (marks, i, mark) {
        if (strcmp(json_string_value(json_object_get(mark, "what")), "waiting") == 0) {
            waiting = json_number_value(json_object_get(mark, "amount"));
        }
    }
    json_t *totals = sb_steady_totals(steady);
    const bool watched = json_object_get(json_object_get(totals, "watched"), "waiting") != NULL;
    assert_int_equal(json_integer_value(json_object_get(totals, "disturbed_turns")), watched);
    assert_true(!watched || (waiting > 0.2 && waiting <= 1));
    json_decref(totals);
    json_decref(marks);
    sb_steady_close(steady);
    if (!watched) {
        print_message("this kernel has no schedstat\n");
        skip();
    }
}

/* Turns of 0.1 ms allow 0.1 µs each: no source can look at them all, each must at some. */
static void test_steady__watches_only_as_often_as_it_may(void **state)
{
    (void)state;
    const int cpu = sched_getcpu(), turns = 3000;
    const struct sb_steady_at at = {"", &cpu, 1};
    struct sb_steady *steady = sb_steady_open(&at);
    for (int i = 0; i < turns; i++) {
        sb_steady_begin(steady);
        spin(100e-6);
        json_decref(sb_steady_end(steady, true));
    }
    json_t *totals = sb_steady_totals(steady);
    const char *name;
    const json_t *looked;
    json_object_foreach (json_object_get(totals, "watched"), name, looked) {
        assert_in_range(json_integer_value(looked), 0, turns / 4);
    }
    assert_true(json_integer_value(json_object_get(json_object_get(totals, "watched"), "clock")) >
                0);
    assert_int_equal(json_integer_value(json_object_get(totals, "turns")), turns);
    json_decref(totals);
    sb_steady_close(steady);
}

/* The warm-up before the first turn is told, and is in no total. */
static void test_steady__the_warm_up_is_told_apart(void **state)
{
    (void)state;
    const int cpu = sched_getcpu();
    const struct sb_steady_at at = {"", &cpu, 1};
    struct sb_steady *steady = sb_steady_open(&at);
    sb_steady_begin(steady);
    json_decref(sb_steady_end(steady, false));
    json_t *totals = sb_steady_totals(steady);
    assert_int_equal(json_integer_value(json_object_get(totals, "turns")), 0);
    assert_null(json_object_get(totals, "waiting_ns"));
    json_decref(totals);
    sb_steady_close(steady);
    sb_steady_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady__what_cannot_be_read_is_absent_with_a_reason),
        cmocka_unit_test(test_steady__a_quiet_machine_has_no_marks),
        cmocka_unit_test(test_steady__a_neighbour_on_our_cpu_is_seen_twice),
        cmocka_unit_test(test_steady__heat_steal_and_memory),
        cmocka_unit_test(test_steady__quotas_of_enclosing_cgroups),
        cmocka_unit_test(test_steady__a_busy_neighbour_is_marked),
        cmocka_unit_test(test_steady__watches_only_as_often_as_it_may),
        cmocka_unit_test(test_steady__the_warm_up_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
