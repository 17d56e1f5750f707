/* SPDX-License-Identifier: Apache-2.0 */
/* What a campaign's files may hold, and how names go through a shell. */
#include "harness/campaign/lease.h"
#include "harness/place/collect.h"
#include "harness/place/script.h"
#include "harness/place/site.h"
#include "harness/plan/cells.h"
#include "harness/util/fs.h"
#include "harness/util/json_each.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[8][128];
    static int next;
    char *out = path[next++ % 8];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sb-files-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    const char *const argv[] = {"rm", "-rf", folder, NULL};
    struct sb_process_result result;
    const int code = sb_process_run(&result, argv, 10, NULL);
    sb_process_result_free(&result);
    return code;
}

/* Every byte but NUL, and words that shells act on, come out of a real shell as they went in. */
static void test_script__words_survive_a_shell(void **state)
{
    (void)state;
    char every[256];
    for (int i = 1; i < 256; ++i) {
        every[i - 1] = (char)i;
    }
    every[255] = '\0';
    const char *const argv[] = {
        "printf", "%s\\036", every,   "; rm -rf ~", "it's", "",    "$(touch x)`y`!",
        "-n",     "\n\n",    "'\\''", "*",          "~",    "a\\", NULL};
    struct sb_place place;
    assert_int_equal(sb_place_init(&place, "p", "local", NULL), 0);
    assert_int_equal(sb_strings_add(&place.environment, "NAME=$(exit 9); '\"\n"), 0);
    const struct sb_ticket ticket = {
        .place = &place, .tag = "c.job-1", .folder = folder, .argv = argv};
    char *script = NULL;
    assert_int_equal(sb_script_make(&script, &ticket, NULL, NULL, NULL), 0);
    const char *const shell[] = {"bash", "-c", script, NULL};
    const struct sb_process_call call = {.argv = shell, .time_limit_s = 20};
    struct sb_process_result result;
    assert_int_equal(sb_process_call(&result, &call, NULL), 0);
    assert_int_equal(result.exit_status, 0);
    const char *at = result.output;
    for (size_t i = 2; argv[i]; ++i) {
        assert_memory_equal(at, argv[i], strlen(argv[i]));
        at += strlen(argv[i]);
        assert_int_equal(*at++, 036);
    }
    assert_int_equal(*at, '\0');
    sb_process_result_free(&result);
    free(script);
    sb_place_free(&place);
}

#define RECORD "{\"cell\":\"c\",\"state\":\"passed\"}\n"
#define EVENT "{\"event\":\"started\",\"cell\":\"c\"}\n"

static void collect(const struct sb_ticket *ticket, const char *text)
{
    assert_int_equal(sb_collect(ticket, text, strlen(text), true, NULL), 0);
}

static void expect(const char *path, const char *text)
{
    char *got = NULL;
    size_t length = 0;
    assert_int_equal(sb_fs_read(&got, &length, path, NULL), 0);
    assert_string_equal(got, text);
    free(got);
}

/* A stream that is fetched again and again, cut anywhere, leaves every line once. */
static void test_collect__a_stream_in_pieces_is_kept_once(void **state)
{
    (void)state;
    static const char all[] = "hello\n" EVENT RECORD "{\"no\":1}\n{half\n";
    const struct sb_ticket ticket = {.records = in_folder("r.jsonl"),
                                     .events = in_folder("r.events"),
                                     .log = in_folder("r.log")};
    char part[sizeof all];
    for (size_t length = 0; length < sizeof all; ++length) {
        snprintf(part, sizeof part, "%.*s", (int)length, all);
        collect(&ticket, part);
    }
    collect(&ticket, RECORD); /* and from a line in the middle on */
    expect(ticket.records, RECORD);
    expect(ticket.events, EVENT);
    expect(ticket.log, "hello\n{\"no\":1}\n{half\n");
    assert_int_equal(sb_fs_write(ticket.records, RECORD "{\"cel", strlen(RECORD) + 5, NULL), 0);
    collect(&ticket, RECORD "{\"cell\":\"d\",\"state\":\"lost\"}\n");
    expect(ticket.records, RECORD "{\"cell\":\"d\",\"state\":\"lost\"}\n");
}

static void test_fs__a_torn_line_is_cut_off_whatever_its_length(void **state)
{
    (void)state;
    static const int lengths[] = {0, 1, 4095, 4096, 4097, 9000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i) {
        for (int whole = 0; whole < 2; ++whole) {
            char *text = calloc(1, 10000);
            off_t kept = -1;
            snprintf(text, 10000, "%s%*s", whole ? "line\n" : "", lengths[i], "");
            assert_int_equal(sb_fs_write(in_folder("torn"), text, strlen(text), NULL), 0);
            const int fd = open(in_folder("torn"), O_RDWR | O_CLOEXEC);
            assert_int_equal(sb_fs_cut_torn(&kept, fd, "torn", NULL), 0);
            assert_int_equal(kept, whole ? 5 : 0);
            assert_int_equal(lseek(fd, 0, SEEK_END), kept);
            close(fd);
            free(text);
        }
    }
}

