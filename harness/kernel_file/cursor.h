/* SPDX-License-Identifier: Apache-2.0 */
/** Reading the words, numbers and expressions of one comment. */
#ifndef SB_KERNEL_FILE_CURSOR_H
#define SB_KERNEL_FILE_CURSOR_H

#include "harness/kernel_file/kernel_file.h"

struct sb_cursor {
    const char *at;
    const char *text;  /* the whole of it, for messages */
    const char *where; /* "x.cu:12", "--launch" */
    const struct sb_kernel_file *file;
    int depth; /* of brackets in an expression */
};

void sb_cursor_skip(struct sb_cursor *c);
/** Takes @p token (after blanks) if it is next. */
bool sb_cursor_take(struct sb_cursor *c, const char *token);
/** A C identifier; false where none is next or it does not fit. */
bool sb_cursor_word(struct sb_cursor *c, char *out, size_t room);
/** SB_EPARSE: "x.cu:12: launch 'a<<<…': expected …, not '…'". */
int sb_cursor_expected(const struct sb_cursor *c, const char *what, struct sb_error *err);
/** A whole number: literals, macros of the file, + − * / % and brackets. SB_EPARSE. */
int sb_cursor_integer(int64_t *out, struct sb_cursor *c, struct sb_error *err);
/** A decimal number. SB_EPARSE. */
int sb_cursor_real(double *out, struct sb_cursor *c, struct sb_error *err);

#endif
