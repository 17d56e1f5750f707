/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/doctor_engines.h"

#include "harness/place/containers/image.h"
#include "harness/place/engines/engine.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"
#include "results/stats/stats.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENGINES_MOST 32
#define STARTS 3 /* of each engine in a round */

/* What is compared; a rate is better when greater, a time when less. */
static const char *const measured[] = {"bandwidth_B_per_s", "latency_ns", "clock_ns", "wake_ns"};
#define MEASURED ((int)(sizeof measured / sizeof *measured))

struct subject {
    const struct sb_engine *engine; /* NULL: outside */
    char version[64];
    char image[PATH_MAX + 80];
    char why[600];                           /* "": it takes part */
    struct sb_strings check, start, measure; /* command lines; check may be empty */
    bool within;                             /* start checks the image too */
    double *start_ms;                        /* STARTS * rounds */
    double *value[MEASURED];
    int starts, values;
    double *
        check_ms; /* rounds: reading the image on the node before it starts; NAN: the engine's own affair */
    int checks;
};

static const struct sb_column columns[] = {
    {"engine", "engine", false},
    {"version", "version", false},
    {"start_ms", "start", true},
    {"start_least_ms", NULL, true},
    {"start_most_ms", NULL, true},
    {"check_ms", "image check", true},
    {"bandwidth_ratio", "bandwidth", true},
    {"bandwidth_ratio_least", NULL, true},
    {"bandwidth_ratio_most", NULL, true},
    {"latency_ratio", "latency", true},
    {"latency_ratio_least", NULL, true},
    {"latency_ratio_most", NULL, true},
    {"clock_ratio", "clock", true},
    {"clock_ratio_least", NULL, true},
    {"clock_ratio_most", NULL, true},
    {"wake_ratio", "wake", true},
    {"wake_ratio_least", NULL, true},
    {"wake_ratio_most", NULL, true},
    {"image", NULL, false},
    {"reason", "why not", false},
    {NULL, NULL, false},
};

/* What scripts/images/build wrote: of each image its folder, its SIF file, its reference. */
static void usual_images(struct sb_strings *out)
{
    char folder[PATH_MAX];
    char path[PATH_MAX];
    char *text = NULL;
    size_t length = 0;
    if (sb_fs_cache(folder, sizeof folder, "images", NULL) != 0 ||
        sb_fs_join(path, sizeof path, folder, "images.json", NULL) != 0) {
        return;
    }
    json_t *json =
        sb_fs_read(&text, &length, path, NULL) == 0 ? json_loadb(text, length, 0, NULL) : NULL;
    size_t i = 0;
    const json_t *image = NULL;
    json_array_foreach (json_object_get(json, "images"), i, image) {
        static const char *const keys[] = {"folder", "sif", "by_digest", "reference"};
        for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k) {
            const char *name = sb_json_text_or(image, keys[k], NULL);
            if (name && strcmp(sb_json_text_or(image, "backend", ""), "cpu") == 0) {
                (void)sb_strings_add(out, name);
            }
        }
    }
    json_decref(json);
    free(text);
}

static int make_lines(struct subject *s, struct sb_error *err)
{
    char beside[PATH_MAX];
    snprintf(beside, sizeof beside, "%s/switchbench-runner", sb_fs_program_folder());
    const char *const start[] = {"/bin/true", NULL};
    const char *const measure[] = {s->engine ? SB_IMAGE_RUNNER : beside, "--measure", NULL};
    const struct sb_engine *engine = s->engine ? s->engine : sb_engine_find("none", err);
    struct sb_wrap what = {.image = s->engine ? s->image : NULL, .argv = start, .folder = "/"};
    int code = engine ? engine->wrap(&s->start, &what, err) : SB_ENOTFOUND;
    what.argv = measure;
    code = code != 0 ? code : engine->wrap(&s->measure, &what, err);
    if (code == 0 && (sb_strings_end(&s->start) != 0 || sb_strings_end(&s->measure) != 0)) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return code;
}

/* The first of the names that this engine can find; the last reason else. */
static int choose_image(struct subject *s, const struct sb_strings *images, struct sb_error *err)
{
    const bool reference = strstr(s->engine->image_form, "reference") != NULL;
    int code =
        sb_fail(err, SB_ENOTFOUND,
                "no image: 'scripts/images/build cpu --folder --load podman' makes one, or name "
                "one of yours");
    for (int i = 0; code != 0 && i < images->count; ++i) {
        if (reference == (images->item[i][0] != '/' && images->item[i][0] != '.')) {
            code = s->engine->resolve(s->image, sizeof s->image, images->item[i], err);
        }
    }
    return code;
}

