/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/node.h"
#include "harness/run/node_files.h"
#include "harness/run/node_topology.h"
#include "harness/util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define CPUS 4096
#define CPU_FOLDER "sys/devices/system/cpu"

static json_t *text_or_null(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

static json_t *number_or_null(double value)
{
    return value > 0 ? json_integer((json_int_t)value) : json_null();
}

/* hostname, architecture and release of the kernel: of this system by uname(2), of a recorded one by its files. */
static void add_system(json_t *node, const char *root)
{
    char hostname[256] = "", release[256] = "", machine[256] = "", os[256];
    struct utsname here;
    const char *told = getenv("SWITCHBENCH_NODE"); /* a pod's host name is its own */
    if (root[0] == '\0' && uname(&here) == 0) {
        snprintf(hostname, sizeof hostname, "%s", told && *told ? told : here.nodename);
        snprintf(release, sizeof release, "%s", here.release);
        snprintf(machine, sizeof machine, "%s", here.machine);
    } else {
        sb_node_line(hostname, sizeof hostname, root, "proc/sys/kernel/hostname");
        sb_node_line(release, sizeof release, root, "proc/sys/kernel/osrelease");
        sb_node_line(machine, sizeof machine, root, "proc/sys/kernel/arch");
    }
    sb_node_field(os, sizeof os, root, "etc/os-release", "PRETTY_NAME", '=');
    json_object_set_new(node, "hostname", text_or_null(hostname));
    json_object_set_new(node, "architecture", text_or_null(machine));
    json_object_set_new(node, "os", text_or_null(os));
    json_object_set_new(node, "kernel", text_or_null(release));
    json_object_set_new(node, "virtualisation", json_string(sb_node_virtualisation(root)));
    json_object_set_new(node, "container", json_string(sb_node_container(root)));
}

/* Arm's /proc/cpuinfo has numbers instead of a name; these are the parts of servers (MIDR_EL1, Arm's manuals). */
static void arm_model(char *out, size_t room, const char *root)
{
    static const struct {
        long implementer, part;
        const char *name;
    } parts[] = {
        {0x41, 0xd08, "Arm Cortex-A72"},   {0x41, 0xd0c, "Arm Neoverse N1"},
        {0x41, 0xd40, "Arm Neoverse V1"},  {0x41, 0xd49, "Arm Neoverse N2"},
        {0x41, 0xd4f, "Arm Neoverse V2"},  {0x46, 0x001, "Fujitsu A64FX"},
        {0xc0, 0xac3, "Ampere AmpereOne"}, {0x48, 0xd01, "HiSilicon Kunpeng 920"},
    };
    char implementer[32], part[32];
    if (!sb_node_field(implementer, sizeof implementer, root, "proc/cpuinfo", "CPU implementer",
                       ':') ||
        !sb_node_field(part, sizeof part, root, "proc/cpuinfo", "CPU part", ':')) {
        return;
    }
    snprintf(out, room, "implementer %s part %s", implementer, part);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
        if (strtol(implementer, NULL, 16) == parts[i].implementer &&
            strtol(part, NULL, 16) == parts[i].part) {
            snprintf(out, room, "%s", parts[i].name);
        }
    }
}

static bool has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static int simd_bytes(const char *flags, const char *root)
{
    if (has_word(flags, "avx512f")) {
        return 64;
    }
    if (has_word(flags, "sve")) {
        return (int)sb_node_number(root, "proc/sys/abi/sve_default_vector_length", 16);
    }
    return has_word(flags, "avx")                                ? 32
           : has_word(flags, "sse2") || has_word(flags, "asimd") ? 16
                                                                 : 0;
}

/* What tells a processor's counters: x86 and Arm name it differently. */
static void add_number(json_t *node, const char *root, const char *name, const char *x86,
                       const char *arm)
{
    char text[64] = "";
    if (!sb_node_field(text, sizeof text, root, "proc/cpuinfo", x86, ':')) {
        sb_node_field(text, sizeof text, root, "proc/cpuinfo", arm, ':');
    }
    json_object_set_new(node, name, text_or_null(text));
}

