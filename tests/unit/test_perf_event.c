/* SPDX-License-Identifier: Apache-2.0 */
/* perf_event on machines that are not here (tests/nodes/pmu-*), and with the faults that a kernel does not produce on demand. */
#include "harness/run/counting/perf/counters.h"
#include "tests/unit/perf_fake.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

extern const struct sb_counter_source sb_counter_source_perf_event;
#define SOURCE (&sb_counter_source_perf_event)
#define ZEN "nodes/pmu-zen4"
#define SPR "nodes/pmu-sapphire-rapids"
#define ARM "nodes/pmu-neoverse"

static const struct {
    const char *root, *name;
    int code;
    const char *says;
} bad[] = {
    {ZEN, "", SB_ENOTFOUND, "no event ''"},
    {ZEN, "r", SB_ENOTFOUND, "no event 'r'"},
    {ZEN, "r12345678901234567", SB_ENOTFOUND, "no event"},
    {ZEN, "rxyz", SB_ENOTFOUND, "no event 'rxyz'"},
    {ZEN, "cycle", SB_ENOTFOUND, "did you mean 'cycles'?"},
    {ZEN, "L1-icache-stores", SB_ENOTFOUND, "did you mean 'L1-dcache-stores'?"},
    {ZEN, "/", SB_ENOTFOUND, "expected PMU/EVENT/"},
    {ZEN, "/event=1/", SB_ENOTFOUND, "expected PMU/EVENT/"},
    {ZEN, "cpu/", SB_ENOTFOUND, "expected PMU/EVENT/"},
    {ZEN, "cpu//", SB_ENOTFOUND, "expected PMU/EVENT/"},
    {ZEN, "../cpu/event=1/", SB_ENOTFOUND, "expected PMU/EVENT/"},
    {ZEN, "cpu/../type/", SB_ENOTFOUND, "no term and no event"},
    {ZEN, "cpu/cache-mises/", SB_ENOTFOUND, "did you mean 'cpu/cache-misses/'?"},
    {ZEN, "cpu/event=/", SB_ENOTFOUND, "is no value of event"},
    {ZEN, "cpu/event=-1/", SB_ENOTFOUND, "is no value of event"},
    {ZEN, "cpu/event=0x1z/", SB_ENOTFOUND, "is no value of event"},
    {ZEN, "cpu/event=99999999999999999999/", SB_ENOTFOUND, "is no value of event"},
    {ZEN, "cpu/event=0x1000/", SB_ENOTFOUND,
     "event=0x1000 does not fit its bits (config:0-7,32-35)"},
    {ZEN, "cpu/event=1;;umask=1/", SB_ENOTFOUND, "'' is no term"},
    {ZEN, "cpu/event=1;umsk=1/", SB_ENOTFOUND, "no term and no event 'umsk'"},
    {ZEN, "cpu/event=?/", SB_EABSENT, "a value is to be said for event"},
    {ZEN, "software/event=1/", SB_ENOTFOUND, "no term and no event 'event'"},
    {ZEN, "cpx/event=1/", SB_ENOTFOUND, "no PMU 'cpx'"},
    {ZEN, "uncore_imc/cas_count_read/", SB_EABSENT, "has no PMU 'uncore_imc'"},
    {SPR, "amd_df/event=1/", SB_EABSENT, "has no PMU 'amd_df'"},
    {ARM, "cpu/cpu-cycles/", SB_EABSENT, "has no PMU 'cpu'"},
    {"nodes/none", "msr/tsc/", SB_EABSENT, "has no PMU 'msr'"},
};

static void test_perf_event__what_is_no_event_is_told_with_the_closest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        static struct sb_perf_event event;
        struct sb_error err = {0};
        const int code = sb_perf_event_find(&event, bad[i].root, bad[i].name, &err);
        if (code != bad[i].code || !strstr(err.text, bad[i].says)) {
            fail_msg("'%s': code %d, '%s' instead of '%s'", bad[i].name, code, err.text,
                     bad[i].says);
        }
    }
}

