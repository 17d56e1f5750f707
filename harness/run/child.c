/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/child.h"

#include "harness/plan/kernels.h"
#include "harness/record.h"
#include "harness/run/attain.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "harness/util/text.h"
#include "results/metrics/metric.h"
#include "results/stats/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIE_MS 10000

static json_t *new_record(const struct sb_cell_task *task, const json_t *node,
                          const json_t *environment)
{
    char name[512];
    char now[32];
    sb_cell_name(name, sizeof name, task->cell);
    sb_text_now(now, 0);
    json_t *record = json_pack("{s:i,s:s,s:s,s:s,s:s,s:i,s:s,s:s}", "schema_version",
                               SB_RECORD_SCHEMA, "cell", task->cell->id, "name", name, "campaign",
                               task->job->campaign, "job", task->job->name, "attempt",
                               task->job->attempt, "place", task->job->place, "started", now);
    json_t *cell = sb_cell_to_json(task->cell);
    json_object_update_missing(record, cell);
    json_decref(cell);
    static const char *const unreached[] = {
        "tuning", "work",     "build",      "device",           "placement", "verdict",
        "timing", "derived",  "reason",     "failure",          "emulated",  "observed",
        "oracle", "counters", "attainable", "attainable_reason"};
    for (size_t i = 0; i < sizeof unreached / sizeof *unreached; ++i) {
        json_object_set_new(record, unreached[i], json_null());
    }
    const struct sb_job *job = task->job;
    json_object_set_new(record, "scheduler", json_string(job->scheduler));
    json_object_set_new(record, "container",
                        job->engine[0]
                            ? json_pack("{s:s,s:s}", "engine", job->engine, "image", job->image)
                            : json_null());
    json_object_set(record, "node", (json_t *)node);
    json_object_set(record, "environment", (json_t *)environment);
    return record;
}

static void limit_memory(double bytes)
{
    if (bytes > 0) {
        const struct rlimit limit = {.rlim_cur = (rlim_t)bytes, .rlim_max = (rlim_t)bytes};
        setrlimit(RLIMIT_DATA, &limit);
    }
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
}

/* The child's side; never returns. */
static void serve(const struct sb_cell_task *task, int in, int out, pid_t parent,
                  void (*work)(const struct sb_cell_task *task, void *payload), void *payload)
{
    struct sb_cell_task own = *task;
    own.in = in;
    own.out = out;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(SB_EXIT_INFRA); /* it died before the line above */
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* libraries may print; stdout is for records */
    limit_memory(task->job->memory_limit_bytes);
    work(&own, payload);
    _exit(0);
}

