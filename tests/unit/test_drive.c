/* SPDX-License-Identifier: Apache-2.0 */
/* What the end of a job means for its cells, whatever a scheduler, a node or a kill does: each row is a campaign. */
#include "harness/campaign/folder.h"
#include "harness/util/json.h"
#include "tests/unit/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

struct drive_case {
    const char *title;
    const char *script;
    const char *states; /* expected, per cell: P W F L, '-' not ended */
    int jobs;           /* submissions asked for */
    int code;           /* of the last driver */
    const char *
        says; /* somewhere in the records, the journal or the driver's error; NULL: nothing to say */
    int jobs_most, pack, stop_after_bad, retries; /* 0: 50, all, never, 2; retries −1: none */
    int finds_fail;
    double hold_s, queue_s;
};

#define SAYS_RETRIES "after as many retries as the place allows"

static const struct drive_case cases[] = {
    {"all is well", "Q R a D", "PPP", 1, 0, NULL, .pack = 0},
    {"each by itself", "Q R a D", "PPPP", 4, 0, NULL, .pack = 1},
    {"pairs, within a window", "Q Q R R a D", "PPPPPPPP", 4, 0, NULL, .pack = 2, .jobs_most = 2},
    {"a wrong one is no infrastructure", "R s0 w0 s1 r1 D", "WP", 1, 0, NULL, .pack = 0},
    /* the runner did its work, the scheduler says what it likes */
    {"failed after all records", "R a F1", "PP", 1, 0, NULL, .pack = 0},
    {"unknown after all records", "R a U", "PP", 1, 0, NULL, .pack = 0},
    {"node failed after all records", "R a N", "PP", 1, 0, NULL, .pack = 0},
    {"running for ever after all records", "R a R", "PP", 1, 0, "its cells had all ended",
     .pack = 0, .hold_s = 5},
    /* the job's own mark that its runner ended: with all records nobody is asked, without them it means nothing */
    {"its own mark after all records", "R a e R", "PP", 1, 0, NULL, .pack = 0},
    {"its own mark, and no answer", "R a e !", "PP", 1, 0, NULL, .pack = 0},
    {"its own mark without a record", "R s0 e R N:NODE_FAIL; R a D", "PP", 3, 0, "NODE_FAIL",
     .pack = 0},
    {"its own mark behind a child that was killed", "R s0 l0 s1 r1 e R M; R s0 l0 M", "FP", 2, 0,
     "memory", .pack = 0},
    /* time */
    {"timed out with one under way", "R s0 T:TIMEOUT; R a D", "FP", 2, 0, "TIMEOUT", .pack = 0},
    {"timed out behind one that ended", "R s0 r0 s1 T; R a D", "PP", 2, 0, NULL, .pack = 0},
    {"timed out twice at the same cell", "R s0 r0 s1 T; R s0 T; R a D", "PFP", 3, 0, "time_limit",
     .pack = 0},
    {"timed out before anything", "T:TIMEOUT", "LL", 3, 0, SAYS_RETRIES, .pack = 0},
    {"timed out with two under way", "R s0 s1 T; R s0 T; R a D", "FP", 3, 0, "time_limit",
     .pack = 0},
    /* memory */
    {"out of memory with one under way", "R s0 M; R a D", "FPP", 2, 0, "memory", .pack = 0},
    {"out of memory with two: each by itself", "R s0 s1 M; R s0 M; R a D; R a D", "FPP", 4, 0,
     "memory", .pack = 0},
    {"the runner lived, its child did not", "R s0 l0 s1 r1 M; R s0 l0 M", "FP", 2, 0, "memory",
     .pack = 0},
    {"out of memory before anything", "M", "LL", 3, 0, SAYS_RETRIES, .pack = 0},
    /* infrastructure; what was under way has had a setback, and goes apart from what had none */
    {"node failed once", "R s0 r0 s1 N:NODE_FAIL; R a D", "PPP", 3, 0, "NODE_FAIL", .pack = 0},
    {"node failed for ever", "R s0 N:NODE_FAIL", "LL", 6, 0, SAYS_RETRIES, .pack = 0},
    {"node failed, no retries", "R s0 N:NODE_FAIL; R a D", "LP", 2, 0, "NODE_FAIL", .pack = 0,
     .retries = -1},
    {"preempted", "R s0 P; R a D", "PP", 3, 0, "preempted", .pack = 0},
    {"evicted", "R s0 E:low_on_disk; R a D", "PP", 3, 0, "low_on_disk", .pack = 0},
    {"vanished", "R s0 U; R a D", "PP", 3, 0, "unknown", .pack = 0},
    {"the runner crashed", "R s0 F9; R a D", "PP", 3, 0, "failed", .pack = 0},
    {"the runner refuses the job", "R F2", "LL", 1, 0, "failed", .pack = 0},
    {"done without a record", "R D; R a D", "PP", 2, 0, "done", .pack = 0},
    {"done without records, for ever", "R D", "LL", 3, 0, SAYS_RETRIES, .pack = 0},
    {"done with half of them", "R s0 r0 D; R a D", "PPP", 2, 0, NULL, .pack = 0},
    {"a child killed from outside", "R s0 l0 s1 r1 D; R a D", "PP", 2, 0, NULL, .pack = 0},
    {"killed from outside, for ever", "R s0 l0 D", "L", 3, 0, NULL, .pack = 0},
    /* requeued: the same job, the same files */
    {"requeued", "R s0 r0 s1 Q R a D", "PPP", 1, 0, NULL, .pack = 0},
    {"requeued behind half a line", "R s0 r0 s1 t R R Q c R a D", "PPP", 1, 0, NULL, .pack = 0},
    {"requeued, and the first runner still writes", "R s0 Q R a d0 D", "PP", 1, 0, NULL, .pack = 0},
    {"an orphan writes after its job was closed", "R s0 N; R o R a D; R a D", "PP", 3, 0, NULL,
     .pack = 0},
    /* what is written may be anything */
    {"lines that are no records", "R s0 x y r0 x s1 r1 D", "PP", 1, 0, NULL, .pack = 0},
    {"half a record at the end", "R s0 r0 s1 t D; R a D", "PP", 2, 0, NULL, .pack = 0},
    {"words that are no UTF-8", "Q:\xe9\xff R:\xc3 s0 N:\xf0\x9f; R a D", "PP", 3, 0, NULL,
     .pack = 0},
    /* held, queued, cancelled */
    {"held for ever", "Q H:BadConstraints", "LL", 1, 0, "BadConstraints", .pack = 0, .hold_s = 5},
    {"held for a while", "Q H H R a D", "PP", 1, 0, NULL, .pack = 0, .hold_s = 3600},
    {"queued too long", "Q:Resources", "LL", 1, 0, "Resources", .pack = 0, .queue_s = 30},
    {"cancelled by a person", "R s0 r0 s1 C:by_root", "PLL", 1, 0, "by_root", .pack = 0},
    /* submission */
    {"refused in its words", "-V", "LL", 1, 0, "invalid partition", .pack = 0},
    {"refused three times: the place is given up", "-V", "LLLLL", 3, 0, "invalid partition",
     .pack = 1},
    {"one of them refused", "R a D; -V; R a D", "PLPP", 4, 0, "invalid partition", .pack = 1},
    {"no scheduler here", "-A", "LLLL", 1, 0, "no sbatch here", .pack = 1},
    {"busy for a while", "-I; -I; -I; -I; R a D", "PP", 5, 0, NULL, .pack = 0},
    {"busy for ever", "-I", "LL", 10, 0, "does not answer", .pack = 0},
    {"it took the job, and did not say so", "-S R a D", "PP", 1, 0, NULL, .pack = 0},
    {"and does not answer for a while", "-S R a D", "PP", 1, 0, NULL, .pack = 0, .finds_fail = 4},
    {"not taken, and no answer", "-I; R a D", "PP", 2, 0, NULL, .pack = 0, .finds_fail = 4},
    {"not taken, and never an answer", "-I", "LL", 1, 0, "does not answer", .finds_fail = 10000},
    {"never an answer, several jobs", "-I", "LLLL", 1, 0, "does not answer", .pack = 1,
     .finds_fail = 10000},
    /* a silent scheduler */
    {"silent for a while", "R s0 ! ! ! ! r0 R s1 ! ! a D", "PP", 1, 0, NULL, .pack = 0},
    /* bad nodes */
    {"no more after two bad ones", "R s0 w0 D", "WW--", 2, 0, "stopped", .pack = 1, .jobs_most = 1,
     .stop_after_bad = 2},
    {"a good one between is no reset", "R s0 w0 D; R a D; R s0 w0 D", "WPW-", 3, 0, "stopped",
     .pack = 1, .jobs_most = 1, .stop_after_bad = 2},
    /* the driver is killed: -k, -K in submit(), K in a question */
    {"killed before the scheduler has it", "-k; R a D", "PP", 2, 0, NULL, .pack = 0},
    {"killed before it has the answer", "-K R a D", "PP", 1, 0, NULL, .pack = 0},
    {"killed, and the scheduler is silent", "-K R a D", "PP", 1, 0, NULL, .pack = 0,
     .finds_fail = 3},
    {"killed while one is under way", "R s0 r0 K s1 r1 R a D", "PPP", 1, 0, NULL, .pack = 0},
    {"killed again and again", "K R s0 K r0 R K s1 K r1 a D K", "PPPP", 1, 0, NULL, .pack = 0},
    {"killed, and then the node fails", "R s0 r0 K s1 N; K R a D", "PPP", 3, 0, NULL, .pack = 0},
    {"killed behind a lost one", "R s0 l0 R K s1 r1 D; R a D", "PP", 2, 0, NULL, .pack = 0},
    {"killed with a window full", "Q K R a D", "PPPPPP", 3, 0, NULL, .pack = 2, .jobs_most = 3},
};

