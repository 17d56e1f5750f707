/* SPDX-License-Identifier: Apache-2.0 */
/* hwmon against recorded and made machines; a sensor that changes while it is sampled. */
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/hwmon.h"
#include "tests/unit/made_node.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#define RECORDED SB_SOURCE_DIR "/tests/nodes/grace-hwmon"
extern const struct sb_counter_source sb_counter_source_hwmon;
static const struct sb_counter_source *const hwmon = &sb_counter_source_hwmon;

static int add_name(const struct sb_counter_event *event, void *payload)
{
    strncat(payload, event->name, 2000);
    strncat(payload, " ", 2);
    return 0;
}

static void test_hwmon__grace(void **state)
{
    (void)state;
    char names[4000] = "";
    char version[128];
    struct sb_counter_event event;
    struct sb_error err;
    setenv("SWITCHBENCH_RECORDED_NODE", RECORDED, 1);
    assert_int_equal(hwmon->probe(version, sizeof version, &err), 0);
    assert_non_null(strstr(version, "4 sensors, recorded"));
    assert_int_equal(hwmon->list(add_name, names, &err), 0);
    assert_non_null(strstr(names, "power_meter.Module_Power_Socket_0.power "));
    assert_non_null(strstr(names, "power_meter.CPU_Power_Socket_0.energy "));
    assert_int_equal(
        sb_counter_event_find(&event, hwmon, "power_meter.SysIO_Power_Socket_0.power", &err), 0);
    assert_string_equal(event.tags, "board averaged");
    assert_non_null(strstr(event.help, "means over 0.05 s"));
    unsetenv("SWITCHBENCH_RECORDED_NODE");
}

static void test_hwmon__names_and_absence(void **state)
{
    (void)state;
    char root[64];
    struct sb_error err;
    struct sb_hwmon *all = calloc(1, sizeof *all);
    made_begin(root);
    assert_int_equal(sb_hwmon_find(all, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "no sensors below /sys/class/hwmon"));
    made_put(root, "proc/cpuinfo", "flags : hypervisor");
    assert_int_equal(sb_hwmon_find(all, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "virtual machine"));
    made_put(root, "sys/class/hwmon/hwmon0/name", "nvme");
    made_put(root, "sys/class/hwmon/hwmon0/temp1_input", "38850");
    assert_int_equal(sb_hwmon_find(all, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "none of the 1 chips"));
    made_put(root, "sys/class/hwmon/hwmon1/name", "zenpower");
    made_put(root, "sys/class/hwmon/hwmon1/power1_input", "broken");
    assert_int_equal(sb_hwmon_find(all, root, &err), SB_EABSENT);
    assert_non_null(strstr(err.text, "power1_input says 'broken', which is no number"));
    made_put(root, "sys/class/hwmon/hwmon1/power1_input", "35000000");
    made_put(root, "sys/class/hwmon/hwmon1/power1_label", "SVI2_P_Core");
    made_put(root, "sys/class/hwmon/hwmon2/name", "zenpower");
    made_put(root, "sys/class/hwmon/hwmon2/power1_input", "31000000");
    made_put(root, "sys/class/hwmon/hwmon2/power1_label", "SVI2_P_Core");
    made_put(root, "sys/class/hwmon/hwmon3/name", "amd energy,+x");
    made_put(root, "sys/class/hwmon/hwmon3/energy3_input", "1");
    assert_int_equal(sb_hwmon_find(all, root, &err), 0);
    assert_int_equal(all->count, 3);
    assert_string_equal(all->sensor[0].name, "zenpower.SVI2_P_Core");
    assert_string_equal(all->sensor[1].name, "zenpower#2.SVI2_P_Core");
    assert_string_equal(all->sensor[2].name, "amd_energy__x.energy3");
    free(all);
    made_end(root);
}

/* A machine whose power is 100 W + 50 W/s, changed 200 times a second, and whose energy counter goes with it. */
struct machine {
    char root[64];
    atomic_bool end, lost;
    pthread_t thread;
    uint64_t begun_ns;
};

