/* SPDX-License-Identifier: Apache-2.0 */
/* The GPU driver by itself: shapes of launches, sentences of errors, copies and red zones on the fake driver. */
#include "backends/cuda/cuda.h"
#include "tests/unit/gpu_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const int h100[SB_GPU_ATTRIBUTES] = {1024,  1024,  1024,   64,  2147483647, 65535,
                                            65535, 49152, 232448, 132, 50 << 20};

static struct sb_launch_spec spec(struct sb_shape shape)
{
    struct sb_launch_spec launch = {.function = "f", .shape = shape};
    return launch;
}

static void check_each(struct sb_shape shape, int most)
{
    unsigned grid[3], block[3];
    struct sb_error err = {0};
    const struct sb_launch_spec launch = spec(shape);
    if (sb_gpu_shape(grid, block, &launch, h100, most, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_in_range(block[0] * block[1] * block[2], 1, most);
    for (int d = 0; d < 3; ++d) {
        const int64_t extent = d < shape.dims ? shape.extent[d] : 1,
                      covered = (int64_t)grid[d] * block[d];
        assert_true(covered >= extent &&
                    covered - (int64_t)block[d] < extent); /* all, and no block for nothing */
        assert_true(grid[d] <= (unsigned)h100[SB_GPU_GRID_X + d] &&
                    block[d] <= (unsigned)h100[SB_GPU_BLOCK_X + d]);
    }
}

static void test_shape__each_iteration_has_a_thread(void **state)
{
    (void)state;
    static const int64_t extents[] = {1, 2, 31, 32, 33, 255, 256, 257, 1000, 65535, 65536, 300000};
    static const int most[] = {1024, 256, 128, 64, 32, 1};
    const int count = (int)(sizeof extents / sizeof *extents);
    for (size_t m = 0; m < sizeof most / sizeof *most; ++m) {
        for (int x = 0; x < count; ++x) {
            check_each((struct sb_shape)SB_EACH_1D(extents[x]), most[m]);
            for (int y = 0; y < count - 2; ++y) {
                check_each((struct sb_shape)SB_EACH_2D(extents[x], extents[y]), most[m]);
                check_each((struct sb_shape)SB_EACH_3D(extents[x], extents[y], 5), most[m]);
            }
        }
    }
    check_each((struct sb_shape)SB_EACH_1D(INT64_C(1) << 37), 256);
    /* blocks grow along y, where a grid of usual blocks would be too large */
    check_each((struct sb_shape)SB_EACH_2D(7, 8000000), 1024);
    check_each((struct sb_shape)SB_EACH_3D(1, 1, 4000000), 1024);
}

static void test_shape__what_no_grid_takes_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct sb_shape shape;
        int most, code;
        const char *says;
    } rows[] = {
        {SB_EACH_1D(INT64_C(1) << 50), 1024, SB_ELIMIT,
         "blocks along x, a grid has at most 2147483647"},
        {SB_EACH_2D(4, INT64_C(1) << 32), 1024, SB_ELIMIT,
         "blocks along y, a grid has at most 65535"},
        {SB_BLOCKS_2D(1, 65536, 32, 1), 1024, SB_ELIMIT, "65536 blocks along y"},
        {SB_BLOCKS_3D(1, 1, 70000, 32, 1, 1), 1024, SB_ELIMIT, "70000 blocks along z"},
        {SB_BLOCKS_1D(1, 2048), 1024, SB_EABSENT, "blocks of 2048 threads along x"},
        {SB_BLOCKS_3D(1, 1, 1, 1, 1, 65), 1024, SB_EABSENT, "blocks of 65 threads along z"},
        {SB_BLOCKS_2D(1, 1, 32, 16), 256, SB_EABSENT,
         "blocks of 512 threads, the device runs at most 256"},
        {SB_BLOCKS_1D(0, 32), 1024, SB_EINVAL, "at least 1"},
        {SB_EACH_1D(0), 1024, SB_EINVAL, "at least 1"},
        {SB_ONCE(), 1024, SB_EINVAL, "no kernel"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        unsigned grid[3], block[3];
        struct sb_error err = {0};
        const struct sb_launch_spec launch = spec(rows[i].shape);
        assert_int_equal(sb_gpu_shape(grid, block, &launch, h100, rows[i].most, &err),
                         rows[i].code);
        if (!strstr(err.text, rows[i].says)) {
            fail_msg("expected '%s' in: %s", rows[i].says, err.text);
        }
    }
}

static const struct sb_gpu_api *driver(void)
{
    const struct sb_gpu_api *api = NULL;
    struct sb_error err = {0};
    if (sb_cuda_driver(&api, &err) != 0) {
        fail_msg("the fake driver: %s", err.text);
    }
    return api;
}

static void test_errors__codes_are_sentences_of_the_right_kind(void **state)
{
    (void)state;
    static const struct {
        int number, code;
        const char *says;
    } rows[] = {
        {2, SB_ENOMEM, "memory does not suffice (CUDA_ERROR_OUT_OF_MEMORY)"},
        {46, SB_EABSENT, "the device is taken"},
        {700, SB_EDEVICE, "wrote outside all memory"},
        {719, SB_EDEVICE, "failed on the device (CUDA_ERROR_LAUNCH_FAILED)"},
        {802, SB_EABSENT, "fabric manager"},
        {12345, SB_EDEVICE, "error 12345"},
    };
    const struct sb_gpu_api *api = driver();
    struct sb_error err = {0};
    assert_int_equal(sb_gpu_check(api, 0, &err, "nothing"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        assert_int_equal(sb_gpu_check(api, rows[i].number, &err, "doing %d", 7), rows[i].code);
        assert_ptr_equal(strstr(err.text, "doing 7: "), err.text);
        if (!strstr(err.text, rows[i].says)) {
            fail_msg("expected '%s' in: %s", rows[i].says, err.text);
        }
    }
}

/* Sizes about the pinned buffers' 16 MiB, and odd ones: what goes up comes down, and no zone is touched. */
static void test_memory__copies_are_whole_and_zones_are_watched(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        4, 12, 260, 4096, (16U << 20) - 4, 16U << 20, (16U << 20) + 8, (48U << 20) + 4};
    const struct sb_backend *b = sb_backend_find("cuda");
    struct sb_exec *exec = NULL;
    struct sb_error err = {0};
    assert_int_equal(b->open(&exec, &(struct sb_exec_options){.device = 0}, &err), 0);
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); ++i) {
        unsigned char *to = malloc(sizes[i]), *from = malloc(sizes[i]);
        for (size_t k = 0; k < sizes[i]; ++k) {
            to[k] = (unsigned char)(k * 31 + k / 4096 + (size_t)i);
        }
        assert_int_equal(b->allocate(exec, i, "x", sizes[i], &err), 0);
        assert_int_equal(b->upload(exec, i, to, &err), 0);
        assert_int_equal(b->download(exec, i, from, &err), 0);
        assert_memory_equal(to, from, sizes[i]);
        assert_int_equal(b->guard(exec, &err), 0);
        free(to);
        free(from);
    }
    assert_int_equal(b->allocate(exec, 0, "again", 8, &err), SB_EINVAL);
    assert_int_equal(b->allocate(exec, SB_MAX_ARRAYS, "beyond", 8, &err), SB_EINVAL);
    /* one word behind the third array, one before the second */
    exec->array[2].data[exec->array[2].bytes + 40] ^= 1;
    assert_int_equal(b->guard(exec, &err), SB_EDEVICE);
    assert_non_null(strstr(err.text, "wrote outside array 'x': 40 bytes behind its end"));
    exec->array[2].data[exec->array[2].bytes + 40] ^= 1;
    exec->array[1].data[-8] ^= 1;
    assert_int_equal(b->guard(exec, &err), SB_EDEVICE);
    assert_non_null(strstr(err.text, "8 bytes before its start"));
    b->close(exec);
    b->close(NULL);
}

static int set_up(void **state)
{
    (void)state;
    char path[1200];
    snprintf(path, sizeof path, "%s/fakes/libfake-cuda.so", sb_fs_program_folder());
    setenv("SWITCHBENCH_CUDA_DRIVER", path, 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape__each_iteration_has_a_thread),
        cmocka_unit_test(test_shape__what_no_grid_takes_is_refused),
        cmocka_unit_test(test_errors__codes_are_sentences_of_the_right_kind),
        cmocka_unit_test(test_memory__copies_are_whole_and_zones_are_watched),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
