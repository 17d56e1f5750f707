/* SPDX-License-Identifier: Apache-2.0 */
/* From a record to rows. */
#include "results/store/indexing.h"

#include "harness/util/json.h"
#include "results/stats/stats.h"

#include <stdlib.h>
#include <string.h>

/* Samples as the text of an array per turn, and the turns' medians. Scratch that lives for one record. */
struct turns {
    uint64_t *samples_ns;
    size_t *turn;
    double
        *medians; /* of the turns; after them how many samples each has; after these their means */
    char *text;
    size_t samples, count, length;
};

static void turns_free(struct turns *turns)
{
    free(turns->samples_ns);
    free(turns->turn);
    free(turns->medians);
    free(turns->text);
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0) {
        *at++ = digits[--n];
    }
    return at;
}

/* "[[1,2],[3]]" */
static void write_turns(struct turns *turns)
{
    char *at = turns->text;
    *at++ = '[';
    size_t i = 0;
    for (size_t t = 0; t < turns->count; t++) {
        *at++ = '[';
        for (size_t end = i + turns->turn[t]; i < end; i++) {
            at = put_number(at, turns->samples_ns[i]);
            *at++ = ',';
        }
        at -= at[-1] == ',';
        *at++ = ']';
        *at++ = ',';
    }
    at -= at[-1] == ',';
    *at++ = ']';
    turns->length = (size_t)(at - turns->text);
}

/* The record is checked: the turns hold exactly the samples. Turns of no samples are left out. */
static int turns_of(struct turns *out, const json_t *record)
{
    const json_t *samples = sb_json_at(record, "timing.samples_ns");
    const json_t *turns = sb_json_at(record, "timing.turns");
    out->samples = json_array_size(samples);
    out->samples_ns = malloc((out->samples + 1) * sizeof *out->samples_ns);
    out->turn = malloc((json_array_size(turns) + 1) * sizeof *out->turn);
    out->medians = malloc((3 * json_array_size(turns) + 1) * sizeof *out->medians);
    out->text = malloc(21 * out->samples + 3 * json_array_size(turns) + 8);
    if (!out->samples_ns || !out->turn || !out->medians || !out->text) {
        return SB_ENOMEM;
    }
    for (size_t i = 0; i < out->samples; i++) {
        out->samples_ns[i] = (uint64_t)json_integer_value(json_array_get(samples, i));
    }
    for (size_t t = 0; t < json_array_size(turns); t++) {
        const size_t size = (size_t)json_integer_value(json_array_get(turns, t));
        if (size > 0) {
            out->turn[out->count++] = size;
        }
    }
    size_t at = 0;
    for (size_t t = 0; t < out->count; t++) {
        double sum = 0;
        for (size_t i = 0; i < out->turn[t]; i++) {
            sum += (double)out->samples_ns[at + i];
        }
        at += out->turn[t];
        out->medians[out->count + t] = (double)out->turn[t];
        out->medians[2 * out->count + t] = sum / (double)out->turn[t];
    }
    write_turns(out);
    return sb_stats_turn_medians(out->medians, out->samples_ns, out->samples, out->turn,
                                 out->count) < 0
               ? SB_ENOMEM
               : 0;
}

static int add_json(struct sb_store_indexing *at, enum sb_statement which, const json_t *json)
{
    sqlite3_stmt *statement = sb_store_statement(at->store, which, at->err);
    if (!statement) {
        return SB_EIO;
    }
    if (sb_store_bind_json(statement, json) != 0) {
        return sb_fail(at->err, SB_ENOMEM, "out of memory");
    }
    return sb_store_run(at->store, statement, at->err);
}

static int add_timing(struct sb_store_indexing *at, const json_t *record, int64_t id)
{
    struct turns turns = {0};
    int code = turns_of(&turns, record);
    sqlite3_stmt *statement = NULL;
    if (code == 0) {
        statement = sb_store_statement(at->store, SB_SQL_ADD_TIMING, at->err);
        code = statement ? sb_store_bind_json(statement, record) : SB_EIO;
    }
    if (code == 0) {
        sb_store_bind_integer(statement, ":_record", id);
        sb_store_bind_integer(statement, ":_sample_count", (int64_t)turns.samples);
        sb_store_bind_integer(statement, ":_turn_count", (int64_t)turns.count);
        char by[160];
        sb_store_bind_integer(statement, ":_disturbed_turns",
                              sb_store_disturbed(by, sizeof by, record));
        sb_store_bind_text(statement, ":_disturbed_by", by);
        sqlite3_bind_text64(statement, sqlite3_bind_parameter_index(statement, ":_turns_json"),
                            turns.text, turns.length, SQLITE_STATIC, SQLITE_UTF8);
        sqlite3_bind_blob64(statement, sqlite3_bind_parameter_index(statement, ":_turn_medians"),
                            turns.medians, 3 * turns.count * sizeof *turns.medians, SQLITE_STATIC);
        code = sb_store_run(at->store, statement, at->err);
        sqlite3_clear_bindings(statement);
    }
    turns_free(&turns);
    return code == SB_ENOMEM ? sb_fail(at->err, code, "out of memory") : code;
}

static int add_checks(struct sb_store_indexing *at, const json_t *record, int64_t id)
{
    const json_t *checks = sb_json_at(record, "verdict.checks");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_ADD_CHECK, at->err);
        if (!statement) {
            return SB_EIO;
        }
        if (sb_store_bind_json(statement, json_array_get(checks, i)) != 0) {
            return sb_fail(at->err, SB_ENOMEM, "out of memory");
        }
        sb_store_bind_integer(statement, ":_record", id);
        sb_store_bind_integer(statement, ":_i", (int64_t)i);
        if (sb_store_run(at->store, statement, at->err) != 0) {
            return SB_EIO;
        }
    }
    return 0;
}

int sb_store_add_record(json_t *record, void *payload)
{
    struct sb_store_indexing *at = payload;
    int code = 0;
    json_t *ranks = json_object_get(record, "ranks");
    if (json_integer_value(ranks) > 1) { /* compared, shown and plotted as a parameter */
        json_object_set(json_object_get(record, "parameters"), "ranks", ranks);
    }
    if (json_is_object(json_object_get(record, "node"))) {
        code = add_json(at, SB_SQL_ADD_NODE, record);
    }
    if (code == 0 && json_is_object(json_object_get(record, "build"))) {
        code = add_json(at, SB_SQL_ADD_BUILD, record);
    }
    sqlite3_stmt *statement =
        code == 0 ? sb_store_statement(at->store, SB_SQL_ADD_RECORD, at->err) : NULL;
    if (!statement) {
        return code != 0 ? code : SB_EIO;
    }
    if (sb_store_bind_json(statement, record) != 0) {
        return sb_fail(at->err, SB_ENOMEM, "out of memory");
    }
    sb_store_bind_integer(statement, ":_file", at->file);
    sb_store_bind_integer(statement, ":_campaign", at->campaign);
    sb_store_bind_integer(statement, ":_line", at->line++);
    code = sb_store_run(at->store, statement, at->err);
    const int64_t id = sqlite3_last_insert_rowid(at->store->db);
    const bool emulated = sb_json_text_or(record, "emulated", NULL) != NULL;
    if (code == 0 && !emulated && json_is_object(json_object_get(record, "timing"))) {
        code = add_timing(at, record, id);
    }
    return code != 0 ? code : add_checks(at, record, id);
}
