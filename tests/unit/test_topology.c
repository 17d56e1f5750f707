/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/node.h"
#include "harness/run/node_files.h"
#include "harness/run/topology/topology.h"
#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <hwloc.h>

#define NODES SB_SOURCE_DIR "/tests/nodes/"

static char *draw(const struct sb_topology_source *source, const char *allowed, int width)
{
    char *text = NULL;
    size_t length = 0;
    struct sb_error err = {0};
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    if (sb_topology_draw(out, source, allowed, width, &err) != 0) {
        fail_msg("%s", err.text);
    }
    fclose(out);
    return text;
}

/* SB_UPDATE=1 rewrites the expectation from what is drawn now. */
static void check_drawing(const char *file, const struct sb_topology_source *source,
                          const char *allowed)
{
    char path[600];
    char *want = NULL;
    size_t length = 0;
    char *got = draw(source, allowed, 80);
    snprintf(path, sizeof path, NODES "%s", file);
    if (getenv("SB_UPDATE")) {
        assert_int_equal(sb_fs_write(path, got, strlen(got), NULL), 0);
    }
    assert_int_equal(sb_fs_read(&want, &length, path, NULL), 0);
    assert_string_equal(got, want);
    free(got);
    free(want);
}

static void test_topology__what_hwloc_does_not_know_is_said(void **state)
{
    (void)state;
    struct sb_error err = {0};
    const struct sb_topology_source wrong = {.synthetic = "socket:x"};
    char *xml = NULL;
    assert_int_equal(sb_topology_draw(stdout, &wrong, NULL, 80, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "'socket:x'"));
    assert_int_equal(sb_topology_xml(&xml, &wrong, &err), SB_EINVAL);
    assert_null(xml);
    const struct sb_topology_source right = {.synthetic = "pack:1 core:2 pu:1"};
    assert_int_equal(sb_topology_draw(stdout, &right, "0,x", 80, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "'0,x' is no list of CPUs"));
}

static void test_topology__recorded_machines_are_drawn(void **state)
{
    (void)state;
    static const char *const nodes[] = {"epyc-vm", "arm-cgroup2", "gpu-server"};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        char root[512], file[512];
        snprintf(root, sizeof root, NODES "%s", nodes[i]);
        snprintf(file, sizeof file, "%s/topology.txt", nodes[i]);
        const struct sb_topology_source source = {.root = root};
        check_drawing(file, &source, NULL);
    }
}

static void test_topology__synthetic_machines_are_drawn(void **state)
{
    (void)state;
    static const struct {
        const char *file, *words, *allowed;
    } cases[] = {
        {"topology/two-sockets.txt", "pack:2 numa:2 l3:2 l2:4 core:1 pu:2", "0-7,32-35"},
        {"topology/wide-arm.txt", "pack:1 numa:1 core:80 pu:1", "0-15"},
        {"topology/smt4.txt", "pack:2 l3:3 core:8 pu:4", NULL},
        {"topology/no-cores.txt", "pu:3", "1"},
        {"topology/shared-l2.txt", "pack:1 l3:1 l2:4 core:2 pu:1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sb_topology_source source = {.synthetic = cases[i].words};
        check_drawing(cases[i].file, &source, cases[i].allowed);
    }
}

static void test_topology__a_drawing_keeps_its_width_and_shows_every_cpu(void **state)
{
    (void)state;
    const struct sb_topology_source source = {.synthetic = "pack:4 numa:2 l3:2 core:11 pu:4"};
    static const int widths[] = {60, 80, 132};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char *text = draw(&source, "0-1", widths[i]);
        size_t allowed = 0, others = 0;
        for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
            assert_in_range(strlen(line), 0, (uintmax_t)widths[i]);
            const int marks = strncmp(line, "    ", 4) == 0 && strlen(line) > 44;
            for (const char *c = marks ? line + 44 : ""; *c; c++) {
                assert_true(*c == '#' || *c == '.' || *c == ' ');
                allowed += *c == '#';
                others += *c == '.';
            }
        }
        assert_int_equal(allowed, 2);
        assert_int_equal(others, 4 * 2 * 2 * 11 * 4 - 2);
        free(text);
    }
}

/* As lstopo reads it. */
static hwloc_topology_t import(const char *xml)
{
    hwloc_topology_t topology;
    assert_int_equal(hwloc_topology_init(&topology), 0);
    assert_int_equal(hwloc_topology_set_xmlbuffer(topology, xml, (int)strlen(xml) + 1), 0);
    hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
    assert_int_equal(hwloc_topology_load(topology), 0);
    return topology;
}

