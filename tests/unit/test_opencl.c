/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/opencl/opencl.h"
#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Every iteration exactly once, and every group within the limits. */
static void check_cover(struct sb_shape shape, size_t group_limit, const size_t size_limit[3])
{
    struct sb_opencl_part part[2];
    const int parts = sb_opencl_split(part, &shape, group_limit, size_limit);
    assert_in_range(parts, 1, 2);
    size_t along_x = 0;
    for (int i = 0; i < parts; ++i) {
        size_t threads = 1;
        for (int d = 0; d < 3; ++d) {
            assert_true(part[i].local[d] >= 1 && part[i].global[d] >= 1);
            assert_int_equal(part[i].global[d] % part[i].local[d], 0);
            assert_true(part[i].local[d] <= size_limit[d]);
            threads *= part[i].local[d];
        }
        assert_true(threads <= group_limit);
        assert_int_equal(part[i].offset[0], along_x);
        assert_int_equal(part[i].global[1], shape.dims > 1 ? shape.extent[1] : 1);
        assert_int_equal(part[i].global[2], shape.dims > 2 ? shape.extent[2] : 1);
        along_x += part[i].global[0];
    }
    assert_int_equal(along_x, shape.extent[0]);
}

static void test_opencl__split_covers_every_extent_once(void **state)
{
    (void)state;
    static const int64_t extents[] = {1,   2,   3,   7,    31,   63,   64,   65,   127,   128,
                                      255, 256, 257, 1000, 1009, 2047, 2049, 4097, 100003};
    static const size_t limits[][4] = {{4096, 4096, 4096, 4096},
                                       {1024, 1024, 1024, 64},
                                       {256, 256, 256, 256},
                                       {64, 64, 4, 1},
                                       {1, 1, 1, 1}};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; ++l) {
        for (size_t x = 0; x < sizeof extents / sizeof *extents; ++x) {
            const int64_t n = extents[x];
            check_cover((struct sb_shape)SB_EACH_1D(n), limits[l][0], limits[l] + 1);
            check_cover((struct sb_shape)SB_EACH_2D(n, 34), limits[l][0], limits[l] + 1);
            check_cover((struct sb_shape)SB_EACH_3D(n, 37, 5), limits[l][0], limits[l] + 1);
        }
    }
}