/* MiB of a 64-byte line: 6.103515625e-5 MiB = 64 bytes. */
static const struct {
    const char *root, *name;
    enum sb_perf_kind kind;
    uint32_t type;
    uint64_t config, config1;
    int boxes;
    const char *unit, *tags;
    double scale;
} good[] = {
    {ZEN, "cycles", SB_PERF_CORE, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 1, "1", "thread",
     1},
    {ZEN, "task-clock", SB_PERF_SOFTWARE, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, 1, "ns",
     "exact thread", 1},
    {ZEN, "L1-dcache-load-misses", SB_PERF_CORE, PERF_TYPE_HW_CACHE, 0x10000, 0, 1, "1", "thread",
     1},
    {ZEN, "dTLB-load-misses", SB_PERF_CORE, PERF_TYPE_HW_CACHE, 0x10003, 0, 1, "1", "thread", 1},
    {ZEN, "LLC-store-misses", SB_PERF_CORE, PERF_TYPE_HW_CACHE, 0x10102, 0, 1, "1", "thread", 1},
    {ZEN, "node-prefetches", SB_PERF_CORE, PERF_TYPE_HW_CACHE, 0x206, 0, 1, "1", "thread", 1},
    {ZEN, "r1aB", SB_PERF_CORE, PERF_TYPE_RAW, 0x1ab, 0, 1, "1", "thread", 1},
    {ZEN, "cpu/cache-misses/", SB_PERF_CORE, 4, 0x0964, 0, 1, "1", "thread", 1},
    {ZEN, "cpu/cache-misses", SB_PERF_CORE, 4, 0x0964, 0, 1, "1", "thread", 1},
    {ZEN, "cpu/event=0x1c2;umask=0x3;inv/", SB_PERF_CORE, 4, 0x1008003c2, 0, 1, "1", "thread", 1},
    {ZEN, "cpu/cache-misses,cmask=2/", SB_PERF_CORE, 4, 0x02000964, 0, 1, "1", "thread", 1},
    {ZEN, "cpu/config=0x1234;config1=7/", SB_PERF_CORE, 4, 0x1234, 7, 1, "1", "thread", 1},
    {ZEN, "amd_df/event=0x1f;umask=0xffe/", SB_PERF_UNCORE, 12, 0xf00fe1f, 0, 1, "1", "socket", 1},
    {ZEN, "amd_umc/event=0xa;rdwrmask=1/", SB_PERF_UNCORE, 20, 0x10a, 0, 2, "1", "socket", 1},
    {ZEN, "amd_umc_1/event=0xa/", SB_PERF_UNCORE, 21, 0xa, 0, 1, "1", "socket", 1},
    {ZEN, "power/energy-pkg/", SB_PERF_UNCORE, 14, 2, 0, 1, "J", "socket",
     2.3283064365386962890625e-10},
    {SPR, "cpu/mem-loads/", SB_PERF_CORE, 4, 0x1cd, 3, 1, "1", "thread", 1},
    {SPR, "cpu/mem-loads;ldlat=30/", SB_PERF_CORE, 4, 0x1cd, 30, 1, "1", "thread", 1},
    {SPR, "uncore_imc/cas_count_read/", SB_PERF_UNCORE, 30, 0xcf05, 0, 4, "byte", "socket", 64},
    {SPR, "uncore_imc_3/cas_count_write/", SB_PERF_UNCORE, 33, 0xf005, 0, 1, "byte", "socket", 64},
    {SPR, "cstate_core/c6-residency/", SB_PERF_UNCORE, 10, 2, 0, 1, "1", "core", 1},
    {ARM, "armv8_pmuv3_0/inst_retired/", SB_PERF_CORE, 8, 8, 0, 1, "1", "thread", 1},
    {ARM, "armv8_pmuv3/event=0x8;long/", SB_PERF_CORE, 8, 8, 1, 1, "1", "thread", 1},
    {ARM, "arm_cmn_0/hnf_cache_miss/", SB_PERF_UNCORE, 11, 0x10005, 0, 1, "1", "socket", 1},
};

static void test_perf_event__names_become_what_the_kernel_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; ++i) {
        static struct sb_perf_event event;
        struct sb_error err = {0};
        const int code = sb_perf_event_find(&event, good[i].root, good[i].name, &err);
        if (code != 0) {
            fail_msg("'%s': %s", good[i].name, err.text);
        }
        assert_string_equal(event.told.name, good[i].name);
        assert_int_equal(event.kind, good[i].kind);
        assert_int_equal(event.type[0], good[i].type);
        assert_true(event.config[0] == good[i].config);
        assert_true(event.config[1] == good[i].config1);
        assert_int_equal(event.boxes, good[i].boxes);
        assert_string_equal(event.told.unit, good[i].unit);
        assert_string_equal(event.told.tags, good[i].tags);
        assert_true(fabs(event.scale - good[i].scale) <= 1e-9 * good[i].scale);
    }
}

