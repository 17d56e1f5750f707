/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/drive.h"

#include "harness/place/containers/image.h"
#include "harness/place/engines/engine.h"
#include "harness/plan/kernels.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/json_each.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTS_MOST 64

static bool in_container(const struct sb_drive_job *job)
{
    return strcmp(job->place->engine, "none") != 0 ||
           sb_scheduler_contains(job->scheduler, job->place);
}

static bool built_in(const char *folder)
{
    const char *all = sb_kernels_folder();
    const size_t length = strlen(all);
    return strncmp(folder, all, length) == 0 && folder[length] == '/';
}

int sb_drive_job_write(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    const struct sb_plan *plan = &d->folder->plan;
    char pictures[PATH_MAX] = "";
    int code = 0;
    if (plan->pictures) {
        code = sb_fs_join(pictures, sizeof pictures, d->folder->path, "pictures", err);
        code = code != 0 ? code : sb_fs_mkdirs(pictures, err);
    }
    json_t *json = sb_plan_job(plan, NULL, job->name, job->spot, job->attempt, pictures);
    if (json && plan->memory_limit_bytes <= 0 && job->place->memory_bytes > 0 &&
        strcmp(job->place->scheduler, "local") == 0 && !in_container(job)) {
        json_object_set_new(json, "memory_limit_bytes", json_real(job->place->memory_bytes));
    }
    if (json && in_container(job)) {
        json_object_set_new(json, "engine", json_string(job->place->engine));
        json_object_set_new(json, "image", json_string(job->ticket.image ? job->ticket.image : ""));
    }
    if (json) {
        json_object_set_new(json, "topologies", sb_drive_topologies(d));
        json_object_set_new(json, "scheduler", json_string(job->place->scheduler));
    }
    /* built-in kernels are found by the runner where it is: an image has its own */
    const bool elsewhere = in_container(job) || strcmp(job->place->scheduler, "local") != 0;
    if (code != 0) {
        json_decref(json);
        return code;
    }
    return sb_plan_write_cells(job->file, json, plan, job->cell, job->cell_count, elsewhere, err);
}

struct named {
    const struct sb_drive *d;
    struct sb_drive_job *job;
    int room;
};

/* A cell's id is the first member of what we wrote; what a person changed is parsed. */
static int read_id(const char *item, size_t length, size_t i, void *payload, struct sb_error *err)
{
    static const char first[] = "{\"cell\":\"";
    struct named *named = payload;
    struct sb_drive_job *job = named->job;
    char id[64] = "";
    (void)i;
    if (length > sizeof first + 12 && memcmp(item, first, sizeof first - 1) == 0 &&
        item[sizeof first - 1 + 12] == '"') {
        snprintf(id, sizeof id, "%.12s", item + sizeof first - 1);
    } else {
        json_t *json = json_loadb(item, length, 0, NULL);
        snprintf(id, sizeof id, "%s", sb_json_text_or(json, "cell", ""));
        json_decref(json);
    }
    if (job->cell_count == named->room) {
        named->room = named->room ? 2 * named->room : 16;
        int *more = realloc(job->cell, (size_t)named->room * sizeof *more);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        job->cell = more;
    }
    const int at = sb_folder_find(named->d->folder, id);
    if (at >= 0) {
        job->cell[job->cell_count++] = at;
    }
    return 0;
}

int sb_drive_job_read(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    json_t *head = NULL;
    struct named named = {d, job, 0};
    struct sb_error told = {0};
    int code = sb_fs_read(&text, &length, job->file, &told);
    code = code != 0 ? code : sb_json_each(&head, text, length, "cells", read_id, &named, &told);
    json_decref(head);
    free(text);
    if (code == SB_ENOTFOUND || code == SB_EPARSE) {
        job->cell_count = 0;
        return 0;
    }
    return code == 0 ? 0 : sb_fail(err, code, "%s", told.text);
}

static int add(struct sb_strings *out, const char *text, struct sb_error *err)
{
    return sb_strings_add(out, text) == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* The runner and its files, as they are called within the container. */
static int inner_argv(struct sb_strings *out, const struct sb_drive_job *job, struct sb_error *err)
{
    char beside[PATH_MAX];
    snprintf(beside, sizeof beside, "%s/switchbench-runner", sb_fs_program_folder());
    const char *runner = job->place->runner  ? job->place->runner
                         : in_container(job) ? SB_IMAGE_RUNNER
                                             : beside;
    const char *const words[] = {runner,           "--records", job->records.path, "--events",
                                 job->events.path, "--owner",   job->owner,        job->file};
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof words / sizeof *words; ++i) {
        code = add(out, words[i], err);
    }
    return code == 0 && sb_strings_end(out) != 0 ? sb_fail(err, SB_ENOMEM, "out of memory") : code;
}

