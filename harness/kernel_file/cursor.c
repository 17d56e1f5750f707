/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/kernel_file/cursor.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 32

void sb_cursor_skip(struct sb_cursor *c)
{
    while (*c->at == ' ' || *c->at == '\t') {
        ++c->at;
    }
}

bool sb_cursor_take(struct sb_cursor *c, const char *token)
{
    sb_cursor_skip(c);
    const size_t length = strlen(token);
    if (strncmp(c->at, token, length) != 0) {
        return false;
    }
    c->at += length;
    return true;
}

bool sb_cursor_word(struct sb_cursor *c, char *out, size_t room)
{
    sb_cursor_skip(c);
    size_t length = 0;
    while (isalnum((unsigned char)c->at[length]) || c->at[length] == '_') {
        ++length;
    }
    if (length == 0 || length >= room || isdigit((unsigned char)c->at[0])) {
        return false;
    }
    memcpy(out, c->at, length);
    out[length] = '\0';
    c->at += length;
    return true;
}

int sb_cursor_expected(const struct sb_cursor *c, const char *what, struct sb_error *err)
{
    struct sb_cursor at = *c;
    sb_cursor_skip(&at);
    return *at.at ? sb_fail(err, SB_EPARSE, "%s: '%.200s': expected %s, not '%.40s'", c->where,
                            c->text, what, at.at)
                  : sb_fail(err, SB_EPARSE, "%s: '%.200s': expected %s at the end", c->where,
                            c->text, what);
}

static int sum(int64_t *out, struct sb_cursor *c, struct sb_error *err);

static int named(int64_t *out, struct sb_cursor *c, struct sb_error *err)
{
    struct sb_cursor before = *c;
    char word[64];
    if (!sb_cursor_word(c, word, sizeof word)) {
        return sb_cursor_expected(c, "a whole number", err);
    }
    for (int i = 0; i < c->file->define_count; ++i) {
        if (strcmp(c->file->define[i].name, word) == 0) {
            *out = c->file->define[i].value;
            return 0;
        }
    }
    return sb_cursor_expected(&before, "a whole number or a macro given with -D", err);
}

static int factor(int64_t *out, struct sb_cursor *c, struct sb_error *err)
{
    sb_cursor_skip(c);
    if (++c->depth > DEPTH_MOST) {
        return sb_cursor_expected(c, "fewer brackets", err);
    }
    int code = 0;
    if (sb_cursor_take(c, "(")) {
        code = sum(out, c, err);
        code = code != 0 || sb_cursor_take(c, ")") ? code : sb_cursor_expected(c, "')'", err);
    } else if (sb_cursor_take(c, "-")) {
        code = factor(out, c, err);
        if (code == 0 && __builtin_sub_overflow((int64_t)0, *out, out)) {
            code = sb_cursor_expected(c, "a number below 2^63", err);
        }
    } else if (isdigit((unsigned char)*c->at)) {
        char *end = NULL;
        errno = 0;
        *out = strtoll(c->at, &end, 0);
        if (errno || isalnum((unsigned char)*end) || *end == '.') {
            return sb_cursor_expected(c, "a whole number", err);
        }
        c->at = end;
    } else {
        code = named(out, c, err);
    }
    --c->depth;
    return code;
}

static int product(int64_t *out, struct sb_cursor *c, struct sb_error *err)
{
    int code = factor(out, c, err);
    while (code == 0) {
        sb_cursor_skip(c);
        const char operation = *c->at;
        int64_t right = 0;
        if (operation != '*' && operation != '/' && operation != '%') {
            break;
        }
        ++c->at;
        code = factor(&right, c, err);
        const bool divides = operation != '*';
        if (code == 0 && ((divides && (right == 0 || right == -1)) ||
                          (!divides && __builtin_mul_overflow(*out, right, out)))) {
            code = sb_cursor_expected(c, "a result below 2^63", err);
        } else if (code == 0 && divides) {
            *out = operation == '/' ? *out / right : *out % right;
        }
    }
    return code;
}

static int sum(int64_t *out, struct sb_cursor *c, struct sb_error *err)
{
    int code = product(out, c, err);
    while (code == 0) {
        sb_cursor_skip(c);
        const char operation = *c->at;
        int64_t right = 0;
        if (operation != '+' && operation != '-') {
            break;
        }
        ++c->at;
        code = product(&right, c, err);
        if (code == 0 && (operation == '+' ? __builtin_add_overflow(*out, right, out)
                                           : __builtin_sub_overflow(*out, right, out))) {
            code = sb_cursor_expected(c, "a result below 2^63", err);
        }
    }
    return code;
}

int sb_cursor_integer(int64_t *out, struct sb_cursor *c, struct sb_error *err)
{
    c->depth = 0;
    return sum(out, c, err);
}

int sb_cursor_real(double *out, struct sb_cursor *c, struct sb_error *err)
{
    sb_cursor_skip(c);
    char *end = NULL;
    const bool begins = isdigit((unsigned char)*c->at) || strchr("+-.", *c->at);
    *out = begins && *c->at ? strtod(c->at, &end) : 0;
    if (!end || end == c->at || !isfinite(*out)) {
        return sb_cursor_expected(c, "a number", err);
    }
    c->at = end;
    return 0;
}
