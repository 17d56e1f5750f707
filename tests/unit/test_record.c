/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/record.h"

#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "\"cell\":\"c1\",\"name\":\"stream/triad@small portable "                                      \
    "cpu\",\"campaign\":\"k\",\"job\":\"j\","                                                      \
    "\"attempt\":1,\"kernel\":\"stream\",\"label\":\"triad\",\"preset\":\"small\","                \
    "\"variant\":\"portable\",\"backend\":\"cpu\",\"target\":\"native\",\"place\":\"local\","      \
    "\"precision\":\"double\",\"maths\":\"fast\",\"index_bits\":32,\"seed\":7,\"replica\":0,"      \
    "\"parameters\":{\"n\":1024},\"tuning\":{},\"reason\":null,\"failure\":null,\"wall_ns\":5"
#define RECORD(state, rest) "{\"schema_version\":1," HEAD ",\"state\":" state rest "}"
#define TIMING(samples, turns)                                                                     \
    ",\"timing\":{\"samples_ns\":" samples ",\"turns\":" turns                                     \
    ",\"median_ns\":2,\"low_ns\":1,\"high_ns\":3}"
#define STEADY(watched)                                                                            \
    ",\"timing\":{\"samples_ns\":[2],\"turns\":[1],\"median_ns\":2,\"low_ns\":1,\"high_ns\":3,"    \
    "\"precision_goal\":0.01,\"steady\":{\"watched_turns\":" watched "}}"
#define CHECKED(member)                                                                            \
    RECORD("\"passed\"", ",\"verdict\":{\"passed\":true,\"checks\":[{\"what\":\"a\","              \
                         "\"kind\":\"truth\"," member "}]}")
#define COUNTED(sources, metrics)                                                                  \
    RECORD("\"passed\"", ",\"counters\":{\"sources\":" sources ",\"metrics\":" metrics "}")

struct parse_case {
    const char *line;
    int code;
    const char *says;
};

