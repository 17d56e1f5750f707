/* SPDX-License-Identifier: Apache-2.0 */
/** The preprocessed source of a kernel: CUDA's words become C++'s, and what the twin cannot take is said with its line. */
#ifndef SB_TWIN_REWRITE_H
#define SB_TWIN_REWRITE_H

#include "harness/util/error.h"

#define SB_DYNAMIC_MOST 16

struct sb_rewritten {
    char *text;                        /* malloc'ed; lines stay where they are */
    char dynamic[SB_DYNAMIC_MOST][64]; /* names of `extern __shared__` arrays */
    int dynamic_count;
};

/**
 * Rewrites @p text, the output of the preprocessor. Files under @p own (the twin's headers) are not judged. SB_ENOMEM;
 * SB_EABSENT "the twin does not take <construct>: <file>:<line>".
 */
int sb_rewrite(struct sb_rewritten *out, const char *text, const char *own, struct sb_error *err);

#endif
