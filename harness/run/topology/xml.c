/* SPDX-License-Identifier: Apache-2.0 */
/* hwloc writes one element per line, and an object's end on a line of its own unless it is empty: so lines are all that is parsed. */
#include "harness/run/node_files.h"
#include "harness/run/topology/load.h"
#include "harness/util/text.h"

#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *line)
{
    return line + strspn(line, " ");
}

static int begins(const char *line, const char *text)
{
    return strncmp(skip_blanks(line), text, strlen(text)) == 0;
}

static const char *line_end(const char *line)
{
    return line + strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
    const char *end = line_end(line);
    return *end ? end + 1 : end;
}

/* Behind the object that begins at @p line. */
static const char *object_end(const char *line)
{
    int depth = 0;
    do {
        const char *end = line_end(line);
        depth += begins(line, "<object ") && !(end > line && end[-1] == '>' && end[-2] == '/');
        depth -= begins(line, "</object>");
        line = next_line(line);
    } while (*line && depth > 0);
    return line;
}

static int is_device(const char *line)
{
    return begins(line, "<object type=\"Bridge\"") || begins(line, "<object type=\"PCIDev\"") ||
           begins(line, "<object type=\"OSDev\"");
}

/* pci_type="0302 [10de:2330] …" */
static int is_gpu(const char *line)
{
    static const char mark[] = " pci_type=\"";
    const char *at = begins(line, "<object type=\"PCIDev\"") ? strstr(line, mark) : NULL;
    unsigned class = 0;
    unsigned vendor = 0;
    return at && at < line_end(line) &&
           sscanf(at + sizeof mark - 1, "%x [%x:", &class, &vendor) == 2 &&
           sb_node_is_gpu(class, vendor);
}

static int has_gpu(const char *from, const char *to)
{
    for (const char *line = from; line < to; line = next_line(line)) {
        if (is_gpu(line)) {
            return 1;
        }
    }
    return 0;
}

/* What stays of <info>: the rest names this node, its boot or this process, or is a serial number. */
static int keeps_info(const char *line)
{
    static const char *const kept[] = {
        "CPUVendor", "CPUModel", "CPUModelNumber", "CPUStepping", "CPUFamilyNumber", "Architecture",
        "Inclusive", "CoreType", "GPUVendor",      "GPUModel",    "PCIVendor",       "PCIDevice"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; ++i) {
        char text[64];
        snprintf(text, sizeof text, "<info name=\"%s\"", kept[i]);
        if (begins(line, text)) {
            return 1;
        }
    }
    return 0;
}

static int drops(const char *line)
{
    return (begins(line, "<info ") && !keeps_info(line)) || begins(line, "<page_type ") ||
           begins(line, "<support ");
}

/* Cuts ` name="…"` out of the line that ends at *end. */
static void cut(char *line, char **end, const char *name)
{
    char *at = strstr(line, name);
    char *quote = at && at < *end ? strchr(at + strlen(name), '"') : NULL;
    if (quote && quote < *end) {
        memmove(at, quote + 1, (size_t)(*end - quote));
        *end -= quote + 1 - at;
    }
}

/* MemTotal moves by megabytes from boot to boot: whole GiB, as far as there are some. */
static void round_memory(char *line, char **end)
{
    static const char name[] = " local_memory=\"";
    char *at = strstr(line, name);
    if (!at || at >= *end) {
        return;
    }
    at += sizeof name - 1;
    char *quote = NULL;
    const unsigned long long bytes = strtoull(at, &quote, 10);
    const unsigned long long unit = bytes >= 2ULL << 30 ? 1ULL << 30 : 64ULL << 20;
    char text[24];
    const int length = snprintf(text, sizeof text, "%llu", (bytes + unit / 2) / unit * unit);
    if (length <= quote - at) { /* never more digits, but where it rounds up to one more */
        memcpy(at, text, (size_t)length);
        memmove(at + length, quote, (size_t)(*end - quote) + 1);
        *end -= quote - at - length;
    }
}

