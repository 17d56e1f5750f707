/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments: a row each, with what it needs and what it does. Each run is a process of its own. */
#include "harness/oracle/compare.h"
#include "harness/oracle/pair.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

/* Runs in @p maths with @p trial, and notes the result. The outcome stays with the caller. */
static int note(struct sb_outcome *out, struct sb_suspect *s, enum sb_experiment x,
                enum sb_maths maths, const struct sb_trial *trial, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[x];
    double ulp = 0;
    const int code = sb_suspect_try(out, s, maths, trial, err);
    if (code == 0) {
        tried->result = sb_suspect_judge(&tried->ulp, s, out);
        tried->changed = out->after && s->got->after &&
                         !sb_compare_results(&ulp, out->after, s->got->after, s->cell->c.precision);
    }
    return code;
}

/* Whether the suspect's backend obeys all of @p toggles: without that an experiment would show nothing. */
static bool obeys(const struct sb_suspect *s, unsigned toggles)
{
    const struct sb_backend *backend = sb_backend_find(s->cell->backend);
    return backend && (backend->toggles & toggles) == toggles;
}

/* A cell that one run made right may have been so by itself: the cell as it is must stay as it was, and the changed one
 * right, each once more. @p changed is the suspect, or it with another target. */
#define CURE_TIMES 3
static int repeat_cure(struct sb_suspect *s, const struct sb_suspect *changed, enum sb_experiment x,
                       enum sb_maths maths, const struct sb_trial *trial, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[x];
    bool *unsteady = &s->evidence.tried[SB_TRY_AGAIN].changed;
    int code = 0;
    for (int i = 1; code == 0 && i < CURE_TIMES && sb_cures(&s->evidence, x); ++i) {
        struct sb_outcome outcome = {0};
        if (!*unsteady) {
            code = sb_suspect_try(&outcome, s, s->cell->c.maths, &(struct sb_trial){0}, err);
            *unsteady = code == 0 && !sb_pair_alike(&outcome, s->got, s->cell->c.precision);
            sb_outcome_free(&outcome);
        }
        code = code != 0 ? code : sb_suspect_try(&outcome, changed, maths, trial, err);
        const enum sb_result result = code == 0 ? sb_suspect_judge(NULL, s, &outcome) : SB_UNTRIED;
        tried->result = result > tried->result ? result : tried->result;
        sb_outcome_free(&outcome);
    }
    return code;
}

static int with_toggles(struct sb_suspect *s, enum sb_experiment x, enum sb_maths maths,
                        unsigned toggles, struct sb_error *err)
{
    struct sb_outcome outcome = {0};
    const struct sb_trial trial = {.toggles = toggles};
    if (!obeys(s, toggles)) {
        s->evidence.tried[x].result = SB_IMPOSSIBLE;
        return 0;
    }
    const int code = note(&outcome, s, x, maths, &trial, err);
    sb_outcome_free(&outcome);
    return code != 0 ? code : repeat_cure(s, s, x, maths, &trial, err);
}

static int try_strict(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_outcome outcome = {0};
    const struct sb_trial usual = {0};
    if (s->cell->c.maths == SB_STRICT) {
        s->evidence.tried[SB_TRY_STRICT].result = SB_IMPOSSIBLE; /* it is strict */
        return 0;
    }
    const int code = note(&outcome, s, SB_TRY_STRICT, SB_STRICT, &usual, err);
    s->strict = outcome.after;
    outcome.after = NULL;
    sb_outcome_free(&outcome);
    return code != 0 ? code : repeat_cure(s, s, SB_TRY_STRICT, SB_STRICT, &usual, err);
}

static int try_again(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_outcome outcome = {0};
    const bool seen = s->evidence.tried[SB_TRY_AGAIN].changed; /* by an experiment before */
    const int code = note(&outcome, s, SB_TRY_AGAIN, s->cell->c.maths, &(struct sb_trial){0}, err);
    s->evidence.tried[SB_TRY_AGAIN].changed |= seen;
    sb_outcome_free(&outcome);
    return code;
}

/* Whether the source that the suspect runs is one that the cpu backend can run too. */
static bool shares_source(const struct sb_suspect *s)
{
    return strcmp(s->cell->c.variant, "portable") == 0 || strcmp(s->cell->backend, "cpu") == 0;
}

