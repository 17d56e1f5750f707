/* SPDX-License-Identifier: Apache-2.0 */
/* NVML and ROCm SMI on libraries that stand in (tests/fakes/), each case in a process of its own, as a library is loaded once;
 * and NVIDIA's own library without a device, where scripts/toolchains has put it ($SWITCHBENCH_CUDA). */
#include "harness/run/apart.h"
#include "harness/run/counting/gpu_board.h"
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct given {
    const char *source, *fault, *major;
    const char *library; /* NULL: the fake */
    bool instead;        /* AMD SMI is there, too */
    struct sb_device device;
    const char *backend;
};

/* What hip would export for a device of AMD's, as a backend has loaded it. */
int hipDeviceGetPCIBusId(char *id, int room, int device);
int hipDeviceGetPCIBusId(char *id, int room, int device)
{
    snprintf(id, (size_t)room, device == 9 ? "0000:0a:00.0" : "0000:c6:00.0");
    return 0;
}

static json_t *told(int code, const struct sb_error *err, const char *where)
{
    return json_pack("{s:i,s:s,s:s}", "code", code, "text", code ? err->text : "", "where", where);
}

static json_t *one_window(const struct sb_counter_source *s, const struct given *given)
{
    struct sb_error err = {0};
    struct sb_counting *counting = NULL;
    struct sb_count out[16];
    const struct sb_counting_target target = {
        .backend = given->backend, .device = &given->device, .root = ""};
    const char *names[16];
    int count = 0;
    int taken = 0;
    while (s->usual[count] && count < 15) {
        names[count] = s->usual[count];
        ++count;
    }
    names[count++] = "power_energy";
    const char *const *from = names;
    int code = s->open(&counting, &taken, from, count, &target, &err);
    if (code == SB_EABSENT && strstr(err.text, "does not tell its energy")) {
        code = s->open(&counting, &taken, ++from, --count, &target, &err);
    }
    if (code != 0) {
        return told(code, &err, "open");
    }
    code = s->start(counting, &err);
    const struct timespec wait = {.tv_sec = 1};
    nanosleep(&wait, NULL);
    code = code != 0 ? code : s->stop(out, counting, &err);
    s->close(counting);
    json_t *answer = told(code, &err, "stop");
    json_object_set_new(answer, "taken", json_integer(taken));
    for (int e = 0; code == 0 && e < taken; ++e) {
        json_object_set_new(answer, from[e],
                            out[e].fault[0] ? json_string(out[e].fault) : json_real(out[e].value));
    }
    return answer;
}

static json_t *ask(const void *payload)
{
    const struct given *given = payload;
    struct sb_error err = {0};
    char version[128] = "";
    char path[700];
    const bool amd = strcmp(given->source, "rocm_smi") == 0;
    const struct sb_counter_source *s = sb_counter_source_find(given->source, &err);
    snprintf(path, sizeof path, "%s/fakes/libfake-%s.so", sb_fs_program_folder(), given->source);
    setenv(amd ? "SWITCHBENCH_ROCM_SMI" : "SWITCHBENCH_NVML",
           given->library ? given->library : path, 1);
    if (given->instead) {
        char beside[700];
        snprintf(beside, sizeof beside, "%s/fakes/libfake-amd_smi.so", sb_fs_program_folder());
        setenv("SWITCHBENCH_AMD_SMI", beside, 1);
    }
    setenv(amd ? "SB_FAKE_ROCM_SMI_FAULT" : "SB_FAKE_NVML_FAULT", given->fault, 1);
    setenv("SB_FAKE_NVML_DEVICES", "2", 1);
    setenv("SB_FAKE_ROCM_SMI_MAJOR", given->major ? given->major : "7", 1);
    if (!amd) {
        snprintf(path, sizeof path, "%s/fakes/libfake-cuda.so", sb_fs_program_folder());
        dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    }
    const int code = s->probe(version, sizeof version, &err);
    json_t *answer = code != 0 ? told(code, &err, "probe") : one_window(s, given);
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
        fail_msg("%s %s: %s", given->source, given->fault, died);
    }
    return answer;
}

static struct given nvidia(const char *fault)
{
    return (struct given){.source = "nvml",
                          .fault = fault,
                          .backend = "cuda",
                          .device = {.number = 1, .name = "Fake GPU 1", .target = "sm_90"}};
}

static struct given amd(const char *fault)
{
    return (struct given){.source = "rocm_smi",
                          .fault = fault,
                          .backend = "hip",
                          .device = {.number = 0, .name = "AMD Instinct", .target = "gfx90a"}};
}

#define TRIES 6 /* other work disturbs */

