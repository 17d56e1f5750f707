/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a campaign, and what they say about its cells. */
#include "harness/campaign/folder.h"

#include "harness/campaign/replay.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BELIEVED (16LL << 20) /* bytes of closed jobs' records that are read at every opening */

struct scan {
    struct sb_folder *folder;
    int (*each)(json_t *record, void *payload);
    void *payload;
    int at;
    int *which; /* per cell: the record that counts, numbered over all files; −1: none */
    unsigned char *recorded; /* per cell: the state in it */
    bool *believed; /* per job: its file is as long as the journal says, and was not read */
};

static int note_record(json_t *record, void *payload)
{
    struct scan *scan = payload;
    const int cell = sb_folder_find(scan->folder, sb_json_text_or(record, "cell", ""));
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    /* the first one that is not "lost": a job that was started twice may tell twice */
    if (cell >= 0 && state != SB_STATES &&
        (scan->which[cell] < 0 || scan->recorded[cell] == SB_STATE_LOST)) {
        scan->which[cell] = scan->at;
        scan->recorded[cell] = (unsigned char)state;
        if (scan->folder->state[cell] != state) {
            sb_folder_set_state(scan->folder, cell, state);
        }
    }
    ++scan->at;
    return 0;
}

static int hand_over(json_t *record, void *payload)
{
    struct scan *scan = payload;
    const int cell = sb_folder_find(scan->folder, sb_json_text_or(record, "cell", ""));
    const int at = scan->at++;
    return cell >= 0 && scan->which[cell] == at ? scan->each(record, scan->payload) : 0;
}

/* The file's size where all that counts of it is in the journal; −1: it is to be read. */
static long long covered(const struct sb_folder *folder, const char *path, const char *name)
{
    const int number = sb_folder_job_number(name);
    struct stat st;
    return number > 0 && number <= folder->job_count && !strstr(name, ".lost.") &&
                   folder->job[number - 1].closed && folder->job[number - 1].bytes >= 0 &&
                   stat(path, &st) == 0 && st.st_size >= folder->job[number - 1].bytes
               ? (long long)st.st_size
               : -1;
}

static int is_records(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 6 && strcmp(entry->d_name + length - 6, ".jsonl") == 0;
}

/* job-10 comes after job-9 */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static void bad_record(const char *text, void *payload)
{
    const struct scan *scan = payload;
    sb_folder_warn(scan->folder, text);
}

static int read_file(const struct sb_folder *folder, const char *path, const char *name,
                     int (*each)(json_t *record, void *payload), struct scan *scan,
                     struct sb_error *err)
{
    const int number = sb_folder_job_number(name);
    const bool known = number > 0 && number <= folder->job_count && !strstr(name, ".lost.");
    return sb_records_read_to(path, known ? folder->job[number - 1].bytes : -1, each, bad_record,
                              scan, err);
}

/* Every file of records in order; those that are covered only where @p all is asked for, or where they are small. */
static int each_record(const struct sb_folder *folder, int (*each)(json_t *record, void *payload),
                       struct scan *scan, bool all, struct sb_error *err)
{
    char records[PATH_MAX];
    char path[PATH_MAX];
    int code = sb_fs_join(records, sizeof records, folder->path, "records", err);
    struct dirent **entries = NULL;
    const int count = code == 0 ? scandir(records, &entries, is_records, by_name) : 0;
    long long bytes = 0;
    if (count < 0 && errno != ENOENT) {
        code = sb_fail(err, SB_EIO, "cannot read %s: %s", records, strerror(errno));
    }
    for (int i = 0; i < count && !all && code == 0; ++i) {
        code = sb_fs_join(path, sizeof path, records, entries[i]->d_name, err);
        const long long size = code == 0 ? covered(folder, path, entries[i]->d_name) : 0;
        bytes += size > 0 ? size : 0;
    }
    for (int i = 0; i < count; ++i) {
        const char *name = entries[i]->d_name;
        code = code != 0 ? code : sb_fs_join(path, sizeof path, records, name, err);
        if (code == 0 && bytes > BELIEVED && covered(folder, path, name) >= 0) {
            scan->believed[sb_folder_job_number(name) - 1] = true;
        } else {
            code = code != 0 ? code : read_file(folder, path, name, each, scan, err);
        }
        free(entries[i]);
    }
    free(entries);
    return code;
}

/* What the journal calls ended and no record shows is not known: it is to run again. */
static void forget_unrecorded(struct sb_folder *folder, const struct scan *scan)
{
    char text[96];
    int missing = 0;
    for (int i = 0; i < folder->plan.cell_count; ++i) {
        const int by = folder->ended_by[i];
        const bool believed = by > 0 && by <= folder->job_count && scan->believed[by - 1];
        if (scan->which[i] < 0 && !believed && folder->state[i] != SB_STATES) {
            sb_folder_set_state(folder, i, SB_STATES);
            ++missing;
        }
    }
    if (missing > 0) {
        snprintf(text, sizeof text, "no readable record of %d ended cell%s: to be run again",
                 missing, missing > 1 ? "s" : "");
        sb_folder_warn(folder, text);
    }
}

static int begin(struct scan *scan, const struct sb_folder *folder, struct sb_error *err)
{
    const size_t cells = (size_t)folder->plan.cell_count + 1;
    scan->which = calloc(cells, sizeof *scan->which);
    scan->recorded = calloc(cells, sizeof *scan->recorded);
    scan->believed = calloc((size_t)folder->job_count + 1, sizeof *scan->believed);
    if (!scan->which || !scan->recorded || !scan->believed) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < cells; ++i) {
        scan->which[i] = -1;
    }
    return 0;
}

static void end(struct scan *scan)
{
    free(scan->which);
    free(scan->recorded);
    free(scan->believed);
}

/* A record whose journal line the kill prevented counts: each cell's state is that of its record. */
int sb_folder_scan(struct sb_folder *folder, struct sb_error *err)
{
    struct scan scan = {.folder = folder};
    int code = begin(&scan, folder, err);
    code = code != 0 ? code : each_record(folder, note_record, &scan, false, err);
    if (code == 0) {
        forget_unrecorded(folder, &scan);
    }
    end(&scan);
    return code;
}

int sb_folder_records(const struct sb_folder *folder, int (*each)(json_t *record, void *payload),
                      void *payload, struct sb_error *err)
{
    struct sb_folder shadow = *folder; /* states are counted again, on a copy */
    struct scan scan = {.folder = &shadow, .each = each, .payload = payload};
    const size_t cells = (size_t)folder->plan.cell_count;
    int code = begin(&scan, folder, err);
    shadow.state = calloc(cells + 1, sizeof *shadow.state);
    code = code == 0 && !shadow.state ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
    for (size_t i = 0; code == 0 && i < cells; ++i) {
        shadow.state[i] = SB_STATES;
    }
    code = code != 0 ? code : each_record(folder, note_record, &scan, true, err);
    scan.at = 0;
    code = code != 0 ? code : each_record(folder, hand_over, &scan, true, err);
    end(&scan);
    free(shadow.state);
    return code;
}
