/* SPDX-License-Identifier: Apache-2.0 */
#include "results/compare/compare.h"

#include "results/stats/stats.h"
#include "tests/unit/campaigns.h"
#include "tests/unit/recorded_turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t seed;

/* SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere. In (0, 1). */
static double uniform(void)
{
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 + 0x1p-54;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

#define MOST_TURNS 24
#define SAMPLES 9 /* of a turn */

struct noise {
    const char *name;
    size_t turns, replicas;
    double process;   /* relative standard deviation between processes */
    double turn, rho; /* of turns, and how much each resembles the one before */
    double sample;    /* of samples */
    double spikes,
        spike; /* how many samples are disturbed, and by how much on average (exponential) */
    double flips, flip;  /* chance that a turn changes the level, and the step between the levels */
    double sample_flips; /* the same, for each sample */
    double tick_ns;      /* of the clock; 0: none */
    double least_found;  /* of planted slowdowns of 5 %; 0: not asked */
};

static void one_run(double *out, const struct noise *z, double median_ns)
{
    const double base = median_ns * exp(z->process * normal());
    double drift = normal();
    bool slow = z->flips > 0 && uniform() < 0.5;
    for (size_t t = 0; t < z->turns; t++) {
        double v[SAMPLES];
        drift = z->rho * drift + sqrt(1 - z->rho * z->rho) * normal();
        slow ^= uniform() < z->flips;
        for (size_t i = 0; i < SAMPLES; i++) {
            const bool slow_now = slow ^ (uniform() < z->sample_flips);
            v[i] =
                base * exp(z->turn * drift + z->sample * normal()) * (slow_now ? 1 + z->flip : 1);
            v[i] *= uniform() < z->spikes ? 1 - z->spike * log(uniform()) : 1;
            v[i] = z->tick_ns > 0 ? z->tick_ns * round(v[i] / z->tick_ns) : v[i];
        }
        out[t] = sb_stats_median(v, SAMPLES);
    }
}

static enum sb_outcome outcome_of(const struct sb_compare_run *a, const struct sb_compare_run *b,
                                  size_t replicas, bool paired)
{
    struct sb_compare_options options;
    sb_compare_defaults(&options);
    struct sb_ratio ratio;
    assert_int_equal(sb_compare_ratio(&ratio, a, replicas, b, replicas, paired, &options), 0);
    return sb_compare_decide(&ratio, &options);
}

static enum sb_outcome one_comparison(const struct noise *z, double slowdown)
{
    double turns[6][MOST_TURNS];
    struct sb_compare_run runs[6];
    for (size_t i = 0; i < 2 * z->replicas; i++) {
        one_run(turns[i], z, i < z->replicas ? 1e6 : 1e6 * slowdown);
        runs[i] = (struct sb_compare_run){turns[i], NULL, NULL, z->turns};
    }
    return outcome_of(runs, runs + z->replicas, z->replicas, false);
}

/* Honest noise. What no single run can show (levels or drift that outlast it) is asked of replicas. */
static const struct noise noises[] = {
    {.name = "quiet",
     .turns = 8,
     .replicas = 1,
     .process = 0.002,
     .turn = 0.003,
     .sample = 0.01,
     .least_found = 0.95},
    {.name = "turns 1 %",
     .turns = 16,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.01,
     .sample = 0.01,
     .least_found = 0.95},
    {.name = "turns 2 %",
     .turns = 24,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.02,
     .sample = 0.01,
     .least_found = 0.95},
    {.name = "processes 0.5 %, turns 1 %",
     .turns = 20,
     .replicas = 1,
     .process = 0.005,
     .turn = 0.01,
     .sample = 0.01,
     .least_found = 0.95},
    {.name = "drift 1 %",
     .turns = 24,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.01,
     .rho = 0.5,
     .sample = 0.01,
     .least_found = 0.95},
    {.name = "slow drift 1 %",
     .turns = 24,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.01,
     .rho = 0.8,
     .sample = 0.01},
    {.name = "slow drift 1 %, replicas",
     .turns = 20,
     .replicas = 3,
     .process = 0.003,
     .turn = 0.01,
     .rho = 0.8,
     .sample = 0.01,
     .least_found = 0.95},
    {.name = "drift that outlasts runs",
     .turns = 16,
     .replicas = 3,
     .process = 0.003,
     .turn = 0.02,
     .rho = 0.95,
     .sample = 0.01},
    {.name = "spikes",
     .turns = 20,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.01,
     .sample = 0.01,
     .spikes = 0.1,
     .spike = 0.5,
     .least_found = 0.95},
    {.name = "many spikes",
     .turns = 20,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.005,
     .sample = 0.01,
     .spikes = 0.3,
     .spike = 1,
     .least_found = 0.95},
    {.name = "processes 1 %, replicas",
     .turns = 16,
     .replicas = 3,
     .process = 0.01,
     .turn = 0.01,
     .sample = 0.01},
    {.name = "processes 3 %, replicas",
     .turns = 16,
     .replicas = 3,
     .process = 0.03,
     .turn = 0.01,
     .sample = 0.01},
    {.name = "two levels in a turn",
     .turns = 20,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.01,
     .sample = 0.01,
     .flip = 0.7,
     .sample_flips = 0.5},
    {.name = "two levels, turn by turn",
     .turns = 20,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.01,
     .sample = 0.01,
     .flips = 0.5,
     .flip = 0.7},
    {.name = "two levels, long ones, replicas",
     .turns = 16,
     .replicas = 3,
     .process = 0.003,
     .turn = 0.01,
     .sample = 0.01,
     .flips = 0.2,
     .flip = 0.7},
    {.name = "clock of 1 %",
     .turns = 20,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.005,
     .sample = 0.01,
     .tick_ns = 1e4,
     .least_found = 0.95},
    {.name = "clock of 5 %",
     .turns = 20,
     .replicas = 1,
     .process = 0.003,
     .turn = 0.005,
     .sample = 0.005,
     .tick_ns = 5e4},
};

#define COMPARISONS 1000

static void test_compare__repeated_a_a_raises_at_most_two_percent(void **state)
{
    (void)state;
    for (size_t q = 0; q < sizeof noises / sizeof noises[0]; q++) {
        int alarms = 0;
        seed = 100 + q;
        for (int r = 0; r < COMPARISONS; r++) {
            const enum sb_outcome outcome = one_comparison(&noises[q], 1);
            alarms += outcome == SB_OUTCOME_SLOWER || outcome == SB_OUTCOME_FASTER;
        }
        print_message("  A/A %-34s false alarms %.1f %%\n", noises[q].name,
                      100.0 * alarms / COMPARISONS);
        if (alarms > 0.02 * COMPARISONS) {
            fail_msg("%s: %d of %d A/A comparisons raise an alarm", noises[q].name, alarms,
                     COMPARISONS);
        }
    }
}

static void test_compare__a_planted_five_percent_is_found(void **state)
{
    (void)state;
    for (size_t q = 0; q < sizeof noises / sizeof noises[0]; q++) {
        int found = 0, gained = 0;
        seed = 200 + q;
        for (int r = 0; noises[q].least_found > 0 && r < COMPARISONS; r++) {
            found += one_comparison(&noises[q], 1.05) == SB_OUTCOME_SLOWER;
            gained += one_comparison(&noises[q], 1 / 1.05) == SB_OUTCOME_FASTER;
        }
        if (noises[q].least_found > 0) {
            print_message("  5 %% slower, faster: %-34s found %.1f %%, %.1f %%\n", noises[q].name,
                          100.0 * found / COMPARISONS, 100.0 * gained / COMPARISONS);
        }
        if (fmin(found, gained) < noises[q].least_found * COMPARISONS) {
            fail_msg("%s: only %d and %d of %d found", noises[q].name, found, gained, COMPARISONS);
        }
    }
}

/* Turns as an interleaved campaign takes them: one from each of successive recorded runs, in blocks of @p block. */
static void redraw(double *out, size_t n, const double recorded[][RECORDED_TURNS], size_t block,
                   double slowdown)
{
    for (size_t i = 0; i < n;) {
        const size_t run = (size_t)(uniform() * (double)(RECORDED_RUNS - block + 1));
        const size_t turn = (size_t)(uniform() * RECORDED_TURNS);
        for (size_t j = 0; j < block && i < n; j++) {
            out[i++] = recorded[run + j][turn] * slowdown;
        }
    }
}

static void test_compare__recorded_noise_raises_at_most_two_percent(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const double (*recorded)[RECORDED_TURNS];
        size_t turns, replicas, block;
        double least_found;
    } cases[] = {
        {"cache", recorded_cache_ns, 8, 1, 4, 0},      {"cache", recorded_cache_ns, 24, 1, 4, 0},
        {"cache", recorded_cache_ns, 24, 3, 10, 0.95}, {"memory", recorded_memory_ns, 24, 1, 4, 0},
        {"memory", recorded_memory_ns, 16, 3, 10, 0},
    };
    for (size_t q = 0; q < sizeof cases / sizeof cases[0]; q++) {
        int alarms = 0, found = 0;
        seed = 300 + q;
        for (int r = 0; r < 2 * COMPARISONS; r++) {
            double turns[6][MOST_TURNS];
            struct sb_compare_run runs[6];
            for (size_t i = 0; i < 2 * cases[q].replicas; i++) {
                const double slowdown = i >= cases[q].replicas && r % 2 ? 1.05 : 1;
                redraw(turns[i], cases[q].turns, cases[q].recorded, cases[q].block, slowdown);
                runs[i] = (struct sb_compare_run){turns[i], NULL, NULL, cases[q].turns};
            }
            const enum sb_outcome outcome =
                outcome_of(runs, runs + cases[q].replicas, cases[q].replicas, false);
            found += r % 2 && outcome == SB_OUTCOME_SLOWER;
            alarms += r % 2 == 0 && (outcome == SB_OUTCOME_SLOWER || outcome == SB_OUTCOME_FASTER);
        }
        print_message(
            "  recorded %-6s %2zu turns × %zu: false alarms %.1f %%, 5 %% found %.1f %%\n",
            cases[q].name, cases[q].turns, cases[q].replicas, 100.0 * alarms / COMPARISONS,
            100.0 * found / COMPARISONS);
        assert_true(alarms <= 0.02 * COMPARISONS);
        assert_true(found >= cases[q].least_found * COMPARISONS);
    }
}

