/* SPDX-License-Identifier: Apache-2.0 */
/* Slurm by what real controllers of two versions printed: tests/places/recorded/slurm-*, see its README. */
#include "harness/place/slurm/nodes.h"
#include "harness/place/slurm/state.h"
#include "harness/place/slurm/submit.h"
#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define RECORDED SB_SOURCE_DIR "/tests/places/recorded/"

extern const struct sb_scheduler sb_scheduler_slurm;

static const char *const versions[] = {"slurm-22.05", "slurm-24.11"};

static char *recorded(const char *version, const char *name)
{
    char path[512];
    char *text = NULL;
    size_t length = 0;
    struct sb_error err;
    snprintf(path, sizeof path, RECORDED "%s/%s.txt", version, name);
    if (sb_fs_read(&text, &length, path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return text;
}

static const struct told {
    const char *file, *job;
    enum sb_job_state state;
    int exit_code, starts;
    const char *words;
} tolds[] = {
    {"states1", "c.held", SB_JOB_HELD, -1, 0, "PENDING JobHeldUser"},
    {"states1", "c.closed", SB_JOB_HELD, -1, 0, "PENDING PartitionDown"},
    {"states1", "c.toolong", SB_JOB_HELD, -1, 0, "PENDING PartitionTimeLimit"},
    {"states5", "c.never", SB_JOB_HELD, -1, 0, "PENDING DependencyNeverSatisfied"},
    {"states1", "c.pinned", SB_JOB_HELD, -1, 0, "PENDING ReqNodeNotAvail, *"},
    {"states1", "c.later", SB_JOB_QUEUED, -1, 0, "PENDING BeginTime"},
    {"states1", "c.suspended", SB_JOB_QUEUED, -1, 1, "SUSPENDED"},
    {"states1", "c.running", SB_JOB_RUNNING, -1, 1, "RUNNING"},
    {"states1", "c.done", SB_JOB_DONE, 0, 1, "COMPLETED"},
    {"states1", "c.exit7", SB_JOB_FAILED, 7, 1, "FAILED NonZeroExitCode, exit code 7"},
    {"states1", "c.segv", SB_JOB_FAILED, -1, 1, "FAILED *, signal 11"},
    {"states1", "c.oom", SB_JOB_OUT_OF_MEMORY, -1, 1, "OUT_OF_MEMORY OutOfMemory"},
    {"states1", "c.cancelled", SB_JOB_CANCELLED, -1, 1, "CANCELLED"},
    {"states2", "c.requeued", SB_JOB_QUEUED, -1, 1, "PENDING BeginTime"},
    {"states2", "c.requeue_hold", SB_JOB_HELD, -1, 1, "PENDING *"},
    {"states3", "c.preempted", SB_JOB_PREEMPTED, -1, 1, "PREEMPTED"},
    {"states4", "c.nodefail", SB_JOB_NODE_FAILED, -1, 1, "NODE_FAIL NodeDown"},
    {"states4", "c.nodefail_requeue", SB_JOB_QUEUED, -1, 1, "PENDING *"},
    {"states5", "c.timeout", SB_JOB_TIMED_OUT, -1, 1, "TIMEOUT TimeLimit"},
};

/* '*' stands for anything, once. */
static bool matches(const char *text, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    if (!star) {
        return strcmp(text, pattern) == 0;
    }
    const size_t before = (size_t)(star - pattern);
    const size_t after = strlen(star + 1);
    const size_t length = strlen(text);
    return length >= before + after && strncmp(text, pattern, before) == 0 &&
           strcmp(text + length - after, star + 1) == 0;
}

static const struct sb_slurm_row *by_name(const struct sb_slurm_rows *rows, const char *name)
{
    for (int i = 0; i < rows->count; ++i) {
        if (strcmp(rows->row[i].name, name) == 0) {
            return &rows->row[i];
        }
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static void test_slurm__every_recorded_state_is_told_right(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; ++v) {
        for (size_t i = 0; i < sizeof tolds / sizeof *tolds; ++i) {
            const struct told *told = &tolds[i];
            struct sb_slurm_rows rows = {0};
            char *text = recorded(versions[v], told->file);
            assert_int_equal(sb_slurm_read_squeue(&rows, text, NULL), 0);
            struct sb_placed job = {.exit_code = -2};
            sb_slurm_tell(&job, by_name(&rows, told->job));
            if (sb_slurm_waits_for_nodes(&job, by_name(&rows, told->job))) {
                char *nodes = recorded(versions[v], "sinfo_nodes");
                sb_slurm_look_at_nodes(&job, by_name(&rows, told->job), nodes);
                free(nodes);
            }
            if (job.state != told->state || !matches(job.words, told->words) ||
                job.exit_code != told->exit_code || job.starts != told->starts) {
                fail_msg("%s: %s: %s, exit code %d, %d starts: '%s'", versions[v], told->job,
                         sb_job_state_text(job.state), job.exit_code, job.starts, job.words);
            }
            sb_slurm_rows_free(&rows);
            free(text);
        }
    }
}

/* States that the beds do not produce on demand; what no version has yet is no end. */
static void test_slurm__rare_and_unknown_states(void **state)
{
    (void)state;
    static const struct {
        const char *state, *reason;
        enum sb_job_state means;
    } cases[] = {
        {"PENDING", "Priority", SB_JOB_QUEUED},
        {"PENDING", "ReqNodeNotAvail, May be reserved for other job", SB_JOB_QUEUED},
        {"PENDING", "QOSMaxJobsPerUserLimit", SB_JOB_QUEUED},
        {"PENDING", "QOSMaxCpuPerJobLimit", SB_JOB_HELD},
        {"PENDING", "AssocMaxWallDurationPerJobLimit", SB_JOB_HELD},
        {"PENDING", "launch failed requeued held", SB_JOB_HELD},
        {"PENDING", "JobHeldAdmin", SB_JOB_HELD},
        {"SPECIAL_EXIT", "", SB_JOB_HELD},
        {"REQUEUE_HOLD", "", SB_JOB_HELD},
        {"CONFIGURING", "", SB_JOB_QUEUED},
        {"COMPLETING", "", SB_JOB_RUNNING},
        {"BOOT_FAIL", "", SB_JOB_NODE_FAILED},
        {"LAUNCH_FAILED", "", SB_JOB_NODE_FAILED},
        {"DEADLINE", "DeadLine", SB_JOB_TIMED_OUT},
        {"REVOKED", "", SB_JOB_CANCELLED},
        {"EXPEDITING", "", SB_JOB_RUNNING},
        {"", "", SB_JOB_RUNNING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_slurm_row row = {.exit_code = -1, .restarts = -1};
        struct sb_placed job = {.starts = 7};
        snprintf(row.state, sizeof row.state, "%s", cases[i].state);
        snprintf(row.reason, sizeof row.reason, "%s", cases[i].reason);
        sb_slurm_tell(&job, &row);
        if (job.state != cases[i].means || job.starts != 7) {
            fail_msg("%s %s: %s", cases[i].state, cases[i].reason, sb_job_state_text(job.state));
        }
    }
}

/* What waits for a node that others have is queued; what waits for one that is gone is held. */
static void test_slurm__wanted_nodes_are_looked_at(void **state)
{
    (void)state;
    static const struct {
        const char *wanted, *reason;
        enum sb_job_state means;
    } cases[] = {
        {"n1", "ReqNodeNotAvail, May be reserved for other job", SB_JOB_QUEUED},
        {"n[1-2]", "ReqNodeNotAvail, May be reserved for other job", SB_JOB_HELD},
        {"n22", "ReqNodeNotAvail, May be reserved for other job", SB_JOB_QUEUED},
        {"", "ReqNodeNotAvail, May be reserved for other job", SB_JOB_QUEUED},
        {"n2", "Priority", SB_JOB_QUEUED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_slurm_row row = {.state = "PENDING", .restarts = -1};
        struct sb_placed job = {.state = SB_JOB_RUNNING};
        snprintf(row.wanted, sizeof row.wanted, "%s", cases[i].wanted);
        snprintf(row.reason, sizeof row.reason, "%s", cases[i].reason);
        sb_slurm_tell(&job, &row);
        if (sb_slurm_waits_for_nodes(&job, &row)) {
            sb_slurm_look_at_nodes(&job, &row, "n1|a*|idle|x|y\nn2|a*|drained|x|y\n");
        }
        assert_int_equal(job.state, cases[i].means);
    }
}

static void test_slurm__lines_of_another_form_are_passed_over(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n\n",
        "CLUSTER: sandbox\n",
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n",
        "12|RUNNING|0\n",
        "                    |RUNNING             |",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        struct sb_slurm_rows rows = {0};
        assert_int_equal(sb_slurm_read_squeue(&rows, bad[i], NULL), 0);
        assert_int_equal(sb_slurm_read_sacct(&rows, bad[i], NULL), 0);
        assert_int_equal(rows.count, 0);
        sb_slurm_rows_free(&rows);
    }
}

/* A neighbour's job may be named as it likes, also like a separator, or like another line's number. */
static void test_slurm__a_strange_name_shifts_no_field(void **state)
{
    (void)state;
    char line[2048];
    struct sb_slurm_rows rows = {0};
    snprintf(line, sizeof line,
             "%-20s|%-20s|%-12s|%-12s|%-128s|%-128s|%-128s|%-128s|%-140s\n"
             "%-20s|%-20s|%-12s|%-12s|%-128s|%-128s|%-128s|%-128s|%-140s\n",
             "7", "RUNNING", "0", "0", "n1", "", "a|b", "n1", "7|FAILED|\xc3\xbc|x", "8", "PENDING",
             "0", "0", "", "", "None", "(user said: \x1b[31m|)", "c.job-1");
    assert_int_equal(sb_slurm_read_squeue(&rows, line, NULL), 0);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.row[0].state, "RUNNING");
    assert_string_equal(rows.row[0].name, "7|FAILED|\xc3\xbc|x");
    assert_string_equal(rows.row[1].reason, "user said:  [31m|");
    sb_slurm_rows_sort(&rows);
    assert_null(sb_slurm_rows_find(&rows, "8", "c.job-2"));
    assert_non_null(sb_slurm_rows_find(&rows, "8", "c.job-1"));
    assert_null(sb_slurm_rows_find(&rows, "9", "c.job-1"));
    sb_slurm_rows_free(&rows);
}

static void test_slurm__accounts_tell_what_squeue_forgot(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum sb_job_state means;
        int exit_code;
        const char *words;
    } cases[] = {
        {"5|FAILED|7:0|n1|c.x", SB_JOB_FAILED, 7, "FAILED, exit code 7"},
        {"5|FAILED|0:11|n1|c.x", SB_JOB_FAILED, -1, "FAILED, signal 11"},
        {"5|TIMEOUT|0:0|n1|c.x", SB_JOB_TIMED_OUT, -1, "TIMEOUT"},
        {"5|OUT_OF_MEMORY|0:125|n1|c.x", SB_JOB_OUT_OF_MEMORY, -1, "OUT_OF_MEMORY"},
        {"5|CANCELLED by 1000|0:0|None assigned|c.x", SB_JOB_CANCELLED, -1, "CANCELLED"},
        {"5|CANCELLED+|0:0|None assigned|c.x", SB_JOB_CANCELLED, -1, "CANCELLED"},
        {"5|NODE_FAIL|0:15|n1|c.x", SB_JOB_NODE_FAILED, -1, "NODE_FAIL"},
        {"5|PREEMPTED|0:0|n1|c.x", SB_JOB_PREEMPTED, -1, "PREEMPTED"},
        {"5|COMPLETED|0:0|n[1-2]|c.x", SB_JOB_DONE, 0, "COMPLETED"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_slurm_rows rows = {0};
        struct sb_placed job = {0};
        assert_int_equal(sb_slurm_read_sacct(&rows, cases[i].line, NULL), 0);
        assert_int_equal(rows.count, 1);
        sb_slurm_tell(&job, &rows.row[0]);
        assert_int_equal(job.state, cases[i].means);
        assert_int_equal(job.exit_code, cases[i].exit_code);
        assert_string_equal(job.words, cases[i].words);
        sb_slurm_rows_free(&rows);
    }
}

static void test_slurm__recorded_accounts(void **state)
{
    (void)state;
    static const struct {
        const char *job;
        enum sb_job_state means;
    } cases[] = {
        {"c.exit7", SB_JOB_FAILED},         {"c.segv", SB_JOB_FAILED},
        {"c.oom", SB_JOB_OUT_OF_MEMORY},    {"c.timeout", SB_JOB_TIMED_OUT},
        {"c.nodefail", SB_JOB_NODE_FAILED}, {"c.preempted", SB_JOB_PREEMPTED},
        {"c.cancelled", SB_JOB_CANCELLED},  {"c.done", SB_JOB_DONE},
    };
    char *text = recorded(versions[0], "sacct");
    struct sb_slurm_rows rows = {0};
    assert_int_equal(sb_slurm_read_sacct(&rows, text, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_placed job = {0};
        sb_slurm_tell(&job, by_name(&rows, cases[i].job));
        assert_int_equal(job.state, cases[i].means);
    }
    sb_slurm_rows_free(&rows);
    free(text);
}

static void test_slurm__refusals_are_told_from_what_passes(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        int code;
    } cases[] = {
        {"error: Batch job submission failed: Invalid partition name specified", SB_EINVAL},
        {"error: Batch job submission failed: Requested node configuration is not available",
         SB_EINVAL},
        {"unrecognized option '--nonsense'", SB_EINVAL},
        {"", SB_EINVAL},
        {"error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
         SB_EINFRA},
        {"error: Batch job submission failed: Socket timed out on send/recv operation", SB_EINFRA},
        {"error: Slurm temporarily unable to accept job, sleeping and retrying", SB_EINFRA},
        {"error: Batch job submission failed: Job violates accounting/QOS policy (job submit "
         "limit, user's size and/or time limits)",
         SB_EINFRA},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_error err;
        assert_int_equal(sb_slurm_refused(cases[i].said, &err), cases[i].code);
    }
}

static void test_slurm__recorded_refusals_are_for_good(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; ++v) {
        char *text = recorded(versions[v], "sbatch");
        int refused = 0;
        for (char *line = text, *next; *line; line = next) {
            next = line + strcspn(line, "\n");
            next += *next == '\n' ? (*next = '\0', 1) : 0;
            if (strncmp(line, "sbatch: ", 8) == 0) {
                assert_int_equal(sb_slurm_refused(line, NULL), SB_EINVAL);
                ++refused;
            }
        }
        assert_true(refused >= 8);
        free(text);
    }
}

static void test_slurm__short_forms_of_nodes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"n1", "n1"},
        {"n[1-3]", "n1,n2,n3"},
        {"n[1-2,07,009-010]", "n1,n2,n07,n009,n010"},
        {"login,n[1,3]-ib,x", "login,n1-ib,n3-ib,x"},
        {"r[1-2]n[1-2]", "r[1-2]n[1-2]"},
        {"n[3-1]", "n[3-1]"},
        {"n[1-", "n[1-"},
        {"n[a]", "n[a]"},
        {"n[]", "n[]"},
        {"n[1-99999999]", "n[1-99999999]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char out[64];
        sb_slurm_expand(out, sizeof out, cases[i][0]);
        assert_string_equal(out, cases[i][1]);
    }
}