static double energy_J(double s)
{
    return 100 * s + 25 * s * s;
}

static double now_s(const struct machine *machine)
{
    return (double)(sb_process_now_ns() - machine->begun_ns) * 1e-9;
}

static void *live(void *payload)
{
    struct machine *machine = payload;
    while (!atomic_load(&machine->end)) {
        const double s = now_s(machine);
        const struct timespec wait = {.tv_nsec = 5000000};
        made_put(machine->root, "sys/class/hwmon/hwmon0/power1_average", "%.0f",
                 (100 + 50 * s) * 1e6);
        made_put(machine->root, "sys/class/hwmon/hwmon0/energy1_input", "%.0f", energy_J(s) * 1e6);
        if (atomic_load(&machine->lost)) {
            made_put(machine->root, "sys/class/hwmon/hwmon0/power1_average", "%s", "");
        }
        nanosleep(&wait, NULL);
    }
    return NULL;
}

static void test_hwmon__known_power(void **state)
{
    (void)state;
    static const char *const names[] = {"meter.power1.power", "meter.power1.energy",
                                        "meter.energy1.energy", "meter.energy1.power", NULL};
    struct machine machine = {.begun_ns = sb_process_now_ns()};
    struct sb_counting *counting = NULL;
    struct sb_count out[4];
    struct sb_error err;
    int taken = 0;
    made_begin(machine.root);
    made_put(machine.root, "sys/class/hwmon/hwmon0/name", "meter");
    made_put(machine.root, "sys/class/hwmon/hwmon0/power1_average", "100000000");
    made_put(machine.root, "sys/class/hwmon/hwmon0/power1_average_interval", "100");
    made_put(machine.root, "sys/class/hwmon/hwmon0/energy1_input", "0");
    const struct sb_counting_target target = {.backend = "cpu", .root = machine.root};
    assert_int_equal(hwmon->open(&counting, &taken, names, 4, &target, &err), 0);
    assert_int_equal(taken, 4);
    assert_int_equal(pthread_create(&machine.thread, NULL, live, &machine), 0);
    const struct timespec wait = {.tv_sec = 1, .tv_nsec = 200000000};
    nanosleep(&wait, NULL);
    bool good = false;
    for (int tries = 0; !good && tries < 6; ++tries) { /* other work disturbs */
        const double from = now_s(&machine);
        assert_int_equal(hwmon->start(counting, &err), 0);
        nanosleep(&wait, NULL);
        assert_int_equal(hwmon->stop(out, counting, &err), 0);
        const double to = now_s(&machine);
        const double expected_J = energy_J(to) - energy_J(from);
        good = true;
        for (int e = 0; e < 4; ++e) {
            const double expected = e == 0 || e == 3 ? expected_J / (to - from) : expected_J;
            print_message("%s: %g, expected %g %s\n", names[e], out[e].value, expected,
                          out[e].fault);
            good = good && !out[e].fault[0] && fabs(out[e].value - expected) < 0.03 * expected;
        }
    }
    assert_true(good);
    made_put(machine.root, "sys/class/hwmon/hwmon0/power1_average_interval", "60000");
    hwmon->close(counting);
    assert_int_equal(hwmon->open(&counting, &taken, names, 1, &target, &err), 0);
    assert_int_equal(hwmon->start(counting, &err), 0);
    nanosleep(&wait, NULL);
    assert_int_equal(hwmon->stop(out, counting, &err), 0);
    assert_non_null(strstr(out[0].fault, "means over 60 s, and the window lasted 1.2 s"));
    assert_int_equal(hwmon->start(counting, &err), 0);
    atomic_store(&machine.lost, true);
    nanosleep(&wait, NULL);
    assert_int_equal(hwmon->stop(out, counting, &err), SB_EDEVICE);
    assert_non_null(strstr(err.text, "which is no number"));
    hwmon->close(counting);
    atomic_store(&machine.end, true);
    pthread_join(machine.thread, NULL);
    made_end(machine.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hwmon__grace),
        cmocka_unit_test(test_hwmon__names_and_absence),
        cmocka_unit_test(test_hwmon__known_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
