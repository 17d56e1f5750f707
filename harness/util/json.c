/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/json.h"

#include "harness/util/fs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *sb_json_at(const json_t *object, const char *path)
{
    const json_t *at = object;
    while (at && *path) {
        const size_t length = strcspn(path, ".");
        at = json_object_getn(at, path, length);
        path += length + (path[length] == '.');
    }
    return (json_t *)at;
}

static int expected(struct sb_error *err, const json_t *found, const char *path, const char *what)
{
    return sb_fail(err, SB_EPARSE, found ? "%s: expected %s" : "%s: missing, expected %s", path,
                   what);
}

int sb_json_text(const char **out, const json_t *object, const char *path, struct sb_error *err)
{
    const json_t *at = sb_json_at(object, path);
    if (!json_is_string(at)) {
        return expected(err, at, path, "string");
    }
    *out = json_string_value(at);
    return 0;
}

int sb_json_integer(int64_t *out, const json_t *object, const char *path, struct sb_error *err)
{
    const json_t *at = sb_json_at(object, path);
    if (!json_is_integer(at)) {
        return expected(err, at, path, "integer");
    }
    *out = json_integer_value(at);
    return 0;
}

int sb_json_real(double *out, const json_t *object, const char *path, struct sb_error *err)
{
    const json_t *at = sb_json_at(object, path);
    if (!json_is_number(at)) {
        return expected(err, at, path, "number");
    }
    *out = json_number_value(at);
    return 0;
}

int sb_json_bool(bool *out, const json_t *object, const char *path, struct sb_error *err)
{
    const json_t *at = sb_json_at(object, path);
    if (!json_is_boolean(at)) {
        return expected(err, at, path, "true or false");
    }
    *out = json_is_true(at);
    return 0;
}

const char *sb_json_text_or(const json_t *object, const char *path, const char *fallback)
{
    const json_t *at = sb_json_at(object, path);
    return json_is_string(at) ? json_string_value(at) : fallback;
}

double sb_json_real_or(const json_t *object, const char *path, double fallback)
{
    const json_t *at = sb_json_at(object, path);
    return json_is_number(at) ? json_number_value(at) : fallback;
}

int64_t sb_json_integer_or(const json_t *object, const char *path, int64_t fallback)
{
    const json_t *at = sb_json_at(object, path);
    return json_is_integer(at) ? json_integer_value(at) : fallback;
}

json_t *sb_json_number(double value)
{
    if (isnan(value)) {
        return json_string("nan");
    }
    if (isinf(value)) {
        return json_string(value > 0 ? "inf" : "-inf");
    }
    return json_real(value);
}

int sb_json_write_line(int fd, const json_t *json, struct sb_error *err)
{
    size_t length = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char *text = malloc(length + 1);
    if (!text || length == 0) {
        free(text);
        return sb_fail(err, SB_ENOMEM, "out of memory while writing a line");
    }
    json_dumpb(json, text, length, JSON_COMPACT);
    text[length] = '\n';
    const int code = sb_fs_write_all(fd, text, length + 1, "a line", err);
    free(text);
    return code;
}
