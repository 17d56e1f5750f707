/* SPDX-License-Identifier: Apache-2.0 */
/* From a campaign's records to rows. */
#include "results/store/connection.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "results/stats/stats.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One campaign while it is brought up to date. */
struct indexing {
    struct sb_store *store;
    int64_t campaign, file;
    int64_t line;  /* records of the file so far */
    int malformed; /* lines passed over */
    bool changed;
    bool described;
    char first_fault[512];
    struct sb_error *err;
};

/* Samples as the text of an array per turn, and the turns' medians. Scratch that lives for one record. */
struct turns {
    uint64_t *samples_ns;
    size_t *turn;
    double *medians;
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
    out->medians = malloc((json_array_size(turns) + 1) * sizeof *out->medians);
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
    write_turns(out);
    return sb_stats_turn_medians(out->medians, out->samples_ns, out->samples, out->turn, out->count) < 0
               ? SB_ENOMEM
               : 0;
}

static int add_json(struct indexing *at, enum sb_statement which, const json_t *json)
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

static int add_timing(struct indexing *at, const json_t *record, int64_t id)
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
        sqlite3_bind_text64(statement, sqlite3_bind_parameter_index(statement, ":_turns_json"),
                            turns.text, turns.length, SQLITE_STATIC, SQLITE_UTF8);
        sqlite3_bind_blob64(statement, sqlite3_bind_parameter_index(statement, ":_turn_median_ns"),
                            turns.medians, turns.count * sizeof *turns.medians, SQLITE_STATIC);
        code = sb_store_run(at->store, statement, at->err);
        sqlite3_clear_bindings(statement);
    }
    turns_free(&turns);
    return code == SB_ENOMEM ? sb_fail(at->err, code, "out of memory") : code;
}

static int add_checks(struct indexing *at, const json_t *record, int64_t id)
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

static int add_record(json_t *record, void *payload)
{
    struct indexing *at = payload;
    int code = 0;
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
    if (code == 0 && json_is_object(json_object_get(record, "timing"))) {
        code = add_timing(at, record, id);
    }
    return code != 0 ? code : add_checks(at, record, id);
}

static void pass_over(const char *text, void *payload)
{
    struct indexing *at = payload;
    if (at->malformed++ == 0) {
        snprintf(at->first_fault, sizeof at->first_fault, "%s", text);
    }
}

static int read_file(struct indexing *at, const char *path, const char *name, const struct stat *st)
{
    sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_ADD_FILE, at->err);
    if (!statement) {
        return SB_EIO;
    }
    sb_store_bind_integer(statement, ":_campaign", at->campaign);
    sb_store_bind_text(statement, ":_name", name);
    sb_store_bind_integer(statement, ":_size_bytes", st->st_size);
    sb_store_bind_integer(statement, ":_changed_ns",
                          st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec);
    const int code = sb_store_run(at->store, statement, at->err);
    if (code != 0) {
        return code;
    }
    at->file = sqlite3_last_insert_rowid(at->store->db);
    at->line = 0;
    at->changed = true;
    return sb_records_read(path, add_record, pass_over, at, at->err);
}

/* What the index knows of the campaign's files. */
struct known {
    int64_t id, size_bytes, changed_ns;
    char *name;
    bool seen;
};
struct known_files {
    struct known *file;
    size_t count;
};

static void known_free(struct known_files *known)
{
    for (size_t i = 0; i < known->count; i++) {
        free(known->file[i].name);
    }
    free(known->file);
}

static int known_by_name(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->name, ((const struct known *)b)->name);
}

