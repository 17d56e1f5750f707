/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Is B faster or slower than A? Cell by cell, with the interval of the ratio of medians.
 *
 * Method. Consecutive samples are correlated, so the unit is the *turn*: some 50–100 ms of consecutive samples, taken in
 * turns with the other cells. A cell's estimate is the logarithm of the median of its turns' medians, weighted by their samples; its variance comes from
 * Price & Bonett's distribution-free estimate (J. Stat. Comput. Simul. 72 (2002) 119), inflated for turns that still
 * resemble their neighbours (Sen 1968): sb_stats_log_median(). A process differs from the next run of the same program by
 * more than its turns show (memory layout, placement): Kalibera & Jones, "Rigorous benchmarking in reasonable time" (ISMM 2013),
 * so replicas are the upper unit: the variance between them is estimated from the replicas that there are, moderated
 * by what is expected of any machine (`between`, a relative standard deviation that weighs as `between_df` degrees of
 * freedom; Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004) 3); with one replica it is that expectation alone. The interval is
 *   exp(B − A ± t · √(variance)),  t Student's with those degrees of freedom,
 * at 99 %, because an interval that leaves 1 out is an alarm and one in fifty is all that repeated A/A runs may raise.
 * A machine may have several speeds, and a run may meet mostly one. Noise makes a run slower, never faster: where more than
 * SB_COMPARE_OVERLAP of the slower side's turns are as fast as the other side (come within a quarter of the difference to
 * its median), nothing is decided.
 * A turn whose mean is far above the median lost its cores to something else; where more than a quarter of a side's turns
 * did (SB_COMPARE_BUSY), how the machine was shared decides the times, and nothing is decided.
 * What no method can see is a state of the machine that outlasted one whole side: compare runs that last, replicas, or one job.
 * Within one job cells take turns one after the other, so turn i of A and turn i of B saw the same machine: there the
 * estimate is the median of the paired differences, which drift cannot move.
 */
#ifndef SB_COMPARE_H
#define SB_COMPARE_H

#include "results/store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_OUTCOME_MAP(X)                                                                          \
    X(SB_OUTCOME_FASTER, "faster") /* the interval lies below 1 */                                 \
    X(SB_OUTCOME_SLOWER, "slower") /* the interval lies above 1 */                                 \
    X(SB_OUTCOME_SAME, "same")     /* the interval lies within ± the margin (this goes first) */   \
    X(SB_OUTCOME_LESS, "less")     /* of a metric: every replica of B has less than any of A … */  \
    X(SB_OUTCOME_MORE, "more")     /* … or more, and by more than the margin */                    \
    X(SB_OUTCOME_INCONCLUSIVE, "inconclusive") /* none of these, or too few turns */               \
    X(SB_OUTCOME_WRONG, "wrong")     /* either side is not verified: times say nothing */          \
    X(SB_OUTCOME_MISSING, "missing") /* either side has no such cell, or it was not measured */
enum sb_outcome {
#define X(name, text) name,
    SB_OUTCOME_MAP(X)
#undef X
        SB_OUTCOMES
};
const char *sb_outcome_text(enum sb_outcome outcome);

struct sb_compare_options {
    double margin;     /* "same" is within 1/(1 + margin) … 1 + margin; SB_COMPARE_MARGIN */
    double gate;       /* a slowdown beyond 1 + gate is a regression; < 0: no gate */
    double confidence; /* SB_COMPARE_CONFIDENCE */
    double
        between; /* relative standard deviation between processes to expect; SB_COMPARE_BETWEEN */
    double between_df;  /* the weight of that expectation; SB_COMPARE_BETWEEN_DF */
    const char *metric; /* of results/metrics/, instead of times; NULL: times */
};
#define SB_COMPARE_MARGIN 0.03
#define SB_COMPARE_CONFIDENCE 0.99
#define SB_COMPARE_BETWEEN 0.005
#define SB_COMPARE_BETWEEN_DF 40
/** Greatest overlap at which faster or slower is said: a side that often enough was as fast as the other met a slow machine. */
#define SB_COMPARE_OVERLAP 0.2
/** Greatest share of disturbed turns at which faster or slower is said. A turn is disturbed where its mean is so many medians. */
#define SB_COMPARE_BUSY 0.25
#define SB_COMPARE_DISTURBED 1.5
/** From which share of marked turns (timing.disturbed of harness/record.h) on a row says so. No sample is dropped for it. */
#define SB_COMPARE_NOTED 0.1
/** The defaults above, without a gate. */
void sb_compare_defaults(struct sb_compare_options *options);

