/* SPDX-License-Identifier: Apache-2.0 */
/** Compiling a job's cells without running them, for devices that need not be here. */
#ifndef SB_BUILD_H
#define SB_BUILD_H

#include "harness/run/job.h"

/**
 * Compiles what the cells of @p job need, each unit once and in a process of its own, job->jobs at a time (0: as many
 * as cores). One JSON line per unit to @p out_fd: "cell", "kernel", "label", "variant", "backend", "target", "precision",
 * "maths", "state": "built" | "failed" | "missing", "reason", "compiler", "flags", "key", "cached", "compile_ns", and
 * "functions": [{"function", "registers", "shared_bytes", "spill_bytes", "code_bytes", "vector_bits"}], null where
 * unknown; vector_bits "scalable" where the processor decides. Errors: SB_EIO, SB_ENOMEM.
 */
int sb_build_run(const struct sb_job *job, int out_fd, struct sb_error *err);

#endif
