/* SPDX-License-Identifier: Apache-2.0 */
/* LIKWID's answers are put in its place where it knows no processor like this one's; its structures are held against likwid.h. */
#include "harness/run/counting/likwid/groups.h"
#include "harness/util/process.h"

#include <likwid.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

_Static_assert(offsetof(struct sb_likwid_cpu, family) == offsetof(CpuInfo, family) &&
                   offsetof(struct sb_likwid_cpu, os_name) == offsetof(CpuInfo, osname) &&
                   offsetof(struct sb_likwid_cpu, short_name) == offsetof(CpuInfo, short_name),
               "CpuInfo");
_Static_assert(offsetof(struct sb_likwid_configuration, daemon) ==
                       offsetof(Likwid_Configuration, daemonPath) &&
                   offsetof(struct sb_likwid_configuration, mode) ==
                       offsetof(Likwid_Configuration, daemonMode),
               "Likwid_Configuration");
_Static_assert(SB_LIKWID_PERF == (int)ACCESSMODE_PERF &&
                   SB_LIKWID_DIRECT == (int)ACCESSMODE_DIRECT &&
                   SB_LIKWID_DAEMON == (int)ACCESSMODE_DAEMON,
               "AccessMode");

extern const struct sb_counter_source sb_counter_source_likwid;
#define SOURCE (&sb_counter_source_likwid)

static struct {
    struct sb_likwid_configuration configuration;
    int inits, finals; /* of perfmon */
    int init_fails, add_fails, start_fails, stop_fails;
    int cpus[8], cpu_count;
    double time_s;
} fake;

static const struct sb_likwid_configuration *configuration(void)
{
    return &fake.configuration;
}

static const struct sb_likwid_cpu *cpu_info(void)
{
    static const struct sb_likwid_cpu cpu = {.short_name = (char *)"zen9"};
    return &cpu;
}

static int nothing(void)
{
    return 0;
}

static void affinity(void)
{
}

static void verbosity(int level)
{
    (void)level;
}

static char *group_names[] = {(char *)"BRANCH", (char *)"MEM"};

static int groups(char ***names, char ***titles, char ***texts)
{
    *names = group_names;
    *titles = *texts = group_names;
    return 2;
}

static int init(int threads, const int *cpus)
{
    if (fake.init_fails) {
        return -1;
    }
    fake.inits++;
    fake.cpu_count = threads;
    memcpy(fake.cpus, cpus, (size_t)threads * sizeof *cpus);
    return 0;
}

static void finalize(void)
{
    fake.finals++;
}

static int add(const char *group)
{
    return fake.add_fails ? -1 : strcmp(group, "MEM") == 0 ? 1 : 0;
}

static int setup(int group)
{
    return group;
}

static int start_counters(void)
{
    return fake.start_fails ? -1 : 0;
}

static int stop_counters(void)
{
    return fake.stop_fails ? -1 : 0;
}

static const char *const counters[2][2][2] = {
    {{"RETIRED_INSTRUCTIONS", "PMC0"}, {"RETIRED_BRANCH_INSTR", "PMC1"}},
    {{"DRAM_CHANNEL_0", "DFC0"}, {"DRAM_CHANNEL_0", "DFC1"}}};
static const char *const metrics[2][3] = {
    {"Runtime (RDTSC) [s]", "Clock [MHz]", "Branch rate"},
    {"Memory bandwidth [MBytes/s]", "Memory data volume [GBytes]", "Power + DRAM [W]"}};

static int two(int group)
{
    (void)group;
    return 2;
}

static int three(int group)
{
    (void)group;
    return 3;
}

static char *event_name(int group, int i)
{
    return (char *)counters[group][i][0];
}

static char *counter_name(int group, int i)
{
    return (char *)counters[group][i][1];
}

static char *metric_name(int group, int i)
{
    return (char *)metrics[group][i];
}

/* Of thread t: 100, 101 … ; what is outside the cores is told by the first thread alone. */
static double result(int group, int event, int thread)
{
    (void)event;
    return group == 1 && thread > 0 ? 0 : 100 + thread;
}

