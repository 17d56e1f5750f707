/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/nodes.h"

#include "harness/place/kubernetes/kubectl.h"
#include "harness/util/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *labels_of(const json_t *node)
{
    return sb_json_at(node, "metadata.labels");
}

static const char *label(const json_t *node, const char *key)
{
    return sb_json_text_or(json_object_get(labels_of(node), key), "", "");
}

static bool is_ready(const json_t *node)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach (sb_json_at(node, "status.conditions"), i, item) {
        if (strcmp(sb_json_text_or(item, "type", ""), "Ready") == 0) {
            return strcmp(sb_json_text_or(item, "status", ""), "True") == 0;
        }
    }
    return false;
}

/* Whether the labels that the place selects are the node's. */
static bool is_selected(const json_t *node, const struct sb_place *place)
{
    for (int i = 0; i < place->select.count; ++i) {
        const char *item = place->select.item[i];
        const char *value = strchr(item, '=');
        const json_t *has =
            value ? json_object_getn(labels_of(node), item, (size_t)(value - item)) : NULL;
        if (!has || strcmp(json_string_value(has) ? json_string_value(has) : "", value + 1) != 0) {
            return false;
        }
    }
    return true;
}

/* What the labels that clouds and vendors set say of it; else processor and operating system. */
static const char *type_of(const json_t *node)
{
    static const char *const keys[] = {"nvidia.com/gpu.product", "amd.com/gpu.product-name",
                                       "node.kubernetes.io/instance-type", "kubernetes.io/arch"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
        if (label(node, keys[i])[0]) {
            return label(node, keys[i]);
        }
    }
    return "";
}

json_t *sb_kube_nodes_of(const json_t *nodes, const struct sb_place *place)
{
    json_t *out = json_array();
    size_t i = 0;
    const json_t *node = NULL;
    json_array_foreach (json_object_get(nodes, "items"), i, node) {
        const bool ready = is_ready(node);
        const bool closed = json_is_true(sb_json_at(node, "spec.unschedulable"));
        if (is_selected(node, place)) {
            json_array_append_new(out,
                                  json_pack("{s:s, s:s, s:b, s:s}", "name",
                                            sb_json_text_or(node, "metadata.name", ""), "state",
                                            !ready   ? "NotReady"
                                            : closed ? "SchedulingDisabled"
                                                     : "Ready",
                                            "usable", ready && !closed, "type", type_of(node)));
        }
    }
    return out;
}

int sb_kube_nodes(json_t **out, const struct sb_place *place, struct sb_error *err)
{
    static const char *const words[] = {"get", "nodes", "-o", "json", NULL};
    json_t *nodes = NULL;
    const int code = sb_kubectl_json(&nodes, place, words, err);
    if (code != 0) {
        return code;
    }
    *out = sb_kube_nodes_of(nodes, place);
    json_decref(nodes);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* A place's name: what a context may hold beside [A-Za-z0-9._-] becomes '-'. */
static void name_place(char *out, size_t room, const char *context)
{
    snprintf(out, room, "%s", context[0] ? context : "kubernetes");
    for (char *c = out; *c; ++c) {
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) {
            *c = '-';
        }
    }
}

/* Resources of a domain that are GPUs: "nvidia.com/gpu". */
static bool is_gpu(const char *resource)
{
    const char *slash = strchr(resource, '/');
    return slash && strstr(slash, "gpu");
}

/* A place for each kind of GPU that any node has; its nodes have as many as this one. */
static void add_gpus(json_t *out, const json_t *base, const char *name, const json_t *nodes)
{
    json_t *seen = json_object();
    size_t i = 0;
    const json_t *node = NULL;
    json_array_foreach (json_object_get(nodes, "items"), i, node) {
        const char *resource = NULL;
        json_t *count = NULL;
        json_object_foreach (sb_json_at(node, "status.allocatable"), resource, count) {
            if (is_gpu(resource) && !json_object_get(seen, resource) &&
                strcmp(sb_json_text_or(count, "", "0"), "0") != 0) {
                json_t *place = json_deep_copy(base);
                json_object_set_new(
                    place, "name",
                    json_sprintf("%s-%.*s", name, (int)strcspn(resource, "."), resource));
                json_object_set_new(place, "gpu", json_string(resource));
                json_object_set_new(place, "gpus", json_integer(1));
                json_array_append_new(out, place);
                json_object_set_new(seen, resource, json_true());
            }
        }
    }
    json_decref(seen);
}

json_t *sb_kube_places_of(const json_t *config, const json_t *nodes)
{
    char name[128];
    const json_t *context = json_array_get(json_object_get(config, "contexts"), 0);
    const char *space = sb_json_text_or(context, "context.namespace", "");
    name_place(name, sizeof name, sb_json_text_or(config, "current-context", ""));
    json_t *place = json_pack("{s:s, s:s}", "name", name, "scheduler", "kubernetes");
    if (space[0]) {
        json_object_set_new(place, "partition", json_string(space));
    }
    json_t *out = json_pack("[O]", place);
    add_gpus(out, place, name, nodes);
    json_decref(place);
    return out;
}

int sb_kube_detect(json_t **out, struct sb_error *err)
{
    static const char *const view[] = {"config", "view", "--minify", "-o", "json", NULL};
    const struct sb_place place = {.name = "kubernetes", .scheduler = "kubernetes"};
    static const char *const list[] = {"get", "nodes", "-o", "json", NULL};
    json_t *config = NULL;
    json_t *nodes = NULL;
    int code = sb_kubectl_json(&config, &place, view, err);
    if (code != 0) {
        return code == SB_EABSENT ? code : sb_fail_in(err, SB_EABSENT, "no cluster is configured");
    }
    code = sb_kubectl_json(&nodes, &place, list,
                           err); /* one who may not list them has places without GPUs */
    if (code == SB_EINFRA) {
        json_decref(config);
        return sb_fail_in(err, SB_EABSENT, "the cluster does not answer");
    }
    *out = sb_kube_places_of(config, nodes);
    json_decref(config);
    json_decref(nodes);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}