static bool call(struct sb_process_result *out, const struct sb_strings *line, double *time_ms,
                 struct sb_error *err)
{
    static const char *const user[] = {"USER=root", NULL}; /* ch-run does not go without */
    const struct sb_process_call what = {.argv = (const char *const *)line->item,
                                         .environment = getenv("USER") ? NULL : user,
                                         .time_limit_s = 120};
    const unsigned long long began = sb_process_now_ns();
    const int code = sb_process_answer(out, &what, err);
    *time_ms = (double)(sb_process_now_ns() - began) * 1e-6;
    return code == 0;
}

static void give_up(struct subject *s, const char *why)
{
    if (!s->why[0]) {
        snprintf(s->why, sizeof s->why, "%.*s", (int)strcspn(why, "\n"), why);
    }
}

/* Takes the look at the image out of the line that starts an engine; runc's cannot go without what writes its bundle. */
static int part_check(struct subject *s)
{
    if (s->start.count < 4 || strcmp(s->start.item[1], "--image") != 0) {
        return 0;
    }
    int code = 0;
    for (int i = 0; i < 3; ++i) {
        code |= sb_strings_add(&s->check, s->start.item[i]);
    }
    code |= sb_strings_add(&s->check, "--") | sb_strings_add(&s->check, "/bin/true") |
            sb_strings_end(&s->check);
    int from = 3;
    while (from < s->start.count && strcmp(s->start.item[from], "--") != 0) {
        s->within = s->within || strcmp(s->start.item[from], "--oci") == 0;
        ++from;
    }
    struct sb_strings rest = {0};
    for (int i = from + 1; !s->within && i < s->start.count; ++i) {
        code |= sb_strings_add(&rest, s->start.item[i]);
    }
    if (!s->within) {
        code |= sb_strings_end(&rest);
        sb_strings_free(&s->start);
        s->start = rest;
    }
    return code == 0 ? 0 : SB_ENOMEM;
}

static double measure_check(const struct subject *s)
{
    struct sb_process_result told = {0};
    double time_ms = NAN;
    if (s->check.count > 0 && call(&told, &s->check, &time_ms, NULL)) {
        sb_process_result_free(&told);
    }
    return time_ms;
}

static void prepare(struct subject *s, const struct sb_strings *images, int rounds)
{
    struct sb_error err = {0};
    s->start_ms = calloc((size_t)(STARTS * rounds), sizeof *s->start_ms);
    s->check_ms = calloc((size_t)rounds, sizeof *s->check_ms);
    int code = s->start_ms && s->check_ms ? 0 : sb_fail(&err, SB_ENOMEM, "out of memory");
    for (int m = 0; m < MEASURED; ++m) {
        s->value[m] = calloc((size_t)rounds, sizeof **s->value);
        code = s->value[m] ? code : sb_fail(&err, SB_ENOMEM, "out of memory");
    }
    if (code == 0 && s->engine) {
        code = s->engine->probe(s->version, sizeof s->version, &err);
        if (code == 0 && s->engine->scheduler) {
            code = sb_fail(&err, SB_EABSENT, "not measured: it works within jobs of %s alone",
                           s->engine->scheduler);
        }
        code = code != 0 ? code : choose_image(s, images, &err);
    }
    code = code != 0 ? code : make_lines(s, &err);
    if (code == 0 && part_check(s) != 0) {
        code = sb_fail(&err, SB_ENOMEM, "out of memory");
    }
    if (code != 0) {
        give_up(s, err.text);
    }
}

