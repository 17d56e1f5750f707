/* SPDX-License-Identifier: Apache-2.0 */
/** A cell that differs from its trusted side, and the experiments on it. */
#ifndef SB_SUSPECT_H
#define SB_SUSPECT_H

#include "harness/oracle/decide.h"
#include "harness/oracle/trial.h"

struct sb_suspect {
    const struct sb_pack *pack;
    const struct sb_cell *cell;
    struct sb_cell trusted_cell;  /* the same case on the trusted backend: strict maths, serial */
    int tuning[SB_MAX_TUNINGS];   /* of both sides: blocks of the same size */
    const struct sb_outcome *got; /* of the cell as it is */
    const struct sb_outcome *trusted;
    struct sb_evidence evidence;
    struct sb_host *strict; /* results in strict maths, where that was tried */
};

/** How @p outcome stands to the trusted side; the distance goes to @p out_ulp (NULL: not wanted). */
enum sb_result sb_suspect_judge(double *out_ulp, const struct sb_suspect *s,
                                const struct sb_outcome *outcome);
/** Runs the cell with @p trial, in @p maths; tuning is added. Errors as sb_trial_run(). */
int sb_suspect_try(struct sb_outcome *out, const struct sb_suspect *s, enum sb_maths maths,
                   const struct sb_trial *trial, struct sb_error *err);
/** Runs the portable source (the suspect's own, of backend cpu) on this machine's processor, with one thread and @p trial. */
int sb_suspect_try_on_cpu(struct sb_outcome *out, const struct sb_suspect *s,
                          const struct sb_trial *trial, struct sb_error *err);
/** The maths in which it is wrong exactly: strict where it is wrong there too, else its own. */
enum sb_maths sb_suspect_maths(const struct sb_suspect *s);

/** Runs experiments in their order until the evidence proves a cause, or all are over. SB_EIO. */
int sb_suspect_examine(struct sb_suspect *s, struct sb_error *err);
/**
 * Finds the first launch after which an array differs (or the process dies), by halving; *out is a new reference:
 * {"launch", "launches", "function", "maths", "element", "got", "trusted", "ulp", "differ"}, or null where nothing can
 * be said: the trusted side is wrong too, or launches other functions. SB_EIO.
 */
int sb_suspect_bisect(json_t **out, const struct sb_suspect *s, struct sb_error *err);

#endif
