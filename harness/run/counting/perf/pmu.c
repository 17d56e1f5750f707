/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/bus/event_source/devices: Documentation/ABI/testing/sysfs-bus-event_source-devices-{events,format}, and tools/perf/Documentation. */
#include "harness/run/counting/perf/event.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES "/sys/bus/event_source/devices"
#define TEXT(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

/* Where NAME_0, NAME_1 … share a name, its length; 0: the name has no number at its end. */
static size_t base_length(const char *pmu)
{
    size_t length = strlen(pmu);
    while (length > 0 && isdigit((unsigned char)pmu[length - 1])) {
        --length;
    }
    return pmu[length] && length > 1 && pmu[length - 1] == '_' ? length - 1 : 0;
}

static bool is_box_of(const char *pmu, const char *name)
{
    const size_t length = strlen(name);
    return base_length(pmu) == length && strncmp(pmu, name, length) == 0;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Names of the folder's entries in order; *out is malloc'ed, each too. How many. */
static int entries(struct dirent ***out, const char *path)
{
    *out = NULL;
    const int count = scandir(path, out, visible, versionsort);
    return count > 0 ? count : 0;
}

static void release(struct dirent **entry, int count)
{
    for (int i = 0; i < count; ++i) {
        free(entry[i]);
    }
    free(entry);
}

static void add_box(struct sb_perf_event *out, const char *root, const char *pmu)
{
    char text[32];
    if (out->boxes < SB_PERF_BOXES && strlen(pmu) < SB_PERF_PMU &&
        sb_perf_line(text, sizeof text, "%s" DEVICES "/%s/type", root, pmu)) {
        out->type[out->boxes] = (uint32_t)strtoul(text, NULL, 10);
        TEXT(out->pmu[out->boxes], "%s", pmu);
        out->boxes++;
    }
}

/* The PMU of that name, or all NAME_0, NAME_1 … */
static void find_boxes(struct sb_perf_event *out, const char *root, const char *name)
{
    char path[1024];
    struct dirent **entry = NULL;
    add_box(out, root, name);
    if (out->boxes > 0) {
        return;
    }
    snprintf(path, sizeof path, "%s" DEVICES, root);
    const int count = entries(&entry, path);
    for (int i = 0; i < count; ++i) {
        if (is_box_of(entry[i]->d_name, name)) {
            add_box(out, root, entry[i]->d_name);
        }
    }
    release(entry, count);
}

static enum sb_perf_kind kind_of(const char *folder, const char *pmu)
{
    char text[4096];
    if (sb_perf_line(text, sizeof text, "%s/cpumask", folder)) {
        return SB_PERF_UNCORE;
    }
    return strncmp(pmu, "cpu", 3) == 0 || sb_perf_line(text, sizeof text, "%s/cpus", folder)
               ? SB_PERF_CORE
               : SB_PERF_OTHER;
}

/* Units that kernels write are many; those of the contract are six. */
static void convert(struct sb_perf_event *out, const char *unit)
{
    static const struct {
        const char *theirs, *ours;
        double factor;
    } units[] = {{"MiB", "byte", 1048576}, {"KiB", "byte", 1024}, {"Bytes", "byte", 1},
                 {"bytes", "byte", 1},     {"B", "byte", 1},      {"Joules", "J", 1},
                 {"ns", "ns", 1},          {"us", "ns", 1000},    {"ms", "ns", 1e6}};
    TEXT(out->told.unit, "1");
    for (size_t i = 0; i < sizeof units / sizeof *units; ++i) {
        if (strcmp(units[i].theirs, unit) == 0) {
            TEXT(out->told.unit, "%s", units[i].ours);
            out->scale *= units[i].factor;
            return;
        }
    }
    if (*unit) {
        const size_t used = strlen(out->told.help);
        snprintf(out->told.help + used, sizeof out->told.help - used, ", in %s", unit);
    }
}

/* The first word is an event of events/, or a term. */
static int read_terms(struct sb_perf_event *out, const char *folder, const char *terms,
                      struct sb_error *err)
{
    char name[64];
    char text[160] = "";
    char unit[32] = "";
    const size_t length = strcspn(terms, ",;");
    snprintf(name, sizeof name, "%.*s", (int)length, terms);
    const bool named = length < sizeof name && name[0] && name[0] != '.' && !strchr(name, '/') &&
                       sb_perf_line(text, sizeof text, "%s/events/%s", folder, name);
    int code = 0;
    if (named) {
        char scale[64];
        code = sb_perf_terms(out->config, folder, text, err);
        if (sb_perf_line(scale, sizeof scale, "%s/events/%s.scale", folder, name)) {
            out->scale = strtod(scale, NULL);
        }
        (void)sb_perf_line(unit, sizeof unit, "%s/events/%s.unit", folder, name);
        terms += length + (terms[length] != '\0');
    }
    TEXT(out->told.help, "%s%s%s", text, named && *terms ? "," : "", terms);
    convert(out, unit);
    return code != 0 ? code : sb_perf_terms(out->config, folder, terms, err);
}

/* What other machines have: known, and not here. */
static bool is_elsewhere(const char *pmu)
{
    static const char *const families[] = {"cpu",     "cpu_core", "cpu_atom", "uncore_", "amd_",
                                           "arm",     "power",    "cstate_",  "msr",     "hisi_",
                                           "nvidia_", "apple_",   "ibs_",     "i915"};
    for (size_t i = 0; i < sizeof families / sizeof *families; ++i) {
        const size_t length = strlen(families[i]);
        const bool family = families[i][length - 1] == '_' || strcmp(families[i], "arm") == 0;
        if (family ? strncmp(pmu, families[i], length) == 0 : strcmp(pmu, families[i]) == 0) {
            return true;
        }
    }
    return false;
}

int sb_perf_pmu_find(struct sb_perf_event *out, const char *root, const char *name,
                     struct sb_error *err)
{
    char pmu[SB_EVENT_NAME];
    char terms[SB_EVENT_NAME];
    char folder[1024];
    const size_t length = strcspn(name, "/");
    snprintf(pmu, sizeof pmu, "%.*s", (int)length, name);
    snprintf(terms, sizeof terms, "%s", name + length + 1);
    const size_t end = strlen(terms);
    if (end > 0 && terms[end - 1] == '/') {
        terms[end - 1] = '\0';
    }
    if (!pmu[0] || pmu[0] == '.' || !terms[0]) {
        return sb_fail(err, SB_ENOTFOUND, "expected PMU/EVENT/ or PMU/term=value;…/");
    }
    find_boxes(out, root, pmu);
    if (out->boxes == 0) {
        return is_elsewhere(pmu)
                   ? sb_fail(err, SB_EABSENT,
                             "this machine, or the virtual machine it is, has no PMU '%s': run "
                             "where " DEVICES "/%s exists",
                             pmu, pmu)
                   : sb_fail(err, SB_ENOTFOUND, "no PMU '%s' in " DEVICES, pmu);
    }
    snprintf(folder, sizeof folder, "%s" DEVICES "/%s", root, out->pmu[0]);
    out->kind = kind_of(folder, pmu);
    TEXT(out->told.name, "%s", name);
    TEXT(out->told.tags, "%s",
         out->kind != SB_PERF_UNCORE            ? "thread"
         : strncmp(pmu, "cstate_core", 11) == 0 ? "core"
                                                : "socket");
    return read_terms(out, folder, terms, err);
}

static bool is_event(const char *file)
{
    const char *dot = strrchr(file, '.');
    return !dot || (strcmp(dot, ".scale") != 0 && strcmp(dot, ".unit") != 0 &&
                    strcmp(dot, ".snapshot") != 0 && strcmp(dot, ".per-pkg") != 0);
}

/* Events of one PMU, or of all boxes of that name. */
static int list_events(int (*each)(const struct sb_counter_event *event, void *payload),
                       void *payload, const char *root, const char *folder, const char *name)
{
    char path[1024];
    char text[SB_EVENT_NAME];
    struct dirent **entry = NULL;
    struct sb_perf_event *event = malloc(sizeof *event);
    snprintf(path, sizeof path, "%s" DEVICES "/%s/events", root, folder);
    const int count = event ? entries(&entry, path) : 0;
    int code = 0;
    for (int i = 0; code == 0 && i < count; ++i) {
        const int length = snprintf(text, sizeof text, "%s/%s/", name, entry[i]->d_name);
        *event = (struct sb_perf_event){.scale = 1};
        if (length < (int)sizeof text && is_event(entry[i]->d_name) &&
            sb_perf_pmu_find(event, root, text, NULL) == 0) {
            code = each(&event->told, payload);
        }
    }
    release(entry, count);
    free(event);
    return code;
}

int sb_perf_pmu_list(int (*each)(const struct sb_counter_event *event, void *payload),
                     void *payload, const char *root)
{
    char path[1024];
    struct dirent **entry = NULL;
    snprintf(path, sizeof path, "%s" DEVICES, root);
    const int count = entries(&entry, path);
    int code = 0;
    for (int i = 0; code == 0 && i < count; ++i) {
        const char *pmu = entry[i]->d_name;
        char name[SB_PERF_PMU];
        const size_t base = base_length(pmu);
        snprintf(name, sizeof name, "%.*s", (int)base, pmu);
        const bool first = i == 0 || !is_box_of(entry[i - 1]->d_name, name);
        const bool more = base > 0 && i + 1 < count && is_box_of(entry[i + 1]->d_name, name);
        if (base == 0 || (first && !more)) {
            code = list_events(each, payload, root, pmu, pmu);
        } else if (first) {
            code = list_events(each, payload, root, pmu, name);
        }
    }
    release(entry, count);
    return code;
}

static int socket_of(const char *root, int cpu)
{
    char text[32];
    return sb_perf_line(text, sizeof text,
                        "%s/sys/devices/system/cpu/cpu%d/topology/physical_package_id", root, cpu)
               ? atoi(text)
               : -1;
}

int sb_perf_pmu_cpus(int out[], int room, const char *pmu, const struct sb_counting_target *target)
{
    char text[4096];
    int all[1024];
    int count = 0;
    if (!sb_perf_line(text, sizeof text, "%s" DEVICES "/%s/cpumask", target->root, pmu)) {
        return 0;
    }
    const int listed = sb_perf_cpu_list(all, (int)(sizeof all / sizeof *all), text);
    for (int i = 0; i < listed && count < room; ++i) {
        bool used = target->cpu_count == 0;
        const int socket = socket_of(target->root, all[i]);
        for (int c = 0; !used && c < target->cpu_count; ++c) {
            used = socket_of(target->root, target->cpus[c]) == socket;
        }
        if (used) {
            out[count++] = all[i];
        }
    }
    return count;
}
