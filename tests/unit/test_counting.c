/* SPDX-License-Identifier: Apache-2.0 */
/* harness/run/counting with a source that does what a test says; in a real cell where the cell's process dies with it. */
#include "harness/run/counting/count.h"
#include "harness/run/counting/pass.h"
#include "harness/run/pack.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define EVENTS 5

static struct script {
    int at_once;               /* events of a pass */
    int absent;                /* event that cannot be opened; −1 */
    int dies_start, dies_stop; /* at this window, from 1 */
    bool hangs, crashes;       /* in the first stop */
    const char *fault;         /* of event 1 */
    int fault_windows;         /* in so many windows; 0: all */
    double running[EVENTS];    /* 0: 1 */
    double per_repetition[EVENTS];
    bool idles, probe_fails;
    uint64_t counted_ns; /* of a repetition while it counts; uncounted: 1000 */
    int repeat_fails;    /* at this repetition, from 1 */
    /* what happened */
    int opened, closed, windows, repetitions, begun_at;
    bool on;
} script;

struct sb_counting {
    int event[EVENTS];
    int events;
};

static int number_of(const char *name)
{
    return name[0] == 'e' && name[1] >= '0' && name[1] < '0' + EVENTS && !name[2] ? name[1] - '0'
                                                                                  : -1;
}

static int probe(char *version, size_t room, struct sb_error *err)
{
    snprintf(version, room, "7");
    return script.probe_fails ? sb_fail(err, SB_EABSENT, "the meter is not plugged in: do so") : 0;
}

static int list(int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                struct sb_error *err)
{
    (void)err;
    int code = 0;
    for (int i = 0; code == 0 && i < EVENTS; ++i) {
        struct sb_counter_event event = {
            .name = {'e', (char)('0' + i)}, .unit = "1", .tags = "thread", .level = i == 4};
        code = each(&event, payload);
    }
    return code;
}

static int open_pass(struct sb_counting **out, int *out_taken, const char *const *names, int count,
                     const struct sb_counting_target *target, struct sb_error *err)
{
    if (target->thread_count < 1 || target->threads[0] != getpid()) {
        return sb_fail(err, SB_EINVAL, "the first thread is not this one");
    }
    if (number_of(names[0]) == script.absent) {
        return sb_fail(err, SB_EABSENT, "%s has no needle: buy one", names[0]);
    }
    *out = calloc(1, sizeof **out);
    while ((*out)->events < count && (*out)->events < script.at_once &&
           number_of(names[(*out)->events]) != script.absent) {
        (*out)->event[(*out)->events] = number_of(names[(*out)->events]);
        (*out)->events++;
    }
    *out_taken = (*out)->events;
    script.opened++;
    return 0;
}

static int start(struct sb_counting *counting, struct sb_error *err)
{
    (void)counting;
    if (++script.windows == script.dies_start) {
        return sb_fail(err, SB_EDEVICE, "the meter was pulled out");
    }
    script.on = true;
    script.begun_at = script.repetitions;
    return 0;
}

static int stop(struct sb_count out[], struct sb_counting *counting, struct sb_error *err)
{
    script.on = false;
    while (script.hangs) {
        pause();
    }
    if (script.crashes) {
        abort();
    }
    if (script.windows == script.dies_stop) {
        return sb_fail(err, SB_EDEVICE, "the meter was pulled out");
    }
    for (int i = 0; i < counting->events; ++i) {
        const int e = counting->event[i];
        out[i] = (struct sb_count){.value = script.per_repetition[e] *
                                            (e == 4 ? 1 : script.repetitions - script.begun_at),
                                   .running = script.running[e] > 0 ? script.running[e] : 1};
        if (e == 1 && script.fault &&
            (script.fault_windows == 0 || script.windows <= script.fault_windows)) {
            snprintf(out[i].fault, sizeof out[i].fault, "%s", script.fault);
        }
    }
    return 0;
}