static char folder_path[64];

static int make(struct sb_folder *out, const struct drive_case *c, struct sb_error *err)
{
    struct sb_campaign campaign;
    struct sb_plan plan;
    sb_campaign_init(&campaign);
    sb_strings_add(&campaign.kernels, "stream");
    sb_strings_add(&campaign.presets, "tiny");
    sb_strings_add(&campaign.labels, "triad");
    sb_strings_add(&campaign.backends, "cpu");
    sb_strings_add(&campaign.variants, "portable");
    sb_strings_add(&campaign.spots, "p");
    campaign.repeat = (int)strlen(c->states);
    campaign.place = calloc(1, sizeof *campaign.place);
    campaign.place_count = 1;
    sb_place_init(campaign.place, "p", "scripted", NULL);
    campaign.place->jobs_most = c->jobs_most ? c->jobs_most : 50;
    campaign.place->pack = c->pack;
    campaign.place->stop_after_bad = c->stop_after_bad;
    campaign.place->retries = c->retries < 0 ? 0 : c->retries > 0 ? c->retries : 2;
    campaign.place->hold_limit_s = c->hold_s > 0 ? c->hold_s : 60;
    campaign.place->queue_limit_s = c->queue_s;
    int code = sb_plan_make(&plan, &campaign, err);
    code = code != 0 ? code : sb_folder_create(out, folder_path, &plan, err);
    sb_campaign_free(&campaign);
    return code;
}

