/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Why do two records of one case differ in time? A pure function of the two records and of what `compare` says of their times.
 *
 * Times are products, so their ratio is a product of ratios, and its logarithm a sum: each factor accounts for its part of it,
 * exactly, whatever the order. Four such products are tried, each where both records have its factors and these may be compared
 * (results/metrics/):
 *   processor   instructions / (instructions in a cycle × clock × CPUs used)
 *   executed    instructions / instructions a second, where nothing more is known (a simulator counts, and keeps no time)
 *   memory      bytes between memory and caches / bytes a second
 *   roof        attainable time (results/bound/) / part of it that was reached
 * What else differs (compiler, flags, driver, image, machine, settings, disturbances) is listed, first what is likelier to
 * matter. Records cannot say how much such a fact accounts for, unless it is the only one: that is said, too.
 */
#ifndef SB_EXPLAIN_H
#define SB_EXPLAIN_H

#include "harness/util/error.h"

#include <jansson.h>

/** What is known of the ratio of times B/A; low and high are NAN where there is no interval. */
struct sb_explain_ratio {
    double ratio, low, high;
    const char *outcome; /* "faster", "slower", "same", "inconclusive", … */
    const char *reason;  /* of that; "" */
};

/**
 * *out is {"a", "b": names, "ratio", "low", "high", "outcome",
 *   "products": [{"what", "factors": [{"name", "a", "b", "unit", "share": of ln(ratio), "sentence"}], "unexplained": share}],
 *   "notes": {source: what it says of its counts},
 *   "not_comparable": [{"metric", "sentence"}],
 *   "facts": [{"what", "a", "b", "sentence"}], likeliest first,
 *   "answer": [sentence, …]}. New reference. SB_ENOMEM.
 */
int sb_explain(json_t **out, const json_t *a, const json_t *b, const struct sb_explain_ratio *ratio,
               struct sb_error *err);

/** The three parts of it; each adds to @p told. */
void sb_explain_products(json_t *told, const json_t *a, const json_t *b, double ratio);
void sb_explain_facts(json_t *told, const json_t *a, const json_t *b);
void sb_explain_answer(json_t *told, const struct sb_explain_ratio *ratio);

#endif
