/* SPDX-License-Identifier: Apache-2.0 */
/* compile(), target() and inspect() of cuda and hip with the real compilers. No device is needed. */
#include "backends/cuda/cuda.h"
#include "harness/run/peaks/parts.h"
#include "tests/unit/gpu_cases.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[] = "/tmp/sb-gpu-compile-XXXXXX";

static const char *backend_now;
static int compiled;

static bool ready(const char *backend, const char *target)
{
    char reason[1024];
    const enum sb_target_state state =
        sb_backend_find(backend)->target(target, reason, sizeof reason);
    if (state == SB_TARGET_MISSING) {
        printf("[  SKIPPED ] %s for %s: %s\n", backend, target, reason);
    }
    assert_true(state != SB_TARGET_FOREIGN);
    return state == SB_TARGET_READY;
}

static void compile_one(struct gpu_case *g)
{
    const struct sb_backend *b = sb_backend_find(backend_now);
    struct sb_error err = {0};
    struct sb_artifact artifact, again;
    const int code = b->compile(&artifact, &g->source, &err);
    if (code == SB_EABSENT && strcmp(g->c.variant, "portable") != 0) {
        printf("[  SKIPPED ] %s\n", err.text);
        return;
    }
    if (code != 0) {
        fail_msg("%s for %s: %s", g->file, g->source.target, err.text);
    }
    ++compiled;
    struct sb_code_report report[32];
    const int count = b->inspect(report, 32, &artifact, &g->source, &err);
    assert_in_range(count, strcmp(g->c.variant, "vendor") == 0 ? 0 : 1, 32);
    for (int i = 0; i < count; ++i) {
        assert_in_range(report[i].registers, 1, 512);
        assert_in_range(report[i].code_bytes, 16, 1 << 20);
        assert_in_range(report[i].shared_bytes, 0, 160 << 10);
        assert_in_range(report[i].spill_bytes, 0, 1 << 16);
    }
    assert_int_equal(b->compile(&again, &g->source, &err), 0);
    assert_true(again.cached && again.compile_ns == 0);
    assert_string_equal(again.key, artifact.key);
}

static void compile_all(const char *backend, const char *target)
{
    if (!ready(backend, target)) {
        skip();
    }
    backend_now = backend;
    compiled = 0;
    gpu_cases_each(backend, target, compile_one);
    assert_true(compiled > 30);
}

static void test_cuda__every_kernel_compiles_for_sm_90(void **state)
{
    (void)state;
    compile_all("cuda", "sm_90");
}

static void test_hip__every_kernel_compiles_for_gfx90a(void **state)
{
    (void)state;
    compile_all("hip", "gfx90a");
}

static void test_hip__every_kernel_compiles_for_gfx942(void **state)
{
    (void)state;
    compile_all("hip", "gfx942");
}

static void test_hip__every_kernel_compiles_for_nvidia(void **state)
{
    (void)state;
    compile_all("hip", "sm_90");
}

/* The probes of `switchbench peaks`, in both precisions. */
static void compile_probes(const char *backend, const char *target)
{
    if (!ready(backend, target)) {
        skip();
    }
    static struct sb_peaks_session s;
    struct sb_error err = {0};
    s = (struct sb_peaks_session){.backend = sb_backend_find(backend)};
    snprintf(s.device.target, sizeof s.device.target, "%s", target);
    s.device.cores = 100;
    s.levels = sb_peaks_levels_of(s.level, 50e6, 80e9);
    assert_int_equal(sb_peaks_lay_out(&s, &err), 0);
    for (int p = SB_DOUBLE; p <= SB_FLOAT; ++p) {
        if (sb_peaks_compile(&s, p, &err) != 0) {
            fail_msg("probes for %s: %s", target, err.text);
        }
        assert_true(access(s.artifact[p].path, R_OK) == 0);
    }
    sb_peaks_close(&s);
}

static void test_cuda__the_probes_compile_for_sm_90(void **state)
{
    (void)state;
    compile_probes("cuda", "sm_90");
}

static void test_hip__the_probes_compile_for_gfx90a_and_nvidia(void **state)
{
    (void)state;
    compile_probes("hip", "gfx90a");
    compile_probes("hip", "sm_90");
}

/* The processors' own: each width of their vectors; skipped, with its reason, where a cross compiler is missing. */
static void test_cpu__the_probes_compile_for_other_processors(void **state)
{
    (void)state;
    static const char *const targets[] = {"x86-64",  "x86-64-v3",     "x86-64-v4",
                                          "armv8-a", "armv8.2-a+sve", "rv64gc"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; ++i) {
        char reason[1024];
        if (sb_backend_find("cpu")->target(targets[i], reason, sizeof reason) ==
            SB_TARGET_MISSING) {
            printf("[  SKIPPED ] cpu for %s: %s\n", targets[i], reason);
        } else {
            compile_probes("cpu", targets[i]);
        }
    }
}