static void test_opencl__messages_name_the_users_file(void **state)
{
    (void)state;
    static const struct {
        const char *log, *expected;
    } cases[] = {
        {"t.dev.c:5:16: error: no bb\n  a = bb;\n      ^\n1 error generated.\n",
         "/k/t/t.dev.c:5:16: error: no bb\n  a = bb;\n      ^\n1 error generated."},
        {"error: t.dev.c:5:16: no bb\nDevice x failed\n",
         "error: /k/t/t.dev.c:5:16: no bb\nDevice x failed"},
        {"warning: t.dev.c:1:1: hm\nerror: /k/t/t.dev.c:5:16: no bb\n",
         "error: /k/t/t.dev.c:5:16: no bb"},
        {"ptxas says no", "ptxas says no"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char out[400];
        sb_opencl_excerpt(out, sizeof out, cases[i].log, "/k/t");
        assert_string_equal(out, cases[i].expected);
    }
    char small[24];
    sb_opencl_excerpt(small, sizeof small, cases[0].log, "/k/t");
    assert_true(strlen(small) < sizeof small);
}

/* A kernel of one file in a folder of its own. */
struct sandbox {
    char folder[64], file[128];
    struct sb_kernel kernel;
    struct sb_case c;
    struct sb_launches launches;
    struct sb_launch_spec spec;
    struct sb_source source;
};

static void sandbox_open(struct sandbox *box, const char *text)
{
    *box = (struct sandbox){.kernel = {.name = "twice"}};
    snprintf(box->folder, sizeof box->folder, "/tmp/switchbench-opencl-XXXXXX");
    assert_non_null(mkdtemp(box->folder));
    snprintf(box->file, sizeof box->file, "%s/twice.dev.c", box->folder);
    assert_int_equal(sb_fs_write(box->file, text, strlen(text), NULL), 0);
    box->c = (struct sb_case){.kernel = &box->kernel, .index_bits = 32, .maths = SB_STRICT};
    snprintf(box->spec.function, sizeof box->spec.function, "twice");
    box->spec.shape = (struct sb_shape)SB_EACH_1D(1000);
    box->spec.args[0] = SB_A(0);
    box->spec.args[1] = SB_I(1000);
    box->spec.arg_count = 2;
    box->launches = (struct sb_launches){.spec = &box->spec, .count = 1, .room = 1};
    box->source = (struct sb_source){.c = &box->c,
                                     .folder = box->folder,
                                     .file = box->file,
                                     .include = SB_SOURCE_DIR "/kernels",
                                     .target = "native",
                                     .cache = box->folder,
                                     .launches = &box->launches};
}

static void sandbox_close(struct sandbox *box, const struct sb_artifact *artifact)
{
    unlink(box->file);
    unlink(artifact->path);
    assert_int_equal(rmdir(box->folder), 0);
}

#define TWICE                                                                                      \
    "#include \"portable.h\"\nKERNEL(twice)(GLOBAL real *a, index_t n)\n{\n    FOR_EACH_1D (i, "   \
    "n) {\n        a[i] = %s;\n    }\n}\n"

static void write_twice(struct sandbox *box, const char *value)
{
    char text[400];
    snprintf(text, sizeof text, TWICE, value);
    sandbox_open(box, text);
}

static void test_opencl__text_is_addressed_by_its_content(void **state)
{
    (void)state;
    struct sandbox box;
    struct sb_artifact one, two, three;
    write_twice(&box, "a[i] * REAL(2)");
    assert_int_equal(sb_opencl_compile(&one, &box.source, NULL), 0);
    assert_int_equal(sb_opencl_compile(&two, &box.source, NULL), 0);
    assert_false(one.cached);
    assert_true(two.cached);
    assert_string_equal(one.key, two.key);
    box.c.precision = SB_FLOAT;
    assert_int_equal(sb_opencl_compile(&three, &box.source, NULL), 0);
    assert_string_not_equal(one.key, three.key);
    unlink(three.path);
    sandbox_close(&box, &one);
}

static void test_opencl__what_cannot_be_compiled(void **state)
{
    (void)state;
    struct sandbox box;
    struct sb_artifact artifact = {0};
    struct sb_error err = {0};
    sandbox_open(&box, "\n#include \"nothere.h\"\n");
    assert_int_equal(sb_opencl_compile(&artifact, &box.source, &err), SB_ECOMPILE);
    assert_non_null(strstr(err.text, "twice.dev.c:2: \"nothere.h\""));
    box.source.target = "sm_90";
    assert_int_equal(sb_opencl_compile(&artifact, &box.source, &err), SB_EINVAL);
    sandbox_close(&box, &artifact);
}

/* In a process of its own: the loader reads its environment once. Returns the exit status of the body. */
static int in_child(int (*body)(void *), void *payload)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(body(payload));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int probe_without_driver(void *payload)
{
    (void)payload;
    setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
    struct sb_probe probe;
    struct sb_exec *exec = NULL;
    const struct sb_exec_options options = {0};
    struct sb_error err = {0};
    sb_opencl_probe(&probe);
    return probe.count != 0 || !strstr(probe.reason, "no driver") ||
           !strstr(probe.remedy, "pocl-opencl-icd") ||
           sb_backend_find("opencl")->open(&exec, &options, &err) != SB_EABSENT;
}

static void test_opencl__no_driver_is_an_answer(void **state)
{
    (void)state;
    assert_int_equal(in_child(probe_without_driver, NULL), 0);
}

struct attempt {
    const char *value; /* of a[i] */
    int arg_count;
    const char *function;
    enum sb_spread spread;
    int load, guard;
    const char *text; /* that the error holds */
};

static int try_device(void *payload)
{
    const struct attempt *attempt = payload;
    const struct sb_backend *backend = sb_backend_find("opencl");
    struct sandbox box;
    struct sb_artifact artifact = {0};
    struct sb_exec *exec = NULL;
    struct sb_error err = {0};
    const struct sb_exec_options options = {0};
    write_twice(&box, attempt->value);
    box.spec.arg_count = attempt->arg_count;
    box.spec.shape.spread = attempt->spread;
    snprintf(box.spec.function, sizeof box.spec.function, "%s", attempt->function);
    int status =
        backend->compile(&artifact, &box.source, &err) || backend->open(&exec, &options, &err) ? 1
                                                                                               : 0;
    const int loaded = status ? 0 : backend->load(exec, &artifact, &box.source, &err);
    status = status || loaded != attempt->load ? 2 : 0;
    if (status == 0 && loaded == 0) {
        double a[1000];
        uint64_t time_ns = 0;
        for (int i = 0; i < 1000; ++i) {
            a[i] = i;
        }
        const bool ran = backend->allocate(exec, 0, "a", sizeof a, &err) == 0 &&
                         backend->upload(exec, 0, a, &err) == 0 &&
                         backend->repeat(&time_ns, exec, &box.launches, &err) == 0;
        status = !ran ? 3 : backend->guard(exec, &err) != attempt->guard ? 4 : 0;
        backend->download(exec, 0, a, &err);
        status =
            status == 0 && attempt->guard == 0 && (a[999] != 1998 || time_ns == 0) ? 5 : status;
    }
    if (status == 0 && attempt->text && !strstr(err.text, attempt->text)) {
        status = 6;
    }
    if (status) {
        fprintf(stderr, "'%s': %s\n", attempt->value, err.text);
    }
    backend->close(exec);
    sandbox_close(&box, &artifact);
    return status;
}

/* In a child too: a driver's threads do not live on in those of later tests. */
static int probe_device(void *payload)
{
    (void)payload;
    struct sb_probe probe;
    sb_opencl_probe(&probe);
    if (probe.count == 0) {
        fprintf(stderr, "skipped: %s\n", probe.reason);
    }
    return probe.count == 0;
}

static void test_opencl__only_kernels_of_fill_are_chunked(void **state)
{
    (void)state;
    static const char text[] =
        "#define KERNEL(name) __kernel void sb_##name\n"
        "#define FILL_1D(i, n, a, value) FOR_EACH_1D (i, n)\n"
        "KERNEL(each)(int n) { FOR_EACH_1D (i, n) { } }\n"
        "KERNEL(fill)(int n) { FILL_1D(i, n, a, 1); }\n"
        "KERNEL(both)(int n) { FILL_1D(i, n, a, 1); FOR_EACH_1D (i, n) { } }\n"
        "KERNEL_BLOCKS(blocks, 8, 1, 1)(int n) { }\n"
        "KERNEL(last)(int n) { FILL_1D(i, n, a, 1); }\n";
    assert_false(sb_opencl_fills(text, "each"));
    assert_false(sb_opencl_fills(text, "both"));
    assert_false(sb_opencl_fills(text, "blocks"));
    assert_false(sb_opencl_fills(text, "fil"));
    assert_true(sb_opencl_fills(text, "fill"));
    assert_true(sb_opencl_fills(text, "last"));
}

static void test_opencl__on_a_device(void **state)
{
    (void)state;
    static const struct attempt attempts[] = {
        {"a[i] * nothing", 2, "twice", SB_SPREAD_EACH, SB_ECOMPILE, 0, "/twice.dev.c:5:"},
        {"a[i] * 2", 3, "twice", SB_SPREAD_EACH, SB_ECOMPILE, 0,
         "takes 2 arguments, the launch gives 3"},
        {"a[i] * 2", 2, "thrice", SB_SPREAD_EACH, SB_ECOMPILE, 0, "no KERNEL(thrice)"},
        {"a[i] * 2", 2, "twice", SB_SPREAD_ONCE, SB_EINVAL, 0, "only the cpu backend"},
        {"1; a[n] = 1", 2, "twice", SB_SPREAD_EACH, 0, SB_EDEVICE,
         "outside array 'a': 0 bytes behind its end"},
        {"1; a[-3] = 1", 2, "twice", SB_SPREAD_EACH, 0, SB_EDEVICE,
         "outside array 'a': 24 bytes before its start"},
        {"a[i] * 2", 2, "twice", SB_SPREAD_EACH, 0, 0, NULL},
    };
    if (in_child(probe_device, NULL) != 0) {
        skip();
    }
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; ++i) {
        struct attempt attempt = attempts[i];
        assert_int_equal(in_child(try_device, &attempt), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opencl__split_covers_every_extent_once),
        cmocka_unit_test(test_opencl__messages_name_the_users_file),
        cmocka_unit_test(test_opencl__text_is_addressed_by_its_content),
        cmocka_unit_test(test_opencl__what_cannot_be_compiled),
        cmocka_unit_test(test_opencl__no_driver_is_an_answer),
        cmocka_unit_test(test_opencl__only_kernels_of_fill_are_chunked),
        cmocka_unit_test(test_opencl__on_a_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
