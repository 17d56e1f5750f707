/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/oar.h"
#include "tests/unit/recorded_jobs.h"

static void check(const char *name, const struct expected_job *expected, int expected_count)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    struct sb_error err = {0};
    char *text = recorded(name);
    if (sb_oar_read(&jobs, &count, text, &err) != 0) {
        fail_msg("%s: %s", name, err.text);
    }
    check_jobs(jobs, count, expected, expected_count);
    free(text);
    free(jobs);
}
#define CHECK(name, expected) check(name, expected, (int)(sizeof(expected) / sizeof *(expected)))

static const struct expected_job jobs_told[] = {
    {"1", "c.j8", SB_JOB_FAILED, 3, "oar", "ended with code 3"}, /* Terminated, exit_code 768 */
    {"2", "c.j3", SB_JOB_DONE, 0, "oar", "ended with code 0"},
    {"3", "c.j7", SB_JOB_CANCELLED, -1, "",
     "FRAG_JOB_REQUEST: User bench requested to frag the job 3"},
    {"4", "c.j9", SB_JOB_FAILED, 139, "oar", "signal 11"},
    {"5", "c.j10", SB_JOB_NODE_FAILED, -1, "oar", "OUTPUT_FILES: [bipbip 5] Cannot create .stdout"},
    {"6", "c.j11", SB_JOB_CANCELLED, -1, "", "FRAG_JOB_REQUEST"},
    {"7", "c.j12", SB_JOB_DONE, 0, "oar", "ended with code 0"},
    {"20", "c.k2", SB_JOB_TIMED_OUT, -1, "oar", "WALLTIME: [sarko] Job [1] from"},
    {"30", "c.hold", SB_JOB_HELD, -1, "", "Hold"},
    {"31", "c.run", SB_JOB_RUNNING, -1, "oar", NULL},
    {"32", "c.wait", SB_JOB_QUEUED, -1, "", "Waiting"},
};

static void test_oar__every_recorded_state_is_told(void **state)
{
    (void)state;
    CHECK("oar/jobs.json", jobs_told);
    CHECK("oar/jobs_after_words.txt", jobs_told); /* admission rules speak first */
}

static void test_oar__no_answer_is_no_jobs_and_half_of_one_a_fault(void **state)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    (void)state;
    assert_int_equal(sb_oar_read(&jobs, &count, "", NULL), 0);
    assert_int_equal(sb_oar_read(&jobs, &count, "{}", NULL), 0);
    assert_int_equal(count, 0);
    check_torn("oar/jobs.json", sb_oar_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oar__every_recorded_state_is_told),
        cmocka_unit_test(test_oar__no_answer_is_no_jobs_and_half_of_one_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
