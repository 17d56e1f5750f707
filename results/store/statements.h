/* SPDX-License-Identifier: Apache-2.0 */
/** Every statement of the store, by a name that says what it does, and the numbered migrations. */
#ifndef SB_STORE_STATEMENTS_H
#define SB_STORE_STATEMENTS_H

enum sb_statement {
    SB_SQL_BEGIN,
    SB_SQL_COMMIT,
    SB_SQL_ROLLBACK,
    SB_SQL_ADD_CAMPAIGN,
    SB_SQL_CAMPAIGN_OF_FOLDER,
    SB_SQL_DESCRIBE_CAMPAIGN,
    SB_SQL_FILES_OF_CAMPAIGN,
    SB_SQL_ADD_FILE,
    SB_SQL_FORGET_FILE,
    SB_SQL_DOUBT_FILE,
    SB_SQL_FOLDERS,
    SB_SQL_FORGET_CAMPAIGNS,
    SB_SQL_FORGET_UNUSED_NODES,
    SB_SQL_FORGET_UNUSED_BUILDS,
    SB_SQL_ADD_NODE,
    SB_SQL_ADD_BUILD,
    SB_SQL_ADD_RECORD,
    SB_SQL_ADD_TIMING,
    SB_SQL_ADD_CHECK,
    SB_SQL_MARK_LAST_RECORDS,
    SB_SQL_CELLS_FOR_COMPARE,
    SB_SQL_NARROW,
    SB_SQL_COUNT /* how many */
};

/**
 * Text of a statement. Parameters are named: ":a__b" is the value at path a.b of the record (or the check) that is stored,
 * ":_x" is bound by the code.
 */
const char *sb_statement_text(enum sb_statement statement);

/** The step from user_version i to i + 1; NULL past the newest. */
const char *sb_migration_text(int i);
#define SB_STORE_VERSION 5

#endif
