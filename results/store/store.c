/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, migrating and mending the index. */
#include "results/store/connection.h"
#include "results/store/functions.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sb_store_fail(struct sb_store *store, struct sb_error *err)
{
    return sb_fail(err, SB_EIO, "%s: %s", store->path,
                   store->db ? sqlite3_errmsg(store->db) : "out of memory");
}

void sb_store_warn(struct sb_store *store, const char *text)
{
    const size_t used = strlen(store->warning);
    snprintf(store->warning + used, sizeof store->warning - used, "%s%s", used ? "\n" : "", text);
}

const char *sb_store_warning(const struct sb_store *store)
{
    return store->warning;
}

sqlite3_stmt *sb_store_statement(struct sb_store *store, enum sb_statement which,
                                 struct sb_error *err)
{
    sqlite3_stmt **statement = &store->statement[which];
    if (*statement) {
        sqlite3_reset(*statement);
        sqlite3_clear_bindings(*statement);
    } else if (sqlite3_prepare_v3(store->db, sb_statement_text(which), -1,
                                  SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK) {
        sb_store_fail(store, err);
        return NULL;
    }
    return *statement;
}

int sb_store_run(struct sb_store *store, sqlite3_stmt *statement, struct sb_error *err)
{
    const int answer = sqlite3_step(statement);
    const int code = answer == SQLITE_DONE || answer == SQLITE_ROW ? 0 : sb_store_fail(store, err);
    sqlite3_reset(statement);
    return code;
}

int sb_store_run_plain(struct sb_store *store, enum sb_statement which, struct sb_error *err)
{
    sqlite3_stmt *statement = sb_store_statement(store, which, err);
    return statement ? sb_store_run(store, statement, err) : SB_EIO;
}

static int index_of(sqlite3_stmt *statement, const char *name)
{
    const int i = sqlite3_bind_parameter_index(statement, name);
    assert(i > 0);
    return i;
}

void sb_store_bind_integer(sqlite3_stmt *statement, const char *name, int64_t value)
{
    sqlite3_bind_int64(statement, index_of(statement, name), value);
}

void sb_store_bind_text(sqlite3_stmt *statement, const char *name, const char *value)
{
    sqlite3_bind_text(statement, index_of(statement, name), value, -1, SQLITE_TRANSIENT);
}

/* ":a__b" → "a.b" */
static void path_of(char *out, size_t room, const char *name)
{
    size_t used = 0;
    for (name++; *name && used + 1 < room; name++) {
        const bool dot = name[0] == '_' && name[1] == '_';
        out[used++] = dot ? '.' : *name;
        name += dot;
    }
    out[used] = '\0';
}

int sb_store_bind_json(sqlite3_stmt *statement, const json_t *json)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i);
        if (name[1] == '_') {
            continue;
        }
        char path[64];
        path_of(path, sizeof path, name);
        const json_t *value = sb_json_at(json, path);
        if (json_is_string(value)) {
            sqlite3_bind_text(statement, i, json_string_value(value),
                              (int)json_string_length(value), SQLITE_STATIC);
        } else if (json_is_integer(value)) {
            sqlite3_bind_int64(statement, i, json_integer_value(value));
        } else if (json_is_real(value)) {
            sqlite3_bind_double(statement, i, json_real_value(value));
        } else if (json_is_boolean(value)) {
            sqlite3_bind_int64(statement, i, json_is_true(value));
        } else if (json_is_object(value) || json_is_array(value)) {
            char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
            if (!text) {
                return SB_ENOMEM;
            }
            sqlite3_bind_text(statement, i, text, -1, free);
        }
    }
    return 0;
}

static int read_integer(struct sb_store *store, const char *pragma, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int answer = sqlite3_prepare_v2(store->db, pragma, -1, &statement, NULL);
    if (answer == SQLITE_OK) {
        answer = sqlite3_step(statement);
        *out = answer == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    }
    sqlite3_finalize(statement);
    return answer;
}

/* 0; SB_EVERSION: a newer switchbench wrote it; SB_EIO. Each step and its number are one transaction. */
static int migrate(struct sb_store *store, struct sb_error *err)
{
    for (;;) {
        if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
            return sb_store_fail(store, err);
        }
        int64_t version = 0;
        bool ok = read_integer(store, "PRAGMA user_version", &version) == SQLITE_ROW;
        const char *step = ok ? sb_migration_text((int)version) : NULL;
        if (step) {
            char number[64];
            snprintf(number, sizeof number, "PRAGMA user_version = %d", (int)version + 1);
            ok = sqlite3_exec(store->db, step, NULL, NULL, NULL) == SQLITE_OK &&
                 sqlite3_exec(store->db, number, NULL, NULL, NULL) == SQLITE_OK;
        }
        const int code = ok ? 0 : sb_store_fail(store, err);
        sqlite3_exec(store->db, ok ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
        if (code != 0) {
            return code;
        }
        if (!step) {
            return version <= SB_STORE_VERSION
                       ? 0
                       : sb_fail(err, SB_EVERSION,
                                 "%s: written by a newer switchbench (version %d)", store->path,
                                 (int)version);
        }
    }
}

static void disconnect(struct sb_store *store)
{
    for (int i = 0; i < SB_SQL_COUNT; i++) {
        sqlite3_finalize(store->statement[i]);
        store->statement[i] = NULL;
    }
    sqlite3_close_v2(store->db);
    store->db = NULL;
}

/* Everything can be had again from the records, so nothing waits for the disk. */
static const char *const settings = "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;"
                                    "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;";

