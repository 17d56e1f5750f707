/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/pbs.h"
#include "tests/unit/recorded_jobs.h"

static void check(const char *name, const struct expected_job *expected, int expected_count)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    struct sb_error err = {0};
    char *text = recorded(name);
    if (sb_pbs_read(&jobs, &count, text, &err) != 0) {
        fail_msg("%s: %s", name, err.text);
    }
    check_jobs(jobs, count, expected, expected_count);
    free(text);
    free(jobs);
}
#define CHECK(name, expected) check(name, expected, (int)(sizeof(expected) / sizeof *(expected)))

static const struct expected_job openpbs[] = {
    {"1001.server", "c.queued", SB_JOB_QUEUED, -1, "",
     "Q: Not Running: Insufficient amount of resource: ncpus"},
    {"1002.server", "c.running", SB_JOB_RUNNING, -1, "node1,node2", NULL},
    {"1003.server", "c.held", SB_JOB_HELD, -1, "",
     "held (s): job held, too many failed attempts to run"},
    {"1004.server", "c.done", SB_JOB_DONE, 0, "node1", "ended with code 0"},
    {"1005.server", "c.code3", SB_JOB_FAILED, 3, "node1", "ended with code 3"},
    {"1006.server", "c.limit", SB_JOB_TIMED_OUT, -1, "node1", "Exit_status -29: Job run at"},
    {"1007.server", "c.oldlimit", SB_JOB_TIMED_OUT, 143, "node1",
     "after 602 s of walltime, 600 s were asked for"},
    {"1008.server", "c.memory", SB_JOB_OUT_OF_MEMORY, -1, "node1", "Exit_status -27"},
    {"1009.server", "c.nostart", SB_JOB_NODE_FAILED, -1, "node1", "too many failed attempts"},
    {"1010.server", "c.segv", SB_JOB_FAILED, 139, "node1", "signal 11"},
    {"1011.server", "c.deleted", SB_JOB_CANCELLED, 143, "node1", "deleted by bench@login"},
    {"1012.server", "c.unborn", SB_JOB_CANCELLED, -1, "", "finished without an exit status"},
    {"1013.server", "", SB_JOB_QUEUED, -1, "", "S"},
};

static const struct expected_job torque[] = {
    {"201.server", "c.done", SB_JOB_DONE, 0, "node1", "ended with code 0"},
    {"202.server", "c.limit", SB_JOB_TIMED_OUT, 143, "node1", "after 64 s of walltime"},
    {"203.server", "c.queued", SB_JOB_QUEUED, -1, "", "Q"},
    {"204.server", "c.held", SB_JOB_HELD, -1, "", "held (u)"},
    {"205.server", "c.code7", SB_JOB_FAILED, 7, "node2", "ended with code 7"},
};

static void test_pbs__states_of_openpbs_and_of_torque(void **state)
{
    (void)state;
    CHECK("pbs/openpbs.json", openpbs);
    CHECK("pbs/torque.txt", torque);
}

static void test_pbs__no_jobs_and_torn_answers(void **state)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    (void)state;
    /* "Jobs" is left out where there are none */
    assert_int_equal(sb_pbs_read(&jobs, &count, "{\"pbs_version\":\"20.0.1\"}", NULL), 0);
    assert_int_equal(sb_pbs_read(&jobs, &count, "", NULL), 0);
    assert_int_equal(count, 0);
    check_torn("pbs/openpbs.json", sb_pbs_read);
    check_torn("pbs/torque.txt", sb_pbs_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pbs__states_of_openpbs_and_of_torque),
        cmocka_unit_test(test_pbs__no_jobs_and_torn_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
