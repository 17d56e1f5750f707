/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/command.h"
#include "harness/cli/findings_view.h"
#include "harness/kernel_file/kernel_file.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct input {
    struct sb_kernel_file_options say;
    int warp, replays;
    uint64_t seed;
    double time_limit_s;
    bool json;
};

static const char *const warps[] = {"16", "32", "64", NULL};
static const struct sb_option twin_options[] = {
    {.type = SB_OPTION_TEXTS,
     .flag = "define",
     .letter = 'D',
     .value = "NAME[=N]",
     .help = "give the compiler a macro; repeatable",
     .offset = offsetof(struct input, say.defines)},
    {.type = SB_OPTION_TEXTS,
     .flag = "launch",
     .value = "LAUNCH",
     .help = "launch this instead of what the file says; repeatable",
     .offset = offsetof(struct input, say.launches)},
    {.type = SB_OPTION_TEXTS,
     .flag = "array",
     .value = "ARRAY",
     .help = "an array, instead of the file's of that name; repeatable",
     .offset = offsetof(struct input, say.arrays)},
    {.type = SB_OPTION_INTEGER,
     .flag = "warp",
     .value = "LANES",
     .choices = warps,
     .least = 16,
     .most = 64,
     .help = "only warps of 16, 32 or 64 lanes",
     .offset = offsetof(struct input, warp)},
    {.type = SB_OPTION_INTEGER,
     .flag = "replays",
     .value = "N",
     .least = 1,
     .most = 1000,
     .help = "at most so many orders of threads, warps and blocks",
     .offset = offsetof(struct input, replays)},
    {.type = SB_OPTION_SEED,
     .flag = "seed",
     .value = "N",
     .usual = "1",
     .help = "of the random inputs",
     .offset = offsetof(struct input, seed)},
    {.type = SB_OPTION_SECONDS,
     .flag = "time-limit",
     .value = "TIME",
     .usual = "120s",
     .least = 0.1,
     .most = 86400,
     .help = "per file",
     .offset = offsetof(struct input, time_limit_s)},
    {.type = SB_OPTION_FLAG,
     .flag = "json",
     .help = "print a JSON object per file, one a line",
     .offset = offsetof(struct input, json)},
    {.type = SB_OPTION_END},
};
static const struct sb_option_use uses[] = {{"Checking", twin_options, 0}, {NULL, NULL, 0}};

static json_t *texts(const struct sb_strings *list)
{
    json_t *all = json_array();
    for (int i = 0; i < list->count; ++i) {
        json_array_append_new(all, json_string(list->item[i]));
    }
    return all;
}

static int write_spec(char *out, size_t room, const char *path, const struct input *input,
                      struct sb_error *err)
{
    char cache[PATH_MAX], full[PATH_MAX], name[64];
    int code = sb_fs_cache(cache, sizeof cache, "code", err);
    if (code == 0 && !realpath(path, full)) {
        code = sb_fail(err, SB_ENOTFOUND, "%s: there is no such file", path);
    }
    snprintf(name, sizeof name, "twin-%ld.json", (long)getpid());
    code = code != 0 ? code : sb_fs_join(out, room, cache, name, err);
    if (code != 0) {
        return code;
    }
    json_t *spec = json_pack("{s:s,s:o,s:o,s:o,s:i,s:i,s:I,s:s}", "file", full, "defines",
                             texts(&input->say.defines), "launches", texts(&input->say.launches), "arrays",
                             texts(&input->say.arrays), "warp", input->warp, "replays", input->replays,
                             "seed", (json_int_t)input->seed, "cache", cache);
    char *text = spec ? json_dumps(spec, 0) : NULL;
    code = text ? sb_fs_write(out, text, strlen(text), err) : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    json_decref(spec);
    return code;
}

