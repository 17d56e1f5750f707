/* SPDX-License-Identifier: Apache-2.0 */
/* What counters of a fixed width advanced, and a level sampled and integrated: against curves that are known. */
#include "harness/run/counting/energy.h"
#include "harness/run/counting/sampler.h"
#include "harness/util/process.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define TRIES 6

static void rest(double s)
{
    struct timespec left = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - floor(s)) * 1e9)};
    while (nanosleep(&left, &left) != 0) {
    }
}

static void test_energy__advance(void **state)
{
    (void)state;
    static const struct {
        const char *what, *fault;
        uint64_t before, after, range;
        double window_s, rated_W, expected_J;
    } row[] = {
        {"forward", "", 1000000, 3500000, 262143328850, 1, 205, 2.5},
        {"still", "", 7, 7, 262143328850, 1, 205, 0},
        {"over the end", "", 262143328849, 9, 262143328850, 1, 205, 11e-6},
        {"at the end", "", 262143328850, 0, 262143328850, 1, 205, 1e-6},
        {"64 bits", "", 5, 18446744073709551615U, 0, 1, 0, 18446744073709.55},
        {"longer than a wrap", "more than once", 5, 6, 262143328850, 1300, 205, 0},
        {"just as long", "more than once", 5, 6, 65712999613, 66, 1000, 0},
        {"a bit shorter", "", 65712999000, 386, 65712999613, 60, 1000, 1e-3},
        {"reset without a range", "went back", 100, 5, 0, 1, 0, 0},
        {"beyond its range", "went back", 262143328851, 5, 262143328850, 1, 205, 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
        const struct sb_energy_window window = {.before = row[i].before,
                                                .after = row[i].after,
                                                .range = row[i].range,
                                                .unit_J = 1e-6,
                                                .window_s = row[i].window_s,
                                                .rated_W = row[i].rated_W};
        char fault[200] = "";
        const double got_J = sb_energy_advance(fault, sizeof fault, &window);
        if (*row[i].fault
                ? !strstr(fault, row[i].fault) || isfinite(got_J)
                : *fault || fabs(got_J - row[i].expected_J) > 1e-6 * row[i].expected_J + 1e-12) {
            fail_msg("%s: %g J, '%s'", row[i].what, got_J, fault);
        }
    }
}

/* Levels over time: a ramp, a square wave of 3 Hz, one that says nothing. */
struct curve {
    uint64_t begun_ns;
    int reads, dies_at, slow_ms;
};

static int read_curve(double out[], void *payload, struct sb_error *err)
{
    struct curve *curve = payload;
    if (curve->dies_at > 0 && curve->reads >= curve->dies_at) {
        return sb_fail(err, SB_EDEVICE, "the board fell off the bus");
    }
    rest(curve->slow_ms * 1e-3);
    const double s = (double)(sb_process_now_ns() - curve->begun_ns) * 1e-9;
    curve->reads++;
    out[0] = 100 + 50 * s;
    out[1] = fmod(s * 3, 1) < 0.5 ? 300 : 100;
    out[2] = NAN;
    return 0;
}

static double now_s(const struct curve *curve)
{
    return (double)(sb_process_now_ns() - curve->begun_ns) * 1e-9;
}

static struct sb_sampler *begin(struct curve *curve)
{
    struct sb_sampler *sampler = NULL;
    static const int busy[] = {0};
    const struct sb_sampling sampling = {
        .count = 3, .read = read_curve, .payload = curve, .busy = busy, .busy_count = 1};
    assert_int_equal(sb_sampler_new(&sampler, &sampling, NULL), 0);
    return sampler;
}

static void test_sampler__integral_of_known_curves(void **state)
{
    (void)state;
    struct curve curve = {.begun_ns = sb_process_now_ns()};
    struct sb_sampler *sampler = begin(&curve);
    struct sb_sampled out[3];
    struct sb_error err;
    long samples = 0;
    bool good = false;
    for (int tries = 0; !good && tries < TRIES; ++tries) { /* other work disturbs */
        assert_int_equal(sb_sampler_start(sampler, &err), 0);
        const double from = now_s(&curve);
        rest(2);
        const double to = now_s(&curve);
        assert_int_equal(sb_sampler_stop(out, &samples, sampler, &err), 0);
        const double ramp_J = 100 * (to - from) + 25 * (to * to - from * from);
        good = !out[0].fault[0] && out[0].covered > 0.99 &&
               fabs(out[0].integral - ramp_J) < 0.005 * ramp_J &&
               fabs(out[0].mean - ramp_J / (to - from)) < 0.005 * out[0].mean &&
               out[0].least < out[0].mean && out[0].mean < out[0].most &&
               fabs(out[1].mean - 200) < 20 && /* ± a sample at each edge */
               out[1].least == 100 && out[1].most == 300 && samples >= SB_SAMPLER_LEAST_HZ * 2;
        assert_non_null(strstr(out[2].fault, "no number"));
        print_message("%g J of %g J, %g W of 200 W, %ld samples %s\n", out[0].integral, ramp_J,
                      out[1].mean, samples, out[0].fault);
    }
    assert_true(good);
    sb_sampler_free(sampler);
}

static void test_sampler__too_slow_is_refused(void **state)
{
    (void)state;
    struct curve curve = {.begun_ns = sb_process_now_ns(), .slow_ms = 150};
    struct sb_sampler *sampler = begin(&curve);
    struct sb_sampled out[3];
    assert_int_equal(sb_sampler_start(sampler, NULL), 0);
    rest(0.6);
    assert_int_equal(sb_sampler_stop(out, NULL, sampler, NULL), 0);
    assert_non_null(
        strstr(out[0].fault, "less often than 10 times a second for 100 % of the time"));
    sb_sampler_free(sampler);
}

static void test_sampler__a_device_that_dies(void **state)
{
    (void)state;
    struct curve curve = {.begun_ns = sb_process_now_ns(), .dies_at = 3};
    struct sb_sampler *sampler = begin(&curve);
    struct sb_sampled out[3];
    struct sb_error err;
    assert_int_equal(sb_sampler_start(sampler, &err), 0);
    rest(0.5);
    assert_int_equal(sb_sampler_stop(out, NULL, sampler, &err), SB_EDEVICE);
    assert_string_equal(err.text, "the board fell off the bus");
    assert_int_equal(sb_sampler_start(sampler, &err), SB_EDEVICE);
    sb_sampler_free(sampler); /* also one that was never stopped */
    curve.dies_at = 0;
    sampler = begin(&curve);
    assert_int_equal(sb_sampler_start(sampler, &err), 0);
    sb_sampler_free(sampler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_energy__advance),
        cmocka_unit_test(test_sampler__integral_of_known_curves),
        cmocka_unit_test(test_sampler__too_slow_is_refused),
        cmocka_unit_test(test_sampler__a_device_that_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
