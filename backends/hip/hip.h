/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of the hip backend. */
#ifndef SB_HIP_H
#define SB_HIP_H

#include "backends/gpu_driver/gpu_driver.h"

/** libamdhip64 (or $SWITCHBENCH_HIP_DRIVER), loaded once. SB_ENOTFOUND, SB_EABSENT. */
int sb_hip_driver(const struct sb_gpu_api **out, struct sb_error *err);
/** "gfx90a", "gfx942", with or without features (":xnack-"). */
bool sb_hip_is_arch(const char *arch);
/** hiprtc, then clang; NULL-terminated. */
extern const struct sb_gpu_compiler *const sb_hip_amd_compilers[];
/** NVRTC with HIP's names; NULL-terminated. */
extern const struct sb_gpu_compiler *const sb_hip_nvidia_compilers[];
/** The text of headers/<name>. */
const char *sb_hip_header(const char *name);
/** Text before a native source on AMD's GPUs. */
const char *sb_hip_amd_prelude(const struct sb_source *source);

#endif
