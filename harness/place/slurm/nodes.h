/* SPDX-License-Identifier: Apache-2.0 */
/** Partitions and nodes as sinfo prints them. */
#ifndef SB_SLURM_NODES_H
#define SB_SLURM_NODES_H

#include "harness/place/place.h"
#include "harness/util/error.h"

/** sinfo's --format for sb_slurm_places() and, with --Node, for sb_slurm_nodes(). */
extern const char sb_slurm_partition_format[];
extern const char sb_slurm_node_format[];
/** Places for site.yaml, one for each partition and kind of node in it. New reference in *@p out. */
int sb_slurm_places(json_t **out, const char *sinfo, struct sb_error *err);
/**
 * Nodes of @p place (its partition, or the one marked as default), {name, state, usable, type}; those without a feature
 * that place->constraint names are left out. SB_EINVAL where the constraint is more than features joined by '&'.
 */
int sb_slurm_nodes(json_t **out, const char *sinfo, const struct sb_place *place,
                   struct sb_error *err);

#endif