static void drive(const struct drive_case *c, bool first)
{
    struct sb_folder folder;
    struct sb_error err = {0};
    int code = first ? make(&folder, c, &err) : sb_folder_open(&folder, folder_path, true, &err);
    if (code == 0) {
        code = sb_pipeline_run(&folder, NULL, &err);
        sb_folder_close(&folder);
    }
    scripted->code = code;
    snprintf(scripted->text, sizeof scripted->text, "%s", code != 0 ? err.text : "");
}

/* One driver after the other until one is not killed. */
static void drive_on(const struct drive_case *c)
{
    if (!strpbrk(c->script, "kK")) {
        drive(c, true);
        return;
    }
    for (int round = 0; round < 50; ++round) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            drive(c, round == 0);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 0) {
            return;
        }
        assert_int_equal(WEXITSTATUS(status), SCRIPTED_KILLED);
    }
    fail_msg("%s: no driver came to the end", c->title);
}

struct seen {
    const struct sb_folder *folder;
    int times[64];
    bool said;
    const char *says;
};

static int see(json_t *record, void *payload)
{
    struct seen *seen = payload;
    const int cell = sb_folder_find(seen->folder, sb_json_text_or(record, "cell", ""));
    assert_true(cell >= 0);
    seen->times[cell]++;
    assert_int_equal(sb_state_parse(sb_json_text_or(record, "state", "")),
                     seen->folder->state[cell]);
    char *text = json_dumps(record, 0);
    seen->said = seen->said || (seen->says && strstr(text, seen->says));
    free(text);
    return 0;
}

