/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket is a heading; below it come NUMA nodes with their GPUs, and a row for each last-level cache (or for what a NUMA node
 * belongs to, where there are more of these): its cores, a mark per logical CPU.
 */
#include "harness/run/node_files.h"
#include "harness/run/topology/load.h"
#include "harness/util/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_AT 44 /* column */

struct drawing {
    FILE *out;
    hwloc_topology_t topology;
    hwloc_bitmap_t allowed;
    int width;
    hwloc_obj_t socket;
    hwloc_nodeset_t shown; /* NUMA nodes that have their line */
    char private_caches[160];
};

/* One line, cut at the width. */
static void say(const struct drawing *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct drawing *d, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(d->out, "%.*s\n", d->width, text);
}

static hwloc_obj_t type_above(hwloc_topology_t topology, hwloc_obj_t object, hwloc_obj_type_t type)
{
    return object->type == type ? object : hwloc_get_ancestor_obj_by_type(topology, type, object);
}

static void say_gpu(const struct drawing *d, hwloc_obj_t gpu, const char *where)
{
    const struct hwloc_pcidev_attr_s *pci = &gpu->attr->pcidev;
    const char *name = hwloc_obj_get_info_by_name(gpu, "PCIDevice");
    say(d, "  %s  GPU %04x:%02x:%02x.%x  %04x:%04x%s%s", where, pci->domain, pci->bus, pci->dev,
        pci->func, pci->vendor_id, pci->device_id, name ? "  " : "", name ? name : "");
}

/* GPUs at these NUMA nodes; NULL: those that belong to none in particular. */
static void say_gpus(const struct drawing *d, hwloc_const_nodeset_t nodes, const char *where)
{
    const int all = hwloc_get_nbobjs_by_type(d->topology, HWLOC_OBJ_NUMANODE);
    for (hwloc_obj_t gpu = NULL; (gpu = hwloc_get_next_pcidev(d->topology, gpu)) != NULL;) {
        if (!sb_node_is_gpu(gpu->attr->pcidev.class_id, gpu->attr->pcidev.vendor_id)) {
            continue;
        }
        hwloc_obj_t near = hwloc_get_non_io_ancestor_obj(d->topology, gpu);
        const int anywhere = all > 1 && near->type == HWLOC_OBJ_MACHINE;
        if (nodes ? !anywhere && hwloc_bitmap_intersects(near->nodeset, nodes) : anywhere) {
            say_gpu(d, gpu, where);
        }
    }
}

/* NUMA nodes of a row that have no line yet. */
static void say_nodes(struct drawing *d, hwloc_obj_t row)
{
    for (hwloc_obj_t node = NULL;
         (node = hwloc_get_next_obj_by_type(d->topology, HWLOC_OBJ_NUMANODE, node));) {
        char memory[32];
        if (hwloc_bitmap_isset(d->shown, node->os_index) ||
            !hwloc_bitmap_isset(row->nodeset, node->os_index)) {
            continue;
        }
        hwloc_bitmap_set(d->shown, node->os_index);
        sb_text_bytes(memory, sizeof memory, (double)node->attr->numanode.local_memory);
        const char *kind = node->subtype ? node->subtype : "";
        const char *barred =
            hwloc_bitmap_isset(hwloc_topology_get_allowed_nodeset(d->topology), node->os_index)
                ? ""
                : "  (memory not for this job)";
        say(d, "  NUMA node %u  %s%s%s%s", node->os_index, memory, *kind ? " " : "", kind, barred);
        say_gpus(d, node->nodeset, "  ");
    }
}

static int count_inside(const struct drawing *d, hwloc_obj_t object, hwloc_obj_type_t type)
{
    return hwloc_get_nbobjs_inside_cpuset_by_type(d->topology, object->cpuset, type);
}