/* Kernels may print, so the answer is the last line that is an object with a state. */
static json_t *find_answer(const char *output)
{
    json_t *found = NULL;
    for (const char *at = output; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
        json_t *json = *at == '{' ? json_loads(at, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
        if (json_is_string(json_object_get(json, "state"))) {
            json_decref(found);
            found = json_incref(json);
        }
        json_decref(json);
    }
    return found;
}

static int ask_runner(json_t **out, const char *path, const struct input *input, struct sb_error *err)
{
    char runner[PATH_MAX], spec[PATH_MAX] = "";
    int code = sb_fs_join(runner, sizeof runner, sb_fs_program_folder(), "switchbench-runner", err);
    code = code != 0 ? code : write_spec(spec, sizeof spec, path, input, err);
    if (code != 0) {
        return code;
    }
    const char *const argv[] = {runner, "--twin", spec, NULL};
    struct sb_process_result result = {0};
    code = sb_process_run(&result, argv, input->time_limit_s, err);
    unlink(spec);
    if (code != 0) {
        return sb_fail_in(err, SB_EINFRA, "the runner cannot be started");
    }
    *out = find_answer(result.output ? result.output : "");
    char how[160] = "";
    if (result.timed_out) {
        snprintf(how, sizeof how, "it did not end within %g s (--time-limit)", input->time_limit_s);
    } else if (!*out && result.signal) {
        snprintf(how, sizeof how, "it crashed: %s", strsignal(result.signal));
    } else if (!*out) {
        snprintf(how, sizeof how, "it ended with %d and no answer", result.exit_status);
    }
    if (how[0]) {
        json_decref(*out);
        *out = json_pack("{s:s,s:s,s:s,s:s}", "state", "failed", "file", path, "reason",
                         result.timed_out ? "time" : "crash", "text", how);
    }
    sb_process_result_free(&result);
    return 0;
}

static int exit_of(const json_t *answer)
{
    static const struct {
        const char *reason;
        int exit_code;
    } rows[] = {{"usage", SB_EXIT_USAGE}, {"absent", SB_EXIT_NOTHING}, {"internal", SB_EXIT_INFRA}};
    if (strcmp(sb_json_text_or(answer, "state", ""), "ran") == 0) {
        return json_array_size(json_object_get(answer, "findings")) > 0 ? SB_EXIT_WRONG : SB_EXIT_PASSED;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        if (strcmp(rows[i].reason, sb_json_text_or(answer, "reason", "")) == 0) {
            return rows[i].exit_code;
        }
    }
    return SB_EXIT_FAILED;
}

/* One file; returns its exit code or an error. */
static int check(const char *path, const struct input *input, struct sb_error *err)
{
    struct sb_kernel_file file;
    int code = sb_kernel_file_read(&file, path, &input->say, err);
    sb_kernel_file_free(&file);
    json_t *answer = NULL;
    code = code != 0 ? code : ask_runner(&answer, path, input, err);
    if (code != 0) {
        return code;
    }
    const int exit_code = exit_of(answer);
    if (input->json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        putchar('\n');
    } else if (exit_code == SB_EXIT_PASSED || exit_code == SB_EXIT_WRONG) {
        code = sb_findings_view(stdout, path, answer, err);
    } else {
        sb_say("%s: %s", path, sb_json_text_or(answer, "text", "no answer"));
    }
    json_decref(answer);
    return code != 0 ? code : exit_code;
}

static int run(void *data, const struct sb_strings *operands, struct sb_error *err)
{
    const struct input *input = data;
    int worst = 0;
    for (int i = 0; i < operands->count; ++i) {
        const int code = check(operands->item[i], input, err);
        if (code < 0) {
            return code;
        }
        worst = code > worst ? code : worst;
    }
    return worst;
}

const struct sb_command sb_command_twin = {
    .name = "twin",
    .help = "check one kernel's source file on the twin: races, bounds, barriers",
    .operands = "FILE…",
    .lesson =
        "Runs the kernels of a CUDA (.cu), HIP (.hip), OpenCL (.cl) or dialect (.dev.c) source on the CPU, every "
        "thread on\n"
        "its own, and watches each access to memory: data races within a block and between blocks, accesses out "
        "of bounds,\n"
        "elements read before anyone wrote them, barriers that not all threads reach, deadlocks, missing fences, "
        "launches\n"
        "that a GPU refuses; and, by running again under other orders and warp sizes, results that depend on "
        "them.\n"
        "The file is not changed. It says in comments what it works on and how it is launched:\n"
        "\n"
        "  // array: u double[64][32] in random          in, out, inout, scratch;\n"
        "  // array: n int[8] inout ramp(0, 4)            random(LO, HI), ramp(FIRST, STEP), zero, a number\n"
        "  // launch: sweep<16><<<(4, 2), (16, 16), 2048>>>(u, n, 64, 0.5)     in order, any number\n"
        "  // launch: scale<<<each(64, 32)>>>(u)          FOR_EACH kernels of the dialect\n"
        "  // warp: 32                                    if its results may depend on the warp size\n"
        "\n"
        "An array that is not an input is uninitialised. #ifdef NAME … #else … #endif around comments obeys -D NAME.\n"
        "Ends with 0 where nothing was found, 1 with findings, 7 where it does not compile or end, 6 where it "
        "cannot run here.",
    .examples = "switchbench twin reduce.cu                                  # as its comments say\n"
                "switchbench twin reduce.cu -D FIXED                         # with a macro\n"
                "switchbench twin reduce.cu --warp 64 --json | jq .findings  # for programs\n"
                "switchbench twin axpy.cl --launch 'axpy<<<4, 64>>>(x, y, 0.5)' --array 'x float[256] in' \\\n"
                "    --array 'y float[256] inout'                            # for a file without comments",
    .options = uses,
    .operands_least = 1,
    .operands_most = -1,
    .room = sizeof(struct input),
    .run = run,
};
