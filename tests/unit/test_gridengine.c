/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/gridengine.h"
#include "tests/unit/recorded_jobs.h"

static const struct expected_job queue[] = {
    {"1", "c.j1", SB_JOB_RUNNING, -1, "gridengine", NULL},
    {"2", "c.j2", SB_JOB_HELD, -1, "", "Eqw"},
    {"3", "c.j3", SB_JOB_HELD, -1, "", "hqw"},
    {"4", "c.j4", SB_JOB_QUEUED, -1, "", "qw"},
};

static const struct expected_job accounting[] = {
    {"2", "c.j2", SB_JOB_FAILED, 3, "gridengine", "ended with code 3"},
    {"3", "c.j3", SB_JOB_TIMED_OUT, 137, "gridengine", "time limit of 3 s: failed 37"},
    {"4", "c.j4", SB_JOB_FAILED, 139, "gridengine", "signal 11"},
    {"5", "c.j5", SB_JOB_NODE_FAILED, 0, "gridengine", "failed 26  : opening input/output file"},
};

static void test_gridengine__the_queue_with_reasons_and_lost_hosts(void **state)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    char *text = recorded("gridengine/queue.xml");
    (void)state;
    assert_int_equal(sb_gridengine_read_queue(&jobs, &count, text, NULL), 0);
    CHECK_JOBS(jobs, count, queue);
    free(text);
    text = recorded("gridengine/reasons.txt");
    sb_gridengine_read_reasons(jobs, count, text);
    free(text);
    text = recorded("gridengine/unreachable.xml");
    sb_gridengine_read_unreachable(jobs, count, text);
    free(text);
    for (int i = 0; i < count; ++i) {
        if (strcmp(jobs[i].id, "1") == 0) {
            assert_int_equal(jobs[i].state, SB_JOB_NODE_FAILED);
            assert_non_null(strstr(jobs[i].words, "all.q@gridengine is in state u"));
        }
        if (strcmp(jobs[i].id, "2") == 0) {
            assert_non_null(strstr(jobs[i].words, "Eqw: 11/26/2026"));
            assert_non_null(strstr(jobs[i].words, "can't open output file \"/nowhere/x\""));
        }
    }
    free(jobs);
}

static void test_gridengine__the_accounting_tells_ends_apart(void **state)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    char *text = recorded("gridengine/accounting.txt");
    (void)state;
    assert_int_equal(sb_gridengine_read_accounting(&jobs, &count, text, NULL), 0);
    CHECK_JOBS(jobs, count, accounting);
    free(text);
    free(jobs);
}

static void test_gridengine__letters_of_states(void **state)
{
    static const struct {
        const char *letters;
        enum sb_job_state state;
    } cases[] = {
        {"r", SB_JOB_RUNNING},  {"t", SB_JOB_RUNNING},  {"dr", SB_JOB_RUNNING},
        {"Rr", SB_JOB_RUNNING}, {"qw", SB_JOB_QUEUED},  {"Rq", SB_JOB_QUEUED},
        {"s", SB_JOB_QUEUED},   {"S", SB_JOB_QUEUED},   {"T", SB_JOB_QUEUED},
        {"hqw", SB_JOB_HELD},   {"hRwq", SB_JOB_HELD},  {"Eqw", SB_JOB_HELD},
        {"Ehqw", SB_JOB_HELD},  {"dqw", SB_JOB_QUEUED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char text[400];
        struct sb_placed *jobs = NULL;
        int count = 0;
        snprintf(text, sizeof text,
                 "<job_info><job_list state=\"x\"><JB_job_number>7</JB_job_number>"
                 "<JB_name>other</JB_name><state>%s</state></job_list></job_info>",
                 cases[i].letters);
        assert_int_equal(sb_gridengine_read_queue(&jobs, &count, text, NULL), 0);
        assert_int_equal(count, 1);
        assert_string_equal(jobs[0].tag, ""); /* not ours */
        if (jobs[0].state != cases[i].state) {
            fail_msg("%s is %s", cases[i].letters, sb_job_state_text(jobs[0].state));
        }
        free(jobs);
    }
}

static void test_gridengine__what_is_no_answer_is_refused(void **state)
{
    struct sb_placed *jobs = NULL;
    struct sb_error err = {0};
    int count = 0;
    (void)state;
    assert_int_equal(sb_gridengine_read_queue(&jobs, &count, "error: commlib error", &err),
                     SB_EINFRA);
    assert_int_equal(sb_gridengine_read_queue(&jobs, &count, "<job_info><job_list>", &err),
                     SB_EINFRA);
    check_torn("gridengine/queue.xml", sb_gridengine_read_queue);
    check_torn("gridengine/accounting.txt", sb_gridengine_read_accounting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gridengine__the_queue_with_reasons_and_lost_hosts),
        cmocka_unit_test(test_gridengine__the_accounting_tells_ends_apart),
        cmocka_unit_test(test_gridengine__letters_of_states),
        cmocka_unit_test(test_gridengine__what_is_no_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
