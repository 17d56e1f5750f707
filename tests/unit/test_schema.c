/* SPDX-License-Identifier: Apache-2.0 */
/* The schemas against the code: what switchbench writes is valid, and every option of a campaign is in its schema. */
#include "harness/place/place.h"
#include "harness/plan/option.h"
#include "harness/record.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "tests/unit/campaigns.h"

#include <dirent.h>
#include <limits.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * The part of JSON Schema 2020-12 that the schemas use. A keyword that is not known here is a fault of the schema, so that
 * nothing in it goes unchecked. NULL where @p value is valid; else where and why.
 */
struct validation {
    const json_t *root;
    char path[256];
    char fault[512];
};

static bool validate(struct validation *v, const json_t *schema, const json_t *value);

static bool fault(struct validation *v, const char *why)
{
    snprintf(v->fault, sizeof v->fault, "%s: %s", *v->path ? v->path : "(the whole)", why);
    return false;
}

static bool is_type(const json_t *value, const char *type)
{
    return strcmp(type, "object") == 0    ? json_is_object(value)
           : strcmp(type, "array") == 0   ? json_is_array(value)
           : strcmp(type, "string") == 0  ? json_is_string(value)
           : strcmp(type, "integer") == 0 ? json_is_integer(value)
           : strcmp(type, "number") == 0  ? json_is_number(value)
           : strcmp(type, "boolean") == 0 ? json_is_boolean(value)
           : strcmp(type, "null") == 0    ? json_is_null(value)
                                          : false;
}

static bool check_type(struct validation *v, const json_t *types, const json_t *value)
{
    bool ok = json_is_string(types) && is_type(value, json_string_value(types));
    for (size_t i = 0; !ok && i < json_array_size(types); i++) {
        ok = is_type(value, json_string_value(json_array_get(types, i)));
    }
    return ok || fault(v, "another type");
}

static bool is_among(const json_t *values, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(values); i++) {
        if (json_equal(json_array_get(values, i), value)) {
            return true;
        }
    }
    return false;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    const bool ok = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return ok;
}

static bool check_part(struct validation *v, const char *name, const json_t *schema,
                       const json_t *value)
{
    const size_t length = strlen(v->path);
    snprintf(v->path + length, sizeof v->path - length, "%s%s", length ? "." : "", name);
    const bool ok = validate(v, schema, value);
    v->path[length] = '\0';
    return ok;
}

static bool check_members(struct validation *v, const json_t *schema, const json_t *value)
{
    const json_t *known = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const char *name;
    json_t *member;
    json_object_foreach ((json_t *)value, name, member) {
        const json_t *part = json_object_get(known, name);
        if (!part && json_is_false(others)) {
            char why[128];
            snprintf(why, sizeof why, "'%.80s' is not in the schema", name);
            return fault(v, why);
        }
        part = part ? part : others;
        if (json_is_object(part) && !check_part(v, name, part, member)) {
            return false;
        }
    }
    return true;
}

static bool check_one_of(struct validation *v, const json_t *schemas, const json_t *value)
{
    int valid = 0;
    char last[sizeof v->fault] = "";
    for (size_t i = 0; i < json_array_size(schemas); i++) {
        valid += validate(v, json_array_get(schemas, i), value);
        memcpy(last, v->fault, sizeof last);
    }
    memcpy(v->fault, last, sizeof last);
    return valid == 1 ||
           (*v->fault && valid == 0 ? false : fault(v, "not exactly one of the choices"));
}

