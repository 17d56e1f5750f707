/* SPDX-License-Identifier: Apache-2.0 */
/** Tells a tool that this process runs under where what it is to count begins and ends. Without such a tool, nothing. */
#ifndef SB_MARK_H
#define SB_MARK_H

#include <stdbool.h>

/** Whether this program was built with valgrind's headers, and can be run under it: no sanitizer is in it. */
extern const bool sb_mark_valgrind;
/** From here on caches and branches are simulated; nothing is counted yet. Call it before a warm repetition. */
void sb_mark_warm(void);
/** The counted region, of all threads of this process. */
void sb_mark_begin(void);
void sb_mark_end(void);

#endif
