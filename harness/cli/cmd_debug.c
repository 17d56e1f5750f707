/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/debugger.h"
#include "harness/cli/options.h"
#include "harness/cli/where.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include "backends/backend.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mine {
    char *with;
    bool print, readable;
};

static const struct sb_option rows[] = {
    {.type = SB_OPTION_TEXT,
     .flag = "with",
     .value = "PROGRAM",
     .usual = "as the backend has it",
     .choices = sb_debuggers,
     .help = "gdb, cuda-gdb, compute-sanitizer, valgrind, oclgrind",
     .offset = offsetof(struct mine, with)},
    {.type = SB_OPTION_FLAG,
     .flag = "unoptimised",
     .letter = 'u',
     .help = "compile with -O0 -g: every line and variable is there (the failure may not be)",
     .offset = offsetof(struct mine, readable)},
    {.type = SB_OPTION_FLAG,
     .flag = "print",
     .help = "only show the command",
     .offset = offsetof(struct mine, print)},
    {.type = SB_OPTION_END},
};
static const struct sb_option_use uses[] = {{"How", rows, 0}, {NULL, NULL, 0}};

/* "axpy.dev.c:14" of a checked build; @p room gets the name. */
static void read_place(struct sb_debug_case *out, char *room, size_t size, const json_t *record)
{
    const char *place = sb_json_text_or(record, "oracle.cause.place", "");
    const char *colon = strrchr(place, ':');
    if (colon && !out->file) {
        snprintf(room, size, "%.*s", (int)(colon - place), place);
        out->file = room;
        out->line = (int)strtol(colon + 1, NULL, 10);
    }
}

/* Where the case fails, as its record tells. Texts live as long as @p record and @p launches. */
static void read_case(struct sb_debug_case *out, const json_t *record,
                      const struct sb_launches *launches)
{
    const json_t *finding = json_array_get(sb_json_at(record, "observed.findings"), 0);
    const char *file = sb_json_text_or(finding, "first.file", NULL);
    const char *slash = file ? strrchr(file, '/') : NULL;
    const int launch = (int)sb_json_integer_or(record, "oracle.first.launch", 1);
    out->function = sb_json_text_or(record, "oracle.first.function", NULL);
    out->kind = sb_json_text_or(record, "oracle.cause.kind", sb_json_text_or(finding, "kind", ""));
    out->file = slash ? slash + 1 : file;
    out->line = (int)sb_json_integer_or(finding, "first.line", 0);
    const json_t *thread = sb_json_at(finding, "first.thread");
    const json_t *block = sb_json_at(finding, "first.block");
    out->located = json_array_size(thread) == 3 && json_array_size(block) == 3;
    for (size_t d = 0; out->located && d < 3; ++d) {
        out->thread[d] = (int)json_integer_value(json_array_get(thread, d));
        out->block[d] = (int)json_integer_value(json_array_get(block, d));
    }
    if (!out->function) {
        out->function = sb_json_text_or(finding, "function",
                                        launches->count ? launches->spec[0].function : "main");
    }
    for (int i = 0; i < launch - 1 && i < launches->count; ++i) {
        out->before += strcmp(launches->spec[i].function, out->function) == 0;
    }
}

/* The job of this cell alone, beside the campaign's own. */
static int write_job(char out[PATH_MAX], const struct sb_folder *folder, const struct sb_cell *cell,
                     const char *target, const json_t *record, bool readable, struct sb_error *err)
{
    char name[64];
    struct sb_plan plan = folder->plan;
    struct sb_cell own = *cell;
    own.target = target;
    plan.trusted[0] = '\0';
    json_t *cells = json_pack("[o]", sb_cell_to_json(&own));
    snprintf(name, sizeof name, "debug-%s", cell->id);
    json_t *job = sb_plan_job(&plan, cells, name, "local", 1, "");
    json_object_set(job, "tuning", json_object_get(record, "tuning"));
    if (readable) {
        json_object_set_new(job, "toggles", json_integer(SB_TOGGLE_DEBUG));
    }
    char file[80];
    char *text = job ? json_dumps(job, JSON_COMPACT) : NULL;
    char path[PATH_MAX];
    snprintf(file, sizeof file, "jobs/%s.json", name);
    int code = text ? sb_fs_join(path, sizeof path, folder->path, file, err)
                    : sb_fail(err, SB_ENOMEM, "out of memory");
    code = code != 0 ? code : sb_fs_write(path, text, strlen(text), err);
    if (code == 0 && !realpath(path, out)) {
        code = sb_fail(err, SB_EIO, "%s: %s", path, strerror(errno));
    }
    free(text);
    json_decref(job);
    return code;
}

