/* SPDX-License-Identifier: Apache-2.0 */
/** Grid Engine: what qstat -xml, qstat -j and qacct say (Son of Grid Engine 8.1.9: qstat(1), accounting(5), sge_status(5)). */
#ifndef SB_GRIDENGINE_H
#define SB_GRIDENGINE_H

#include "harness/place/batch/batch.h"

/** Appends the jobs of `qstat -xml`. */
int sb_gridengine_read_queue(struct sb_placed **list, int *count, const char *text,
                             struct sb_error *err);
/** Appends the ended jobs of `qacct -j`. */
int sb_gridengine_read_accounting(struct sb_placed **list, int *count, const char *text,
                                  struct sb_error *err);
/** Gives those of @p jobs that are held or in error the reasons that `qstat -j ID,…` (@p text) gives. */
void sb_gridengine_read_reasons(struct sb_placed *jobs, int count, const char *text);
/** Running ones on a queue instance that `qstat -f -xml -qs u` (@p text) names become SB_JOB_NODE_FAILED. */
void sb_gridengine_read_unreachable(struct sb_placed *jobs, int count, const char *text);

#endif