static void close_pass(struct sb_counting *counting)
{
    script.closed += counting != NULL;
    free(counting);
}

static const char *const backends[] = {"cpu", NULL};
static const char *const usual[] = {"e0", "e1", "e2", "e3", "e4", NULL};
static struct sb_counter_source scripted = {.name = "scripted",
                                            .title = "what the test says",
                                            .scope = "thread",
                                            .backends = backends,
                                            .usual = usual,
                                            .probe = probe,
                                            .list = list,
                                            .open = open_pass,
                                            .start = start,
                                            .stop = stop,
                                            .close = close_pass};

const struct sb_counter_source *__real_sb_counter_source_find(const char *name,
                                                              struct sb_error *err);
const struct sb_counter_source *__wrap_sb_counter_source_find(const char *name,
                                                              struct sb_error *err);

const struct sb_counter_source *__wrap_sb_counter_source_find(const char *name,
                                                              struct sb_error *err)
{
    return strcmp(name, "scripted") == 0 ? &scripted : __real_sb_counter_source_find(name, err);
}

static int repeat(uint64_t *out_time_ns, void *payload, struct sb_error *err)
{
    (void)payload;
    if (++script.repetitions == script.repeat_fails) {
        return sb_fail(err, SB_EDEVICE, "the kernel hit a wall");
    }
    *out_time_ns = script.on ? script.counted_ns : 1000;
    return 0;
}

static int begin(void **state)
{
    (void)state;
    script = (struct script){
        .at_once = 2, .absent = -1, .counted_ns = 1000, .per_repetition = {10, 20, 0.5, 0, 80}};
    scripted.idles = false;
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(script.opened, script.closed);
    return 0;
}

static int count_words(json_t **out, const char *csv, const char *backend, double budget_s,
                       struct sb_error *err)
{
    struct sb_strings words = {0};
    struct sb_counters_asked asked;
    sb_strings_add_csv(&words, csv);
    int code = sb_counters_parse(&asked, &words, err);
    const struct sb_count_task task = {.asked = &asked,
                                       .target = {.backend = backend, .root = ""},
                                       .budget_s = budget_s,
                                       .repeat = repeat};
    *out = NULL;
    code = code != 0 ? code : sb_count_cell(out, &task, err);
    sb_counters_asked_free(&asked);
    sb_strings_free(&words);
    return code;
}

/* The one source's entry. */
static json_t *count(const char *csv)
{
    json_t *sources = NULL;
    struct sb_error err = {0};
    if (count_words(&sources, csv, "cpu", 2, &err) != 0 || json_array_size(sources) != 1) {
        fail_msg("%s: %zu sources: %s", csv, json_array_size(sources), err.text);
    }
    json_t *source = json_incref(json_array_get(sources, 0));
    json_decref(sources);
    return source;
}

static const json_t *event_of(const json_t *source, const char *name)
{
    size_t i = 0;
    const json_t *event = NULL;
    json_array_foreach (json_object_get(source, "events"), i, event) {
        if (strcmp(sb_json_text_or(event, "name", ""), name) == 0) {
            return event;
        }
    }
    fail_msg("no event %s", name);
    return NULL;
}

static void assert_refused(const json_t *source, const char *name, const char *says)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach (json_object_get(source, "refused"), i, row) {
        if (strcmp(sb_json_text_or(row, "name", ""), name) == 0) {
            if (!strstr(sb_json_text_or(row, "reason", ""), says)) {
                fail_msg("%s: %s", name, sb_json_text_or(row, "reason", ""));
            }
            return;
        }
    }
    fail_msg("%s was not refused", name);
}

static void assert_state(const json_t *source, const char *state, const char *says)
{
    if (strcmp(sb_json_text_or(source, "state", ""), state) != 0 ||
        !strstr(sb_json_text_or(source, "reason", ""), says)) {
        fail_msg("%s: %s", sb_json_text_or(source, "state", ""),
                 sb_json_text_or(source, "reason", ""));
    }
}