static int try_checked(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_CHECKED];
    const struct sb_trial checked = {.toggles = SB_TOGGLE_SANITIZE};
    struct sb_outcome outcome = {0};
    tried->result = SB_IMPOSSIBLE;
    const int code = shares_source(s) ? sb_suspect_try_on_cpu(&outcome, s, &checked, err) : 0;
    if (code == 0 && outcome.record) {
        const json_t *first = json_array_get(sb_json_at(outcome.record, "observed.findings"), 0);
        tried->result = sb_suspect_judge(&tried->ulp, s, &outcome);
        snprintf(tried->kind, sizeof tried->kind, "%s", sb_json_text_or(first, "kind", ""));
        snprintf(tried->text, sizeof tried->text, "%s", sb_json_text_or(first, "text", ""));
        snprintf(tried->place, sizeof tried->place, "%s", sb_json_text_or(first, "line", ""));
    }
    sb_outcome_free(&outcome);
    return code;
}

/* Whether that element holds nothing but what it was poisoned with: 0 in one run and 1 in the other. */
static bool untouched(const struct sb_pair *pair, enum sb_precision precision)
{
    const struct sb_host *zero = pair->a.after;
    const struct sb_host *one = pair->b.after;
    for (int i = 0; zero && one && i < zero->count; ++i) {
        struct sb_difference d;
        if (zero->array[i].role != SB_OUT) {
            continue;
        }
        sb_compare_array(&d, zero, one, i, precision);
        if (d.differ > 0) {
            return d.first_got == 0 && d.first_trusted == 1;
        }
    }
    return false;
}

/* All that is not initialised, or one array of it (its number from 1; 0: all). */
static struct sb_pairing poisoned(const struct sb_suspect *s, int array)
{
    return (struct sb_pairing){
        .maths = s->cell->c.maths,
        .a = {.poison = {.kind = SB_POISON_ZERO, .array = array}},
        .b = {.poison = {.kind = SB_POISON_ONE, .array = array}},
    };
}

/* Once more: a result of 0 and 1 may have come about otherwise. */
static int never_written(bool *out, const struct sb_pair *first, const struct sb_suspect *s,
                         const struct sb_pairing *pairing, struct sb_error *err)
{
    int code = 0;
    *out = untouched(first, s->cell->c.precision);
    if (*out) {
        struct sb_pair next;
        code = sb_pair_run(&next, s, pairing, err);
        *out = code == 0 && untouched(&next, s->cell->c.precision) &&
               strcmp(next.element, first->element) == 0;
        sb_pair_free(&next);
    }
    return code;
}

/* Which array's former contents it is: poisoned alone, it still changes the result. */
static int find_poisoned(char *out, size_t room, struct sb_suspect *s, const struct sb_host *arrays,
                         struct sb_error *err)
{
    const bool *unsteady = &s->evidence.tried[SB_TRY_AGAIN].changed;
    int code = 0;
    for (int i = 0; code == 0 && i < arrays->count && !*out && !*unsteady; ++i) {
        const enum sb_role role = arrays->array[i].role;
        const struct sb_pairing pairing = poisoned(s, i + 1);
        struct sb_pair pair;
        bool follows = false;
        if (role != SB_OUT && role != SB_SCRATCH) {
            continue;
        }
        code = sb_pair_run(&pair, s, &pairing, err);
        code = code != 0 ? code : sb_pair_follows(&follows, &pair, s, &pairing, err);
        if (follows) {
            snprintf(out, room, "%s", arrays->array[i].name);
        }
        sb_pair_free(&pair);
    }
    return code;
}

static int try_poison(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_POISON];
    const struct sb_pairing pairing = poisoned(s, 0);
    struct sb_pair pair;
    char array[100] = "";
    bool never = false;
    bool follows = false;
    int code = sb_pair_run(&pair, s, &pairing, err);
    if (code == 0) {
        tried->result = sb_suspect_judge(&tried->ulp, s, &pair.a);
        code = never_written(&never, &pair, s, &pairing, err);
    }
    if (code == 0 && !never && !s->evidence.tried[SB_TRY_AGAIN].changed) {
        code = sb_pair_follows(&follows, &pair, s, &pairing, err);
    }
    if (code == 0 && follows) {
        code = find_poisoned(array, sizeof array, s, pair.a.after, err);
    }
    tried->changed = never || array[0];
    if (never) {
        snprintf(tried->text, sizeof tried->text,
                 "%s is never written: it keeps what memory held before (elements of its array "
                 "like it: %lld)",
                 pair.element, (long long)pair.count);
    } else if (array[0]) {
        snprintf(tried->text, sizeof tried->text,
                 "the result follows what '%s' held before, first at %s (elements that do: %lld)",
                 array, pair.element, (long long)pair.count);
    }
    sb_pair_free(&pair);
    return code;
}

