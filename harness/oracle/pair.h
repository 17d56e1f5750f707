/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Two runs of a suspect that differ in one thing, and whether its results follow that thing. A result that changes by
 * itself would seem to follow anything: other bits count once they came back each time.
 */
#ifndef SB_PAIR_H
#define SB_PAIR_H

#include "harness/oracle/suspect.h"

/** What is run: the same cell twice, with @p a and with @p b. */
struct sb_pairing {
    bool on_cpu;         /* as sb_suspect_try_on_cpu(), in its maths */
    enum sb_maths maths; /* else */
    struct sb_trial a, b;
};

struct sb_pair {
    struct sb_outcome a, b;
    bool differ;       /* some result has other bits: */
    char element[200]; /* the first that has, "z[2][31]" */
    int64_t count;     /* elements of its array that have */
};

/** Runs both. *out is to be freed whatever happens. Errors as sb_trial_run(). */
int sb_pair_run(struct sb_pair *out, const struct sb_suspect *s, const struct sb_pairing *pairing,
                struct sb_error *err);
/**
 * Whether results follow what the pairing's sides differ in: both are run again, alternately, until each side has given
 * its bits SB_PAIR_TIMES times. Where a side has not, the result changes by itself: that is noted under SB_TRY_AGAIN.
 * Where both sides of @p first were alike, it is false, and nothing is run. Errors as sb_trial_run().
 */
#define SB_PAIR_TIMES 4
int sb_pair_follows(bool *out, const struct sb_pair *first, struct sb_suspect *s,
                    const struct sb_pairing *pairing, struct sb_error *err);
void sb_pair_free(struct sb_pair *pair);

/** Whether the results of both runs have the same bits; two runs that left none are alike. */
bool sb_pair_alike(const struct sb_outcome *a, const struct sb_outcome *b,
                   enum sb_precision precision);

#endif