/* Folders of users' own kernels. */
static int find_folders(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    int code = 0;
    const char *last = NULL;
    for (int i = 0; code == 0 && i < job->cell_count; ++i) {
        const char *folder = d->folder->plan.cell[job->cell[i]].folder;
        if (folder != last && !built_in(folder) && !sb_strings_has(&job->kernel_folders, folder)) {
            code = add(&job->kernel_folders, folder, err);
        }
        last = folder;
    }
    return code == 0 && sb_strings_end(&job->kernel_folders) != 0
               ? sb_fail(err, SB_ENOMEM, "out of memory")
               : code;
}

/* "/data" or "/data:rw" */
static void place_mount(struct sb_mount *out, char *path, size_t room, const char *text)
{
    const size_t length = strlen(text);
    const bool writable = length > 3 && strcmp(text + length - 3, ":rw") == 0;
    snprintf(path, room, "%.*s", (int)(writable ? length - 3 : length), text);
    *out = (struct sb_mount){path, writable};
}

static enum sb_devices devices_of(const struct sb_place *place, const char *backend)
{
    const char *asked = place->devices;
    return asked                          ? strcmp(asked, "nvidia") == 0 ? SB_DEVICES_NVIDIA
                                            : strcmp(asked, "amd") == 0  ? SB_DEVICES_AMD
                                                                         : SB_DEVICES_NONE
           : strcmp(backend, "cuda") == 0 ? SB_DEVICES_NVIDIA
           : strcmp(backend, "hip") == 0  ? SB_DEVICES_AMD
                                          : SB_DEVICES_NONE;
}

/* Code compiled in an image stays apart from the host's, and is kept from job to job. */
static int image_cache(char *out, size_t room, const char *image, struct sb_error *err)
{
    char digest[65];
    char name[80];
    sb_text_sha256(digest, image, strlen(image));
    snprintf(name, sizeof name, "images/%.16s", digest);
    return sb_fs_cache(out, room, name, err);
}

static int wrap(struct sb_drive *d, struct sb_drive_job *job, const struct sb_strings *inner,
                struct sb_error *err)
{
    static const char *const pass[] = {"PMIX_*", "PMI_*", "OMPI_*", "SLURM_*", NULL};
    const struct sb_engine *engine = sb_engine_find(job->place->engine, err);
    if (!engine) {
        return SB_ENOTFOUND;
    }
    const struct sb_place *place = job->place;
    char cache[PATH_MAX];
    char variable[PATH_MAX + 32];
    char paths[MOUNTS_MOST][1024];
    int code = image_cache(cache, sizeof cache, job->ticket.image, err);
    snprintf(variable, sizeof variable, "SWITCHBENCH_CACHE=%s", cache);
    struct sb_mount mount[MOUNTS_MOST + 2] = {{d->folder->path, true}, {cache, true}};
    int mounts = 2;
    for (int i = 0; i < job->kernel_folders.count && mounts < MOUNTS_MOST; ++i) {
        mount[mounts++] = (struct sb_mount){job->kernel_folders.item[i], false};
    }
    for (int i = 0; i < place->mounts.count && mounts < MOUNTS_MOST; ++i) {
        place_mount(&mount[mounts], paths[i], sizeof paths[i], place->mounts.item[i]);
        ++mounts;
    }
    struct sb_strings variables = {0};
    for (int i = 0; code == 0 && i < place->environment.count; ++i) {
        code = add(&variables, place->environment.item[i], err);
    }
    code = code != 0 ? code : add(&variables, variable, err);
    code = code == 0 && sb_strings_end(&variables) != 0 ? sb_fail(err, SB_ENOMEM, "out of memory")
                                                        : code;
    struct sb_strings options = {0};
    for (int i = 0; code == 0 && i < place->engine_options.count; ++i) {
        code = add(&options, place->engine_options.item[i], err);
    }
    code = code == 0 && sb_strings_end(&options) != 0 ? sb_fail(err, SB_ENOMEM, "out of memory")
                                                      : code;
    const struct sb_wrap what = {
        .image = job->ticket.image,
        .argv = (const char *const *)inner->item,
        .mount = mount,
        .mount_count = mounts,
        .environment = (const char *const *)variables.item,
        .pass = pass,
        .options = (const char *const *)options.item,
        .folder = d->folder->path,
        .name = job->short_tag,
        .devices = devices_of(place, d->folder->plan.cell[job->cell[0]].backend),
        /* a scheduler's own limits hold a container too, but not one that makes cgroups of its own */
        .memory_bytes = engine->limits ? place->memory_bytes : 0,
        .cores = engine->limits ? place->cores : 0,
        .ranks = job->ticket.ranks > 1,
    };
    code = code != 0 ? code : engine->wrap(&job->argv, &what, err);
    sb_strings_free(&variables);
    sb_strings_free(&options);
    return code;
}

