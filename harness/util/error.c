/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character at @p at; 0: it is none (RFC 3629). */
static int character(const unsigned char *at)
{
    const int bytes = at[0] < 0x80   ? 1
                      : at[0] < 0xC2 ? 0
                      : at[0] < 0xE0 ? 2
                      : at[0] < 0xF0 ? 3
                      : at[0] < 0xF5 ? 4
                                     : 0;
    for (int i = 1; i < bytes; ++i) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    const bool bad = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) ||
                     (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F);
    return bad ? 0 : bytes;
}

/* What was cut in the middle of a character, or is in another encoding, would be no JSON: '?' for each such byte. */
void sb_text_keep_utf8(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at;) {
        const int bytes = character(at);
        if (bytes == 0) {
            *at = '?';
        }
        at += bytes ? bytes : 1;
    }
}

bool sb_text_is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at && character(at)) {
        at += character(at);
    }
    return *at == '\0';
}

int sb_fail(struct sb_error *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        sb_text_keep_utf8(err->text);
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
        sb_text_keep_utf8(err->text);
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
