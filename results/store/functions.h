/* SPDX-License-Identifier: Apache-2.0 */
/** What queries can call beside SQL's own functions. */
#ifndef SB_STORE_FUNCTIONS_H
#define SB_STORE_FUNCTIONS_H

#include <sqlite3.h>

/**
 * Adds to @p db the aggregate, and window function, portability(efficiency): results/stats/portability.h over the rows; a
 * NULL is a platform that is not supported. 0, or SQLite's code.
 */
int sb_store_functions(sqlite3 *db);

#endif