/* Both sides take turns in one job while the machine drifts by 5 % and flips between levels 70 % apart. */
static void test_compare__pairing_removes_what_both_sides_met(void **state)
{
    (void)state;
    int alarms = 0, found = 0, found_unpaired = 0;
    seed = 400;
    for (int r = 0; r < 2 * COMPARISONS; r++) {
        double a[20], b[20], drift = normal();
        bool slow = uniform() < 0.5;
        for (int t = 0; t < 20; t++) {
            drift = 0.95 * drift + sqrt(1 - 0.95 * 0.95) * normal();
            slow ^= uniform() < 0.05;
            const double machine = 1e6 * exp(0.05 * drift) * (slow ? 1.7 : 1);
            a[t] = machine * exp(0.01 * normal());
            b[t] = machine * exp(0.01 * normal()) * (r % 2 ? 1.05 : 1);
        }
        const struct sb_compare_run left = {a, NULL, NULL, 20}, right = {b, NULL, NULL, 20};
        const enum sb_outcome outcome = outcome_of(&left, &right, 1, true);
        alarms += r % 2 == 0 && (outcome == SB_OUTCOME_SLOWER || outcome == SB_OUTCOME_FASTER);
        found += r % 2 && outcome == SB_OUTCOME_SLOWER;
        found_unpaired += r % 2 && outcome_of(&left, &right, 1, false) == SB_OUTCOME_SLOWER;
    }
    print_message("  paired: false alarms %.1f %%, 5 %% found %.1f %% (unpaired %.1f %%)\n",
                  100.0 * alarms / COMPARISONS, 100.0 * found / COMPARISONS,
                  100.0 * found_unpaired / COMPARISONS);
    assert_true(alarms <= 0.02 * COMPARISONS);
    assert_true(found >= 0.95 * COMPARISONS);
    assert_true(found_unpaired < found / 2);
}