static const struct parse_case parse_cases[] = {
    {"", SB_EPARSE, "f:3: not JSON"},
    {"{", SB_EPARSE, "f:3: not JSON"},
    {"{} trailing", SB_EPARSE, "f:3: not JSON"},
    {"{\"a\":1,\"a\":2}", SB_EPARSE, "duplicate"},
    {"[]", SB_EPARSE, "f:3: expected an object"},
    {"{}", SB_EPARSE, "f:3: schema_version: missing, expected integer"},
    {"{\"schema_version\":\"1\"}", SB_EPARSE, "f:3: schema_version: expected integer"},
    {"{\"schema_version\":0}", SB_EPARSE, "f:3: schema_version: expected 1 or more"},
    {"{\"schema_version\":7}", SB_EVERSION,
     "written by a newer switchbench: schema 7, this one reads up to 1"},
    {"{\"schema_version\":1}", SB_EPARSE, "f:3: cell: missing, expected string"},
    {"{\"schema_version\":1,\"cell\":4}", SB_EPARSE, "f:3: cell: expected string"},
    {RECORD("\"perfect\"", ""), SB_EPARSE, "f:3: state: expected passed, wrong"},
    {RECORD("null", ""), SB_EPARSE, "f:3: state: expected passed"},
    {RECORD("\"passed\"", ",\"work\":3"), SB_EPARSE, "f:3: work: expected object"},
    {RECORD("\"passed\"", ",\"work\":{\"flop\":\"many\"}"), SB_EPARSE,
     "f:3: work.flop: expected number"},
    {RECORD("\"passed\"", ",\"build\":{\"compiler\":\"gcc\"}"), SB_EPARSE,
     "f:3: build.flags: missing"},
    {RECORD("\"passed\"", ",\"verdict\":{\"passed\":true,\"checks\":[3]}"), SB_EPARSE,
     "f:3: verdict.checks[0]: expected object"},
    {RECORD("\"passed\"", ",\"verdict\":{\"passed\":true,\"checks\":[{\"what\":\"a\",\"kind\":"
                          "\"truth\"},{\"kind\":\"truth\"}]}"),
     SB_EPARSE, "f:3: verdict.checks[1].what: missing"},
    {RECORD("\"passed\"", ",\"verdict\":{\"passed\":true,\"checks\":[{\"what\":\"a\",\"kind\":"
                          "\"truth\",\"got\":\"two\"}]}"),
     SB_EPARSE, "got: expected number, \"nan\""},
    {CHECKED("\"failed\":\"nan\""), SB_EPARSE,
     "checks[0].failed: expected non-negative integer, or true or false"},
    {CHECKED("\"failed\":1.5"), SB_EPARSE, "checks[0].failed: expected non-negative integer"},
    {RECORD("\"passed\"", ",\"emulated\":5"), SB_EPARSE, "f:3: emulated: expected string"},
    {RECORD("\"passed\"", STEADY("\"often\"")), SB_EPARSE,
     "f:3: timing.steady.watched_turns: expected non-negative integer"},
    {RECORD("\"passed\"", ",\"counters\":\"x\""), SB_EPARSE, "f:3: counters: expected object"},
    {COUNTED("\"x\"", "{}"), SB_EPARSE, "f:3: counters.sources: expected array of sources"},
    {COUNTED("[{},3]", "{}"), SB_EPARSE, "f:3: counters.sources[1]: expected object"},
    {COUNTED("[{\"refused\":[\"x\"]}]", "{}"), SB_EPARSE,
     "f:3: counters.sources[0].refused[0]: expected object"},
    {COUNTED("[{\"events\":5}]", "{}"), SB_EPARSE,
     "f:3: counters.sources[0].events: expected array of objects"},
    {COUNTED("[]", "[]"), SB_EPARSE, "f:3: counters.metrics: expected object of objects"},
    {COUNTED("[]", "{\"ipc\":\"x\"}"), SB_EPARSE, "f:3: counters.metrics.ipc: expected object"},
    {RECORD("\"passed\"", ",\"attainable\":{\"time_ns\":1,\"binds\":\"l1\",\"fraction\":1,"
                          "\"roofs\":[7]}"),
     SB_EPARSE, "f:3: attainable.roofs[0]: expected object"},
    {RECORD("\"passed\"", TIMING("[1,2.5]", "[2]")), SB_EPARSE,
     "f:3: timing.samples_ns[1]: expected non-negative integer"},
    {RECORD("\"passed\"", TIMING("[1,-2]", "[2]")), SB_EPARSE, "f:3: timing.samples_ns[1]"},
    {RECORD("\"passed\"", TIMING("[1,2]", "[1]")), SB_EPARSE,
     "f:3: timing.turns: has 1 samples, timing.samples_ns 2"},
    {RECORD("\"passed\"", TIMING("[1,2]", "[1,9223372036854775807]")), SB_EPARSE,
     "f:3: timing.turns: has more samples"},
    {RECORD("\"passed\"", TIMING("[1,2,3]", "[2,1]")), 0, NULL},
    {RECORD("\"passed\"", TIMING("[]", "[]")), 0, NULL},
    {RECORD("\"failed\"", ",\"timing\":null,\"work\":null,\"build\":null,\"verdict\":null"), 0,
     NULL},
    {RECORD("\"wrong\"",
            ",\"verdict\":{\"passed\":false,\"checks\":[{\"what\":\"a\",\"kind\":\"elements\","
            "\"count\":3,\"failed\":1,\"worst\":{\"index\":0,\"got\":\"nan\",\"expected\":1.5,"
            "\"bound\":0,\"ulp\":\"inf\",\"relative\":\"nan\"}}]}"),
     0, NULL},
    {CHECKED("\"failed\":true"), 0, NULL},
    {RECORD("\"passed\"", STEADY("4")), 0, NULL},
    {COUNTED("[{\"source\":\"rapl\",\"state\":\"read\",\"events\":[{}],\"refused\":[]}]",
             "{\"ipc\":{\"value\":1}}"),
     0, NULL},
    {RECORD("\"unsupported\"", ",\"a_key_of_tomorrow\":1"), 0, NULL},
};

static void test_record__parse_names_the_first_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
        const struct parse_case *c = &parse_cases[i];
        json_t *record = NULL;
        struct sb_error err = {0};
        const int code = sb_record_parse(&record, c->line, strlen(c->line), "f:3", &err);
        if (code != c->code || (c->says && !strstr(err.text, c->says))) {
            fail_msg("case %zu: %s\n  gave %d '%s'", i, c->line, code, err.text);
        }
        assert_true((record != NULL) == (code == 0));
        json_decref(record);
    }
}

struct seen {
    int records, bad, stop_at;
    char last_bad[400];
};

static int count_record(json_t *record, void *payload)
{
    struct seen *seen = payload;
    assert_non_null(json_object_get(record, "cell"));
    return ++seen->records == seen->stop_at ? 42 : 0;
}

static void count_bad(const char *text, void *payload)
{
    struct seen *seen = payload;
    seen->bad++;
    snprintf(seen->last_bad, sizeof seen->last_bad, "%s", text);
}

