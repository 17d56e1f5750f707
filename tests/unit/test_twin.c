/* SPDX-License-Identifier: Apache-2.0 */
/* The twin's parts by themselves: what is rewritten, which orders are drawn, what fences order, fibers. The corpus
 * (tests/twin) holds the whole. */
#include "backends/twin/fiber.h"
#include "backends/twin/order.h"
#include "backends/twin/rewrite.h"
#include "backends/twin/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Of the file, not of a function. */
#define FILE_SHARED "static __attribute__((section(\"sb_shared\"), aligned(4096), used))"

static void test_rewrite__shared_memory_becomes_static(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out, *dynamic;
    } cases[] = {
        {"void k() { sb_mark_shared double s[4]; }",
         "void k() { static __attribute__((used)) double s[4]; }", NULL},
        {"sb_mark_shared int y;", FILE_SHARED " int y;", NULL},
        {"namespace n { extern \"C\" { sb_mark_shared int y; } }",
         "namespace n { extern \"C\" { " FILE_SHARED " int y; } }", NULL},
        {"extern \"C\" void k() { sb_mark_shared int y; }",
         "extern \"C\" void k() { static __attribute__((used)) int y; }", NULL},
        {"void f() { __builtin_memset(p, 0, 9); }", "void f() { memset(p, 0, 9); }", NULL},
        {"extern sb_mark_shared float d[];", "extern  float d[];", "d"},
        {"sb_mark_shared extern float late[];", " extern float late[];", "late"},
        {"extern sb_mark_shared __attribute__((aligned(16))) char raw[];",
         "extern  __attribute__((aligned(16))) char raw[];", "raw"},
        {"sb_mark_extern_shared int e[];", "extern int e[];", "e"},
        {"extern int x; sb_mark_shared int y;", "extern int x; " FILE_SHARED " int y;", NULL},
        {"char c = '\"'; sb_mark_shared int y;", "char c = '\"'; " FILE_SHARED " int y;", NULL},
        {"int big = 1'000'000; sb_mark_shared int y;",
         "int big = 1'000'000; " FILE_SHARED " int y;", NULL},
        {"const char *t = \"sb_mark_shared <<<\";", "const char *t = \"sb_mark_shared <<<\";",
         NULL},
        {"sb_mark_global void k(int a)\n{\n}", " void k(int a)\n{\n}", NULL},
        {"sb_mark_global void sb_mark_bounds(B * 2) k(int a) { f(); }",
         " void  k(int a) { sb_twin_bounds(B * 2); f(); }", NULL},
        {"sb_mark_global void sb_mark_bounds(128) k(int a); int z() { }",
         " void  k(int a); int z() { }", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_rewritten out;
        struct sb_error err;
        assert_int_equal(sb_rewrite(&out, cases[i].in, "/twin", &err), 0);
        assert_string_equal(out.text, cases[i].out);
        assert_int_equal(out.dynamic_count, cases[i].dynamic != NULL);
        if (cases[i].dynamic) {
            assert_string_equal(out.dynamic[0], cases[i].dynamic);
        }
        free(out.text);
    }
}

static void test_rewrite__names_the_construct_and_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *in, *told;
    } cases[] = {
        {"# 1 \"/k/a.cu\"\nint x;\nvoid f() {\n  asm(\"nop\");\n}\n",
         "the twin does not take inline assembly ('asm'): /k/a.cu:3"},
        {"# 10 \"/k/a.cu\"\nk<<<1, 2>>>(p);\n",
         "the twin does not take host code ('<<<'), only kernels: /k/a.cu:10"},
        {"# 1 \"/twin/cuda.h\" 1\nasm(\"\");\n# 7 \"/k/a.cu\" 2\n\ntex2D(t, x, y);\n",
         "the twin does not take textures ('tex2D'): /k/a.cu:8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_rewritten out;
        struct sb_error err;
        assert_int_equal(sb_rewrite(&out, cases[i].in, "/twin", &err), SB_EABSENT);
        assert_string_equal(err.text, cases[i].told);
        assert_null(out.text);
    }
}

static void test_draw__every_block_and_thread_once(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 30, 97, 1000, 4096};
    for (int number = 0; number < sb_twin_draws(0); ++number) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
            struct sb_twin_schedule *s = calloc(1, sizeof *s);
            sb_twin_draw(s, number, 0);
            s->blocks = counts[c];
            s->threads = (int)(counts[c] % 1024) + 1;
            unsigned char *seen = calloc(counts[c], 1);
            for (uint32_t i = 0; i < counts[c]; ++i) {
                const uint32_t block = sb_twin_draw_block(s, i);
                assert_true(block < counts[c] && !seen[block]);
                seen[block] = 1;
            }
            free(seen);
            sb_twin_draw_turns(s);
            unsigned char turns[1024] = {0};
            for (int t = 0; t < s->threads; ++t) {
                assert_true(s->turn[t] < s->threads && !turns[s->turn[t]]);
                turns[s->turn[t]] = 1;
            }
            free(s);
        }
    }
}

