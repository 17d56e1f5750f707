/* SPDX-License-Identifier: Apache-2.0 */
/* rocprofiler on a library that stands in (tests/fakes/fake_rocprofiler.c), each case in a process of its own. */
#include "harness/run/apart.h"
#include "harness/run/counting/count.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct sb_counter_source sb_counter_source_rocprofiler;
static const struct sb_counter_source *const rocprofiler = &sb_counter_source_rocprofiler;

struct given {
    const char *fault, *library; /* NULL: the fake */
    const char *words;
    int device; /* 9: where rocprofiler shows none */
};

/* What hip would export, as a backend has loaded it. */
int hipDeviceGetPCIBusId(char *id, int room, int device);
int hipDeviceGetPCIBusId(char *id, int room, int device)
{
    snprintf(id, (size_t)room, "0000:%s:00.0", device == 0 ? "C1" : device == 1 ? "c6" : "0a");
    return 0;
}

static int repeat(uint64_t *out_time_ns, void *payload, struct sb_error *err)
{
    (void)payload;
    (void)err;
    *out_time_ns = 1000000;
    return 0;
}

static json_t *ask(const void *payload)
{
    const struct given *given = payload;
    char path[700];
    struct sb_counters_asked asked;
    struct sb_strings list = {0};
    json_t *told = NULL;
    const struct sb_device device = {
        .number = given->device, .name = "AMD Instinct", .target = "gfx942"};
    snprintf(path, sizeof path, "%s/fakes/libfake-rocprofiler.so", sb_fs_program_folder());
    setenv("SWITCHBENCH_ROCPROFILER", given->library ? given->library : path, 1);
    setenv("SB_FAKE_ROCPROFILER_FAULT", given->fault, 1);
    if (sb_strings_add_csv(&list, given->words) != 0 ||
        sb_counters_parse(&asked, &list, NULL) != 0) {
        return NULL;
    }
    const struct sb_count_task task = {.asked = &asked,
                                       .target = {.backend = "hip", .device = &device, .root = ""},
                                       .budget_s = 5,
                                       .repeat = repeat,
                                       .machine = ""};
    sb_count_prepare(&list, "hip");
    (void)sb_count_cell(&told, &task, NULL);
    sb_counters_asked_free(&asked);
    sb_strings_free(&list);
    return told;
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

static double value_of(const json_t *answer, const char *name)
{
    size_t i = 0;
    const json_t *event = NULL;
    json_array_foreach (json_object_get(json_array_get(answer, 0), "events"), i, event) {
        if (strcmp(sb_json_text_or(event, "name", ""), name) == 0) {
            return sb_json_real_or(event, "value", NAN);
        }
    }
    return NAN;
}

static void test_rocprofiler__counts_by_passes(void **state)
{
    (void)state;
    const struct given given = {
        "", NULL, "rocprofiler:SQ_WAVES+SQ_INSTS_VALU_FMA_F64+FETCH_SIZE+VALUBusy+SQ_WAVE", 0};
    json_t *answer = answer_of(&given);
    const json_t *of = json_array_get(answer, 0);
    assert_string_equal(sb_json_text_or(of, "state", ""), "read");
    assert_string_equal(sb_json_text_or(of, "version", ""), "rocprofiler-sdk 1.0.2, 2 GPUs");
    assert_int_equal(sb_json_integer_or(of, "passes", 0), 2); /* two at once */
    assert_int_equal(json_array_size(json_object_get(of, "events")), 4);
    assert_true(value_of(answer, "VALUBusy") == 7); /* a percentage, not of a repetition */
    const json_t *fma = json_array_get(json_object_get(of, "events"), 1);
    assert_string_equal(sb_json_text_or(fma, "tags", ""), "issued full_width per_precision board");
    const json_t *refused = json_array_get(json_object_get(of, "refused"), 0);
    assert_string_equal(sb_json_text_or(refused, "reason", ""),
                        "this GPU does not count 'SQ_WAVE'; did you mean 'SQ_WAVES'?");
    json_decref(answer);
}

/* The values of a window, through the source itself: instances are summed, on the GPU that the cell uses. */
static json_t *one_window(const void *payload)
{
    const struct given *given = payload;
    static const char *const names[] = {"SQ_WAVES", "FETCH_SIZE", "VALUBusy"};
    char path[700];
    const struct sb_device device = {
        .number = given->device, .name = "AMD Instinct", .target = "gfx942"};
    const struct sb_counting_target target = {.backend = "hip", .device = &device, .root = ""};
    struct sb_counting *counting = NULL;
    struct sb_count out[3] = {{.value = 0}};
    struct sb_error err = {0};
    int taken = 0;
    snprintf(path, sizeof path, "%s/fakes/libfake-rocprofiler.so", sb_fs_program_folder());
    setenv("SWITCHBENCH_ROCPROFILER", path, 1);
    setenv("SB_FAKE_ROCPROFILER_FAULT", given->fault, 1);
    int code = rocprofiler->open(&counting, &taken, names, 3, &target, &err);
    for (int w = 0; code == 0 && w < 2; ++w) {
        code = rocprofiler->start(counting, &err);
        code = code != 0 ? code : rocprofiler->stop(out, counting, &err);
    }
    rocprofiler->close(counting);
    return json_pack("{s:i,s:i,s:f,s:f,s:s}", "code", code, "taken", taken, "waves", out[0].value,
                     "fetch", out[1].value, "text", err.text);
}

static void check_window(const char *fault, int device, double waves)
{
    const struct given given = {fault, NULL, "", device};
    struct sb_apart apart;
    char died[200] = "not started";
    assert_int_equal(sb_apart_start(&apart, one_window, &given), 0);
    json_t *answer = sb_apart_collect(&apart, died, sizeof died);
    assert_non_null(answer);
    assert_string_equal(sb_json_text_or(answer, "text", "?"), "");
    assert_int_equal(sb_json_integer_or(answer, "taken", 0), 2);
    assert_true(sb_json_real_or(answer, "waves", 0) == waves);
    assert_true(sb_json_real_or(answer, "fetch", 0) == 7);
    json_decref(answer);
}

static void test_rocprofiler__sums_instances_of_its_gpu(void **state)
{
    (void)state;
    check_window("", 0, 30);
    check_window("", 1, 70);
    check_window("many", 0, 9000); /* more than there is room for at first */
}

static void test_rocprofiler__reasons(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *library;
        int device;
        const char *state, *text;
    } row[] = {
        {"", "/nonexistent/librocprofiler-sdk.so.1", 0, "absent",
         "install rocprofiler-sdk of ROCm 7"},
        {"", "libm.so.6", 0, "absent", "librocprofiler-sdk lacks rocprofiler_get_version"},
        {"locked", NULL, 0, "absent", "another tool is registered with rocprofiler"},
        {"noagents", NULL, 0, "absent", "no GPU that it counts on"},
        {"denied", NULL, 0, "absent", "CAP_PERFMON and for the groups video and render"},
        {"hsa", NULL, 0, "absent", "did not tell rocprofiler that it has started"},
        {"lost", NULL, 0, "died", "rocprofiler cannot read its counters: Generalized error (1)"},
        {"", NULL, 9, "absent", "no GPU at 0000:0a:00.0"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
        const struct given given = {row[i].fault, row[i].library, "rocprofiler:SQ_WAVES",
                                    row[i].device};
        json_t *answer = answer_of(&given);
        const json_t *of = json_array_get(answer, 0);
        if (strcmp(sb_json_text_or(of, "state", ""), row[i].state) != 0 ||
            !strstr(sb_json_text_or(of, "reason", ""), row[i].text)) {
            fail_msg("%zu %s: %s: %s", i, row[i].fault, sb_json_text_or(of, "state", ""),
                     sb_json_text_or(of, "reason", ""));
        }
        json_decref(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rocprofiler__counts_by_passes),
        cmocka_unit_test(test_rocprofiler__sums_instances_of_its_gpu),
        cmocka_unit_test(test_rocprofiler__reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
