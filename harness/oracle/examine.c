/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments: a row each, with what it needs and what it does. Each run is a process of its own. */
#include "harness/oracle/compare.h"
#include "harness/oracle/suspect.h"

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

static int with_toggles(struct sb_suspect *s, enum sb_experiment x, enum sb_maths maths,
                        unsigned toggles, struct sb_error *err)
{
    struct sb_outcome outcome = {0};
    if (!obeys(s, toggles)) {
        s->evidence.tried[x].result = SB_IMPOSSIBLE;
        return 0;
    }
    const int code = note(&outcome, s, x, maths, &(struct sb_trial){.toggles = toggles}, err);
    sb_outcome_free(&outcome);
    return code;
}

static int try_strict(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_outcome outcome = {0};
    if (s->cell->c.maths == SB_STRICT) {
        s->evidence.tried[SB_TRY_STRICT].result = SB_IMPOSSIBLE; /* it is strict */
        return 0;
    }
    const int code = note(&outcome, s, SB_TRY_STRICT, SB_STRICT, &(struct sb_trial){0}, err);
    s->strict = outcome.after;
    outcome.after = NULL;
    sb_outcome_free(&outcome);
    return code;
}

static int try_again(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_AGAIN, s->cell->c.maths, 0, err);
}

/* The portable source on this machine's processor, whatever the suspect's backend: the source is the same. */
static int on_cpu(struct sb_outcome *out, const struct sb_suspect *s, unsigned toggles,
                  struct sb_error *err)
{
    struct sb_cell cell = s->trusted_cell;
    if (strcmp(s->cell->backend, "cpu") == 0) {
        cell.c.variant = s->cell->c.variant;
    }
    cell.backend = "cpu";
    cell.target = "native";
    const struct sb_trial trial = {
        .toggles = toggles, .threads = 1, .tuning = s->tuning, .snapshot = -1};
    return sb_trial_run(out, s->pack, &cell, &trial, err);
}

/* Whether the source that the suspect runs is one that the cpu backend can run too. */
static bool shares_source(const struct sb_suspect *s)
{
    return strcmp(s->cell->c.variant, "portable") == 0 || strcmp(s->cell->backend, "cpu") == 0;
}

static int try_checked(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_CHECKED];
    struct sb_outcome outcome = {0};
    tried->result = SB_IMPOSSIBLE;
    const int code = shares_source(s) ? on_cpu(&outcome, s, SB_TOGGLE_SANITIZE, err) : 0;
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

/* The first element of a result that differs between two runs, in words; false: none does. */
static bool follows(char *out, size_t room, int64_t *out_count, const struct sb_host *a,
                    const struct sb_host *b, enum sb_precision precision)
{
    for (int i = 0; a && b && i < a->count; ++i) {
        struct sb_difference d;
        if (a->array[i].role == SB_SCRATCH) {
            continue;
        }
        sb_compare_array(&d, a, b, i, precision);
        if (d.differ > 0) {
            sb_compare_name(out, room, d.array, d.first);
            *out_count = d.differ;
            return true;
        }
    }
    return false;
}

/* Whether that element holds nothing but what it was poisoned with: 0 in one run and 1 in the other. */
static bool untouched(const struct sb_host *zero, const struct sb_host *one,
                      enum sb_precision precision)
{
    for (int i = 0; i < zero->count; ++i) {
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

/* Which array's former contents it is: poisoned alone, it still changes the result. */
static int find_poisoned(char *out, size_t room, struct sb_suspect *s, const struct sb_host *zero,
                         struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < zero->count && !*out; ++i) {
        const enum sb_role role = zero->array[i].role;
        if (role != SB_OUT && role != SB_SCRATCH) {
            continue;
        }
        struct sb_outcome a = {0};
        struct sb_outcome b = {0};
        char element[200];
        int64_t count = 0;
        struct sb_trial trial = {.poison = {.kind = SB_POISON_ZERO, .array = i + 1}};
        code = sb_suspect_try(&a, s, s->cell->c.maths, &trial, err);
        trial.poison.kind = SB_POISON_ONE;
        code = code != 0 ? code : sb_suspect_try(&b, s, s->cell->c.maths, &trial, err);
        if (code == 0 &&
            follows(element, sizeof element, &count, a.after, b.after, s->cell->c.precision)) {
            snprintf(out, room, "%s", zero->array[i].name);
        }
        sb_outcome_free(&a);
        sb_outcome_free(&b);
    }
    return code;
}

static int try_poison(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_POISON];
    struct sb_outcome zero = {0};
    struct sb_outcome one = {0};
    struct sb_trial trial = {.poison = {.kind = SB_POISON_ZERO}};
    char element[200];
    char array[100] = "";
    int64_t count = 0;
    int code = note(&zero, s, SB_TRY_POISON, s->cell->c.maths, &trial, err);
    trial.poison.kind = SB_POISON_ONE;
    code = code != 0 ? code : sb_suspect_try(&one, s, s->cell->c.maths, &trial, err);
    tried->changed = false;
    if (code == 0 &&
        follows(element, sizeof element, &count, zero.after, one.after, s->cell->c.precision)) {
        const bool never = untouched(zero.after, one.after, s->cell->c.precision);
        tried->changed = never || !s->evidence.tried[SB_TRY_AGAIN].changed;
        code = never ? 0 : find_poisoned(array, sizeof array, s, zero.after, err);
        if (never) {
            snprintf(
                tried->text, sizeof tried->text,
                "%s is never written: it keeps what memory held before (elements of its array like "
                "it: %lld)",
                element, (long long)count);
        } else if (array[0]) {
            snprintf(
                tried->text, sizeof tried->text,
                "the result follows what '%s' held before, first at %s (elements that do: %lld)",
                array, element, (long long)count);
        } else {
            tried->changed = false; /* no array alone does it: a race may have chosen otherwise */
        }
    }
    sb_outcome_free(&zero);
    sb_outcome_free(&one);
    return code;
}

