/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/single.h"

#include "harness/record.h"
#include "harness/run/pack.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The tuning that the record tells, over what the kernel would choose here and now. */
static int read_tuning(int out[SB_MAX_TUNINGS], const struct sb_cell *cell, const char *path,
                       struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    int code = sb_fs_read(&text, &length, path, err);
    json_t *json = code == 0 ? json_loadb(text, length, 0, NULL) : NULL;
    const json_t *values = json_object_get(json, "tuning");
    memcpy(out, cell->c.tuning, SB_MAX_TUNINGS * sizeof *out);
    const struct sb_tuning *tunings = cell->c.kernel->tunings;
    for (int i = 0; tunings && tunings[i].name; ++i) {
        out[i] = (int)sb_json_integer_or(values, tunings[i].name, out[i]);
    }
    json_decref(json);
    free(text);
    return code;
}

/* The cell obeys commands from a pipe and answers with lines: here, into memory. */
static int serve(json_t **out, struct sb_cell_task *task, struct sb_error *err)
{
    int commands[2];
    const int answers = memfd_create("answers", MFD_CLOEXEC);
    if (answers < 0 || pipe2(commands, O_CLOEXEC) != 0 || write(commands[1], "p", 1) != 1) {
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    close(commands[1]);
    task->in = commands[0];
    task->out = answers;
    sb_cell_serve(task);
    close(commands[0]);
    *out = json_object();
    FILE *lines = fdopen(answers, "r");
    if (lines) {
        rewind(lines);
    }
    for (json_t *line; lines && (line = json_loadf(lines, JSON_DISABLE_EOF_CHECK, NULL));) {
        json_object_update(*out, line);
        json_decref(line);
    }
    if (lines) {
        fclose(lines);
    }
    return 0;
}

static int tell(const json_t *record)
{
    int counts[SB_STATES] = {0};
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", "failed"));
    const char *reason = sb_json_text_or(record, "reason", NULL);
    printf("%s%s%s\n", sb_state_text(state), reason ? ": " : "", reason ? reason : "");
    counts[state]++;
    return sb_states_exit(counts);
}

/* The record of the first cell of @p path, run as @p trial says, with the tuning that the file tells. */
static int run(json_t **out, const char *path, struct sb_trial *trial, struct sb_error *err)
{
    struct sb_job job;
    struct sb_pack pack;
    int tuning[SB_MAX_TUNINGS];
    int code = sb_job_read(&job, path, err);
    if (code != 0) {
        return code;
    }
    if (job.cell_count < 1) {
        sb_job_free(&job);
        return sb_fail(err, SB_EPARSE, "%s: no cell", path);
    }
    code = sb_pack_open(&pack, &job, -1, err);
    code = code != 0 ? code : read_tuning(tuning, &job.cell[0], path, err);
    if (code == 0) {
        struct sb_cell_task task = sb_pack_task(&pack, &job.cell[0]);
        trial->tuning = tuning;
        trial->marked = trial->marked && !job.counts; /* the backend counts, in the first one */
        task.trial = trial;
        code = serve(out, &task, err);
    }
    sb_pack_close(&pack);
    sb_job_free(&job);
    return code;
}

int sb_single_run(const char *path, struct sb_error *err)
{
    struct sb_trial once = {.snapshot = -1, .all_schedules = true};
    json_t *record = NULL;
    int code = run(&record, path, &once, err);
    code = code != 0 ? code : tell(record);
    json_decref(record);
    return code;
}

int sb_single_counted(const char *path, struct sb_error *err)
{
    struct sb_trial once = {.snapshot = -1, .marked = true};
    json_t *record = NULL;
    json_object_seed(
        1); /* or the heap differs from run to run, and with it what shares a cache's set */
    int code = run(&record, path, &once, err);
    if (code == 0 && strcmp(sb_json_text_or(record, "state", ""), "passed") != 0) {
        fprintf(stderr, "%s\n", sb_json_text_or(record, "reason", "it ended without an answer"));
        code = SB_EXIT_FAILED;
    } else if (code == 0) {
        code = sb_json_write_line(STDOUT_FILENO, record, err);
    }
    json_decref(record);
    return code;
}