static void test_slurm__paths_are_taken_literally(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a/b", "-o/a/b"},
        {"/a/100%j", "-o/a/100%%j"},
        {"/a\\b/%j", "-o/a\\\\b/%j"}, /* a backslash turns patterns off */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char *out = sb_slurm_literal("-o", cases[i][0]);
        assert_string_equal(out, cases[i][1]);
        free(out);
    }
}

static bool has(const struct sb_strings *words, const char *word)
{
    return sb_strings_has(words, word);
}

static void test_slurm__what_a_place_asks_for_is_asked_for(void **state)
{
    (void)state;
    char constraint[] = "fast&$(touch x)";
    char partition[] = "; rm -rf ~";
    char gpu[] = "gpu:a100";
    char option[] = "--qos=high prio";
    char *option_item[] = {option};
    const struct sb_place place = {.name = "p",
                                   .partition = partition,
                                   .constraint = constraint,
                                   .gpu = gpu,
                                   .gpus = 2,
                                   .cores = 8,
                                   .memory_bytes = 1e9,
                                   .exclusive = true,
                                   .options = {option_item, 1, 1}};
    static const char *const argv[] = {"runner", NULL};
    const struct sb_ticket ticket = {.place = &place,
                                     .tag = "c.job-1",
                                     .campaign = "c",
                                     .folder = "/c",
                                     .job = "/c/jobs/job-1.json",
                                     .log = "/c/jobs/job-1.log",
                                     .argv = argv,
                                     .node = "n1,n2",
                                     .ranks = 8,
                                     .ranks_per_node = 4,
                                     .time_limit_s = 61};
    struct sb_strings words = {0};
    assert_int_equal(sb_slurm_arguments(&words, &ticket, NULL), 0);
    static const char *const expected[] = {
        "--parsable",
        "--job-name=c.job-1",
        "--partition=; rm -rf ~",
        "--gres=gpu:a100:2",
        "--time=2",
        "--nodes=2",
        "--ntasks=8",
        "--ntasks-per-node=4",
        "--nodelist=n1,n2",
        "--cpus-per-task=2",
        "--mem=954M",
        "--exclusive",
        "--no-requeue",
        "--qos=high prio",
        "--constraint=fast&$(touch x)",
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; ++i) {
        if (!has(&words, expected[i])) {
            fail_msg("there is no %s", expected[i]);
        }
    }
    assert_string_equal(words.item[words.count - 1],
                        "--qos=high prio"); /* the user's word is the last */
    sb_strings_free(&words);
    struct sb_slurm_launcher launcher;
    assert_int_equal(sb_slurm_launcher(&launcher, &ticket, NULL), 0);
    assert_string_equal(launcher.end, "/c/jobs/job-1.end");
    assert_string_equal(launcher.word[4], "120");
    assert_string_equal(launcher.word[5], "srun");
    assert_string_equal(launcher.word[6], "--mpi=pmix");
}