static void test_compare__outcomes_follow_the_interval(void **state)
{
    (void)state;
    static const struct {
        double ratio, low, high, overlap;
        enum sb_outcome outcome;
        bool regressed;
    } cases[] = {
        /* margin 3 %, gate 3 % */
        {NAN, NAN, NAN, 0, SB_OUTCOME_INCONCLUSIVE, false},
        {1.00, 0.90, 1.10, 0, SB_OUTCOME_INCONCLUSIVE, false},
        {1.00, 0.98, 1.02, 0, SB_OUTCOME_SAME, false},
        {1.02, 1.01, 1.029, 0, SB_OUTCOME_SAME, false},
        {1.02, 1.01, 1.031, 0, SB_OUTCOME_SLOWER, false},
        {1.04, 1.01, 1.07, 0, SB_OUTCOME_SLOWER, true},
        {1.04, 1.01, 1.07, 0.3, SB_OUTCOME_INCONCLUSIVE, false},
        {1.04, 0.99, 1.09, 0, SB_OUTCOME_INCONCLUSIVE, false},
        {0.90, 0.85, 0.95, 0, SB_OUTCOME_FASTER, false},
        {0.90, 0.85, 0.95, 0.3, SB_OUTCOME_INCONCLUSIVE, false},
    };
    struct sb_compare_options options;
    sb_compare_defaults(&options);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct sb_ratio ratio = {
            cases[i].ratio, cases[i].low, cases[i].high, cases[i].overlap, 0, false, 9, 9};
        assert_int_equal(sb_compare_decide(&ratio, &options), cases[i].outcome);
        options.gate = -1;
        assert_false(sb_compare_regressed(&ratio, &options));
        options.gate = 0.03;
        assert_int_equal(sb_compare_regressed(&ratio, &options), cases[i].regressed);
    }
}

