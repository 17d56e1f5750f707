/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/htcondor.h"
#include "tests/unit/recorded_jobs.h"

static const struct expected_job queue[] = {
    {"10.0", "c.nodir", SB_JOB_HELD, -1, "htcondor",
     "held, code 7.2: Error from slot1_2@htcondor: Failed to open"},
    {"11.0", "c.nomatch", SB_JOB_QUEUED, -1, "", "idle"},
    {"12.0", "c.userhold", SB_JOB_HELD, -1, "",
     "held, code 15.0: submitted on hold at user's request"},
    {"13.0", "c.mem", SB_JOB_HELD, -1, "", "held, code 3.1: memory usage exceeded"},
    {"15.0", "c.run", SB_JOB_QUEUED, -1, "htcondor",
     "idle again after a start: User requested the job to vacate"},
    {"16.0", "c.running", SB_JOB_RUNNING, -1, "htcondor", NULL},
};

static const struct expected_job history[] = {
    {"14.0", "c.removed", SB_JOB_CANCELLED, -1, "htcondor", "via condor_rm (by user bench)"},
    {"8.0", "c.limit", SB_JOB_TIMED_OUT, -1, "htcondor",
     "time limit: The job attribute PeriodicRemove"},
    {"6.0", "c.code3", SB_JOB_FAILED, 3, "htcondor", "ended with code 3"},
    {"7.0", "c.segv", SB_JOB_FAILED, 139, "htcondor", "signal 11"},
    {"5.0", "c.done", SB_JOB_DONE, 0, "htcondor", "ended with code 0"},
};

static int read_live(struct sb_placed **list, int *count, const char *text, struct sb_error *err)
{
    return sb_htcondor_read(list, count, text, true, err);
}

static void test_htcondor__every_recorded_state_is_told(void **state)
{
    struct sb_placed *jobs = NULL;
    int count = 0;
    char *text = recorded("htcondor/queue.json");
    (void)state;
    assert_int_equal(sb_htcondor_read(&jobs, &count, text, true, NULL), 0);
    CHECK_JOBS(jobs, count, queue);
    free(text);
    free(jobs);
    jobs = NULL;
    count = 0;
    text = recorded("htcondor/history.json");
    assert_int_equal(sb_htcondor_read(&jobs, &count, text, false, NULL), 0);
    CHECK_JOBS(jobs, count, history);
    free(text);
    free(jobs);
}

static void test_htcondor__rare_states_are_told(void **state)
{
    static const struct {
        const char *ad;
        bool live;
        struct expected_job expected;
    } cases[] = {
        {"[{\"ClusterId\":1,\"ProcId\":2,\"JobStatus\":5,\"HoldReasonCode\":34,\"HoldReason\":"
         "\"Job has gone over memory limit\"}]",
         true,
         {"1.2", "", SB_JOB_OUT_OF_MEMORY, -1, "", "over memory limit"}},
        {"[{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":5,\"HoldReasonCode\":47,\"HoldReason\":"
         "\"exceeded allowed execute duration\"}]",
         true,
         {"1.0", "", SB_JOB_TIMED_OUT, -1, "", "code 47.0"}},
        {"[{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":3,\"RemoveReason\":\"via condor_rm\"}]",
         true,
         {"1.0", "", SB_JOB_RUNNING, -1, "", "being removed: via condor_rm"}},
        {"[{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":7,\"RemoteHost\":\"slot1@n1\"}]",
         true,
         {"1.0", "", SB_JOB_QUEUED, -1, "n1", "suspended"}},
        {"[{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":6}]",
         true,
         {"1.0", "", SB_JOB_RUNNING, -1, "", NULL}},
        {"[{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":99}]",
         true,
         {"1.0", "", SB_JOB_UNKNOWN, -1, "", "99"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_placed *jobs = NULL;
        int count = 0;
        assert_int_equal(sb_htcondor_read(&jobs, &count, cases[i].ad, cases[i].live, NULL), 0);
        check_jobs(jobs, count, &cases[i].expected, 1);
        free(jobs);
    }
}

static void test_htcondor__what_is_no_answer_is_refused_or_empty(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"", 0}, /* no jobs: condor_q prints nothing */
        {"[]", 0},
        {"\n", 0},
        {"[{\"JobStatus\":2}]", SB_EINFRA}, /* no number */
        {"[{\"ClusterId\":\"1\",\"ProcId\":0}]", SB_EINFRA},
        {"[{", SB_EINFRA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_placed *jobs = NULL;
        struct sb_error err = {0};
        int count = 0;
        assert_int_equal(sb_htcondor_read(&jobs, &count, cases[i].text, true, &err), cases[i].code);
        assert_int_equal(count, 0);
        free(jobs);
    }
    check_torn("htcondor/queue.json", read_live);
}

static struct sb_ticket ticket_of(const struct sb_place *place)
{
    return (struct sb_ticket){.place = place,
                              .tag = "c.job-1",
                              .folder = "/data/; rm -rf ~ $(HOME) $$(X)",
                              .job = "/data/; rm -rf ~ $(HOME) $$(X)/jobs/job-1.json",
                              .log = "/data/; rm -rf ~ $(HOME) $$(X)/jobs/job-1.log",
                              .ranks = 1,
                              .ranks_per_node = 1,
                              .time_limit_s = 90.2};
}