static void test_slurm__end_marks(void **state)
{
    (void)state;
    char path[] = "/tmp/sb-slurm-end-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    static const struct {
        const char *text;
        int code;
        enum sb_job_state means;
    } cases[] = {
        {"", SB_ENOTFOUND, 0},
        {"8 0 0", SB_ENOTFOUND, 0},       /* torn */
        {"9 0 0 12 60", SB_ENOTFOUND, 0}, /* of another job */
        {"8 0 0 12 60", 0, SB_JOB_DONE},
        {"8 2 7 12 60 n[1-2]", 0, SB_JOB_FAILED},
        {"8 0 TERM 12 60", 0, SB_JOB_CANCELLED},
        {"8 0 TERM 71 60", 0, SB_JOB_TIMED_OUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_placed job = {.id = "8"};
        assert_int_equal(sb_fs_write(path, cases[i].text, strlen(cases[i].text), NULL), 0);
        assert_int_equal(sb_slurm_read_end(&job, path, NULL), cases[i].code);
        assert_int_equal(job.state, cases[i].means);
        assert_string_equal(job.node, strchr(cases[i].text, '[') ? "n1,n2" : "");
    }
    unlink(path);
    struct sb_placed job = {.id = "8"};
    assert_int_equal(sb_slurm_read_end(&job, path, NULL), SB_ENOTFOUND);
}

