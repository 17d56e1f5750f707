/* SPDX-License-Identifier: Apache-2.0 */
/* "// array: a double[64][32] inout random(0, 9)" */
#include "harness/kernel_file/cursor.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <string.h>

#define BYTES_MOST ((int64_t)1 << 32)

#define VECTORS(type, kind, bytes)                                                                 \
    {type, kind, bytes, 1}, {type "2", kind, bytes, 2}, {type "4", kind, bytes, 4}
static const struct sb_element elements[] = {
    VECTORS("char", SB_SCALAR_SIGNED, 1),     VECTORS("uchar", SB_SCALAR_UNSIGNED, 1),
    VECTORS("short", SB_SCALAR_SIGNED, 2),    VECTORS("ushort", SB_SCALAR_UNSIGNED, 2),
    VECTORS("int", SB_SCALAR_SIGNED, 4),      VECTORS("uint", SB_SCALAR_UNSIGNED, 4),
    VECTORS("long", SB_SCALAR_SIGNED, 8),     VECTORS("ulong", SB_SCALAR_UNSIGNED, 8),
    VECTORS("longlong", SB_SCALAR_SIGNED, 8), VECTORS("ulonglong", SB_SCALAR_UNSIGNED, 8),
    VECTORS("float", SB_SCALAR_REAL, 4),      VECTORS("double", SB_SCALAR_REAL, 8),
    {"float8", SB_SCALAR_REAL, 4, 8},         {"real", SB_SCALAR_REAL, 8, 1},
    {"int8_t", SB_SCALAR_SIGNED, 1, 1},       {"uint8_t", SB_SCALAR_UNSIGNED, 1, 1},
    {"int16_t", SB_SCALAR_SIGNED, 2, 1},      {"uint16_t", SB_SCALAR_UNSIGNED, 2, 1},
    {"int32_t", SB_SCALAR_SIGNED, 4, 1},      {"uint32_t", SB_SCALAR_UNSIGNED, 4, 1},
    {"int64_t", SB_SCALAR_SIGNED, 8, 1},      {"uint64_t", SB_SCALAR_UNSIGNED, 8, 1},
};
#define ELEMENT_COUNT ((int)(sizeof elements / sizeof *elements))

static const char *element_name(int i, const void *payload)
{
    (void)payload;
    return elements[i].name;
}

static int parse_element(struct sb_file_array *out, struct sb_cursor *c, struct sb_error *err)
{
    char word[64];
    const struct sb_cursor before = *c;
    if (!sb_cursor_word(c, word, sizeof word)) {
        return sb_cursor_expected(c, "the type of an element", err);
    }
    for (int i = 0; i < ELEMENT_COUNT; ++i) {
        if (strcmp(elements[i].name, word) == 0) {
            out->element = &elements[i];
            return 0;
        }
    }
    const char *near = sb_text_closest(word, ELEMENT_COUNT, element_name, NULL);
    return near ? sb_fail(err, SB_EPARSE, "%s: unknown type '%s'; did you mean '%s'?", c->where,
                          word, near)
                : sb_cursor_expected(&before, "a type such as double, int, uchar, float4", err);
}

static int parse_shape(struct sb_file_array *out, struct sb_cursor *c, struct sb_error *err)
{
    int64_t bytes = (int64_t)out->element->scalar_bytes * out->element->lanes;
    int code = 0;
    while (code == 0 && sb_cursor_take(c, "[")) {
        int64_t *extent = &out->shape[out->rank];
        if (out->rank++ == SB_MAX_RANK) {
            return sb_cursor_expected(c, "at most four dimensions", err);
        }
        code = sb_cursor_integer(extent, c, err);
        if (code == 0 && !sb_cursor_take(c, "]")) {
            code = sb_cursor_expected(c, "']'", err);
        } else if (code == 0 && (*extent < 1 || __builtin_mul_overflow(bytes, *extent, &bytes) ||
                                 bytes > BYTES_MOST)) {
            code = sb_fail(err, SB_EPARSE,
                           "%s: array '%s' must have at least one element and at most 4 GiB",
                           c->where, out->name);
        }
    }
    return code != 0 || out->rank > 0
               ? code
               : sb_cursor_expected(c, "'[' and the number of elements", err);
}

