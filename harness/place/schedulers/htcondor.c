/* SPDX-License-Identifier: Apache-2.0 */
/* HTCondor through condor_submit, condor_q, condor_history, condor_rm. Where a place has a scratch (its value is HTCondor's to choose),
 * or asks for "universe=container" (or docker) among its options, files go with the job and come back with its end; there
 * HTCondor starts the container, by apptainer or singularity (docker), of the place's images. A place's partition is the schedd asked, its account the
 * accounting group; an evicted job, or one whose node is lost, is queued again by HTCondor itself. */
#include "harness/place/batch/htcondor.h"
#include "harness/place/containers/image.h"
#include "harness/place/script.h"
#include "harness/place/ssh/moved.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char attributes[] =
    "ClusterId,ProcId,JobStatus,SwitchbenchTag,HoldReason,HoldReasonCode,HoldReasonSubCode,"
    "ExitCode,"
    "ExitBySignal,ExitSignal,RemoteHost,LastRemoteHost,NumJobStarts,RemoveReason,VacateReason";

static void begin(struct sb_line *line, const char *command, const struct sb_place *place)
{
    sb_line_add(line, command);
    sb_line_pair(line, "-name", place->partition);
}

/* It reads the description from its input: a path with a '=' would be taken for an attribute. */
static void submit_line(struct sb_line *line, const struct sb_place *place)
{
    begin(line, "condor_submit", place);
    sb_line_add(line, "-terse");
    for (int i = 0; i < place->options.count; ++i) {
        if (strncmp(place->options.item[i], "universe=", 9) != 0) { /* the description has it */
            sb_line_add(line, place->options.item[i]);
        }
    }
    sb_line_add(line, "-");
}

static int paths(char sub[PATH_MAX], const struct sb_ticket *ticket, struct sb_error *err)
{
    const int length = snprintf(sub, PATH_MAX, "%.*s.sub",
                                (int)(strlen(ticket->job) - strlen(".json")), ticket->job);
    return length < PATH_MAX ? 0 : sb_fail(err, SB_EINVAL, "%s: the path is too long", ticket->job);
}

/* A ticket whose script runs in the folder that HTCondor makes for a job: what belongs to the campaign's folder is below that. */
struct carried {
    struct sb_ticket ticket;
    struct sb_strings argv;
};

