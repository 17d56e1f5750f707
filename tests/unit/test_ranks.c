/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/alone.h"
#include "harness/run/ranks/line.h"
#include "harness/run/ranks/member.h"
#include "harness/run/ranks/repeat.h"
#include "harness/run/ranks/verdict.h"
#include "harness/util/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_ranks__parts_cover_the_whole_once(void **state)
{
    static const int64_t wholes[] = {1, 2, 3, 7, 64, 1000, 4099};
    (void)state;
    for (size_t w = 0; w < sizeof wholes / sizeof *wholes; ++w) {
        for (int64_t parts = 1; parts <= 40; ++parts) {
            int64_t next = 0;
            for (int64_t part = 0; part < parts; ++part) {
                const int64_t count = sb_part_count(wholes[w], parts, part);
                assert_int_equal(sb_part_first(wholes[w], parts, part), next);
                assert_true(count == wholes[w] / parts || count == wholes[w] / parts + 1);
                next += count;
            }
            assert_int_equal(next, wholes[w]);
        }
    }
}

static void test_ranks__a_grid_has_all_ranks_and_the_least_surface(void **state)
{
    static const struct {
        int ranks;
        int64_t n[3];
        int want[3]; /* {0}: none is possible */
    } cases[] = {
        {25, {8, 1, 3}, {0}},
        {7, {6, 6, 6}, {0}},
        {2, {1, 1, 1}, {0}},
        {1, {1, 1, 1}, {1, 1, 1}},
        {2, {64, 64, 64}, {1, 1, 2}},
        {4, {64, 64, 64}, {1, 1, 4}},
        {8, {64, 64, 64}, {1, 2, 4}},
        {2, {64, 64, 4}, {1, 2, 1}},
        {4, {1000, 10, 10}, {4, 1, 1}},
        {24, {8, 1, 3}, {8, 1, 3}},
        {7, {7, 1, 1}, {7, 1, 1}},
        {64, {256, 256, 256}, {4, 4, 4}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        int grid[3] = {0};
        const int code = sb_grid_make(grid, cases[i].ranks, cases[i].n);
        assert_int_equal(code, cases[i].want[0] ? 0 : -1);
        for (int d = 0; code == 0 && d < 3; ++d) {
            assert_int_equal(grid[d], cases[i].want[d]);
        }
    }
}

static void test_ranks__places_and_ranks_are_each_others_inverse_and_edges_meet(void **state)
{
    static const int grid[3] = {3, 4, 5};
    (void)state;
    for (int rank = 0; rank < 60; ++rank) {
        int place[3];
        sb_grid_place(place, grid, rank);
        assert_int_equal(sb_grid_rank(grid, place), rank);
        for (int d = 0; d < 3; ++d) {
            int beyond[3] = {place[0], place[1], place[2]};
            beyond[d] = grid[d];
            int first[3] = {place[0], place[1], place[2]};
            first[d] = 0;
            assert_int_equal(sb_grid_rank(grid, beyond), sb_grid_rank(grid, first));
            beyond[d] = -1;
            first[d] = grid[d] - 1;
            assert_int_equal(sb_grid_rank(grid, beyond), sb_grid_rank(grid, first));
        }
    }
}

static void test_ranks__a_single_rank_talks_to_itself_and_to_nobody_else(void **state)
{
    (void)state;
    struct sb_ranks *ranks = sb_ranks_alone();
    int a = 7, b = 8, got = 0;
    const struct sb_parcel other = {1, 0, &a, sizeof a};
    const struct sb_parcel first = {0, 5, &a, sizeof a};
    const struct sb_parcel second = {0, 6, &b, sizeof b};
    const struct sb_parcel in = {0, 6, &got, sizeof got};
    const struct sb_parcel in_first = {0, 5, &got, sizeof got};
    const struct sb_parcel shorter = {0, 5, &got, 2};
    assert_int_not_equal(ranks->send(ranks, &other), 0);
    assert_string_not_equal(ranks->fault(ranks), "");
    assert_int_not_equal(ranks->receive(ranks, &in), 0); /* nothing was sent */
    assert_int_not_equal(ranks->broadcast(ranks, &a, sizeof a, 1), 0);
    assert_int_equal(ranks->send(ranks, &first), 0);
    assert_int_equal(ranks->send(ranks, &second), 0);
    assert_int_equal(ranks->receive(ranks, &in), 0); /* by tag, not by order */
    assert_int_equal(got, 8);
    assert_int_equal(ranks->receive(ranks, &in_first), 0);
    assert_int_equal(got, 7);
    assert_int_equal(ranks->send(ranks, &first), 0);
    assert_int_not_equal(ranks->receive(ranks, &shorter), 0);
    assert_int_equal(ranks->swap(ranks, &second, 1, &in, 1), 0);
    assert_int_equal(got, 8);
    double sum = 0;
    const double own = 2.5;
    assert_int_equal(ranks->reduce(ranks, &sum, &own, 1, SB_NUMBER_DOUBLE, SB_SUM), 0);
    assert_true(sum == own);
    assert_int_equal(ranks->send(ranks, &first), 0); /* unreceived: freed with the rest */
    sb_ranks_alone_free(ranks);
    sb_ranks_alone_free(NULL);
}

static void test_ranks__one_rank_agrees_with_itself(void **state)
{
    (void)state;
    struct sb_ranks *ranks = sb_ranks_alone();
    struct sb_error err = {0};
    sb_fail(&err, SB_ECOMPILE, "the reason");
    assert_int_equal(sb_ranks_agree(ranks, SB_ECOMPILE, &err), SB_ECOMPILE);
    assert_string_equal(err.text, "the reason");
    assert_int_equal(sb_ranks_agree(ranks, 0, &err), 0);
    struct sb_work work = {1, 2, 3, 4, 5};
    assert_int_equal(sb_ranks_total(&work, ranks, &err), 0);
    assert_true(work.flop == 1 && work.items == 5);
    sb_ranks_alone_free(ranks);
}

/* A cell whose launches are counted, and the exchanges seen between them. */
static char trace[256];

static int fake_repeat(uint64_t *out_time_ns, struct sb_exec *exec,
                       const struct sb_launches *launches, struct sb_error *err)
{
    (void)exec;
    (void)err;
    const size_t used = strlen(trace);
    snprintf(trace + used, sizeof trace - used, "[%d,%d)", launches->first, launches->count);
    *out_time_ns = 10;
    return 0;
}

static int fake_exchange(const struct sb_case *c, int step, struct sb_ranks *ranks,
                         void *const data[SB_MAX_ARRAYS])
{
    (void)c;
    (void)ranks;
    const size_t used = strlen(trace);
    snprintf(trace + used, sizeof trace - used, "x%d%s", step, data[0] ? "" : "?");
    return step == 9 ? -1 : 0;
}

static int one_array(struct sb_array out[SB_MAX_ARRAYS], const struct sb_case *c)
{
    (void)c;
    out[0] = (struct sb_array){.name = "a", .rank = 1, .shape = {3}};
    return 1;
}

static int copied;
static int fake_copy(struct sb_exec *exec, int index, void *to, struct sb_error *err)
{
    (void)exec;
    (void)index;
    (void)to;
    (void)err;
    return ++copied * 0;
}
static int fake_upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err)
{
    (void)exec;
    (void)index;
    (void)from;
    (void)err;
    return ++copied * 0;
}