static json_t *node_named(json_t *nodes, const char *name)
{
    size_t i;
    json_t *node;
    json_array_foreach (nodes, i, node) {
        if (strcmp(json_string_value(json_object_get(node, "name")), name) == 0) {
            return node;
        }
    }
    return NULL;
}

static void test_slurm__nodes_that_take_jobs(void **state)
{
    (void)state;
    static const char sinfo[] = "n1|debug*|idle|gpu:fake:2|sandbox,fast\n"
                                "n1|low|idle|gpu:fake:2|sandbox,fast\n"
                                "n2|debug*|mixed*|(null)|(null)\n"
                                "n3|debug*|drained|(null)|fast\n"
                                "n4|debug*|idle~|(null)|fast,a\n"
                                "n5|debug*|maint|(null)|fast\n"
                                "n6|debug*|allocated$|(null)|fast\n"
                                "n7|low|down*|(null)|fast\n"
                                "torn|deb";
    static const struct {
        const char *node;
        bool usable;
    } cases[] = {{"n1", true}, {"n2", false}, {"n3", false},
                 {"n4", true}, {"n5", false}, {"n6", false}};
    char name[] = "p";
    struct sb_place place = {.name = name};
    json_t *nodes = NULL;
    assert_int_equal(sb_slurm_nodes(&nodes, sinfo, &place, NULL), 0);
    assert_int_equal(json_array_size(nodes), 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const json_t *node = node_named(nodes, cases[i].node);
        assert_non_null(node);
        assert_int_equal(json_is_true(json_object_get(node, "usable")), cases[i].usable);
    }
    assert_string_equal(json_string_value(json_object_get(node_named(nodes, "n1"), "type")),
                        "sandbox,fast gpu:fake:2");
    json_decref(nodes);
    char low[] = "low";
    char constraint[] = "fast&a";
    place.partition = low;
    assert_int_equal(sb_slurm_nodes(&nodes, sinfo, &place, NULL), 0);
    assert_int_equal(json_array_size(nodes), 2);
    json_decref(nodes);
    place.partition = NULL;
    place.constraint = constraint;
    assert_int_equal(sb_slurm_nodes(&nodes, sinfo, &place, NULL), 0);
    assert_int_equal(json_array_size(nodes), 1);
    json_decref(nodes);
    constraint[4] = '|';
    struct sb_error err;
    assert_int_equal(sb_slurm_nodes(&nodes, sinfo, &place, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "fast|a"));
}

