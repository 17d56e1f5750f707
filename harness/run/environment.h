/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Variables that change libraries (OPENBLAS_*, OMP_*, POCL_*, LD_*, …) are cleared before anything is measured. Where
 * the loader or the C library has read one of them (LD_*, GLIBC_TUNABLES, MALLOC_*), the runner starts itself anew once without it.
 */
#ifndef SB_ENVIRONMENT_H
#define SB_ENVIRONMENT_H

#include <jansson.h>

/** Clears, and executes @p argv again where one of those was cleared; else returns. */
void sb_environment_clear(char *const argv[]);
/** The record's `environment`: {cleared: ["NAME=value"], set: {}}; new reference. */
json_t *sb_environment_told(void);
/** Those variables as they are now, {NAME: value}: since all were cleared, what a backend set. New reference. */
json_t *sb_environment_set(void);

#endif
