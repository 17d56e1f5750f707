/* SPDX-License-Identifier: Apache-2.0 */
/* Where pods may run, and how many: nodes, labels, GPUs' taints, room to themselves, ranks. */
#include "harness/place/kubernetes/manifest.h"

#include "harness/place/kubernetes/kubectl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RANKS_AT "/run/switchbench-ranks"

int sb_kube_pods(const struct sb_ticket *ticket)
{
    const int each = ticket->ranks_per_node > 0 ? ticket->ranks_per_node : ticket->ranks;
    return ticket->ranks > 1 ? (ticket->ranks + each - 1) / each : 1;
}

/* By name: a node's label of its host name may be another. A term holds one name; terms are alternatives. */
static json_t *pinned(const char *nodes)
{
    json_t *terms = json_array();
    for (const char *from = nodes; *from; from += from[0] == ',') {
        const size_t length = strcspn(from, ",");
        if (length > 0) {
            json_array_append_new(terms, json_pack("{s:[{s:s, s:s, s:[s%]}]}", "matchFields", "key",
                                                   "metadata.name", "operator", "In", "values",
                                                   from, length));
        }
        from += length;
    }
    return json_pack("{s:{s:{s:o}}}", "nodeAffinity",
                     "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", terms);
}

/* No other pod with that label on the same node. */
static json_t *apart(const char *label, const char *value)
{
    return json_pack("{s:[{s:{s:{s:s}}, s:s}]}", "requiredDuringSchedulingIgnoredDuringExecution",
                     "labelSelector", "matchLabels", label, value, "topologyKey",
                     "kubernetes.io/hostname");
}

static int set_labels(json_t *spec, const struct sb_place *place, struct sb_error *err)
{
    json_t *labels = json_object();
    int code = 0;
    for (int i = 0; code == 0 && i < place->select.count; ++i) {
        const char *item = place->select.item[i];
        const char *value = strchr(item, '=');
        code = value ? json_object_setn_new(labels, item, (size_t)(value - item),
                                            json_string(value + 1))
                     : -1;
        if (code != 0) {
            code = sb_fail(err, SB_EINVAL, "place '%s': select: '%s' is no label=value",
                           place->name, item);
        }
    }
    if (code == 0 && json_object_size(labels) > 0) {
        json_object_set(spec, "nodeSelector", labels);
    }
    json_decref(labels);
    return code;
}

/* Nodes with GPUs are often kept free of all that wants none, by a taint of the resource's name. */
static void tolerate_gpus(json_t *spec, const json_t *container)
{
    const char *resource = NULL;
    json_t *value = NULL;
    json_object_foreach (json_object_get(json_object_get(container, "resources"), "limits"),
                         resource, value) {
        if (strchr(resource, '/')) {
            json_object_set_new(spec, "tolerations",
                                json_pack("[{s:s, s:s, s:s}]", "key", resource, "operator",
                                          "Exists", "effect", "NoSchedule"));
        }
    }
}

static int add_variable(json_t *container, const char *name, const char *value)
{
    return json_array_append_new(json_object_get(container, "env"),
                                 json_pack("{s:s, s:s}", "name", name, "value", value));
}

static int add_memory(json_t *spec, json_t *container)
{
    json_array_append_new(
        json_object_get(spec, "volumes"),
        json_pack("{s:s, s:{s:s}}", "name", "shared", "emptyDir", "medium", "Memory"));
    return json_array_append_new(
        json_object_get(container, "volumeMounts"),
        json_pack("{s:s, s:s}", "name", "shared", "mountPath", "/dev/shm"));
}

/* "sb-…-0.sb-…,sb-…-1.sb-…": what the Service calls them. */
static json_t *hosts_of(const struct sb_ticket *ticket, int pods)
{
    json_t *hosts = json_string("");
    for (int i = 0; i < pods && hosts; ++i) {
        json_t *longer = json_sprintf("%s%s%s-%d.%s", json_string_value(hosts), i ? "," : "",
                                      ticket->short_tag, i, ticket->short_tag);
        json_decref(hosts);
        hosts = longer;
    }
    return hosts;
}