static void test_slurm__recorded_partitions_become_places(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; ++v) {
        char *text = recorded(versions[v], "sinfo_partitions");
        json_t *places = NULL;
        assert_int_equal(sb_slurm_places(&places, text, NULL), 0);
        free(text);
        const json_t *debug = node_named(places, "slurm-debug");
        assert_non_null(debug);
        assert_string_equal(json_string_value(json_object_get(debug, "partition")), "debug");
        assert_string_equal(json_string_value(json_object_get(debug, "gpu")), "gpu:fake");
        assert_int_equal(json_integer_value(json_object_get(debug, "gpus")), 2);
        assert_null(node_named(places, "slurm-closed")); /* is down */
        json_decref(places);
        text = recorded(versions[v], "sinfo_nodes");
        char name[] = "p";
        const struct sb_place place = {.name = name};
        json_t *nodes = NULL;
        assert_int_equal(sb_slurm_nodes(&nodes, text, &place, NULL), 0);
        assert_int_equal(json_array_size(nodes), 2);
        assert_true(json_is_true(json_object_get(json_array_get(nodes, 0), "usable")));
        assert_true(json_is_false(json_object_get(json_array_get(nodes, 1), "usable")));
        json_decref(nodes);
        free(text);
    }
}

/* Commands of a faked Slurm in a folder that is the PATH. */
static char fakes[] = "/tmp/sb-slurm-fakes-XXXXXX";

