/* SPDX-License-Identifier: Apache-2.0 */
/* RAPL against recorded and made machines: what is found, what is refused in which words, what windows give. */
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/count.h"
#include "harness/run/counting/rapl.h"
#include "harness/util/json.h"
#include "tests/unit/made_node.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#define RECORDED SB_SOURCE_DIR "/tests/nodes/xeon-rapl"
#define ZONES "sys/class/powercap/"
#define PMU "sys/bus/event_source/devices/power/"
extern const struct sb_counter_source sb_counter_source_rapl;
static const struct sb_counter_source *const rapl = &sb_counter_source_rapl;

static void put_zone(const char *root, const char *zone, const char *name, uint64_t energy_uJ)
{
    char path[200];
    snprintf(path, sizeof path, ZONES "%s/name", zone);
    made_put(root, path, "%s", name);
    snprintf(path, sizeof path, ZONES "%s/energy_uj", zone);
    made_put(root, path, "%llu", (unsigned long long)energy_uJ);
    snprintf(path, sizeof path, ZONES "%s/max_energy_range_uj", zone);
    made_put(root, path, "262143328850");
}

static void test_rapl__both_sockets_once(void **state)
{
    (void)state;
    struct sb_rapl found;
    assert_int_equal(sb_rapl_open(&found, RECORDED, NULL), 0);
    assert_int_equal(found.count, 4); /* mmio's is the same again */
    assert_true(sb_rapl_has(&found, SB_RAPL_PACKAGE) && sb_rapl_has(&found, SB_RAPL_DRAM));
    assert_false(sb_rapl_has(&found, SB_RAPL_CORE) || sb_rapl_has(&found, SB_RAPL_PSYS));
    assert_true(found.counter[0].rated_W == 256.25); /* the short-term limit */
    assert_int_equal(found.counter[0].range, 262143328850);
    sb_rapl_close(&found);
    setenv("SWITCHBENCH_RECORDED_NODE", RECORDED, 1);
    struct sb_counter_event event;
    struct sb_error err;
    char version[128];
    assert_int_equal(rapl->probe(version, sizeof version, &err), 0);
    assert_non_null(strstr(version, "powercap, 4 counters, recorded in"));
    assert_int_equal(rapl->event(&event, "power", &err), 0);
    assert_true(event.level && strcmp(event.unit, "W") == 0);
    assert_int_equal(rapl->event(&event, "psys", &err), SB_EABSENT);
    assert_string_equal(err.text, "this machine's processor tells no energy of psys");
    assert_int_equal(rapl->event(&event, "packag", &err), SB_ENOTFOUND);
    assert_string_equal(err.text, "rapl has no event 'packag'; did you mean 'package'?");
    unsetenv("SWITCHBENCH_RECORDED_NODE");
}

static void test_rapl__no_sum_of_some_sockets_alone(void **state)
{
    (void)state;
    char root[64];
    struct sb_counter_event event;
    struct sb_error err;
    made_begin(root);
    put_zone(root, "intel-rapl:0", "package-0", 5);
    put_zone(root, "intel-rapl:0:0", "core", 5);
    put_zone(root, "intel-rapl:1", "package-1", 5);
    made_put(root, ZONES "intel-rapl:1/energy_uj", "12x");
    setenv("SWITCHBENCH_RECORDED_NODE", root, 1);
    static const char *const sums[] = {"package", "energy", "power"};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; ++i) {
        assert_int_equal(rapl->event(&event, sums[i], &err), SB_EABSENT);
        assert_non_null(strstr(err.text, "a part of rapl's '"));
        assert_non_null(strstr(err.text, "intel-rapl:1/energy_uj says '12x'"));
    }
    assert_int_equal(rapl->event(&event, "core", &err), 0);
    /* memory is no needed part of 'energy', but where it is there it belongs to the sum */
    made_put(root, ZONES "intel-rapl:1/energy_uj", "5");
    put_zone(root, "intel-rapl:1:0", "dram", 5);
    assert_int_equal(rapl->event(&event, "energy", &err), 0);
    made_put(root, ZONES "intel-rapl:1:0/energy_uj", "12x");
    assert_int_equal(rapl->event(&event, "energy", &err), SB_EABSENT);
    assert_int_equal(rapl->event(&event, "package", &err), 0);
    unsetenv("SWITCHBENCH_RECORDED_NODE");
    made_end(root);
}

/* Asks in a process without root's rights. */
static void ask_as_nobody(char *out, size_t room, const char *root)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct sb_rapl found;
        struct sb_error err = {0};
        const int left = geteuid() == 0 && setuid(65534) != 0;
        const int code = left ? 0 : sb_rapl_open(&found, root, &err);
        dprintf(fd[1], "%d %s", code, err.text);
        _exit(0);
    }
    close(fd[1]);
    const ssize_t got = read(fd[0], out, room - 1);
    out[got > 0 ? got : 0] = '\0';
    close(fd[0]);
    waitpid(child, NULL, 0);
}

