/* SPDX-License-Identifier: Apache-2.0 */
#include "results/metrics/formula.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 50

struct reader {
    const char *text, *at;
    sb_name_value value;
    void *payload;
    struct sb_error *err;
    int code, depth;
};

static double sum(struct reader *r);

static double fail(struct reader *r, int code, const char *what)
{
    if (r->code == 0) {
        r->code = sb_fail(r->err, code, "formula '%s', character %d: %s", r->text,
                          (int)(r->at - r->text) + 1, what);
    }
    return NAN;
}

static void skip_space(struct reader *r)
{
    r->at += strspn(r->at, " \t\n");
}

static bool take(struct reader *r, char c)
{
    skip_space(r);
    if (*r->at != c) {
        return false;
    }
    ++r->at;
    return true;
}

static double name_value(struct reader *r, enum sb_name_kind kind, const char *name, size_t length)
{
    double value = NAN;
    if (length == 0) {
        return fail(r, SB_EPARSE, "expected a name");
    }
    if (r->code == 0 && !r->value(&value, kind, name, length, r->payload)) {
        r->code = sb_fail(r->err, SB_ENOTFOUND, "there is no value of %.*s", (int)length, name);
    }
    return value;
}

static double bracketed(struct reader *r, enum sb_name_kind kind, char end)
{
    const char *name = r->at;
    const char *last = strchr(name, end);
    if (!last) {
        return fail(r, SB_EPARSE, end == ']' ? "expected ']'" : "expected '>'");
    }
    r->at = last + 1;
    return name_value(r, kind, name, (size_t)(last - name));
}

static double call(struct reader *r, bool most)
{
    const double a = sum(r);
    if (!take(r, ',')) {
        return fail(r, SB_EPARSE, "expected ','");
    }
    const double b = sum(r);
    if (!take(r, ')')) {
        return fail(r, SB_EPARSE, "expected ')'");
    }
    return most ? fmax(a, b) : fmin(a, b);
}

static double word(struct reader *r)
{
    const char *name = r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_') {
        ++r->at;
    }
    const size_t length = (size_t)(r->at - name);
    if (length == 3 && (strncmp(name, "max", 3) == 0 || strncmp(name, "min", 3) == 0) &&
        take(r, '(')) {
        return call(r, name[1] == 'a');
    }
    if (length == 4 && strncmp(name, "idle", 4) == 0 && take(r, '[')) {
        return bracketed(r, SB_NAME_IDLE, ']');
    }
    if (length == 4 && strncmp(name, "wall", 4) == 0 && take(r, '[')) {
        return bracketed(r, SB_NAME_WALL, ']');
    }
    return name_value(r, SB_NAME_WORD, name, length);
}

static double number(struct reader *r)
{
    char *end = NULL;
    const double value = strtod(r->at, &end);
    if (end == r->at) {
        return fail(r, SB_EPARSE, "expected a number or a name");
    }
    r->at = end;
    return value;
}

static double factor(struct reader *r)
{
    if (++r->depth > DEPTH_MOST) {
        return fail(r, SB_EPARSE, "too deep");
    }
    double value = 0;
    if (take(r, '-')) {
        value = -factor(r);
    } else if (take(r, '(')) {
        value = sum(r);
        value = take(r, ')') ? value : fail(r, SB_EPARSE, "expected ')'");
    } else if (take(r, '[')) {
        value = bracketed(r, SB_NAME_EVENT, ']');
    } else if (take(r, '<')) {
        value = bracketed(r, SB_NAME_METRIC, '>');
    } else if (isalpha((unsigned char)*r->at)) {
        value = word(r);
    } else {
        value = number(r);
    }
    --r->depth;
    return value;
}

static double product(struct reader *r)
{
    double value = factor(r);
    while (r->code == 0) {
        if (take(r, '*')) {
            value *= factor(r);
        } else if (take(r, '/')) {
            value /= factor(r);
        } else {
            break;
        }
    }
    return value;
}

static double sum(struct reader *r)
{
    double value = product(r);
    while (r->code == 0) {
        if (take(r, '+')) {
            value += product(r);
        } else if (take(r, '-')) {
            value -= product(r);
        } else {
            break;
        }
    }
    return value;
}

static double read_all(struct reader *r)
{
    const double value = sum(r);
    skip_space(r);
    return *r->at ? fail(r, SB_EPARSE, "expected an operator, or the end") : value;
}

int sb_formula_value(double *out, const char *text, sb_name_value value, void *payload,
                     struct sb_error *err)
{
    struct reader r = {.text = text, .at = text, .value = value, .payload = payload, .err = err};
    *out = read_all(&r);
    if (r.code == 0 && !isfinite(*out)) {
        r.code = sb_fail(err, SB_EINVAL, "'%s' has no finite value", text);
    }
    return r.code;
}

struct names {
    int (*each)(enum sb_name_kind kind, const char *name, size_t length, void *payload);
    void *payload;
    int code;
};

static bool tell_name(double *out, enum sb_name_kind kind, const char *name, size_t length,
                      void *payload)
{
    struct names *names = payload;
    *out = 1;
    names->code = names->code ? names->code : names->each(kind, name, length, names->payload);
    return true;
}

int sb_formula_names(const char *text,
                     int (*each)(enum sb_name_kind kind, const char *name, size_t length,
                                 void *payload),
                     void *payload, struct sb_error *err)
{
    struct names names = {.each = each, .payload = payload};
    struct reader r = {.text = text, .at = text, .value = tell_name, .payload = &names, .err = err};
    (void)read_all(&r);
    return r.code != 0 ? r.code : names.code;
}
