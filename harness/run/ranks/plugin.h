/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What carries messages between ranks: a plug-in, switchbench-mpi.so beside the programs, built where there is an MPI
 * and opened by a rank's process alone. It exports `const struct sb_ranks_plugin sb_ranks_plugin` and knows nothing but
 * this header and kernels/ranks.h. SWITCHBENCH_MPI names another file.
 */
#ifndef SB_RANKS_PLUGIN_H
#define SB_RANKS_PLUGIN_H

#include "kernels/ranks.h"

#define SB_RANKS_PLUGIN_ABI 1

struct sb_ranks_plugin {
    int abi;
    /** Joins the other ranks; once per process. NULL with a sentence in @p fault. */
    struct sb_ranks *(*open)(char *fault, size_t room);
    /** Leaves in good order: all ranks do. */
    void (*close)(struct sb_ranks *ranks);
};

#endif