static void test_compare__too_little_is_inconclusive(void **state)
{
    (void)state;
    static const double v[] = {1e6, 1.01e6, 1e6, 1.01e6, 1e6, 1.01e6, 1e6, 1.01e6};
    for (size_t n = 0; n < 3; n++) {
        const struct sb_compare_run few = {v, NULL, NULL, n}, enough = {v, NULL, NULL, 8};
        assert_int_equal(outcome_of(&few, &enough, 1, false), SB_OUTCOME_INCONCLUSIVE);
        assert_int_equal(outcome_of(&few, &enough, 1, true), SB_OUTCOME_INCONCLUSIVE);
    }
    assert_int_equal(outcome_of(NULL, NULL, 0, false), SB_OUTCOME_INCONCLUSIVE);
    static const double tick_a[] = {10, 10, 10, 10, 10, 10, 10, 10},
                        tick_b[] = {11, 11, 11, 11, 11, 11, 11, 11};
    assert_int_equal(outcome_of(&(struct sb_compare_run){tick_a, NULL, NULL, 8},
                                &(struct sb_compare_run){tick_b, NULL, NULL, 8}, 1, false),
                     SB_OUTCOME_INCONCLUSIVE); /* one tick of a clock, as far as anybody can tell */
}

static void test_compare__a_busy_machine_decides_nothing(void **state)
{
    (void)state;
    double a[20], b[20], mean[20];
    seed = 500;
    for (int i = 0; i < 20; i++) {
        a[i] = 1e6 * exp(0.01 * normal());
        b[i] = 1.2e6 * exp(0.01 * normal());
        mean[i] = i < 4 ? 9e6 : 1.25e6; /* four of twenty turns lost their cores for a while */
    }
    const struct sb_compare_run left = {a, NULL, NULL, 20}, right = {b, NULL, mean, 20};
    assert_int_equal(outcome_of(&left, &right, 1, false), SB_OUTCOME_SLOWER);
    assert_int_equal(outcome_of(&right, &left, 1, false), SB_OUTCOME_FASTER);
    mean[4] = mean[5] = 9e6;
    assert_int_equal(outcome_of(&left, &right, 1, false), SB_OUTCOME_INCONCLUSIVE);
    assert_int_equal(outcome_of(&right, &left, 1, false), SB_OUTCOME_INCONCLUSIVE);
    assert_int_equal(outcome_of(&left, &right, 1, true),
                     SB_OUTCOME_SLOWER); /* in one job both met the same */
}

