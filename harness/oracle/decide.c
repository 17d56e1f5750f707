/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/decide.h"

#include <stdio.h>
#include <string.h>

static const char *const experiment_texts[] = {
#define X(name, text) [name] = text,
    SB_EXPERIMENT_MAP(X)
#undef X
};

const char *sb_experiment_text(enum sb_experiment experiment)
{
    return experiment_texts[experiment];
}

const char *sb_result_text(enum sb_result result)
{
    static const char *const texts[] = {[SB_UNTRIED] = "not tried",
                                        [SB_IMPOSSIBLE] = "not possible here",
                                        [SB_SAME] = "right, the same bits",
                                        [SB_WITHIN] = "right, within its bound",
                                        [SB_WRONG] = "wrong",
                                        [SB_CRASHED] = "crashed"};
    return texts[result];
}

static bool right(enum sb_result result)
{
    return result == SB_SAME || result == SB_WITHIN;
}

static bool failing(enum sb_result result)
{
    return result == SB_WRONG || result == SB_CRASHED;
}

/* An experiment that makes the wrong cell right proves that what it changed was the cause. */
bool sb_cures(const struct sb_evidence *e, enum sb_experiment x)
{
    return failing(e->cell) && right(e->tried[x].result);
}

/* Where two runs of the same code differ, being right once proves nothing. */
static bool steadily_cures(const struct sb_evidence *e, enum sb_experiment x)
{
    return sb_cures(e, x) && !e->tried[SB_TRY_AGAIN].changed;
}

/* How a cured cell stands to the trusted side. */
static const char *agreement(const struct sb_tried *t, char *room, size_t size)
{
    if (t->result == SB_SAME) {
        return "the same bits";
    }
    snprintf(room, size, "within %.3g ULP", t->ulp);
    return room;
}

/* Each rule: false, or true with kind and sentence. Most specific first. */
static bool by_finding(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "%s", e->finding_kind);
    snprintf(out->text, sizeof out->text, "%s (twin)", e->finding);
    return e->finding[0] != '\0';
}

static bool by_check(struct sb_cause *out, const struct sb_evidence *e)
{
    const struct sb_tried *t = &e->tried[SB_TRY_CHECKED];
    snprintf(out->kind, sizeof out->kind, "%s", t->kind);
    snprintf(out->text, sizeof out->text, "%s", t->text);
    snprintf(out->place, sizeof out->place, "%s", t->place);
    return t->kind[0] != '\0' && t->text[0] != '\0';
}

static bool by_crash(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "out_of_bounds");
    snprintf(out->text, sizeof out->text, "out of bounds: %s", e->reason);
    return e->cell == SB_CRASHED && e->out_of_bounds;
}

static bool by_poison(struct sb_cause *out, const struct sb_evidence *e)
{
    const struct sb_tried *t = &e->tried[SB_TRY_POISON];
    snprintf(out->kind, sizeof out->kind, "uninitialised");
    snprintf(out->text, sizeof out->text, "uninitialised: %s", t->text);
    return t->changed && t->text[0];
}

static bool by_beside(struct sb_cause *out, const struct sb_evidence *e)
{
    const struct sb_tried *t = &e->tried[SB_TRY_BESIDE];
    snprintf(out->kind, sizeof out->kind, "out_of_bounds");
    snprintf(out->text, sizeof out->text, "out of bounds: %s", t->text);
    return t->changed && t->text[0];
}

static bool by_auto(struct sb_cause *out, const struct sb_evidence *e)
{
    const struct sb_tried *t = &e->tried[SB_TRY_AUTO];
    snprintf(out->kind, sizeof out->kind, "uninitialised");
    snprintf(out->text, sizeof out->text,
             "uninitialised: the result follows what SHARED or local variables held before%s%s",
             t->text[0] ? ": " : "", t->text);
    return t->changed;
}

static bool by_source(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "source");
    snprintf(out->text, sizeof out->text,
             "the source: the trusted side computes %s, so it is the kernel (or its "
             "verification), not the port",
             e->same_as_trusted ? "the same wrong values" : "wrong values too");
    return failing(e->cell) && failing(e->trusted);
}

static bool by_barriers(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "race");
    snprintf(out->text, sizeof out->text,
             "race: a missing barrier: gone when every THREADS_…_FREE region ends with one");
    return sb_cures(e, SB_TRY_BARRIERS);
}

static bool by_sequence(struct sb_cause *out, const struct sb_evidence *e)
{
    const bool unsteady = e->tried[SB_TRY_AGAIN].changed;
    snprintf(out->kind, sizeof out->kind, "race");
    snprintf(out->text, sizeof out->text, "race: %sgone when blocks run one after the other",
             unsteady ? "two runs of the same code differ; " : "");
    return sb_cures(e, SB_TRY_SEQUENTIAL);
}

static bool by_unsteadiness(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "race");
    snprintf(out->text, sizeof out->text,
             "race, or unordered sums: two runs of the same code on the same inputs differ");
    return failing(e->cell) && e->tried[SB_TRY_AGAIN].changed;
}

