/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/node.h"
#include "harness/run/node_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NODES SB_SOURCE_DIR "/tests/nodes/"

/* SB_UPDATE=1 rewrites the expectation from what is found now. */
static void check_recorded(const char *name)
{
    char root[512], path[600];
    snprintf(root, sizeof root, NODES "%s", name);
    snprintf(path, sizeof path, "%s/node.json", root);
    struct sb_error err = {0};
    json_t *node = NULL;
    assert_int_equal(sb_node_facts_at(&node, root, &err), 0);
    /* Digests hold hwloc's XML, which differs between its versions; all else must not. */
    assert_int_equal(strlen(json_string_value(json_object_get(node, "topology_digest"))), 64);
    assert_int_equal(strlen(json_string_value(json_object_get(node, "digest"))), 64);
    json_object_del(node, "topology_digest");
    json_object_del(node, "digest");
    if (getenv("SB_UPDATE")) {
        assert_int_equal(json_dump_file(node, path, JSON_INDENT(2) | JSON_SORT_KEYS), 0);
    }
    json_t *expected = json_load_file(path, 0, NULL);
    assert_non_null(expected);
    const char *key;
    json_t *value;
    json_object_foreach (expected, key, value) {
        char *want = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
        char *got = json_dumps(json_object_get(node, key), JSON_ENCODE_ANY | JSON_SORT_KEYS);
        if (!got || strcmp(want, got) != 0) {
            fail_msg("%s: %s is %s, expected %s", name, key, got ? got : "missing", want);
        }
        free(want);
        free(got);
    }
    assert_int_equal(json_object_size(node), json_object_size(expected));
    json_decref(expected);
    json_decref(node);
}

static void test_node__x86_guest_in_docker(void **state)
{
    (void)state;
    check_recorded("epyc-vm");
}

static void test_node__arm_in_a_batch_job(void **state)
{
    (void)state;
    check_recorded("arm-cgroup2");
}

static void test_node__xeon_with_gpus_in_a_batch_job(void **state)
{
    (void)state;
    check_recorded("gpu-server");
}

/* What the recording cannot be trusted to say of itself: the numbers worked out by hand. */
static void test_node__limits_come_from_every_enclosing_cgroup(void **state)
{
    (void)state;
    const char *root = NODES "arm-cgroup2";
    assert_true(sb_node_memory_limit(root, 16e9) ==
                4294967296.0); /* of job_812; the step says max, batch more */
    assert_true(sb_node_memory_limit(root, 1e9) == 1e9);
    assert_true(sb_node_cpu_quota(root, 4) == 2); /* 1.5 CPUs, rounded up */
    assert_true(sb_node_cpu_quota(root, 1) == 1);
    assert_true(sb_node_memory_limit("/nonexistent", 5) == 5);
}

static void test_node__cpu_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        int count;
    } cases[] = {{"", 0}, {"x", 0}, {"-", 0}, {"0", 1}, {"0-3", 4}, {"0-1,8,10-11", 5}, {"3-1", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_int_equal(sb_node_list(cases[i].list, NULL, 0), cases[i].count);
    }
}

static void test_node__nothing_readable_is_null_not_an_error(void **state)
{
    (void)state;
    json_t *node = NULL;
    assert_int_equal(sb_node_facts_at(&node, "/nonexistent", NULL), 0);
    assert_true(json_is_null(json_object_get(node, "cpu_model")));
    assert_true(json_is_null(json_object_get(node, "memory_bytes")));
    assert_string_equal(json_string_value(json_object_get(node, "container")), "none");
    json_decref(node);
}

static void test_node__here(void **state)
{
    (void)state;
    json_t *one = NULL, *two = NULL;
    assert_int_equal(sb_node_facts(&one, NULL), 0);
    assert_int_equal(sb_node_facts(&two, NULL), 0);
    const json_int_t allowed = json_integer_value(json_object_get(one, "cores_allowed"));
    assert_in_range(allowed, 1, sysconf(_SC_NPROCESSORS_ONLN));
    assert_true(json_number_value(json_object_get(one, "memory_bytes")) > 1e8);
    assert_string_equal(json_string_value(json_object_get(one, "digest")),
                        json_string_value(json_object_get(two, "digest")));
    json_decref(one);
    json_decref(two);
}

static void test_node__one_cpu_per_core(void **state)
{
    (void)state;
    int cpus[256];
    const int count = sb_node_cpus(cpus, 256, NULL);
    assert_in_range(count, 1, sysconf(_SC_NPROCESSORS_ONLN));
    for (int i = 0; i < count; ++i) {
        for (int j = 0; j < i; ++j) {
            assert_int_not_equal(cpus[i], cpus[j]);
        }
    }
    assert_int_equal(sb_node_cpus(cpus, 1, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node__x86_guest_in_docker),
        cmocka_unit_test(test_node__arm_in_a_batch_job),
        cmocka_unit_test(test_node__xeon_with_gpus_in_a_batch_job),
        cmocka_unit_test(test_node__limits_come_from_every_enclosing_cgroup),
        cmocka_unit_test(test_node__cpu_lists),
        cmocka_unit_test(test_node__nothing_readable_is_null_not_an_error),
        cmocka_unit_test(test_node__here),
        cmocka_unit_test(test_node__one_cpu_per_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