static void take_turn(struct subject *s)
{
    struct sb_process_result told = {0};
    struct sb_error err = {0};
    double time_ms = 0;
    const double check_ms = measure_check(s);
    s->check_ms[s->checks++] = check_ms;
    for (int i = 0; i < STARTS && !s->why[0]; ++i) {
        if (call(&told, &s->start, &time_ms, &err)) {
            s->start_ms[s->starts++] = time_ms - (s->within ? check_ms : 0);
            sb_process_result_free(&told);
        } else {
            give_up(s, err.text);
        }
    }
    if (s->why[0] || !call(&told, &s->measure, &time_ms, &err)) {
        give_up(s, err.text);
        return;
    }
    const char *object = strchr(told.output, '{');
    json_t *json = object ? json_loads(object, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    for (int m = 0; m < MEASURED; ++m) {
        s->value[m][s->values] = sb_json_real_or(json, measured[m], NAN);
    }
    if (json && strcmp(sb_json_text_or(json, "version", ""), SB_VERSION) == 0) {
        s->values++;
    } else {
        give_up(
            s, "the image holds a runner of another version: what differs would not be the engine");
    }
    json_decref(json);
    sb_process_result_free(&told);
}

static void put_spread(struct sb_table *table, double *values, int count, const char *form)
{
    char shown[96] = "";
    double least = count > 0 ? values[0] : NAN;
    double most = least;
    for (int i = 1; i < count; ++i) {
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    const double median = count > 0 ? sb_stats_median(values, (size_t)count) : NAN;
    if (count > 0) {
        char one[3][24];
        const double three[] = {median, least, most};
        for (int i = 0; i < 3; ++i) {
            snprintf(one[i], sizeof one[i], strcmp(form, "ms") == 0 ? "%.0f" : "%.2f", three[i]);
        }
        snprintf(shown, sizeof shown, "%s%s (%s–%s)", one[0], strcmp(form, "ms") == 0 ? " ms" : "×",
                 one[1], one[2]);
    }
    sb_table_number(table, median, shown);
    sb_table_number(table, least, NULL);
    sb_table_number(table, most, NULL);
}

static void put_row(struct sb_table *table, struct subject *s, const struct subject *outside)
{
    char shown[32] = "";
    sb_table_text(table, s->engine ? s->engine->name : "outside");
    sb_table_text(table, s->version);
    put_spread(table, s->start_ms, s->why[0] ? 0 : s->starts, "ms");
    const bool checked = !s->why[0] && s->checks > 0 && !isnan(s->check_ms[0]);
    const double check_ms = checked ? sb_stats_median(s->check_ms, (size_t)s->checks) : NAN;
    snprintf(shown, sizeof shown, "%.0f ms", check_ms);
    sb_table_number(table, check_ms, checked ? shown : NULL);
    for (int m = 0; m < MEASURED; ++m) {
        const bool shown_here = s->engine && !s->why[0] && outside->values >= s->values;
        double ratio[100];
        const int count = shown_here && s->values < 100 ? s->values : 0;
        for (int i = 0; i < count; ++i) {
            ratio[i] = s->value[m][i] / outside->value[m][i];
        }
        put_spread(table, ratio, count, "x");
    }
    sb_table_text(table, s->image);
    sb_table_text(table, s->why);
}

static void release(struct subject *s)
{
    free(s->start_ms);
    free(s->check_ms);
    for (int m = 0; m < MEASURED; ++m) {
        free(s->value[m]);
    }
    sb_strings_free(&s->check);
    sb_strings_free(&s->start);
    sb_strings_free(&s->measure);
}

int sb_doctor_engines(const struct sb_strings *images, int rounds, const struct sb_output *output,
                      struct sb_error *err)
{
    struct subject *subject = calloc(ENGINES_MOST, sizeof *subject);
    struct sb_strings usual = {0};
    struct sb_table table;
    if (!subject) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (images->count == 0) {
        usual_images(&usual);
    }
    int count = 1; /* [0]: outside */
    for (int i = 0; sb_engines[i] && count < ENGINES_MOST; ++i) {
        if (sb_engines[i]->resolve) {
            subject[count++].engine = sb_engines[i];
        }
    }
    for (int i = 0; i < count; ++i) {
        prepare(&subject[i], images->count ? images : &usual, rounds);
    }
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < count; ++i) {
            if (!subject[i].why[0]) {
                take_turn(&subject[i]);
            }
        }
    }
    sb_table_init(&table, columns);
    int ran = 0;
    for (int i = 0; i < count; ++i) {
        put_row(&table, &subject[i], &subject[0]);
        ran += subject[i].engine && !subject[i].why[0];
    }
    for (int i = 0; i < count; ++i) {
        release(&subject[i]);
    }
    free(subject);
    sb_strings_free(&usual);
    const int code = sb_table_print(&table, output, stdout, err);
    sb_table_free(&table);
    return code != 0 || ran > 0 ? code
                                : sb_fail(err, SB_EABSENT, "no engine could run an image here");
}

void sb_doctor_engines_here(struct sb_doctor *doctor)
{
    for (int i = 0; sb_engines[i]; ++i) {
        if (!sb_engines[i]->resolve) {
            continue;
        }
        struct sb_error err = {0};
        char what[64];
        char version[64];
        snprintf(what, sizeof what, "engine %s", sb_engines[i]->name);
        const int code = sb_engines[i]->probe(version, sizeof version, &err);
        char *remedy = NULL; /* "podman is not installed: apt install podman runc" */
        for (char *at = code != 0 ? strstr(err.text, ": ") : NULL; at; at = strstr(remedy, ": ")) {
            remedy = at + 2;
        }
        if (remedy) {
            remedy[-2] = '\0';
        }
        sb_doctor_say(doctor, what, code ? SB_DOCTOR_ABSENT : SB_DOCTOR_OK,
                      code ? err.text : version, remedy);
    }
}