static bool check_keyword(struct validation *v, const json_t *schema, const char *key,
                          const json_t *rule, const json_t *value)
{
    static const char *const told[] = {"$schema", "$id", "$defs", "title", "description", NULL};
    for (int i = 0; told[i]; i++) {
        if (strcmp(key, told[i]) == 0) {
            return true;
        }
    }
    if (strcmp(key, "type") == 0) {
        return check_type(v, rule, value);
    }
    if (strcmp(key, "enum") == 0) {
        return is_among(rule, value) || fault(v, "not one of the values");
    }
    if (strcmp(key, "const") == 0) {
        return json_equal(rule, value) || fault(v, "another value");
    }
    if (strcmp(key, "minimum") == 0 || strcmp(key, "maximum") == 0) {
        const double over = json_number_value(value) - json_number_value(rule);
        return !json_is_number(value) || (key[1] == 'i' ? over >= 0 : over <= 0) ||
               fault(v, "out of bounds");
    }
    if (strcmp(key, "pattern") == 0) {
        return !json_is_string(value) ||
               matches(json_string_value(rule), json_string_value(value)) ||
               fault(v, "does not match the pattern");
    }
    if (strcmp(key, "minItems") == 0) {
        return !json_is_array(value) ||
               json_array_size(value) >= (size_t)json_integer_value(rule) || fault(v, "too few");
    }
    if (strcmp(key, "items") == 0) {
        bool ok = true;
        for (size_t i = 0; ok && i < json_array_size(value); i++) {
            char name[32];
            snprintf(name, sizeof name, "%zu", i);
            ok = check_part(v, name, rule, json_array_get(value, i));
        }
        return ok;
    }
    if (strcmp(key, "required") == 0) {
        for (size_t i = 0; json_is_object(value) && i < json_array_size(rule); i++) {
            const char *name = json_string_value(json_array_get(rule, i));
            if (!json_object_get(value, name)) {
                char why[128];
                snprintf(why, sizeof why, "'%.80s' is missing", name);
                return fault(v, why);
            }
        }
        return true;
    }
    if (strcmp(key, "properties") == 0) {
        return json_object_get(schema, "additionalProperties") != NULL ||
               fault(v, "the schema leaves additionalProperties open");
    }
    if (strcmp(key, "additionalProperties") == 0) {
        return check_members(v, schema, value);
    }
    if (strcmp(key, "oneOf") == 0) {
        return check_one_of(v, rule, value);
    }
    if (strcmp(key, "$ref") == 0) {
        assert_memory_equal(json_string_value(rule), "#/$defs/", 8);
        return validate(
            v, json_object_get(json_object_get(v->root, "$defs"), json_string_value(rule) + 8),
            value);
    }
    fail_msg("the schema says '%s', which this test does not know", key);
    return false;
}

static bool validate(struct validation *v, const json_t *schema, const json_t *value)
{
    assert_true(json_is_object(schema));
    const char *key;
    json_t *rule;
    json_object_foreach ((json_t *)schema, key, rule) {
        if (!check_keyword(v, schema, key, rule, value)) {
            return false;
        }
    }
    return true;
}

static json_t *schema_of(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, SB_SOURCE_DIR "/results/schema/%s.schema.json", name);
    json_error_t why;
    json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!schema) {
        fail_msg("%s:%d: %s", path, why.line, why.text);
    }
    return schema;
}

static void expect(const char *schema_name, const json_t *value, const char *what, const char *says)
{
    json_t *schema = schema_of(schema_name);
    struct validation v = {.root = schema};
    const bool ok = validate(&v, schema, value);
    if (ok != (says == NULL) || (says && !strstr(v.fault, says))) {
        fail_msg("%s against %s: %s", what, schema_name, ok ? "valid" : v.fault);
    }
    json_decref(schema);
}

static void test_schema__a_campaigns_keys_are_the_options(void **state)
{
    (void)state;
    json_t *schema = schema_of("campaign");
    const json_t *properties = json_object_get(schema, "properties");
    size_t keys = 0;
    for (const struct sb_option *row = sb_campaign_options; row->type != SB_OPTION_END; row++) {
        keys += row->key != NULL;
        if (row->key && !json_object_get(properties, row->key)) {
            fail_msg("campaign.schema.json: no '%s'", row->key);
        }
    }
    assert_int_equal(json_object_size(properties), keys);
    json_decref(schema);
}

static void test_schema__a_places_keys_are_the_options(void **state)
{
    (void)state;
    json_t *schema = schema_of("site");
    const json_t *properties =
        json_object_get(json_object_get(json_object_get(schema, "$defs"), "place"), "properties");
    size_t keys = 0;
    for (const struct sb_option *row = sb_place_options; row->type != SB_OPTION_END; row++) {
        keys += 1;
        if (!json_object_get(properties, row->key)) {
            fail_msg("site.schema.json: no '%s'", row->key);
        }
    }
    assert_int_equal(json_object_size(properties), keys);
    json_decref(schema);
}

static void test_schema__a_campaign_is_held_against_it(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"[]", "another type"},
        {"{\"kernel\":\"stream\"}", "'kernel' is not in the schema"},
        {"{\"kernels\":[]}", "kernels: too few"},
        {"{\"presets\":\"huge\"}", "presets"},
        {"{\"repeat\":0}", "repeat: out of bounds"},
        {"{\"name\":\"a b\"}", "name: does not match"},
        {"{\"parameters\":{\"n\":null}}", "parameters.n"},
        {"{}", NULL},
        {"{\"kernels\":[\"stream\",\"./"
         "mine\"],\"presets\":\"tiny\",\"parameters\":{\"n\":4096,\"stream\":{\"n\":[1,2]}},"
         "\"precision\":\"1%\"}",
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *value = json_loads(cases[i].json, 0, NULL);
        expect("campaign", value, cases[i].json, cases[i].says);
        json_decref(value);
    }
}