static void test_ranks__launches_and_exchanges_run_in_their_order(void **state)
{
    static const struct sb_backend backend = {
        .repeat = fake_repeat, .download = fake_copy, .upload = fake_upload};
    static const struct sb_kernel kernel = {
        .name = "fake", .arrays = one_array, .exchange = fake_exchange};
    static const struct sb_kernel without = {.name = "without", .arrays = one_array};
    struct sb_case c = {.kernel = &kernel};
    struct sb_stage stage = {0};
    struct sb_launches l = {0};
    struct sb_ranks *ranks = sb_ranks_alone();
    struct sb_error err = {0};
    uint64_t time_ns = 0;
    (void)state;
    sb_exchange(&l, 0, SB_LIST(0), SB_LIST(0));
    sb_launch(&l, "one", SB_EACH_1D(1), SB_ARGS(SB_A(0)));
    sb_launch(&l, "two", SB_EACH_1D(1), SB_ARGS(SB_A(0)));
    sb_exchange(&l, 1, SB_LIST(0), SB_LIST(0));
    sb_exchange(&l, 2, SB_LIST(0), SB_LIST(0));
    sb_launch(&l, "three", SB_EACH_1D(1), SB_ARGS(SB_A(0)));
    sb_exchange(&l, 3, SB_LIST(0), SB_LIST(0));
    assert_int_equal(l.failed, 0);
    trace[0] = '\0';
    assert_int_equal(sb_ranks_repeat(&time_ns, NULL, &backend, &c, &l, ranks, &stage, &err), 0);
    assert_string_equal(trace, "x0[0,2)x1x2[2,3)x3");
    assert_int_equal(copied, 8);
    assert_true(time_ns >= 20);
    struct sb_launches part = l; /* the first launch alone */
    part.count = 1;
    trace[0] = '\0';
    assert_int_equal(sb_ranks_repeat(&time_ns, NULL, &backend, &c, &part, ranks, &stage, &err), 0);
    assert_string_equal(trace, "x0[0,1)");
    c.kernel = &without;
    assert_int_equal(sb_ranks_repeat(&time_ns, NULL, &backend, &c, &l, ranks, &stage, &err),
                     SB_EINVAL);
    c.kernel = &kernel;
    l.exchange[0].step = 9;
    assert_int_equal(sb_ranks_repeat(&time_ns, NULL, &backend, &c, &l, ranks, &stage, &err),
                     SB_EINFRA);
    sb_exchange(&l, 4, SB_LIST(SB_MAX_ARRAYS), SB_LIST(0));
    assert_int_equal(l.failed, SB_EINVAL);
    sb_stage_free(&stage);
    sb_launches_free(&l);
    sb_ranks_alone_free(ranks);
}