/* Two runs that differ in the bytes beside an array alone (its number from 0; −1: beside all). */
static int follows_beside(bool *out, struct sb_pair *pair, struct sb_suspect *s, int array,
                          int sides, struct sb_error *err)
{
    const struct sb_pairing pairing = {
        .maths = s->cell->c.maths,
        .a = {.beside = {.array = array, .sides = sides, .byte = 0}},
        /* as real numbers: small, and not zero */
        .b = {.beside = {.array = array, .sides = sides, .byte = 0x3F}},
    };
    const int code = sb_pair_run(pair, s, &pairing, err);
    return code != 0 ? code : sb_pair_follows(out, pair, s, &pairing, err);
}

static int try_beside(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_BESIDE];
    const bool *unsteady = &s->evidence.tried[SB_TRY_AGAIN].changed;
    const struct sb_backend *backend = sb_backend_find(s->cell->backend);
    struct sb_pair pair;
    bool follows = false;
    if (*unsteady || !backend || !backend->beside) {
        tried->result = SB_IMPOSSIBLE; /* the result changes by itself, or there is no such room */
        return 0;
    }
    int code = follows_beside(&follows, &pair, s, -1, SB_BEFORE | SB_BEHIND, err);
    tried->result = sb_suspect_judge(NULL, s, &pair.a);
    sb_pair_free(&pair);
    const int count = follows && s->got->after ? s->got->after->count : 0;
    for (int i = 0; code == 0 && !tried->changed && !*unsteady && i < 2 * count; ++i) {
        const int side = i % 2 ? SB_BEHIND : SB_BEFORE;
        code = follows_beside(&tried->changed, &pair, s, i / 2, side, err);
        if (tried->changed) {
            snprintf(tried->text, sizeof tried->text, "reads %s '%s': %s follows the bytes there",
                     side == SB_BEFORE ? "before the beginning of" : "beyond the end of",
                     s->got->after->array[i / 2].name, pair.element);
        }
        sb_pair_free(&pair);
    }
    return code;
}

static int try_auto(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_AUTO];
    const struct sb_pairing pairing = {.on_cpu = true,
                                       .a = {.toggles = SB_TOGGLE_AUTO_ZERO},
                                       .b = {.toggles = SB_TOGGLE_AUTO_PATTERN}};
    struct sb_pair pair;
    tried->result = SB_IMPOSSIBLE;
    if (!shares_source(s)) {
        return 0;
    }
    int code = sb_pair_run(&pair, s, &pairing, err);
    if (code == 0) {
        tried->result = sb_suspect_judge(&tried->ulp, s, &pair.a);
        snprintf(tried->text, sizeof tried->text, "%s", pair.element);
        code = sb_pair_follows(&tried->changed, &pair, s, &pairing, err);
    }
    sb_pair_free(&pair);
    return code;
}

static int try_barriers(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_BARRIERS, sb_suspect_maths(s), SB_TOGGLE_BARRIERS, err);
}

static int try_sequential(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_SEQUENTIAL, sb_suspect_maths(s), SB_TOGGLE_SEQUENTIAL, err);
}

/* Against blocks one after the other in their usual order, in the same maths: only the order is another. */
static int try_reversed(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_REVERSED];
    const unsigned in_order = obeys(s, SB_TOGGLE_SEQUENTIAL) ? SB_TOGGLE_SEQUENTIAL : 0;
    const struct sb_pairing pairing = {.maths = SB_STRICT,
                                       .a = {.toggles = in_order},
                                       .b = {.toggles = in_order | SB_TOGGLE_REVERSED}};
    struct sb_pair pair;
    if (!obeys(s, SB_TOGGLE_REVERSED)) {
        tried->result = SB_IMPOSSIBLE;
        return 0;
    }
    int code = sb_pair_run(&pair, s, &pairing, err);
    if (code == 0) {
        tried->result = sb_suspect_judge(&tried->ulp, s, &pair.b);
        code = sb_pair_follows(&tried->changed, &pair, s, &pairing, err);
    }
    sb_pair_free(&pair);
    return code;
}

static int try_no_contract(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_NO_CONTRACT, s->cell->c.maths, SB_TOGGLE_NO_CONTRACT, err);
}

static int try_keep_denormals(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_KEEP_DENORMALS, s->cell->c.maths, SB_TOGGLE_KEEP_DENORMALS, err);
}

static int try_unoptimised(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_UNOPTIMISED, sb_suspect_maths(s), SB_TOGGLE_UNOPTIMISED, err);
}

