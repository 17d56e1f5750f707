/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signals that a kernel's own instruction raises: a stack that is used up, a call of what is no function, a division of
 * whole numbers by zero, an address that no callback saw. Each becomes a finding and ends the launch.
 */
#ifndef SB_TWIN_FAULT_H
#define SB_TWIN_FAULT_H

#include "harness/util/error.h"

/** Takes SIGSEGV, SIGBUS, SIGFPE and SIGILL, on a stack of their own, until sb_twin_faults_close(). SB_ENOMEM. */
int sb_twin_faults_open(struct sb_error *err);
/** Gives the signals back to whoever had them; may be called without open. */
void sb_twin_faults_close(void);

#endif
