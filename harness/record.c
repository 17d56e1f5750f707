/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/record.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_texts[SB_STATES] = {
#define X(name, text) [name] = text,
    SB_STATE_MAP(X)
#undef X
};

const char *sb_state_text(enum sb_state state)
{
    return (unsigned)state < SB_STATES ? state_texts[state] : "not ended";
}

enum sb_state sb_state_parse(const char *text)
{
    for (int i = 0; text && i < SB_STATES; ++i) {
        if (strcmp(state_texts[i], text) == 0) {
            return (enum sb_state)i;
        }
    }
    return SB_STATES;
}

enum kind {
    TEXT,
    COUNT,
    NUMBER,
    VALUE,
    TRUTH,
    FAILED,
    OBJECT,
    OBJECTS,
    NAMED,
    COUNTS,
    CHECKS,
    SOURCES,
    STATE
};
static const char *const kind_texts[] = {
    [TEXT] = "string",
    [COUNT] = "non-negative integer",
    [NUMBER] = "number",
    [VALUE] = "number, \"nan\", \"inf\" or \"-inf\"",
    [TRUTH] = "true or false",
    [FAILED] = "non-negative integer, or true or false",
    [OBJECT] = "object",
    [OBJECTS] = "array of objects",
    [NAMED] = "object of objects",
    [COUNTS] = "array of non-negative integers",
    [CHECKS] = "array of checks",
    [SOURCES] = "array of sources",
    [STATE] = "passed, wrong, failed, unsupported or lost",
};

enum need { REQUIRED, OR_NULL, OPTIONAL }; /* OPTIONAL may be missing or null */
struct field {
    const char *path; /* a field of an object that is null or missing is not looked for */
    enum kind kind;
    enum need need;
};