static int carry(struct carried *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    char here[] = ".";
    char *from[] = {(char *)ticket->folder};
    char *to[] = {here};
    const struct sb_strings paths[] = {{.item = from, .count = 1}, {.item = to, .count = 1}};
    *out = (struct carried){.ticket = *ticket};
    int code = 0;
    for (int i = 0; code == 0 && ticket->argv[i]; ++i) {
        char *word = sb_moved_text(ticket->argv[i], &paths[0], &paths[1]);
        code = word ? sb_strings_add(&out->argv, word) : SB_ENOMEM;
        free(word);
    }
    code = code != 0 ? code : sb_strings_end(&out->argv);
    out->ticket.argv = (const char *const *)out->argv.item;
    out->ticket.folder = ".";
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* Words before the runner's that make the campaign's folders around the job file; a constant, and names of ours. */
static void put_folders(const char *launcher[16], char names[3][300],
                        const struct sb_ticket *ticket)
{
    const char *const paths[] = {ticket->job, ticket->records, ticket->events};
    int words = 0;
    for (int i = 0; i < 3; ++i) {
        const char *slash = strrchr(paths[i], '/');
        snprintf(names[i], 300, "%s%s", i == 1 ? "records/" : i == 2 ? "jobs/" : "", slash + 1);
    }
    while (launcher[words]) {
        ++words;
    }
    memmove(launcher + 6, launcher, (size_t)(words + 1) * sizeof *launcher);
    launcher[0] = "/bin/sh";
    launcher[1] = "-c";
    launcher[2] = "mkdir -p records jobs && mv -f \"$0\" jobs/ && : >>\"$1\" && : >>\"$2\" && "
                  "shift 2 && exec "
                  "\"$@\"";
    launcher[3] = names[0];
    launcher[4] = names[1];
    launcher[5] = names[2];
}

static int make_script(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    char number[16];
    char names[3][300];
    const char *launcher[16];
    struct carried carried = {0};
    const bool is_carried = sb_htcondor_is_carried(ticket->place);
    int code = sb_batch_launcher(launcher, number, ticket, true, err);
    if (code == 0 && is_carried) {
        put_folders(launcher, names, ticket);
        code = carry(&carried, ticket, err);
    }
    code = code != 0
               ? code
               : sb_script_make(out, is_carried ? &carried.ticket : ticket, NULL, launcher, err);
    sb_strings_free(&carried.argv);
    return code;
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    char sub[PATH_MAX];
    char script[PATH_MAX];
    char *body = NULL;
    char *description = NULL;
    char *command = NULL;
    struct sb_line line = {0};
    int code = paths(sub, ticket, err);
    snprintf(script, sizeof script, "%.*s.sh", (int)(strlen(sub) - 4), sub);
    code = code != 0 ? code : make_script(&body, ticket, err);
    code = code != 0 ? code : sb_htcondor_describe(&description, ticket, script, err);
    submit_line(&line, ticket->place);
    code = code != 0 ? code : sb_line_show(&command, &line, err);
    if (code == 0 &&
        asprintf(out, "# %s\n%s\n# %s\n%s\n%s", script, body, sub, description, command) < 0) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(body);
    free(description);
    free(command);
    sb_line_free(&line);
    return code;
}

static int write_files(char **description, const struct sb_ticket *ticket, struct sb_error *err)
{
    char sub[PATH_MAX];
    char script[PATH_MAX];
    char *body = NULL;
    int code = paths(sub, ticket, err);
    snprintf(script, sizeof script, "%.*s.sh", (int)(strlen(sub) - 4), sub);
    code = code != 0 ? code : make_script(&body, ticket, err);
    code = code != 0 ? code : sb_htcondor_describe(description, ticket, script, err);
    code = code != 0 ? code : sb_fs_write(script, body, strlen(body), err);
    if (code == 0 && chmod(script, 0700) != 0) {
        code = sb_fail(err, SB_EIO, "cannot make %s executable", script);
    }
    code = code != 0 ? code : sb_fs_write(sub, *description, strlen(*description), err);
    free(body);
    return code;
}

static bool contains(const struct sb_place *place)
{
    return strcmp(sb_htcondor_universe(place), "vanilla") != 0;
}

/* A path is that of a SIF file or a folder, which HTCondor's apptainer runs; all else comes from a registry. */
static int resolve(char *out, size_t room, const char *image, const struct sb_place *place,
                   struct sb_error *err)
{
    static const struct sb_image_files files = {.engine = "htcondor",
                                                .fetch = "scripts/images/build cpu --sif makes one",
                                                .folder = true,
                                                .file = true};
    const bool is_path = image[0] == '/' || image[0] == '.';
    return is_path && strcmp(sb_htcondor_universe(place), "container") == 0
               ? sb_image_resolve_files(out, room, image, &files, err)
               : sb_image_resolve_remote(out, room, image, err);
}

/* HTCondor looks at no digest: a file is held against its own once more before it goes with the job. */
static int check_image(const struct sb_ticket *ticket, struct sb_error *err)
{
    char image[PATH_MAX];
    return contains(ticket->place) && ticket->image && ticket->image[0] == '/'
               ? resolve(image, sizeof image, ticket->image, ticket->place, err)
               : 0;
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    char *description = NULL;
    char *answer = NULL;
    struct sb_line line = {0};
    memset(out, 0, sizeof *out);
    int code = check_image(ticket, err);
    code = code != 0 ? code : write_files(&description, ticket, err);
    submit_line(&line, ticket->place);
    code = code != 0 ? code : sb_line_run(&answer, &line, description, true, err);
    int cluster = 0;
    int process = 0;
    /* -terse: "12.0 - 12.0" */
    if (code == 0 && sscanf(answer, "%d.%d", &cluster, &process) != 2) {
        code = sb_fail(err, SB_EINFRA, "condor_submit: cannot read its answer: %.200s", answer);
    }
    if (code == 0) {
        snprintf(out->id, sizeof out->id, "%d.%d", cluster, process);
        snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
    }
    free(answer);
    free(description);
    sb_line_free(&line);
    return code;
}

/* Asks the queue, then, where it holds fewer than @p expected jobs (or with −1), the history. */
static int ask(struct sb_placed **list, int *count, const struct sb_place *place,
               const char *constraint, int expected, struct sb_error *err)
{
    static const char *const commands[] = {"condor_q", "condor_history"};
    int code = 0;
    for (int i = 0; code == 0 && i < 2; ++i) {
        if (i == 1 && expected >= 0 && *count >= expected) {
            break;
        }
        struct sb_line line = {0};
        char *answer = NULL;
        begin(&line, commands[i], place);
        sb_line_add(&line, "-json");
        sb_line_pair(&line, "-attributes", attributes);
        sb_line_pair(&line, "-constraint", constraint);
        if (i == 1) { /* it is read from its end: stop early, and never read years */
            if (expected >= 0) {
                sb_line_add(&line, "-match");
                sb_line_format(&line, "%d", expected - *count);
            }
            sb_line_pair(&line, "-scanlimit", "100000");
        }
        code = sb_line_run(&answer, &line, NULL, false, err);
        code = code != 0 ? code : sb_htcondor_read(list, count, answer, i == 0, err);
        free(answer);
        sb_line_free(&line);
    }
    return code;
}

/* "member(ClusterId, {1,2})"; malloc'd. */
static char *of_clusters(const struct sb_placed *jobs, int count)
{
    char *out = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&out, &length);
    if (stream) {
        fputs("member(ClusterId, {", stream);
        for (int i = 0; i < count; ++i) {
            fprintf(stream, "%s%ld", i ? "," : "", strtol(jobs[i].id, NULL, 10));
        }
        fputs("})", stream);
        fclose(stream);
    }
    return out;
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    struct sb_placed *known = NULL;
    int known_count = 0;
    char *constraint = of_clusters(jobs, count);
    int code = constraint ? ask(&known, &known_count, place, constraint, count, err)
                          : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code == 0) {
        sb_batch_apply(jobs, count, known, known_count,
                       "neither condor_q nor condor_history knows it");
    }
    free(known);
    free(constraint);
    return code;
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    char constraint[256];
    *out = NULL;
    *count = 0;
    /* =?= tells letters' case apart, == does not; campaign is [A-Za-z0-9._-] */
    snprintf(constraint, sizeof constraint, "substr(SwitchbenchTag, 0, %zu) =?= \"%s.\"",
             strlen(campaign) + 1, campaign);
    const int code = ask(out, count, place, constraint, -1, err);
    sb_batch_unique(*out, count); /* one may end between the two questions */
    if (code != 0) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    return code;
}

