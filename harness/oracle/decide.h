/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From what experiments showed to the one sentence that they prove. Pure: no device, no process, no clock. The rules are
 * a table in decide.c, most specific first; tests/unit/test_oracle.c holds each to its sentence.
 */
#ifndef SB_DECIDE_H
#define SB_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

/** How one experiment came out, judged by the kernel's own verification. */
enum sb_result {
    SB_UNTRIED,
    SB_IMPOSSIBLE, /* not on this backend, or it did not compile so */
    SB_SAME,       /* right, and the trusted side's bits */
    SB_WITHIN,     /* right: other bits, within the kernel's bounds */
    SB_WRONG,
    SB_CRASHED
};

/** What is changed about the cell. The order is that in which they are tried. */
#define SB_EXPERIMENT_MAP(X)                                                                       \
    X(SB_TRY_STRICT, "strict maths")                                                               \
    X(SB_TRY_AGAIN, "the same once more")                                                          \
    X(SB_TRY_CHECKED, "every access and undefined behaviour checked, on cpu")                      \
    X(SB_TRY_POISON, "other values in what is not initialised")                                    \
    X(SB_TRY_BESIDE, "other bytes beside the arrays")                                              \
    X(SB_TRY_AUTO, "other values in SHARED and local variables, on cpu")                           \
    X(SB_TRY_BARRIERS, "a barrier after every region")                                             \
    X(SB_TRY_SEQUENTIAL, "blocks one after the other")                                             \
    X(SB_TRY_REVERSED, "blocks in reversed order")                                                 \
    X(SB_TRY_NO_CONTRACT, "no fused multiply-add")                                                 \
    X(SB_TRY_KEEP_DENORMALS, "subnormal numbers kept")                                             \
    X(SB_TRY_UNOPTIMISED, "without optimisation")                                                  \
    X(SB_TRY_TARGET, "a plainer instruction set")                                                  \
    X(SB_TRY_SEED, "other inputs")
enum sb_experiment {
#define X(name, text) name,
    SB_EXPERIMENT_MAP(X)
#undef X
        SB_EXPERIMENTS
};

struct sb_tried {
    enum sb_result result;
    bool changed; /* it gave other bits than the cell itself */
    double ulp;   /* the largest distance to the trusted side */
    char text
        [400]; /* what it showed, in words: a finding, the array that the result follows; may be empty */
    char kind[32];   /* of a finding */
    char place[160]; /* of a finding: "axpy.dev.c:14", or empty */
};

/** Everything that is known of a cell that differs. */
struct sb_evidence {
    enum sb_result cell, trusted;
    bool same_as_trusted; /* both sides have the same bits, right or wrong */
    char reason[400];     /* of the cell's record */
    char finding[400];    /* the first finding of the twin, or empty */
    char finding_kind[32];
    bool
        out_of_bounds; /* the cell's process ended at an access beside an array; reason says which */
    const char *no_contract; /* how the backend is told: "-ffp-contract=off" */
    const char *unoptimised; /* "-O0" */
    struct sb_tried tried[SB_EXPERIMENTS];
};

struct sb_cause {
    char kind
        [32]; /* "race", "out_of_bounds", "uninitialised", "undefined", "order", "contraction", "denormals",
                       "rounding", "compiler", "instructions", "source", "unknown" */
    char text[800];  /* one sentence */
    char place[160]; /* where in the source, "axpy.dev.c:14"; empty where that is not known */
};

/** The cause that @p evidence proves; "unknown", with what was tried, where it proves none. */
void sb_decide(struct sb_cause *out, const struct sb_evidence *evidence);
/** Whether the evidence so far proves a cause, and nothing more need be tried. */
bool sb_decided(const struct sb_evidence *evidence);
/** Whether the failing cell was right with @p experiment. */
bool sb_cures(const struct sb_evidence *evidence, enum sb_experiment experiment);
const char *sb_experiment_text(enum sb_experiment experiment);
const char *sb_result_text(enum sb_result result);

#endif