static void test_counting__words_that_say_nothing_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int code;
        const char *says;
    } bad[] = {
        {"scripte", SB_ENOTFOUND, "no counter source 'scripte'"},
        {"perf_evnt", SB_ENOTFOUND, "did you mean 'perf_event'?"},
        {"scripted:", SB_EINVAL, "no event after"},
        {"scripted:+e0", SB_EINVAL, "begins with no name"},
        {"scripted:e0+", SB_EINVAL, "missing after '+'"},
        {"scripted:e0++e1", SB_EINVAL, "begins with no name"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        json_t *sources = NULL;
        struct sb_error err = {0};
        const int code = count_words(&sources, bad[i].words, "cpu", 2, &err);
        if (code != bad[i].code || !strstr(err.text, bad[i].says)) {
            fail_msg("%s: code %d: %s", bad[i].words, code, err.text);
        }
        json_decref(sources);
    }
}

static void test_counting__a_source_that_is_not_here_says_why(void **state)
{
    (void)state;
    json_t *sources = NULL;
    struct sb_error err;
    script.probe_fails = true;
    json_t *source = count("scripted");
    assert_state(source, "absent", "not plugged in");
    json_decref(source);
    assert_int_equal(count_words(&sources, "scripted", "cuda", 2, &err), 0);
    assert_state(json_array_get(sources, 0), "absent", "backend cuda");
    json_decref(sources);
    assert_int_equal(script.opened, 0);
}

static void test_counting__too_many_events_are_split_into_passes_and_it_is_said(void **state)
{
    (void)state;
    json_t *source = count("scripted");
    static const struct {
        const char *name;
        double value;
        int pass;
    } expected[] = {{"e0", 10, 1}, {"e1", 20, 1}, {"e2", 0.5, 2}, {"e3", 0, 2}, {"e4", 80, 3}};
    assert_state(source, "read", "");
    assert_int_equal(sb_json_integer_or(source, "passes", 0), 3);
    assert_int_equal(script.opened, 3);
    assert_int_equal(script.windows, 3 * SB_WINDOWS);
    for (int i = 0; i < EVENTS; ++i) {
        const json_t *event = event_of(source, expected[i].name);
        assert_true(fabs(sb_json_real_or(event, "value", -1) - expected[i].value) < 1e-9);
        assert_int_equal(sb_json_integer_or(event, "pass", 0), expected[i].pass);
        assert_int_equal(sb_json_integer_or(event, "windows", 0), SB_WINDOWS);
        assert_true(sb_json_real_or(event, "running", 0) == 1);
    }
    assert_int_equal(json_array_size(json_object_get(source, "refused")), 0);
    assert_true(sb_json_real_or(source, "slowdown", 0) == 1);
    json_decref(source);
}

static void test_counting__what_counting_cost_is_told(void **state)
{
    (void)state;
    script.counted_ns = 1250;
    json_t *source = count("scripted:e0+e2");
    assert_true(sb_json_real_or(source, "slowdown", 0) == 1.25);
    json_decref(source);
}

static void
test_counting__unknown_and_absent_events_are_refused_and_the_others_counted(void **state)
{
    (void)state;
    script.absent = 1;
    json_t *source = count("scripted:e0+e1+e9+e2");
    assert_state(source, "read", "");
    assert_int_equal(json_array_size(json_object_get(source, "events")), 2);
    assert_refused(source, "e1", "buy one");
    assert_refused(source, "e9", "no event 'e9'");
    json_decref(source);
    source = count("scripted:e"); /* no group of that name: those have a '/' behind it */
    assert_refused(source, "e", "no event 'e'");
    json_decref(source);
    source = count("scripted:e1+e9");
    assert_state(source, "absent", "none of its events can be counted here: ");
    json_decref(source);
}

