/* SPDX-License-Identifier: Apache-2.0 */
/* "// launch: name<8><<<(4, 4), (8, 8), 1024>>>(a, b, 32, 0.5)" */
#include "harness/kernel_file/cursor.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The name with its template arguments: what stands before "<<<". */
static int parse_function(struct sb_launch_spec *out, struct sb_cursor *c, struct sb_error *err)
{
    sb_cursor_skip(c);
    const char *end = strstr(c->at, "<<<");
    const char *last = end;
    while (last && last > c->at && isspace((unsigned char)last[-1])) {
        --last;
    }
    const size_t length = last ? (size_t)(last - c->at) : 0;
    const bool named = isalpha((unsigned char)*c->at) || *c->at == '_';
    if (!named || length == 0) {
        return sb_cursor_expected(c, "NAME<<<GRID, BLOCK>>>(ARGUMENTS)", err);
    }
    if (length >= sizeof out->function) {
        return sb_fail(err, SB_EPARSE, "%s: the name '%.*s' is longer than %zu characters",
                       c->where, (int)length, c->at, sizeof out->function - 1);
    }
    memcpy(out->function, c->at, length);
    out->function[length] = '\0';
    c->at = end + 3;
    return 0;
}

/* Whether the bracket that opens here holds a list: "(4, 4)", not "(n + 255) / 256". */
static bool opens_list(struct sb_cursor c)
{
    if (!sb_cursor_take(&c, "(")) {
        return false;
    }
    int depth = 1;
    bool comma = false;
    for (; *c.at && depth > 0; ++c.at) {
        depth += *c.at == '(' ? 1 : *c.at == ')' ? -1 : 0;
        comma = comma || (depth == 1 && *c.at == ',');
    }
    return comma && depth == 0;
}

/* "n", "(nx, ny)" or "(nx, ny, nz)"; returns how many, or an error. */
static int parse_extents(int64_t out[3], struct sb_cursor *c, struct sb_error *err)
{
    out[0] = out[1] = out[2] = 1;
    if (!opens_list(*c)) {
        const int code = sb_cursor_integer(&out[0], c, err);
        return code != 0 ? code : 1;
    }
    int count = 0;
    sb_cursor_take(c, "(");
    do {
        if (count == 3) {
            return sb_cursor_expected(c, "at most three dimensions", err);
        }
        const int code = sb_cursor_integer(&out[count++], c, err);
        if (code != 0) {
            return code;
        }
    } while (sb_cursor_take(c, ","));
    return sb_cursor_take(c, ")") ? count : sb_cursor_expected(c, "')'", err);
}

/* Of OpenCL's global indices. */
static int parse_offset(struct sb_shape *shape, struct sb_cursor *c, struct sb_error *err)
{
    int64_t offset[3];
    const int dims = parse_extents(offset, c, err);
    for (int d = 0; d < dims; ++d) {
        if (offset[d] < 0 || offset[d] > INT32_MAX) {
            return sb_fail(err, SB_EPARSE, "%s: '%s': an offset is counted in 31 bits", c->where,
                           c->text);
        }
        shape->offset[d] = offset[d];
    }
    return dims < 0 ? dims : 0;
}

static int parse_blocks(struct sb_shape *shape, struct sb_cursor *c, struct sb_error *err)
{
    int64_t block[3], shared = 0;
    const int grid_dims = parse_extents(shape->extent, c, err);
    if (grid_dims < 0) {
        return grid_dims;
    }
    if (!sb_cursor_take(c, ",")) {
        return sb_cursor_expected(c, "',' and the block", err);
    }
    const int block_dims = parse_extents(block, c, err);
    if (block_dims < 0) {
        return block_dims;
    }
    if (sb_cursor_take(c, ",")) {
        int code = sb_cursor_integer(&shared, c, err);
        if (code == 0 && sb_cursor_take(c, ",")) {
            code = parse_offset(shape, c, err);
        }
        if (code != 0) {
            return code;
        }
    }
    for (int d = 0; d < 3; ++d) {
        if (block[d] < INT32_MIN || block[d] > INT32_MAX) {
            return sb_fail(err, SB_EPARSE, "%s: '%s': a block is counted in 32 bits", c->where,
                           c->text);
        }
        shape->block[d] = (int32_t)block[d];
    }
    if (shared < 0 || shared > INT32_MAX) {
        return sb_fail(err, SB_EPARSE, "%s: '%s': shared memory is counted in 31 bits", c->where,
                       c->text);
    }
    shape->spread = SB_SPREAD_BLOCKS;
    shape->shared_bytes = (int32_t)shared;
    shape->dims = grid_dims > block_dims ? grid_dims : block_dims;
    return 0;
}