static void cache_name(char *out, size_t room, hwloc_obj_t cache)
{
    char name[24];
    char bytes[32];
    hwloc_obj_type_snprintf(name, sizeof name, cache, 0);
    sb_text_bytes(bytes, sizeof bytes, (double)cache->attr->cache.size);
    snprintf(out, room, "%s %s", name, bytes);
}

/* "L2 1.00 MiB, L1d 32.0 KiB, L1i 32.0 KiB a core", of the first core below @p row; said where it differs from the row before. */
static void say_private_caches(struct drawing *d, hwloc_obj_t row)
{
    char text[sizeof d->private_caches] = "";
    size_t used = 0;
    hwloc_obj_t pu = hwloc_get_obj_inside_cpuset_by_type(d->topology, row->cpuset, HWLOC_OBJ_PU, 0);
    hwloc_obj_t levels[16];
    int count = 0;
    for (hwloc_obj_t at = pu ? pu->parent : NULL; at && at != row && count < 16; at = at->parent) {
        if (hwloc_obj_type_is_cache(at->type)) {
            levels[count++] = at;
        }
    }
    while (count > 0 && used < sizeof text) {
        char name[64];
        hwloc_obj_t cache = levels[--count];
        const int cores = count_inside(d, cache, HWLOC_OBJ_CORE);
        cache_name(name, sizeof name, cache);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", name);
        if (cores > 1 && used < sizeof text) {
            used += (size_t)snprintf(text + used, sizeof text - used, " of %d cores", cores);
        }
    }
    if (text[0] && strcmp(text, d->private_caches) != 0) {
        say(d, "    each core: %s", text);
        memcpy(d->private_caches, text, sizeof text);
    }
}

/* "## ## .#": logical CPUs, those of a core together. The first line begins behind @p label, the others below its marks. */
static void draw_marks(const struct drawing *d, hwloc_obj_t row, const char *label)
{
    char line[256] = "";
    int used = 0;
    hwloc_obj_t core = NULL;
    const int room = d->width - MARKS_AT;
    for (hwloc_obj_t pu = NULL; (pu = hwloc_get_next_obj_inside_cpuset_by_type(
                                     d->topology, row->cpuset, HWLOC_OBJ_PU, pu));) {
        hwloc_obj_t mine = type_above(d->topology, pu, HWLOC_OBJ_CORE);
        const bool next = used > 0 && (!mine || mine != core);
        const int wide = mine && next ? hwloc_bitmap_weight(mine->cpuset) : 1;
        if (next && used + 1 + wide > room) {
            say(d, "%-*s%s", MARKS_AT, label, line);
            label = "";
            used = 0;
        } else if (next) {
            line[used++] = ' ';
        }
        core = mine;
        line[used++] = hwloc_bitmap_isset(d->allowed, pu->os_index) ? '#' : '.';
        line[used] = '\0';
        used -= used + 2 > (int)sizeof line;
    }
    say(d, "%-*s%s", MARKS_AT, label, line);
}

static void draw_row(struct drawing *d, hwloc_obj_t row)
{
    char name[64] = "";
    char pus[96];
    char label[200];
    say_nodes(d, row);
    say_private_caches(d, row);
    if (hwloc_obj_type_is_cache(row->type)) {
        cache_name(name, sizeof name, row);
    }
    hwloc_bitmap_list_snprintf(pus, sizeof pus, row->cpuset);
    const int cores = count_inside(d, row, HWLOC_OBJ_CORE);
    snprintf(label, sizeof label, "    %s%s%d core%s, CPUs %s", name, name[0] ? ": " : "", cores,
             cores == 1 ? "" : "s", pus);
    if (strlen(label) >= MARKS_AT) { /* many ranges of CPUs */
        say(d, "%s", label);
        label[0] = '\0';
    }
    draw_marks(d, row, label);
}