static void test_counting__a_counter_that_overflows_has_no_value(void **state)
{
    (void)state;
    script.fault = "it overflowed \xff";
    json_t *source = count("scripted:e0+e1");
    assert_refused(source, "e1", "it overflowed ?");
    event_of(source, "e0");
    json_decref(source);
    begin(NULL);
    script.fault = "it overflowed";
    script.fault_windows = 2;
    source = count("scripted:e0+e1");
    assert_int_equal(sb_json_integer_or(event_of(source, "e1"), "windows", 0), SB_WINDOWS - 2);
    json_decref(source);
    begin(NULL);
    script.per_repetition[0] = NAN;
    source = count("scripted:e0+e1");
    assert_refused(source, "e0", "no number");
    json_decref(source);
    script.opened = script.closed;
}

static void test_counting__less_than_a_quarter_of_the_time_is_refused(void **state)
{
    (void)state;
    script.running[0] = SB_RUNNING_LEAST;
    script.running[1] = SB_RUNNING_LEAST - 0.01;
    json_t *source = count("scripted:e0+e1");
    assert_true(sb_json_real_or(event_of(source, "e0"), "running", 0) == SB_RUNNING_LEAST);
    assert_refused(source, "e1", "only 24 % of the time");
    json_decref(source);
}

static void test_counting__a_source_that_dies_keeps_what_it_counted(void **state)
{
    (void)state;
    script.dies_stop = SB_WINDOWS + 3; /* in the second pass */
    json_t *source = count("scripted");
    assert_state(source, "died", "it failed while counting: the meter was pulled out");
    event_of(source, "e0");
    assert_int_equal(sb_json_integer_or(event_of(source, "e2"), "windows", 0), 2);
    assert_int_equal(script.opened, 2); /* it is not used again */
    json_decref(source);
    begin(NULL);
    script.dies_start = 1;
    source = count("scripted");
    assert_state(source, "died", "pulled out");
    assert_int_equal(json_array_size(json_object_get(source, "events")), 0);
    assert_int_equal(script.opened, 1);
    json_decref(source);
}

static void test_counting__a_kernel_that_fails_ends_it(void **state)
{
    (void)state;
    json_t *sources = NULL;
    struct sb_error err = {0};
    script.repeat_fails = 3;
    assert_int_equal(count_words(&sources, "scripted", "cpu", 2, &err), SB_EDEVICE);
    assert_string_equal(err.text, "the kernel hit a wall");
    json_decref(sources);
}

static void test_counting__no_budget_is_one_window_a_pass(void **state)
{
    (void)state;
    json_t *sources = NULL;
    struct sb_error err;
    assert_int_equal(count_words(&sources, "scripted", "cpu", 0, &err), 0);
    assert_int_equal(script.windows, 3);
    json_decref(sources);
}

static void test_counting__an_idle_machine_is_told_beside(void **state)
{
    (void)state;
    scripted.idles = true;
    json_t *source = count("scripted:e0+e4");
    assert_true(sb_json_real_or(source, "idle_ns", 0) >= SB_WINDOW_NS);
    assert_true(sb_json_real_or(event_of(source, "e0"), "idle", -1) == 0);
    assert_true(sb_json_real_or(event_of(source, "e4"), "idle", -1) == 80);
    json_decref(source);
}

/* A real cell, as the runner runs it; its record. */
static json_t *run_cell(double time_limit_s, const char *counters)
{
    struct sb_campaign campaign;
    struct sb_plan plan;
    struct sb_error err = {0};
    sb_campaign_init(&campaign);
    sb_strings_add(&campaign.kernels, "stream");
    sb_strings_add(&campaign.presets, "tiny");
    sb_strings_add(&campaign.labels, "triad");
    sb_strings_add(&campaign.backends, "cpu");
    sb_strings_add(&campaign.variants, "portable");
    if (sb_plan_make(&plan, &campaign, &err) != 0) {
        fail_msg("%s", err.text);
    }
    struct sb_job job = {.name = "1",
                         .place = "local",
                         .scheduler = "local",
                         .attempt = 1,
                         .budget_s = 1,
                         .samples_most = 5,
                         .time_limit_s = time_limit_s,
                         .cell = plan.cell,
                         .cell_count = plan.cell_count};
    snprintf(job.campaign, sizeof job.campaign, "k");
    if (counters) {
        sb_strings_add(&job.counters, counters);
    }
    FILE *file = tmpfile();
    assert_non_null(file);
    if (sb_pack_run(&job, fileno(file), &err) != 0) {
        fail_msg("%s", err.text);
    }
    rewind(file);
    json_t *record = NULL;
    for (json_t *line = NULL; (line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL));) {
        json_decref(record);
        record = line;
    }
    fclose(file);
    sb_strings_free(&job.counters);
    sb_plan_free(&plan);
    sb_campaign_free(&campaign);
    return record;
}