struct each_case {
    const char *text;
    int code, items;
};
static const struct each_case each_cases[] = {
    {"", SB_EPARSE, 0},
    {"{", SB_EPARSE, 0},
    {"[1]x", SB_EPARSE, 0},
    {"{\"cells\":[", SB_EPARSE, 0},
    {"{\"cells\":[1", SB_EPARSE, 1},
    {"{\"cells\":[1,", SB_EPARSE, 1},
    {"{\"cells\":[1,]}", SB_EPARSE, 1},
    {"{\"cells\":[,1]}", SB_EPARSE, 0},
    {"{\"cells\":[1 2]}", SB_EPARSE, 1},
    {"{\"cells\":[1]", SB_EPARSE, 1},
    {"{\"cells\":[1]}}", SB_EPARSE, 1},
    {"{\"cells\":[\"]", SB_EPARSE, 0},
    {"{\"cells\":[1],\"cells\":[2]}", SB_EPARSE, 1},
    {"{\"cells\":{}}", 0, 0},
    {"{\"a\":{\"cells\":[1,2]}}", 0, 0},
    {"{\"cells\":[]}", 0, 0},
    {" { \"a\" : \"\\\\\" , \"b\\\"\":[[\"]\"]] , \"cells\" : [ {\"]\":\"}\\\"\"} ,\n[1] , 3 ] , "
     "\"c\":1 }\n",
     0, 3},
};

static int count_item(const char *item, size_t length, size_t i, void *payload,
                      struct sb_error *err)
{
    (void)err;
    assert_true(length > 0 && item[0] != ' ' && item[length - 1] != ' ');
    assert_int_equal(i, (size_t)(*(int *)payload)++);
    return 0;
}

static void test_json_each__documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof each_cases / sizeof *each_cases; ++i) {
        const struct each_case *c = &each_cases[i];
        json_t *head = NULL;
        int items = 0;
        struct sb_error err = {0};
        const int code =
            sb_json_each(&head, c->text, strlen(c->text), "cells", count_item, &items, &err);
        if (code != c->code || items != c->items || (code != 0 && !err.text[0]) ||
            (code == 0 && !head)) {
            fail_msg("%s: code %d, %d items (%s)", c->text, code, items, err.text);
        }
        json_decref(head);
    }
}

/* plan.json is written past jansson; both must say the same bytes. */
static void test_cell_put__is_what_sb_cell_to_json_says(void **state)
{
    (void)state;
    struct sb_campaign campaign;
    struct sb_plan plan;
    struct sb_error err = {0};
    sb_campaign_init(&campaign);
    sb_strings_add(&campaign.presets, "tiny");
    sb_strings_add(&campaign.backends, "cpu");
    sb_strings_add(&campaign.spots, "p\"l\\a\tce/größe");
    if (sb_plan_make(&plan, &campaign, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_true(plan.cell_count > 10);
    for (int i = 0; i < plan.cell_count; ++i) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        assert_int_equal(sb_cell_put(out, &plan.cell[i], false, NULL), 0);
        fclose(out);
        json_t *json = sb_cell_to_json(&plan.cell[i]);
        char *other = json_dumps(json, JSON_COMPACT);
        assert_string_equal(text, other);
        free(other);
        json_decref(json);
        free(text);
    }
    sb_plan_free(&plan);
    sb_campaign_free(&campaign);
}

/* Jobs of CI start in one second, with one name: a scheduler must not give one the other's. */
static void test_plan_tag__two_plans_of_one_second_differ(void **state)
{
    (void)state;
    struct sb_campaign campaign;
    struct sb_plan plan[2];
    struct sb_plan again;
    char tag[3][SB_PLAN_TAG];
    sb_campaign_init(&campaign);
    sb_strings_add(&campaign.kernels, "stream");
    sb_strings_add(&campaign.presets, "tiny");
    sb_strings_add(&campaign.backends, "cpu");
    campaign.seed = 1;
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(sb_plan_make(&plan[i], &campaign, NULL), 0);
        snprintf(plan[i].id, sizeof plan[i].id, "20261126T000000Z-nightly");
        sb_plan_tag(tag[i], &plan[i]);
    }
    assert_string_not_equal(tag[0], tag[1]);
    assert_memory_equal(tag[0], "20261126T000000Z-nightly-", 25);
    assert_int_equal(sb_plan_write(&plan[0], in_folder("plan.json"), NULL), 0);
    assert_int_equal(sb_plan_read(&again, in_folder("plan.json"), NULL), 0);
    sb_plan_tag(tag[2], &again);
    assert_string_equal(tag[0], tag[2]);
    again.token[0] = '\0'; /* of before there were tokens: its jobs are found by what they have */
    sb_plan_tag(tag[2], &again);
    assert_string_equal(tag[2], "20261126T000000Z-nightly");
    sb_plan_free(&again);
    sb_plan_free(&plan[0]);
    sb_plan_free(&plan[1]);
    sb_campaign_free(&campaign);
}