/* The level of the rows: last-level caches, unless NUMA nodes are smaller, or there are no caches. */
static int row_depth(hwloc_topology_t topology)
{
    static const hwloc_obj_type_t caches[] = {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE,
                                              HWLOC_OBJ_L3CACHE};
    int depth = hwloc_get_type_depth(topology, HWLOC_OBJ_PACKAGE);
    depth = depth < 0 ? 0 : depth;
    for (size_t i = 0; i < sizeof caches / sizeof *caches; ++i) {
        const int cache = hwloc_get_type_depth(topology, caches[i]);
        if (cache >= 0 && hwloc_get_nbobjs_by_depth(topology, cache) >=
                              hwloc_get_nbobjs_by_depth(topology, depth)) {
            depth = cache;
        }
    }
    hwloc_obj_t node = hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, 0);
    hwloc_obj_t home = node ? node->parent : NULL;
    while (home && home->depth < 0) {
        home = home->parent;
    }
    return home && home->depth > depth ? home->depth : depth;
}

static void draw_socket(struct drawing *d, hwloc_obj_t row)
{
    hwloc_obj_t socket = type_above(d->topology, row, HWLOC_OBJ_PACKAGE);
    if (socket && socket != d->socket) {
        const char *model = hwloc_obj_get_info_by_name(socket, "CPUModel");
        say(d, "Socket %u%s%s", socket->logical_index, model ? "  " : "", model ? model : "");
        d->socket = socket;
        d->private_caches[0] = '\0';
    }
}

static void draw(struct drawing *d)
{
    const int depth = row_depth(d->topology);
    const int cpus = hwloc_get_nbobjs_by_type(d->topology, HWLOC_OBJ_PU);
    const int sockets = hwloc_get_nbobjs_by_type(d->topology, HWLOC_OBJ_PACKAGE);
    for (hwloc_obj_t row = NULL;
         (row = hwloc_get_next_obj_by_depth(d->topology, depth, row)) != NULL;) {
        draw_socket(d, row);
        draw_row(d, row);
    }
    say_gpus(d, NULL, "at no NUMA node:");
    hwloc_bitmap_and(d->allowed, d->allowed, hwloc_topology_get_complete_cpuset(d->topology));
    const int used = hwloc_bitmap_weight(d->allowed);
    if (sockets > 1 || used < cpus) {
        say(d, "%d of %d logical CPUs are for this job (#)%s", used, cpus,
            used < cpus ? ", . are not" : "");
    }
}

/* What affinity and cpuset say: /proc/self/status, also of a recorded machine; all of it where there is none. */
static int know_allowed(struct drawing *d, const struct sb_topology_source *source,
                        const char *allowed, struct sb_error *err)
{
    char list[2048];
    d->allowed = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(d->topology));
    d->shown = hwloc_bitmap_alloc();
    if (!d->allowed || !d->shown) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (!allowed && source->root &&
        sb_node_field(list, sizeof list, source->root, "proc/self/status", "Cpus_allowed_list",
                      ':')) {
        hwloc_bitmap_t bound = hwloc_bitmap_alloc();
        if (bound && hwloc_bitmap_list_sscanf(bound, list) == 0) {
            hwloc_bitmap_and(d->allowed, d->allowed, bound);
        }
        hwloc_bitmap_free(bound);
    }
    return !allowed || hwloc_bitmap_list_sscanf(d->allowed, allowed) == 0
               ? 0
               : sb_fail(err, SB_EINVAL, "'%s' is no list of CPUs", allowed);
}

int sb_topology_draw(FILE *out, const struct sb_topology_source *source, const char *allowed,
                     int width, struct sb_error *err)
{
    struct drawing d = {.out = out, .width = width};
    int code = sb_topology_load(&d.topology, source, true, err);
    if (code != 0) {
        return code;
    }
    code = know_allowed(&d, source, allowed, err);
    if (code == 0) {
        draw(&d);
    }
    hwloc_bitmap_free(d.allowed);
    hwloc_bitmap_free(d.shown);
    hwloc_topology_destroy(d.topology);
    return code;
}