/* The line as it is to stay; a copy, since what is behind it is still to be read. */
static char *kept_line(const char *line, const char *next)
{
    char *text = strndup(line, (size_t)(next - line));
    char *end = text ? text + strlen(text) : NULL;
    if (text) {
        cut(text, &end, " pci_link_speed=\"");
        cut(text, &end, " gp_index=\"");
        round_memory(text, &end);
    }
    return text;
}

/* The lines that stay, moved to the front. */
static int reduce(char *xml)
{
    char *to = xml;
    for (const char *line = xml; *line;) {
        const char *next = next_line(line);
        if (is_device(line) &&
            (begins(line, "<object type=\"OSDev\"") || !has_gpu(line, object_end(line)))) {
            line = object_end(line);
            continue;
        }
        char *text = drops(line) ? NULL : kept_line(line, next);
        if (text) {
            const size_t length = strlen(text);
            memcpy(to, text, length); /* never longer than what it comes from */
            to += length;
        } else if (!drops(line)) {
            return SB_ENOMEM;
        }
        free(text);
        line = next;
    }
    *to = '\0';
    return 0;
}

/* What differs between versions of hwloc, and memory: none of it makes another type of node. */
static int hash_lines(char digest[65], const char *xml)
{
    static const char *const lines[] = {"<info ", "<!DOCTYPE", "<?xml", "<topology"};
    static const char *const attributes[] = {" local_memory=\"", " allowed_cpuset=\"",
                                             " allowed_nodeset=\""};
    struct sb_hash *hash = sb_hash_new();
    for (const char *line = xml; *line && hash; line = next_line(line)) {
        int passed = 0;
        for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
            passed |= begins(line, lines[i]);
        }
        char *text = passed ? NULL : strndup(line, (size_t)(line_end(line) - line));
        char *end = text ? text + strlen(text) : NULL;
        for (size_t i = 0; text && i < sizeof attributes / sizeof *attributes; ++i) {
            cut(text, &end, attributes[i]);
        }
        if (text) {
            sb_hash_add_text(hash, text);
        }
        free(text);
    }
    if (!hash) {
        return SB_ENOMEM;
    }
    sb_hash_finish(hash, digest);
    return 0;
}

int sb_topology_reduce(char *xml, struct sb_error *err)
{
    return reduce(xml) == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory for the topology");
}

static int copy_of_here(hwloc_topology_t *out, struct sb_error *err)
{
    hwloc_topology_t here;
    const int code = sb_topology_here(&here, err);
    return code != 0 || hwloc_topology_dup(out, here) == 0
               ? code
               : sb_fail(err, SB_ENOMEM, "out of memory for the topology");
}

static int export(char **xml, const struct sb_topology_source *source, bool devices,
                  struct sb_error *err)
{
    hwloc_topology_t topology;
    *xml = NULL;
    const bool here = source->root && source->root[0] == '\0' && !source->synthetic && !devices;
    const int code =
        here ? copy_of_here(&topology, err) : sb_topology_load(&topology, source, devices, err);
    if (code != 0) {
        return code;
    }
    char *text = NULL;
    int length = 0;
    hwloc_topology_allow(topology, NULL, NULL, HWLOC_ALLOW_FLAG_ALL);
    if (hwloc_topology_export_xmlbuffer(topology, &text, &length, 0) == 0) {
        *xml = strdup(text);
        hwloc_free_xmlbuffer(topology, text);
    }
    hwloc_topology_destroy(topology);
    return *xml ? sb_topology_reduce(*xml, err)
                : sb_fail(err, SB_ENOMEM, "out of memory for the topology");
}

int sb_topology_xml(char **xml, const struct sb_topology_source *source, struct sb_error *err)
{
    const int code = export(xml, source, true, err);
    if (code != 0) {
        free(*xml);
        *xml = NULL;
    }
    return code;
}

int sb_topology_digest(char digest[65], const struct sb_topology_source *source,
                       struct sb_error *err)
{
    char *xml = NULL;
    int code = export(&xml, source, false, err);
    if (code == 0 && hash_lines(digest, xml) != 0) {
        code = sb_fail(err, SB_ENOMEM, "out of memory for the topology");
    }
    free(xml);
    return code;
}