static void write_lease(const char *text)
{
    assert_int_equal(sb_fs_write(in_folder("driver.json"), text, strlen(text), NULL), 0);
}

static void test_lease__who_may_take_it(void **state)
{
    (void)state;
    struct sb_lease lease;
    struct sb_error err = {0};
    char text[512];
    /* damaged, and dead: process 1 never started at tick 1 of this boot */
    write_lease("{\"host\":");
    assert_int_equal(sb_lease_take(&lease, folder, &err), 0);
    assert_true(sb_lease_alive(&lease, folder, 0));
    snprintf(text, sizeof text, "{\"host\":\"h\",\"boot\":\"%s\",\"pid\":1,\"start\":1,\"beat\":7}",
             lease.boot);
    write_lease(text);
    assert_int_equal(sb_lease_renew(&lease, folder, &err), SB_EINVAL); /* another has it */
    assert_non_null(strstr(err.text, "has taken over"));
    assert_int_equal(sb_lease_take(&lease, folder, &err), 0);
    /* alive: our parent, whoever it is */
    snprintf(text, sizeof text,
             "{\"host\":\"h\",\"boot\":\"%s\",\"pid\":%ld,\"start\":%llu,\"beat\":7}", lease.boot,
             (long)getppid(), sb_process_start_time(getppid()));
    write_lease(text);
    assert_int_equal(sb_lease_take(&lease, folder, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "still running"));
    /* given back by nobody but its holder; taken away, it comes back with the next beat */
    sb_lease_drop(&lease, folder);
    assert_int_equal(access(in_folder("driver.json"), F_OK), 0);
    unlink(in_folder("driver.json"));
    assert_int_equal(sb_lease_take(&lease, folder, &err), 0);
    unlink(in_folder("driver.json"));
    assert_int_equal(sb_lease_renew(&lease, folder, &err), 0);
    sb_lease_drop(&lease, folder);
    assert_int_not_equal(access(in_folder("driver.json"), F_OK), 0);
}

struct site_case {
    const char *text;
    int code;
    const char *says;
};
static const struct site_case site_cases[] = {
    {"places: 3", SB_EPARSE, "f:1: "},
    {"place: {}", SB_EPARSE, "f:1: unknown key 'place'"},
    {"places: {p: {nods: all}}", SB_EPARSE, "did you mean 'nodes'"},
    {"places: {'a b': {}}", SB_EPARSE, "a name of letters"},
    {"places: {p: {jobs: many}}", SB_EPARSE, "f:1: jobs"},
    {"places: {p: {jobs: 0}}", SB_EPARSE, "f:1: jobs"},
    {"places: {p: {jobs: 1, jobs: 2}}", SB_EPARSE, "twice"},
    {"places:\n  p: {}\n  p: {}", SB_EPARSE, "f:3: "},
    {"places: {p: {environment: {MY_TOKEN: x}}}", SB_EPARSE, "'MY_TOKEN' looks like a secret"},
    {"places: {p: {environment: [AUTH_COOKIE=x]}}", SB_EPARSE, "'AUTH_COOKIE'"},
    {"places: {p: {environment: {PWD: /x, MONKEY: y, OMP_PLACES: z}}}", 0, ""},
    {"places: {p: {scheduler: slurm, time_limit: 90m, images: {cpu: a, opencl: b}}}", 0, ""},
};

/* What was read comes back whole from plan.json's form. */
static void test_site__texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof site_cases / sizeof *site_cases; ++i) {
        const struct site_case *c = &site_cases[i];
        struct sb_site site;
        struct sb_error err = {0};
        const int code = sb_site_parse(&site, c->text, strlen(c->text), "f", &err);
        if (code != c->code || !strstr(err.text, c->says)) {
            fail_msg("%s: %d, %s", c->text, code, err.text);
        }
        for (int p = 0; code == 0 && p < site.place_count; ++p) {
            struct sb_place copy;
            json_t *a = sb_place_to_json(&site.place[p]);
            assert_int_equal(sb_place_copy(&copy, &site.place[p], NULL), 0);
            json_t *b = sb_place_to_json(&copy);
            assert_true(json_equal(a, b));
            json_decref(a);
            json_decref(b);
            sb_place_free(&copy);
        }
        if (code == 0) {
            sb_site_free(&site);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script__words_survive_a_shell),
        cmocka_unit_test(test_collect__a_stream_in_pieces_is_kept_once),
        cmocka_unit_test(test_fs__a_torn_line_is_cut_off_whatever_its_length),
        cmocka_unit_test(test_json_each__documents),
        cmocka_unit_test(test_cell_put__is_what_sb_cell_to_json_says),
        cmocka_unit_test(test_plan_tag__two_plans_of_one_second_differ),
        cmocka_unit_test(test_lease__who_may_take_it),
        cmocka_unit_test(test_site__texts),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
