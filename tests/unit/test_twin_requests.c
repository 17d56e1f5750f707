/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/footprint.h"
#include "backends/twin/counts/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BASE UINT64_C(0x7f0000010000) /* on a page, as arrays are */
#define WARP UINT64_C(0xffffffff)
#define WAVE (~UINT64_C(0))

/* Lane i accesses BASE + offset + stride_bytes · i. */
static struct sb_request strided(uint64_t mask, uint32_t bytes, int64_t stride_bytes,
                                 int64_t offset)
{
    struct sb_request request = {.mask = mask, .bytes = bytes};
    for (int i = 0; i < SB_LANES_MOST; ++i) {
        request.address[i] = BASE + (uint64_t)(offset + stride_bytes * i);
    }
    return request;
}

static void test_requests__sectors_of_known_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t mask;
        uint32_t bytes;
        int64_t stride, offset;
        uint32_t sectors, halves, lines;
    } cases[] = {
        {"no lane", 0, 4, 4, 0, 0, 0, 0},
        {"one lane", 1, 4, 4, 0, 1, 1, 1},
        {"one lane across two lines", 1, 8, 8, 124, 2, 2, 2},
        {"broadcast", WARP, 4, 0, 0, 1, 1, 1},
        {"bytes in a row", WARP, 1, 1, 0, 1, 1, 1},
        {"halves in a row", WARP, 2, 2, 0, 2, 1, 1},
        {"float in a row", WARP, 4, 4, 0, 4, 2, 1},
        {"float in a row, backwards", WARP, 4, -4, 124, 4, 2, 1},
        {"float in a row, off by one element", WARP, 4, 4, 4, 5, 3, 2},
        {"float in a row, off by a sector", WARP, 4, 4, 32, 4, 3, 2},
        {"every second lane", UINT64_C(0x55555555), 4, 4, 0, 4, 2, 1},
        {"float, stride 2", WARP, 4, 8, 0, 8, 4, 2},
        {"float, stride 8", WARP, 4, 32, 0, 32, 16, 8},
        {"float, stride 32", WARP, 4, 128, 0, 32, 32, 32},
        {"double in a row", WARP, 8, 8, 0, 8, 4, 2},
        {"double, off by one element", WARP, 8, 8, 8, 9, 5, 3},
        {"double, stride 2", WARP, 8, 16, 0, 16, 8, 4},
        {"float4 in a row", WARP, 16, 16, 0, 16, 8, 4},
        {"float4, unaligned", WARP, 16, 16, 24, 17, 9, 5},
        {"wave of 64, float in a row", WAVE, 4, 4, 0, 8, 4, 2},
        {"wave of 64, double, stride 32", WAVE, 8, 256, 0, 64, 64, 64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct sb_request request =
            strided(cases[i].mask, cases[i].bytes, cases[i].stride, cases[i].offset);
        const struct sb_coalescing got = sb_request_coalescing(&request);
        if (got.sectors != cases[i].sectors || got.halves != cases[i].halves ||
            got.lines != cases[i].lines) {
            print_error("%s: %u %u %u\n", cases[i].what, got.sectors, got.halves, got.lines);
            fail();
        }
    }
}

/* A permutation of a row costs what the row costs; rows far apart what each costs. */
static void test_requests__order_of_lanes_does_not_matter(void **state)
{
    (void)state;
    struct sb_request request = {.mask = WARP, .bytes = 4};
    for (uint64_t i = 0; i < 32; ++i) {
        request.address[i] = BASE + 4 * (i * 13 % 32);
    }
    assert_int_equal(sb_request_coalescing(&request).sectors, 4);
    assert_int_equal(sb_request_banks(&request).wavefronts, 1);
    for (uint64_t i = 0; i < 32; ++i) { /* a tile of 8 × 4: four rows of 32 bytes */
        request.address[i] = BASE + 4096 * (i / 8) + 4 * (i % 8);
    }
    assert_int_equal(sb_request_coalescing(&request).sectors, 4);
    assert_int_equal(sb_request_coalescing(&request).lines, 4);
}

static void test_requests__banks_of_known_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t mask;
        uint32_t bytes;
        int64_t stride, offset;
        uint32_t wavefronts, phases;
    } cases[] = {
        {"no lane", 0, 4, 4, 0, 0, 0},
        {"broadcast", WARP, 4, 0, 0, 1, 1},
        {"four lanes in one word", WARP, 1, 1, 0, 1, 1},
        {"float in a row", WARP, 4, 4, 0, 1, 1},
        {"float in a row, off by one element", WARP, 4, 4, 4, 1, 1},
        {"float, stride 2", WARP, 4, 8, 0, 2, 1},
        {"float, stride 3", WARP, 4, 12, 0, 1, 1},
        {"float, stride 4", WARP, 4, 16, 0, 4, 1},
        {"column of a 32 × 32 tile", WARP, 4, 128, 0, 32, 1},
        {"column of a 32 × 33 tile", WARP, 4, 132, 0, 1, 1},
        {"half a column", UINT64_C(0xffff), 4, 128, 0, 16, 1},
        {"double in a row", WARP, 8, 8, 0, 2, 2},
        {"double, stride 2", WARP, 8, 16, 0, 4, 2},
        {"column of doubles, 32 × 32", WARP, 8, 256, 0, 32, 2},
        {"column of doubles, 32 × 33", WARP, 8, 264, 0, 2, 2},
        {"double, broadcast", WARP, 8, 0, 0, 1, 1},
        {"double, two lanes each", WARP & UINT64_C(0x55555555), 8, 8, 0, 2, 2},
        {"wave of 64, broadcast", WAVE, 4, 0, 0, 1, 1},
        {"float4 in a row", WARP, 16, 16, 0, 4, 4},
        {"float4, stride 2", WARP, 16, 32, 0, 8, 4},
        {"upper half only, double", UINT64_C(0xffff0000), 8, 8, 0, 1, 1},
        {"wave of 64, float in a row", WAVE, 4, 4, 0, 2, 2},
        {"wave of 64, column of 64 × 64", WAVE, 4, 256, 0, 64, 2},
        {"wave of 64, double in a row", WAVE, 8, 8, 0, 4, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct sb_request request =
            strided(cases[i].mask, cases[i].bytes, cases[i].stride, cases[i].offset);
        const struct sb_banks got = sb_request_banks(&request);
        if (got.wavefronts != cases[i].wavefronts || got.phases != cases[i].phases) {
            print_error("%s: %u %u\n", cases[i].what, got.wavefronts, got.phases);
            fail();
        }
    }
}