static void test_compare__sides_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code, filters;
        const char *folder, *axis, *value;
    } cases[] = {
        {"", SB_EINVAL, 0, NULL, NULL, NULL},
        {":backend=cpu", SB_EINVAL, 0, NULL, NULL, NULL},
        {"a:backend=cpu,variant", SB_EINVAL, 0, NULL, NULL, NULL},
        {"a:=cpu", SB_EINVAL, 0, NULL, NULL, NULL},
        {"a:a=1,b=2,c=3,d=4,e=5", SB_EINVAL, 0, NULL, NULL, NULL},
        {"campaigns/a", 0, 0, "campaigns/a", NULL, NULL},
        {"c:/odd", 0, 0, "c:/odd", NULL, NULL},
        {"a:backend=cpu", 0, 1, "a", "backend", "cpu"},
        {"x:y/a:n=4096,backend=cpu", 0, 2, "x:y/a", "n", "4096"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sb_compare_side side;
        assert_int_equal(sb_compare_side_parse(&side, cases[i].text, NULL), cases[i].code);
        if (cases[i].code == 0) {
            assert_string_equal(side.folder, cases[i].folder);
            assert_int_equal(side.filters, cases[i].filters);
        }
        if (cases[i].axis) {
            assert_string_equal(side.filter[0].axis, cases[i].axis);
            assert_string_equal(side.filter[0].value, cases[i].value);
        }
    }
}

/* Samples of cells in campaigns: eight turns of three samples that vary by a percent, around @p ns. */
#define TURNS 8
static const int turns[] = {3, 3, 3, 3, 3, 3, 3, 3, 0};
static const uint64_t *samples_of(uint64_t ns)
{
    static uint64_t pool[64][3 * TURNS];
    static int used;
    uint64_t *v = pool[used++ % 64];
    for (int i = 0; i < 3 * TURNS; i++) {
        v[i] = (uint64_t)((double)ns * (1 + 0.004 * normal()));
    }
    return v;
}

struct campaigns {
    struct sb_store *store;
    char folder[2][64];
};
static const char *const files[] = {"records/1.jsonl", NULL};

static int set_up(void **state)
{
    struct campaigns *c = calloc(1, sizeof *c);
    test_campaign(c->folder[0]);
    test_campaign(c->folder[1]);
    seed = 7;
    *state = c;
    return sb_store_open(&c->store, ":memory:", NULL);
}

static int tear_down(void **state)
{
    struct campaigns *c = *state;
    sb_store_close(c->store);
    test_remove(c->folder[0], files);
    test_remove(c->folder[1], files);
    free(c);
    return 0;
}

static int compare(struct sb_comparison *out, struct campaigns *c, const char *a, const char *b,
                   double gate, struct sb_error *err)
{
    struct sb_compare_options options;
    sb_compare_defaults(&options);
    options.gate = gate;
    struct sb_compare_side side[2];
    for (int i = 0; i < 2; i++) {
        const char *text = i ? b : a;
        char whole[200];
        snprintf(whole, sizeof whole, "%s%s", c->folder[text[0] == 'B'], text + 1);
        assert_int_equal(sb_compare_side_parse(&side[i], whole, err), 0);
        assert_int_equal(sb_store_index(&side[i].campaign, c->store, side[i].folder, err), 0);
    }
    return sb_compare_cells(out, c->store, &side[0], &side[1], &options, err);
}

static void add(struct campaigns *c, int side, const char *kernel, uint64_t ns, const char *state)
{
    test_add(c->folder[side], files[0],
             &(struct test_cell){.cell = kernel,
                                 .kernel = kernel,
                                 .state = state,
                                 .samples_ns = ns ? samples_of(ns) : NULL,
                                 .turns = ns ? turns : NULL});
}