/* What readers of records rely on; the whole form is results/schema/record.schema.json. */
static const struct field record_fields[] = {
    {"cell", TEXT, REQUIRED},
    {"name", TEXT, REQUIRED},
    {"campaign", TEXT, REQUIRED},
    {"job", TEXT, REQUIRED},
    {"attempt", COUNT, REQUIRED},
    {"kernel", TEXT, REQUIRED},
    {"label", TEXT, REQUIRED},
    {"preset", TEXT, REQUIRED},
    {"variant", TEXT, REQUIRED},
    {"backend", TEXT, REQUIRED},
    {"target", TEXT, REQUIRED},
    {"place", TEXT, REQUIRED},
    {"scheduler", TEXT, OPTIONAL},
    {"container", OBJECT, OPTIONAL},
    {"container.engine", TEXT, REQUIRED},
    {"container.image", TEXT, REQUIRED},
    {"precision", TEXT, REQUIRED},
    {"maths", TEXT, REQUIRED},
    {"index_bits", COUNT, REQUIRED},
    {"replica", COUNT, REQUIRED},
    {"parameters", OBJECT, REQUIRED},
    {"tuning", OBJECT, OPTIONAL},
    {"state", STATE, REQUIRED},
    {"reason", TEXT, OR_NULL},
    {"failure", TEXT, OR_NULL},
    {"emulated", TEXT, OPTIONAL},
    {"started", TEXT, OPTIONAL},
    {"wall_ns", COUNT, OPTIONAL},
    {"placement", TEXT, OPTIONAL},
    {"work", OBJECT, OPTIONAL},
    {"work.flop", NUMBER, REQUIRED},
    {"work.read_bytes", NUMBER, REQUIRED},
    {"work.write_bytes", NUMBER, REQUIRED},
    {"work.write_allocate_bytes", NUMBER, REQUIRED},
    {"work.items", NUMBER, REQUIRED},
    {"work.item", TEXT, OPTIONAL},
    {"build", OBJECT, OPTIONAL},
    {"build.compiler", TEXT, REQUIRED},
    {"build.flags", TEXT, REQUIRED},
    {"build.key", TEXT, REQUIRED},
    {"build.cached", TRUTH, REQUIRED},
    {"build.compile_ns", COUNT, REQUIRED},
    {"device", OBJECT, OPTIONAL},
    {"device.name", TEXT, REQUIRED},
    {"verdict", OBJECT, OPTIONAL},
    {"verdict.passed", TRUTH, REQUIRED},
    {"verdict.checks", CHECKS, REQUIRED},
    {"timing", OBJECT, OPTIONAL},
    {"timing.clock", TEXT, OPTIONAL},
    {"timing.precision_goal", NUMBER, OPTIONAL},
    {"timing.ended", TEXT, OPTIONAL},
    {"timing.samples_ns", COUNTS, REQUIRED},
    {"timing.turns", COUNTS, REQUIRED},
    {"timing.median_ns", NUMBER, OR_NULL},
    {"timing.low_ns", NUMBER, OR_NULL},
    {"timing.high_ns", NUMBER, OR_NULL},
    {"timing.steady", OBJECT, OPTIONAL},
    {"timing.steady.watched_turns", COUNT, OPTIONAL},
    {"derived", OBJECT, OPTIONAL},
    {"derived.flop_per_s", NUMBER, OR_NULL},
    {"derived.bytes_per_s", NUMBER, OR_NULL},
    {"derived.items_per_s", NUMBER, OR_NULL},
    {"counters", OBJECT, OPTIONAL},
    {"counters.sources", SOURCES, OPTIONAL},
    {"counters.metrics", NAMED, OPTIONAL},
    {"attainable", OBJECT, OPTIONAL},
    {"attainable.time_ns", NUMBER, REQUIRED},
    {"attainable.binds", TEXT, REQUIRED},
    {"attainable.fraction", NUMBER, REQUIRED},
    {"attainable.roofs", OBJECTS, OPTIONAL},
    {"attainable_reason", TEXT, OPTIONAL},
    {"node", OBJECT, OPTIONAL},
    {"node.digest", TEXT, REQUIRED},
    {"environment", OBJECT, OPTIONAL},
};
static const struct field check_fields[] = {
    {"what", TEXT, REQUIRED},
    {"kind", TEXT, REQUIRED},
    {"failed", FAILED, OPTIONAL}, /* how many elements; or whether the truth was missed */
    {"count", COUNT, OPTIONAL},
    {"got", VALUE, OPTIONAL},
    {"expected", VALUE, OPTIONAL},
    {"bound", VALUE, OPTIONAL},
    {"source", TEXT, OPTIONAL},
    {"worst", OBJECT, OPTIONAL},
    {"worst.index", COUNT, REQUIRED},
    {"worst.got", VALUE, REQUIRED},
    {"worst.expected", VALUE, REQUIRED},
    {"worst.bound", VALUE, REQUIRED},
    {"worst.ulp", VALUE, OPTIONAL},
    {"worst.relative", VALUE, OPTIONAL},
};
static const struct field source_fields[] = {
    {"source", TEXT, OPTIONAL},
    {"state", TEXT, OPTIONAL},
    {"events", OBJECTS, OPTIONAL},
    {"refused", OBJECTS, OPTIONAL},
};

static int fault(struct sb_error *err, const char *prefix, const char *path, const json_t *found,
                 const char *what)
{
    return sb_fail(err, SB_EPARSE, found ? "%s%s: expected %s" : "%s%s: missing, expected %s",
                   prefix, path, what);
}

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_value(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_number(value) || json_is_boolean(value) ||
           (text && (!strcmp(text, "nan") || !strcmp(text, "inf") || !strcmp(text, "-inf")));
}

static int check_fields_of(const json_t *object, const char *prefix, const struct field *fields,
                           size_t count, struct sb_error *err);

static int check_counts(const json_t *array, const char *path, struct sb_error *err)
{
    for (size_t i = 0; i < json_array_size(array); ++i) {
        if (!is_count(json_array_get(array, i))) {
            return sb_fail(err, SB_EPARSE, "%s[%zu]: expected %s", path, i, kind_texts[COUNT]);
        }
    }
    return 0;
}