static double time_of(int group)
{
    (void)group;
    return fake.time_s;
}

static const struct sb_likwid fake_likwid = {
    .topology_init = nothing,
    .get_cpuInfo = cpu_info,
    .init_configuration = nothing,
    .get_configuration = configuration,
    .numa_init = nothing,
    .affinity_init = affinity,
    .perfmon_setVerbosity = verbosity,
    .perfmon_getGroups = groups,
    .perfmon_init = init,
    .perfmon_finalize = finalize,
    .perfmon_addEventSet = add,
    .perfmon_setupCounters = setup,
    .perfmon_startCounters = start_counters,
    .perfmon_stopCounters = stop_counters,
    .perfmon_getNumberOfEvents = two,
    .perfmon_getNumberOfMetrics = three,
    .perfmon_getEventName = event_name,
    .perfmon_getCounterName = counter_name,
    .perfmon_getMetricName = metric_name,
    .perfmon_getLastResult = result,
    .perfmon_getLastMetric = result,
    .perfmon_getLastTimeOfGroup = time_of,
};

static bool faked;

int __real_sb_likwid_get(const struct sb_likwid **out, struct sb_error *err);
int __wrap_sb_likwid_get(const struct sb_likwid **out, struct sb_error *err);

int __wrap_sb_likwid_get(const struct sb_likwid **out, struct sb_error *err)
{
    *out = &fake_likwid;
    return faked ? 0 : __real_sb_likwid_get(out, err);
}

