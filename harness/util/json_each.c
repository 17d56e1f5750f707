/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/json_each.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 1000

struct span {
    const char *from, *to;
};

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        ++at;
    }
    return at;
}

/* Behind the string that begins at @p at; NULL where it does not end. */
static const char *skip_string(const char *at, const char *end)
{
    for (++at; at < end; ++at) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote) {
            return NULL;
        }
        size_t slashes = 0;
        while (quote - slashes > at && *(quote - slashes - 1) == '\\') {
            ++slashes;
        }
        at = quote;
        if (slashes % 2 == 0) {
            return quote + 1;
        }
    }
    return NULL;
}

/* Behind the value that begins at @p at, by its brackets and strings alone. */
static const char *skip_value(const char *at, const char *end)
{
    int depth = 0;
    while (at && at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
        } else if (*at == '{' || *at == '[') {
            ++depth;
            ++at;
            if (depth > DEPTH_MOST) {
                return NULL;
            }
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) {
                return at;
            }
            --depth;
            ++at;
        } else if (depth == 0 && (*at == ',' || *at == ' ' || *at == '\n' || *at == '\r')) {
            return at;
        } else {
            ++at;
            continue; /* of a number or a word */
        }
        if (depth == 0) {
            return at;
        }
    }
    return at;
}

/* The array at the key; what is no object, or lacks it, leaves *out empty, and is parsed whole. */
static bool find_array(struct span *out, const char *text, const char *end, const char *key)
{
    const size_t length = strlen(key);
    const char *at = skip_blank(text, end);
    if (at == end || *at++ != '{') {
        return false;
    }
    for (;;) {
        at = skip_blank(at, end);
        const char *name = at;
        if (at == end || *at != '"' || !(at = skip_string(at, end))) {
            return false;
        }
        const bool found = (size_t)(at - name) == length + 2 && memcmp(name + 1, key, length) == 0;
        at = skip_blank(at, end);
        if (at == end || *at++ != ':') {
            return false;
        }
        at = skip_blank(at, end);
        if (found && at < end && *at == '[') {
            out->from = at;
            return true;
        }
        at = skip_value(at, end);
        at = at ? skip_blank(at, end) : NULL;
        if (!at || at == end || *at++ != ',') {
            return false;
        }
    }
}

static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; ++text) {
        line += *text == '\n';
    }
    return line;
}

/* The head is what stands around the array. */
static int parse_head(json_t **out, const char *text, const struct span *array, const char *end,
                      struct sb_error *err)
{
    json_error_t fault;
    const size_t before = (size_t)(array->from - text);
    const size_t after = (size_t)(end - array->to);
    char *rest = malloc(before + after + 3);
    if (!rest) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    memcpy(rest, text, before);
    memcpy(rest + before, "[]", 2);
    memcpy(rest + before + 2, array->to, after);
    *out = json_loadb(rest, before + after + 2, JSON_REJECT_DUPLICATES, &fault);
    free(rest);
    return *out ? 0 : sb_fail(err, SB_EPARSE, "line %d: %s", fault.line, fault.text);
}

int sb_json_each(json_t **out_head, const char *text, size_t length, const char *key,
                 int (*each)(const char *item, size_t length, size_t i, void *payload,
                             struct sb_error *err),
                 void *payload, struct sb_error *err)
{
    const char *end = text + length;
    struct span array = {NULL, NULL};
    json_error_t fault;
    *out_head = NULL;
    if (!find_array(&array, text, end, key)) {
        *out_head = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
        return *out_head ? 0 : sb_fail(err, SB_EPARSE, "line %d: %s", fault.line, fault.text);
    }
    const char *at = skip_blank(array.from + 1, end);
    int code = 0;
    for (size_t i = 0; code == 0 && (at == end || *at != ']'); ++i) {
        const char *item = at;
        at = at < end ? skip_value(at, end) : NULL;
        if (!at || at == item) {
            return sb_fail(err, SB_EPARSE, "line %d: %s[%zu]: expected a value",
                           line_of(text, item), key, i);
        }
        code = each(item, (size_t)(at - item), i, payload, err);
        at = skip_blank(at, end);
        const bool more = at < end && *at == ',';
        if (code == 0 && !more && (at == end || *at != ']')) {
            return sb_fail(err, SB_EPARSE, "line %d: %s[%zu]: expected ',' or ']' behind it",
                           line_of(text, at), key, i);
        }
        at = more ? skip_blank(at + 1, end) : at;
        if (code == 0 && more && at < end && *at == ']') {
            return sb_fail(err, SB_EPARSE, "line %d: %s: expected a value behind ','",
                           line_of(text, at), key);
        }
    }
    array.to = code == 0 ? at + 1 : skip_value(array.from, end);
    if (code != 0 && array.to) {
        parse_head(out_head, text, &array, end, NULL); /* its version may explain it */
    }
    return code != 0 ? code : parse_head(out_head, text, &array, end, err);
}
