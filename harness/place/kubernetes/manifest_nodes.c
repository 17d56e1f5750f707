/* SPDX-License-Identifier: Apache-2.0 */
/* Where pods may run, and how many: nodes, labels, GPUs' taints, room to themselves, ranks. */
#include "harness/place/kubernetes/manifest.h"

#include "harness/place/kubernetes/kubectl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* mpirun within the one pod: its ranks share its memory. */
static void launch_ranks(json_t *container, const struct sb_ticket *ticket)
{
    json_t *command = json_pack("[s, s, o, s]", ticket->place->mpi ? ticket->place->mpi : "mpirun",
                                "-n", json_sprintf("%d", ticket->ranks), "--oversubscribe");
    json_array_extend(command, json_object_get(container, "command"));
    json_object_set_new(container, "command", command);
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

int sb_kube_manifest_nodes(json_t *job_spec, json_t *spec, json_t *container,
                           const struct sb_ticket *ticket, struct sb_error *err)
{
    const int pods = sb_kube_pods(ticket);
    json_t *affinity = ticket->node ? pinned(ticket->node) : json_object();
    if (pods > 1) {
        json_decref(affinity);
        return sb_fail(err, SB_EINVAL,
                       "kubernetes: %d ranks, %d in a pod, want %d pods: ranks across pods are not "
                       "started yet; ranks_per_node: %d",
                       ticket->ranks, ticket->ranks_per_node, pods, ticket->ranks);
    }
    if (ticket->place->exclusive) {
        json_object_set_new(affinity, "podAntiAffinity",
                            apart("app.kubernetes.io/managed-by", "switchbench"));
    }
    json_object_set_new(job_spec, "completions", json_integer(pods));
    json_object_set_new(job_spec, "parallelism", json_integer(pods));
    if (json_object_size(affinity) > 0) {
        json_object_set(spec, "affinity", affinity);
    }
    json_decref(affinity);
    tolerate_gpus(spec, container);
    if (ticket->ranks > 1) {
        launch_ranks(container, ticket);
        add_memory(spec, container);
    }
    return set_labels(spec, ticket->place, err);
}
