/* SPDX-License-Identifier: Apache-2.0 */
/** AMD SMI (libamd_smi of ROCm 6 on), where ROCm SMI is not installed: the boards' energy counters, whose functions have stayed
 *  the same; structures of power and clocks have not. */
#ifndef SB_AMD_SMI_H
#define SB_AMD_SMI_H

#include "harness/util/error.h"

#include <stdint.h>

/** Loads it and finds the boards; how many, or SB_EABSENT. */
int sb_amd_smi_load(struct sb_error *err);
/** "0000:c1:00.0" of board @p i; "" where it is not told. */
const char *sb_amd_smi_bus(int i);
/** Energy of board @p i since its driver was loaded, J. SB_EABSENT: it is not told; SB_EDEVICE. */
int sb_amd_smi_energy(double *out_J, int i, struct sb_error *err);

#endif