static void test_htcondor__what_users_name_is_escaped(void **state)
{
    char key[] = "Gpu_Model=A\"100\\ $(X)";
    char *select[] = {key};
    const struct sb_place place = {
        .name = "p", .select = {.item = select, .count = 1}, .cores = 2, .memory_bytes = 1e9};
    struct sb_ticket ticket = ticket_of(&place);
    char *text = NULL;
    struct sb_error err = {0};
    (void)state;
    ticket.node = "n1\" || true || \"";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/data/; rm -rf ~ $(HOME)/x.sh", &err),
                     0);
    assert_non_null(strstr(text, "\nexecutable = /data/; rm -rf ~ $(DOLLAR)(HOME)/x.sh\n"));
    assert_non_null(strstr(
        text,
        "\noutput = /data/; rm -rf ~ $(DOLLAR)(HOME) $(DOLLAR)$(DOLLAR)(X)/jobs/job-1.log\n"));
    assert_non_null(strstr(text, "(TARGET.Gpu_Model == \"A\\\"100\\\\ $(DOLLAR)(X)\")"));
    assert_non_null(strstr(text, "(TARGET.Machine == \"n1\\\" || true || \\\"\")"));
    assert_non_null(strstr(text, "request_cpus = 2\nrequest_memory = 954\n"));
    assert_non_null(strstr(text, "> 91)\n"));
    free(text);
}

static void test_htcondor__what_it_cannot_say_is_refused(void **state)
{
    char line[] = "a=b\nqueue 1000";
    char nothing[] = "nothing";
    char bad[] = "a b=c";
    char *select[] = {NULL};
    struct sb_place place = {.name = "p"};
    struct sb_ticket ticket = ticket_of(&place);
    char *text = NULL;
    char *const bads[] = {line, nothing, bad};
    (void)state;
    for (size_t i = 0; i < 3; ++i) {
        struct sb_error err = {0};
        select[0] = bads[i];
        place.select = (struct sb_strings){.item = select, .count = 1};
        assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", &err), SB_EINVAL);
        assert_true(err.text[0]);
    }
    place.select.count = 0;
    ticket.folder = "/data/a\nqueue 1000";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), SB_EINVAL);
    ticket = ticket_of(&place);
    ticket.node = "n1,n2";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), SB_EINVAL);
    ticket.node = NULL;
    place.exclusive = true;
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), SB_EINVAL);
}

static void test_htcondor__files_go_along_where_the_folder_is_not_seen(void **state)
{
    char scratch[] = ".";
    char runner[] = "/opt/switchbench/bin/switchbench-runner";
    char universe[] = "universe=container";
    char *options[] = {universe};
    const char *const folders[] = {"/home/me/mine", NULL};
    struct sb_place place = {.name = "p", .scratch = scratch};
    struct sb_ticket ticket = ticket_of(&place);
    char *text = NULL;
    (void)state;
    ticket.records = "/data/; rm -rf ~ $(HOME) $$(X)/records/job-1.jsonl";
    ticket.events = "/data/; rm -rf ~ $(HOME) $$(X)/jobs/job-1.events";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL),
                     SB_EINVAL); /* which runner? */
    place.runner = runner;
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), 0);
    assert_non_null(strstr(text, "\nuniverse = vanilla\n"));
    assert_non_null(strstr(text, "\ntransfer_input_files = jobs/job-1.json\n"));
    assert_non_null(strstr(text, "\ntransfer_output_remaps = \"job-1.jsonl=records/job-1.jsonl; "
                                 "job-1.events=jobs/job-1.events\"\n"));
    free(text);
    place.scratch = NULL;
    place.runner = NULL; /* images have one */
    place.options = (struct sb_strings){.item = options, .count = 1};
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL),
                     SB_EINVAL); /* which image? */
    ticket.image = "/images/$(X).sif";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), 0);
    assert_non_null(
        strstr(text, "\nuniverse = container\ncontainer_image = /images/$(DOLLAR)(X).sif\n"));
    free(text);
    ticket.image = "/usr@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), 0);
    assert_non_null(strstr(text, "\ncontainer_image = /usr\ntransfer_container = false\n"));
    free(text);
    ticket.image =
        "reg/cpu@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), 0);
    assert_non_null(strstr(text, "\ncontainer_image = docker://reg/cpu@sha256:0123"));
    free(text);
    ticket.kernel_folders = folders;
    assert_int_equal(sb_htcondor_describe(&text, &ticket, "/x.sh", NULL), SB_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_htcondor__every_recorded_state_is_told),
        cmocka_unit_test(test_htcondor__rare_states_are_told),
        cmocka_unit_test(test_htcondor__what_is_no_answer_is_refused_or_empty),
        cmocka_unit_test(test_htcondor__what_users_name_is_escaped),
        cmocka_unit_test(test_htcondor__what_it_cannot_say_is_refused),
        cmocka_unit_test(test_htcondor__files_go_along_where_the_folder_is_not_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