static int parse_role(struct sb_file_array *out, struct sb_cursor *c, struct sb_error *err)
{
    static const struct {
        const char *word;
        enum sb_role role;
    } roles[] = {{"inout", SB_INOUT}, {"in", SB_IN}, {"out", SB_OUT}, {"scratch", SB_SCRATCH}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; ++i) {
        if (sb_cursor_take(c, roles[i].word)) {
            out->role = roles[i].role;
            return 0;
        }
    }
    return sb_cursor_expected(c, "in, out, inout or scratch", err);
}

/* "(a, b)" or nothing: then they stay as they are. */
static int parse_pair(struct sb_fill *fill, struct sb_cursor *c, struct sb_error *err)
{
    if (!sb_cursor_take(c, "(")) {
        return 0;
    }
    int code = sb_cursor_real(&fill->a, c, err);
    code = code != 0 || sb_cursor_take(c, ",") ? code : sb_cursor_expected(c, "','", err);
    code = code != 0 ? code : sb_cursor_real(&fill->b, c, err);
    return code != 0 || sb_cursor_take(c, ")") ? code : sb_cursor_expected(c, "')'", err);
}

static int parse_fill(struct sb_file_array *out, struct sb_cursor *c, struct sb_error *err)
{
    const bool written = out->role == SB_IN || out->role == SB_INOUT;
    const bool real = out->element->scalar == SB_SCALAR_REAL;
    sb_cursor_skip(c);
    if (!*c->at) {
        out->fill = written ? (struct sb_fill){SB_FILL_RANDOM, 0, real ? 1 : 99}
                            : (struct sb_fill){SB_FILL_NOTHING, 0, 0};
        return 0;
    }
    if (!written) {
        return sb_cursor_expected(c, "nothing more (an array that is not an input has no values)",
                                  err);
    }
    int code = 0;
    if (sb_cursor_take(c, "random")) {
        out->fill = (struct sb_fill){SB_FILL_RANDOM, 0, real ? 1 : 99};
        code = parse_pair(&out->fill, c, err);
    } else if (sb_cursor_take(c, "ramp")) {
        out->fill = (struct sb_fill){SB_FILL_RAMP, 0, 1};
        code = parse_pair(&out->fill, c, err);
    } else if (sb_cursor_take(c, "zero")) {
        out->fill = (struct sb_fill){SB_FILL_VALUE, 0, 0};
    } else {
        out->fill.rule = SB_FILL_VALUE;
        if (sb_cursor_real(&out->fill.a, c, NULL) != 0) {
            code = sb_cursor_expected(c, "random, ramp, zero or a number", err);
        }
    }
    sb_cursor_skip(c);
    return code != 0 || !*c->at ? code : sb_cursor_expected(c, "nothing more", err);
}

int sb_file_array_parse(struct sb_file_array *out, const char *text, const char *where,
                        const struct sb_kernel_file *file, struct sb_error *err)
{
    struct sb_cursor c = {.at = text, .text = text, .where = where, .file = file};
    memset(out, 0, sizeof *out);
    if (!sb_cursor_word(&c, out->name, sizeof out->name)) {
        return sb_cursor_expected(&c, "the name of an array", err);
    }
    int code = parse_element(out, &c, err);
    code = code != 0 ? code : parse_shape(out, &c, err);
    code = code != 0 ? code : parse_role(out, &c, err);
    return code != 0 ? code : parse_fill(out, &c, err);
}

int64_t sb_file_array_count(const struct sb_file_array *array)
{
    int64_t count = 1;
    for (int i = 0; i < array->rank; ++i) {
        count *= array->shape[i];
    }
    return count;
}

size_t sb_file_array_bytes(const struct sb_file_array *array)
{
    return (size_t)sb_file_array_count(array) * (size_t)array->element->scalar_bytes *
           (size_t)array->element->lanes;
}

enum sb_type sb_element_type(const struct sb_element *element)
{
    if (element->lanes == 1 && element->scalar_bytes == 8 && element->scalar == SB_SCALAR_REAL) {
        return SB_REAL;
    }
    if (element->lanes == 1 && element->scalar_bytes == 4 && element->scalar != SB_SCALAR_REAL) {
        return element->scalar == SB_SCALAR_SIGNED ? SB_INT32 : SB_UINT32;
    }
    return SB_BYTES1 + __builtin_ctz((unsigned)(element->scalar_bytes * element->lanes));
}