static bool by_order(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "order");
    snprintf(out->text, sizeof out->text,
             "order: reversed blocks change the result%s, so that iterations depend on each other",
             right(e->tried[SB_TRY_REVERSED].result) ? " (and make it right)" : "");
    return failing(e->cell) && e->tried[SB_TRY_REVERSED].changed;
}

static bool by_contraction(struct sb_cause *out, const struct sb_evidence *e)
{
    char room[64];
    snprintf(out->kind, sizeof out->kind, "contraction");
    snprintf(out->text, sizeof out->text, "contraction: gone with %s (%s)",
             e->no_contract ? e->no_contract : "contraction off",
             agreement(&e->tried[SB_TRY_NO_CONTRACT], room, sizeof room));
    return steadily_cures(e, SB_TRY_NO_CONTRACT);
}

static bool by_denormals(struct sb_cause *out, const struct sb_evidence *e)
{
    char room[64];
    snprintf(out->kind, sizeof out->kind, "denormals");
    snprintf(out->text, sizeof out->text,
             "denormals: gone when subnormal numbers are kept instead of being taken for zero (%s)",
             agreement(&e->tried[SB_TRY_KEEP_DENORMALS], room, sizeof room));
    return steadily_cures(e, SB_TRY_KEEP_DENORMALS);
}

static bool by_rounding(struct sb_cause *out, const struct sb_evidence *e)
{
    char room[64];
    snprintf(out->kind, sizeof out->kind, "rounding");
    snprintf(out->text, sizeof out->text, "rounding: agrees in strict mode (%s)",
             agreement(&e->tried[SB_TRY_STRICT], room, sizeof room));
    return steadily_cures(e, SB_TRY_STRICT);
}

static bool by_compiler(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "compiler");
    snprintf(out->text, sizeof out->text,
             "compiler: gone at %s; the checked build found no undefined behaviour",
             e->unoptimised);
    if (e->tried[SB_TRY_CHECKED].result == SB_UNTRIED ||
        e->tried[SB_TRY_CHECKED].result == SB_IMPOSSIBLE) {
        snprintf(out->text, sizeof out->text, "compiler: gone at %s", e->unoptimised);
    }
    return steadily_cures(e, SB_TRY_UNOPTIMISED);
}

static bool by_target(struct sb_cause *out, const struct sb_evidence *e)
{
    snprintf(out->kind, sizeof out->kind, "instructions");
    snprintf(out->text, sizeof out->text, "instruction set: gone with target %s",
             e->tried[SB_TRY_TARGET].text);
    return steadily_cures(e, SB_TRY_TARGET);
}

#define TRIED(x) (1U << SB_TRY_##x)
/* Where a later experiment may have more to say, a rule waits for it: `after`. Once all are over, none waits. */
static const struct {
    bool (*holds)(struct sb_cause *out, const struct sb_evidence *e);
    unsigned after;
} rules[] = {
    {by_finding, 0},
    {by_check, 0},
    {by_crash, TRIED(CHECKED)},
    {by_poison, 0},
    {by_beside, 0},
    {by_auto, 0},
    {by_source, TRIED(CHECKED) | TRIED(POISON) | TRIED(BESIDE) | TRIED(AUTO)},
    {by_contraction, 0},
    {by_denormals, 0},
    {by_rounding, TRIED(NO_CONTRACT) | TRIED(KEEP_DENORMALS)},
    {by_barriers, 0},
    {by_sequence, 0},
    {by_order, TRIED(SEQUENTIAL) | TRIED(BARRIERS)},
    {by_unsteadiness, TRIED(SEQUENTIAL) | TRIED(BARRIERS) | TRIED(REVERSED)},
    {by_compiler, TRIED(CHECKED)},
    {by_target, 0},
};

static bool all_tried(const struct sb_evidence *e, unsigned wanted)
{
    for (int x = 0; x < SB_EXPERIMENTS; ++x) {
        if (wanted & 1U << x && e->tried[x].result == SB_UNTRIED) {
            return false;
        }
    }
    return true;
}

static bool apply(struct sb_cause *out, const struct sb_evidence *e, bool over)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; ++i) {
        *out = (struct sb_cause){.kind = ""};
        if ((over || all_tried(e, rules[i].after)) && rules[i].holds(out, e)) {
            return true;
        }
    }
    return false;
}

bool sb_decided(const struct sb_evidence *e)
{
    struct sb_cause unused;
    return apply(&unused, e, false);
}

void sb_decide(struct sb_cause *out, const struct sb_evidence *e)
{
    *out = (struct sb_cause){.kind = ""};
    if (apply(out, e, true)) {
        return;
    }
    snprintf(out->kind, sizeof out->kind, "unknown");
    size_t used = (size_t)snprintf(out->text, sizeof out->text, "not explained. Tried:");
    const char *comma = " ";
    for (int x = 0; x < SB_EXPERIMENTS && used < sizeof out->text; ++x) {
        if (e->tried[x].result > SB_IMPOSSIBLE) {
            used += (size_t)snprintf(out->text + used, sizeof out->text - used, "%s%s (%s)", comma,
                                     experiment_texts[x], sb_result_text(e->tried[x].result));
            comma = ", ";
        }
    }
}
