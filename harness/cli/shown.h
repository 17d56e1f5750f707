/* SPDX-License-Identifier: Apache-2.0 */
/** How values of a record read: times, rates, the worst error of a verdict, the case within a cell's name. */
#ifndef SB_SHOWN_H
#define SB_SHOWN_H

#include <jansson.h>
#include <stddef.h>

/** The part of a cell's name that is its case: "triad@small n=1024" of "stream/triad@small portable cpu n=1024". */
void sb_shown_case(char *out, size_t room, const char *name);
/** Three significant digits without an exponent where that is short: "12.3", "0.45", "1.2e+05". */
void sb_shown_number(char *out, size_t room, double value);
/** A rate in giga-units; "" for NAN. */
void sb_shown_giga(char *out, size_t room, double per_s);

/** The check whose worst element comes closest to (or exceeds most) its bound. */
struct sb_worst {
    const json_t *check; /* borrowed; NULL where nothing was checked */
    double
        share; /* |got − expected| / bound; INFINITY for NaN, and for a bound of 0 that is not met */
    double ulp; /* of that element; NAN for truths */
};
struct sb_worst sb_shown_worst(const json_t *record);
/** "2.1 ULP, 8% of bound". */
void sb_shown_error(char *out, size_t room, const struct sb_worst *worst);
/** A number, or "nan", "inf", "-inf" as records say them. NAN for anything else. */
double sb_shown_value(const json_t *value);

#endif