static void add_processor(json_t *node, const char *root)
{
    static const char *const extensions[] = {
        "sse4_2",   "avx",      "avx2",        "fma",         "avx512f",  "avx512dq",
        "avx512bw", "avx512vl", "avx512_bf16", "avx512_fp16", "amx_tile", "asimd",
        "asimdhp",  "atomics",  "sve",         "sve2",        "sme",      "v"};
    char model[256] = "", flags[8192] = "";
    if (!sb_node_field(model, sizeof model, root, "proc/cpuinfo", "model name", ':')) {
        arm_model(model, sizeof model, root);
    }
    if (!sb_node_field(flags, sizeof flags, root, "proc/cpuinfo", "flags", ':')) {
        sb_node_field(flags, sizeof flags, root, "proc/cpuinfo", "Features", ':');
    }
    json_t *isa = json_array();
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; ++i) {
        if (has_word(flags, extensions[i])) {
            json_array_append_new(isa, json_string(extensions[i]));
        }
    }
    json_object_set_new(node, "cpu_model", text_or_null(model));
    add_number(node, root, "cpu_vendor", "vendor_id", "CPU implementer");
    add_number(node, root, "cpu_family", "cpu family", "CPU variant");
    add_number(node, root, "cpu_model_number", "model", "CPU part");
    json_object_set_new(node, "simd_bytes", json_integer(simd_bytes(flags, root)));
    json_object_set_new(node, "isa", isa);
}

/* How many CPUs are the first of their list in topology/<file>: one per core, one per package. */
static int count_groups(const char *root, const unsigned char *present, const char *file,
                        const char *older)
{
    int count = 0;
    for (int cpu = 0; cpu < CPUS; ++cpu) {
        char path[256], list[512];
        if (!present[cpu]) {
            continue;
        }
        snprintf(path, sizeof path, CPU_FOLDER "/cpu%d/topology/%s", cpu, file);
        if (!sb_node_line(list, sizeof list, root, path)) {
            snprintf(path, sizeof path, CPU_FOLDER "/cpu%d/topology/%s", cpu, older);
            sb_node_line(list, sizeof list, root, path);
        }
        count += isdigit((unsigned char)list[0]) && strtol(list, NULL, 10) == cpu;
    }
    return count;
}

static int count_numa_nodes(const char *root)
{
    char list[512];
    return sb_node_line(list, sizeof list, root, "sys/devices/system/node/online")
               ? sb_node_list(list, NULL, 0)
               : 1;
}

static void add_allowed(json_t *node, const char *root)
{
    char list[2048];
    sb_node_field(list, sizeof list, root, "proc/self/status", "Cpus_allowed_list", ':');
    json_object_set_new(node, "cpus_allowed", text_or_null(list));
    sb_node_field(list, sizeof list, root, "proc/self/status", "Mems_allowed_list", ':');
    json_object_set_new(node, "memory_nodes_allowed", text_or_null(list));
}

static void add_counts(json_t *node, const char *root)
{
    static unsigned char present[CPUS];
    char list[2048];
    memset(present, 0, sizeof present);
    int cpus = 0;
    if (sb_node_line(list, sizeof list, root, CPU_FOLDER "/online")) {
        cpus = sb_node_list(list, present, CPUS);
    }
    double allowed = cpus;
    if (sb_node_field(list, sizeof list, root, "proc/self/status", "Cpus_allowed_list", ':')) {
        static unsigned char mine[CPUS];
        memset(mine, 0, sizeof mine);
        sb_node_list(list, mine, CPUS);
        allowed = 0;
        for (int cpu = 0; cpu < CPUS; ++cpu) {
            allowed += mine[cpu] && present[cpu];
        }
    }
    allowed = sb_node_cpu_quota(root, allowed);
    json_object_set_new(node, "cpus", number_or_null(cpus));
    json_object_set_new(
        node, "cores",
        number_or_null(count_groups(root, present, "core_cpus_list", "thread_siblings_list")));
    json_object_set_new(
        node, "sockets",
        number_or_null(count_groups(root, present, "package_cpus_list", "core_siblings_list")));
    json_object_set_new(node, "numa_nodes", json_integer(count_numa_nodes(root)));
    json_object_set_new(node, "cores_allowed", number_or_null(allowed));
}

/* cpufreq speaks kHz, /proc/cpuinfo MHz. A guest usually has only the latter, and it is the nominal clock there. */
static void add_clock(json_t *node, const char *root)
{
    char text[64];
    double now = 1e3 * sb_node_number(root, CPU_FOLDER "/cpu0/cpufreq/scaling_cur_freq", 0);
    if (now <= 0 && sb_node_field(text, sizeof text, root, "proc/cpuinfo", "cpu MHz", ':')) {
        now = 1e6 * strtod(text, NULL);
    }
    json_object_set_new(node, "clock_Hz", number_or_null(now));
    json_object_set_new(
        node, "clock_max_Hz",
        number_or_null(1e3 * sb_node_number(root, CPU_FOLDER "/cpu0/cpufreq/cpuinfo_max_freq", 0)));
    sb_node_line(text, sizeof text, root, CPU_FOLDER "/cpu0/cpufreq/scaling_governor");
    json_object_set_new(node, "governor", text_or_null(text));
}