/* quick_check reads the whole file: worth it while that is quick; a larger file's damage shows when it is met. */
#define CHECK_BYTES (32 << 20)

static bool is_sound(struct sb_store *store)
{
    int64_t pages = 0, page_bytes = 0;
    if (read_integer(store, "PRAGMA page_count", &pages) != SQLITE_ROW ||
        read_integer(store, "PRAGMA page_size", &page_bytes) != SQLITE_ROW) {
        return false;
    }
    if (pages * page_bytes > CHECK_BYTES) {
        return true;
    }
    sqlite3_stmt *statement = NULL;
    bool sound = false;
    if (sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(statement, 0);
        sound = answer && strcmp(answer, "ok") == 0;
    }
    sqlite3_finalize(statement);
    return sound;
}

/* 0, SB_EVERSION, SB_EPARSE (damaged: to be replaced), SB_EIO. */
static int connect_to(struct sb_store *store, struct sb_error *err)
{
    int code = 0;
    if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL) != SQLITE_OK) {
        return sb_store_fail(store, err);
    }
    sqlite3_busy_timeout(store->db, 20000);
    if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) != SQLITE_OK ||
        sb_store_functions(store->db) != SQLITE_OK) {
        code = sb_store_fail(store, err);
    }
    if (code == 0 && !is_sound(store)) {
        return sb_fail(err, SB_EPARSE, "%s: damaged", store->path);
    }
    code = code != 0 ? code : migrate(store, err);
    const int answer = sqlite3_errcode(store->db);
    return code == SB_EIO && (answer == SQLITE_NOTADB || answer == SQLITE_CORRUPT) ? SB_EPARSE
                                                                                   : code;
}

int sb_store_replace(struct sb_store *store, const char *why, struct sb_error *err)
{
    disconnect(store);
    char other[sizeof store->path + 16];
    snprintf(other, sizeof other, "%s.damaged", store->path);
    if (rename(store->path, other) != 0 && errno != ENOENT) {
        return sb_fail(err, SB_EIO, "cannot set %s aside: %s", store->path, strerror(errno));
    }
    static const char *const companions[] = {"-wal", "-shm"};
    for (size_t i = 0; i < sizeof companions / sizeof companions[0]; i++) {
        snprintf(other, sizeof other, "%s%s", store->path, companions[i]);
        unlink(other);
    }
    const int code = connect_to(store, err);
    char text[sizeof store->path + 128];
    snprintf(text, sizeof text, "the index %s %s: it was built again from the records", store->path,
             why);
    sb_store_warn(store, text);
    return code;
}

int sb_store_list_folder(struct sb_store *store, const char *folder, struct sb_error *err)
{
    if (strcmp(store->path, ":memory:") == 0) {
        return 0;
    }
    char path[sizeof store->path + 16];
    snprintf(path, sizeof path, "%s.campaigns", store->path);
    char line[1100];
    const int length = snprintf(line, sizeof line, "%s\n", folder);
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        return sb_fail(err, SB_EIO, "cannot write %s: %s", path, strerror(errno));
    }
    const int code = sb_fs_write_all(fd, line, (size_t)length, path, err);
    close(fd);
    return code;
}

int sb_store_index_listed(struct sb_store *store, struct sb_error *err)
{
    char path[sizeof store->path + 16];
    snprintf(path, sizeof path, "%s.campaigns", store->path);
    char *text = NULL;
    size_t length = 0;
    int code = sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code == SB_ENOTFOUND ? 0 : code;
    }
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line && code == 0; line = strsep(&rest, "\n")) {
        struct sb_error why = {0};
        if (*line && access(line, F_OK) == 0 && sb_store_index(NULL, store, line, &why) != 0) {
            sb_store_warn(store, why.text);
        }
    }
    free(text);
    return code;
}

/* No place for an index is no reason to answer nothing. */
static void no_place(struct sb_store *store, const struct sb_error *why)
{
    disconnect(store);
    char text[sizeof store->warning];
    snprintf(text, sizeof text, "working without an index: %.900s", why->text);
    sb_store_warn(store, text);
    memcpy(store->path, ":memory:", sizeof ":memory:");
}

int sb_store_open(struct sb_store **out, const char *path, struct sb_error *err)
{
    *out = NULL;
    struct sb_store *store = calloc(1, sizeof *store);
    if (!store) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    struct sb_error why = {0};
    int code = 0;
    if (path) {
        const size_t length = strlen(path);
        code = length < sizeof store->path
                   ? 0
                   : sb_fail(err, SB_EINVAL, "%.100s…: path too long", path);
        memcpy(store->path, path, length < sizeof store->path ? length : 0);
    } else {
        char folder[sizeof store->path];
        if (sb_fs_cache(folder, sizeof folder, "index", &why) != 0) {
            no_place(store, &why);
        } else {
            code = sb_fs_join(store->path, sizeof store->path, folder, "index.sqlite", err);
        }
    }
    code = code != 0 ? code : connect_to(store, &why);
    if (code == SB_EIO && !path) {
        no_place(store, &why);
        code = connect_to(store, &why);
    }
    if (code == SB_EIO) {
        sb_fail(err, code, "%s", why.text);
    }
    if (code == SB_EPARSE || code == SB_EVERSION) {
        code = sb_store_replace(
            store, code == SB_EPARSE ? "was damaged" : "was written by a newer switchbench", err);
        code = code != 0 ? code : sb_store_index_listed(store, err);
    }
    if (code != 0) {
        sb_store_close(store);
        return code;
    }
    *out = store;
    return 0;
}

void sb_store_close(struct sb_store *store)
{
    if (store) {
        disconnect(store);
        free(store);
    }
}
