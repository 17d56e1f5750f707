/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every counter source of the registry keeps its contract (counter_source.h): its table is whole, what is not here says why in one
 * sentence, names and units and tags are of the vocabulary, and what is here counts. Each source is examined in a process of its own.
 */
#include "harness/run/apart.h"
#include "harness/run/counters/counter_source.h"
#include "harness/run/counting/sysfs.h"
#include "harness/util/process.h"
#include "results/metrics/tags.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PROBE_MOST_S 2.0   /* 'list counters' asks all of them */
#define WINDOW_LEAST_S 0.1 /* long against what disturbs it */
#define TRIES 4            /* other work disturbs what is counted */

typedef void (*check)(json_t *faults, const struct sb_counter_source *source);

__attribute__((format(printf, 2, 3))) static void fault(json_t *faults, const char *fmt, ...)
{
    char text[700];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sb_text_keep_utf8(text);
    json_array_append_new(faults, json_string(text));
}

static bool is_word_of(const char *word, const char *const words[])
{
    for (int i = 0; words[i]; ++i) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* One sentence that says something: what is missing and what to do about it. */
static void check_reason(json_t *faults, const char *what, const char *text)
{
    int words = 0;
    for (const char *at = text; *at; at += strspn(at, " ")) {
        at += strcspn(at, " ");
        ++words;
    }
    if (words < 4 || strchr(text, '\n') || !sb_text_is_utf8(text) || strlen(text) > 400) {
        fault(faults, "%s is no sentence a user can act on: '%s'", what, text);
    }
}

static void check_table(json_t *faults, const struct sb_counter_source *s)
{
    static const char *const scopes[] = {"thread", "process",   "core", "socket",
                                         "board",  "simulated", NULL};
    if (!s->title || !*s->title || strchr(s->title, '\n')) {
        fault(faults, "title is not one line");
    }
    if (!s->scope || !is_word_of(s->scope, scopes)) {
        fault(faults, "scope '%s' is none of the contract's", s->scope ? s->scope : "NULL");
    }
    if (!s->usual || !s->usual[0]) {
        fault(faults, "usual is empty");
    }
    const int functions = !!s->open + !!s->start + !!s->stop + !!s->close;
    if (s->absent_reason) {
        check_reason(faults, "absent_reason", s->absent_reason);
        if (functions || s->again || s->probe || s->list || s->event) {
            fault(faults, "absent_reason stands beside functions");
        }
        return;
    }
    if (!s->probe || !s->list) {
        fault(faults, "probe or list is missing");
    }
    if (functions != (s->again ? 0 : 4)) {
        fault(faults, "either open, start, stop and close, or again");
    }
    if (s->window_s < 0 || s->window_s > 10) {
        fault(faults, "window_s is %g", s->window_s);
    }
    if (s->again && (s->idles || s->automatic)) {
        fault(faults, "a tool neither idles nor is automatic");
    }
}

/* Whether it is here; the reason of its absence is checked. */
static bool is_here(json_t *faults, const struct sb_counter_source *s)
{
    char version[128] = "";
    struct sb_error err = {0};
    if (s->absent_reason) {
        return false;
    }
    const int code = s->probe(version, sizeof version, &err);
    if (code == 0 && (!*version || strchr(version, '\n') || !sb_text_is_utf8(version))) {
        fault(faults, "probe: version '%s'", version);
    } else if (code != 0 && code != SB_EABSENT) {
        fault(faults, "probe: code %d: %s", code, err.text);
    } else if (code != 0) {
        check_reason(faults, "probe's reason", err.text);
    }
    return code == 0;
}

static void check_probe(json_t *faults, const struct sb_counter_source *s)
{
    const unsigned long long begun = sb_process_now_ns();
    const bool here = is_here(faults, s);
    const double took_s = (double)(sb_process_now_ns() - begun) * 1e-9;
    if (took_s > PROBE_MOST_S) {
        fault(faults, "probe took %.1f s", took_s);
    }
    if (!s->absent_reason && is_here(faults, s) != here) {
        fault(faults, "probe answers otherwise when it is asked again");
    }
}

struct listing {
    json_t *faults, *names; /* {name: null} */
    int stop_after;
};

static const struct {
    const char *group, *name;
} tags[] = {
#define X(group, name, text) {group, name},
    SB_TAG_MAP(X)
#undef X
};
#define TAGS (sizeof tags / sizeof *tags)

static void check_tags(json_t *faults, const char *of, const char *text)
{
    char copy[96];
    const char *seen[8] = {NULL};
    size_t count = 0;
    char *rest = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t i = 0;
        while (i < TAGS && strcmp(tags[i].name, word) != 0) {
            ++i;
        }
        if (i == TAGS || count == 7) {
            fault(faults, "%s: tag '%s' is not of results/metrics/tags.h", of, word);
            return;
        }
        if (is_word_of(tags[i].group, seen)) {
            fault(faults, "%s: tags '%s' say two things of %s", of, text, tags[i].group);
        }
        seen[count++] = tags[i].group;
    }
}

