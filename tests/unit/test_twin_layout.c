/* SPDX-License-Identifier: Apache-2.0 */
/* In which order blocks are taken. A line of a graph is a block: "2: 5 3" goes to block 5 or to block 3, "4:" ends. */
#include "backends/twin/counts/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCKS_MOST 16

/* Two steps a block: its head, and the jump at its end. A block stands at 16 × its number. */
static size_t make_steps(struct sb_step *step, const char *graph)
{
    size_t count = 0;
    for (const char *at = graph; *at; at += strcspn(at, ";") + (at[strcspn(at, ";")] == ';')) {
        int block = 0;
        int to[2] = {-1, -1};
        const int ways = sscanf(at, " %d: %d %d", &block, &to[0], &to[1]) - 1;
        const uint32_t site = 16 * ((uint32_t)block + 1);
        step[count++] = (struct sb_step){.site = site, .head = true, .flow = SB_FLOW_NEXT};
        if (ways == 2) { /* a branch to the first, and a jump to the second */
            step[count++] = (struct sb_step){
                .site = site + 4, .target = 16 * ((uint32_t)to[0] + 1), .flow = SB_FLOW_BRANCH};
        }
        step[count++] = ways > 0 ? (struct sb_step){.site = site + 8,
                                                    .target = 16 * ((uint32_t)to[ways - 1] + 1),
                                                    .flow = SB_FLOW_JUMP}
                                 : (struct sb_step){.site = site + 8, .flow = SB_FLOW_END};
    }
    return count;
}

static void test_layout__blocks_come_before_those_that_lanes_meet_at(void **state)
{
    (void)state;
    static const struct {
        const char *what, *graph;
        const char *order; /* blocks, lowest rank first */
    } cases[] = {
        {"one block", "0:", "0"},
        {"if, else", "0: 2 1; 1: 3; 2: 3; 3:", "0 1 2 3"},
        {"the end stands before the sides", "0: 3 2; 1:; 2: 1; 3: 1", "0 2 3 1"},
        {"return early", "0: 2 1; 1: 2; 2:", "0 1 2"},
        {"loop", "0: 1; 1: 3 2; 2: 1; 3:", "0 1 2 3"},
        {"loop, its exit before its body", "0: 1; 1: 3 2; 2:; 3: 1", "0 1 3 2"},
        {"loop, test at its end", "0: 1; 1: 2; 2: 1 3; 3:", "0 1 2 3"},
        {"continue", "0: 1; 1: 4 2; 2: 3; 3: 4; 4: 1 5; 5:", "0 1 2 3 4 5"},
        {"continue and break", "0: 1; 1: 4 2; 2: 5 3; 3: 4; 4: 1 5; 5:", "0 1 2 3 4 5"},
        {"break, whose target stands first", "0: 2; 1:; 2: 5 3; 3: 1 4; 4: 5; 5: 2 1",
         "0 2 3 4 5 1"},
        {"loop in a loop", "0: 1; 1: 6 2; 2: 4 3; 3: 2; 4: 1; 6:", "0 1 2 3 4 6"},
        {"inner exit before inner body", "0: 1; 1: 6 2; 2: 3 4; 3: 1; 4: 2; 6:", "0 1 2 4 3 6"},
        {"never ends", "0: 1; 1: 2; 2: 1", "0 1 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_step step[3 * BLOCKS_MOST];
        uint32_t rank[BLOCKS_MOST];
        char got[64] = "";
        const size_t count = make_steps(step, cases[i].graph);
        assert_int_equal(sb_layout_ranks(rank, step, count, NULL), 0);
        for (uint32_t r = 0; r < BLOCKS_MOST; ++r) {
            uint32_t block = 0;
            for (size_t s = 0; s < count; ++s) {
                if (step[s].head) {
                    if (rank[block] == r) {
                        const size_t used = strlen(got);
                        snprintf(got + used, sizeof got - used, "%s%u", used ? " " : "",
                                 step[s].site / 16 - 1);
                    }
                    ++block;
                }
            }
        }
        if (strcmp(got, cases[i].order) != 0) {
            print_error("%s: %s\n", cases[i].what, got);
            fail();
        }
    }
}

/* A jump out of the function, and one to nowhere, end a block; the next function's blocks are none of its. */
static void test_layout__functions_are_apart(void **state)
{
    (void)state;
    const struct sb_step step[] = {
        {.site = 16, .head = true, .flow = SB_FLOW_BRANCH, .target = 80, .function = 1},
        {.site = 20, .head = true, .flow = SB_FLOW_JUMP, .target = 0, .function = 1},
        {.site = 80, .head = true, .flow = SB_FLOW_NEXT, .function = 2},
        {.site = 84, .flow = SB_FLOW_JUMP, .target = 999, .function = 2},
        {.site = 88, .head = true, .flow = SB_FLOW_NEXT, .function = 2},
    };
    uint32_t rank[4];
    assert_int_equal(sb_layout_ranks(rank, step, 5, NULL), 0);
    assert_true(rank[0] < rank[1]);
    assert_true(rank[2] != rank[3]);
    assert_int_equal(sb_layout_ranks(rank, step, 0, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout__blocks_come_before_those_that_lanes_meet_at),
        cmocka_unit_test(test_layout__functions_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