static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    struct sb_line line = {0};
    struct sb_error fault = {0};
    char *answer = NULL;
    char *constraint = of_clusters(jobs, count);
    begin(&line, "condor_rm", place);
    sb_line_pair(&line, "-constraint", constraint);
    int code = sb_line_run(&answer, &line, NULL, false, &fault);
    if (code != 0 && strstr(fault.text, "find/remove")) {
        code = 0; /* they have ended, all of them */
    }
    sb_batch_note_cancelled(jobs, count);
    free(answer);
    free(constraint);
    sb_line_free(&line);
    return code == 0 ? 0 : sb_fail(err, code, "%s", fault.text);
}

/* One that is held for its memory or its time stays in the queue. */
static void forget(const struct sb_placed *job, const struct sb_place *place)
{
    if (job->state == SB_JOB_OUT_OF_MEMORY || job->state == SB_JOB_TIMED_OUT) {
        cancel(job, 1, place, NULL);
    }
}

static void add_machine(json_t *list, const json_t *ad)
{
    const char *name = sb_json_text_or(ad, "Machine", "");
    const char *state = sb_json_text_or(ad, "State", "");
    size_t i;
    json_t *before;
    json_array_foreach (list, i, before) {
        if (strcmp(sb_json_text_or(before, "name", ""), name) == 0) {
            return; /* another slot of it */
        }
    }
    json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s}", "name", name, "state", state,
                                          "usable", strcmp(state, "Drained") != 0, "type",
                                          sb_json_text_or(ad, "Arch", "")));
}

static int nodes(json_t **out, const struct sb_place *place, struct sb_error *err)
{
    struct sb_line line = {0};
    char *answer = NULL;
    json_t *ads = NULL;
    size_t i;
    json_t *ad;
    (void)place;
    sb_line_add(&line, "condor_status");
    sb_line_add(&line, "-json");
    sb_line_pair(&line, "-attributes", "Machine,State,Arch");
    int code = sb_line_run(&answer, &line, NULL, false, err);
    code = code != 0 ? code : sb_batch_json(&ads, answer, "condor_status", err);
    *out = code == 0 ? json_array() : NULL;
    json_array_foreach (ads, i, ad) {
        add_machine(*out, ad);
    }
    json_decref(ads);
    free(answer);
    sb_line_free(&line);
    return code;
}

static int detect(json_t **out, struct sb_error *err)
{
    json_t *found = NULL;
    const struct sb_place any = {0};
    const int code = nodes(&found, &any, err);
    if (code == 0) {
        *out = json_pack("[{s:s, s:s}]", "name", "htcondor", "scheduler", "htcondor");
    }
    json_decref(found);
    return code;
}

const struct sb_scheduler sb_scheduler_htcondor = {
    .name = "htcondor",
    .title = "HTCondor (vanilla, container and docker universes)",
    .poll_s = 5,
    .contains = contains,
    .resolve = resolve,
    .detect = detect,
    .nodes = nodes,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .cancel = cancel,
    .forget = forget,
};
