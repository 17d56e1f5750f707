/* SPDX-License-Identifier: Apache-2.0 */
/* Run-time compilers: NVRTC, and hiprtc, whose interface is the same but for the prefix. */
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/util/fs.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_S 300.0
#define FLAGS_MOST 64

int sb_gpu_rtc_fill(struct sb_gpu_rtc *out, void *library, const char *prefix, const char *code,
                    struct sb_error *err)
{
    char code_size[32], code_get[32];
    snprintf(code_size, sizeof code_size, "Get%sSize", code);
    snprintf(code_get, sizeof code_get, "Get%s", code);
    const struct {
        const char *name;
        void *slot;
    } rows[] = {
        {"Version", &out->version},
        {"GetErrorString", &out->error_name},
        {"CreateProgram", &out->create},
        {"DestroyProgram", &out->destroy},
        {"CompileProgram", &out->compile},
        {"GetProgramLogSize", &out->log_size},
        {"GetProgramLog", &out->log},
        {code_size, &out->code_size},
        {code_get, &out->code},
        {"AddNameExpression", &out->add_name},
        {"GetLoweredName", &out->lowered},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", prefix, rows[i].name);
        void *symbol = dlsym(library, name);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT, "the library of %s is of a version without %s", prefix,
                           name);
        }
        memcpy(rows[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    return 0;
}

int sb_gpu_split(const char **out, int room, char *flags)
{
    int count = 0;
    char *rest = NULL;
    for (char *flag = strtok_r(flags, " ", &rest); flag && count < room;
         flag = strtok_r(NULL, " ", &rest)) {
        out[count++] = flag;
    }
    return count;
}

struct work {
    const struct sb_gpu_rtc *rtc;
    const struct sb_gpu_job *job;
    const char *const *headers;
};

static char *read_log(const struct sb_gpu_rtc *rtc, void *program)
{
    size_t length = 0;
    if (rtc->log_size(program, &length) != 0) {
        return NULL;
    }
    char *log = calloc(1, length + 1);
    if (log && rtc->log(program, log) != 0) {
        log[0] = '\0';
    }
    return log;
}

/* "missing" functions come as an error about a name expression; that is the kernel's mistake, in the kernel's words. */
static int explain(const struct sb_gpu_job *job, const char *log, const char *name,
                   struct sb_error *err)
{
    for (int i = 0; log && i < job->source->launches->count; ++i) {
        const char *function = job->source->launches->spec[i].function;
        char undefined[120];
        snprintf(undefined, sizeof undefined, "identifier \"%.64s\" is undefined", function);
        char undeclared[120];
        snprintf(undeclared, sizeof undeclared, "use of undeclared identifier '%.64s'", function);
        if (strstr(log, undefined) || strstr(log, undeclared)) {
            return sb_fail(err, SB_ECOMPILE, "%s has no KERNEL(%s), which the repetition launches",
                           job->what, function);
        }
    }
    const char *from = log ? strstr(log, "error:") : NULL;
    from = from ? from : log ? strstr(log, "error") : NULL;
    while (from && from > log && from[-1] != '\n') {
        --from;
    }
    return sb_fail(err, SB_ECOMPILE, "%s does not compile: %.3000s", job->what,
                   from          ? from
                   : log && *log ? log
                                 : name);
}

static int write_code(const struct work *work, void *program, const char *log, struct sb_error *err)
{
    const struct sb_gpu_rtc *rtc = work->rtc;
    const struct sb_launches *launches = work->job->source->launches;
    json_t *lowered = json_object();
    for (int i = 0; i < launches->count; ++i) {
        const char *symbol = NULL;
        if (rtc->lowered(program, launches->spec[i].function, &symbol) == 0 && symbol) {
            json_object_set_new(lowered, launches->spec[i].function, json_string(symbol));
        }
    }
    json_t *sidecar = json_pack("{s:o,s:s?}", "lowered", lowered, "log", log);
    char *text = sidecar ? json_dumps(sidecar, JSON_INDENT(1)) : NULL;
    json_decref(sidecar);
    size_t length = 0;
    int code = text ? sb_fs_write(work->job->sidecar, text, strlen(text), err)
                    : sb_fail(err, SB_ENOMEM, "out of memory");
    free(text);
    char *image = NULL;
    if (code == 0 && (rtc->code_size(program, &length) != 0 || !(image = malloc(length + 1)) ||
                      rtc->code(program, image) != 0)) {
        code = sb_fail(err, SB_ECOMPILE, "%s: compiled, but the compiler gives no code",
                       work->job->what);
    }
    code = code ? code : sb_fs_write(work->job->object, image, length, err);
    free(image);
    return code;
}

/* Each once: hiprtc takes a second time for a second definition. */
static void add_names(const struct sb_gpu_rtc *rtc, void *program,
                      const struct sb_launches *launches)
{
    for (int i = 0; i < launches->count; ++i) {
        bool added = false;
        for (int before = 0; before < i && !added; ++before) {
            added = strcmp(launches->spec[before].function, launches->spec[i].function) == 0;
        }
        if (!added) {
            rtc->add_name(program, launches->spec[i].function);
        }
    }
}

static int compile(void *payload, struct sb_error *err)
{
    const struct work *work = payload;
    const struct sb_gpu_rtc *rtc = work->rtc;
    const struct sb_gpu_job *job = work->job;
    const char *names[4], *texts[4], *options[FLAGS_MOST];
    int headers = 0;
    for (; work->headers && work->headers[2 * headers] && headers < 4; ++headers) {
        names[headers] = work->headers[2 * headers];
        texts[headers] = work->headers[2 * headers + 1];
    }
    char flags[4096];
    snprintf(flags, sizeof flags, "%s", job->flags);
    const int count = sb_gpu_split(options, FLAGS_MOST, flags);
    void *program = NULL;
    const int made = rtc->create(&program, job->unit, "unit.cu", headers, texts, names);
    if (made != 0) {
        return sb_fail(err, SB_ECOMPILE, "%s: no program: %s", job->what, rtc->error_name(made));
    }
    add_names(rtc, program, job->source->launches);
    const int status = rtc->compile(program, count, options);
    char *log = read_log(rtc, program);
    const int code = status == 0 ? write_code(work, program, log, err)
                                 : explain(job, log, rtc->error_name(status), err);
    free(log);
    rtc->destroy(&program);
    return code;
}

int sb_gpu_rtc_compile(const struct sb_gpu_rtc *rtc, const struct sb_gpu_job *job,
                       const char *const *headers, struct sb_error *err)
{
    struct work work = {rtc, job, headers};
    return rtc->apart ? sb_gpu_apart(compile, &work, LIMIT_S, job->what, err) : compile(&work, err);
}
