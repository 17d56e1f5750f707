/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/mark.h"

#if defined(__has_include) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define SB_WITH_VALGRIND 1
#endif
#endif

#ifdef SB_WITH_VALGRIND
const bool sb_mark_valgrind = true;

void sb_mark_warm(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

/* Not by switching collection on, which callgrind does for the calling thread alone. */
void sb_mark_begin(void)
{
    CALLGRIND_ZERO_STATS;
}

void sb_mark_end(void)
{
    CALLGRIND_DUMP_STATS_AT("region");
    CALLGRIND_STOP_INSTRUMENTATION;
}
#else
const bool sb_mark_valgrind = false;

void sb_mark_warm(void)
{
}
void sb_mark_begin(void)
{
}
void sb_mark_end(void)
{
}
#endif