static void assert_whole(const json_t *record)
{
    assert_string_equal(sb_json_text_or(record, "state", ""), "passed");
    assert_true(sb_json_real_or(record, "timing.median_ns", 0) > 0);
    assert_true(json_array_size(sb_json_at(record, "timing.samples_ns")) > 0);
    assert_true(json_is_null(json_object_get(record, "reason")));
    assert_true(json_is_null(json_object_get(record, "failure")));
    assert_true(json_is_true(sb_json_at(record, "verdict.passed")));
}

static void test_counting__the_time_record_stays_whole_where_a_source_hangs(void **state)
{
    (void)state;
    script.hangs = true;
    const unsigned long long begun = sb_process_now_ns();
    json_t *record = run_cell(4, "scripted");
    assert_true(sb_process_now_ns() - begun < 30000000000ULL);
    assert_whole(record);
    assert_non_null(strstr(sb_json_text_or(record, "counters.reason", ""), "time limit of 4 s"));
    assert_state(json_array_get(sb_json_at(record, "counters.sources"), 0), "died",
                 "the cell's process ended, or was ended, while this counted");
    json_decref(record);
}

static void test_counting__the_time_record_stays_whole_where_a_source_crashes(void **state)
{
    (void)state;
    script.crashes = true;
    json_t *record = run_cell(60, "scripted");
    assert_whole(record);
    assert_non_null(strstr(sb_json_text_or(record, "counters.reason", ""), "signal 6"));
    json_decref(record);
}

static void test_counting__a_source_that_lives_is_in_the_record(void **state)
{
    (void)state;
    json_t *record = run_cell(60, "scripted");
    assert_whole(record);
    assert_null(json_object_get(json_object_get(record, "counters"), "reason"));
    assert_state(json_array_get(sb_json_at(record, "counters.sources"), 0), "read", "");
    json_decref(record);
    record = run_cell(60, NULL);
    assert_whole(record);
    assert_true(json_is_null(json_object_get(record, "counters")));
    json_decref(record);
}

#define SCRIPTED(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRIPTED(test_counting__words_that_say_nothing_are_refused),
        SCRIPTED(test_counting__a_source_that_is_not_here_says_why),
        SCRIPTED(test_counting__unknown_and_absent_events_are_refused_and_the_others_counted),
        SCRIPTED(test_counting__a_counter_that_overflows_has_no_value),
        SCRIPTED(test_counting__less_than_a_quarter_of_the_time_is_refused),
        SCRIPTED(test_counting__a_source_that_dies_keeps_what_it_counted),
        SCRIPTED(test_counting__a_kernel_that_fails_ends_it),
        SCRIPTED(test_counting__the_time_record_stays_whole_where_a_source_hangs),
        SCRIPTED(test_counting__the_time_record_stays_whole_where_a_source_crashes),
        SCRIPTED(test_counting__a_source_that_lives_is_in_the_record),
        SCRIPTED(test_counting__too_many_events_are_split_into_passes_and_it_is_said),
        SCRIPTED(test_counting__what_counting_cost_is_told),
        SCRIPTED(test_counting__no_budget_is_one_window_a_pass),
        SCRIPTED(test_counting__an_idle_machine_is_told_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