int sb_child_spawn(struct sb_child *out, const struct sb_cell_task *task,
                   void (*work)(const struct sb_cell_task *task, void *payload), void *payload,
                   struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    out->in = out->out = -1;
    int commands[2];
    int answers[2];
    if (pipe2(commands, O_CLOEXEC) != 0) {
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    if (pipe2(answers, O_CLOEXEC) != 0) {
        close(commands[0]);
        close(commands[1]);
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    const pid_t parent = getpid();
    const long long oom_kills = sb_oom_kills();
    const pid_t pid = fork();
    if (pid == 0) {
        close(commands[1]);
        close(answers[0]);
        serve(task, commands[0], answers[1], parent, work, payload);
    }
    close(commands[0]);
    close(answers[1]);
    if (pid < 0) {
        close(commands[1]);
        close(answers[0]);
        return sb_fail(err, SB_EIO, "cannot start a process: %s", strerror(errno));
    }
    out->oom_kills = oom_kills;
    out->pid = pid;
    out->in = commands[1];
    out->out = answers[0];
    return 0;
}

void sb_child_begin(struct sb_child *child, const struct sb_cell_task *task, const json_t *node,
                    const json_t *environment)
{
    child->cell = task->cell;
    child->oom_kills = sb_oom_kills();
    child->record = new_record(task, node, environment);
    child->samples = json_array();
    child->turns = json_array();
    child->disturbed = json_array();
    child->begun_ns = sb_process_now_ns();
}

static void serve_cell(const struct sb_cell_task *task, void *payload)
{
    (void)payload;
    sb_cell_serve(task);
}

int sb_child_start(struct sb_child *out, const struct sb_cell_task *task, const json_t *node,
                   const json_t *environment, struct sb_error *err)
{
    const int code = sb_child_spawn(out, task, serve_cell, NULL, err);
    if (code == 0) {
        sb_child_begin(out, task, node, environment);
    }
    return code;
}

void sb_child_conclude(struct sb_child *child, const char *state, const char *failure,
                       const char *reason)
{
    json_object_set_new(child->record, "state", json_string(state));
    json_object_set_new(child->record, "failure", failure ? json_string(failure) : json_null());
    json_object_set_new(child->record, "reason", reason ? json_string(reason) : json_null());
    child->ended = true;
}

/* What a dead process leaves: exit status or signal, and what its handler could still say. */
static void conclude_dead(struct sb_child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    child->pid = 0;
    child->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    const char *array = sb_json_text_or(child->record, "crash.array", NULL);
    char reason[300];
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && sb_oom_kills() > child->oom_kills) {
        sb_child_conclude(
            child, "failed", "memory",
            "the system killed it for its memory: it needs more than the job may use");
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        sb_child_conclude(child, "lost", NULL,
                          "its process was killed from outside (SIGKILL; out of memory?)");
    } else if (WIFSIGNALED(status)) {
        snprintf(reason, sizeof reason, "the process died of signal %d (%s)%s%s%s",
                 WTERMSIG(status), strsignal(WTERMSIG(status)),
                 array ? ", reaching beyond array '" : "", array ? array : "", array ? "'" : "");
        sb_child_conclude(child, "failed", array ? "out_of_bounds" : "crash", reason);
    } else {
        snprintf(reason, sizeof reason, "the process exited by itself with status %d",
                 WEXITSTATUS(status));
        sb_child_conclude(child, "failed", "crash", reason);
    }
}

/* The marks of the turn that was just added, and after the last one the totals. */
static void take_steadiness(struct sb_child *child, const json_t *fragment)
{
    const json_int_t turn = (json_int_t)json_array_size(child->turns) - 1;
    size_t i = 0;
    json_t *mark = NULL;
    json_array_foreach (json_object_get(fragment, "disturbed"), i, mark) {
        json_object_set_new(mark, "turn", json_integer(turn));
        json_array_append(child->disturbed, mark);
    }
    child->steady = json_incref(json_object_get(fragment, "steady"));
}

static bool take_line(struct sb_child *child, const char *line, size_t length)
{
    json_t *fragment = json_loadb(line, length, 0, NULL);
    if (!json_is_object(fragment)) {
        json_decref(fragment);
        return false; /* something a library printed */
    }
    const char *what = sb_json_text_or(fragment, "answer", NULL);
    const json_t *samples = json_object_get(fragment, "samples_ns");
    const bool answered = what != NULL;
    if (samples) {
        json_array_extend(child->samples, (json_t *)samples);
        json_array_append_new(child->turns, json_integer((json_int_t)json_array_size(samples)));
        child->done = json_is_true(json_object_get(fragment, "done"));
        take_steadiness(child, fragment);
    } else if (what && strcmp(what, "end") == 0) {
        sb_child_conclude(child, sb_json_text_or(fragment, "state", "failed"),
                          sb_json_text_or(fragment, "failure", NULL),
                          sb_json_text_or(fragment, "reason", NULL));
    } else {
        child->ready = child->ready || answered;
        json_object_del(fragment, "answer");
        json_object_update(child->record, fragment);
    }
    json_decref(fragment);
    return answered;
}

static bool take_lines(struct sb_child *child)
{
    bool answered = false;
    char *from = child->pending;
    char *end = NULL;
    while ((end = memchr(from, '\n', child->pending_length - (size_t)(from - child->pending)))) {
        answered = take_line(child, from, (size_t)(end - from)) || answered;
        from = end + 1;
    }
    const size_t used = (size_t)(from - child->pending);
    memmove(child->pending, from, child->pending_length - used);
    child->pending_length -= used;
    return answered;
}

/* Another rank died, or its runner: the cell ends, and this process with it. */
static bool heard_of_others(struct sb_child *child)
{
    json_t *told = child->line ? sb_line_take(child->line) : NULL;
    if (!told) {
        return false;
    }
    char reason[600];
    snprintf(reason, sizeof reason, "rank %d: %s", (int)sb_json_integer_or(told, "rank", -1),
             sb_json_text_or(told, "reason", ""));
    sb_child_conclude(child, sb_json_text_or(told, "state", "failed"),
                      sb_json_text_or(told, "failure", NULL), reason);
    json_decref(told);
    sb_child_kill(child);
    return true;
}

/* 1: answered. 0: not yet. −1: the process is gone. */
static int listen_once(struct sb_child *child, unsigned long long deadline_ns)
{
    const unsigned long long now = sb_process_now_ns();
    const unsigned long long left_ms = deadline_ns > now ? (deadline_ns - now) / 1000000U + 1 : 0;
    struct pollfd p[] = {{.fd = child->out, .events = POLLIN},
                         {.fd = child->line ? sb_line_fd(child->line) : -1, .events = POLLIN},
                         {.fd = child->tie > 0 ? child->tie : -1, .events = POLLIN}};
    if (poll(p, 3, left_ms > INT_MAX ? INT_MAX : (int)left_ms) <= 0) {
        return 0;
    }
    if (p[1].revents && heard_of_others(child)) {
        return 1;
    }
    if (p[2].revents) { /* the process may be about to end by itself: then it is heard of below */
        if (!p[0].revents && poll(p, 1, TIE_MS) <= 0) {
            kill(child->pid, SIGKILL);
        }
        child->tie = 0;
    }
    if (!p[0].revents) {
        return 0;
    }
    if (child->pending_room - child->pending_length < 65536) {
        const size_t room = child->pending_room ? 2 * child->pending_room : 131072;
        char *more = realloc(child->pending, room);
        if (!more) {
            return -1;
        }
        child->pending = more;
        child->pending_room = room;
    }
    const ssize_t got = read(child->out, child->pending + child->pending_length, 65536);
    if (got < 0 && errno == EINTR) {
        return 0;
    }
    if (got <= 0) {
        return -1;
    }
    child->pending_length += (size_t)got;
    return take_lines(child) ? 1 : 0;
}

void sb_child_tell(struct sb_child *child, char command)
{
    child->told_ns = sb_process_now_ns();
    if (!child->ended && write(child->in, &command, 1) != 1) {
        conclude_dead(child);
    }
}

void sb_child_hear(struct sb_child *child, double time_limit_s)
{
    if (child->ended) {
        return;
    }
    const unsigned long long limit_ns = (unsigned long long)(time_limit_s * 1e9);
    const unsigned long long deadline =
        child->told_ns + (limit_ns > child->busy_ns ? limit_ns - child->busy_ns : 0);
    int heard = 0;
    while (heard == 0 && sb_process_now_ns() < deadline) {
        heard = listen_once(child, deadline);
    }
    child->busy_ns += sb_process_now_ns() - child->told_ns;
    if (heard < 0) {
        conclude_dead(child);
    } else if (heard == 0) {
        char reason[128];
        snprintf(reason, sizeof reason, "did not end within its time limit of %g s", time_limit_s);
        sb_child_kill(child);
        sb_child_conclude(child, "failed", "time_limit", reason);
    }
}

void sb_child_ask(struct sb_child *child, char command, double time_limit_s)
{
    sb_child_tell(child, command);
    sb_child_hear(child, time_limit_s);
}

/* The record has ended; a process that dies or hangs while counting leaves its reason beside what was counted. */
void sb_child_count(struct sb_child *child, const struct sb_job *job)
{
    json_t *record = child->record;
    if (job->counters.count == 0 || !child->pid || !json_object_get(record, "timing_end")) {
        return;
    }
    json_t *ended =
        json_pack("{s:O,s:O,s:O}", "state", json_object_get(record, "state"), "failure",
                  json_object_get(record, "failure"), "reason", json_object_get(record, "reason"));
    child->ended = false;
    sb_child_ask(child, 'c', job->time_limit_s);
    json_t *counters = json_object_get(record, "counters");
    if (child->ended && !json_is_object(counters)) {
        counters = json_pack("{s:[]}", "sources");
        json_object_set_new(record, "counters", counters);
    }
    if (child->ended) {
        json_object_set(counters, "reason", json_object_get(record, "reason"));
    }
    json_object_update(record, ended);
    json_decref(ended);
    child->ended = true;
}

static json_t *timing(const struct sb_child *child, const struct sb_job *job)
{
    const size_t count = json_array_size(child->samples);
    uint64_t *samples = calloc(count + 1, sizeof *samples);
    struct sb_interval interval = {0};
    for (size_t i = 0; samples && i < count; ++i) {
        samples[i] = (uint64_t)json_integer_value(json_array_get(child->samples, i));
    }
    if (samples) {
        sb_stats_median_interval(&interval, samples, count, 0.95);
    }
    free(samples);
    json_t *object = json_pack(
        "{s:s,s:f,s:I,s:O,s:O,s:o,s:o,s:o}", "clock", "device", "precision_goal", job->precision,
        "budget_ns", (json_int_t)(job->budget_s * 1e9), "samples_ns", child->samples, "turns",
        child->turns, "median_ns", count ? json_real(interval.median_ns) : json_null(), "low_ns",
        count ? json_real(interval.low_ns) : json_null(), "high_ns",
        count ? json_real(interval.high_ns) : json_null());
    json_object_set(object, "disturbed", child->disturbed);
    json_t *before = json_object_get(child->record, "disturbed_before");
    json_object_set(object, "disturbed_before", before ? before : json_null());
    json_object_set(object, "steady", child->steady ? child->steady : json_null());
    json_t *told = json_object_get(child->record, "timing_end");
    json_object_update(object, told);
    if (!told) {
        json_object_set_new(object, "ended", json_string("cut"));
    }
    return object;
}

/* Flop by the field's convention where the kernel counts them so (FFT: 5 n log2 n), else those its source executes: the
 * variants of a case then compare by what they achieve, not by how much they compute for it. */
static const char *flop_path(const json_t *record)
{
    const char *item = sb_json_text_or(record, "work.item", "");
    const size_t length = strlen(item);
    return length >= 4 && strcmp(item + length - 4, "flop") == 0 ? "work.items" : "work.flop";
}

static json_t *rate(const json_t *record, const char *path, const char *path2, double median_ns)
{
    const double amount =
        sb_json_real_or(record, path, 0) + (path2 ? sb_json_real_or(record, path2, 0) : 0);
    return amount > 0 && median_ns > 0 ? json_real(amount / (median_ns * 1e-9)) : json_null();
}

json_t *sb_child_finish(struct sb_child *child, const struct sb_job *job)
{
    json_t *record = child->record;
    if (!child->shared || !child->pid) {
        sb_child_kill(child); /* it has said all that matters */
    }
    free(child->pending);
    child->pending = NULL;
    if (json_array_size(child->samples) > 0 || json_object_get(record, "timing_end")) {
        json_t *object = timing(child, job);
        const double median_ns = sb_json_real_or(object, "median_ns", 0);
        json_object_set_new(record, "timing", object);
        json_object_set_new(
            record, "derived",
            json_pack("{s:o,s:o,s:o}", "flop_per_s",
                      rate(record, flop_path(record), NULL, median_ns), "bytes_per_s",
                      rate(record, "work.read_bytes", "work.write_bytes", median_ns), "items_per_s",
                      rate(record, "work.items", NULL, median_ns)));
        sb_attain(record, job->threads);
    }
    json_t *set = json_object_get(record, "environment_set");
    if (set) {
        json_t *environment = json_copy(
            json_object_get(record, "environment")); /* the cleared ones are shared by all cells */
        json_object_set(environment, "set", set);
        json_object_set_new(record, "environment", environment);
        json_object_del(record, "environment_set");
    }
    (void)sb_metrics_derive(record, NULL);
    json_object_del(record, "timing_end");
    json_object_del(record, "disturbed_before");
    json_object_del(record, "crash");
    json_object_set_new(record, "wall_ns",
                        json_integer((json_int_t)(sb_process_now_ns() - child->begun_ns)));
    json_decref(child->samples);
    json_decref(child->turns);
    json_decref(child->disturbed);
    json_decref(child->steady);
    memset(child, 0, sizeof *child);
    return record;
}

void sb_child_kill(struct sb_child *child)
{
    if (child->pid) {
        kill(-child->pid, SIGKILL);
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        child->pid = 0;
    }
    if (child->in >= 0) {
        close(child->in);
        child->in = -1;
    }
    if (child->out >= 0) {
        close(child->out);
        child->out = -1;
    }
    free(child->pending);
    child->pending = NULL;
    child->pending_length = child->pending_room = 0;
}
