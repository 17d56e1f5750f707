/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/switch_view.h"

#include "harness/cli/shown.h"
#include "harness/cli/table.h"
#include "harness/record.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum mark { FINE, BAD, NOTE };

__attribute__((format(printf, 3, 4))) static void line(enum mark mark, const char *step,
                                                       const char *fmt, ...)
{
    static const char *const marks[] = {[FINE] = "✓", [BAD] = "✗", [NOTE] = "–"};
    static const int colours[] = {[FINE] = SB_GREEN, [BAD] = SB_RED, [NOTE] = SB_GREY};
    char text[4600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    printf("  %s%s%s %-9s ", sb_colour_on(stdout, colours[mark]), *step ? marks[mark] : " ",
           sb_colour_off(stdout), step);
    for (const char *at = text; *at;) { /* a compiler's lines stand below each other */
        const int length = (int)strcspn(at, "\n");
        printf("%s%.*s\n", at == text ? "" : "              ", length, at);
        at += length + (at[length] != '\0');
    }
}

static double number_at(const json_t *json, const char *key)
{
    return sb_shown_value(json_object_get(json, key));
}

/* Two values that differ: in as few digits as show it. */
struct pair {
    char got[40], trusted[40];
};

static struct pair pair_at(const json_t *json)
{
    static const int digits[] = {6, 9, 17};
    struct pair p = {.got = ""};
    const double got = number_at(json, "got");
    const double trusted = number_at(json, "trusted");
    for (size_t i = 0; i < sizeof digits / sizeof *digits && strcmp(p.got, p.trusted) == 0; ++i) {
        snprintf(p.got, sizeof p.got, "%.*g", digits[i], got);
        snprintf(p.trusted, sizeof p.trusted, "%.*g", digits[i], trusted);
    }
    return p;
}

/* " word" within @p text goes. */
static void leave_out(char *text, const char *word)
{
    char wanted[80];
    const int length = snprintf(wanted, sizeof wanted, " %s", word);
    char *at = strstr(text, wanted);
    if (at && (at[length] == '\0' || at[length] == ' ')) {
        memmove(at, at + length, strlen(at + length) + 1);
    }
}

static void heading(struct sb_switch_view *view, const json_t *record)
{
    char name[200];
    char shown[200];
    snprintf(name, sizeof name, "%s", sb_json_text_or(record, "name", "?"));
    sb_shown_case(shown, sizeof shown, name);
    leave_out(shown, sb_json_text_or(record, "target",
                                     "native")); /* a twin has another, and the same case */
    snprintf(name, sizeof name, "%s %s, %s: trusted side %s (strict maths, serial)",
             sb_json_text_or(record, "kernel", "?"), shown, sb_json_text_or(record, "variant", ""),
             sb_json_text_or(record, "oracle.trusted.backend", "?"));
    if (strcmp(name, view->of) != 0) {
        printf("%s%s\n", view->of[0] ? "\n" : "", name);
        snprintf(view->of, sizeof view->of, "%s", name);
        view->told = false;
    }
}

static void show_build(const json_t *record)
{
    char took[40];
    const json_t *build = json_object_get(record, "build");
    sb_text_time(took, sizeof took, sb_json_real_or(build, "compile_ns", 0));
    if (strcmp(sb_json_text_or(record, "failure", ""), "compile") == 0) {
        line(BAD, "built", "%s", sb_json_text_or(record, "reason", ""));
    } else if (json_is_object(build)) {
        line(FINE, "built", "%s for %s, %s%s", sb_json_text_or(record, "backend", ""),
             sb_json_text_or(record, "target", ""), sb_json_text_or(build, "compiler", ""),
             json_is_true(json_object_get(build, "cached")) ? ", as before" : "");
    }
}

/* How it ran: the device, or why not; what the backend saw. */
static void show_run(const json_t *record)
{
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    const char *emulated = sb_json_text_or(record, "emulated", NULL);
    const char *step = strcmp(sb_json_text_or(record, "backend", ""), "twin") == 0 ? "twin" : "ran";
    const json_t *findings = sb_json_at(record, "observed.findings");
    if (state == SB_STATE_UNSUPPORTED) {
        line(NOTE, step, "unsupported: %s", sb_json_text_or(record, "reason", ""));
    } else if (strcmp(sb_json_text_or(record, "failure", ""), "compile") == 0) {
        return;
    } else if (state == SB_STATE_FAILED || state == SB_STATE_LOST) {
        line(BAD, step, "%s: %s", sb_state_text(state), sb_json_text_or(record, "reason", ""));
    } else if (json_array_size(findings) > 0) {
        for (size_t i = 0; i < json_array_size(findings); ++i) {
            line(BAD, i == 0 ? step : "", "%s",
                 sb_json_text_or(json_array_get(findings, i), "text", ""));
        }
    } else if (json_is_number(sb_json_at(record, "observed.accesses"))) {
        const bool same = !json_is_false(sb_json_at(record, "verdict.same_bits"));
        line(FINE, step, "nothing found in %.0f watched accesses, %.0f schedule%s%s",
             sb_json_real_or(record, "observed.accesses", 0),
             sb_json_real_or(record, "observed.schedules", 1),
             sb_json_real_or(record, "observed.schedules", 1) == 1 ? "" : "s",
             same ? "" : "; the order of threads changes bits");
    } else {
        line(FINE, step, "%s%s%s", sb_json_text_or(record, "device.name", ""), emulated ? ", " : "",
             emulated ? emulated : "");
    }
}

/* One array that differs. */
static void show_array(const json_t *array, const char *trusted, bool wrong)
{
    const double differ = number_at(array, "differ");
    const double ulp = number_at(array, "ulp");
    const struct pair pair = pair_at(array);
    if (differ > 0) {
        line(wrong ? BAD : FINE, "compared",
             "%.0f of %.0f elements of '%s' differ from %s; most %s: got %s, trusted %s (%.3g ULP)",
             differ, number_at(array, "count"), sb_json_text_or(array, "array", "?"), trusted,
             sb_json_text_or(array, "element", "?"), pair.got, pair.trusted, ulp);
    }
}

static void show_within(const json_t *record, const json_t *oracle)
{
    const struct sb_worst worst = sb_shown_worst(record);
    const json_t *strict = json_object_get(oracle, "strict");
    char error[80];
    sb_shown_error(error, sizeof error, &worst);
    line(FINE, "verified", "%s%s%s", error, json_is_object(strict) ? "; strict: " : "",
         !json_is_object(strict)                              ? ""
         : json_is_true(json_object_get(strict, "same_bits")) ? "same bits"
                                                              : "bits differ there too");
}

static void show_comparison(const json_t *record, const json_t *oracle, bool wrong)
{
    const json_t *compared = json_object_get(oracle, "compared");
    const char *trusted = sb_json_text_or(oracle, "trusted.backend", "?");
    if (!json_is_object(compared)) {
        return;
    }
    if (json_is_true(json_object_get(compared, "same_bits"))) {
        line(wrong ? BAD : FINE, "compared", "all arrays have the same bits as on %s", trusted);
    }
    size_t i = 0;
    const json_t *array = NULL;
    json_array_foreach (json_object_get(compared, "arrays"), i, array) {
        show_array(array, trusted, wrong);
    }
    const char *reason = sb_json_text_or(record, "reason", "");
    const char *finding =
        sb_json_text_or(json_array_get(sb_json_at(record, "observed.findings"), 0), "text", "");
    if (wrong && strcmp(reason, finding) != 0) { /* a finding stands above */
        line(BAD, "verified", "%s", reason);
    } else if (!wrong) {
        show_within(record, oracle);
    }
}

static void show_first(const json_t *first, bool wrong)
{
    const enum mark mark =
        wrong ? BAD : NOTE; /* within the bound, but strict maths should give the same bits */
    if (!json_is_object(first)) {
        return;
    }
    const char *reason = sb_json_text_or(first, "reason", NULL);
    if (reason) {
        line(mark, "first", "launch %.0f of %.0f, '%s': %s", number_at(first, "launch"),
             number_at(first, "launches"), sb_json_text_or(first, "function", "?"), reason);
        return;
    }
    const struct pair pair = pair_at(first);
    line(mark, "first", "launch %.0f of %.0f, '%s': %s is %s, trusted %s (%s maths)",
         number_at(first, "launch"), number_at(first, "launches"),
         sb_json_text_or(first, "function", "?"), sb_json_text_or(first, "element", "?"), pair.got,
         pair.trusted, sb_json_text_or(first, "maths", "?"));
}

static void show_trusted(struct sb_switch_view *view, const json_t *oracle)
{
    const enum sb_state state = sb_state_parse(sb_json_text_or(oracle, "trusted.state", ""));
    const bool wrong = state == SB_STATE_WRONG;
    if (state == SB_STATE_PASSED || view->told) {
        return;
    }
    view->told = true;
    line(wrong || state == SB_STATE_FAILED ? BAD : NOTE, "trusted", "%s: %s: %s",
         sb_json_text_or(oracle, "trusted.backend", "?"), sb_state_text(state),
         sb_json_text_or(oracle, "trusted.reason", ""));
    if (wrong) {
        view->trusted = SB_EXIT_WRONG;
    } else if (state == SB_STATE_FAILED && view->trusted == 0) {
        view->trusted = SB_EXIT_FAILED;
    }
}

static void show(struct sb_switch_view *view, const json_t *record)
{
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    const json_t *oracle = json_object_get(record, "oracle");
    const bool wrong = state == SB_STATE_WRONG || state == SB_STATE_FAILED;
    heading(view, record);
    show_build(record);
    show_run(record);
    show_trusted(view, oracle);
    if (state != SB_STATE_UNSUPPORTED) {
        show_comparison(record, oracle, wrong);
        show_first(json_object_get(oracle, "first"), wrong);
    }
    const char *cause = sb_json_text_or(oracle, "cause.text", NULL);
    if (cause) {
        line(BAD, "cause", "%s", cause);
    }
    if (wrong) {
        line(NOTE, "look", "switchbench show %s %s", view->campaign,
             sb_json_text_or(record, "cell", "?"));
        line(NOTE, "debug", "switchbench debug %s %s", view->campaign,
             sb_json_text_or(record, "cell", "?"));
    }
    fflush(stdout);
}

static void on_ended(const json_t *record, void *payload)
{
    struct sb_switch_view *view = payload;
    sb_live_end(view->live);
    if (view->json) {
        json_array_append(view->cells, (json_t *)record);
    } else {
        show(view, record);
    }
}

static void on_line(const char *text, void *payload)
{
    struct sb_switch_view *view = payload;
    sb_live_line(view->live, text);
}

void sb_switch_view_begin(struct sb_switch_view *out, struct sb_progress *progress,
                          struct sb_live *live, const char *campaign, bool json)
{
    *out = (struct sb_switch_view){
        .live = live, .campaign = campaign, .json = json, .cells = json_array()};
    *progress = (struct sb_progress){.line = on_line, .ended = on_ended, .payload = out};
}

int sb_switch_view_end(struct sb_switch_view *view, int code)
{
    code = code == SB_EXIT_PASSED && view->trusted ? view->trusted : code;
    if (view->json && code >= 0) {
        json_t *all = json_pack("{s:s,s:i,s:O}", "campaign", view->campaign, "exit_code", code,
                                "cells", view->cells);
        json_dumpf(all, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        putchar('\n');
        json_decref(all);
    } else if (code >= 0) {
        printf("records: %s\n", view->campaign);
    }
    json_decref(view->cells);
    return code;
}
