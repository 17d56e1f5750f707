/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/peaks_messages.h"

#include "harness/record.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_S 120.0

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The part of a repetition in which messages travel, a message's share of it. */
static json_t *figure_of(const json_t *record, const double *samples_ns, size_t n)
{
    const bool latency = strcmp(sb_json_text_or(record, "label", ""), "latency") == 0;
    const double share = sb_json_real_or(record, "timing.exchange_share", 1);
    const double messages = sb_json_real_or(record, "work.items", 1);
    const double bytes = 8 * sb_json_real_or(record, "parameters.n", 1);
    const double best = samples_ns[0] * share / messages;
    const double median = samples_ns[n / 2] * share / messages;
    return json_pack("{s:s,s:s,s:i,s:s,s:I,s:f,s:f,s:f,s:i,s:i,s:s}", "what",
                     latency ? "message_latency" : "message_bandwidth", "loop", "pingpong",
                     "threads", 2, "unit", latency ? "ns" : "B/s", "bytes", (json_int_t)bytes,
                     "best", latency ? best : bytes / (best * 1e-9), "median",
                     latency ? median : bytes / (median * 1e-9), "spread",
                     (samples_ns[3 * n / 4] - samples_ns[n / 4]) / samples_ns[n / 2], "samples",
                     (int)n, "steps", (int)messages, "how",
                     "two ranks of this node send one message to and fro; a message's part of it");
}

static int take(json_t *record, void *payload)
{
    json_t *out = payload;
    const json_t *samples = sb_json_at(record, "timing.samples_ns");
    const size_t n = json_array_size(samples);
    double *times = calloc(n + 1, sizeof *times);
    for (size_t i = 0; times && i < n; ++i) {
        times[i] = json_number_value(json_array_get(samples, i));
    }
    if (!times || n == 0) {
        json_object_set_new(out, "reason",
                            json_string(sb_json_text_or(record, "reason", "nothing was timed")));
    } else {
        qsort(times, n, sizeof *times, by_value);
        json_array_append_new(json_object_get(out, "figures"), figure_of(record, times, n));
        json_object_set(out, "library", sb_json_at(record, "mpi.library"));
    }
    free(times);
    return 0;
}

static void read_records(json_t *out, const char *folder)
{
    char records[1100], path[1400];
    snprintf(records, sizeof records, "%s/records", folder);
    DIR *open = opendir(records);
    for (struct dirent *entry; open && (entry = readdir(open)) != NULL;) {
        if (strstr(entry->d_name, ".jsonl")) {
            snprintf(path, sizeof path, "%s/%s", records, entry->d_name);
            (void)sb_records_read(path, take, NULL, out, NULL);
        }
    }
    if (open) {
        closedir(open);
    }
}

static void measure(json_t *out, const char *folder)
{
    char program[1024];
    struct sb_error err = {0};
    struct sb_process_result result = {0};
    int rc = sb_fs_join(program, sizeof program, sb_fs_program_folder(), "switchbench", &err);
    const char *const argv[] = {
        program,      "run", "mpi_basic", "--labels", "latency,bandwidth", "--presets", "small",
        "--backends", "cpu", "--ranks",   "2",        "--budget",          "1s",        "--output",
        folder,       NULL};
    rc = rc ? rc : sb_process_run(&result, argv, LIMIT_S, &err);
    read_records(out, folder);
    if (json_array_size(json_object_get(out, "figures")) == 0 && !json_object_get(out, "reason")) {
        json_object_set_new(out, "reason",
                            json_string(rc ? err.text : "the run of mpi_basic left no record"));
    }
    sb_process_result_free(&result);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

json_t *sb_peaks_messages(void)
{
    char cache[1024], place[1100], folder[1200];
    struct sb_error err = {0};
    json_t *out = json_pack("{s:[]}", "figures");
    const int rc = sb_fs_cache(cache, sizeof cache, "peaks", &err);
    snprintf(place, sizeof place, "%s/messages-XXXXXX", cache);
    if (rc || !mkdtemp(place)) {
        json_object_set_new(out, "reason",
                            json_string(rc ? err.text : "no folder can be made in the cache"));
        return out;
    }
    snprintf(folder, sizeof folder, "%s/campaign", place);
    measure(out, folder);
    (void)nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return out;
}