/* A campaign of every state that a record can have here, run by the programs of this build. */
static bool run_campaign(char *folder)
{
    char program[PATH_MAX], output[80];
    snprintf(program, sizeof program, "%s/../switchbench", sb_fs_program_folder());
    if (access(program, X_OK) != 0) {
        return false;
    }
    snprintf(folder, 64, "/tmp/sb_schema_XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(output, sizeof output, "%s/c", folder);
    const char *const argv[] = {
        program,     "run",        "stream",          "gemm",     "histogram", "--presets",
        "tiny",      "--backends", "cpu,opencl,twin", "--counts", "--budget",  "20ms",
        "--samples", "40",         "--output",        output,     NULL};
    struct sb_process_result result = {0};
    struct sb_error err = {0};
    assert_int_equal(sb_process_run(&result, argv, 300, &err), 0);
    if (result.exit_status != 0) {
        fail_msg("switchbench run ended with %d: %s", result.exit_status, result.output);
    }
    sb_process_result_free(&result);
    return true;
}

static int check_record(json_t *record, void *payload)
{
    ++*(int *)payload;
    expect("record", record, json_string_value(json_object_get(record, "name")), NULL);
    json_object_set_new(record, "smell", json_true());
    expect("record", record, "a record with an unknown key", "'smell' is not in the schema");
    json_object_del(record, "smell");
    json_object_del(record, "kernel");
    expect("record", record, "a record without its kernel", "'kernel' is missing");
    return 0;
}

static void remove_folder(const char *folder)
{
    const char *const argv[] = {"rm", "-r", folder, NULL};
    struct sb_process_result result = {0};
    assert_int_equal(sb_process_run(&result, argv, 60, NULL), 0);
    sb_process_result_free(&result);
}

static void test_schema__what_the_runner_writes_is_valid(void **state)
{
    (void)state;
    char folder[64], path[PATH_MAX];
    if (!run_campaign(folder)) {
        print_message("switchbench is not built: nothing to validate\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/c/plan.json", folder);
    json_t *plan = json_load_file(path, 0, NULL);
    expect("plan", plan, path, NULL);
    json_object_del(plan, "cells");
    expect("plan", plan, "a plan without cells", "'cells' is missing");
    json_decref(plan);
    snprintf(path, sizeof path, "%s/c/records", folder);
    DIR *records = opendir(path);
    assert_non_null(records);
    int seen = 0;
    for (struct dirent *entry = readdir(records); entry; entry = readdir(records)) {
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/c/records/%s", folder, entry->d_name);
            assert_int_equal(sb_records_read(path, check_record, NULL, &seen, NULL), 0);
        }
    }
    closedir(records);
    assert_true(seen > 0);
    remove_folder(folder);
}

/* Peaks of all backends, as short as they can be; not into the user's cache, where runs would take them for true. */
static void test_schema__what_peaks_writes_is_valid(void **state)
{
    (void)state;
    char program[PATH_MAX];
    snprintf(program, sizeof program, "%s/../switchbench", sb_fs_program_folder());
    if (access(program, X_OK) != 0) {
        print_message("switchbench is not built: nothing to validate\n");
        skip();
    }
    char cache[] = "/tmp/switchbench-test-schema-XXXXXX";
    assert_non_null(mkdtemp(cache));
    assert_int_equal(setenv("SWITCHBENCH_CACHE", cache, 1), 0);
    const char *const argv[] = {program, "peaks", "--json", "--rounds", "1", NULL};
    const struct sb_process_call call = {.argv = argv, .time_limit_s = 500};
    struct sb_process_result result = {0};
    assert_int_equal(sb_process_call(&result, &call, NULL), 0);
    json_t *document = json_loads(result.output, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(document);
    expect("peaks", document, "switchbench peaks", NULL);
    json_t *entry = json_array_get(json_object_get(document, "backends"), 0);
    json_object_set_new(entry, "colour", json_string("red"));
    expect("peaks", document, "peaks with an unknown key", "backends.0");
    json_object_del(document, "backends");
    expect("peaks", document, "peaks without backends", "'backends' is missing");
    json_decref(document);
    sb_process_result_free(&result);
    assert_int_equal(unsetenv("SWITCHBENCH_CACHE"), 0);
    remove_folder(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema__a_campaigns_keys_are_the_options),
        cmocka_unit_test(test_schema__a_places_keys_are_the_options),
        cmocka_unit_test(test_schema__a_campaign_is_held_against_it),
        cmocka_unit_test(test_schema__what_the_runner_writes_is_valid),
        cmocka_unit_test(test_schema__what_peaks_writes_is_valid),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