/* "each(n)", "each(nx, ny)": iterations of FOR_EACH, by the backend's own blocks. */
static int parse_each(struct sb_shape *shape, struct sb_cursor *c, struct sb_error *err)
{
    shape->dims = parse_extents(shape->extent, c, err);
    shape->spread = SB_SPREAD_EACH;
    shape->block[0] = shape->block[1] = shape->block[2] = 1;
    return shape->dims < 0 ? shape->dims : 0;
}

/* A text such as 0.5, 1e-3, -2.f; whole numbers are read as expressions. */
static bool is_real(const struct sb_cursor *c)
{
    const size_t length = strcspn(c->at, ",()");
    const bool number = strspn(c->at, " +-0123456789.eEf") == length;
    return number &&
           (memchr(c->at, '.', length) || memchr(c->at, 'e', length) || memchr(c->at, 'E', length));
}

/* "BYTES)" of "local(BYTES)": what OpenCL's `__local T *` points to. */
static int parse_local(struct sb_arg *out, struct sb_cursor *c, struct sb_error *err)
{
    int64_t bytes = 0;
    const int code = sb_cursor_integer(&bytes, c, err);
    if (code != 0) {
        return code;
    }
    if (bytes < 1 || bytes > INT32_MAX) {
        return sb_fail(err, SB_EPARSE,
                       "%s: '%.200s': local() has 1 byte or more, counted in 31 bits", c->where,
                       c->text);
    }
    *out = SB_L(bytes);
    return sb_cursor_take(c, ")") ? 0 : sb_cursor_expected(c, "')'", err);
}

static int parse_argument(struct sb_arg *out, struct sb_cursor *c, struct sb_error *err)
{
    char word[64];
    sb_cursor_skip(c);
    struct sb_cursor name = *c;
    if (sb_cursor_word(&name, word, sizeof word)) {
        for (int i = 0; i < c->file->array_count; ++i) {
            if (strcmp(c->file->array[i].name, word) == 0) {
                *out = SB_A(i);
                c->at = name.at;
                return 0;
            }
        }
    }
    if (sb_cursor_take(&name, "(") && strcmp(word, "local") == 0) {
        *c = name;
        return parse_local(out, c, err);
    }
    if (is_real(c)) {
        out->kind = SB_ARG_REAL;
        const int code = sb_cursor_real(&out->real, c, err);
        (void)(code == 0 && sb_cursor_take(c, "f"));
        out->integer =
            code == 0 && out->real > -0x1p62 && out->real < 0x1p62 ? (int64_t)out->real : 0;
        return code;
    }
    if (isalpha((unsigned char)*c->at)) {
        bool macro = false;
        for (int i = 0; i < c->file->define_count; ++i) {
            macro = macro || strcmp(c->file->define[i].name, word) == 0;
        }
        if (!macro) {
            return sb_fail(
                err, SB_EPARSE,
                "%s: '%.200s': '%s' is no array of this file ('// array: …') and no number",
                c->where, c->text, word);
        }
    }
    out->kind = SB_ARG_INDEX;
    const int code = sb_cursor_integer(&out->integer, c, err);
    out->real = (double)out->integer;
    return code;
}

static int parse_arguments(struct sb_launch_spec *out, struct sb_cursor *c, struct sb_error *err)
{
    if (!sb_cursor_take(c, "(")) {
        return sb_cursor_expected(c, "'(' and the arguments", err);
    }
    if (!sb_cursor_take(c, ")")) {
        do {
            if (out->arg_count == SB_MAX_ARGS) {
                return sb_fail(err, SB_EPARSE, "%s: '%.200s': more than %d arguments", c->where,
                               c->text, SB_MAX_ARGS);
            }
            const int code = parse_argument(&out->args[out->arg_count++], c, err);
            if (code != 0) {
                return code;
            }
        } while (sb_cursor_take(c, ","));
        if (!sb_cursor_take(c, ")")) {
            return sb_cursor_expected(c, "',' or ')'", err);
        }
    }
    sb_cursor_skip(c);
    return *c->at && *c->at != ';' ? sb_cursor_expected(c, "nothing more", err) : 0;
}

int sb_file_launch_parse(struct sb_launch_spec *out, const char *text, const char *where,
                         const struct sb_kernel_file *file, struct sb_error *err)
{
    struct sb_cursor c = {.at = text, .text = text, .where = where, .file = file};
    memset(out, 0, sizeof *out);
    int code = parse_function(out, &c, err);
    if (code == 0) {
        code = sb_cursor_take(&c, "each") ? parse_each(&out->shape, &c, err)
                                          : parse_blocks(&out->shape, &c, err);
    }
    if (code == 0 && !sb_cursor_take(&c, ">>>")) {
        code = sb_cursor_expected(&c, "'>>>'", err);
    }
    return code != 0 ? code : parse_arguments(out, &c, err);
}
