/* SPDX-License-Identifier: Apache-2.0 */
/** The checks of 'switchbench doctor'. */
#ifndef SB_DOCTOR_H
#define SB_DOCTOR_H

#include "harness/cli/table.h"

#include <jansson.h>

enum sb_doctor_state { SB_DOCTOR_OK, SB_DOCTOR_MISSING, SB_DOCTOR_ABSENT, SB_DOCTOR_NOTE };

struct sb_doctor {
    struct sb_table table;
    int backends; /* that have a device */
    int missing;  /* things without which nothing runs */
};

/** Adds a row. @p remedy may be NULL or "". */
void sb_doctor_say(struct sb_doctor *doctor, const char *what, enum sb_doctor_state state,
                   const char *found, const char *remedy);
/** Backends and their devices, from the runner's answer (NULL: none came). */
void sb_doctor_backends(struct sb_doctor *doctor, const json_t *probe);
/** The architectures that each backend compiles for here, and what is missing for the rest; asks the runner. */
void sb_doctor_targets(struct sb_doctor *doctor);
/** Compilers, and whether they know OpenMP. */
void sb_doctor_tools(struct sb_doctor *doctor);
/** The libraries that the built-in kernels' vendor variants load, as the runner found them (@p probe may be NULL). */
void sb_doctor_libraries(struct sb_doctor *doctor, const json_t *probe);
/** The cache folder, the kernels' sources, the plots' runtime. */
void sb_doctor_places(struct sb_doctor *doctor);
/** Prints the runner's drawing of the node. */
void sb_doctor_topology(FILE *out, const json_t *probe);
/** Cores, memory, governor, counters. */
void sb_doctor_node(struct sb_doctor *doctor, const json_t *probe);

#endif