/* Two runs that differ in the bytes beside the arrays alone. */
static int compare_beside(bool *out, char *element, size_t room, struct sb_suspect *s, int array,
                          int sides, struct sb_error *err)
{
    struct sb_outcome a = {0};
    struct sb_outcome b = {0};
    int64_t count = 0;
    struct sb_trial trial = {.beside = {.array = array, .sides = sides, .byte = 0}};
    int code = sb_suspect_try(&a, s, s->cell->c.maths, &trial, err);
    trial.beside.byte = 0x3F; /* as real numbers: small, and not zero */
    code = code != 0 ? code : sb_suspect_try(&b, s, s->cell->c.maths, &trial, err);
    *out = code == 0 && follows(element, room, &count, a.after, b.after, s->cell->c.precision);
    s->evidence.tried[SB_TRY_BESIDE].result = sb_suspect_judge(NULL, s, &a);
    sb_outcome_free(&a);
    sb_outcome_free(&b);
    return code;
}

static int try_beside(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_BESIDE];
    const int both = SB_BEFORE | SB_BEHIND;
    char element[200];
    bool differs = false;
    const struct sb_backend *backend = sb_backend_find(s->cell->backend);
    if (s->evidence.tried[SB_TRY_AGAIN].changed || !backend || !backend->beside) {
        tried->result = SB_IMPOSSIBLE; /* the result changes by itself, or there is no such room */
        return 0;
    }
    int code = compare_beside(&differs, element, sizeof element, s, -1, both, err);
    if (!differs) {
        return code;
    }
    /* A result that changes by itself may do so here, too: only one array and side, twice, proves that it was read there. */
    const int count = s->got->after ? s->got->after->count : 0;
    for (int i = 0; code == 0 && !tried->changed && i < 2 * count; ++i) {
        const int side = i % 2 ? SB_BEHIND : SB_BEFORE;
        bool once = false;
        bool twice = false;
        code = compare_beside(&once, element, sizeof element, s, i / 2, side, err);
        if (code == 0 && once) {
            code = compare_beside(&twice, element, sizeof element, s, i / 2, side, err);
        }
        tried->changed = once && twice;
        if (tried->changed) {
            snprintf(tried->text, sizeof tried->text, "reads %s '%s': %s follows the bytes there",
                     side == SB_BEFORE ? "before the beginning of" : "beyond the end of",
                     s->got->after->array[i / 2].name, element);
        }
    }
    return code;
}

static int try_auto(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_AUTO];
    struct sb_outcome zero = {0};
    struct sb_outcome pattern = {0};
    int64_t count = 0;
    tried->result = SB_IMPOSSIBLE;
    if (!shares_source(s)) {
        return 0;
    }
    int code = on_cpu(&zero, s, SB_TOGGLE_AUTO_ZERO, err);
    code = code != 0 ? code : on_cpu(&pattern, s, SB_TOGGLE_AUTO_PATTERN, err);
    if (code == 0) {
        tried->result = sb_suspect_judge(&tried->ulp, s, &zero);
        tried->changed = follows(tried->text, sizeof tried->text, &count, zero.after, pattern.after,
                                 s->cell->c.precision);
    }
    sb_outcome_free(&zero);
    sb_outcome_free(&pattern);
    return code;
}

static int try_barriers(struct sb_suspect *s, struct sb_error *err)
{
    return with_toggles(s, SB_TRY_BARRIERS, sb_suspect_maths(s), SB_TOGGLE_BARRIERS, err);
}

/* Where two runs differ, being right once may be luck: then it must be right twice. */
static int try_sequential(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_SEQUENTIAL];
    int code = with_toggles(s, SB_TRY_SEQUENTIAL, sb_suspect_maths(s), SB_TOGGLE_SEQUENTIAL, err);
    const struct sb_tried once = *tried;
    if (code == 0 && s->evidence.tried[SB_TRY_AGAIN].changed) {
        code = with_toggles(s, SB_TRY_SEQUENTIAL, sb_suspect_maths(s), SB_TOGGLE_SEQUENTIAL, err);
        tried->result = once.result > tried->result ? once.result : tried->result;
    }
    return code;
}

/* Against blocks one after the other in their usual order, in the same maths: only the order is another. */
static int try_reversed(struct sb_suspect *s, struct sb_error *err)
{
    struct sb_tried *tried = &s->evidence.tried[SB_TRY_REVERSED];
    struct sb_outcome forth = {0};
    struct sb_outcome back = {0};
    char element[200];
    int64_t count = 0;
    const unsigned in_order = obeys(s, SB_TOGGLE_SEQUENTIAL) ? SB_TOGGLE_SEQUENTIAL : 0;
    struct sb_trial trial = {.toggles = in_order};
    if (!obeys(s, SB_TOGGLE_REVERSED)) {
        tried->result = SB_IMPOSSIBLE;
        return 0;
    }
    int code = sb_suspect_try(&forth, s, SB_STRICT, &trial, err);
    trial.toggles |= SB_TOGGLE_REVERSED;
    code = code != 0 ? code : note(&back, s, SB_TRY_REVERSED, SB_STRICT, &trial, err);
    if (code == 0) {
        tried->changed =
            follows(element, sizeof element, &count, forth.after, back.after, s->cell->c.precision);
    }
    sb_outcome_free(&forth);
    sb_outcome_free(&back);
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