static void read_text(struct seen *seen, int expected, const char *text, size_t length)
{
    char path[] = "/tmp/sb_record_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(sb_fs_write_all(fd, text, length, path, NULL), 0);
    close(fd);
    assert_int_equal(sb_records_read(path, count_record, count_bad, seen, NULL), expected);
    unlink(path);
}

#define GOOD RECORD("\"passed\"", "")

static void test_record__read_tolerates_torn_and_malformed_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int records, bad;
    } cases[] = {
        {"", 0, 0},
        {"{\"schema_version\":1,\"cel", 0, 0},
        {GOOD, 0, 0}, /* no newline: torn, however whole it looks */
        {"garbage\n", 0, 1},
        {"\n \n" GOOD "\n\n", 1, 0},
        {GOOD "\n" GOOD, 1, 0},
        {GOOD "\n{\"schema_version\":9}\n" GOOD "\n{", 2, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = {0};
        read_text(&seen, 0, cases[i].text, strlen(cases[i].text));
        assert_int_equal(seen.records, cases[i].records);
        assert_int_equal(seen.bad, cases[i].bad);
    }
    struct seen seen = {0};
    read_text(&seen, 0, GOOD "\n\0\n" GOOD "\n", 2 * strlen(GOOD) + 4); /* a hole, as NFS leaves */
    assert_int_equal(seen.records, 2);
    assert_int_equal(seen.bad, 1);
    assert_non_null(strstr(seen.last_bad, ":2: not JSON"));
}

static void test_record__read_stops_when_told(void **state)
{
    (void)state;
    struct seen seen = {.stop_at = 1};
    read_text(&seen, 42, GOOD "\n" GOOD "\n", 2 * strlen(GOOD) + 2);
    assert_int_equal(seen.records, 1);
    struct sb_error err = {0};
    assert_int_equal(sb_records_read("/nowhere/at/all", count_record, NULL, &seen, &err),
                     SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

static void test_record__lines_may_be_long(void **state)
{
    (void)state;
    json_t *record = json_loads(RECORD("\"passed\"", TIMING("[]", "[]")), 0, NULL);
    json_t *timing = json_object_get(record, "timing");
    for (int i = 0; i < 300000; i++) {
        json_array_append_new(json_object_get(timing, "samples_ns"), json_integer(i));
    }
    json_array_append_new(json_object_get(timing, "turns"), json_integer(300000));
    char *text = json_dumps(record, JSON_COMPACT);
    assert_non_null(text);
    const size_t length = strlen(text);
    text[length] = '\n'; /* in the place of the NUL: the length is told */
    struct seen seen = {0};
    read_text(&seen, 0, text, length + 1);
    assert_int_equal(seen.records, 1);
    free(text);
    json_decref(record);
}

static void test_record__states_have_texts(void **state)
{
    (void)state;
    for (int i = 0; i < SB_STATES; i++) {
        assert_int_equal(sb_state_parse(sb_state_text((enum sb_state)i)), i);
    }
    assert_int_equal(sb_state_parse(NULL), SB_STATES);
    assert_int_equal(sb_state_parse("PASSED"), SB_STATES);
    assert_string_equal(sb_state_text(SB_STATES), "not ended");
}

static void test_record__worst_state_decides_the_exit_code(void **state)
{
    (void)state;
    /* passed, wrong, failed, unsupported, lost */
    static const struct {
        int counts[SB_STATES];
        int code;
    } cases[] = {
        {{0, 0, 0, 0, 0}, SB_EXIT_NOTHING}, {{0, 0, 0, 3, 0}, SB_EXIT_NOTHING},
        {{9, 1, 1, 1, 1}, SB_EXIT_WRONG},   {{0, 1, 0, 0, 0}, SB_EXIT_WRONG},
        {{9, 0, 1, 1, 1}, SB_EXIT_FAILED},  {{9, 0, 0, 1, 1}, SB_EXIT_INFRA},
        {{0, 0, 0, 0, 2}, SB_EXIT_INFRA},   {{1, 0, 0, 9, 0}, SB_EXIT_PASSED},
        {{5, 0, 0, 0, 0}, SB_EXIT_PASSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sb_states_exit(cases[i].counts), cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record__parse_names_the_first_fault),
        cmocka_unit_test(test_record__read_tolerates_torn_and_malformed_lines),
        cmocka_unit_test(test_record__read_stops_when_told),
        cmocka_unit_test(test_record__lines_may_be_long),
        cmocka_unit_test(test_record__states_have_texts),
        cmocka_unit_test(test_record__worst_state_decides_the_exit_code),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