/* A secret that the pods share, and only they. */
static int add_secret(json_t *items, json_t *spec, json_t *container,
                      const struct sb_ticket *ticket, struct sb_error *err)
{
    unsigned char bytes[24];
    char text[2 * sizeof bytes + 1];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return sb_fail(err, SB_EIO, "no random bytes: %s", strerror(errno));
    }
    for (size_t i = 0; i < sizeof bytes; ++i) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    json_array_append_new(items, json_pack("{s:s, s:s, s:o, s:{s:s}}", "apiVersion", "v1", "kind",
                                           "Secret", "metadata", sb_kube_metadata(ticket),
                                           "stringData", "token", text));
    json_array_append_new(
        json_object_get(spec, "volumes"),
        json_pack("{s:s, s:{s:s}}", "name", "ranks", "secret", "secretName", ticket->short_tag));
    json_array_append_new(
        json_object_get(container, "volumeMounts"),
        json_pack("{s:s, s:s, s:b}", "name", "ranks", "mountPath", RANKS_AT, "readOnly", 1));
    return 0;
}

/* Pods of an indexed Job that find each other by name: harness/run/ranks/agent.h says what they do then. */
static int spread(json_t *items, json_t *job_spec, json_t *spec, json_t *container,
                  const struct sb_ticket *ticket, struct sb_error *err)
{
    const int pods = sb_kube_pods(ticket);
    char each[16];
    json_t *hosts = hosts_of(ticket, pods);
    snprintf(each, sizeof each, "%d", ticket->ranks_per_node);
    json_object_set_new(job_spec, "completionMode", json_string("Indexed"));
    json_object_set_new(spec, "subdomain", json_string(ticket->short_tag));
    json_array_append_new(items,
                          json_pack("{s:s, s:s, s:o, s:{s:s, s:b, s:{s:s}}}", "apiVersion", "v1",
                                    "kind", "Service", "metadata", sb_kube_metadata(ticket), "spec",
                                    "clusterIP", "None", "publishNotReadyAddresses", 1, "selector",
                                    SB_KUBE_JOB, ticket->short_tag));
    add_variable(container, "SWITCHBENCH_RANK_HOSTS", json_string_value(hosts));
    add_variable(container, "SWITCHBENCH_RANKS_PER_NODE", each);
    add_variable(container, "SWITCHBENCH_RANK_TOKEN", RANKS_AT "/token");
    json_decref(hosts);
    return add_secret(items, spec, container, ticket, err);
}

/* One for all: each on a node of its own, and none beside other jobs of ours where the place is to be exclusive. */
static void keep_apart(json_t *affinity, const struct sb_ticket *ticket)
{
    if (ticket->place->exclusive) {
        json_object_set_new(affinity, "podAntiAffinity",
                            apart("app.kubernetes.io/managed-by", "switchbench"));
    } else if (sb_kube_pods(ticket) > 1) {
        json_object_set_new(affinity, "podAntiAffinity", apart(SB_KUBE_JOB, ticket->short_tag));
    }
}

int sb_kube_manifest_nodes(json_t *items, json_t *job_spec, json_t *spec, json_t *container,
                           const struct sb_ticket *ticket, struct sb_error *err)
{
    const int pods = sb_kube_pods(ticket);
    json_t *affinity = ticket->node ? pinned(ticket->node) : json_object();
    keep_apart(affinity, ticket);
    if (json_object_size(affinity) > 0) {
        json_object_set(spec, "affinity", affinity);
    }
    json_decref(affinity);
    json_object_set_new(job_spec, "completions", json_integer(pods));
    json_object_set_new(job_spec, "parallelism", json_integer(pods));
    tolerate_gpus(spec, container);
    if (ticket->ranks > 1) {
        add_memory(spec, container);
    }
    const int code = pods > 1 ? spread(items, job_spec, spec, container, ticket, err) : 0;
    return code ? code : set_labels(spec, ticket->place, err);
}
