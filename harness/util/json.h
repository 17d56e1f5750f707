/* SPDX-License-Identifier: Apache-2.0 */
/** Typed getters over jansson that name the path of the first fault ("timing.samples_ns[3]: expected integer"). */
#ifndef SB_JSON_H
#define SB_JSON_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/** @p path is "a.b.c"; the string lives as long as @p object. SB_EPARSE where it is missing or of another type. */
int sb_json_text(const char **out, const json_t *object, const char *path, struct sb_error *err);
int sb_json_integer(int64_t *out, const json_t *object, const char *path, struct sb_error *err);
int sb_json_real(double *out, const json_t *object, const char *path, struct sb_error *err);
int sb_json_bool(bool *out, const json_t *object, const char *path, struct sb_error *err);
/** The value at @p path, or NULL; borrowed. */
json_t *sb_json_at(const json_t *object, const char *path);
/** The text, number or integer at @p path, or the fallback where it is missing or of another type. */
const char *sb_json_text_or(const json_t *object, const char *path, const char *fallback);
double sb_json_real_or(const json_t *object, const char *path, double fallback);
int64_t sb_json_integer_or(const json_t *object, const char *path, int64_t fallback);
/** A number, or the strings "nan", "inf", "-inf" that JSON cannot say. New reference. */
json_t *sb_json_number(double value);
/** Writes @p json compactly with a newline to @p fd, whole; SB_EIO with the system's reason. */
int sb_json_write_line(int fd, const json_t *json, struct sb_error *err);

#endif