static int note(const struct sb_counter_event *event, void *payload)
{
    strcat(payload, " ");
    strcat(payload, event->name);
    return 0;
}

static void test_perf_event__boxes_of_one_name_are_listed_once(void **state)
{
    (void)state;
    char names[8192] = "";
    assert_int_equal(sb_perf_pmu_list(note, names, SPR), 0);
    assert_non_null(strstr(names, " cpu/topdown-retiring/"));
    assert_non_null(strstr(names, " power/energy-pkg/"));
    assert_non_null(strstr(names, " uncore_imc/cas_count_read/"));
    assert_null(strstr(names, "uncore_imc_"));
    assert_null(strstr(names, ".scale"));
    names[0] = '\0';
    assert_int_equal(sb_perf_pmu_list(note, names, ARM), 0);
    assert_non_null(strstr(names, " armv8_pmuv3_0/op_spec/"));
    names[0] = '\0';
    assert_int_equal(sb_perf_pmu_list(note, names, "nodes/none"), 0);
    assert_string_equal(names, "");
}

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_perf_event__a_format_that_is_no_format_is_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *format, *says;
    } formats[] = {
        {"", "no term and no event"},
        {"config", "not understood"},
        {"confug:0-7", "not understood"},
        {"config4:0-7", "not understood"},
        {"config:0-64", "not understood"},
        {"config:64", "not understood"},
        {"config:0-99999999999", "not understood"},
        {"config:7-0", "does not fit"},
        {"config:x", "does not fit"},
    };
    char root[] = "/tmp/sb-perf-XXXXXX";
    char path[200];
    assert_non_null(mkdtemp(root));
    const char *const parts[] = {"/sys", "/bus", "/event_source", "/devices", "/cpu", "/format"};
    snprintf(path, sizeof path, "%s", root);
    for (int i = 0; i < 6; ++i) {
        strcat(path, parts[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put_file(path, "../type", "4\n");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; ++i) {
        static struct sb_perf_event event;
        struct sb_error err = {0};
        put_file(path, "event", formats[i].format);
        const int code = sb_perf_event_find(&event, root, "cpu/event=3/", &err);
        if (code == 0 || !strstr(err.text, formats[i].says)) {
            fail_msg("'%s': code %d: %s", formats[i].format, code, err.text);
        }
    }
    /* on POWER some events want to know of which chip */
    put_file(path, "event", "config:0-7\n");
    put_file(path, "chip", "config:8-15\n");
    snprintf(path + strlen(path) - strlen("/format"), 20, "/events");
    assert_int_equal(mkdir(path, 0700), 0);
    put_file(path, "of_a_chip", "event=0x3,chip=?\n");
    static struct sb_perf_event event;
    struct sb_error err = {0};
    assert_int_equal(sb_perf_event_find(&event, root, "cpu/of_a_chip/", &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "chip=1"));
    assert_int_equal(sb_perf_event_find(&event, root, "cpu/event=3;chip=2/", &err), 0);
    assert_true(event.config[0] == 0x203);
    char names[400] = "";
    assert_int_equal(sb_perf_pmu_list(note, names, root), 0);
    assert_string_equal(names, "");
    const char *const rm[] = {
        "/events/of_a_chip", "/events", "/format/chip", "/format/event", "/format", "/type", ""};
    for (int i = 0; i < 7; ++i) {
        char file[300];
        snprintf(file, sizeof file, "%s/sys/bus/event_source/devices/cpu%s", root, rm[i]);
        assert_int_equal(remove(file), 0);
    }
    for (int i = 3; i >= 0; --i) {
        path[0] = '\0';
        strcat(path, root);
        for (int p = 0; p <= i; ++p) {
            strcat(path, parts[p]);
        }
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(root), 0);
}

static struct sb_perf_calls real;

static int begin(void **state)
{
    (void)state;
    real = sb_perf_calls;
    sb_perf_calls = fake_calls;
    fake = (struct fake){.add_value = 1000, .add_enabled = 400, .add_running = 400};
    return 0;
}

static int end(void **state)
{
    (void)state;
    sb_perf_calls = real;
    assert_int_equal(fake.is_open, 0);
    return 0;
}

static const pid_t threads[] = {101, 102, 103};
static const int cpus[] = {5};

static struct sb_counting_target on(const char *root)
{
    return (struct sb_counting_target){.backend = "cpu",
                                       .cpus = cpus,
                                       .cpu_count = 1,
                                       .threads = threads,
                                       .thread_count = 3,
                                       .root = root};
}

/* Opens the events, runs one window; how many were taken, or the code. */
static int count(struct sb_count *out, const char *root, const char *const *names,
                 struct sb_error *err)
{
    const struct sb_counting_target target = on(root);
    struct sb_counting *counting = NULL;
    int taken = 0;
    int many = 0;
    while (names[many]) {
        ++many;
    }
    int code = SOURCE->open(&counting, &taken, names, many, &target, err);
    code = code != 0 ? code : SOURCE->start(counting, err);
    code = code != 0 ? code : SOURCE->stop(out, counting, err);
    SOURCE->close(counting);
    return code != 0 ? code : taken;
}

static const char *const four[] = {"cycles", "instructions", "task-clock", "branches", NULL};

static void test_perf_event__a_core_s_events_of_a_thread_are_one_group(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    assert_int_equal(count(rows, ZEN, four, &err), 4);
    assert_int_equal(fake.opened, 12);
    for (int t = 0; t < 3; ++t) {
        assert_int_equal(fake.counter[t].group, -1);
        assert_true(fake.counter[t].disabled && fake.counter[t].user_only);
        assert_int_equal(fake.counter[3 + t].group, t);
        assert_false(fake.counter[3 + t].disabled);
        assert_int_equal(fake.counter[6 + t].group, -1); /* the kernel's own: any number */
        assert_int_equal(fake.counter[9 + t].group, t);
        assert_int_equal(fake.counter[9 + t].thread, threads[t]);
    }
    for (int e = 0; e < 4; ++e) {
        assert_true(rows[e].value == 3000 && rows[e].running == 1 && !rows[e].fault[0]);
    }
}

static void test_perf_event__what_fits_no_group_waits_for_the_next_pass(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    fake.group_most = 2;
    assert_int_equal(count(rows, ZEN, four, &err), 3);
}

static void test_perf_event__a_group_that_never_runs_is_made_smaller(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    fake.group_runs = 2; /* the kernel's watchdog keeps one of three counters */
    assert_int_equal(count(rows, ZEN, four, &err), 3);
    assert_true(rows[0].value == 3000 && rows[0].running == 1);
    fake.group_runs = 1;
    assert_int_equal(count(rows, ZEN, four, &err), 1);
}

static void test_perf_event__shared_counters_are_scaled_and_said(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    const struct sb_counting_target target = on(ZEN);
    struct sb_counting *counting = NULL;
    int taken = 0;
    assert_int_equal(SOURCE->open(&counting, &taken, four, 1, &target, &err), 0);
    for (int window = 0; window < 2; ++window) { /* times of the first are not the second's */
        fake.add_running = window == 0 ? 400 : 100;
        assert_int_equal(SOURCE->start(counting, &err), 0);
        assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
    }
    SOURCE->close(counting);
    assert_true(rows[0].value == 12000);
    assert_true(rows[0].running == 0.25);
}

static void test_perf_event__a_thread_that_ended_is_passed_over(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    fake.ended = threads[1];
    assert_int_equal(count(rows, ZEN, four, &err), 4);
    assert_true(rows[0].value == 2000);
    fake.ended = 0;
    fake.refuse_with = ESRCH;
    assert_int_equal(count(rows, ZEN, four, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "have ended"));
}

static void test_perf_event__refusals_leave_nothing_open_and_say_what_helps(void **state)
{
    (void)state;
    static const struct {
        int reason;
        const char *name, *says;
    } refusals[] = {
        {EMFILE, "cycles", "ulimit -n"},
        {EINVAL, "cycles", "cannot count cycles"},
        {ENOENT, "cycles", "ask for a virtual PMU"},
        {ENOENT, "task-clock", "this kernel does not count it"},
        {EBUSY, "cycles", "end other profilers"},
        {ENOSYS, "cycles", "CONFIG_PERF_EVENTS"},
        {EACCES, "uncore_imc/cas_count_read/", "CAP_PERFMON"},
        {E2BIG, "cycles", "cannot be counted here"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; ++i) {
        const char *const names[] = {refusals[i].name, "task-clock", NULL};
        struct sb_count rows[2];
        struct sb_error err = {0};
        fake.refuse_with = refusals[i].reason;
        fake.refuse_number = 2; /* of the second thread, or box */
        assert_int_equal(count(rows, SPR, names, &err), SB_EABSENT);
        assert_int_equal(fake.is_open, 0);
        if (!strstr(err.text, refusals[i].says)) {
            fail_msg("%s: %s", strerror(refusals[i].reason), err.text);
        }
    }
}

static void test_perf_event__a_later_event_that_is_refused_waits_for_its_own_pass(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    fake.refuse_type = PERF_TYPE_SOFTWARE;
    fake.refuse_with = ENOENT;
    assert_int_equal(count(rows, ZEN, four, &err), 2);
    assert_int_equal(count(rows, ZEN, four + 2, &err), SB_EABSENT);
}

static void test_perf_event__faults_of_reading_are_of_the_event(void **state)
{
    (void)state;
    struct sb_count rows[4];
    struct sb_error err = {0};
    const struct sb_counting_target target = on(ZEN);
    struct sb_counting *counting = NULL;
    int taken = 0;
    assert_int_equal(SOURCE->open(&counting, &taken, four, 1, &target, &err), 0);
    assert_int_equal(SOURCE->start(counting, &err), 0);
    fake.read_short = 8;
    assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
    assert_non_null(strstr(rows[0].fault, "cut short"));
    assert_int_equal(SOURCE->start(counting, &err), SB_EDEVICE);
    fake.read_short = 0;
    assert_int_equal(SOURCE->start(counting, &err), 0);
    fake.add_value = (uint64_t)-5; /* backwards */
    assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
    assert_non_null(strstr(rows[0].fault, "overflowed"));
    fake.ioctl_fails = EIO;
    assert_int_equal(SOURCE->start(counting, &err), SB_EDEVICE);
    assert_non_null(strstr(err.text, "does not start"));
    SOURCE->close(counting);
}

static void test_perf_event__64_bits_may_wrap(void **state)
{
    (void)state;
    struct sb_count rows[1];
    struct sb_error err = {0};
    const struct sb_counting_target target = on(ZEN);
    struct sb_counting *counting = NULL;
    int taken = 0;
    assert_int_equal(SOURCE->open(&counting, &taken, four, 1, &target, &err), 0);
    fake.counter[0].value = (uint64_t)-500;
    assert_int_equal(SOURCE->start(counting, &err), 0);
    assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
    SOURCE->close(counting);
    assert_true(rows[0].value == 3000 && !rows[0].fault[0]);
}

static void test_perf_event__outside_the_cores_the_sockets_in_use_are_counted(void **state)
{
    (void)state;
    static const char *const names[] = {"uncore_imc/cas_count_read/", "uncore_imc/cas_count_write/",
                                        "power/energy-pkg/", NULL};
    struct sb_count rows[3];
    struct sb_error err = {0};
    assert_int_equal(count(rows, SPR, names, &err), 3);
    assert_int_equal(fake.opened, 9);
    for (int i = 0; i < 9; ++i) { /* CPU 5 is on the second socket, which CPU 4 serves */
        assert_int_equal(fake.counter[i].cpu, 4);
        assert_int_equal(fake.counter[i].thread, -1);
        assert_int_equal(fake.counter[i].type, i < 8 ? 30 + (uint32_t)i % 4 : 9);
        assert_false(fake.counter[i].user_only);
        assert_int_equal(fake.counter[i].group, i >= 4 && i < 8 ? i - 4 : -1);
    }
    assert_true(fabs(rows[0].value - 4 * 64000) < 1);
    assert_true(fabs(rows[2].value - 1000 * 2.3283064365386962890625e-10) < 1e-15);
}

static void spin_ms(double ms)
{
    struct timespec from;
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while ((double)(now.tv_sec - from.tv_sec) * 1e3 +
                 (double)(now.tv_nsec - from.tv_nsec) * 1e-6 <
             ms);
}

static pthread_barrier_t together;
static pid_t other;

static void *work_beside(void *payload)
{
    other = gettid();
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    spin_ms(50);
    pthread_barrier_wait(&together);
    return payload;
}

/* The kernel's own clock of two threads that work 20 and 50 ms, whatever else runs. */
static void test_perf_event__threads_are_summed(void **state)
{
    (void)state;
    pthread_t thread;
    struct sb_error err = {0};
    struct sb_counting *counting = NULL;
    struct sb_count row;
    const char *const names[] = {"task-clock"};
    int taken = 0;
    pthread_barrier_init(&together, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, work_beside, NULL), 0);
    pthread_barrier_wait(&together);
    const pid_t both[] = {getpid(), other};
    const struct sb_counting_target target = {.threads = both, .thread_count = 2, .root = ""};
    if (SOURCE->open(&counting, &taken, names, 1, &target, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(SOURCE->start(counting, &err), 0);
    pthread_barrier_wait(&together);
    spin_ms(20);
    pthread_barrier_wait(&together);
    assert_int_equal(SOURCE->stop(&row, counting, &err), 0);
    SOURCE->close(counting);
    pthread_join(thread, NULL);
    if (!(row.value > 69e6 && row.value < 90e6)) {
        fail_msg("%.1f ms instead of 70", row.value * 1e-6);
    }
}

/* What @p ask answers in a process of its own, where @p change has changed what it may do. */
static void ask_changed(char *out, size_t room, void (*change)(void), const char *name)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct sb_counter_event event;
        struct sb_error err = {0};
        change();
        const int code = SOURCE->event(&event, name, &err);
        dprintf(ends[1], "%d %s", code, code ? err.text : "");
        _exit(0);
    }
    close(ends[1]);
    const ssize_t got = read(ends[0], out, room - 1);
    out[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    waitpid(pid, NULL, 0);
}

static void filter(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {.len = 4, .filter = rules};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void test_perf_event__a_container_s_filter_is_named(void **state)
{
    (void)state;
    char told[600];
    ask_changed(told, sizeof told, filter, "task-clock");
    if (!strstr(told, "(seccomp)") || !strstr(told, "--cap-add PERFMON")) {
        fail_msg("%s", told);
    }
}

static void nobody(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0) {
        _exit(1);
    }
}

/* Where this is root on a machine of the usual level, what others are told; else what we are. */
static void test_perf_event__the_level_and_the_capability_are_named(void **state)
{
    (void)state;
    char told[600];
    char level[32] = "";
    assert_true(sb_perf_line(level, sizeof level, "/proc/sys/kernel/perf_event_paranoid"));
    if (getuid() != 0 || atoi(level) < 2) {
        print_message("needs root and kernel.perf_event_paranoid of 2 or more\n");
        skip();
    }
    ask_changed(told, sizeof told, nobody, "context-switches");
    char expected[100];
    snprintf(expected, sizeof expected,
             "(kernel.perf_event_paranoid is %s): ask the administrator "
             "for 1 or less",
             level);
    if (!strstr(told, expected) || !strstr(told, "CAP_PERFMON")) {
        fail_msg("%s", told);
    }
    ask_changed(told, sizeof told, nobody, "task-clock");
    assert_true(atoi(level) > 2 || strcmp(told, "0 ") == 0);
}

#define FAKED(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perf_event__what_is_no_event_is_told_with_the_closest),
        cmocka_unit_test(test_perf_event__names_become_what_the_kernel_takes),
        cmocka_unit_test(test_perf_event__boxes_of_one_name_are_listed_once),
        cmocka_unit_test(test_perf_event__a_format_that_is_no_format_is_an_answer),
        FAKED(test_perf_event__refusals_leave_nothing_open_and_say_what_helps),
        FAKED(test_perf_event__a_core_s_events_of_a_thread_are_one_group),
        FAKED(test_perf_event__what_fits_no_group_waits_for_the_next_pass),
        FAKED(test_perf_event__a_group_that_never_runs_is_made_smaller),
        FAKED(test_perf_event__shared_counters_are_scaled_and_said),
        FAKED(test_perf_event__a_thread_that_ended_is_passed_over),
        FAKED(test_perf_event__a_later_event_that_is_refused_waits_for_its_own_pass),
        FAKED(test_perf_event__faults_of_reading_are_of_the_event),
        FAKED(test_perf_event__64_bits_may_wrap),
        FAKED(test_perf_event__outside_the_cores_the_sockets_in_use_are_counted),
        cmocka_unit_test(test_perf_event__threads_are_summed),
        cmocka_unit_test(test_perf_event__a_container_s_filter_is_named),
        cmocka_unit_test(test_perf_event__the_level_and_the_capability_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
