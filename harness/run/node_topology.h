/* SPDX-License-Identifier: Apache-2.0 */
/** What hwloc says of a node. */
#ifndef SB_NODE_TOPOLOGY_H
#define SB_NODE_TOPOLOGY_H

/** Hex SHA-256 of the topology of the machine under @p root ("": this one); 0, or -1 where hwloc cannot read it. */
int sb_node_topology_digest(char out[65], const char *root);

#endif