static void test_topology__the_document_has_the_whole_machine_and_its_gpus_alone(void **state)
{
    (void)state;
    const struct sb_topology_source source = {.root = NODES "gpu-server"};
    char *xml = NULL;
    assert_int_equal(sb_topology_xml(&xml, &source, NULL), 0);
    hwloc_topology_t topology = import(xml);
    assert_int_equal(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU), 16);
    assert_int_equal(hwloc_bitmap_weight(hwloc_topology_get_allowed_cpuset(topology)), 16);
    assert_int_equal(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE), 2);
    assert_int_equal(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PCI_DEVICE), 2);
    assert_int_equal(hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_OS_DEVICE), 0);
    for (hwloc_obj_t gpu = NULL; (gpu = hwloc_get_next_pcidev(topology, gpu)) != NULL;) {
        assert_int_equal(gpu->attr->pcidev.vendor_id, 0x10de);
        const unsigned node = gpu->attr->pcidev.bus == 0x17 ? 0 : 1;
        hwloc_obj_t near = hwloc_get_non_io_ancestor_obj(topology, gpu);
        assert_true(hwloc_bitmap_isset(near->nodeset, node));
        assert_int_equal(hwloc_bitmap_weight(near->nodeset), 1);
    }
    hwloc_topology_destroy(topology);
    static const char *const never[] = {"HostName", "ProcessName", "gpu7", "page_type",
                                        "link_speed"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_null(strstr(xml, never[i]));
    }
    free(xml);
}

static void test_topology__a_document_of_this_machine_reads_back(void **state)
{
    (void)state;
    const struct sb_topology_source here = {.root = ""};
    char *one = NULL, *two = NULL;
    assert_int_equal(sb_topology_xml(&one, &here, NULL), 0);
    assert_int_equal(sb_topology_xml(&two, &here, NULL), 0);
    assert_string_equal(one, two);
    hwloc_topology_destroy(import(one));
    free(one);
    free(two);
}

/* Names, serial numbers and a little memory more or less make no other type of node. */
static void test_topology__what_differs_between_like_nodes_is_left_out(void **state)
{
    (void)state;
    char one[] =
        "<topology version=\"2.0\">\n <object type=\"Machine\" gp_index=\"1\">\n"
        "  <info name=\"HostName\" value=\"n1\"/>\n"
        "  <info name=\"CPUModel\" value=\"X\"/>\n"
        "  <object type=\"NUMANode\" local_memory=\"269000000000\" gp_index=\"3\">\n"
        "   <page_type size=\"4096\" count=\"65673828\"/>\n  </object>\n"
        "  <object type=\"Bridge\">\n   <object type=\"PCIDev\" pci_type=\"0200 [8086:1521]\" "
        "pci_link_speed=\"2.5\">\n    <object type=\"OSDev\"/>\n   </object>\n  </object>\n"
        " </object>\n</topology>\n";
    char two[] = "<topology version=\"2.0\">\n <object type=\"Machine\" gp_index=\"7\">\n"
                 "  <info name=\"HostName\" value=\"n2\"/>\n"
                 "  <info name=\"CPUModel\" value=\"X\"/>\n"
                 "  <object type=\"NUMANode\" local_memory=\"269400000000\" gp_index=\"4\">\n"
                 "   <page_type size=\"4096\" count=\"65771484\"/>\n  </object>\n"
                 " </object>\n</topology>\n";
    assert_int_equal(sb_topology_reduce(one, NULL), 0);
    assert_int_equal(sb_topology_reduce(two, NULL), 0);
    assert_string_equal(one, two);
    assert_non_null(strstr(one, "CPUModel"));
    assert_non_null(strstr(one, "local_memory=\"269509197824\""));
}

static void test_topology__gpus_are_told_and_consoles_are_not(void **state)
{
    (void)state;
    json_t *gpus = sb_node_gpus(NODES "gpu-server");
    char *text = json_dumps(gpus, JSON_COMPACT);
    assert_string_equal(text, "[{\"pci\":\"0000:17:00.0\",\"id\":\"10de:2330\",\"numa_node\":0},"
                              "{\"pci\":\"0000:ca:00.0\",\"id\":\"10de:2330\",\"numa_node\":1}]");
    free(text);
    json_decref(gpus);
    gpus = sb_node_gpus("/nonexistent");
    assert_int_equal(json_array_size(gpus), 0);
    json_decref(gpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_topology__what_hwloc_does_not_know_is_said),
        cmocka_unit_test(test_topology__recorded_machines_are_drawn),
        cmocka_unit_test(test_topology__synthetic_machines_are_drawn),
        cmocka_unit_test(test_topology__a_drawing_keeps_its_width_and_shows_every_cpu),
        cmocka_unit_test(test_topology__the_document_has_the_whole_machine_and_its_gpus_alone),
        cmocka_unit_test(test_topology__a_document_of_this_machine_reads_back),
        cmocka_unit_test(test_topology__what_differs_between_like_nodes_is_left_out),
        cmocka_unit_test(test_topology__gpus_are_told_and_consoles_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
