/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the index up to date with a campaign's folder, file by file. */
#include "results/store/indexing.h"

#include "harness/util/fs.h"
#include "harness/util/json_each.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void pass_over(const char *text, void *payload)
{
    struct sb_store_indexing *at = payload;
    if (at->malformed++ == 0) {
        snprintf(at->first_fault, sizeof at->first_fault, "%s", text);
    }
}

/* A file with lines that were passed over is read, and told of, each time: what is missing must not go without a word. */
static int doubt_file(struct sb_store_indexing *at)
{
    sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_DOUBT_FILE, at->err);
    if (!statement) {
        return SB_EIO;
    }
    sb_store_bind_integer(statement, ":_file", at->file);
    return sb_store_run(at->store, statement, at->err);
}

static int read_file(struct sb_store_indexing *at, const char *path, const char *name,
                     const struct stat *st)
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
    int code = sb_store_run(at->store, statement, at->err);
    if (code != 0) {
        return code;
    }
    at->file = sqlite3_last_insert_rowid(at->store->db);
    at->line = 0;
    at->changed = true;
    const int before = at->malformed;
    code = sb_records_read(path, sb_store_add_record, pass_over, at, at->err);
    return code == 0 && at->malformed > before ? doubt_file(at) : code;
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

static int read_known(struct known_files *out, struct sb_store_indexing *at)
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

static int forget_file(struct sb_store_indexing *at, int64_t file)
{
    sqlite3_stmt *statement = sb_store_statement(at->store, SB_SQL_FORGET_FILE, at->err);
    if (!statement) {
        return SB_EIO;
    }
    at->changed = true;
    sb_store_bind_integer(statement, ":_file", file);
    return sb_store_run(at->store, statement, at->err);
}

static int update_file(struct sb_store_indexing *at, struct known_files *known, const char *records,
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
    return entry->d_name[0] != '.' && length > 6 &&
           strcmp(entry->d_name + length - 6, ".jsonl") == 0;
}

static int update_files(struct sb_store_indexing *at, const char *folder)
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
static int campaign_of(struct sb_store_indexing *at, const char *folder)
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

static int pass_cell(const char *item, size_t length, size_t i, void *payload, struct sb_error *err)
{
    (void)item;
    (void)length;
    (void)i;
    (void)payload;
    (void)err;
    return 0;
}

/* plan.json but for its cells, of which there may be 100,000; NULL where it cannot be read. */
static json_t *head_of_plan(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    json_t *head = NULL;
    if (sb_fs_read(&text, &length, path, NULL) == 0 &&
        sb_json_each(&head, text, length, "cells", pass_cell, NULL, NULL) != 0) {
        json_decref(head);
        head = NULL;
    }
    free(text);
    return head;
}

/* Name and time from plan.json; a folder of records alone does without. */
static int describe(struct sb_store_indexing *at, const char *folder)
{
    char path[PATH_MAX];
    int code = sb_fs_join(path, sizeof path, folder, "plan.json", at->err);
    json_t *plan = code == 0 ? head_of_plan(path) : NULL;
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

static int settle(struct sb_store_indexing *at, const char *folder)
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
    struct sb_store_indexing at = {.store = store, .err = err};
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
        snprintf(text, sizeof text, "%d malformed record%s passed over, the first: %s",
                 at.malformed, at.malformed == 1 ? "" : "s", at.first_fault);
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