static int check_each(const json_t *array, const char *prefix, const char *path,
                      const struct field *fields, size_t count, struct sb_error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < json_array_size(array); ++i) {
        char within[96];
        const json_t *item = json_array_get(array, i);
        if (!json_is_object(item)) {
            return sb_fail(err, SB_EPARSE, "%s%s[%zu]: expected object", prefix, path, i);
        }
        snprintf(within, sizeof within, "%s%s[%zu].", prefix, path, i);
        code = check_fields_of(item, within, fields, count, err);
    }
    return code;
}

static int check_named(const json_t *object, const char *path, struct sb_error *err)
{
    const char *name = NULL;
    const json_t *member = NULL;
    json_object_foreach ((json_t *)object, name, member) {
        if (!json_is_object(member)) {
            return sb_fail(err, SB_EPARSE, "%s.%.80s: expected object", path, name);
        }
    }
    return 0;
}

static int check_within(const json_t *value, const char *prefix, const struct field *field,
                        struct sb_error *err)
{
    switch (field->kind) {
    case COUNTS:
        return check_counts(value, field->path, err);
    case OBJECTS:
        return check_each(value, prefix, field->path, NULL, 0, err);
    case NAMED:
        return check_named(value, field->path, err);
    case CHECKS:
        return check_each(value, prefix, field->path, check_fields,
                          sizeof check_fields / sizeof check_fields[0], err);
    case SOURCES:
        return check_each(value, prefix, field->path, source_fields,
                          sizeof source_fields / sizeof source_fields[0], err);
    default:
        return 0;
    }
}

static bool of_kind(const json_t *value, enum kind kind)
{
    switch (kind) {
    case TEXT:
        return json_is_string(value);
    case COUNT:
        return is_count(value);
    case NUMBER:
        return json_is_number(value);
    case VALUE:
        return is_value(value);
    case TRUTH:
        return json_is_boolean(value);
    case FAILED:
        return is_count(value) || json_is_boolean(value);
    case OBJECT:
    case NAMED:
        return json_is_object(value);
    case OBJECTS:
    case COUNTS:
    case CHECKS:
    case SOURCES:
        return json_is_array(value);
    case STATE:
        return sb_state_parse(json_string_value(value)) != SB_STATES;
    }
    return false;
}

/* True where the object that holds the field is there to be looked into. */
static bool has_parent(const json_t *object, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot) {
        return true;
    }
    char parent[64];
    snprintf(parent, sizeof parent, "%.*s", (int)(dot - path), path);
    return json_is_object(sb_json_at(object, parent));
}

static int check_fields_of(const json_t *object, const char *prefix, const struct field *fields,
                           size_t count, struct sb_error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; ++i) {
        const struct field *field = &fields[i];
        if (!has_parent(object, field->path)) {
            continue;
        }
        const json_t *value = sb_json_at(object, field->path);
        if ((!value && field->need == OPTIONAL) ||
            (json_is_null(value) && field->need != REQUIRED)) {
            continue;
        }
        if (!of_kind(value, field->kind)) {
            code = fault(err, prefix, field->path, value, kind_texts[field->kind]);
        } else {
            code = check_within(value, prefix, field, err);
        }
    }
    return code;
}

/* Every sample belongs to a turn. */
static int check_turns(const json_t *record, struct sb_error *err)
{
    const json_t *turns = sb_json_at(record, "timing.turns");
    const size_t samples = json_array_size(sb_json_at(record, "timing.samples_ns"));
    size_t sum = 0;
    for (size_t i = 0; i < json_array_size(turns); ++i) {
        const size_t turn = (size_t)json_integer_value(json_array_get(turns, i));
        if (turn > samples - sum) {
            return sb_fail(err, SB_EPARSE,
                           "timing.turns: has more samples than the %zu of timing.samples_ns",
                           samples);
        }
        sum += turn;
    }
    return sum == samples
               ? 0
               : sb_fail(err, SB_EPARSE, "timing.turns: has %zu samples, timing.samples_ns %zu",
                         sum, samples);
}

