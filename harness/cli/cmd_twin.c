/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/command.h"
#include "harness/cli/findings_view.h"
#include "harness/cli/twin_ask.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

struct input {
    struct sb_twin_question ask;
    bool json;
};

static const char *const warps[] = {"16", "32", "64", NULL};
static const struct sb_option twin_options[] = {
    {.type = SB_OPTION_TEXTS,
     .flag = "define",
     .letter = 'D',
     .value = "NAME[=N]",
     .help = "give the compiler a macro; repeatable",
     .offset = offsetof(struct input, ask.say.defines)},
    {.type = SB_OPTION_TEXTS,
     .flag = "launch",
     .value = "LAUNCH",
     .help = "launch this instead of what the file says; repeatable",
     .offset = offsetof(struct input, ask.say.launches)},
    {.type = SB_OPTION_TEXTS,
     .flag = "array",
     .value = "ARRAY",
     .help = "an array, instead of the file's of that name; repeatable",
     .offset = offsetof(struct input, ask.say.arrays)},
    {.type = SB_OPTION_INTEGER,
     .flag = "warp",
     .value = "LANES",
     .choices = warps,
     .least = 16,
     .most = 64,
     .help = "only warps of 16, 32 or 64 lanes",
     .offset = offsetof(struct input, ask.warp)},
    {.type = SB_OPTION_INTEGER,
     .flag = "replays",
     .value = "N",
     .least = 1,
     .most = 1000,
     .help = "at most so many orders of threads, warps and blocks",
     .offset = offsetof(struct input, ask.replays)},
    {.type = SB_OPTION_SEED,
     .flag = "seed",
     .value = "N",
     .usual = "1",
     .help = "of the random inputs",
     .offset = offsetof(struct input, ask.seed)},
    {.type = SB_OPTION_SECONDS,
     .flag = "time-limit",
     .value = "TIME",
     .usual = "120s",
     .least = 0.1,
     .most = 86400,
     .help = "per file",
     .offset = offsetof(struct input, ask.time_limit_s)},
    {.type = SB_OPTION_FLAG,
     .flag = "json",
     .help = "print a JSON object per file, one a line",
     .offset = offsetof(struct input, json)},
    {.type = SB_OPTION_END},
};
static const struct sb_option_use uses[] = {{"Checking", twin_options, 0}, {NULL, NULL, 0}};

/* One file; returns its exit code or an error. */
static int check(const char *path, const struct input *input, struct sb_error *err)
{
    struct sb_kernel_file file;
    int code = sb_kernel_file_read(&file, path, &input->ask.say, err);
    sb_kernel_file_free(&file);
    json_t *answer = NULL;
    code = code != 0 ? code : sb_twin_ask(&answer, path, &input->ask, err);
    if (code != 0) {
        return code;
    }
    const int exit_code = sb_twin_exit(answer);
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
        "Runs the kernels of a CUDA (.cu), HIP (.hip), OpenCL (.cl) or dialect (.dev.c) source on "
        "the CPU, every "
        "thread on\n"
        "its own, and watches each access to memory: data races within a block and between blocks, "
        "accesses out "
        "of bounds,\n"
        "elements read before anyone wrote them, barriers that not all threads reach, deadlocks, "
        "missing fences, "
        "launches\n"
        "that a GPU refuses; and, by running again under other orders and warp sizes, results that "
        "depend on "
        "them.\n"
        "The file is not changed. It says in comments what it works on and how it is launched:\n"
        "\n"
        "  // array: u double[64][32] in random          in, out, inout, scratch;\n"
        "  // array: n int[8] inout ramp(0, 4)            random(LO, HI), ramp(FIRST, STEP), zero, "
        "a number\n"
        "  // launch: sweep<16><<<(4, 2), (16, 16), 2048>>>(u, n, 64, 0.5)     in order, any "
        "number\n"
        "  // launch: scale<<<each(64, 32)>>>(u)          FOR_EACH kernels of the dialect\n"
        "  // launch: dot<<<4, 64>>>(u, n, local(64 * 8)) OpenCL's __local arguments, in bytes\n"
        "  // warp: 32                                    if its results may depend on the warp "
        "size\n"
        "\n"
        "An array that is not an input is uninitialised. #ifdef NAME … #else … #endif around "
        "comments obeys -D NAME.\n"
        "Ends with 0 where nothing was found, 1 with findings, 7 where it does not compile or end, "
        "6 where it "
        "cannot run here.",
    .examples =
        "switchbench twin reduce.cu                                  # as its comments say\n"
        "switchbench twin reduce.cu -D FIXED                         # with a macro\n"
        "switchbench twin reduce.cu --warp 64 --json | jq .findings  # for programs\n"
        "switchbench twin axpy.cl --launch 'axpy<<<4, 64>>>(x, y, 0.5)' --array 'x float[256] in' "
        "\\\n"
        "    --array 'y float[256] inout'                            # for a file without comments",
    .options = uses,
    .operands_least = 1,
    .operands_most = -1,
    .room = sizeof(struct input),
    .run = run,
};