static void fake(const char *command, const char *script)
{
    char path[256];
    char text[1024];
    snprintf(path, sizeof path, "%s/%s", fakes, command);
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    assert_int_equal(sb_fs_write(path, text, strlen(text), NULL), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

static int begin(void **state)
{
    (void)state;
    char path[512];
    if (!mkdtemp(fakes)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", fakes);
    return setenv("PATH", path, 1);
}

static int end(void **state)
{
    (void)state;
    static const char *const commands[] = {"squeue", "sacct", "scancel", "jobs/job-1.end", "jobs"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", fakes, commands[i]);
        remove(path);
    }
    return rmdir(fakes);
}

static void test_slurm__a_silent_controller_changes_nothing(void **state)
{
    (void)state;
    fake("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    struct sb_placed job = {.id = "8", .tag = "c.job-1", .state = SB_JOB_RUNNING};
    struct sb_error err;
    assert_int_equal(sb_scheduler_slurm.poll(&job, 1, NULL, &err), SB_EINFRA);
    assert_int_equal(job.state, SB_JOB_RUNNING);
    assert_non_null(strstr(err.text, "Unable to contact"));
    struct sb_placed *found = NULL;
    int count = 0;
    assert_int_equal(sb_scheduler_slurm.find(&found, &count, NULL, "c", &err), SB_EINFRA);
    free(found);
}

static void test_slurm__forgotten_jobs_are_looked_up(void **state)
{
    (void)state;
    char path[256];
    fake("squeue", "exit 0");
    fake("sacct", "echo '8|FAILED|3:0|n1|c.job-1'; echo '9|FAILED|3:0|n1|another'");
    struct sb_placed jobs[] = {{.id = "8", .tag = "c.job-1"}, {.id = "9", .tag = "c.job-2"}};
    assert_int_equal(sb_scheduler_slurm.poll(jobs, 2, NULL, NULL), 0);
    assert_int_equal(jobs[0].state, SB_JOB_FAILED);
    assert_int_equal(jobs[0].exit_code, 3);
    assert_int_equal(jobs[1].state, SB_JOB_UNKNOWN); /* the number is another's now */
    fake("sacct", "echo 'sacct: error: slurmdbd: Connection refused' >&2; exit 1");
    jobs[0].state = SB_JOB_RUNNING;
    assert_int_equal(sb_scheduler_slurm.poll(jobs, 1, NULL, NULL), SB_EINFRA);
    assert_int_equal(jobs[0].state, SB_JOB_RUNNING);
    fake("sacct", "echo '8|RUNNING|0:0|n1|c.job-1'"); /* the controller lost its state */
    assert_int_equal(sb_scheduler_slurm.poll(jobs, 1, NULL, NULL), 0);
    assert_int_equal(jobs[0].state, SB_JOB_UNKNOWN);
    assert_string_equal(jobs[0].words, "squeue does not know it, sacct says RUNNING");
    fake("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
    snprintf(path, sizeof path, "%s/jobs", fakes);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/jobs/job-1.end", fakes);
    assert_int_equal(sb_fs_write(path, "8 0 0 5 60\n", 11, NULL), 0);
    jobs[0].folder = jobs[1].folder = fakes;
    assert_int_equal(sb_scheduler_slurm.poll(jobs, 2, NULL, NULL), 0);
    assert_int_equal(jobs[0].state, SB_JOB_DONE);
    assert_int_equal(jobs[1].state, SB_JOB_UNKNOWN);
    assert_non_null(strstr(jobs[0].words, "forgotten"));
    for (size_t i = 0; i < 2; ++i) { /* without a question */
        jobs[i].state = SB_JOB_RUNNING;
        assert_int_equal(sb_scheduler_slurm.has_left(&jobs[i]), i == 0);
        assert_int_equal(jobs[i].state, i == 0 ? SB_JOB_DONE : SB_JOB_RUNNING);
    }
    assert_int_equal(sb_fs_write(path, "8 0 1 5 60\n", 11, NULL), 0);
    jobs[0].state = SB_JOB_RUNNING;
    assert_false(sb_scheduler_slurm.has_left(&jobs[0])); /* why it failed the controller knows */
    assert_int_equal(jobs[0].state, SB_JOB_RUNNING);
}

static void test_slurm__jobs_of_a_campaign_are_found_by_their_names(void **state)
{
    (void)state;
    char script[512];
    snprintf(script, sizeof script, "cat " RECORDED "slurm-22.05/states1.txt");
    fake("squeue", script);
    struct sb_placed *found = NULL;
    int count = 0;
    assert_int_equal(sb_scheduler_slurm.find(&found, &count, NULL, "c", NULL), 0);
    assert_true(count >= 10);
    assert_int_equal(strncmp(found[0].tag, "c.", 2), 0);
    free(found);
    assert_int_equal(sb_scheduler_slurm.find(&found, &count, NULL, "c.hel", NULL), 0);
    assert_int_equal(count, 0);
    free(found);
}

static void test_slurm__cancelling_what_has_ended_is_no_error(void **state)
{
    (void)state;
    const struct sb_placed jobs[] = {{.id = "8"}, {.id = ""}, {.id = "9"}};
    struct sb_error err;
    fake("scancel", "[ \"$*\" = '8 9' ] || { echo \"asked for $*\" >&2; exit 1; }\n"
                    "echo 'scancel: error: Kill job error on job id 8: Invalid job id specified' "
                    ">&2; exit 1");
    assert_int_equal(sb_scheduler_slurm.cancel(jobs, 3, NULL, &err), 0);
    fake("scancel", "echo 'scancel: error: Kill job error on job id 8: Invalid job id specified' "
                    ">&2; echo 'scancel: error: Access/permission denied' >&2; exit 1");
    assert_int_equal(sb_scheduler_slurm.cancel(jobs, 3, NULL, &err), SB_EINFRA);
    assert_non_null(strstr(err.text, "permission denied"));
    assert_int_equal(sb_scheduler_slurm.cancel(&jobs[1], 1, NULL, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slurm__every_recorded_state_is_told_right),
        cmocka_unit_test(test_slurm__rare_and_unknown_states),
        cmocka_unit_test(test_slurm__wanted_nodes_are_looked_at),
        cmocka_unit_test(test_slurm__lines_of_another_form_are_passed_over),
        cmocka_unit_test(test_slurm__a_strange_name_shifts_no_field),
        cmocka_unit_test(test_slurm__accounts_tell_what_squeue_forgot),
        cmocka_unit_test(test_slurm__recorded_accounts),
        cmocka_unit_test(test_slurm__refusals_are_told_from_what_passes),
        cmocka_unit_test(test_slurm__recorded_refusals_are_for_good),
        cmocka_unit_test(test_slurm__short_forms_of_nodes),
        cmocka_unit_test(test_slurm__paths_are_taken_literally),
        cmocka_unit_test(test_slurm__what_a_place_asks_for_is_asked_for),
        cmocka_unit_test(test_slurm__end_marks),
        cmocka_unit_test(test_slurm__nodes_that_take_jobs),
        cmocka_unit_test(test_slurm__recorded_partitions_become_places),
        cmocka_unit_test(test_slurm__a_silent_controller_changes_nothing),
        cmocka_unit_test(test_slurm__forgotten_jobs_are_looked_up),
        cmocka_unit_test(test_slurm__jobs_of_a_campaign_are_found_by_their_names),
        cmocka_unit_test(test_slurm__cancelling_what_has_ended_is_no_error),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