static void test_rapl__absence_says_what_to_do(void **state)
{
    (void)state;
    char root[64];
    char path[200];
    char said[2000];
    struct sb_rapl found;
    struct sb_error err;
    made_begin(root);
    made_put(root, "proc/cpuinfo", "flags : fpu sse2");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "ask the administrator for the module intel_rapl_msr"));
    made_put(root, "proc/cpuinfo", "flags : fpu hypervisor sse2");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "virtual machine"));
    put_zone(root, "intel-rapl:0", "package-0", 5);
    snprintf(path, sizeof path, "%s/" ZONES "intel-rapl:0/energy_uj", root);
    assert_int_equal(chmod(path, 0400), 0);
    ask_as_nobody(said, sizeof said, root);
    assert_true(strtol(said, NULL, 10) == SB_EABSENT);
    assert_non_null(strstr(said, "intel-rapl:0/energy_uj cannot be read: Permission denied"));
    assert_non_null(strstr(said, "CVE-2020-8694"));
    assert_non_null(strstr(said, "CAP_PERFMON"));
    made_put(root, ZONES "intel-rapl:0/energy_uj", "12x");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "energy_uj says '12x', which is no number"));
    made_put(root, ZONES "intel-rapl:0/energy_uj", "-5");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    made_put(root, ZONES "intel-rapl:0/energy_uj", "5");
    made_put(root, ZONES "intel-rapl:0/name", "gpu-0"); /* none that we know */
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    made_put(root, PMU "type", "no");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    made_end(root);
}

/* Returns how long it took, all around. */
static double one_window(struct sb_count out[3], const char *root, uint64_t before[2],
                         uint64_t after[2], int expected)
{
    static const char *const names[] = {"package", "dram", "power", NULL};
    const struct sb_counting_target target = {.backend = "cpu", .root = root};
    struct sb_counting *counting = NULL;
    struct sb_error err;
    int taken = 0;
    put_zone(root, "intel-rapl:0", "package-0", before[0]);
    put_zone(root, "intel-rapl:0:0", "dram", before[1]);
    assert_int_equal(rapl->open(&counting, &taken, names, 3, &target, &err), 0);
    assert_int_equal(taken, 3);
    const uint64_t begun_ns = sb_process_now_ns();
    assert_int_equal(rapl->start(counting, &err), 0);
    const struct timespec wait = {.tv_nsec = 200000000};
    nanosleep(&wait, NULL);
    put_zone(root, "intel-rapl:0", "package-0", after[0]);
    if (after[1] == UINT64_MAX) {
        made_put(root, ZONES "intel-rapl:0:0/energy_uj", "gone");
    } else {
        put_zone(root, "intel-rapl:0:0", "dram", after[1]);
    }
    assert_int_equal(rapl->stop(out, counting, &err), expected);
    const double window_s = (double)(sb_process_now_ns() - begun_ns) * 1e-9;
    rapl->close(counting);
    return window_s;
}

static void test_rapl__windows(void **state)
{
    (void)state;
    char root[64];
    struct sb_count out[3];
    made_begin(root);
    const double window_s = one_window(out, root, (uint64_t[]){262143328850 - 9999999, 1000000},
                                       (uint64_t[]){10000000, 3000000}, 0); /* the package wraps */
    assert_true(fabs(out[0].value - 20) < 1e-5);
    assert_true(fabs(out[1].value - 2) < 1e-9);
    assert_true(out[2].value * window_s >= 22 && out[2].value * 0.2 < 22.1);
    assert_true(out[0].running == 1 && !out[0].fault[0]);
    (void)one_window(out, root, (uint64_t[]){1, 1}, (uint64_t[]){1000001, UINT64_MAX}, SB_EDEVICE);
    made_end(root);
}