static void check_event(json_t *faults, const struct sb_counter_event *event)
{
    static const char *const units[] = {"1", "byte", "ns", "J", "W", "Hz", "K", NULL};
    if (!event->name[0] || strpbrk(event->name, "+, \t\n")) {
        fault(faults, "'%s' cannot be asked for with --counters", event->name);
    }
    if (!is_word_of(event->unit, units)) {
        fault(faults, "%s: unit '%s'", event->name, event->unit);
    }
    if (strchr(event->help, '\n') || !sb_text_is_utf8(event->help) ||
        !sb_text_is_utf8(event->name)) {
        fault(faults, "%s: its help is not one line of text", event->name);
    }
    check_tags(faults, event->name, event->tags);
}

static int take(const struct sb_counter_event *event, void *payload)
{
    struct listing *listing = payload;
    check_event(listing->faults, event);
    if (json_object_get(listing->names, event->name)) {
        fault(listing->faults, "%s is listed twice", event->name);
    }
    json_object_set_new(listing->names, event->name, json_null());
    return listing->stop_after > 0 && --listing->stop_after == 0 ? 77 : 0;
}

static void check_list(json_t *faults, const struct sb_counter_source *s)
{
    if (!is_here(faults, s)) {
        return;
    }
    struct sb_error err = {0};
    struct listing listing = {faults, json_object(), 0};
    const int code = s->list(take, &listing, &err);
    if (code != 0 || json_object_size(listing.names) == 0) {
        fault(faults, "list: %zu events, code %d: %s", json_object_size(listing.names), code,
              err.text);
    }
    json_decref(listing.names);
    listing = (struct listing){faults, json_object(), 1};
    if (s->list(take, &listing, &err) != 77 || json_object_size(listing.names) != 1) {
        fault(faults, "list does not stop when it is told to");
    }
    json_decref(listing.names);
}

static int first_name(const struct sb_counter_event *event, void *payload)
{
    memcpy(payload, event->name, sizeof event->name);
    return 1;
}

static void check_unknown(json_t *faults, const struct sb_counter_source *s)
{
    if (!is_here(faults, s)) {
        return;
    }
    char name[SB_EVENT_NAME] = "";
    char wrong[SB_EVENT_NAME + 2];
    struct sb_counter_event event = {0};
    struct sb_error err = {0};
    (void)s->list(first_name, name, &err);
    /* a letter is missing within its last word: whatever is put before an event's name stays */
    const size_t length = strlen(name);
    snprintf(wrong, sizeof wrong, "%.*s%s", (int)(length > 2 ? length - 2 : 0), name,
             length > 0 ? name + length - 1 : "");
    const char *const bad[] = {wrong, "no such event, I hope", ""};
    for (int i = 0; i < 3; ++i) {
        const int code = sb_counter_event_find(&event, s, bad[i], &err);
        if (code != SB_ENOTFOUND) {
            fault(faults, "event '%s': code %d (%s)", bad[i], code, code ? err.text : "found");
        } else if (i == 0 && !strstr(err.text, name)) {
            fault(faults, "event '%s': '%s' is not offered: %s", wrong, name, err.text);
        }
    }
    for (int i = 0; s->usual[i]; ++i) {
        if (strcmp(s->usual[i], SB_EVENTS_ALL) == 0) {
            continue; /* check_list() has seen them */
        }
        const int code = sb_counter_event_find(&event, s, s->usual[i], &err);
        if (code == 0) {
            check_event(faults, &event);
        } else if (code == SB_EABSENT) {
            check_reason(faults, s->usual[i], err.text);
        } else {
            fault(faults, "usual event %s: code %d: %s", s->usual[i], code, err.text);
        }
    }
}

static volatile double sink = 2;

/* The work. Never inlined, and from a value that the compiler does not know: twice the rounds are then twice the same instructions,
 * wherever they are called. */
__attribute__((noinline)) static void spin(double rounds)
{
    double x = sink;
    for (double r = 0; r < rounds; ++r) {
        for (int i = 0; i < 10000; ++i) {
            x = x * 0.999999 + 1e-6;
        }
    }
    sink = x;
}