static void test_compare__campaigns_match_cell_by_cell(void **state)
{
    struct campaigns *c = *state;
    static const struct {
        const char *kernel;
        uint64_t a_ns, b_ns;
        const char *a_state, *b_state;
        enum sb_outcome outcome;
    } cases[] = {
        /* in the order of names */
        {"a_only", 1000000, 0, "passed", NULL, SB_OUTCOME_MISSING},
        {"b_only", 0, 1000000, NULL, "passed", SB_OUTCOME_MISSING},
        {"failing", 1000000, 0, "passed", "failed", SB_OUTCOME_MISSING},
        {"faster", 1000000, 800000, "passed", "passed", SB_OUTCOME_FASTER},
        {"same", 1000000, 1000000, "passed", "passed", SB_OUTCOME_SAME},
        {"slower", 1000000, 1100000, "passed", "passed", SB_OUTCOME_SLOWER},
        {"untimed", 0, 0, "passed", "passed", SB_OUTCOME_INCONCLUSIVE},
        {"wrong", 1000000, 500000, "passed", "wrong", SB_OUTCOME_WRONG},
    };
    const size_t count = sizeof cases / sizeof cases[0];
    for (size_t i = 0; i < count; i++) {
        for (int side = 0; side < 2; side++) {
            const char *end = side ? cases[i].b_state : cases[i].a_state;
            if (end) {
                add(c, side, cases[i].kernel, side ? cases[i].b_ns : cases[i].a_ns, end);
            }
        }
    }
    struct sb_comparison got;
    struct sb_error err = {0};
    assert_int_equal(compare(&got, c, "A", "B", 0.03, &err), 0);
    assert_int_equal(got.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct sb_compare_row *row = &got.row[i];
        assert_string_equal(row->name, cases[i].kernel);
        if (row->outcome != cases[i].outcome) {
            fail_msg("%s is %s [%g, %g]", row->name, sb_outcome_text(row->outcome), row->ratio.low,
                     row->ratio.high);
        }
        assert_int_equal(row->regression, strcmp(row->name, "slower") == 0);
        assert_int_equal(*row->reason != '\0', row->outcome >= SB_OUTCOME_INCONCLUSIVE);
        assert_false(row->ratio.paired);
    }
    assert_int_equal(got.regressions, 1);
    json_t *json = sb_compare_to_json(&got);
    assert_int_equal(json_array_size(json_object_get(json, "rows")), count);
    json_decref(json);
    sb_compare_free(&got);
}

/* Even where somebody's record has times: an emulator's say nothing of any processor. */
static void test_compare__emulated_times_are_never_compared(void **state)
{
    struct campaigns *c = *state;
    static const struct {
        const char *emulated[2], *reason;
    } cases[] = {
        {{"qemu-aarch64 7.2.22", "qemu-aarch64 7.2.22"}, "both ran on qemu-aarch64 7.2.22"},
        {{NULL, "qemu-aarch64 7.2.22"}, "B ran on qemu-aarch64 7.2.22"},
        {{"twin", NULL}, "A ran on twin"},
    };
    const size_t count = sizeof cases / sizeof cases[0];
    for (size_t i = 0; i < count; i++) {
        const char *const kernels[] = {"a", "b", "c"};
        for (int side = 0; side < 2; side++) {
            test_add(c->folder[side], files[0],
                     &(struct test_cell){.cell = kernels[i],
                                         .kernel = kernels[i],
                                         .emulated = cases[i].emulated[side],
                                         .samples_ns = samples_of(side ? 2000000 : 1000000),
                                         .turns = turns});
        }
    }
    struct sb_comparison got;
    struct sb_error err = {0};
    assert_int_equal(compare(&got, c, "A", "B", 0.03, &err), 0);
    assert_int_equal(got.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(got.row[i].outcome, SB_OUTCOME_MISSING);
        assert_non_null(strstr(got.row[i].reason, cases[i].reason));
        assert_non_null(strstr(got.row[i].reason, "never timed"));
        assert_true(got.row[i].median_a_ns == 0 && got.row[i].median_b_ns == 0);
        assert_false(got.row[i].regression);
    }
    assert_int_equal(sb_compare_exit(&got), SB_EXIT_NOTHING);
    sb_compare_free(&got);
}