/* The plainest target that the backend has for this machine: no wide vectors, no fused multiply-add. */
static int try_target(struct sb_suspect *s, struct sb_error *err)
{
    static const char *const plain[] = {"x86-64", "armv8-a", "rv64gc"};
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_TARGET];
    int code = 0;
    tried->result = SB_IMPOSSIBLE;
    for (size_t i = 0; code == 0 && i < sizeof plain / sizeof *plain &&
                       strcmp(s->cell->backend, "cpu") == 0 && tried->result == SB_IMPOSSIBLE;
         ++i) {
        struct sb_suspect other = *s;
        struct sb_cell cell = *s->cell;
        struct sb_outcome outcome = {0};
        cell.target = plain[i];
        other.cell = &cell;
        code = sb_suspect_try(&outcome, &other, sb_suspect_maths(s), &(struct sb_trial){0}, err);
        if (code == 0 && json_is_null(json_object_get(outcome.record, "emulated"))) {
            tried->result = sb_suspect_judge(&tried->ulp, s, &outcome);
            snprintf(tried->text, sizeof tried->text, "%s", plain[i]);
            code = repeat_cure(s, &other, SB_TRY_TARGET, sb_suspect_maths(s), &(struct sb_trial){0},
                               err);
        }
        sb_outcome_free(&outcome);
    }
    return code;
}

/* Says nothing of the cause, but whether these inputs are needed to see it. */
static int try_seed(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_SEED];
    struct sb_suspect other = *s;
    struct sb_cell cell = *s->cell;
    struct sb_outcome outcome = {0};
    cell.c.seed = (cell.c.seed + 1) & 0x1FFFFFFFFFFFFFU;
    other.cell = &cell;
    const int code = sb_suspect_try(&outcome, &other, s->cell->c.maths, &(struct sb_trial){0}, err);
    if (code == 0) {
        tried->result = sb_suspect_judge(NULL, s, &outcome);
    }
    sb_outcome_free(&outcome);
    return code;
}

enum when { ALWAYS, CURED_BY_STRICT, NOT_CURED_BY_STRICT };
static const struct {
    int (*run)(struct sb_suspect *s, struct sb_error *err);
    enum when when;
} experiments[SB_EXPERIMENTS] = {
    [SB_TRY_STRICT] = {try_strict, ALWAYS},
    [SB_TRY_AGAIN] = {try_again, ALWAYS},
    [SB_TRY_CHECKED] = {try_checked, ALWAYS},
    [SB_TRY_POISON] = {try_poison, ALWAYS},
    [SB_TRY_BESIDE] = {try_beside, ALWAYS},
    [SB_TRY_AUTO] = {try_auto, ALWAYS},
    [SB_TRY_BARRIERS] = {try_barriers, NOT_CURED_BY_STRICT},
    [SB_TRY_SEQUENTIAL] = {try_sequential, NOT_CURED_BY_STRICT},
    [SB_TRY_REVERSED] = {try_reversed, NOT_CURED_BY_STRICT},
    [SB_TRY_NO_CONTRACT] = {try_no_contract, CURED_BY_STRICT},
    [SB_TRY_KEEP_DENORMALS] = {try_keep_denormals, CURED_BY_STRICT},
    [SB_TRY_UNOPTIMISED] = {try_unoptimised, NOT_CURED_BY_STRICT},
    [SB_TRY_TARGET] = {try_target, NOT_CURED_BY_STRICT},
    [SB_TRY_SEED] = {try_seed, ALWAYS},
};

static bool wanted(const struct sb_suspect *s, enum when when)
{
    const struct sb_tried *strict = &s->evidence.tried[SB_TRY_STRICT];
    const bool cured = (strict->result == SB_SAME || strict->result == SB_WITHIN) &&
                       !s->evidence.tried[SB_TRY_AGAIN].changed;
    return when == ALWAYS || (when == CURED_BY_STRICT) == cured;
}

int sb_suspect_examine(struct sb_suspect *s, struct sb_error *err)
{
    int code = 0;
    for (int x = 0; code == 0 && x < SB_EXPERIMENTS && !sb_decided(&s->evidence); ++x) {
        if (!wanted(s, experiments[x].when)) {
            continue;
        }
        char text[200];
        snprintf(text, sizeof text, "trying: %s", sb_experiment_text((enum sb_experiment)x));
        code = sb_pack_say(
            s->pack,
            json_pack("{s:s,s:s,s:s}", "event", "trying", "cell", s->cell->id, "text", text), err);
        code = code != 0 ? code : experiments[x].run(s, err);
    }
    return code;
}