/* So many seconds of one processor, and the work that it took. */
static double spin_s(double seconds)
{
    const unsigned long long until = sb_process_now_ns() + (unsigned long long)(seconds * 1e9);
    double rounds = 0;
    while (sb_process_now_ns() < until) {
        spin(1);
        rounds++;
    }
    return rounds;
}

static int window(struct sb_count *out, struct sb_counting *counting,
                  const struct sb_counter_source *s, double rounds, struct sb_error *err)
{
    int code = s->start(counting, err);
    if (code == 0) {
        spin(rounds);
        code = s->stop(out, counting, err);
    }
    return code;
}

/* Grows with work: enough of it that chance does not decide. */
static bool grows_as_it_should(const struct sb_counter_event *event, const struct sb_count *once,
                               const struct sb_count *twice)
{
    if (once->fault[0] || twice->fault[0] || once->value < 100) {
        return true;
    }
    const double ratio = twice->value / once->value;
    if (event->level) {
        return ratio > 0.2 && ratio < 5;
    }
    /* misses and faults are few and by chance; what is done and how long it took is not */
    const bool exact = strstr(event->tags, "retired") || strcmp(event->unit, "ns") == 0 ||
                       strcmp(event->unit, "J") == 0;
    return !exact || strstr(event->name, "miss") || (ratio > 1.3 && ratio < 3.5);
}

static void check_value(json_t *faults, const struct sb_counter_event *event,
                        const struct sb_count *count)
{
    if (count->fault[0]) {
        check_reason(faults, event->name, count->fault);
    } else if (!isfinite(count->value) || count->value < 0) {
        fault(faults, "%s: value %g", event->name, count->value);
    }
    if (!(count->running >= 0 && count->running <= 1)) {
        fault(faults, "%s: running %g", event->name, count->running);
    }
}

/* Doubled work, in the same opened pass; once more where something disturbed it. */
static void check_windows(json_t *faults, const struct sb_counter_source *s,
                          struct sb_counting *counting, const struct sb_counter_event *event,
                          int taken, double rounds)
{
    struct sb_error err = {0};
    struct sb_count *row = calloc(2 * (size_t)taken, sizeof *row);
    bool good = false;
    int bad = 0;
    for (int tries = 0; row && !good && tries < TRIES; ++tries) {
        if (window(row, counting, s, rounds, &err) != 0 ||
            window(row + taken, counting, s, 2 * rounds, &err) != 0) {
            fault(faults, "%s: it died: %s", event->name, err.text);
            free(row);
            return;
        }
        good = true;
        for (int e = 0; e < taken; ++e) {
            bad = good ? e : bad;
            good = good && grows_as_it_should(&event[e], &row[e], &row[taken + e]);
        }
    }
    for (int e = 0; row && e < 2 * taken; ++e) {
        check_value(faults, &event[e % taken], &row[e]);
    }
    if (row && !good) {
        fault(faults, "%s: %g, and %g with the work doubled", event[bad].name, row[bad].value,
              row[taken + bad].value);
    }
    free(row);
}

struct few {
    struct sb_counter_event *event;
    int count, most;
};

static int take_few(const struct sb_counter_event *event, void *payload)
{
    struct few *few = payload;
    few->event[few->count++] = *event;
    return few->count == few->most;
}

static int usual_events(struct sb_counter_event *event, int most, const struct sb_counter_source *s)
{
    int count = 0;
    if (strcmp(s->usual[0], SB_EVENTS_ALL) == 0) {
        struct few few = {event, 0, most};
        struct sb_error err;
        (void)s->list(take_few, &few, &err);
        return few.count;
    }
    for (int i = 0; s->usual[i] && count < most; ++i) {
        struct sb_error err;
        count += sb_counter_event_find(&event[count], s, s->usual[i], &err) == 0;
    }
    return count;
}

#define MOST 32

static struct sb_counting_target here(const pid_t threads[], int count, const int cpus[])
{
    return (struct sb_counting_target){.backend = "cpu",
                                       .cpus = cpus,
                                       .cpu_count = 1,
                                       .threads = threads,
                                       .thread_count = count,
                                       .root = sb_sysfs_root()};
}

