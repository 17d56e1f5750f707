/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/flux.h"
#include "tests/unit/recorded_jobs.h"

static void check(const char *name, const struct expected_job *expected, int expected_count)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    struct sb_error err = {0};
    char *text = recorded(name);
    if (sb_flux_read(&jobs, &count, text, &err) != 0) {
        fail_msg("%s: %s", name, err.text);
    }
    check_jobs(jobs, count, expected, expected_count);
    free(text);
    free(jobs);
}
#define CHECK(name, expected) check(name, expected, (int)(sizeof(expected) / sizeof *(expected)))

static const struct expected_job told[] = {
    {"101", "c.queued", SB_JOB_QUEUED, -1, "", "SCHED"},
    {"102", "c.held", SB_JOB_HELD, -1, "", "PRIORITY: urgency 0 holds it"},
    {"103", "c.running", SB_JOB_RUNNING, -1, "node08,node09,node10,node12,login1", NULL},
    {"104", "c.done", SB_JOB_DONE, 0, "node1", "ended with code 0"},
    {"105", "c.code3", SB_JOB_FAILED, 3, "node1", "ended with code 3"},
    {"106", "c.limit", SB_JOB_TIMED_OUT, 143, "node1",
     "TIMEOUT: timeout: resource allocation expired"},
    {"107", "c.deleted", SB_JOB_CANCELLED, 143, "node1", "CANCELED: cancel"},
    {"108", "c.segv", SB_JOB_FAILED, 139, "node1", "signal 11"},
    {"109", "c.node", SB_JOB_NODE_FAILED, -1, "node2", "lost contact with job shell"},
    {"110", "c.nostart", SB_JOB_FAILED, -1, "", "alloc: unsatisfiable request"},
};

static void test_flux__every_state_is_told(void **state)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    (void)state;
    CHECK("flux/jobs.json", told);
    /* a single job is printed without the list */
    assert_int_equal(
        sb_flux_read(&jobs, &count,
                     "{\"id\":7,\"state\":\"RUN\",\"name\":\"c.x\",\"nodelist\":\"n[1\"}", NULL),
        0);
    assert_int_equal(count, 1);
    free(jobs);
    jobs = NULL;
    count = 0;
    assert_int_equal(sb_flux_read(&jobs, &count, "{\"jobs\":[{\"state\":\"RUN\"}]}", NULL),
                     SB_EINFRA);
    free(jobs);
    check_torn("flux/jobs.json", sb_flux_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flux__every_state_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
