/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/recorded_jobs.h"

static struct sb_placed placed(const char *id, const char *tag, enum sb_job_state state)
{
    struct sb_placed job = {.state = state, .exit_code = -1};
    snprintf(job.id, sizeof job.id, "%s", id);
    snprintf(job.tag, sizeof job.tag, "%s", tag);
    return job;
}

static void test_batch__a_job_in_no_answer_keeps_its_state_for_a_while(void **state)
{
    struct sb_placed jobs[] = {placed("b1", "c.1", SB_JOB_RUNNING),
                               placed("b2", "c.2", SB_JOB_QUEUED),
                               placed("b3", "c.3", SB_JOB_DONE)};
    const struct sb_placed known[] = {placed("b2", "", SB_JOB_FAILED),
                                      placed("b2", "", SB_JOB_RUNNING)};
    (void)state;
    sb_batch_apply(jobs, 3, known, 2, "nobody knows it");
    assert_int_equal(jobs[0].state, SB_JOB_RUNNING);
    assert_string_equal(jobs[0].words, "nobody knows it");
    assert_int_equal(jobs[1].state, SB_JOB_RUNNING); /* the later entry wins, and the tag stays */
    assert_string_equal(jobs[1].tag, "c.2");
    assert_int_equal(jobs[2].state, SB_JOB_UNKNOWN);
}

static void test_batch__a_cancelled_job_says_so(void **state)
{
    struct sb_placed jobs[] = {placed("k1", "c.1", SB_JOB_RUNNING),
                               placed("k2", "c.2", SB_JOB_RUNNING)};
    struct sb_placed known = placed("k2", "", SB_JOB_FAILED);
    (void)state;
    sb_batch_ended(&known, 137);
    sb_batch_note_cancelled(jobs, 2);
    sb_batch_apply(jobs, 2, &known, 1, "nobody knows it");
    assert_int_equal(jobs[0].state, SB_JOB_CANCELLED);
    assert_int_equal(jobs[1].state, SB_JOB_CANCELLED);
    assert_string_equal(jobs[1].words, "cancelled: ended by signal 9 (Killed)");
}

static void test_batch__lists_are_filtered_and_made_unique(void **state)
{
    struct sb_placed jobs[] = {placed("1", "a.x", SB_JOB_QUEUED), placed("1", "a.x", SB_JOB_DONE),
                               placed("2", "ab.x", SB_JOB_DONE), placed("3", "", SB_JOB_DONE)};
    int count = 4;
    (void)state;
    sb_batch_filter(jobs, &count, "a");
    assert_int_equal(count, 2);
    sb_batch_unique(jobs, &count);
    assert_int_equal(count, 1);
    assert_int_equal(jobs[0].state, SB_JOB_DONE);
}

static void test_batch__commands_words_decide_who_is_to_blame(void **state)
{
    static const struct {
        const char *script;
        int code;
        const char *says;
    } cases[] = {
        {"echo 'unknown queue \"x\"' >&2; exit 1", SB_EINVAL, "sh: unknown queue \"x\""},
        {"echo 'cannot connect to server login (errno=111)' >&2; exit 2", SB_EINFRA,
         "cannot connect"},
        {"printf 'two\\n lines\\n' >&2; exit 3", SB_EINVAL, "sh: two lines"},
        {"echo said on stdout; exit 1", SB_EINVAL, "said on stdout"},
        {"exit 9", SB_EINVAL, "failed without a word"},
        {"cat; exit 0", 0, "input"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_line line = {0};
        struct sb_error err = {0};
        char *out = NULL;
        sb_line_add(&line, "sh");
        sb_line_pair(&line, "-c", cases[i].script);
        sb_line_pair(&line, "--never", NULL);
        assert_int_equal(sb_line_run(&out, &line, "input", true, &err), cases[i].code);
        assert_non_null(strstr(cases[i].code == 0 ? out : err.text, cases[i].says));
        free(out);
        sb_line_free(&line);
    }
}

static void test_batch__a_log_that_would_be_expanded_is_written_by_the_job(void **state)
{
    const char *launcher[16] = {"mpirun", "-n", "2", NULL};
    const char *option = NULL;
    const struct sb_ticket ticket = {.log = "/data/$HOME/x.log"};
    (void)state;
    sb_batch_log(&option, launcher, &ticket, true);
    assert_string_equal(option, "/dev/null");
    assert_string_equal(launcher[3], "/data/$HOME/x.log");
    assert_string_equal(launcher[4], "mpirun");
    assert_null(launcher[7]);
    sb_batch_log(&option, launcher, &ticket, false);
    assert_string_equal(option, ticket.log);
}

static void test_batch__what_was_found_is_the_campaigns_or_nothing(void **state)
{
    const struct sb_placed jobs[] = {{.id = "1", .tag = "c.job-1"},
                                     {.id = "2", .tag = "other.job-1"}};
    (void)state;
    for (int failed = 0; failed < 2; ++failed) {
        struct sb_placed *list = NULL;
        int count = 0;
        for (int i = 0; i < 2; ++i) {
            assert_int_equal(sb_batch_push(&list, &count, &jobs[i], NULL), 0);
        }
        const int code = failed ? SB_EINFRA : 0;
        assert_int_equal(sb_batch_found(&list, &count, code, "c"), code);
        assert_int_equal(count, failed ? 0 : 1);
        assert_true(failed ? list == NULL : strcmp(list[0].id, "1") == 0);
        free(list);
    }
}

static void test_batch__clocks_are_rounded_up(void **state)
{
    char text[32];
    (void)state;
    sb_batch_clock(text, 0, 1);
    assert_string_equal(text, "01:00:00"); /* none: an hour */
    sb_batch_clock(text, 61.2, 1);
    assert_string_equal(text, "00:01:02");
    sb_batch_clock(text, 61, 60);
    assert_string_equal(text, "00:02:00");
    sb_batch_clock(text, 100 * 3600, 1);
    assert_string_equal(text, "100:00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch__a_job_in_no_answer_keeps_its_state_for_a_while),
        cmocka_unit_test(test_batch__a_cancelled_job_says_so),
        cmocka_unit_test(test_batch__lists_are_filtered_and_made_unique),
        cmocka_unit_test(test_batch__commands_words_decide_who_is_to_blame),
        cmocka_unit_test(test_batch__a_log_that_would_be_expanded_is_written_by_the_job),
        cmocka_unit_test(test_batch__what_was_found_is_the_campaigns_or_nothing),
        cmocka_unit_test(test_batch__clocks_are_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
