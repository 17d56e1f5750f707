/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sb_fail(struct sb_error *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
    }
    return code;
}

int sb_fail_in(struct sb_error *err, int code, const char *fmt, ...)
{
    if (err) {
        char told[sizeof err->text];
        memcpy(told, err->text, sizeof told);
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        const int used = vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        if (used >= 0 && (size_t)used < sizeof err->text) {
            snprintf(err->text + used, sizeof err->text - (size_t)used, ": %s", told);
        }
    }
    return code;
}

const char *sb_code_text(int code)
{
    switch (code) {
    case SB_OK:
        return "no error";
#define X(name, value, text)                                                                       \
    case name:                                                                                     \
        return text;
        SB_ERROR_MAP(X)
#undef X
    default:
        return "unknown error";
    }
}
