/* SPDX-License-Identifier: Apache-2.0 */
/* Compilers that are programs: nvcc, clang. They know no name expressions: the object's symbols say what there is. */
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_S 300.0
#define FLAGS_MOST 64
#define SYMBOLS_MOST 256

/* A plain function f is "f" or "_Z1f…" (Itanium C++ ABI, §5.1.3), an instance f<…> is "_Z1fI…". */
static bool means(const char *symbol, const char *function)
{
    const size_t length = strcspn(function, "<");
    char mangled[100];
    if (strcmp(symbol, function) == 0) {
        return true;
    }
    const int used = snprintf(mangled, sizeof mangled, "_Z%zu%.*s%s", length, (int)length, function,
                              function[length] == '<' ? "I" : "");
    return strncmp(symbol, mangled, (size_t)used) == 0 &&
           (function[length] == '<' || symbol[used] != 'I');
}

static int find_symbols(json_t *lowered, const struct sb_gpu_job *job, const char *image,
                        size_t bytes, struct sb_error *err)
{
    static struct sb_gpu_symbol symbol[SYMBOLS_MOST];
    const int count = sb_gpu_symbols(symbol, SYMBOLS_MOST, image, bytes, err);
    if (count < 0) {
        return sb_fail_in(err, count, "%s", job->what);
    }
    for (int i = 0; i < job->source->launches->count; ++i) {
        const char *function = job->source->launches->spec[i].function;
        const char *found = NULL;
        int matches = 0;
        for (int s = 0; s < count; ++s) {
            if (means(symbol[s].name, function)) {
                found = symbol[s].name;
                ++matches;
            }
        }
        if (matches == 0) {
            return sb_fail(err, SB_ECOMPILE, "%s has no KERNEL(%s), which the repetition launches",
                           job->what, function);
        }
        if (matches > 1) {
            return sb_fail(
                err, SB_EABSENT,
                "%s: which of its %d instances '%s' means only a run-time compiler can say",
                job->what, matches, function);
        }
        json_object_set_new(lowered, function, json_string(found));
    }
    return 0;
}

static int write_sidecar(const struct sb_gpu_job *job, const char *log, struct sb_error *err)
{
    char *image = NULL, *text = NULL;
    size_t bytes = 0;
    json_t *lowered = json_object();
    int code = sb_fs_read(&image, &bytes, job->object, err);
    code = code ? code : find_symbols(lowered, job, image, bytes, err);
    free(image);
    json_t *log_text = json_string(log); /* NULL where it is not UTF-8 */
    json_t *sidecar =
        json_pack("{s:o,s:o}", "lowered", lowered, "log", log_text ? log_text : json_string(""));
    text = json_dumps(sidecar, JSON_INDENT(1));
    json_decref(sidecar);
    code = code   ? code
           : text ? sb_fs_write(job->sidecar, text, strlen(text), err)
                  : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    return code;
}

int sb_gpu_tool_compile(const char *program, const struct sb_gpu_job *job, const char *suffix,
                        struct sb_error *err)
{
    char flags[4096], unit[1200];
    const char *argv[FLAGS_MOST + 8];
    snprintf(flags, sizeof flags, "%s", job->flags);
    snprintf(unit, sizeof unit, "%s%s", job->object, suffix);
    int n = 0;
    argv[n++] = program;
    n += sb_gpu_split(argv + n, FLAGS_MOST, flags);
    argv[n++] = "-o";
    argv[n++] = job->object;
    argv[n++] = unit;
    argv[n] = NULL;
    struct sb_process_result result = {0};
    int code = sb_fs_write(unit, job->unit, strlen(job->unit), err);
    code = code ? code : sb_process_run(&result, argv, LIMIT_S, err);
    unlink(unit);
    if (code != 0) {
        return code;
    }
    const char *from = strstr(result.output, "error");
    while (from && from > result.output && from[-1] != '\n') {
        --from;
    }
    if (result.timed_out) {
        code =
            sb_fail(err, SB_ECOMPILE, "%s: the compiler did not end in %.0f s", job->what, LIMIT_S);
    } else if (result.exit_status != 0) {
        code = sb_fail(err, SB_ECOMPILE, "%s does not compile: %.3000s", job->what,
                       from ? from : result.output);
    } else {
        code = write_sidecar(job, result.output, err);
    }
    sb_process_result_free(&result);
    return code;
}
