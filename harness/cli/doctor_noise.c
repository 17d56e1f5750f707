/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/doctor_noise.h"

#include "harness/cli/noise_view.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "results/compare/limit.h"
#include "results/store/store.h"

#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORES_S "2"
#define RUN_LIMIT_S 1800

/* Memory, and arithmetic: what disturbs one need not disturb the other. */
static const char *const usual[] = {"stream", "nbody", "--labels", "triad,float", NULL};

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
#define CAUGHT (sizeof caught / sizeof *caught)
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number;
}

/* The campaign has a process group of its own, which a terminal's ^C does not reach. What is ignored stays so (nohup). */
static void catch_signals(struct sigaction before[CAUGHT])
{
    const struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < CAUGHT; i++) {
        sigaction(caught[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) {
            sigaction(caught[i], &action, NULL);
        }
    }
}

static void restore_signals(const struct sigaction before[CAUGHT])
{
    for (size_t i = 0; i < CAUGHT; i++) {
        sigaction(caught[i], &before[i], NULL);
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int ask_cores(json_t **out, struct sb_error *err)
{
    char path[1024];
    int rc = sb_fs_join(path, sizeof path, sb_fs_program_folder(), "switchbench-runner", err);
    const char *const argv[] = {path, "--noise", CORES_S, NULL};
    const struct sb_process_call call = {.argv = argv, .time_limit_s = 120};
    struct sb_process_result result = {0};
    rc = rc ? rc : sb_process_answer(&result, &call, err);
    if (rc == 0) {
        *out = json_loads(result.output, 0, NULL);
        sb_process_result_free(&result);
        rc = *out ? 0 : sb_fail(err, SB_EINFRA, "%s --noise gave no answer", path);
    }
    return rc;
}

/* A campaign of @p rounds replicas, each a process of its own, through the same program that runs every other one. */
static int run_campaign(const char *folder, const struct sb_strings *kernels, int rounds,
                        struct sb_error *err)
{
    char path[1024], repeat[16];
    const char *argv[80];
    int n = 0;
    int rc = sb_fs_join(path, sizeof path, sb_fs_program_folder(), "switchbench", err);
    snprintf(repeat, sizeof repeat, "%d", rounds);
    argv[n++] = path;
    argv[n++] = "run";
    for (int i = 0; kernels->count == 0 && usual[i]; i++) {
        argv[n++] = usual[i];
    }
    for (int i = 0; i < kernels->count && n < 60; i++) {
        argv[n++] = kernels->item[i];
    }
    const char *const rest[] = {"--presets", "small",    "--backends", "cpu",      "--variants",
                                "portable",  "--repeat", repeat,       "--output", folder};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        argv[n++] = rest[i];
    }
    argv[n] = NULL;
    struct sb_process_result result = {0};
    rc = rc ? rc : sb_process_run_until(&result, argv, RUN_LIMIT_S, &stopped, err);
    if (rc == 0 && stopped) {
        rc = sb_fail(err, SB_EINFRA, "doctor --noise: interrupted (%s)", strsignal(stopped));
    } else if (rc == 0 && result.exit_status != 0) { /* its last line says why */
        size_t length = strlen(result.output);
        while (length > 0 && result.output[length - 1] == '\n') {
            result.output[--length] = '\0';
        }
        const char *line = strrchr(result.output, '\n');
        line = line ? line + 1 : result.output;
        line += strncmp(line, "switchbench: ", 13) == 0 ? 13 : 0;
        const int code = result.exit_status == SB_EXIT_USAGE ? SB_EINVAL : SB_EINFRA;
        rc = sb_fail(err, code, "%s", line);
    }
    sb_process_result_free(&result);
    return rc;
}

/* The replicas of one case. */
struct measured {
    char name[256];
    struct sb_compare_run *run;
    size_t count;
    double median_ns;
    int64_t watched, disturbed;
};

struct reading {
    struct measured *list;
    size_t count;
};

/* "stream/triad": a label is one case of the preset. */
static void case_name(char *out, size_t room, const struct sb_store_cell *cell)
{
    snprintf(out, room, "%s%s%s", cell->kernel, *cell->label ? "/" : "", cell->label);
}

static double *copy_of(const double *values, size_t count)
{
    double *copy = malloc((count + 1) * sizeof *copy);
    if (copy && count > 0) {
        memcpy(copy, values, count * sizeof *copy);
    }
    return copy;
}

static struct measured *find_case(struct reading *at, const char *name)
{
    for (size_t i = 0; i < at->count; i++) {
        if (strcmp(at->list[i].name, name) == 0) {
            return &at->list[i];
        }
    }
    struct measured *more = realloc(at->list, (at->count + 1) * sizeof *more);
    if (!more) {
        return NULL;
    }
    at->list = more;
    more[at->count] = (struct measured){.run = NULL};
    snprintf(more[at->count].name, sizeof more->name, "%s", name);
    return &more[at->count++];
}

static int take_cell(const struct sb_store_cell *cell, void *payload)
{
    char name[256];
    case_name(name, sizeof name, cell);
    if (cell->state != SB_STATE_PASSED || cell->turns == 0) {
        return 0;
    }
    struct measured *one = find_case(payload, name);
    struct sb_compare_run *more = one ? realloc(one->run, (one->count + 1) * sizeof *more) : NULL;
    if (!more) {
        return SB_ENOMEM;
    }
    one->run = more;
    more[one->count++] =
        (struct sb_compare_run){.turn_median_ns = copy_of(cell->turn_median_ns, cell->turns),
                                .turn_samples = copy_of(cell->turn_samples, cell->turns),
                                .turn_mean_ns = copy_of(cell->turn_mean_ns, cell->turns),
                                .turns = cell->turns};
    one->median_ns += (cell->median_ns - one->median_ns) / (double)one->count;
    one->watched += cell->watched_turns;
    one->disturbed += cell->disturbed_turns;
    const struct sb_compare_run *kept = &more[one->count - 1];
    return kept->turn_median_ns && kept->turn_samples && kept->turn_mean_ns ? 0 : SB_ENOMEM;
}

static void release(struct reading *at)
{
    for (size_t i = 0; i < at->count; i++) {
        for (size_t r = 0; r < at->list[i].count; r++) {
            free((double *)at->list[i].run[r].turn_median_ns);
            free((double *)at->list[i].run[r].turn_samples);
            free((double *)at->list[i].run[r].turn_mean_ns);
        }
        free(at->list[i].run);
    }
    free(at->list);
}

static json_t *or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static int tell_case(json_t *kernels, const struct measured *one, struct sb_error *err)
{
    struct sb_compare_options options;
    struct sb_compare_limit limit;
    sb_compare_defaults(&options);
    if (sb_compare_limit(&limit, one->run, one->count, &options) != 0) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    json_array_append_new(
        kernels,
        json_pack("{s:s,s:i,s:f,s:o,s:o,s:o,s:f,s:o,s:o}", "case", one->name, "runs",
                  (int)limit.runs, "median_ns", one->median_ns, "between_turns",
                  or_null(limit.within), "between_runs", or_null(limit.between), "disturbed_share",
                  one->watched > 0 ? json_real((double)one->disturbed / (double)one->watched)
                                   : json_null(),
                  "alarms", limit.alarms, "cannot_tell_below", or_null(limit.blind), "found_from",
                  or_null(limit.found)));
    return 0;
}

static int read_campaign(json_t *kernels, const char *folder, struct sb_error *err)
{
    struct sb_store *store = NULL;
    struct reading reading = {0};
    int64_t campaign = 0;
    int rc = sb_store_open(&store, ":memory:", err);
    rc = rc ? rc : sb_store_index(&campaign, store, folder, err);
    rc = rc ? rc : sb_store_cells(store, campaign, take_cell, &reading, err);
    for (size_t i = 0; rc == 0 && i < reading.count; i++) {
        rc = tell_case(kernels, &reading.list[i], err);
    }
    if (rc == 0 && reading.count == 0) {
        rc = sb_fail(err, SB_EABSENT,
                     "no run of the kernels passed: 'switchbench doctor' tells what is missing");
    }
    release(&reading);
    sb_store_close(store);
    return rc;
}

int sb_doctor_noise(const struct sb_strings *kernels, int rounds, const struct sb_output *output,
                    struct sb_error *err)
{
    char parent[64] = "/tmp/sb_noise_XXXXXX";
    char folder[80];
    json_t *cores = NULL;
    json_t *cases = json_array();
    if (rounds < 3) {
        json_decref(cases);
        return sb_fail(err, SB_EINVAL,
                       "doctor --noise: --rounds %d: it takes three runs to know how they differ",
                       rounds);
    }
    if (!mkdtemp(parent)) {
        json_decref(cases);
        return sb_fail(err, SB_EIO, "cannot make a folder in /tmp");
    }
    snprintf(folder, sizeof folder, "%s/c", parent);
    struct sigaction before[CAUGHT];
    catch_signals(before);
    int rc = ask_cores(&cores, err);
    rc = rc ? rc : run_campaign(folder, kernels, rounds, err);
    rc = rc ? rc : read_campaign(cases, folder, err);
    nftw(parent, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    restore_signals(before);
    if (rc == 0) {
        rc = sb_noise_print(stdout, cores, cases, output, err);
    }
    json_decref(cores);
    json_decref(cases);
    return rc;
}