/* perf's events, where this kernel lets us: its clock of a processor stands in for joules, 1 W. */
static void test_rapl__through_perf(void **state)
{
    (void)state;
    struct perf_event_attr attr = {.size = sizeof attr, .type = PERF_TYPE_SOFTWARE};
    const int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
    const int reason = errno;
    char root[64];
    made_begin(root);
    made_put(root, "proc/cpuinfo", "flags : fpu");
    made_put(root, "proc/sys/kernel/perf_event_paranoid", "4");
    made_put(root, PMU "type", "%d", PERF_TYPE_SOFTWARE);
    made_put(root, PMU "cpumask", "0");
    made_put(root, PMU "events/energy-pkg", "event=0x%02x", PERF_COUNT_SW_CPU_CLOCK);
    made_put(root, PMU "events/energy-pkg.scale", "1e-9");
    made_put(root, PMU "events/energy-pkg.unit", "Joules");
    struct sb_rapl found;
    struct sb_error err;
    if (fd < 0) {
        print_message("perf_event_open of a processor: %s\n", strerror(reason));
        assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
        assert_non_null(strstr(err.text, "perf"));
    } else {
        close(fd);
        static const char *const names[] = {"energy", "power", NULL};
        const struct sb_counting_target target = {.backend = "cpu", .root = root};
        struct sb_counting *counting = NULL;
        struct sb_count out[2];
        int taken = 0;
        /* what powercap would not let be read is nothing that perf lacks */
        put_zone(root, "intel-rapl:0", "package-0", 5);
        made_put(root, ZONES "intel-rapl:0/energy_uj", "12x");
        assert_int_equal(rapl->open(&counting, &taken, names, 2, &target, &err), 0);
        made_put(root, ZONES "intel-rapl:0/name", "gpu-0"); /* none that we know */
        bool good = false;
        for (int tries = 0; !good && tries < 6; ++tries) { /* other work disturbs */
            const struct timespec wait = {.tv_nsec = 300000000};
            assert_int_equal(rapl->start(counting, &err), 0);
            nanosleep(&wait, NULL);
            assert_int_equal(rapl->stop(out, counting, &err), 0);
            good = fabs(out[1].value - 1) < 0.02 && out[0].value >= 0.3;
        }
        rapl->close(counting);
        assert_true(good);
    }
    made_put(root, PMU "events/energy-pkg.scale", "none");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "no scale of joules"));
    made_put(root, PMU "events/energy-pkg", "umask=1");
    assert_int_equal(sb_rapl_open(&found, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "which is no event"));
    made_end(root);
}

/* A cell's counting over a made machine whose counter dies in the second window. */
static char dying_root[64];
static int repetitions, dies_after;

static int repeat(uint64_t *out_time_ns, void *payload, struct sb_error *err)
{
    (void)payload;
    (void)err;
    const struct timespec wait = {.tv_nsec = 20000000};
    nanosleep(&wait, NULL);
    *out_time_ns = 20000000;
    ++repetitions;
    if (dies_after > 0 && repetitions > dies_after) {
        made_put(dying_root, ZONES "intel-rapl:0/energy_uj", "lost");
    } else {
        put_zone(dying_root, "intel-rapl:0", "package-0", (uint64_t)repetitions * 3000000U);
    }
    return 0;
}

static json_t *count(const char *words)
{
    struct sb_counters_asked asked;
    struct sb_strings list = {0};
    assert_int_equal(sb_strings_add_csv(&list, words), 0);
    assert_int_equal(sb_counters_parse(&asked, &list, NULL), 0);
    const struct sb_count_task task = {.asked = &asked,
                                       .target = {.backend = "cpu", .root = dying_root},
                                       .budget_s = 1,
                                       .repeat = repeat};
    json_t *told = NULL;
    repetitions = 0;
    assert_int_equal(sb_count_cell(&told, &task, NULL), 0);
    sb_counters_asked_free(&asked);
    sb_strings_free(&list);
    return told;
}

static void test_rapl__a_cell(void **state)
{
    (void)state;
    made_begin(dying_root);
    setenv("SWITCHBENCH_RECORDED_NODE", dying_root, 1);
    put_zone(dying_root, "intel-rapl:0", "package-0", 0);
    json_t *told = count("rapl");
    const json_t *of = json_array_get(told, 0);
    assert_string_equal(sb_json_text_or(of, "state", ""), "read");
    const json_t *package = json_array_get(json_object_get(of, "events"), 0);
    assert_true(fabs(sb_json_real_or(package, "value", 0) - 3) < 1e-6); /* of a repetition */
    assert_true(sb_json_real_or(package, "idle", 1) == 0);
    assert_true(sb_json_real_or(of, "idle_ns", 0) >= 1e8);
    const json_t *refused = json_array_get(json_object_get(of, "refused"), 0);
    assert_string_equal(sb_json_text_or(refused, "name", ""), "dram");
    json_decref(told);
    dies_after = 8;
    told = count("rapl:package");
    of = json_array_get(told, 0);
    assert_string_equal(sb_json_text_or(of, "state", ""), "died");
    assert_non_null(strstr(sb_json_text_or(of, "reason", ""), "says 'lost', which is no number"));
    json_decref(told);
    unsetenv("SWITCHBENCH_RECORDED_NODE");
    made_end(dying_root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rapl__both_sockets_once),
        cmocka_unit_test(test_rapl__no_sum_of_some_sockets_alone),
        cmocka_unit_test(test_rapl__absence_says_what_to_do),
        cmocka_unit_test(test_rapl__windows),
        cmocka_unit_test(test_rapl__through_perf),
        cmocka_unit_test(test_rapl__a_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
