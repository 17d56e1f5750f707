/* SPDX-License-Identifier: Apache-2.0 */
#include "results/store/functions.h"

#include "results/stats/portability.h"

#include <math.h>
#include <stddef.h>

static double efficiency_of(sqlite3_value *value)
{
    return sqlite3_value_type(value) == SQLITE_NULL ? NAN : sqlite3_value_double(value);
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct sb_portability *p = sqlite3_aggregate_context(context, sizeof *p);
    if (p) {
        sb_portability_add(p, efficiency_of(values[0]));
    } else {
        sqlite3_result_error_nomem(context);
    }
}

static void inverse(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct sb_portability *p = sqlite3_aggregate_context(context, sizeof *p);
    if (p) {
        sb_portability_remove(p, efficiency_of(values[0]));
    }
}

static void value(sqlite3_context *context)
{
    const struct sb_portability *p = sqlite3_aggregate_context(context, 0);
    const double result = p ? sb_portability_value(p) : (double)NAN;
    if (isnan(result)) {
        sqlite3_result_null(context);
    } else {
        sqlite3_result_double(context, result);
    }
}

int sb_store_functions(sqlite3 *db)
{
    return sqlite3_create_window_function(db, "portability", 1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                          NULL, step, value, value, inverse, NULL);
}