static const char template_text[] =
    "#include <cuda_runtime.h>\n"
    "template <typename T, int N> __global__ void twice(T *a)\n"
    "{\n    __shared__ T part[N];\n    part[threadIdx.x] = 2 * a[threadIdx.x];\n    "
    "__syncthreads();\n"
    "    T v = part[threadIdx.x % N];\n    v += __shfl_down_sync(0xffffffffu, v, 1);\n    "
    "a[threadIdx.x] = v;\n}\n"
    "__global__ void plain(float *a) { a[threadIdx.x] = 1.0f; }\n";
/* nvcc serves where NVRTC is not: asked for by itself here. */
static void test_nvcc__templates_and_plain_functions(void **state)
{
    (void)state;
    const struct sb_gpu_compiler *nvcc = sb_cuda_compilers[1];
    static struct gpu_case g;
    static const char *const functions[] = {"plain", "twice<float, 32>"};
    char identity[256], flags[512], file[256], object[256], unit[512];
    struct sb_error err = {0};
    if (nvcc->ready(identity, sizeof identity, "sm_90", &err) != 0) {
        printf("[  SKIPPED ] %s\n", err.text);
        skip();
    }
    assert_non_null(strstr(identity, "nvcc 1"));
    assert_int_not_equal(nvcc->ready(identity, sizeof identity, "sm_12", &err), 0);
    assert_int_equal(
        gpu_case_make(&g, sb_kernels[0], sb_kernels[0]->presets, "cuda", "sm_90", "portable"), 0);
    snprintf(file, sizeof file, "%s/k.cu", scratch);
    snprintf(object, sizeof object, "%s/k.cubin", scratch);
    assert_int_equal(sb_fs_write(file, template_text, strlen(template_text), &err), 0);
    for (int i = 0; i < 2; ++i) {
        struct sb_artifact artifact = {0};
        struct sb_gpu_sidecar sidecar;
        sb_launches_free(&g.launches);
        sb_launch(&g.launches, functions[i], SB_BLOCKS_1D(1, 32), SB_ARGS(SB_A(0)));
        nvcc->flags(flags, sizeof flags, &g.source, "sm_90");
        snprintf(unit, sizeof unit, "#include \"%s\"\nvoid *use() { return (void *)&%s; }\n", file,
                 functions[i]);
        snprintf(artifact.path, sizeof artifact.path, "%s", object);
        char json[300];
        snprintf(json, sizeof json, "%s.json", object);
        const struct sb_gpu_job job = {.source = &g.source,
                                       .arch = "sm_90",
                                       .unit = unit,
                                       .flags = flags,
                                       .object = object,
                                       .sidecar = json,
                                       .what = "k.cu"};
        if (nvcc->compile(&job, &err) != 0) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(sb_gpu_sidecar_read(&sidecar, &artifact, &err), 0);
        assert_true(strncmp(sb_gpu_sidecar_symbol(&sidecar, functions[i]), "_Z5", 3) == 0);
        json_decref(sidecar.json);
    }
    sb_launches_free(&g.launches);
}

