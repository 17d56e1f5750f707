/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/lsf.h"
#include "tests/unit/recorded_jobs.h"

static void check(const char *name, const struct expected_job *expected, int expected_count)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    struct sb_error err = {0};
    char *text = recorded(name);
    if (sb_lsf_read(&jobs, &count, text, &err) != 0) {
        fail_msg("%s: %s", name, err.text);
    }
    check_jobs(jobs, count, expected, expected_count);
    free(text);
    free(jobs);
}
#define CHECK(name, expected) check(name, expected, (int)(sizeof(expected) / sizeof *(expected)))

static const struct expected_job told[] = {
    {"101", "c.queued", SB_JOB_QUEUED, -1, "", "PEND: Job slot limit reached"},
    {"102", "c.running", SB_JOB_RUNNING, -1, "node1,node2", NULL},
    {"103", "c.done", SB_JOB_DONE, 0, "node1", "ended with code 0"},
    {"104", "c.code3", SB_JOB_FAILED, 3, "node1", "ended with code 3"},
    {"105", "c.limit", SB_JOB_TIMED_OUT, 140, "node1", "EXIT 140: TERM_RUNLIMIT"},
    {"106", "c.memory", SB_JOB_OUT_OF_MEMORY, 137, "node1", "TERM_MEMLIMIT"},
    {"107", "c.deleted", SB_JOB_CANCELLED, 130, "node1", "TERM_OWNER"},
    {"108", "c.held", SB_JOB_HELD, -1, "", "PSUSP: The job was suspended by the user"},
    {"109", "c.cut", SB_JOB_NODE_FAILED, -1, "node2", "UNKWN: its host does not answer"},
    {"110", "c.preempted", SB_JOB_PREEMPTED, 137, "node1", "TERM_PREEMPT"},
    {"111", "c.segv", SB_JOB_FAILED, 139, "node1", "TERM_EXTERNAL_SIGNAL"},
};

static void test_lsf__every_state_is_told_and_unknown_jobs_are_passed_over(void **state)
{
    (void)state;
    CHECK("lsf/jobs.json", told);
    check_torn("lsf/jobs.json", sb_lsf_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lsf__every_state_is_told_and_unknown_jobs_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