static int execute(const struct sb_strings *argv, struct sb_error *err)
{
    char **words = calloc((size_t)argv->count + 1, sizeof *words);
    if (!words) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    memcpy(words, argv->item, (size_t)argv->count * sizeof *words);
    fflush(stdout);
    execvp(words[0], words);
    const int why = errno;
    free(words);
    return sb_fail(err, SB_EABSENT, "cannot start %s: %s", argv->item[0], strerror(why));
}

static int open_case(const struct sb_folder *folder, const struct sb_cell *cell,
                     const json_t *record, const struct mine *mine, struct sb_error *err)
{
    char runner[PATH_MAX];
    char job[PATH_MAX];
    char file[160];
    struct sb_launches launches = {0};
    struct sb_strings argv = {0};
    const char *with = mine->with ? mine->with : sb_debugger_usual(cell->backend);
    struct sb_debug_case c = {.backend = cell->backend,
                              .target = cell->target,
                              .runner = runner,
                              .job = job,
                              .readable = mine->readable};
    snprintf(runner, sizeof runner, "%s/switchbench-runner", sb_fs_program_folder());
    cell->c.kernel->launches(&launches, &cell->c);
    read_case(&c, record, &launches);
    read_place(&c, file, sizeof file, record);
    int code = sb_debugger_command(&argv, with, &c, err); /* before anything is written */
    code = code != 0 ? code
                     : write_job(job, folder, cell, sb_debugger_target(with, &c), record,
                                 mine->readable, err);
    sb_strings_free(&argv);
    code = code != 0 ? code : sb_debugger_command(&argv, with, &c, err);
    if (code == 0 && mine->print) {
        char *text = NULL;
        code = sb_debugger_quote(&text, &argv, err);
        printf("%s\n", text ? text : "");
        free(text);
    } else if (code == 0) {
        code = execute(&argv, err);
    }
    sb_strings_free(&argv);
    sb_launches_free(&launches);
    return code;
}

static int run(void *input, const struct sb_strings *operands, struct sb_error *err)
{
    const bool named = operands->count == 2;
    char path[1024];
    int rc = sb_where_campaign(path, sizeof path, named ? operands->item[0] : NULL, err);
    struct sb_folder folder = {.journal_fd = -1};
    rc = rc ? rc : sb_folder_open(&folder, path, false, err);
    if (rc) {
        return rc;
    }
    const struct sb_cell *cell = NULL;
    json_t *record = NULL;
    rc = sb_where_cell(&cell, &folder, operands->item[named ? 1 : 0], err);
    rc = rc ? rc : sb_where_record(&record, &folder, cell, err);
    rc = rc ? rc : open_case(&folder, cell, record, input, err);
    json_decref(record);
    sb_folder_close(&folder);
    return rc;
}

const struct sb_command sb_command_debug = {
    .name = "debug",
    .help = "open a cell in a debugger, with exactly its recorded inputs",
    .operands = "[CAMPAIGN] CELL",
    .lesson =
        "CELL is the beginning of a cell's id, or a part of its name that only one cell has. Its "
        "case runs once in one\n"
        "process, from the recorded seed, parameters, tunings and target, and stops where the "
        "record says that it went\n"
        "wrong: at the twin's finding, in its thread; else where the launch begins that first "
        "differs.\n"
        "\n"
        "gdb is usual for cpu and twin, Oclgrind (a checker) for OpenCL, cuda-gdb for CUDA. "
        "compute-sanitizer and\n"
        "valgrind check every access. Valgrind knows no AVX-512: there the target is x86-64-v3.\n"
        "\n"
        "The job file stays in the campaign's folder, jobs/debug-<cell>.json: the printed command "
        "can be repeated.",
    .examples = "switchbench debug 3fa91c                      # in the newest campaign\n"
                "switchbench debug 3fa91c -u                   # compiled anew with -O0 -g\n"
                "switchbench debug before 3fa9 --print         # only show the command\n"
                "switchbench debug 3fa91c --with valgrind      # every access, on the cpu",
    .options = uses,
    .operands_least = 1,
    .operands_most = 2,
    .room = sizeof(struct mine),
    .run = run,
};