static int read_known(struct known_files *out, struct indexing *at)
{
    sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_FILES_OF_CAMPAIGN, at->err);
    if (!statement) {
        return SB_EIO;
    }
    sb_store_bind_integer(statement, ":_campaign", at->campaign);
    int answer;
    while ((answer = sqlite3_step(statement)) == SQLITE_ROW) {
        struct known *more = realloc(out->file, (out->count + 1) * sizeof *more);
        char *name = more ? strdup((const char *)sqlite3_column_text(statement, 1)) : NULL;
        out->file = more ? more : out->file;
        if (!name) {
            sqlite3_reset(statement);
            return sb_fail(at->err, SB_ENOMEM, "out of memory");
        }
        more[out->count++] = (struct known){.id = sqlite3_column_int64(statement, 0),
                                            .size_bytes = sqlite3_column_int64(statement, 2),
                                            .changed_ns = sqlite3_column_int64(statement, 3),
                                            .name = name};
    }
    const int code = answer == SQLITE_DONE ? 0 : sb_store_fail(at->store, at->err);
    sqlite3_reset(statement);
    if (out->count > 0) {
        qsort(out->file, out->count, sizeof *out->file, known_by_name);
    }
    return code;
}

static int forget_file(struct indexing *at, int64_t file)
{
    sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_FORGET_FILE, at->err);
    if (!statement) {
        return SB_EIO;
    }
    at->changed = true;
    sb_store_bind_integer(statement, ":_file", file);
    return sb_store_run(at->store, statement, at->err);
}

static int update_file(struct indexing *at, struct known_files *known, const char *records,
                       const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    int code = sb_fs_join(path, sizeof path, records, name, at->err);
    if (code == 0 && stat(path, &st) != 0) {
        code = sb_fail(at->err, SB_EIO, "cannot read %s: %s", path, strerror(errno));
    }
    if (code != 0) {
        return code;
    }
    struct known key = {.name = (char *)name};
    struct known *before =
        known->count ? bsearch(&key, known->file, known->count, sizeof key, known_by_name) : NULL;
    if (before) {
        before->seen = true;
        if (before->size_bytes == st.st_size &&
            before->changed_ns == st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec) {
            return 0;
        }
        code = forget_file(at, before->id);
    }
    return code != 0 ? code : read_file(at, path, name, &st);
}

static int is_records(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 6 && strcmp(entry->d_name + length - 6, ".jsonl") == 0;
}

