/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: the named queries of results/queries, and the cells that compare reads. */
#include "results/store/connection.h"

#include "harness/util/embedded.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <stdio.h>
#include <string.h>

extern const struct sb_embedded sb_query_files[]; /* <name>.sql, written by CMake */

#define NAME_MOST 64

static const char *query_name(int i, const void *payload)
{
    static char names[64][NAME_MOST]; /* without ".sql"; filled once, always with the same */
    (void)payload;
    snprintf(names[i], sizeof names[i], "%.*s",
             (int)(strlen(sb_query_files[i].name) - strlen(".sql")), sb_query_files[i].name);
    return names[i];
}

static int query_count(void)
{
    int count = 0;
    while (count < 64 && sb_query_files[count].name) {
        count++;
    }
    return count;
}

const char *sb_store_query_name(int i)
{
    return i >= 0 && i < query_count() ? query_name(i, NULL) : NULL;
}

static int find_query(const struct sb_embedded **out, const char *name, struct sb_error *err)
{
    for (int i = 0; i < query_count(); i++) {
        if (strcmp(query_name(i, NULL), name) == 0) {
            *out = &sb_query_files[i];
            return 0;
        }
    }
    const char *closest = sb_text_closest(name, query_count(), query_name, NULL);
    return sb_fail(err, SB_ENOTFOUND,
                   closest ? "no query '%s': did you mean '%s'?" : "no query '%s'", name, closest);
}

static json_t *value_of(sqlite3_stmt *statement, int column, bool is_json)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
        return sb_json_number(sqlite3_column_double(statement, column));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(statement, column);
        const size_t length = (size_t)sqlite3_column_bytes(statement, column);
        json_t *value =
            is_json ? json_loadb(text, length, JSON_DECODE_ANY, NULL) : json_stringn(text, length);
        return value ? value : json_null();
    }
    default:
        return json_null();
    }
}

static json_t *row_of(sqlite3_stmt *statement)
{
    json_t *row = json_object();
    for (int i = 0; row && i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        const size_t length = strlen(name);
        const bool is_json = length >= 5 && strcmp(name + length - 5, "_json") == 0;
        json_t *value = value_of(statement, i, is_json);
        int failed;
        if (is_json && length == 5) {
            failed = json_is_object(value) ? json_object_update(row, value) : 0;
            json_decref(value);
        } else {
            failed = json_object_setn_new(row, name, is_json ? length - 5 : length, value);
        }
        if (failed) {
            json_decref(row);
            row = NULL;
        }
    }
    return row;
}

int sb_store_each(struct sb_store *store, const char *query, int64_t campaign,
                  int (*each)(json_t *row, void *payload), void *payload, struct sb_error *err)
{
    const struct sb_embedded *file = NULL;
    int code = find_query(&file, query, err);
    if (code != 0) {
        return code;
    }
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, file->bytes, (int)file->length, &statement, NULL) !=
        SQLITE_OK) {
        return sb_fail_in(err, sb_store_fail(store, err), "query %s", query);
    }
    sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":campaign"), campaign);
    int answer = SQLITE_DONE;
    while (code == 0 && (answer = sqlite3_step(statement)) == SQLITE_ROW) {
        json_t *row = row_of(statement);
        code = row ? each(row, payload) : sb_fail(err, SB_ENOMEM, "out of memory");
        json_decref(row);
    }
    if (code == 0 && answer != SQLITE_DONE) {
        code = sb_fail_in(err, sb_store_fail(store, err), "query %s", query);
    }
    sqlite3_finalize(statement);
    return code;
}

static int append(json_t *row, void *payload)
{
    return json_array_append(payload, row) == 0 ? 0 : SB_ENOMEM;
}

int sb_store_rows(json_t **out, struct sb_store *store, const char *query, int64_t campaign,
                  struct sb_error *err)
{
    *out = NULL;
    json_t *rows = json_array();
    const int code = rows ? sb_store_each(store, query, campaign, append, rows, err)
                          : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code != 0) {
        json_decref(rows);
        return code;
    }
    *out = rows;
    return 0;
}

int sb_store_narrow(struct sb_store *store, int64_t campaign, int64_t most, struct sb_error *err)
{
    sqlite3_stmt *statement = sb_store_statement(store, SB_SQL_NARROW, err);
    if (!statement) {
        return SB_EIO;
    }
    sb_store_bind_integer(statement, ":_campaign", campaign);
    sb_store_bind_integer(statement, ":_most", most);
    return sb_store_run(store, statement, err);
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

int sb_store_cells(struct sb_store *store, int64_t campaign,
                   int (*each)(const struct sb_store_cell *cell, void *payload), void *payload,
                   struct sb_error *err)
{
    sqlite3_stmt *at = sb_store_statement(store, SB_SQL_CELLS_FOR_COMPARE, err);
    if (!at) {
        return SB_EIO;
    }
    sb_store_bind_integer(at, ":_campaign", campaign);
    int code = 0, answer = SQLITE_DONE;
    while (code == 0 && (answer = sqlite3_step(at)) == SQLITE_ROW) {
        const size_t turns = (size_t)sqlite3_column_bytes(at, 20) / (3 * sizeof(double));
        const struct sb_store_cell cell = {
            .cell = text_at(at, 0),
            .job = text_at(at, 1),
            .name = text_at(at, 2),
            .kernel = text_at(at, 3),
            .label = text_at(at, 4),
            .preset = text_at(at, 5),
            .variant = text_at(at, 6),
            .backend = text_at(at, 7),
            .target = text_at(at, 8),
            .place = text_at(at, 9),
            .precision = text_at(at, 10),
            .maths = text_at(at, 11),
            .parameters = text_at(at, 12),
            .replica = sqlite3_column_int64(at, 13),
            .state = sb_state_parse(text_at(at, 14)),
            .reason = text_at(at, 15),
            .emulated = text_at(at, 21),
            .watched_turns = sqlite3_column_int64(at, 22),
            .disturbed_turns = sqlite3_column_int64(at, 23),
            .disturbed_by = text_at(at, 24),
            .metrics = text_at(at, 25),
            .median_ns = sqlite3_column_double(at, 16),
            .low_ns = sqlite3_column_double(at, 17),
            .high_ns = sqlite3_column_double(at, 18),
            .samples = sqlite3_column_int64(at, 19),
            .turn_median_ns = sqlite3_column_blob(at, 20),
            .turns = turns,
            .turn_samples = turns ? (const double *)sqlite3_column_blob(at, 20) + turns : NULL,
            .turn_mean_ns = turns ? (const double *)sqlite3_column_blob(at, 20) + 2 * turns : NULL,
        };
        code = each(&cell, payload);
    }
    if (code == 0 && answer != SQLITE_DONE) {
        code = sb_store_fail(store, err);
    }
    sqlite3_reset(at);
    return code;
}
