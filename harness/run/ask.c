/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ask.h"

#include "backends/backend.h"
#include "harness/plan/campaign.h"
#include "harness/plan/kernels.h"
#include "harness/run/apart.h"
#include "harness/run/node.h"
#include "harness/run/ranks/head.h"
#include "harness/run/topology/topology.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAWING_WIDTH 80

static json_t *tell_devices(const struct sb_probe *found)
{
    json_t *devices = json_array();
    for (int i = 0; i < found->count; ++i) {
        const struct sb_device *d = &found->device[i];
        json_array_append_new(
            devices, json_pack("{s:i,s:s,s:s,s:s,s:s,s:i,s:f,s:f,s:i}", "number", d->number, "name",
                               d->name, "vendor", d->vendor, "driver", d->driver, "target",
                               d->target, "cores", d->cores, "memory_bytes", d->memory_bytes,
                               "cache_bytes", d->cache_bytes, "simd_bytes", d->simd_bytes));
    }
    return devices;
}

/* Whether the vendor libraries of kernels' variants for this backend are here. Never closed: OpenBLAS has started threads
 * by then, and this process ends soon. */
static json_t *tell_libraries(const struct sb_backend *backend)
{
    json_t *all = json_array();
    for (int i = 0; sb_kernels[i]; ++i) {
        for (const struct sb_vendor *v = sb_kernels[i]->vendors; v && v->backend; ++v) {
            const char *const library[] = {v->library, v->library2};
            for (int l = 0; strcmp(v->backend, backend->name) == 0 && l < 2 && library[l]; ++l) {
                char reason[512] = "";
                void *handle = backend->library
                                   ? backend->library(library[l], reason, sizeof reason)
                                   : dlopen(library[l], RTLD_LAZY | RTLD_LOCAL);
                if (!handle && !backend->library) {
                    snprintf(reason, sizeof reason, "%s", dlerror());
                }
                json_array_append_new(all,
                                      json_pack("{s:s,s:s,s:s,s:s?}", "kernel", sb_kernels[i]->name,
                                                "library", library[l], "package", v->package,
                                                "reason", handle ? NULL : reason));
            }
        }
    }
    return all;
}

static json_t *probe_backend(const void *payload)
{
    const struct sb_backend *backend = payload;
    struct sb_probe found = {0};
    if (backend->absent_reason) {
        snprintf(found.reason, sizeof found.reason, "%s", backend->absent_reason);
    } else {
        backend->probe(&found);
    }
    return json_pack("{s:s,s:s,s:o,s:s,s:s,s:o}", "name", backend->name, "title", backend->title,
                     "devices", tell_devices(&found), "reason", found.reason, "remedy",
                     found.remedy, "libraries", tell_libraries(backend));
}

/* The lines of a drawing; none where hwloc cannot read this machine. */
static json_t *tell_topology(void)
{
    const struct sb_topology_source here = {.root = ""};
    json_t *lines = json_array();
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    const int code = out ? sb_topology_draw(out, &here, NULL, DRAWING_WIDTH, NULL) : SB_ENOMEM;
    if (out) {
        fclose(out);
    }
    char *rest = text;
    for (char *line; code == 0 && (line = strsep(&rest, "\n")) != NULL && rest;) {
        json_array_append_new(lines, json_string(line));
    }
    free(text);
    return lines;
}

int sb_ask_probe(json_t **out, struct sb_error *err)
{
    json_t *node = NULL;
    const int code = sb_node_facts(&node, err);
    if (code != 0) {
        return code;
    }
    json_t *backends = json_array();
    for (int i = 0; sb_backends[i]; ++i) {
        struct sb_apart apart;
        char died[200] = "no process could be started to ask it for devices";
        json_t *answer = sb_apart_start(&apart, probe_backend, sb_backends[i]) == 0
                             ? sb_apart_collect(&apart, died, sizeof died)
                             : NULL;
        json_array_append_new(backends, answer ? answer
                                               : json_pack("{s:s,s:s,s:[],s:s,s:s}", "name",
                                                           sb_backends[i]->name, "title",
                                                           sb_backends[i]->title, "devices",
                                                           "reason", died, "remedy", ""));
    }
    char obstacle[600];
    sb_ranks_obstacle(obstacle, sizeof obstacle);
    *out = json_pack("{s:o,s:o,s:{s:s},s:o}", "node", node, "backends", backends, "ranks", "reason",
                     obstacle, "topology", tell_topology());
    return 0;
}

struct question {
    const struct sb_backend *backend;
    const struct sb_strings *names;
};

static json_t *tell_target(const struct sb_backend *backend, const char *name)
{
    static const char *const states[] = {[SB_TARGET_FOREIGN] = "foreign",
                                         [SB_TARGET_READY] = "ready",
                                         [SB_TARGET_MISSING] = "missing"};
    const bool native = strcmp(name, "native") == 0;
    char reason[1024] = "";
    enum sb_target_state state = native ? SB_TARGET_READY : SB_TARGET_FOREIGN;
    if (backend->target) {
        state = backend->target(name, reason, sizeof reason);
    }
    struct sb_device device = {0};
    if (state == SB_TARGET_READY && !native && backend->device) {
        struct sb_error err = {0};
        (void)backend->device(&device, name, &err); /* whether it can run is the cell's to say */
    }
    return json_pack("{s:s,s:s,s:s,s:s?}", "target", name, "state", states[state], "reason", reason,
                     "emulated", device.emulated[0] ? device.emulated : NULL);
}

static json_t *tell_targets(const void *payload)
{
    const struct question *question = payload;
    const struct sb_backend *backend = question->backend;
    json_t *known = json_array();
    json_t *asked = json_array();
    for (int i = 0; backend->targets && backend->targets[i]; ++i) {
        json_array_append_new(known, json_string(backend->targets[i]));
    }
    for (int i = 0; !backend->absent_reason && i < question->names->count; ++i) {
        json_array_append_new(asked, tell_target(backend, question->names->item[i]));
    }
    return json_pack("{s:s,s:s?,s:o,s:o}", "name", backend->name, "absent", backend->absent_reason,
                     "known", known, "asked", asked);
}

json_t *sb_ask_targets(const char *names)
{
    struct sb_strings list = {0};
    json_t *backends = json_array();
    if (*names) {
        sb_strings_add_csv(&list, names);
    }
    for (int i = 0; sb_backends[i]; ++i) {
        const struct question question = {.backend = sb_backends[i], .names = &list};
        struct sb_apart apart;
        char died[200] = "no process could be started to ask it for targets";
        json_t *answer = sb_apart_start(&apart, tell_targets, &question) == 0
                             ? sb_apart_collect(&apart, died, sizeof died)
                             : NULL;
        json_array_append_new(backends, answer ? answer
                                               : json_pack("{s:s,s:s,s:[],s:[]}", "name",
                                                           sb_backends[i]->name, "absent", died,
                                                           "known", "asked"));
    }
    sb_strings_free(&list);
    return json_pack("{s:o}", "backends", backends);
}
