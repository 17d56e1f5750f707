/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/campaign/replay.h"

#include "harness/util/json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const char *id, uint32_t room)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (const char *c = id; *c; ++c) {
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    }
    return hash & (room - 1);
}

int sb_folder_index(struct sb_folder *folder)
{
    uint32_t room = 16;
    while (room < 2 * (uint32_t)folder->plan.cell_count) {
        room *= 2;
    }
    folder->index = calloc(room, sizeof *folder->index);
    folder->index_room = room;
    for (int i = 0; folder->index && i < folder->plan.cell_count; ++i) {
        uint32_t at = slot_of(folder->plan.cell[i].id, room);
        while (folder->index[at]) {
            at = (at + 1) & (room - 1);
        }
        folder->index[at] = (uint32_t)i + 1;
    }
    return folder->index ? 0 : SB_ENOMEM;
}

int sb_folder_find(const struct sb_folder *folder, const char *id)
{
    for (uint32_t at = slot_of(id, folder->index_room); folder->index[at];
         at = (at + 1) & (folder->index_room - 1)) {
        const int cell = (int)folder->index[at] - 1;
        if (strcmp(folder->plan.cell[cell].id, id) == 0) {
            return cell;
        }
    }
    return -1;
}

int sb_folder_job_number(const char *name)
{
    int number = 0;
    int end = 0;
    return sscanf(name, "job-%d%n", &number, &end) == 1 && number > 0 && number < 100000000 &&
                   (name[end] == '\0' || name[end] == '.')
               ? number
               : 0;
}

struct sb_folder_job *sb_folder_job(struct sb_folder *folder, int number)
{
    if (number > folder->job_room) {
        const int room = number > 2 * folder->job_room ? number + 15 : 2 * folder->job_room;
        struct sb_folder_job *more = realloc(folder->job, (size_t)room * sizeof *more);
        if (!more) {
            return NULL;
        }
        memset(more + folder->job_room, 0, (size_t)(room - folder->job_room) * sizeof *more);
        for (int i = folder->job_room; i < room; ++i) {
            more[i].bytes = -1;
        }
        folder->job = more;
        folder->job_room = room;
    }
    folder->job_count = number > folder->job_count ? number : folder->job_count;
    return &folder->job[number - 1];
}

static int keep(char **out, const json_t *event, const char *key)
{
    const char *text = sb_json_text_or(event, key, NULL);
    if (!text) {
        return 0;
    }
    free(*out);
    *out = strdup(text);
    return *out ? 0 : SB_ENOMEM;
}

static int replay_job(struct sb_folder *folder, const json_t *event, const char *what)
{
    const int number = sb_folder_job_number(sb_json_text_or(event, "job", ""));
    struct sb_folder_job *job = number > 0 ? sb_folder_job(folder, number) : NULL;
    if (!job) {
        return number > 0 ? SB_ENOMEM : 0;
    }
    const int attempt = (int)sb_json_integer_or(event, "attempt", job->attempt);
    folder->attempt = attempt > folder->attempt ? attempt : folder->attempt;
    job->attempt = attempt;
    snprintf(job->state, sizeof job->state, "%s", sb_json_text_or(event, "state", job->state));
    int code = keep(&job->place, event, "place");
    code = code != 0 ? code : keep(&job->id, event, "id");
    code = code != 0 ? code : keep(&job->node, event, "node");
    code = code != 0 ? code : keep(&job->words, event, "words");
    if (strcmp(what, "closed") == 0) {
        job->closed = true;
        job->bytes = sb_json_integer_or(event, "bytes", -1);
    }
    return code;
}

int sb_folder_read_job(struct sb_folder *folder, int number, const char *path, struct sb_error *err)
{
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const char *place = sb_json_text_or(json, "place", NULL);
    const bool known = place && sb_plan_place(&folder->plan, place);
    struct sb_folder_job *job = known ? sb_folder_job(folder, number) : NULL;
    int code = known && !job ? SB_ENOMEM : 0;
    if (job) {
        const int64_t attempt = sb_json_integer_or(json, "attempt", 1);
        job->attempt = attempt > 0 && attempt < INT_MAX ? (int)attempt : 1;
        folder->attempt = job->attempt > folder->attempt ? job->attempt : folder->attempt;
        job->place = strdup(place);
        code = job->place ? 0 : SB_ENOMEM;
    }
    json_decref(json);
    return code == 0 ? 0 : sb_fail(err, code, "out of memory");
}

int sb_folder_replay(struct sb_folder *folder, const json_t *event, struct sb_error *err)
{
    const char *what = sb_json_text_or(event, "event", "");
    if (strcmp(what, "ended") == 0) {
        const int cell = sb_folder_find(folder, sb_json_text_or(event, "cell", ""));
        const enum sb_state state = sb_state_parse(sb_json_text_or(event, "state", ""));
        if (cell >= 0 && state != SB_STATES) {
            sb_folder_set_state(folder, cell, state);
            const bool decided = json_is_true(json_object_get(event, "decided"));
            folder->ended_by[cell] =
                decided ? 0 : sb_folder_job_number(sb_json_text_or(event, "job", ""));
        }
        return 0;
    }
    static const char *const of_jobs[] = {"submitting", "submitted", "job", "closed"};
    for (size_t i = 0; i < sizeof of_jobs / sizeof *of_jobs; ++i) {
        if (strcmp(what, of_jobs[i]) == 0) {
            return replay_job(folder, event, what) == 0 ? 0
                                                        : sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return 0;
}

void sb_folder_forget(struct sb_folder *folder)
{
    for (int i = 0; i < folder->job_room; ++i) {
        free(folder->job[i].place);
        free(folder->job[i].id);
        free(folder->job[i].node);
        free(folder->job[i].words);
    }
    free(folder->job);
    free(folder->index);
}