static json_t *wait_for(struct sb_line *line)
{
    struct pollfd p = {.fd = sb_line_fd(line), .events = POLLIN};
    json_t *told = NULL;
    for (int i = 0; !told && i < 100; ++i) {
        if (poll(&p, 1, 50) > 0) {
            told = sb_line_take(line);
        }
    }
    return told;
}

/* The other end needs rank 0's answer to its hello, which comes when that one looks: so a process of its own. */
static pid_t join_from_child(const char *address, int rank, const char *reason)
{
    const pid_t pid = fork();
    if (pid == 0) {
        int fd = -1;
        if (sb_line_join(&fd, address, rank, NULL) != 0) {
            _exit(9);
        }
        json_t *what = json_pack("{s:i,s:s}", "rank", rank, "reason", reason);
        if (*reason) {
            sb_line_say(fd, what, NULL);
        }
        _exit(0);
    }
    return pid;
}

static void test_ranks__the_line_tells_what_a_rank_died_of_and_that_it_is_gone(void **state)
{
    struct sb_line *line = NULL;
    char address[SB_LINE_ADDRESS];
    (void)state;
    assert_int_equal(sb_line_open(&line, NULL), 0);
    sb_line_address(line, address);
    join_from_child(address, 3, "signal 11");
    json_t *told = wait_for(line);
    assert_int_equal(sb_json_integer_or(told, "rank", -1), 3);
    assert_string_equal(sb_json_text_or(told, "reason", ""), "signal 11");
    json_decref(told);
    told = wait_for(line); /* and then it ended */
    assert_string_equal(sb_json_text_or(told, "state", ""), "lost");
    json_decref(told);
    sb_line_close(line);
}

static void test_ranks__the_line_is_not_for_strangers(void **state)
{
    struct sb_line *line = NULL;
    char address[SB_LINE_ADDRESS];
    char forged[SB_LINE_ADDRESS];
    int status = 0;
    (void)state;
    assert_int_equal(sb_line_open(&line, NULL), 0);
    sb_line_address(line, address);
    snprintf(forged, sizeof forged, "%s", address);
    forged[0] = forged[0] == '0' ? '1' : '0'; /* of the token */
    const pid_t pid = join_from_child(forged, 1, "I am none of you");
    json_t *told = NULL;
    struct pollfd p = {.fd = sb_line_fd(line), .events = POLLIN};
    while (!told && waitpid(pid, &status, WNOHANG) == 0) {
        if (poll(&p, 1, 20) > 0) {
            told = sb_line_take(line);
        }
    }
    assert_null(told);
    assert_int_equal(WEXITSTATUS(status), 9);
    int fd = -1;
    assert_int_not_equal(sb_line_join(&fd, "", 1, NULL), 0);
    assert_int_not_equal(sb_line_join(&fd, "token", 1, NULL), 0);
    assert_int_not_equal(sb_line_join(&fd, "token 1 127.0.0.1", 1, NULL), 0);
    assert_int_not_equal(sb_line_join(&fd, "token 80 not-an-address", 1, NULL), 0);
    sb_line_close(line);
    sb_line_close(NULL);
}

static void test_ranks__launchers_are_known_by_what_they_set(void **state)
{
    static const struct {
        const char *name, *value, *step;
        int rank;
        const char *launcher;
    } cases[] = {
        {"NONE_OF_THEM", "3", NULL, -1, ""}, {"PMIX_RANK", "2", NULL, 2, "pmix"},
        {"PMIX_RANK", "2", "0", 2, "srun"},  {"OMPI_COMM_WORLD_RANK", "1", "0", 1, "mpirun"},
        {"PMI_RANK", "0", NULL, 0, "pmi"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *launcher = NULL;
        setenv(cases[i].name, cases[i].value, 1);
        if (cases[i].step) {
            setenv("SLURM_STEP_ID", cases[i].step, 1);
        }
        assert_int_equal(sb_rank_of_launcher(&launcher), cases[i].rank);
        assert_string_equal(launcher, cases[i].launcher);
        unsetenv(cases[i].name);
        unsetenv("SLURM_STEP_ID");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks__parts_cover_the_whole_once),
        cmocka_unit_test(test_ranks__a_grid_has_all_ranks_and_the_least_surface),
        cmocka_unit_test(test_ranks__places_and_ranks_are_each_others_inverse_and_edges_meet),
        cmocka_unit_test(test_ranks__a_single_rank_talks_to_itself_and_to_nobody_else),
        cmocka_unit_test(test_ranks__one_rank_agrees_with_itself),
        cmocka_unit_test(test_ranks__launches_and_exchanges_run_in_their_order),
        cmocka_unit_test(test_ranks__the_line_tells_what_a_rank_died_of_and_that_it_is_gone),
        cmocka_unit_test(test_ranks__the_line_is_not_for_strangers),
        cmocka_unit_test(test_ranks__launchers_are_known_by_what_they_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
