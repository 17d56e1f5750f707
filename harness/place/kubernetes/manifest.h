/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a ticket is in Kubernetes: a List of a ConfigMap (the job file and small folders of users' kernels), for several nodes a
 * headless Service, and a batch/v1 Job that is tried once (the driver retries). Built as JSON values; no text is pasted.
 *
 * The pod: not root, nothing it could become root with, its image read-only, no token of the cluster, /tmp of its own (HOME,
 * caches). Its time limit is the pod's, so that waiting in the queue does not count and its log stays after it.
 */
#ifndef SB_KUBE_MANIFEST_H
#define SB_KUBE_MANIFEST_H

#include "harness/place/schedulers/scheduler.h"

#include <jansson.h>

/** The List; new reference. SB_EINVAL (what Kubernetes has no word for, an image that is missing), SB_ELIMIT (a ConfigMap holds 1 MiB), SB_EIO. */
int sb_kube_manifest(json_t **out, const struct sb_ticket *ticket, struct sb_error *err);

/* manifest_files.c */
/**
 * Adds the ConfigMap to @p items, where there is something for one, and to @p spec and @p container the volumes that show at
 * the paths which the ticket names: the job file, kernel folders, /tmp, mounts of the place, or the claim that holds campaigns.
 */
int sb_kube_manifest_files(json_t *items, json_t *spec, json_t *container,
                           const struct sb_ticket *ticket, struct sb_error *err);
/** {name: the short tag, labels, annotations}; new reference. */
json_t *sb_kube_metadata(const struct sb_ticket *ticket);

/* manifest_nodes.c */
/**
 * Where the pod may run: node, labels, GPUs, room to itself. Ranks on several nodes: an indexed Job, and a Service and a
 * Secret for its pods, added to @p items.
 */
int sb_kube_manifest_nodes(json_t *items, json_t *job_spec, json_t *spec, json_t *container,
                           const struct sb_ticket *ticket, struct sb_error *err);
/** How many pods the ranks of @p ticket take. */
int sb_kube_pods(const struct sb_ticket *ticket);

#endif
