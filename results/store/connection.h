/* SPDX-License-Identifier: Apache-2.0 */
/** Inside the store: one open database and its prepared statements. */
#ifndef SB_STORE_CONNECTION_H
#define SB_STORE_CONNECTION_H

#include "results/store/statements.h"
#include "results/store/store.h"

#include <sqlite3.h>

struct sb_store {
    sqlite3 *db;
    char path[1024];
    sqlite3_stmt *statement[SB_SQL_COUNT]; /* prepared when first used */
    char warning[1024];
};

/** The statement, reset and without bindings; NULL with @p err set. Belongs to the store. */
sqlite3_stmt *sb_store_statement(struct sb_store *store, enum sb_statement which,
                                 struct sb_error *err);
/** Runs a statement that yields no rows. SB_EIO with the database's reason. */
int sb_store_run(struct sb_store *store, sqlite3_stmt *statement, struct sb_error *err);
int sb_store_run_plain(struct sb_store *store, enum sb_statement which, struct sb_error *err);
/** SB_EIO with the path and the database's reason. */
int sb_store_fail(struct sb_store *store, struct sb_error *err);
/** Binds by name; a name that the statement lacks is a programming error. */
void sb_store_bind_integer(sqlite3_stmt *statement, const char *name, int64_t value);
void sb_store_bind_text(sqlite3_stmt *statement, const char *name, const char *value);
/**
 * Binds every parameter ":a__b" (not ":_x") to the value at path a.b of @p json: objects and arrays as JSON with sorted
 * keys, what is missing as NULL. SB_ENOMEM.
 */
int sb_store_bind_json(sqlite3_stmt *statement, const json_t *json);
/** Adds a sentence to the warning, as far as it has room. */
void sb_store_warn(struct sb_store *store, const char *text);
/** Appends @p folder to the list of campaigns from which a damaged index is rebuilt. SB_EIO. */
int sb_store_list_folder(struct sb_store *store, const char *folder, struct sb_error *err);
/** Sets a damaged file aside and opens a new, empty one. SB_EIO. */
int sb_store_replace(struct sb_store *store, const char *why, struct sb_error *err);
/** Indexes every folder of the list that is still there; a folder that cannot be read becomes a warning. */
int sb_store_index_listed(struct sb_store *store, struct sb_error *err);

#endif