static void test_requests__least_bytes_hold_for_merged_accesses(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t mask;
        uint32_t bytes;
        int64_t stride;
        uint32_t words, global, shared;
    } cases[] = {
        {"no lane", 0, 4, 4, 0, 0, 0},
        {"broadcast", WARP, 4, 0, 1, 8, 32},
        {"float in a row", WARP, 4, 4, 32, 128, 128},
        {"float of float4s: four such are one of sixteen bytes", WARP, 4, 16, 32, 128, 128},
        {"float, stride 32", WARP, 4, 128, 32, 256, 1024},
        {"double in a row", WARP, 8, 8, 64, 256, 256},
        {"double, column of 32", WARP, 8, 256, 64, 512, 2048},
        {"float4 in a row", WARP, 16, 16, 128, 512, 512},
        {"bytes in a row", WARP, 1, 1, 8, 32, 32},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct sb_request r = strided(cases[i].mask, cases[i].bytes, cases[i].stride, 0);
        const uint32_t words = sb_request_words(&r);
        const uint32_t global = sb_request_least_bytes(&r, 32 * sb_request_coalescing(&r).sectors);
        const uint32_t shared = sb_request_least_bytes(&r, 128 * sb_request_banks(&r).wavefronts);
        if (words != cases[i].words || global != cases[i].global || shared != cases[i].shared) {
            print_error("%s: %u %u %u\n", cases[i].what, words, global, shared);
            fail();
        }
    }
}

static void test_requests__repeats_are_lanes_on_one_address(void **state)
{
    (void)state;
    struct sb_request request = strided(WARP, 4, 0, 0);
    assert_int_equal(sb_request_repeats(&request), 32);
    request = strided(WARP, 4, 4, 0);
    assert_int_equal(sb_request_repeats(&request), 1);
    for (uint64_t i = 0; i < 32; ++i) {
        request.address[i] = BASE + 4 * (i % 3);
    }
    assert_int_equal(sb_request_repeats(&request), 11);
    request.mask = 0;
    assert_int_equal(sb_request_repeats(&request), 0);
    assert_int_equal(sb_request_lanes(&request), 0);
}

static void test_requests__distinct_bytes_by_first_access(void **state)
{
    (void)state;
    struct sb_footprint footprint;
    double read = 0;
    double written = 0;
    assert_int_equal(sb_footprint_init(&footprint, BASE, 4096, NULL), 0);
    sb_footprint_touch(&footprint, BASE, 8, true, false);
    sb_footprint_touch(&footprint, BASE, 8, true, false);        /* again */
    sb_footprint_touch(&footprint, BASE + 4, 8, true, false);    /* overlaps */
    sb_footprint_touch(&footprint, BASE + 60, 16, true, false);  /* two words */
    sb_footprint_touch(&footprint, BASE + 128, 64, true, false); /* a whole one */
    sb_footprint_take(&footprint, &read, &written);
    assert_true(read == 12 + 16 + 64 && written == 0);
    sb_footprint_touch(&footprint, BASE, 8, false, true);
    sb_footprint_touch(&footprint, BASE, 8, true, false);    /* of its own */
    sb_footprint_touch(&footprint, BASE + 8, 8, true, true); /* atomic */
    sb_footprint_touch(&footprint, BASE + 16, 4, true, false);
    sb_footprint_touch(&footprint, BASE + 16, 4, false, true);   /* in place */
    sb_footprint_touch(&footprint, BASE + 4092, 8, false, true); /* beyond the end: not counted */
    read = written = 0;
    sb_footprint_take(&footprint, &read, &written);
    assert_true(read == 12 && written == 24);
    sb_footprint_free(&footprint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests__sectors_of_known_patterns),
        cmocka_unit_test(test_requests__order_of_lanes_does_not_matter),
        cmocka_unit_test(test_requests__banks_of_known_patterns),
        cmocka_unit_test(test_requests__least_bytes_hold_for_merged_accesses),
        cmocka_unit_test(test_requests__repeats_are_lanes_on_one_address),
        cmocka_unit_test(test_requests__distinct_bytes_by_first_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