/* Each cell ends once, but for "lost"; each job is closed once. */
static void check_journal(const struct sb_folder *folder, struct seen *seen, const char *title)
{
    char path[128];
    char line[4096];
    int ended[64] = {0};
    int closed[SCRIPTED_JOBS + 1] = {0};
    snprintf(path, sizeof path, "%s/journal.jsonl", folder_path);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        json_t *event = json_loads(line, 0, NULL);
        if (!event) {
            fail_msg("%s: journal: %s", title, line);
        }
        const char *what = sb_json_text_or(event, "event", "");
        const int cell = sb_folder_find(folder, sb_json_text_or(event, "cell", ""));
        const int job = sb_folder_job_number(sb_json_text_or(event, "job", ""));
        if (strcmp(what, "ended") == 0 &&
            strcmp(sb_json_text_or(event, "state", ""), "lost") != 0 && ++ended[cell] > 1) {
            fail_msg("%s: cell %d ended twice", title, cell);
        }
        if (strcmp(what, "closed") == 0 && ++closed[job] > 1) {
            fail_msg("%s: job %d was closed twice", title, job);
        }
        seen->said = seen->said || (seen->says && strstr(line, seen->says));
        json_decref(event);
    }
    fclose(file);
}

static void check(const struct drive_case *c)
{
    struct sb_folder folder;
    struct sb_error err = {0};
    struct seen seen = {.folder = &folder, .says = c->says};
    char states[64] = "";
    if (sb_folder_open(&folder, folder_path, false, &err) != 0) {
        fail_msg("%s: %s", c->title, err.text);
    }
    for (int i = 0; i < folder.plan.cell_count; ++i) {
        states[i] = "PWFUL-"[folder.state[i]];
    }
    if (strcmp(states, c->states) != 0 || scripted->count != c->jobs || scripted->code != c->code) {
        fail_msg("%s: '%s': states %s, expected %s; %d jobs, expected %d; code %d (%s)", c->title,
                 c->script, states, c->states, scripted->count, c->jobs, scripted->code,
                 scripted->text);
    }
    assert_int_equal(sb_folder_records(&folder, see, &seen, &err), 0);
    for (int i = 0; i < folder.plan.cell_count; ++i) {
        assert_int_equal(seen.times[i], folder.state[i] != SB_STATES);
    }
    check_journal(&folder, &seen, c->title);
    if (c->says && !seen.said && !strstr(scripted->text, c->says)) {
        fail_msg("%s: nowhere '%s'", c->title, c->says);
    }
    for (int i = 0; i < folder.job_count; ++i) {
        if (folder.job[i].place && !folder.job[i].closed) {
            fail_msg("%s: job-%d was never closed", c->title, i + 1);
        }
    }
    assert_true(scripted->live_most <= (c->jobs_most ? c->jobs_most : 50));
    sb_folder_close(&folder);
}

static void remove_folder(void)
{
    const pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", folder_path, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static void test_drive__every_end_is_the_right_state(void **state)
{
    const struct drive_case *c = *state;
    snprintf(folder_path, sizeof folder_path, "/dev/shm/sb-drive-%ld", (long)getpid());
    remove_folder();
    scripted_begin(c->script, c->finds_fail);
    drive_on(c);
    check(c);
    remove_folder();
}

int main(void)
{
    static struct CMUnitTest tests[sizeof cases / sizeof *cases];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        tests[i] = (struct CMUnitTest){.name = cases[i].title,
                                       .test_func = test_drive__every_end_is_the_right_state,
                                       .initial_state = (void *)&cases[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
