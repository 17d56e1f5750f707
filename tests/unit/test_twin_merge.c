/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes put together again: logs written by hand, as a kernel of the shape beside them would leave. */
#include "backends/twin/counts/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LANES 4
#define EVENTS 64
#define BASE UINT64_C(0x10000)

static struct sb_event events[LANES][EVENTS];
static struct sb_lane lanes[LANES];
static char seen[2048]; /* what the warp did: "B10:f R12:f/4 D10 …" */

static void begin(void)
{
    memset(lanes, 0, sizeof lanes);
    for (int i = 0; i < LANES; ++i) {
        lanes[i].depth = 1; /* in the kernel */
    }
    seen[0] = '\0';
}

static void add(int lane, unsigned kind, uint32_t site, uint64_t address, uint16_t bytes)
{
    struct sb_lane *l = &lanes[lane];
    if (!l->next) {
        l->next = l->end = events[lane];
    }
    struct sb_event *e = &events[lane][l->end - events[lane]];
    *e = (struct sb_event){.address = address, .site = site, .bytes = bytes, .kind = (uint8_t)kind};
    l->end++;
}

static void block(int lane, uint32_t site)
{
    add(lane, SB_EVENT_BLOCK, site, 0, 0);
}

static void load(int lane, uint32_t site)
{
    add(lane, 0, site, BASE + 4U * (unsigned)lane, 4);
}

static void told(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void told(const char *format, ...)
{
    const size_t used = strlen(seen);
    va_list args;
    va_start(args, format);
    vsnprintf(seen + used, sizeof seen - used, format, args);
    va_end(args);
}

static void on_block(void *payload, uint32_t site, uint64_t mask)
{
    (void)payload;
    told("B%u:%llx ", site, (unsigned long long)mask);
}

static void on_divergence(void *payload, uint32_t site)
{
    (void)payload;
    told("D%u ", site);
}

static void on_access(void *payload, uint32_t site, unsigned kind, const struct sb_request *request)
{
    (void)payload;
    told("%c%u:%llx/%u@%llu ", kind & SB_EVENT_SHARED ? 'S' : "RWAVX"[kind & 7], site,
         (unsigned long long)request -> mask, request -> bytes,
         (unsigned long long)(request->address[__builtin_ctzll(request->mask)] - BASE));
}

static const struct sb_warp_sink sink = {NULL, on_block, on_divergence, on_access};

static void replay(const char *expected)
{
    static const struct sb_ranks by_site = {NULL, 0};
    sb_warp_replay(lanes, LANES, &by_site, &sink);
    assert_string_equal(seen, expected);
    for (int i = 0; i < LANES; ++i) {
        assert_ptr_equal(lanes[i].next, lanes[i].end);
        lanes[i].next = lanes[i].end = NULL;
    }
    seen[0] = '\0';
}

/* a[i] … */
static void test_merge__straight_code_is_one_request(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES; ++i) {
        block(i, 10);
        load(i, 12);
        add(i, 1 | SB_EVENT_SHARED, 14, BASE + 8U * (unsigned)i, 8);
    }
    replay("B10:f R12:f/4@0 S14:f/8@0 ");
}

/* if (i < 2) a[i]; else b[i]; c[i]; */
static void test_merge__both_sides_of_a_branch_come_together(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES; ++i) {
        block(i, 10);
        block(i, i < 2 ? 20 : 30);
        load(i, i < 2 ? 22U : 32U);
        block(i, 40);
        load(i, 42);
    }
    replay("B10:f D10 B20:3 R22:3/4@0 B30:c R32:c/4@8 B40:f R42:f/4@0 ");
}

/* for (k = 0; k < i; ++k) a[…]; b[i]; with the access in an if that only odd passes take: no k-th of one is another's */
static void test_merge__loops_of_different_length(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES; ++i) {
        block(i, 10);
        for (int k = 0; k < i; ++k) {
            block(i, 20);
            if ((k + i) % 2 == 1) {
                block(i, 30);
                load(i, 32);
            }
            block(i, 40);
        }
        block(i, 50);
        load(i, 52);
    }
    replay("B10:f D10 B20:e D20 B30:a R32:a/4@4 B40:e D40 B20:c D20 B30:4 R32:4/4@8 B40:c D40 "
           "B20:8 B30:8 R32:8/4@12 B40:8 B50:f R52:f/4@0 ");
}

/* f(i) called by lanes 1 and 2 only, from within a block that goes on after it. */
static void test_merge__calls_return_into_their_block(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES; ++i) {
        add(i, SB_EVENT_ENTER, 5, 0, 0);
        block(i, 100);
        if (i == 1 || i == 2) {
            block(i, 110);
            load(i, 112);
            add(i, SB_EVENT_ENTER, 115, 0, 0);
            block(i, 20);
            load(i, 22);
            add(i, SB_EVENT_LEAVE, 0, 0, 0);
            load(i, 118);
        }
        block(i, 120);
        add(i, SB_EVENT_LEAVE, 0, 0, 0);
    }
    replay("B100:f D100 B110:6 R112:6/4@4 B20:6 R22:6/4@4 R118:6/4@4 B120:f ");
}

/* a[i]; barrier; b[i]: the block goes on in the next interval, here for the lanes that are left. */
static void test_merge__a_block_goes_on_after_a_barrier(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES; ++i) {
        block(i, 10);
        load(i, 12);
    }
    replay("B10:f R12:f/4@0 ");
    for (int i = 0; i < LANES - 1; ++i) {
        load(i, 16);
        block(i, 20);
    }
    replay("R16:7/4@0 B20:7 ");
}

static void test_merge__copies_of_structures_are_taken_apart(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES; ++i) {
        block(i, 10);
        add(i, 0 | SB_EVENT_RANGE, 12, BASE + 12U * (unsigned)i, 12);
        add(i, 0 | SB_EVENT_RANGE, 14, BASE + 24U * (unsigned)i, 24);
    }
    replay("B10:f R12:f/4@0 R12:f/4@4 R12:f/4@8 R14:f/8@0 R14:f/8@8 R14:f/8@16 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge__straight_code_is_one_request),
        cmocka_unit_test(test_merge__both_sides_of_a_branch_come_together),
        cmocka_unit_test(test_merge__loops_of_different_length),
        cmocka_unit_test(test_merge__calls_return_into_their_block),
        cmocka_unit_test(test_merge__a_block_goes_on_after_a_barrier),
        cmocka_unit_test(test_merge__copies_of_structures_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