static int check_version(const json_t *record, struct sb_error *err)
{
    int64_t version = 0;
    const int code = sb_json_integer(&version, record, "schema_version", err);
    if (code != 0) {
        return code;
    }
    if (version > SB_RECORD_SCHEMA) {
        return sb_fail(err, SB_EVERSION,
                       "written by a newer switchbench: schema %lld, this one reads up to %d",
                       (long long)version, SB_RECORD_SCHEMA);
    }
    return version >= 1 ? 0 : sb_fail(err, SB_EPARSE, "schema_version: expected 1 or more");
}

int sb_record_parse(json_t **out, const char *line, size_t length, const char *where,
                    struct sb_error *err)
{
    *out = NULL;
    json_error_t reason;
    json_t *record = json_loadb(line, length, JSON_REJECT_DUPLICATES, &reason);
    int code = 0;
    if (!record) {
        code = sb_fail(err, SB_EPARSE, "not JSON: column %d: %s", reason.column, reason.text);
    } else if (!json_is_object(record)) {
        code = sb_fail(err, SB_EPARSE, "expected an object");
    }
    code = code != 0 ? code : check_version(record, err);
    code = code != 0 ? code
                     : check_fields_of(record, "", record_fields,
                                       sizeof record_fields / sizeof record_fields[0], err);
    code = code != 0 ? code : check_turns(record, err);
    if (code != 0) {
        json_decref(record);
        return sb_fail_in(err, code, "%s", where);
    }
    *out = record;
    return 0;
}

static bool is_blank(const char *line, size_t length)
{
    return strspn(line, " \t\r") == length;
}

int sb_records_read(const char *path, int (*each)(json_t *record, void *payload),
                    void (*bad)(const char *text, void *payload), void *payload,
                    struct sb_error *err)
{
    return sb_records_read_to(path, -1, each, bad, payload, err);
}

int sb_records_read_to(const char *path, long long most, int (*each)(json_t *record, void *payload),
                       void (*bad)(const char *text, void *payload), void *payload,
                       struct sb_error *err)
{
    if (sb_fs_expect_file(path, err) != 0) {
        return SB_EINVAL;
    }
    FILE *file = fopen(path, "re");
    if (!file) {
        const int code = errno == ENOENT ? SB_ENOTFOUND : SB_EIO;
        return sb_fail(err, code, "cannot read %s: %s", path, strerror(errno));
    }
    char *line = NULL;
    size_t room = 0;
    int code = 0;
    long long at = 0;
    for (long number = 1; code == 0; ++number) {
        errno = 0;
        const ssize_t got = getline(&line, &room, file);
        if (most >= 0 && at >= most) { /* a line that begins before counts: a person may edit it */
            break;
        }
        at += got;
        if (got < 0 && (ferror(file) || errno == ENOMEM)) {
            code = sb_fail(err, SB_EIO, "cannot read %s: %s", path, strerror(errno));
        }
        if (got <= 0 || line[got - 1] != '\n') {
            break; /* the end, or the torn line that a kill leaves */
        }
        const size_t length = (size_t)got - 1;
        if (is_blank(line, length)) {
            continue;
        }
        char where[1200];
        snprintf(where, sizeof where, "%.1100s:%ld", path, number);
        json_t *record = NULL;
        struct sb_error why = {0};
        if (sb_record_parse(&record, line, length, where, &why) == 0) {
            code = each(record, payload);
            json_decref(record);
        } else if (bad) {
            bad(why.text, payload);
        }
    }
    free(line);
    fclose(file);
    return code;
}

int sb_states_exit(const int counts[SB_STATES])
{
    return counts[SB_STATE_WRONG]    ? SB_EXIT_WRONG
           : counts[SB_STATE_FAILED] ? SB_EXIT_FAILED
           : counts[SB_STATE_LOST]   ? SB_EXIT_INFRA
           : counts[SB_STATE_PASSED] ? SB_EXIT_PASSED
                                     : SB_EXIT_NOTHING;
}