static void test_draw__one_warp_size_where_asked(void **state)
{
    (void)state;
    struct sb_twin_schedule *s = calloc(1, sizeof *s);
    for (int number = 0; number < 8; ++number) {
        sb_twin_draw(s, number, 64);
        assert_int_equal(s->warp_size, 64);
    }
    sb_twin_draw(s, 0, 0);
    assert_int_equal(s->warp_size, 32);
    free(s);
}

/* Threads 0 and 1 of blocks of 16 (tid_bits 4); an access of block 0 in epoch 10, the fence at 11, block barrier at 5. */
#define BITS 4
#define TID(block, thread) ((uint32_t)(block) << BITS | (uint32_t)(thread))

static void test_order__a_fence_and_an_atomic_release(void **state)
{
    (void)state;
    struct sb_twin_order order = {0};
    struct sb_order_thread writer = {0}, reader = {0};
    struct sb_order_known none = {0};
    sb_order_atomic(&order, &writer, &none, 0x1000, TID(0, 0), 5,
                    false); /* no fence yet: releases nothing */
    sb_order_atomic(&order, &reader, &none, 0x1000, TID(1, 0), 5, false);
    assert_false(sb_order_before(&order, &reader, &none, TID(0, 0), BITS, 10));
    writer.fenced = 11;
    sb_order_atomic(&order, &writer, &none, 0x1000, TID(0, 0), 5, false);
    assert_false(sb_order_before(&order, &reader, &none, TID(0, 0), BITS,
                                 10)); /* acquired before the release */
    sb_order_atomic(&order, &reader, &none, 0x1000, TID(1, 0), 5, false);
    assert_true(sb_order_before(&order, &reader, &none, TID(0, 0), BITS, 10));
    assert_false(
        sb_order_before(&order, &reader, &none, TID(0, 0), BITS, 11)); /* written after the fence */
    assert_true(sb_order_before(&order, &reader, &none, TID(0, 1), BITS,
                                4)); /* its block, before the barrier */
    assert_false(sb_order_before(&order, &reader, &none, TID(0, 1), BITS, 6));
    assert_false(sb_order_before(&order, &reader, &none, TID(2, 0), BITS, 4));
    free(reader.known.item);
    free(writer.known.item);
    sb_order_free(&order);
}

static void test_order__passes_on_what_was_acquired(void **state)
{
    (void)state;
    struct sb_twin_order order = {0};
    struct sb_order_thread t[3] = {{0}};
    struct sb_order_known none = {0}, block = {0};
    t[0].fenced = 11;
    sb_order_atomic(&order, &t[0], &none, 0x1000, TID(0, 0), 5, false);
    sb_order_atomic(&order, &t[1], &none, 0x1000, TID(1, 0), 12, false);
    sb_order_share(&block, &t[1]); /* a barrier of block 1: thread 1 knows, too */
    assert_true(sb_order_before(&order, &t[2], &block, TID(0, 0), BITS, 10));
    t[1].fenced = 20;
    sb_order_atomic(&order, &t[1], &block, 0x2000, TID(1, 0), 15, false);
    sb_order_atomic(&order, &t[2], &none, 0x2000, TID(2, 0), 15, false);
    assert_true(sb_order_before(&order, &t[2], &none, TID(0, 0), BITS, 10)); /* through block 1 */
    sb_order_reset(&order);
    t[2].known.count = 0;
    assert_false(sb_order_before(&order, &t[2], &none, TID(0, 0), BITS, 10));
    for (int i = 0; i < 3; ++i) {
        free(t[i].known.item);
    }
    free(block.item);
    sb_order_free(&order);
}

static void *home, *away;
static int steps;

static void count_steps(void)
{
    for (;;) {
        double kept = 0.5 * steps; /* lives across the switch */
        ++steps;
        sb_fiber_switch(&away, home);
        steps += kept == 0.5 * (steps - 1) ? 100 : 0;
    }
}

static void test_fiber__switches_there_and_back(void **state)
{
    (void)state;
    struct sb_fiber_stacks stacks;
    struct sb_error err;
    assert_int_equal(sb_fiber_stacks_open(&stacks, 3, &err), 0);
    steps = 0;
    away = sb_fiber_prepare(&stacks, 2, count_steps);
    for (int i = 0; i < 3; ++i) {
        sb_fiber_switch(&home, away);
    }
    assert_int_equal(steps, 203);
    sb_fiber_stacks_close(&stacks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rewrite__shared_memory_becomes_static),
        cmocka_unit_test(test_rewrite__names_the_construct_and_its_line),
        cmocka_unit_test(test_draw__every_block_and_thread_once),
        cmocka_unit_test(test_draw__one_warp_size_where_asked),
        cmocka_unit_test(test_order__a_fence_and_an_atomic_release),
        cmocka_unit_test(test_order__passes_on_what_was_acquired),
        cmocka_unit_test(test_fiber__switches_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