/* Pass after pass through the usual events, twice: the second time with a thread that has ended. */
static void check_counting(json_t *faults, const struct sb_counter_source *s)
{
    static struct sb_counter_event event[MOST];
    if (s->again || !is_here(faults, s)) {
        return;
    }
    const int count = usual_events(event, MOST, s);
    const pid_t threads[] = {getpid(), 0x3ffffff};
    const int cpus[] = {0};
    const double rounds = spin_s(s->window_s > WINDOW_LEAST_S ? s->window_s : WINDOW_LEAST_S);
    int counted[2] = {0, 0};
    for (int round = 0; round < 2; ++round) {
        const struct sb_counting_target target = here(threads, 1 + round, cpus);
        for (int first = 0; first < count;) {
            const char *names[MOST];
            for (int i = first; i < count; ++i) {
                names[i - first] = event[i].name;
            }
            struct sb_error err = {0};
            struct sb_counting *counting = NULL;
            int taken = 0;
            const int code = s->open(&counting, &taken, names, count - first, &target, &err);
            if (code != 0 && (code != SB_EABSENT || counting)) {
                fault(faults, "%s: open: code %d: %s", names[0], code, err.text);
            } else if (code != 0) {
                check_reason(faults, names[0], err.text);
            } else if (taken < 1 || taken > count - first || !counting) {
                fault(faults, "%s: open took %d of %d", names[0], taken, count - first);
                return;
            } else {
                check_windows(faults, s, counting, event + first, taken, rounds);
            }
            s->close(counting);
            counted[round] += code == 0 ? taken : 0;
            first += code == 0 ? taken : 1;
        }
    }
    if (counted[0] != counted[1]) {
        fault(faults, "of %d events it counts %d when one of the threads has ended", counted[0],
              counted[1]);
    }
}

static void check_bad_input(json_t *faults, const struct sb_counter_source *s)
{
    if (s->absent_reason || s->again) {
        return;
    }
    s->close(NULL);
    if (!is_here(faults, s)) {
        return;
    }
    const pid_t threads[] = {getpid()};
    const int cpus[] = {0};
    const struct sb_counting_target target = here(threads, 1, cpus);
    const char *const names[] = {"no such event, I hope"};
    struct sb_error err = {0};
    struct sb_counting *counting = NULL;
    int taken = 0;
    const int code = s->open(&counting, &taken, names, 1, &target, &err);
    if (code != SB_ENOTFOUND || counting) {
        fault(faults, "open of no event: code %d: %s", code, err.text);
    }
}

struct examined {
    check check;
    const struct sb_counter_source *source;
};

static json_t *examine(const void *payload)
{
    const struct examined *examined = payload;
    json_t *faults = json_array();
    examined->check(faults, examined->source);
    return faults;
}

/* All faults of all sources, then failure. */
static void for_all(check examine_one)
{
    int faulty = 0;
    for (int i = 0; sb_counter_sources[i]; ++i) {
        const struct examined examined = {examine_one, sb_counter_sources[i]};
        struct sb_apart apart;
        char died[200] = "";
        assert_int_equal(sb_apart_start(&apart, examine, &examined), 0);
        json_t *faults = sb_apart_collect(&apart, died, sizeof died);
        if (!faults) {
            print_error("%s: %s\n", sb_counter_sources[i]->name, died);
        }
        for (size_t f = 0; f < json_array_size(faults); ++f) {
            print_error("%s: %s\n", sb_counter_sources[i]->name,
                        json_string_value(json_array_get(faults, f)));
        }
        faulty += !faults || json_array_size(faults) > 0;
        json_decref(faults);
    }
    assert_int_equal(faulty, 0);
}

extern const char *const sb_counter_source_names[];

static void test_counters__are_named_as_their_files(void **state)
{
    (void)state;
    int i = 0;
    for (; sb_counter_sources[i]; ++i) {
        assert_string_equal(sb_counter_sources[i]->name, sb_counter_source_names[i]);
    }
    assert_null(sb_counter_source_names[i]);
    assert_true(i > 0);
}

static void test_counters__tables_are_whole(void **state)
{
    (void)state;
    for_all(check_table);
}

static void test_counters__say_in_no_time_whether_they_are_here(void **state)
{
    (void)state;
    for_all(check_probe);
}

static void test_counters__list_events_in_the_vocabulary(void **state)
{
    (void)state;
    for_all(check_list);
}

static void test_counters__offer_the_closest_event(void **state)
{
    (void)state;
    for_all(check_unknown);
}

static void test_counters__refuse_what_is_no_event(void **state)
{
    (void)state;
    for_all(check_bad_input);
}

static void test_counters__count_twice_as_much_of_twice_the_work(void **state)
{
    (void)state;
    for_all(check_counting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters__are_named_as_their_files),
        cmocka_unit_test(test_counters__tables_are_whole),
        cmocka_unit_test(test_counters__say_in_no_time_whether_they_are_here),
        cmocka_unit_test(test_counters__refuse_what_is_no_event),
        cmocka_unit_test(test_counters__list_events_in_the_vocabulary),
        cmocka_unit_test(test_counters__offer_the_closest_event),
        cmocka_unit_test(test_counters__count_twice_as_much_of_twice_the_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