static bool near(const json_t *answer, const char *name, double expected, double within)
{
    const json_t *got = json_object_get(answer, name);
    const double value = json_is_real(got) ? json_real_value(got) : NAN;
    const bool good = fabs(value - expected) <= within;
    if (!good) {
        print_message("%s is %g, expected %g: %s\n", name, value, expected,
                      json_is_string(got) ? json_string_value(got) : "");
    }
    return good;
}

static void test_nvml__a_known_power(void **state)
{
    (void)state;
    const struct given given = nvidia("");
    bool good = false;
    for (int tries = 0; !good && tries < TRIES; ++tries) {
        json_t *answer = answer_of(&given);
        assert_string_equal(sb_json_text_or(answer, "text", "?"), "");
        assert_string_equal(sb_json_text_or(answer, "version", ""), "driver 580.0.fake, 2 boards");
        const double energy_J = json_real_value(json_object_get(answer, "energy"));
        good = energy_J > 245 && energy_J < 400 &&
               near(answer, "power_energy", energy_J,
                    0.02 * energy_J) &&                           /* two ways to the same joules */
               near(answer, "power", energy_J, 0.1 * energy_J) && /* of a window of 1 s and a bit */
               near(answer, "sm_clock", 1755e6, 1) &&
               near(answer, "memory_clock", 2619e6, 1) &&
               near(answer, "temperature", 334.15, 0.01) &&
               near(answer, "throttled.power_cap", 0.5, 0.2) && /* of each half second, half */
               near(answer, "throttled.thermal", 0, 0);
        json_decref(answer);
    }
    assert_true(good);
}

static void test_nvml__reasons(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *where, *text;
    } row[] = {
        {"driver", "probe", "NVIDIA's driver is not loaded (NVML: Driver Not Loaded)"},
        {"mismatch", "probe", "NVML is of another version than the driver"},
        {"none", "probe", "NVML sees no GPU"},
        {"lost", "stop", "the board's"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
        const struct given given = nvidia(row[i].fault);
        json_t *answer = answer_of(&given);
        if (strcmp(sb_json_text_or(answer, "where", ""), row[i].where) != 0 ||
            !strstr(sb_json_text_or(answer, "text", ""), row[i].text)) {
            fail_msg("%s: %s: %s", row[i].fault, sb_json_text_or(answer, "where", ""),
                     sb_json_text_or(answer, "text", ""));
        }
        json_decref(answer);
    }
    struct given given = nvidia("");
    given.device.number = 7; /* at a bus that NVML does not show */
    json_t *answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "text", ""), "no board at 0000:42:00.0"));
    json_decref(answer);
    given.device = (struct sb_device){.name = "AMD EPYC", .vendor = "AuthenticAMD"};
    given.backend = "opencl";
    answer = answer_of(&given);
    assert_string_equal(sb_json_text_or(answer, "text", ""),
                        "the device 'AMD EPYC' is not NVIDIA's");
    json_decref(answer);
    given.device = (struct sb_device){.name = "Fake GPU 1", .vendor = "NVIDIA Corporation"};
    answer = answer_of(&given); /* by its name */
    assert_string_equal(sb_json_text_or(answer, "text", ""), "");
    json_decref(answer);
    given.library = "/nonexistent/libnvidia-ml.so.1";
    answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "text", ""), "there is no NVML ("));
    json_decref(answer);
}

static void test_nvml__what_a_board_does_not_tell(void **state)
{
    (void)state;
    struct given given = nvidia("noenergy");
    json_t *answer = answer_of(&given);
    assert_null(json_object_get(answer, "energy"));
    assert_true(json_is_real(json_object_get(answer, "power")));
    json_decref(answer);
    given = nvidia("back");
    answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "energy", ""), "counter went back"));
    json_decref(answer);
    given = nvidia("denied");
    answer = answer_of(&given);
    assert_true(sb_json_integer_or(answer, "taken", 0) == 1); /* the next pass begins with power */
    json_decref(answer);
}

/* The library of Debian's libnvidia-ml1, which is the driver's own. */
static void test_nvml__the_real_library_without_a_device(void **state)
{
    (void)state;
    char path[600];
    const char *folder = getenv("SWITCHBENCH_CUDA");
    snprintf(path, sizeof path, "%s/driver/libnvidia-ml.so.1", folder ? folder : "");
    if (access(path, R_OK) != 0) {
        print_message("skipped: scripts/toolchains FOLDER brings libnvidia-ml; then "
                      "SWITCHBENCH_CUDA=FOLDER\n");
        skip();
    }
    struct given given = nvidia("");
    given.library = path;
    json_t *answer = answer_of(&given);
    if (sb_json_integer_or(answer, "code", 0) != 0) {
        assert_string_equal(sb_json_text_or(answer, "where", ""), "probe");
        assert_non_null(strstr(sb_json_text_or(answer, "text", ""),
                               "NVIDIA's driver is not loaded (NVML: Driver Not Loaded)"));
    }
    json_decref(answer);
}