static void test_compare__exit_code_says_the_worst(void **state)
{
    static const struct {
        uint64_t a_ns, b_ns;
        const char *a_state, *b_state;
        double gate;
        int code;
    } cases[] = {
        {0, 0, NULL, NULL, 0.03, SB_EXIT_NOTHING},
        {1000000, 0, "passed", NULL, 0.03, SB_EXIT_NOTHING},
        {0, 0, "unsupported", "unsupported", 0.03, SB_EXIT_NOTHING},
        {1000000, 900000, "passed", "wrong", 0.03, SB_EXIT_WRONG},
        {1000000, 0, "passed", "failed", 0.03, SB_EXIT_FAILED},
        {1000000, 0, "passed", "lost", 0.03, SB_EXIT_INFRA},
        {0, 0, "passed", "passed", 0.03, SB_EXIT_INCONCLUSIVE},
        {0, 0, "passed", "passed", -1, SB_EXIT_INCONCLUSIVE},
        {1000000, 1100000, "passed", "passed", 0.03, SB_EXIT_REGRESSION},
        {1000000, 1100000, "passed", "passed", 0.2, SB_EXIT_PASSED},
        {1000000, 1100000, "passed", "passed", -1, SB_EXIT_PASSED},
        {1000000, 900000, "passed", "passed", 0.03, SB_EXIT_PASSED},
        {1000000, 1000000, "passed", "passed", 0.03, SB_EXIT_PASSED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *fresh = NULL;
        assert_int_equal(set_up(&fresh), 0);
        struct campaigns *c = fresh;
        if (cases[i].a_state) {
            add(c, 0, "k", cases[i].a_ns, cases[i].a_state);
        }
        if (cases[i].b_state) {
            add(c, 1, "k", cases[i].b_ns, cases[i].b_state);
        }
        struct sb_comparison got;
        assert_int_equal(compare(&got, c, "A", "B", cases[i].gate, NULL), 0);
        if (sb_compare_exit(&got) != cases[i].code) {
            fail_msg("case %zu: %d", i, sb_compare_exit(&got));
        }
        sb_compare_free(&got);
        tear_down(&fresh);
    }
}

static void test_compare__parts_of_one_campaign_are_paired(void **state)
{
    struct campaigns *c = *state;
    static const struct {
        const char *cell, *backend, *variant, *target;
        int n;
        uint64_t ns;
    } cells[] = {{"a", "cpu", "portable", "x86-64", 64, 1000000},
                 {"b", "opencl", "portable", "native", 64, 1200000},
                 {"d", "cpu", "vendor", "x86-64", 64, 500000},
                 {"e", "cpu", "portable", "x86-64", 128, 2000000},
                 {"f", "opencl", "portable", "native", 128, 2400000}};
    for (size_t i = 0; i < 5; i++) {
        test_add(c->folder[0], files[0],
                 &(struct test_cell){.cell = cells[i].cell,
                                     .backend = cells[i].backend,
                                     .variant = cells[i].variant,
                                     .target = cells[i].target,
                                     .n = cells[i].n,
                                     .samples_ns = samples_of(cells[i].ns),
                                     .turns = turns});
    }
    static const struct {
        const char *a, *b;
        int code;
        size_t rows, slower, faster;
        const char *says;
    } cases[] = {
        {"A:bakcend=cpu", "A", SB_EINVAL, 0, 0, 0, "did you mean 'backend'"},
        {"A:backend=cuda", "A", SB_ENOTFOUND, 0, 0, 0, "no cell with backend=cuda"},
        {"A:n=64,variant=portable", "A:n=128,variant=portable", 0, 2, 2, 0, NULL},
        {"A:backend=cpu", "A:variant=portable", SB_EINVAL, 0, 0, 0,
         "match one cell of the other side"},
        {"A:backend=cpu,variant=portable", "A:backend=opencl,variant=portable", 0, 2, 2, 0, NULL},
        {"A:variant=portable,backend=cpu", "A:variant=vendor,backend=cpu", 0, 2, 0, 1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sb_comparison got;
        struct sb_error err = {0};
        const int code = compare(&got, c, cases[i].a, cases[i].b, -1, &err);
        if (code != cases[i].code || (cases[i].says && !strstr(err.text, cases[i].says))) {
            fail_msg("case %zu: %d %s", i, code, err.text);
        }
        if (code == 0) {
            assert_int_equal(got.count, cases[i].rows);
            assert_int_equal(got.counts[SB_OUTCOME_SLOWER], cases[i].slower);
            assert_int_equal(got.counts[SB_OUTCOME_FASTER], cases[i].faster);
            assert_true(got.row[0].ratio.paired);
            sb_compare_free(&got);
        }
    }
}

static void test_compare__replicas_are_taken_together(void **state)
{
    struct campaigns *c = *state;
    for (int side = 0; side < 2; side++) {
        for (int r = 0; r < 3; r++) {
            char cell[8];
            snprintf(cell, sizeof cell, "c%d", r);
            test_add(c->folder[side], files[0],
                     &(struct test_cell){.cell = cell,
                                         .replica = r,
                                         .turns = turns,
                                         .samples_ns = samples_of(side ? 1050000 : 1000000)});
        }
    }
    struct sb_comparison got;
    assert_int_equal(compare(&got, c, "A", "B", 0.03, NULL), 0);
    assert_int_equal(got.count, 1);
    assert_int_equal(got.row[0].ratio.turns_a, 3 * TURNS);
    assert_int_equal(got.row[0].outcome, SB_OUTCOME_SLOWER);
    assert_int_equal(got.regressions, 1);
    sb_compare_free(&got);
}

/* One side's marks are told, and change neither outcome nor ratio; few of them are not worth a word. */
static void test_compare__a_disturbed_side_is_named_and_still_compared(void **state)
{
    struct campaigns *c = *state;
    static const struct {
        const char *disturbed;
        const char *note; /* its beginning */
    } cases[] = {
        {NULL, ""},
        {"[{\"turn\":0,\"what\":\"waiting\",\"amount\":0.3},{\"turn\":1,\"what\":\"waiting\","
         "\"amount\":0.3},"
         "{\"turn\":2,\"what\":\"steal\",\"amount\":0.3},{\"turn\":3,\"what\":\"waiting\","
         "\"amount\":0.3}]",
         "B was disturbed in "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int side = 0; side < 2; side++) {
            test_add(c->folder[side], files[0],
                     &(struct test_cell){.kernel = i ? "marked" : "quiet",
                                         .cell = i ? "marked" : "quiet",
                                         .turns = turns,
                                         .samples_ns = samples_of(side ? 1100000 : 1000000),
                                         .disturbed = side ? cases[i].disturbed : NULL});
        }
    }
    struct sb_comparison got;
    assert_int_equal(compare(&got, c, "A", "B", 0.03, NULL), 0);
    assert_int_equal(got.count, 2);
    const struct sb_compare_row *marked = &got.row[0], *quiet = &got.row[1];
    assert_string_equal(marked->name, "marked");
    assert_string_equal(quiet->note, "");
    assert_true(strncmp(marked->note, cases[1].note, strlen(cases[1].note)) == 0);
    assert_non_null(strstr(marked->note, "(waiting 3, steal 1)"));
    assert_int_equal(marked->outcome, SB_OUTCOME_SLOWER);
    assert_int_equal(quiet->outcome, SB_OUTCOME_SLOWER);
    assert_true(fabs(marked->ratio.ratio - quiet->ratio.ratio) < 0.02); /* noise of its own */
    assert_true(marked->disturbed_b > 0.1 && isnan(marked->disturbed_a));
    sb_compare_free(&got);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare__repeated_a_a_raises_at_most_two_percent),
        cmocka_unit_test(test_compare__a_planted_five_percent_is_found),
        cmocka_unit_test(test_compare__recorded_noise_raises_at_most_two_percent),
        cmocka_unit_test(test_compare__pairing_removes_what_both_sides_met),
        cmocka_unit_test(test_compare__outcomes_follow_the_interval),
        cmocka_unit_test(test_compare__too_little_is_inconclusive),
        cmocka_unit_test(test_compare__a_busy_machine_decides_nothing),
        cmocka_unit_test(test_compare__sides_are_parsed),
        TEST(test_compare__campaigns_match_cell_by_cell),
        TEST(test_compare__emulated_times_are_never_compared),
        cmocka_unit_test(test_compare__exit_code_says_the_worst),
        TEST(test_compare__parts_of_one_campaign_are_paired),
        TEST(test_compare__replicas_are_taken_together),
        TEST(test_compare__a_disturbed_side_is_named_and_still_compared),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