/** One process's turns of a cell: medians in the order they were taken. */
struct sb_compare_run {
    const double *turn_median_ns;
    const double *turn_samples; /* how many samples each has; NULL: as many as each other */
    const double
        *turn_mean_ns; /* NULL: not known, so that nothing is said of how busy the machine was */
    size_t turns;
};
/** Ratio of times B/A; > 1: B is slower. */
struct sb_ratio {
    double ratio, low, high; /* NAN where there are too few turns */
    double
        overlap; /* the share of the slower side's turns within a quarter of the way to the other's median, or past it; 0 where paired */
    double
        busy; /* the greater share of either side's turns whose mean is over SB_COMPARE_DISTURBED × its median; 0 where paired */
    bool paired;
    size_t turns_a, turns_b;
};
/**
 * The interval of the ratio from the replicas of either side (runs[i]: one replica each). @p paired: run i of A and of
 * B took their turns alternately, in one job. SB_ENOMEM; fewer than three turns in a run is no error but NAN.
 */
int sb_compare_ratio(struct sb_ratio *out, const struct sb_compare_run *a, size_t count_a,
                     const struct sb_compare_run *b, size_t count_b, bool paired,
                     const struct sb_compare_options *options);
/** faster, slower, same or inconclusive. */
enum sb_outcome sb_compare_decide(const struct sb_ratio *ratio,
                                  const struct sb_compare_options *options);
/** Slower, and the estimate beyond the gate. */
bool sb_compare_regressed(const struct sb_ratio *ratio, const struct sb_compare_options *options);

/** One side of a comparison: a campaign, or the part of one where axis = value for each filter. */
#define SB_COMPARE_FILTERS 4
struct sb_compare_side {
    char folder[1024]; /* as it was written: a folder of a campaign */
    int64_t campaign;  /* its number in the store; set by whoever indexes it */
    struct {
        char axis
            [32]; /* kernel label preset variant backend target place precision maths, or a parameter's name */
        char value[96];
    } filter[SB_COMPARE_FILTERS];
    int filters;
};
/**
 * "FOLDER" or "FOLDER:backend=opencl,variant=portable". SB_EINVAL: a filter without '=', or too many.
 */
int sb_compare_side_parse(struct sb_compare_side *out, const char *text, struct sb_error *err);

/** One matched pair of cells. Texts belong to the comparison. */
struct sb_compare_row {
    const char *name;            /* of A's cell, or of B's where A has none */
    const char *name_b;          /* of B's cell; differs where an axis is compared */
    const char *cell_a, *cell_b; /* ids of the first replica; "" where there is none */
    enum sb_outcome outcome;
    bool regression;
    const char *reason;             /* one sentence for wrong, missing and inconclusive; else "" */
    enum sb_state state_a, state_b; /* SB_STATES where there is no such cell */
    double median_a_ns, median_b_ns;
    double value_a, value_b; /* of the metric, means over replicas; NAN where times are compared */
    struct sb_ratio
        ratio; /* of a metric: low and high are of the replicas that differ least and most */
    double disturbed_a,
        disturbed_b; /* share of the turns watched in which something else had the machine; NAN: none was watched */
    const char *
        note; /* one sentence where a side was disturbed in more than SB_COMPARE_NOTED of its turns; else "" */
};
struct sb_comparison {
    struct sb_compare_row *row; /* ordered by kernel, then name */
    size_t count;
    int counts[SB_OUTCOMES];
    int regressions;
    struct sb_compare_options options;
    struct sb_compare_texts *texts; /* owns all texts above */
};
/**
 * Compares the cells of two sides. Cells match when they agree in everything that defines them (kernel, label, preset, parameters,
 * precision, maths, variant, backend, target, place) but the axes that either side filters on; replicas of a cell are
 * taken together. Comparing backends leaves the target out too. Errors: SB_EINVAL (a filter leaves several different
 * cells for one match, or names an axis that no cell has: the closest), SB_ENOTFOUND (a filter selects nothing), SB_EIO, SB_ENOMEM.
 */
int sb_compare_cells(struct sb_comparison *out, struct sb_store *store,
                     const struct sb_compare_side *a, const struct sb_compare_side *b,
                     const struct sb_compare_options *options, struct sb_error *err);
/**
 * The exit code: wrong (1); regression beyond the gate (3); a cell that A measured and B could not: failed (7), lost (4);
 * nothing compared (6); inconclusive (5): with a gate, a cell whose outcome is inconclusive and whose interval reaches
 * beyond the gate; without one, not a single cell decided. Else 0.
 */
int sb_compare_exit(const struct sb_comparison *comparison);
/** {options, counts, regressions, rows: […]}; a ratio that could not be had is null. New reference, NULL: out of memory. */
json_t *sb_compare_to_json(const struct sb_comparison *comparison);
void sb_compare_free(struct sb_comparison *comparison);

#endif