static int name_files(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    snprintf(job->name, sizeof job->name, "job-%d", job->number);
    const struct {
        char *out;
        const char *folder, *suffix;
    } files[] = {{job->file, "jobs", "json"},
                 {job->log, "jobs", "log"},
                 {job->owner, "jobs", "owner"},
                 {job->records.path, "records", "jsonl"},
                 {job->events.path, "jobs", "events"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s.%s", files[i].folder, job->name, files[i].suffix);
        const int code = sb_fs_join(files[i].out, PATH_MAX, d->folder->path, name, err);
        if (code != 0) {
            return code;
        }
    }
    char digest[65];
    char full[PATH_MAX + 200];
    sb_plan_tag(job->campaign, &d->folder->plan);
    snprintf(job->tag, sizeof job->tag, "%s.%s", job->campaign, job->name);
    /* plans of before there were tokens may share an id; no two share a folder */
    snprintf(full, sizeof full, "%s %s", d->folder->path, job->tag);
    sb_text_sha256(digest, full, strlen(full));
    snprintf(job->short_tag, sizeof job->short_tag, "sb-%.12s", digest);
    return 0;
}

static int count_nodes(const char *node)
{
    int count = node[0] != '\0';
    for (; *node; ++node) {
        count += *node == ',';
    }
    return count;
}

int sb_drive_job_ticket(struct sb_drive *d, struct sb_drive_job *job, struct sb_error *err)
{
    int code = name_files(d, job, err);
    const char *slash = strchr(job->spot, '/');
    snprintf(job->node, sizeof job->node, "%s", slash ? slash + 1 : "");
    for (char *plus = strchr(job->node, '+'); plus; plus = strchr(plus, '+')) {
        *plus = ',';
    }
    job->attached = job->scheduler->attached && strcmp(job->place->engine, "none") == 0;
    snprintf(job->placed.tag, sizeof job->placed.tag, "%s", job->tag);
    job->placed.exit_code = -1;
    code = code != 0 ? code : find_folders(d, job, err);
    const int ranks = job->cell_count > 0 ? d->folder->plan.cell[job->cell[0]].c.ranks : 1;
    const int named = count_nodes(job->node);
    const int nodes = named > 1 ? named : 1;
    job->ticket = (struct sb_ticket){
        .place = job->place,
        .tag = job->tag,
        .short_tag = job->short_tag,
        .campaign = job->campaign,
        .folder = d->folder->path,
        .job = job->file,
        .records = job->records.path,
        .events = job->events.path,
        .log = job->log,
        .kernel_folders = (const char *const *)job->kernel_folders.item,
        .image = in_container(job) && job->cell_count > 0
                     ? sb_place_image(job->place, d->folder->plan.cell[job->cell[0]].backend)
                     : NULL,
        .node = job->node[0] ? job->node : NULL,
        .ranks = ranks,
        .ranks_per_node = (ranks + nodes - 1) / nodes,
        .time_limit_s = job->place->time_limit_s,
    };
    struct sb_strings inner = {0};
    code = code != 0 ? code : inner_argv(&inner, job, err);
    if (code == 0 && (sb_scheduler_contains(job->scheduler, job->place) || !in_container(job))) {
        job->argv = inner;
        inner = (struct sb_strings){0};
    } else if (code == 0 && !job->ticket.image) {
        code = sb_fail(err, SB_EINVAL, "place %s: engine %s, and no image", job->place->name,
                       job->place->engine);
    } else if (code == 0) {
        code = wrap(d, job, &inner, err);
        code = code == 0 && sb_strings_end(&job->argv) != 0
                   ? sb_fail(err, SB_ENOMEM, "out of memory")
                   : code;
    }
    sb_strings_free(&inner);
    job->ticket.argv = (const char *const *)job->argv.item;
    return code;
}

void sb_drive_job_free(struct sb_drive_job *job)
{
    sb_drive_tail_close(&job->records);
    sb_drive_tail_close(&job->events);
    sb_strings_free(&job->argv);
    sb_strings_free(&job->kernel_folders);
    free(job->cell);
    free(job);
}