static void test_rocm_smi__a_known_power(void **state)
{
    (void)state;
    static const char *const majors[] = {"5", "7"};
    for (int i = 0; i < 2; ++i) {
        struct given given = amd("");
        given.major = majors[i];
        bool good = false;
        for (int tries = 0; !good && tries < TRIES; ++tries) {
            json_t *answer = answer_of(&given);
            assert_string_equal(sb_json_text_or(answer, "text", "?"), "");
            good = near(answer, "power", 500, 0.001) && /* the second board: by its bus */
                   near(answer, "energy", 510, 25) && near(answer, "power_energy", 510, 25) &&
                   near(answer, "gpu_clock", 2.1e9, 1) && near(answer, "memory_clock", 1.3e9, 1) &&
                   near(answer, "temperature", 344.15, 0.01);
            json_decref(answer);
        }
        assert_true(good);
    }
}

static void test_rocm_smi__reasons(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *where, *text;
    } row[] = {
        {"init", "probe", "ROCm SMI does not start (RSMI_STATUS_INIT_ERROR)"},
        {"none", "probe", "ROCm SMI sees no GPU"},
        {"denied", "open", "ask to be in the groups video and render"},
        {"lost", "stop", "cannot be read: RSMI_STATUS_FILE_ERROR"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
        const struct given given = amd(row[i].fault);
        json_t *answer = answer_of(&given);
        if (strcmp(sb_json_text_or(answer, "where", ""), row[i].where) != 0 ||
            !strstr(sb_json_text_or(answer, "text", ""), row[i].text)) {
            fail_msg("%s: %s: %s", row[i].fault, sb_json_text_or(answer, "where", ""),
                     sb_json_text_or(answer, "text", ""));
        }
        json_decref(answer);
    }
    struct given given = amd("still");
    json_t *answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "energy", ""), "stood still"));
    assert_true(json_is_real(json_object_get(answer, "power")));
    json_decref(answer);
    given = amd("");
    given.device.number = 9;
    answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "text", ""), "no board at 0000:0a:00.0"));
    json_decref(answer);
    given.device = (struct sb_device){.name = "gfx1100", .vendor = "Advanced Micro Devices, Inc."};
    answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "text", ""), "which of the 2 boards"));
    json_decref(answer);
    given.library = "/nonexistent/librocm_smi64.so";
    answer = answer_of(&given);
    assert_non_null(strstr(sb_json_text_or(answer, "text", ""), "install rocm-smi-lib"));
    json_decref(answer);
}

static void test_rocm_smi__amd_smi_where_it_is_alone(void **state)
{
    (void)state;
    struct given given = amd("");
    given.library = "/nonexistent/librocm_smi64.so";
    given.instead = true;
    bool good = false;
    for (int tries = 0; !good && tries < TRIES; ++tries) {
        json_t *answer = answer_of(&given);
        assert_string_equal(sb_json_text_or(answer, "text", "?"), "");
        assert_string_equal(sb_json_text_or(answer, "version", ""), "AMD SMI, 2 boards");
        assert_int_equal(sb_json_integer_or(answer, "taken", 0),
                         1);                    /* power is another pass: refused */
        good = near(answer, "energy", 510, 25); /* the second board: by its bus */
        json_decref(answer);
    }
    assert_true(good);
    static const struct {
        const char *fault, *text;
    } row[] = {
        {"init", "AMD SMI does not start (AMDSMI_STATUS_DRIVER_NOT_LOADED)"},
        {"none", "AMD SMI sees no GPU"},
        {"denied", "ask to be in the groups video and render"},
        {"lost", "cannot be read: AMDSMI_STATUS_FILE_ERROR (AMD SMI error 14)"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; ++i) {
        given.fault = row[i].fault;
        json_t *answer = answer_of(&given);
        if (!strstr(sb_json_text_or(answer, "text", ""), row[i].text)) {
            fail_msg("%s: %s", row[i].fault, sb_json_text_or(answer, "text", ""));
        }
        json_decref(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nvml__a_known_power),
        cmocka_unit_test(test_nvml__reasons),
        cmocka_unit_test(test_nvml__what_a_board_does_not_tell),
        cmocka_unit_test(test_nvml__the_real_library_without_a_device),
        cmocka_unit_test(test_rocm_smi__a_known_power),
        cmocka_unit_test(test_rocm_smi__reasons),
        cmocka_unit_test(test_rocm_smi__amd_smi_where_it_is_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
