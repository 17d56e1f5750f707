/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/json.h"
#include "results/explain/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE 0.15 /* a product that leaves more than this part unexplained is not relied upon */

/* What records hold may be long, and be cut within a character. */
static void say(json_t *answer, const char *sentence)
{
    char text[1024];
    snprintf(text, sizeof text, "%s", sentence);
    sb_text_keep_utf8(text);
    json_array_append_new(answer, json_string(text));
}

static void say_ratio(json_t *answer, const struct sb_explain_ratio *ratio)
{
    char text[700];
    const bool known = isfinite(ratio->low) && isfinite(ratio->high);
    const int length = snprintf(text, sizeof text, "B takes %.4g times as long as A", ratio->ratio);
    if (known) {
        snprintf(text + length, sizeof text - (size_t)length, " (%.4g to %.4g): %s.", ratio->low,
                 ratio->high, ratio->outcome);
    } else {
        snprintf(text + length, sizeof text - (size_t)length, ", as far as their medians tell: %s.",
                 ratio->outcome);
    }
    say(answer, text);
}

static int by_share(const void *a, const void *b)
{
    const double x = fabs(sb_json_real_or(*(json_t *const *)a, "share", 0));
    const double y = fabs(sb_json_real_or(*(json_t *const *)b, "share", 0));
    return (x < y) - (x > y);
}

static int say_product(json_t *answer, const json_t *product)
{
    char text[800];
    const json_t *factors = json_object_get(product, "factors");
    const json_t *row[8];
    size_t count = json_array_size(factors);
    const double left = sb_json_real_or(product, "unexplained", 0);
    count = count < 8 ? count : 8;
    for (size_t i = 0; i < count; ++i) {
        row[i] = json_array_get(factors, i);
    }
    qsort((void *)row, count, sizeof *row, by_share);
    for (size_t i = 0; i < count; ++i) {
        snprintf(text, sizeof text, "%s: %s.", sb_json_text_or(product, "what", ""),
                 sb_json_text_or(row[i], "sentence", ""));
        say(answer, text);
    }
    if (fabs(left) > WHOLE) {
        snprintf(text, sizeof text,
                 "%s: these leave %.0f %% of the difference unexplained: counted repetitions were "
                 "not as the timed ones, "
                 "or a counter is wrong.",
                 sb_json_text_or(product, "what", ""), 100 * left);
        say(answer, text);
    }
    return fabs(left) <= WHOLE;
}

static void say_notes(json_t *answer, const json_t *told)
{
    const char *source = NULL;
    json_t *note = NULL;
    json_object_foreach (json_object_get(told, "notes"), source, note) {
        char text[800];
        snprintf(text, sizeof text,
                 "counts of %s are not of the very repetitions that were timed: %s.", source,
                 json_string_value(note));
        say(answer, text);
    }
}

static int say_products(json_t *answer, const json_t *told)
{
    size_t i = 0;
    const json_t *row = NULL;
    int relied = 0;
    json_array_foreach (json_object_get(told, "products"), i, row) {
        relied += say_product(answer, row);
    }
    say_notes(answer, told);
    json_array_foreach (json_object_get(told, "not_comparable"), i, row) {
        char text[700];
        snprintf(text, sizeof text, "%s: %s.", sb_json_text_or(row, "metric", ""),
                 sb_json_text_or(row, "sentence", ""));
        say(answer, text);
    }
    return relied;
}

/* Those that do not follow from another. */
static int independent(const json_t *told, const char **out_first)
{
    size_t i = 0;
    const json_t *fact = NULL;
    int count = 0;
    json_array_foreach (json_object_get(told, "facts"), i, fact) {
        if (!json_is_true(json_object_get(fact, "follows"))) {
            *out_first = count++ == 0 ? sb_json_text_or(fact, "what", "") : *out_first;
        }
    }
    return count;
}

static void say_facts(json_t *answer, const json_t *told, bool decided, bool relied)
{
    const char *first = "";
    char text[600];
    const int count = independent(told, &first);
    if (count == 0) {
        say(answer, decided
                        ? "The records differ in nothing else that they know: the state of the "
                          "machine is left (memory "
                          "layout, other users, temperature); replicas (run --repeat) would tell."
                        : "The records differ in nothing else that they know.");
        return;
    }
    if (decided && count == 1) {
        snprintf(text, sizeof text,
                 "%s is the only thing that differs, with what follows from it: as far as the "
                 "records know, the whole "
                 "difference is its.",
                 first);
        say(answer, text);
    }
    if (decided && count > 1) {
        snprintf(text, sizeof text,
                 "%d things differ (%s first)%s: how much each of them accounts for cannot be told "
                 "from these two records; run "
                 "again with one of them changed at a time.",
                 count, first, relied ? "; the factors above say how they act" : "");
        say(answer, text);
    }
}

static void say_missing(json_t *answer, const json_t *told, int relied)
{
    if (relied == 0 && json_array_size(json_object_get(told, "products")) == 0) {
        say(answer, "Neither counters nor peaks are known on both sides, so nothing says how the "
                    "time is spent: run both with "
                    "--counters auto (or callgrind, where there is no PMU), and 'switchbench "
                    "peaks' on each machine.");
    }
}

void sb_explain_answer(json_t *told, const struct sb_explain_ratio *ratio)
{
    json_t *answer = json_array();
    const bool decided =
        strcmp(ratio->outcome, "faster") == 0 || strcmp(ratio->outcome, "slower") == 0;
    int relied = 0;
    say_ratio(answer, ratio);
    if (ratio->reason[0]) {
        say(answer, ratio->reason);
    }
    if (decided) {
        relied = say_products(answer, told);
        say_missing(answer, told, relied);
    } else {
        say(answer, "There is no difference in time to explain that could be told from noise.");
    }
    say_facts(answer, told, decided, relied > 0);
    json_object_set_new(told, "answer", answer);
}

int sb_explain(json_t **out, const json_t *a, const json_t *b, const struct sb_explain_ratio *ratio,
               struct sb_error *err)
{
    *out = json_pack("{s:s,s:s,s:o,s:o,s:o,s:s}", "a", sb_json_text_or(a, "name", ""), "b",
                     sb_json_text_or(b, "name", ""), "ratio",
                     isfinite(ratio->ratio) ? json_real(ratio->ratio) : json_null(), "low",
                     isfinite(ratio->low) ? json_real(ratio->low) : json_null(), "high",
                     isfinite(ratio->high) ? json_real(ratio->high) : json_null(), "outcome",
                     ratio->outcome);
    if (!*out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    sb_explain_products(*out, a, b, ratio->ratio);
    sb_explain_facts(*out, a, b);
    sb_explain_answer(*out, ratio);
    return 0;
}
