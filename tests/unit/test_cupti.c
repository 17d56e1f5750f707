/* SPDX-License-Identifier: Apache-2.0 */
/* CUPTI: sessions on a library that stands in (tests/fakes/fake_cupti.c), each in a process of its own; names, units and passes of
 * the real one, whose host half needs no GPU, where scripts/toolchains has put it ($SWITCHBENCH_CUDA). */
#include "backends/cuda/cuda.h"
#include "harness/run/apart.h"
#include "harness/run/counting/cupti/cupti.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

extern const struct sb_counter_source sb_counter_source_cupti;
static const struct sb_counter_source *const cupti = &sb_counter_source_cupti;

/* CUPTI opens nvperf with RTLD_DEEPBIND, which sanitizers refuse. */
void *dlopen(const char *file, int flags)
{
    void *(*next)(const char *, int) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "dlopen");
    memcpy(&next, &symbol, sizeof next);
    return next(file, flags & ~RTLD_DEEPBIND);
}

struct given {
    const char *fault;
    const char *names[8];
    int windows;
};

static json_t *told(int code, const struct sb_error *err, const char *where)
{
    return json_pack("{s:i,s:s,s:s,s:[]}", "code", code, "text", code ? err->text : "", "where",
                     where, "windows");
}

static json_t *tell_window(const struct sb_count *out, int taken)
{
    json_t *row = json_array();
    for (int e = 0; e < taken; ++e) {
        json_array_append_new(row, out[e].fault[0] ? json_string(out[e].fault)
                                                   : json_real(out[e].value));
    }
    return row;
}

static json_t *count(const struct given *given)
{
    const struct sb_device device = {.number = 0, .name = "Fake GPU 0", .target = "sm_90"};
    const struct sb_counting_target target = {.backend = "cuda", .device = &device, .root = ""};
    struct sb_counting *counting = NULL;
    struct sb_count out[8];
    struct sb_error err = {0};
    int names = 0;
    int taken = 0;
    while (given->names[names]) {
        ++names;
    }
    int code = cupti->open(&counting, &taken, given->names, names, &target, &err);
    json_t *answer = told(code, &err, "open");
    json_object_set_new(answer, "taken", json_integer(taken));
    for (int w = 0; code == 0 && w < given->windows; ++w) {
        code = cupti->start(counting, &err);
        code = code != 0 ? code : cupti->stop(out, counting, &err);
        if (code != 0) {
            json_decref(answer);
            answer = told(code, &err, "window");
        } else {
            json_array_append_new(json_object_get(answer, "windows"), tell_window(out, taken));
        }
    }
    cupti->close(counting);
    return answer;
}

static json_t *ask(const void *payload)
{
    const struct given *given = payload;
    char path[700];
    char version[128] = "";
    struct sb_error err = {0};
    const struct sb_gpu_api *api = NULL;
    snprintf(path, sizeof path, "%s/fakes/libfake-cupti.so", sb_fs_program_folder());
    setenv("SWITCHBENCH_CUPTI", path, 1);
    snprintf(path, sizeof path, "%s/fakes/libfake-cuda.so", sb_fs_program_folder());
    setenv("SWITCHBENCH_CUDA_DRIVER", path, 1);
    setenv("SB_FAKE_CUPTI_FAULT", given->fault, 1);
    int code = cupti->probe(version, sizeof version, &err);
    if (code == 0 && (sb_cuda_driver(&api, &err) != 0 || api->context_open(0) != 0)) {
        code = SB_EDEVICE;
    }
    json_t *answer = code != 0 ? told(code, &err, "probe") : count(given);
    json_object_set_new(answer, "version", json_string(version));
    return answer;
}

static json_t *answer_of(const struct given *given)
{
    struct sb_apart apart;
    char died[200] = "not started";
    assert_int_equal(sb_apart_start(&apart, ask, given), 0);
    json_t *answer = sb_apart_collect(&apart, died, sizeof died);
    if (!answer) {
        fail_msg("%s: %s", given->fault, died);
    }
    return answer;
}