static int begin(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.configuration.mode = SB_LIKWID_PERF;
    fake.time_s = 0.5;
    faked = true;
    setenv("SWITCHBENCH_RECORDED_NODE", "nodes/pmu-zen4", 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    faked = false;
    unsetenv("SWITCHBENCH_RECORDED_NODE");
    assert_int_equal(fake.inits, fake.finals);
    return 0;
}

static void test_likwid__units_of_metrics_become_ours(void **state)
{
    (void)state;
    static const struct {
        const char *name, *told, *unit;
        double factor;
        bool per_s, level;
    } cases[] = {
        {"", "G/", "1", 1, false, true},
        {"[", "G/[", "1", 1, false, true},
        {"x [", "G/x_[", "1", 1, false, true},
        {"Odd [furlong]", "G/Odd", "1", 1, false, true},
        {"CPI", "G/CPI", "1", 1, false, true},
        {"Runtime (RDTSC) [s]", "G/Runtime_(RDTSC)", "ns", 1e9, false, false},
        {"Clock [MHz]", "G/Clock", "Hz", 1e6, false, true},
        {"DP [MFLOP/s]", "G/DP", "1", 1e6, true, false},
        {"Memory bandwidth [MBytes/s]", "G/Memory_bandwidth", "byte", 1e6, true, false},
        {"Memory data volume [GBytes]", "G/Memory_data_volume", "byte", 1e9, false, false},
        {"Energy [J]", "G/Energy", "J", 1, false, false},
        {"Power [W]", "G/Power", "W", 1, false, true},
        {"Vectorization ratio [%]", "G/Vectorization_ratio", "1", 0.01, false, true},
        {"L2 to L3, all + more [GBytes]", "G/L2_to_L3__all___more", "byte", 1e9, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_likwid_event event;
        sb_likwid_metric(&event, "G", cases[i].name);
        assert_string_equal(event.told.name, cases[i].told);
        assert_string_equal(event.told.unit, cases[i].unit);
        assert_true(event.factor == cases[i].factor && event.per_s == cases[i].per_s);
        assert_true(event.told.level == cases[i].level);
    }
}

static void test_likwid__whether_it_can_is_found_out_before_it_waits(void **state)
{
    (void)state;
    static const struct {
        int mode;
        const char *daemon, *root, *says;
    } cases[] = {
        {SB_LIKWID_DAEMON, "/sbin/none", "nodes/none", "modprobe msr"},
        {SB_LIKWID_DIRECT, NULL, "nodes/none", "modprobe msr"},
        {SB_LIKWID_PERF, NULL, "nodes/none", "no PMU 'cpu'"},
        {SB_LIKWID_DAEMON, "/sbin/none", "nodes/likwid", "access daemon /sbin/none"},
        {SB_LIKWID_DAEMON, NULL, "nodes/likwid", "access daemon (none is set)"},
        {SB_LIKWID_DAEMON, "/sbin/likwid-accessD", "nodes/likwid", NULL},
        {SB_LIKWID_PERF, NULL, "nodes/pmu-zen4", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_error err = {0};
        fake.configuration.mode = cases[i].mode;
        fake.configuration.daemon = (char *)cases[i].daemon;
        const int code = sb_likwid_reaches(&fake_likwid, cases[i].root, &err);
        if (cases[i].says ? code != SB_EABSENT || !strstr(err.text, cases[i].says) : code != 0) {
            fail_msg("row %zu: code %d: %s", i, code, err.text);
        }
    }
}

/* The real library, whatever it knows of this processor: an answer at once. */
static void test_likwid__answers_at_once(void **state)
{
    (void)state;
    char version[128];
    struct sb_error err = {0};
    const unsigned long long begun = sb_process_now_ns();
    const int code = SOURCE->probe(version, sizeof version, &err);
    assert_true(sb_process_now_ns() - begun < 2000000000ULL);
    assert_true(code == 0 || (code == SB_EABSENT && strlen(err.text) > 40));
    print_message("%s\n", code == 0 ? version : err.text);
}

static const int cpus[] = {2, 5};
static const struct sb_counting_target target = {
    .backend = "cpu", .cpus = cpus, .cpu_count = 2, .root = ""};

static int open_names(struct sb_counting **out, int *taken, const char *const *names, int count,
                      struct sb_error *err)
{
    *out = NULL;
    return SOURCE->open(out, taken, names, count, &target, err);
}

static void test_likwid__names_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
    } bad[] = {
        {"", "expected GROUP/COUNTER"},
        {"/x", "expected GROUP/COUNTER"},
        {"MEM", "expected GROUP/COUNTER"},
        {"MEN/Memory_bandwidth", "expected GROUP/COUNTER"},
        {"MEM/Memory_bandwith", "did you mean 'MEM/Memory_bandwidth'?"},
        {"MEM/", "no event 'MEM/'"},
        {"BRANCH/Memory_bandwidth", "no event"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        struct sb_counter_event event;
        struct sb_counting *counting = NULL;
        struct sb_error err = {0};
        int taken = 0;
        for (int way = 0; way < 2; ++way) {
            const int code = way == 0 ? SOURCE->event(&event, bad[i].name, &err)
                                      : open_names(&counting, &taken, &bad[i].name, 1, &err);
            if (code != SB_ENOTFOUND || !strstr(err.text, bad[i].says) || counting) {
                fail_msg("'%s': code %d: %s", bad[i].name, code, err.text);
            }
        }
    }
}

static void test_likwid__what_fails_leaves_nothing_open(void **state)
{
    (void)state;
    const char *const names[] = {"MEM/Memory_bandwidth"};
    struct sb_counting *counting = NULL;
    struct sb_error err = {0};
    struct sb_count row;
    char version[64];
    int taken = 0;
    fake.init_fails = 1;
    assert_int_equal(open_names(&counting, &taken, names, 1, &err), SB_EABSENT);
    assert_int_equal(SOURCE->probe(version, sizeof version, &err), SB_EABSENT);
    fake.init_fails = 0;
    fake.add_fails = 1;
    assert_int_equal(open_names(&counting, &taken, names, 1, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "likwid-perfctr -g MEM"));
    fake.add_fails = 0;
    fake.start_fails = 1;
    assert_int_equal(SOURCE->probe(version, sizeof version, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "do not start"));
    assert_int_equal(open_names(&counting, &taken, names, 1, &err), 0);
    assert_int_equal(SOURCE->start(counting, &err), SB_EDEVICE);
    fake.start_fails = 0;
    fake.stop_fails = 1;
    assert_int_equal(SOURCE->start(counting, &err), 0);
    assert_int_equal(SOURCE->stop(&row, counting, &err), SB_EDEVICE);
    SOURCE->close(counting);
    SOURCE->close(NULL);
}

static void test_likwid__amounts_are_summed_over_cores_and_levels_are_means(void **state)
{
    (void)state;
    const char *const names[] = {"BRANCH/RETIRED_INSTRUCTIONS", "BRANCH/Clock",
                                 "BRANCH/Branch_rate", "MEM/DRAM_CHANNEL_0:DFC1"};
    struct sb_counting *counting = NULL;
    struct sb_error err = {0};
    struct sb_count rows[3];
    int taken = 0;
    assert_int_equal(open_names(&counting, &taken, names, 4, &err), 0);
    assert_int_equal(taken, 3); /* one group a pass */
    assert_int_equal(fake.cpu_count, 2);
    assert_int_equal(fake.cpus[1], 5);
    assert_int_equal(SOURCE->start(counting, &err), 0);
    assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
    assert_true(rows[0].value == 201 && rows[0].running == 1);
    assert_true(fabs(rows[1].value - 100.5e6) < 1);
    assert_true(fabs(rows[2].value - 100.5) < 1e-9);
    SOURCE->close(counting);
}

static void test_likwid__rates_become_amounts_of_the_socket(void **state)
{
    (void)state;
    const char *const names[] = {"MEM/Memory_bandwidth", "MEM/Memory_data_volume",
                                 "MEM/DRAM_CHANNEL_0:DFC1"};
    struct sb_counting *counting = NULL;
    struct sb_error err = {0};
    struct sb_count rows[3];
    struct sb_counter_event event;
    int taken = 0;
    assert_int_equal(open_names(&counting, &taken, names, 3, &err), 0);
    assert_int_equal(taken, 3);
    assert_int_equal(SOURCE->start(counting, &err), 0);
    assert_int_equal(SOURCE->stop(rows, counting, &err), 0);
    assert_true(fabs(rows[0].value - 100e6 * 0.5) < 1); /* 100 MB/s, half a second */
    assert_true(fabs(rows[1].value - 100e9) < 1);
    assert_true(rows[2].value == 100);
    SOURCE->close(counting);
    assert_int_equal(SOURCE->event(&event, names[2], &err), 0);
    assert_string_equal(event.tags, "socket");
}

static int note(const struct sb_counter_event *event, void *payload)
{
    strcat(payload, event->name);
    strcat(payload, " ");
    return 0;
}

static void test_likwid__lists_every_group(void **state)
{
    (void)state;
    char names[2000] = "";
    struct sb_error err;
    assert_int_equal(SOURCE->list(note, names, &err), 0);
    assert_string_equal(names,
                        "BRANCH/RETIRED_INSTRUCTIONS BRANCH/RETIRED_BRANCH_INSTR "
                        "BRANCH/Runtime_(RDTSC) BRANCH/Clock BRANCH/Branch_rate "
                        "MEM/DRAM_CHANNEL_0:DFC0 MEM/DRAM_CHANNEL_0:DFC1 MEM/Memory_bandwidth "
                        "MEM/Memory_data_volume MEM/Power___DRAM ");
}

#define FAKED(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_likwid__units_of_metrics_become_ours),
        cmocka_unit_test(test_likwid__answers_at_once),
        FAKED(test_likwid__whether_it_can_is_found_out_before_it_waits),
        FAKED(test_likwid__names_that_are_none),
        FAKED(test_likwid__what_fails_leaves_nothing_open),
        FAKED(test_likwid__amounts_are_summed_over_cores_and_levels_are_means),
        FAKED(test_likwid__rates_become_amounts_of_the_socket),
        FAKED(test_likwid__lists_every_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