static void test_target__names(void **state)
{
    (void)state;
    static const struct {
        const char *backend, *target;
        enum sb_target_state not; /* what it must not be */
        bool foreign;
    } rows[] = {
        {"cuda", "", 0, true},        {"cuda", "sm_", 0, true},
        {"cuda", "sm_9", 0, true},    {"cuda", "sm_90x", 0, true},
        {"cuda", "gfx90a", 0, true},  {"cuda", "x86-64", 0, true},
        {"cuda", "sm_9000", 0, true}, {"cuda", "sm_12", SB_TARGET_READY, false},
        {"hip", "gfx", 0, true},      {"hip", "gfx90;rm", 0, true},
        {"hip", "gfxyz", 0, true},    {"hip", "gfx999", SB_TARGET_READY, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char reason[1024] = "";
        const enum sb_target_state got =
            sb_backend_find(rows[i].backend)->target(rows[i].target, reason, sizeof reason);
        if (rows[i].foreign) {
            assert_int_equal(got, SB_TARGET_FOREIGN);
        } else {
            assert_true(got != rows[i].not);
            assert_true(strlen(reason) > 10);
        }
    }
}

/* The very abort of hiprtc, and every other end of a compiler. */
static int abort_here(void *payload, struct sb_error *err)
{
    (void)payload;
    (void)err;
    abort();
}

static int hang(void *payload, struct sb_error *err)
{
    (void)payload;
    (void)err;
    sleep(600);
    return 0;
}

static int fall_silent(void *payload, struct sb_error *err)
{
    (void)payload;
    (void)err;
    _exit(0);
}

static int complain(void *payload, struct sb_error *err)
{
    return sb_fail(err, SB_EABSENT, "%s", (const char *)payload);
}

static void test_apart__a_compiler_may_end_as_it_likes(void **state)
{
    (void)state;
    struct sb_error err = {0};
    assert_int_equal(sb_gpu_apart(abort_here, NULL, 20, "k.cu", &err), SB_ECOMPILE);
    assert_non_null(strstr(err.text, "crashed (Aborted)"));
    assert_int_equal(sb_gpu_apart(hang, NULL, 0.2, "k.cu", &err), SB_ECOMPILE);
    assert_non_null(strstr(err.text, "did not end in 0 s"));
    assert_int_equal(sb_gpu_apart(fall_silent, NULL, 20, "k.cu", &err), SB_ECOMPILE);
    assert_int_equal(sb_gpu_apart(complain, (void *)(uintptr_t)"as told", 20, "k.cu", &err),
                     SB_EABSENT);
    assert_string_equal(err.text, "as told");
}

static unsigned toggles; /* of what compile_text() compiles */

/* One kernel from text: 0, or what compile() says. */
static int compile_text(const char *backend, const char *target, const char *suffix,
                        const char *text, const char *function, struct sb_artifact *artifact,
                        struct sb_error *err)
{
    static struct gpu_case g;
    char file[256];
    snprintf(file, sizeof file, "%s/k.native.gpu.%s", scratch, suffix);
    assert_int_equal(sb_fs_write(file, text, strlen(text), err), 0);
    assert_int_equal(
        gpu_case_make(&g, sb_kernels[0], sb_kernels[0]->presets, backend, target, "portable"), 0);
    g.c.variant = "native";
    sb_launches_free(&g.launches);
    sb_launch(&g.launches, function, SB_BLOCKS_1D(1, 32), SB_ARGS(SB_A(0)));
    g.source.file = file;
    g.source.folder = scratch;
    g.source.toggles = toggles;
    const int code = sb_backend_find(backend)->compile(artifact, &g.source, err);
    struct sb_code_report report[2];
    if (code == 0) {
        assert_int_equal(sb_backend_find(backend)->inspect(report, 2, artifact, &g.source, err), 1);
        assert_string_equal(report[0].function, function);
        assert_true(report[0].registers > 0 && report[0].code_bytes > 0);
    }
    sb_launches_free(&g.launches);
    return code;
}

static const char hip_text[] = "#include <hip/hip_runtime.h>\n"
                               "__global__ void swap(double *a)\n"
                               "{\n    double v = a[hipThreadIdx_x];\n    v += __shfl_xor(v, 1);\n "
                               "   if (__ballot(v > 0.0) != 0)\n"
                               "        a[hipThreadIdx_x] = v;\n}\n";

static void compiles(const char *backend, const char *target, const char *suffix, const char *text,
                     const char *function)
{
    struct sb_error err = {0};
    struct sb_artifact artifact;
    const int code = ready(backend, target)
                         ? compile_text(backend, target, suffix, text, function, &artifact, &err)
                         : 0;
    if (code == SB_EABSENT) {
        printf("[  SKIPPED ] %s\n", err.text);
    } else if (code != 0) {
        fail_msg("%s for %s: %s", function, target, err.text);
    }
}

static void test_native__every_toggle_is_a_flag_that_compilers_take(void **state)
{
    (void)state;
    static const char *const targets[][3] = {{"cuda", "sm_90", "cu"}, {"hip", "gfx90a", "hip"}};
    for (int i = 0; i < 2; ++i) {
        for (unsigned toggle = 1; toggle <= SB_TOGGLE_DEBUG; toggle <<= 1) {
            toggles = toggle & sb_backend_find(targets[i][0])->toggles;
            if (toggles) {
                compiles(targets[i][0], targets[i][1], targets[i][2], i ? hip_text : template_text,
                         i ? "swap" : "plain");
            }
        }
    }
    toggles = 0;
}

static void test_native__one_cu_serves_cuda_and_hip_on_both(void **state)
{
    (void)state;
    static const char *const functions[] = {"plain", "twice<float, 32>"};
    for (int i = 0; i < 2; ++i) {
        compiles("cuda", "sm_90", "cu", template_text, functions[i]);
        compiles("hip", "sm_90", "cu", template_text, functions[i]);
        compiles("hip", "gfx90a", "cu", template_text, functions[i]);
    }
    compiles("hip", "sm_90", "hip", hip_text, "swap");
    compiles("hip", "gfx90a", "hip", hip_text, "swap");
    compiles("hip", "gfx942", "hip", hip_text, "swap");
}

static void says(const char *backend, const char *target, const char *text, const char *function,
                 const char *expected)
{
    struct sb_error err = {0};
    struct sb_artifact artifact;
    if (ready(backend, target)) {
        assert_int_equal(compile_text(backend, target, "cu", text, function, &artifact, &err),
                         SB_ECOMPILE);
        if (!strstr(err.text, expected)) {
            fail_msg("%s %s: expected '%s' in: %s", backend, target, expected, err.text);
        }
    }
}

static void test_compile__messages_name_line_and_function(void **state)
{
    (void)state;
    static const char wrong[] =
        "extern \"C\" __global__ void f(float *a)\n{\n    a[0] = undeclared;\n}\n";
    static const char other[] = "extern \"C\" __global__ void g(float *a) { a[0] = 1; }\n";
    static const struct {
        const char *backend, *target;
    } rows[] = {{"cuda", "sm_90"}, {"hip", "sm_90"}, {"hip", "gfx90a"}, {"hip", "gfx942"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        says(rows[i].backend, rows[i].target, wrong, "f", "undeclared");
        says(rows[i].backend, rows[i].target, wrong, "f", "k.native.gpu.cu");
        says(rows[i].backend, rows[i].target, other, "f",
             "has no KERNEL(f), which the repetition launches");
    }
}

static void test_code__malformed_objects_are_refused(void **state)
{
    (void)state;
    struct sb_gpu_symbol symbol[4];
    struct sb_code_report report[4];
    _Alignas(8) unsigned char bytes[512];
    for (int seed = 0; seed < 4000; ++seed) {
        srand((unsigned)seed);
        for (size_t i = 0; i < sizeof bytes; ++i) {
            bytes[i] = (unsigned char)(rand() % (seed % 3 ? 256 : 4));
        }
        memcpy(bytes, "\177ELF\2\1", 6);
        bytes[18] = seed % 2 ? 190 : 224;
        bytes[19] = 0;
        memset(bytes + 40, 0, 8); /* sections begin within */
        bytes[40] = (unsigned char)(8 * (rand() % 60));
        bytes[60] = (unsigned char)(rand() % 6);
        bytes[61] = 0;
        const int count = sb_gpu_symbols(symbol, 4, bytes, sizeof bytes, NULL);
        assert_true(count <= 4);
        size_t length = 0;
        const unsigned char *note = sb_gpu_metadata(&length, bytes, sizeof bytes);
        assert_true(!note || (note >= bytes && note + length <= bytes + sizeof bytes));
        assert_in_range(sb_gpu_read_metadata(report, 4, bytes + 64, sizeof bytes - 64), 0, 4);
    }
    assert_int_equal(sb_gpu_symbols(symbol, 4, "no object", 9, NULL), SB_EPARSE);
}

static int set_up(void **state)
{
    (void)state;
    setenv("SWITCHBENCH_CACHE", mkdtemp(scratch), 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    const char *const argv[] = {"rm", "-rf", scratch, NULL};
    const pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(1);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target__names),
        cmocka_unit_test(test_apart__a_compiler_may_end_as_it_likes),
        cmocka_unit_test(test_code__malformed_objects_are_refused),
        cmocka_unit_test(test_nvcc__templates_and_plain_functions),
        cmocka_unit_test(test_native__every_toggle_is_a_flag_that_compilers_take),
        cmocka_unit_test(test_native__one_cu_serves_cuda_and_hip_on_both),
        cmocka_unit_test(test_compile__messages_name_line_and_function),
        cmocka_unit_test(test_cuda__every_kernel_compiles_for_sm_90),
        cmocka_unit_test(test_hip__every_kernel_compiles_for_gfx90a),
        cmocka_unit_test(test_hip__every_kernel_compiles_for_gfx942),
        cmocka_unit_test(test_hip__every_kernel_compiles_for_nvidia),
        cmocka_unit_test(test_cuda__the_probes_compile_for_sm_90),
        cmocka_unit_test(test_hip__the_probes_compile_for_gfx90a_and_nvidia),
        cmocka_unit_test(test_cpu__the_probes_compile_for_other_processors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
