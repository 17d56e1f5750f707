/* SPDX-License-Identifier: Apache-2.0 */
/* PAPI for real, with events that this program defines itself (its component sde needs no hardware), and with faults put into its table. */
#include "harness/run/counting/count.h"
#include "harness/run/counting/papi/events.h"
#include "harness/util/json.h"

#include <math.h>
#include <papi.h>
#include <pthread.h>
#include <sde_lib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SAME_PLACE(ours, our_member, theirs, their_member)                                         \
    _Static_assert(offsetof(struct ours, our_member) == offsetof(theirs, their_member) &&          \
                       sizeof(((struct ours *)0)->our_member) ==                                   \
                           sizeof(((theirs *)0)->their_member),                                    \
                   #our_member)
SAME_PLACE(sb_papi_component, name, PAPI_component_info_t, name);
SAME_PLACE(sb_papi_component, short_name, PAPI_component_info_t, short_name);
SAME_PLACE(sb_papi_component, disabled_reason, PAPI_component_info_t, disabled_reason);
SAME_PLACE(sb_papi_event, code, PAPI_event_info_t, event_code);
SAME_PLACE(sb_papi_event, description, PAPI_event_info_t, long_descr);
SAME_PLACE(sb_papi_event, component, PAPI_event_info_t, component_index);
SAME_PLACE(sb_papi_event, unit, PAPI_event_info_t, units);
SAME_PLACE(sb_papi_event, data_type, PAPI_event_info_t, data_type);
SAME_PLACE(sb_papi_event, value_type, PAPI_event_info_t, value_type);
_Static_assert(sizeof(struct sb_papi_event) > sizeof(PAPI_event_info_t), "room for the rest");
_Static_assert(SB_PAPI_NULL == PAPI_NULL && SB_PAPI_ENOEVNT == PAPI_ENOEVNT &&
                   SB_PAPI_ECNFLCT == PAPI_ECNFLCT && SB_PAPI_ECMP == PAPI_ECMP &&
                   SB_PAPI_ENOSUPP == PAPI_ENOSUPP && SB_PAPI_ENOIMPL == PAPI_ENOIMPL &&
                   SB_PAPI_ECOUNT == PAPI_ECOUNT && SB_PAPI_ECMP_DISABLED == PAPI_ECMP_DISABLED &&
                   SB_PAPI_EMULPASS == PAPI_EMULPASS && SB_PAPI_LIB_VERSION == PAPI_LIB_VERSION &&
                   SB_PAPI_ENUM_FIRST == (int)PAPI_ENUM_FIRST &&
                   SB_PAPI_FP64 == (int)PAPI_DATATYPE_FP64 &&
                   SB_PAPI_ABSOLUTE == (int)PAPI_VALUETYPE_ABSOLUTE &&
                   SB_PAPI_PRESETS == PAPI_PRESET_MASK && SB_PAPI_NATIVE == PAPI_NATIVE_MASK,
               "PAPI's numbers");

extern const struct sb_counter_source sb_counter_source_papi;
#define SOURCE (&sb_counter_source_papi)

static long long iterations, flips;
static bool hidden; /* PAPI is not installed */

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

void *__wrap_dlopen(const char *name, int flags)
{
    return hidden && name && strstr(name, "libpapi") ? NULL : __real_dlopen(name, flags);
}

static struct sb_papi *papi; /* its table, to put faults into */
static struct sb_papi whole;

static int begin(void **state)
{
    (void)state;
    if (!papi) {
        const struct sb_papi *got = NULL;
        struct sb_error err = {0};
        papi_handle_t handle = papi_sde_init("Bench");
        papi_sde_register_counter(handle, "ITER", PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long,
                                  &iterations);
        papi_sde_register_counter(handle, "FLIP", PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long,
                                  &flips);
        if (sb_papi_get(&got, &err) != 0) {
            fail_msg("%s", err.text);
        }
        papi = (struct sb_papi *)got;
        whole = *papi;
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    *papi = whole;
    return 0;
}

#define ITER "sde:::Bench::ITER"
#define FLIP "sde:::Bench::FLIP"

static int open_names(struct sb_counting **out, int *taken, const char *const *names,
                      const pid_t *threads, int thread_count, struct sb_error *err)
{
    const struct sb_counting_target target = {
        .backend = "cpu", .threads = threads, .thread_count = thread_count, .root = ""};
    int count = 0;
    while (names[count]) {
        ++count;
    }
    *out = NULL;
    return SOURCE->open(out, taken, names, count, &target, err);
}

static void test_papi__is_here_once_something_counts(void **state)
{
    (void)state;
    char version[128];
    struct sb_error err = {0};
    if (SOURCE->probe(version, sizeof version, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_non_null(strstr(version, "PAPI 7."));
}

static void test_papi__windows_are_differences(void **state)
{
    (void)state;
    const char *const names[] = {ITER, FLIP, NULL};
    const pid_t self = getpid();
    struct sb_counting *counting = NULL;
    struct sb_count rows[2];
    struct sb_error err = {0};
    int taken = 0;
    iterations = 1000;
    if (open_names(&counting, &taken, names, &self, 1, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(taken, 2);
    for (int window = 1; window <= 2; ++window) {
        assert_int_equal(SOURCE->start(counting, &err), 0);
        iterations += 42 * window;
        flips += 7;
        assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
        assert_true(rows[0].value == 42 * window && rows[1].value == 7);
        assert_true(rows[0].running == 1 && !rows[0].fault[0]);
        iterations += 5; /* between windows */
    }
    SOURCE->close(counting);
}

static void *end_at_once(void *payload)
{
    *(pid_t *)payload = gettid();
    return NULL;
}

static void test_papi__a_thread_that_ended_is_passed_over(void **state)
{
    (void)state;
    const char *const names[] = {ITER, NULL};
    pid_t threads[] = {getpid(), 0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_at_once, &threads[1]), 0);
    pthread_join(thread, NULL);
    struct sb_counting *counting = NULL;
    struct sb_count row;
    struct sb_error err = {0};
    int taken = 0;
    assert_int_equal(open_names(&counting, &taken, names, threads, 2, &err), 0);
    assert_int_equal(SOURCE->start(counting, &err), 0);
    iterations += 3;
    assert_int_equal(SOURCE->stop(&row, counting, &err), 0);
    assert_true(row.value == 3);
    SOURCE->close(counting);
}

static void test_papi__unknown_and_disabled_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int code;
        const char *says;
    } bad[] = {
        {"", SB_ENOTFOUND, "no event ''"},
        {"PAPI_TOT_IN", SB_ENOTFOUND, "did you mean 'PAPI_TOT_INS'?"},
        {"nothing of the kind", SB_ENOTFOUND, "no event"},
        {"nocomponent:::X", SB_ENOTFOUND, "no event"},
        {"rocm_smi:::x:device=0", SB_EABSENT, "rocm_smi is disabled ("},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        struct sb_counter_event event;
        struct sb_error err = {0};
        const int code = SOURCE->event(&event, bad[i].name, &err);
        if (code != bad[i].code || !strstr(err.text, bad[i].says)) {
            fail_msg("'%s': code %d: %s", bad[i].name, code, err.text);
        }
    }
}

/* The preset is known everywhere; where it does not count, PAPI's numbers have become a sentence. */
static void test_papi__a_preset_counts_or_says_why_not(void **state)
{
    (void)state;
    struct sb_counter_event event;
    struct sb_error err = {0};
    const int code = SOURCE->event(&event, "PAPI_TOT_INS", &err);
    if (code != 0 && (code != SB_EABSENT || strlen(err.text) < 40 || strstr(err.text, "-25"))) {
        fail_msg("code %d: %s", code, err.text);
    }
}

static int note(const struct sb_counter_event *event, void *payload)
{
    if (strcmp(event->name, ITER) == 0) {
        assert_string_equal(event->tags, "process exact");
        *(int *)payload |= 1;
    } else if (strcmp(event->name, "PAPI_L1_DCM") == 0) {
        assert_non_null(strstr(event->help, "ache"));
        *(int *)payload |= 2;
    }
    return 0;
}

static void test_papi__lists_presets_and_what_components_have(void **state)
{
    (void)state;
    struct sb_error err;
    int seen = 0;
    assert_int_equal(SOURCE->list(note, &seen, &err), 0);
    assert_int_equal(seen, 3);
}

static int repeat(uint64_t *out_time_ns, void *payload, struct sb_error *err)
{
    (void)payload;
    (void)err;
    iterations += 3;
    *out_time_ns = 1000;
    return 0;
}

static void test_papi__counts_a_cell(void **state)
{
    (void)state;
    struct sb_strings words = {0};
    struct sb_counters_asked asked;
    struct sb_error err = {0};
    json_t *sources = NULL;
    sb_strings_add(&words, "papi:" ITER "+PAPI_NONSENSE");
    assert_int_equal(sb_counters_parse(&asked, &words, &err), 0);
    const struct sb_count_task task = {
        .asked = &asked, .target = {.backend = "cpu", .root = ""}, .budget_s = 1, .repeat = repeat};
    assert_int_equal(sb_count_cell(&sources, &task, &err), 0);
    const json_t *source = json_array_get(sources, 0);
    const json_t *event = json_array_get(json_object_get(source, "events"), 0);
    assert_string_equal(sb_json_text_or(source, "state", ""), "read");
    assert_true(sb_json_real_or(event, "value", 0) == 3);
    assert_non_null(
        strstr(sb_json_text_or(json_array_get(json_object_get(source, "refused"), 0), "reason", ""),
               "no event 'PAPI_NONSENSE'"));
    json_decref(sources);
    sb_counters_asked_free(&asked);
    sb_strings_free(&words);
}

static int fault_code, fault_after;

static int faulty_start(int set)
{
    return fault_after-- > 0 ? whole.start(set) : fault_code;
}

static int faulty_stop(int set, long long *values)
{
    const int code = whole.stop(set, values);
    return fault_after-- > 0 ? code : fault_code;
}

static int backwards(int set, long long *values)
{
    const int code = whole.stop(set, values);
    values[0] = -5;
    return code;
}

static int events_in_set;

static int counted_add(int set, int code)
{
    const int told = events_in_set >= 1 ? SB_PAPI_ECNFLCT : whole.add_event(set, code);
    events_in_set += told == SB_PAPI_OK;
    return told;
}

static void test_papi__what_does_not_fit_waits_for_the_next_pass(void **state)
{
    (void)state;
    const char *const names[] = {ITER, FLIP, NULL};
    const pid_t self = getpid();
    struct sb_counting *counting = NULL;
    struct sb_error err = {0};
    int taken = 0;
    events_in_set = 0;
    papi->add_event = counted_add;
    assert_int_equal(open_names(&counting, &taken, names, &self, 1, &err), 0);
    assert_int_equal(taken, 1);
    SOURCE->close(counting);
    assert_int_equal(open_names(&counting, &taken, names, &self, 1, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "more counters than are free"));
    /* an answer that comes only when counting starts */
    *papi = whole;
    papi->start = faulty_start;
    fault_code = SB_PAPI_ECNFLCT;
    fault_after = 0;
    assert_int_equal(open_names(&counting, &taken, names, &self, 1, &err), SB_EABSENT);
    assert_null(counting);
}

static int refusing_attach(int set, unsigned long thread)
{
    (void)set;
    (void)thread;
    return SB_PAPI_ENOEVNT;
}

static void *wait_for_end(void *payload)
{
    int *ends = payload;
    char c = 0;
    const pid_t self = gettid();
    assert_int_equal(write(ends[3], &self, sizeof self), sizeof self);
    (void)!read(ends[0], &c, 1);
    return NULL;
}

/* Values of one thread of several would be wrong ones. */
static void test_papi__threads_that_cannot_be_followed_are_no_silent_loss(void **state)
{
    (void)state;
    const char *const names[] = {ITER, NULL};
    pid_t threads[] = {getpid(), 0};
    int ends[4];
    pthread_t thread;
    struct sb_counting *counting = NULL;
    struct sb_error err = {0};
    int taken = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(ends + 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_end, ends), 0);
    assert_int_equal(read(ends[2], &threads[1], sizeof threads[1]), sizeof threads[1]);
    papi->attach = refusing_attach;
    assert_int_equal(open_names(&counting, &taken, names, threads, 2, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "cannot attach to the 1 others"));
    close(ends[1]);
    pthread_join(thread, NULL);
    assert_int_equal(open_names(&counting, &taken, names, threads, 2, &err), 0);
    SOURCE->close(counting);
    close(ends[0]);
    close(ends[2]);
    close(ends[3]);
}

static void test_papi__a_library_that_fails_is_a_source_that_died(void **state)
{
    (void)state;
    const char *const names[] = {ITER, NULL};
    const pid_t self = getpid();
    struct sb_counting *counting = NULL;
    struct sb_count row;
    struct sb_error err = {0};
    int taken = 0;
    assert_int_equal(open_names(&counting, &taken, names, &self, 1, &err), 0);
    papi->start = faulty_start;
    fault_code = -14;
    fault_after = 0;
    assert_int_equal(SOURCE->start(counting, &err), SB_EDEVICE);
    assert_non_null(strstr(err.text, "(-14)"));
    papi->start = whole.start;
    assert_int_equal(SOURCE->start(counting, &err), 0);
    papi->stop = faulty_stop;
    assert_int_equal(SOURCE->stop(&row, counting, &err), SB_EDEVICE);
    papi->stop = whole.stop;
    assert_int_equal(SOURCE->start(counting, &err), 0);
    papi->stop = backwards;
    assert_int_equal(SOURCE->stop(&row, counting, &err), 0);
    assert_non_null(strstr(row.fault, "overflowed"));
    SOURCE->close(counting);
}

static void test_papi__where_it_is_not_installed_it_says_what_to_install(void **state)
{
    (void)state;
    int ends[2];
    char told[300] = "";
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        char version[128];
        struct sb_error err = {0};
        hidden = true;
        const int code = SOURCE->probe(version, sizeof version, &err);
        dprintf(ends[1], "%d %s", code, err.text);
        _exit(0);
    }
    close(ends[1]);
    assert_true(read(ends[0], told, sizeof told - 1) > 0);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    if (!strstr(told, "install libpapi")) {
        fail_msg("%s", told);
    }
}

#define REAL(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL(test_papi__unknown_and_disabled_are_told_apart),
        REAL(test_papi__a_preset_counts_or_says_why_not),
        REAL(test_papi__is_here_once_something_counts),
        REAL(test_papi__windows_are_differences),
        REAL(test_papi__a_thread_that_ended_is_passed_over),
        REAL(test_papi__lists_presets_and_what_components_have),
        REAL(test_papi__counts_a_cell),
        REAL(test_papi__what_does_not_fit_waits_for_the_next_pass),
        REAL(test_papi__threads_that_cannot_be_followed_are_no_silent_loss),
        REAL(test_papi__a_library_that_fails_is_a_source_that_died),
        REAL(test_papi__where_it_is_not_installed_it_says_what_to_install),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