static void add_caches(json_t *node, const char *root)
{
    json_t *caches = json_object();
    for (int i = 0; i < 8; ++i) {
        char path[128], type[32], size[32], name[16];
        snprintf(path, sizeof path, CPU_FOLDER "/cpu0/cache/index%d/type", i);
        if (!sb_node_line(type, sizeof type, root, path)) {
            break;
        }
        snprintf(path, sizeof path, CPU_FOLDER "/cpu0/cache/index%d/level", i);
        const int level = (int)sb_node_number(root, path, 0);
        snprintf(path, sizeof path, CPU_FOLDER "/cpu0/cache/index%d/size", i);
        sb_node_line(size, sizeof size, root, path);
        char *unit = size;
        const double value = strtod(size, &unit) * (*unit == 'K'   ? 1024
                                                    : *unit == 'M' ? 1048576
                                                                   : 1);
        snprintf(name, sizeof name, "L%d%s", level,
                 strcmp(type, "Data") == 0          ? "d"
                 : strcmp(type, "Instruction") == 0 ? "i"
                                                    : "");
        if (value > 0) {
            json_object_set_new(caches, name, json_integer((json_int_t)value));
        }
    }
    json_object_set_new(node, "cache_bytes", caches);
}

static void add_memory(json_t *node, const char *root)
{
    char text[128], mode[64] = "";
    double total = 0;
    if (sb_node_field(text, sizeof text, root, "proc/meminfo", "MemTotal", ':')) {
        total = 1024 * strtod(text, NULL);
    }
    json_object_set_new(node, "memory_bytes", number_or_null(total));
    json_object_set_new(node, "memory_allowed_bytes",
                        number_or_null(sb_node_memory_limit(root, total)));
    if (sb_node_line(text, sizeof text, root, "sys/kernel/mm/transparent_hugepage/enabled")) {
        const char *open = strchr(text, '[');
        snprintf(mode, sizeof mode, "%.*s", open ? (int)strcspn(open + 1, "]") : 0,
                 open ? open + 1 : "");
    }
    json_object_set_new(node, "huge_pages", text_or_null(mode));
}

/* Of GPUs, what they are and where: addresses differ between boards of one type. */
static void add_gpus(json_t *facts, const json_t *gpus)
{
    size_t i = 0;
    const json_t *gpu = NULL;
    json_t *kinds = json_array();
    json_array_foreach (gpus, i, gpu) {
        json_t *kind = json_copy((json_t *)gpu);
        json_object_del(kind, "pci");
        json_array_append_new(kinds, kind);
    }
    if (i > 0) {
        json_object_set(facts, "gpus", kinds);
    }
    json_decref(kinds);
}

/* MemTotal moves by megabytes from boot to boot, hence whole GiB. */
static int add_digest(json_t *node)
{
    static const char *const stable[] = {"architecture", "cpu_model",      "isa",
                                         "simd_bytes",   "cpus",           "cores",
                                         "sockets",      "numa_nodes",     "clock_max_Hz",
                                         "cache_bytes",  "virtualisation", "topology_digest"};
    json_t *facts = json_object();
    for (size_t i = 0; i < sizeof stable / sizeof *stable; ++i) {
        json_object_set(facts, stable[i], json_object_get(node, stable[i]));
    }
    add_gpus(facts, json_object_get(node, "gpus"));
    const double memory_GiB = json_number_value(json_object_get(node, "memory_bytes")) / 0x1p30;
    json_object_set_new(facts, "memory_GiB", json_integer((json_int_t)(memory_GiB + 0.5)));
    char *text = json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(facts);
    if (!text) {
        return -1;
    }
    char digest[65];
    sb_text_sha256(digest, text, strlen(text));
    free(text);
    return json_object_set_new(node, "digest", json_string(digest));
}

int sb_node_facts_at(json_t **out, const char *root, struct sb_error *err)
{
    *out = NULL;
    json_t *node = json_object();
    if (!node) {
        return sb_fail(err, SB_ENOMEM, "out of memory for the facts of the node");
    }
    char topology[65] = "";
    if (sb_node_topology_digest(topology, root) != 0) {
        topology[0] = '\0';
    }
    add_system(node, root);
    add_processor(node, root);
    add_counts(node, root);
    add_allowed(node, root);
    add_clock(node, root);
    add_caches(node, root);
    add_memory(node, root);
    json_object_set_new(node, "gpus", sb_node_gpus(root));
    json_object_set_new(node, "topology_digest", text_or_null(topology));
    if (add_digest(node) != 0) {
        json_decref(node);
        return sb_fail(err, SB_ENOMEM, "out of memory for the facts of the node");
    }
    *out = node;
    return 0;
}

int sb_node_facts(json_t **out, struct sb_error *err)
{
    return sb_node_facts_at(out, "", err);
}
