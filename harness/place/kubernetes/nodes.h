/* SPDX-License-Identifier: Apache-2.0 */
/** Nodes of a cluster, and the places that it offers. */
#ifndef SB_KUBE_NODES_H
#define SB_KUBE_NODES_H

#include "harness/place/place.h"

#include <jansson.h>

/** The slots nodes() and detect() of scheduler.h. */
int sb_kube_nodes(json_t **out, const struct sb_place *place, struct sb_error *err);
int sb_kube_detect(json_t **out, struct sb_error *err);
/** The same from answers of kubectl: to `get nodes -o json`, and (detect) to `config view --minify -o json`; @p nodes may be NULL. */
json_t *sb_kube_nodes_of(const json_t *nodes, const struct sb_place *place);
json_t *sb_kube_places_of(const json_t *config, const json_t *nodes);

#endif
