/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/doctor.h"

#include "harness/build/compiler.h"
#include "harness/plan/kernels.h"
#include "harness/util/embedded.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the report is made of; the plots' runtime is among it, empty where it could not be fetched. */
extern const struct sb_embedded sb_report_files[];

void sb_doctor_say(struct sb_doctor *doctor, const char *what, enum sb_doctor_state state,
                   const char *found, const char *remedy)
{
    static const struct {
        const char *text;
        enum sb_colour colour;
    } states[] = {
        [SB_DOCTOR_OK] = {"ok", SB_GREEN},
        [SB_DOCTOR_MISSING] = {"missing", SB_RED},
        [SB_DOCTOR_ABSENT] = {"absent", SB_YELLOW},
        [SB_DOCTOR_NOTE] = {"note", SB_YELLOW},
    };
    char line[512]; /* the first line of a message says it; the rest is for 'show' */
    snprintf(line, sizeof line, "%.*s", (int)strcspn(found, "\n"), found);
    doctor->missing += state == SB_DOCTOR_MISSING;
    sb_table_text(&doctor->table, what);
    sb_table_coloured(&doctor->table, states[state].colour, states[state].text);
    sb_table_text(&doctor->table, line);
    sb_table_text(&doctor->table, remedy);
}

void sb_doctor_backends(struct sb_doctor *doctor, const json_t *probe)
{
    size_t i = 0;
    const json_t *backend = NULL;
    const json_t *backends = json_object_get(probe, "backends");
    json_array_foreach (backends, i, backend) {
        char what[96];
        snprintf(what, sizeof what, "backend %s", sb_json_text_or(backend, "name", "?"));
        size_t d = 0;
        const json_t *device = NULL;
        const json_t *devices = json_object_get(backend, "devices");
        json_array_foreach (devices, d, device) {
            char found[512];
            char memory[32];
            sb_text_bytes(memory, sizeof memory, sb_json_real_or(device, "memory_bytes", 0));
            snprintf(found, sizeof found, "%s; %s; %d core%s; %s",
                     sb_json_text_or(device, "name", ""), sb_json_text_or(device, "driver", ""),
                     (int)sb_json_integer_or(device, "cores", 0),
                     sb_json_integer_or(device, "cores", 0) == 1 ? "" : "s", memory);
            sb_doctor_say(doctor, what, SB_DOCTOR_OK, found, NULL);
        }
        doctor->backends += d > 0;
        if (d == 0) {
            sb_doctor_say(doctor, what, SB_DOCTOR_ABSENT,
                          sb_json_text_or(backend, "reason", "no device"),
                          sb_json_text_or(backend, "remedy", ""));
        }
    }
}

static void check_openmp(struct sb_doctor *doctor, const struct sb_compiler *compiler)
{
    char cache[1024];
    struct sb_error err = {0};
    struct sb_compiled compiled;
    static const char *const depends[] = {NULL};
    int rc = sb_fs_cache(cache, sizeof cache, "code", &err);
    const struct sb_compile_job job = {
        .compiler = compiler,
        .flags = "-fopenmp -fPIC",
        .text = "#include <omp.h>\nint sb_doctor(void);\nint sb_doctor(void) { return "
                "omp_get_max_threads(); }\n",
        .depends = depends,
        .cache = cache,
        .what = "a program with OpenMP",
    };
    rc = rc ? rc : sb_compile_shared(&compiled, &job, &err);
    sb_doctor_say(doctor, "OpenMP", rc ? SB_DOCTOR_MISSING : SB_DOCTOR_OK,
                  rc ? err.text : "compiles and links",
                  rc ? (compiler->clang ? "apt install libomp-dev" : "apt install gcc libc6-dev")
                     : NULL);
}

void sb_doctor_tools(struct sb_doctor *doctor)
{
    struct sb_error err = {0};
    struct sb_compiler used = {.path = ""};
    char found[800];
    if (sb_compiler_find(&used, &err) == SB_OK) {
        snprintf(found, sizeof found, "%s (%s)", used.identity, used.path);
        sb_doctor_say(doctor, "C compiler", SB_DOCTOR_OK, found, NULL);
        check_openmp(doctor, &used);
    } else {
        sb_doctor_say(doctor, "C compiler", SB_DOCTOR_MISSING, err.text,
                      "apt install gcc libc6-dev");
    }
    static const char *const others[] = {"gcc", "clang"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; ++i) {
        if (sb_process_which(found, sizeof found, others[i], &err) == SB_OK &&
            strcmp(found, used.path) != 0) {
            sb_doctor_say(doctor, "another compiler", SB_DOCTOR_OK, found,
                          "use it with SWITCHBENCH_CC");
        }
    }
}

void sb_doctor_libraries(struct sb_doctor *doctor, const json_t *probe)
{
    size_t i = 0;
    const json_t *backend = NULL;
    json_array_foreach (json_object_get(probe, "backends"), i, backend) {
        size_t l = 0;
        const json_t *library = NULL;
        json_array_foreach (json_object_get(backend, "libraries"), l, library) {
            char what[128];
            char remedy[160];
            const char *name = sb_json_text_or(library, "library", "?");
            const char *reason = sb_json_text_or(library, "reason", NULL);
            snprintf(what, sizeof what, "%s vendor (%s)", sb_json_text_or(library, "kernel", "?"),
                     sb_json_text_or(backend, "name", "?"));
            snprintf(remedy, sizeof remedy, "install %s",
                     sb_json_text_or(library, "package", name));
            sb_doctor_say(doctor, what, reason ? SB_DOCTOR_ABSENT : SB_DOCTOR_OK,
                          reason ? reason : name, reason ? remedy : NULL);
        }
    }
}

static void check_cache(struct sb_doctor *doctor)
{
    char folder[1024];
    char path[1100];
    struct sb_error err = {0};
    int rc = sb_fs_cache(folder, sizeof folder, "code", &err);
    rc = rc ? rc : sb_fs_join(path, sizeof path, folder, ".doctor", &err);
    rc = rc ? rc : sb_fs_write(path, "ok\n", 3, &err);
    if (rc == SB_OK) {
        (void)unlink(path);
    }
    sb_doctor_say(doctor, "cache", rc ? SB_DOCTOR_MISSING : SB_DOCTOR_OK, rc ? err.text : folder,
                  rc ? "set SWITCHBENCH_CACHE to a folder that can be written" : NULL);
}

void sb_doctor_places(struct sb_doctor *doctor)
{
    char path[1100];
    struct sb_error err = {0};
    check_cache(doctor);
    int rc = sb_fs_join(path, sizeof path, sb_kernels_folder(), "portable.h", &err);
    rc = rc ? rc : access(path, R_OK);
    sb_doctor_say(doctor, "kernel sources", rc ? SB_DOCTOR_MISSING : SB_DOCTOR_OK,
                  sb_kernels_folder(),
                  rc ? "set SWITCHBENCH_KERNELS to the folder of portable.h" : NULL);
    const struct sb_embedded *file = sb_report_files;
    while (file->name && strcmp(file->name, "vega-bundle.js") != 0) {
        ++file;
    }
    const bool plots = file->name && file->length > 0;
    sb_doctor_say(doctor, "plots of reports", plots ? SB_DOCTOR_OK : SB_DOCTOR_ABSENT,
                  plots ? "the runtime is built in"
                        : "built without the plots' runtime: reports have tables only",
                  plots ? NULL
                        : "apt install python3-pip, then configure and build again with a network");
}