static const json_t *at(const json_t *answer, size_t window, size_t event)
{
    return json_array_get(json_array_get(json_object_get(answer, "windows"), window), event);
}

static void test_cupti__one_pass_again_and_again(void **state)
{
    (void)state;
    const struct given given = {
        "", {"fake__bytes_read.sum", "fake__bytes_write.sum", "fake__inst_executed.sum"}, 3};
    json_t *answer = answer_of(&given);
    assert_string_equal(sb_json_text_or(answer, "text", "?"), "");
    assert_string_equal(sb_json_text_or(answer, "version", ""), "CUPTI 130001, FAKE100");
    assert_int_equal(sb_json_integer_or(answer, "taken", 0), 3);
    for (size_t w = 0; w < 3; ++w) {
        assert_true(json_real_value(at(answer, w, 0)) == 20000);
        assert_true(json_real_value(at(answer, w, 2)) == 23000);
    }
    json_decref(answer);
}

static void test_cupti__as_many_as_fit_into_a_pass(void **state)
{
    (void)state;
    const struct given given = {"",
                                {"fake__bytes_read.sum", "fake__bytes_write.sum",
                                 "fake__bytes_read.max", "fake__bytes_read.min",
                                 "fake__bytes_write.max"},
                                1};
    json_t *answer = answer_of(&given);
    assert_int_equal(sb_json_integer_or(answer, "taken", 0), 4);
    json_decref(answer);
    const struct given bad = {"", {"fake__bytes_read.sum", "fake__nonsense.sum"}, 1};
    answer = answer_of(&bad);
    assert_int_equal(sb_json_integer_or(answer, "taken", 0), 1);
    json_decref(answer);
}

static void test_cupti__several_windows_for_one(void **state)
{
    (void)state;
    const struct given given = {"", {"fake__three_passes.sum", "fake__bytes_read.sum"}, 6};
    json_t *answer = answer_of(&given);
    assert_int_equal(sb_json_integer_or(answer, "taken", 0), 1);
    for (size_t w = 0; w < 6; ++w) {
        if (w % 3 == 2) {
            assert_true(json_real_value(at(answer, w, 0)) == 22000);
        } else {
            const char *text = json_string_value(at(answer, w, 0));
            assert_non_null(text);
            assert_non_null(strstr(text, w % 3 == 0 ? "it needs 3 windows and had 1"
                                                    : "it needs 3 windows and had 2"));
        }
    }
    json_decref(answer);
}

static void test_cupti__reasons(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *where, *text;
        int code;
    } row[] = {
        {"initialize", "probe", "CUPTI cannot start beside this driver: CUPTI_ERROR_UNKNOWN (999)",
         SB_EABSENT},
        {"chip", "probe", "this CUPTI does not know the GPU", SB_EABSENT},
        {"denied", "open", "NVreg_RestrictProfilingToAdminUsers=0", SB_EABSENT},
        {"busy", "open", "another tool has the GPU's counters", SB_EABSENT},
        {"endless", "open", "does not end after the passes", SB_EABSENT},
        {"lost", "window", "CUPTI cannot start counting: CUPTI_ERROR_UNKNOWN (999)", SB_EDEVICE},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
        const struct given given = {row[i].fault, {"fake__bytes_read.sum"}, 3};
        json_t *answer = answer_of(&given);
        if (strcmp(sb_json_text_or(answer, "where", ""), row[i].where) != 0 ||
            sb_json_integer_or(answer, "code", 0) != row[i].code ||
            !strstr(sb_json_text_or(answer, "text", ""), row[i].text)) {
            fail_msg("%s: %s: %s", row[i].fault, sb_json_text_or(answer, "where", ""),
                     sb_json_text_or(answer, "text", ""));
        }
        json_decref(answer);
    }
}

