/* SPDX-License-Identifier: Apache-2.0 */
/** Live progress on stderr: one line that is rewritten on a terminal, plain lines every few seconds elsewhere. */
#ifndef SB_CLI_PROGRESS_H
#define SB_CLI_PROGRESS_H

#include "harness/pipeline.h"

#include <stdbool.h>

struct sb_live {
    bool terminal;
    bool shown;                 /* a live line stands on the terminal */
    unsigned long long last_ns; /* when a plain line was printed */
};
/** Fills @p out with callbacks that print through @p live; both live until the pipeline ends. */
void sb_live_begin(struct sb_progress *out, struct sb_live *live);
/** Shows @p text in place of the line before; where there is no terminal, now and then. */
void sb_live_line(struct sb_live *live, const char *text);
/** Takes the live line away. */
void sb_live_end(struct sb_live *live);

#endif