static int update_files(struct indexing *at, const char *folder)
{
    char records[PATH_MAX];
    int code = sb_fs_join(records, sizeof records, folder, "records", at->err);
    struct dirent **entries = NULL;
    const int count = code == 0 ? scandir(records, &entries, is_records, alphasort) : 0;
    if (count < 0) {
        return sb_fail(at->err, errno == ENOENT ? SB_ENOTFOUND : SB_EIO,
                       "%s is no campaign folder: %s: %s", folder, records, strerror(errno));
    }
    struct known_files known = {0};
    code = code != 0 ? code : read_known(&known, at);
    for (int i = 0; i < count; i++) {
        code = code != 0 ? code : update_file(at, &known, records, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    for (size_t i = 0; code == 0 && i < known.count; i++) {
        code = known.file[i].seen ? 0 : forget_file(at, known.file[i].id);
    }
    known_free(&known);
    return code;
}

/* The number of the campaign in @p folder (its real path); a new one is noted in the list first. */
static int campaign_of(struct indexing *at, const char *folder)
{
    for (int tried = 0; tried < 2; tried++) {
        sqlite3_stmt *find = sb_store_statement(at->store, SB_SQL_CAMPAIGN_OF_FOLDER, at->err);
        if (!find) {
            return SB_EIO;
        }
        sb_store_bind_text(find, ":_folder", folder);
        const int answer = sqlite3_step(find);
        at->campaign = answer == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
        sqlite3_reset(find);
        if (answer == SQLITE_ROW) {
            return 0;
        }
        sqlite3_stmt *add = sb_store_statement(at->store, SB_SQL_ADD_CAMPAIGN, at->err);
        if (!add || sb_store_list_folder(at->store, folder, at->err) != 0) {
            return SB_EIO;
        }
        sb_store_bind_text(add, ":_folder", folder);
        if (sb_store_run(at->store, add, at->err) != 0) {
            return SB_EIO;
        }
    }
    return sb_store_fail(at->store, at->err);
}

/* Name and time from plan.json; a folder of records alone does without. */
static int describe(struct indexing *at, const char *folder)
{
    char path[PATH_MAX];
    int code = sb_fs_join(path, sizeof path, folder, "plan.json", at->err);
    json_t *plan = code == 0 ? json_load_file(path, 0, NULL) : NULL;
    if (!plan) {
        return code;
    }
    sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_DESCRIBE_CAMPAIGN, at->err);
    code = statement ? sb_store_bind_json(statement, plan) : SB_EIO;
    if (code == 0) {
        sb_store_bind_integer(statement, ":_campaign", at->campaign);
        code = sb_store_run(at->store, statement, at->err);
        sqlite3_clear_bindings(statement);
    }
    json_decref(plan);
    return code;
}

static int settle(struct indexing *at, const char *folder)
{
    sqlite3_stmt *mark = sb_store_statement(at->store, SB_SQL_MARK_LAST_RECORDS, at->err);
    if (!mark) {
        return SB_EIO;
    }
    sb_store_bind_integer(mark, ":_campaign", at->campaign);
    int code = sb_store_run(at->store, mark, at->err);
    code = code != 0 ? code : sb_store_run_plain(at->store, SB_SQL_FORGET_UNUSED_NODES, at->err);
    code = code != 0 ? code : sb_store_run_plain(at->store, SB_SQL_FORGET_UNUSED_BUILDS, at->err);
    return code != 0 ? code : describe(at, folder);
}

/* SB_EPARSE: the index is damaged. */
static int index_once(int64_t *campaign, struct sb_store *store, const char *folder,
                      struct sb_error *err)
{
    struct indexing at = {.store = store, .err = err};
    int code = sb_store_run_plain(store, SB_SQL_BEGIN, err);
    if (code != 0) {
        return code;
    }
    code = campaign_of(&at, folder);
    code = code != 0 ? code : update_files(&at, folder);
    if (code == 0 && at.changed) {
        code = settle(&at, folder);
    }
    code = code != 0 ? code : sb_store_run_plain(store, SB_SQL_COMMIT, err);
    if (code != 0) {
        const int answer = sqlite3_errcode(store->db);
        sb_store_run_plain(store, SB_SQL_ROLLBACK, NULL);
        return answer == SQLITE_CORRUPT || answer == SQLITE_NOTADB ? SB_EPARSE : code;
    }
    if (at.malformed > 0) {
        char text[640];
        snprintf(text, sizeof text, "%d malformed record%s passed over, the first: %s", at.malformed,
                 at.malformed == 1 ? "" : "s", at.first_fault);
        sb_store_warn(store, text);
    }
    if (campaign) {
        *campaign = at.campaign;
    }
    return 0;
}

int sb_store_index(int64_t *campaign, struct sb_store *store, const char *folder,
                   struct sb_error *err)
{
    char whole[PATH_MAX];
    if (!realpath(folder, whole)) {
        return sb_fail(err, SB_ENOTFOUND, "no campaign folder %s: %s", folder, strerror(errno));
    }
    int code = index_once(campaign, store, whole, err);
    if (code == SB_EPARSE) { /* damage that the open did not meet */
        code = sb_store_replace(store, "was damaged", err);
        code = code != 0 ? code : sb_store_index_listed(store, err);
        code = code != 0 ? code : index_once(campaign, store, whole, err);
    }
    return code;
}

int sb_store_rebuild(struct sb_store *store, struct sb_error *err)
{
    json_t *folders = json_array();
    sqlite3_stmt *list = sb_store_statement(store, SB_SQL_FOLDERS, err);
    int code = folders ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    int answer = SQLITE_ERROR;
    while (list && code == 0 && (answer = sqlite3_step(list)) == SQLITE_ROW) {
        json_array_append_new(folders, json_string((const char *)sqlite3_column_text(list, 0)));
    }
    code = code != 0 ? code : answer == SQLITE_DONE ? 0 : sb_store_fail(store, err);
    sqlite3_reset(list);
    code = code != 0 ? code : sb_store_run_plain(store, SB_SQL_FORGET_CAMPAIGNS, err);
    for (size_t i = 0; code == 0 && i < json_array_size(folders); i++) {
        const char *folder = json_string_value(json_array_get(folders, i));
        struct sb_error why = {0};
        if (access(folder, F_OK) == 0 && sb_store_index(NULL, store, folder, &why) != 0) {
            sb_store_warn(store, why.text);
        }
    }
    json_decref(folders);
    return code;
}