static void need_the_real_one(void)
{
    const struct sb_cupti *table = NULL;
    struct sb_error err;
    const char *folder = getenv("SWITCHBENCH_CUDA");
    if (sb_cupti_load(&table, &err) != 0 && !(folder && *folder)) {
        print_message(
            "skipped: %s; scripts/toolchains FOLDER brings it, then SWITCHBENCH_CUDA=FOLDER\n",
            err.text);
        skip();
    }
    if (sb_cupti_load(&table, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

/* Every counter that is counted by default exists on every chip of data centres since Volta. */
static void test_cupti__the_usual_are_known(void **state)
{
    (void)state;
    static const char *const chips[] = {"GV100", "TU104", "GA100", "GA102",
                                        "AD102", "GH100", "GB100"};
    need_the_real_one();
    for (size_t c = 0; c < sizeof chips / sizeof *chips; ++c) {
        struct sb_cupti_host host;
        struct sb_error err = {0};
        if (sb_cupti_host_open(&host, chips[c], NULL, &err) != 0) {
            fail_msg("%s: %s", chips[c], err.text);
        }
        for (int i = 0; cupti->usual[i]; ++i) {
            struct sb_counter_event event;
            if (sb_cupti_describe(&event, &host, cupti->usual[i], &err) != 0) {
                fail_msg("%s", err.text);
            }
            assert_string_equal(event.unit, strstr(event.name, "bytes") ? "byte" : "1");
            assert_int_equal(event.level, strstr(event.name, ".pct") != NULL);
        }
        sb_cupti_host_close(&host);
    }
}

static int count_one(const struct sb_counter_event *event, void *payload)
{
    assert_true(strstr(event->name, ".sum") != NULL);
    return ++*(int *)payload == 100 ? 77 : 0;
}

static void test_cupti__names_and_passes(void **state)
{
    (void)state;
    struct sb_cupti_host host;
    struct sb_error err = {0};
    struct sb_counter_event event;
    struct sb_cupti_config config;
    int seen = 0;
    int taken = 0;
    need_the_real_one();
    assert_int_equal(sb_cupti_host_open(&host, "NV1", NULL, &err), SB_EABSENT);
    assert_int_equal(sb_cupti_host_open(&host, "GH100", NULL, &err), 0);
    assert_int_equal(sb_cupti_each(&host, count_one, &seen, &err), 77);
    assert_int_equal(sb_cupti_describe(&event, &host, "dram__byte_read.sum", &err), SB_ENOTFOUND);
    assert_string_equal(err.text, "GH100 does not count 'dram__byte_read.sum'; did you mean "
                                  "'dram__bytes_read.sum'?");
    assert_int_equal(sb_cupti_describe(&event, &host, "", &err), SB_ENOTFOUND);
    int usual = 0;
    while (cupti->usual[usual]) {
        ++usual;
    }
    int passes = 0;
    for (int first = 0; first < usual; first += taken, ++passes) {
        assert_int_equal(
            sb_cupti_schedule(&config, &taken, &host, cupti->usual + first, usual - first, &err),
            0);
        assert_true(taken >= 1 && config.passes <= 5);
        sb_cupti_config_free(&config);
    }
    assert_true(passes >= 2 && passes <= 6);
    const char *const bad[] = {"dram__bytes_read.sum", "nonsense__x.sum"};
    if (sb_cupti_config(&config, &host, bad, 2, &err) != SB_ENOTFOUND) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(sb_cupti_schedule(&config, &taken, &host, bad, 2, &err), 0);
    assert_int_equal(taken, 1);
    sb_cupti_config_free(&config);
    sb_cupti_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cupti__one_pass_again_and_again),
        cmocka_unit_test(test_cupti__as_many_as_fit_into_a_pass),
        cmocka_unit_test(test_cupti__several_windows_for_one),
        cmocka_unit_test(test_cupti__reasons),
        cmocka_unit_test(test_cupti__the_usual_are_known),
        cmocka_unit_test(test_cupti__names_and_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
