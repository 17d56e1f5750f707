/* SPDX-License-Identifier: Apache-2.0 */
/** NVIDIA's libraries as users have them; shared with backend hip, which runs on NVIDIA's GPUs through them. */
#ifndef SB_CUDA_H
#define SB_CUDA_H

#include "backends/gpu_driver/gpu_driver.h"

/** libcuda.so.1 (or $SWITCHBENCH_CUDA_DRIVER), loaded once. SB_EABSENT: none, or older than CUDA 11. */
int sb_cuda_driver(const struct sb_gpu_api **out, struct sb_error *err);

/**
 * Folders that may be a CUDA toolkit's root, the best first: $SWITCHBENCH_CUDA and its wheels (scripts/toolchains),
 * $CUDA_HOME, $CUDA_PATH, /usr/local/cuda*, /opt/cuda. Returns the number of those that exist, at most @p room.
 */
int sb_cuda_roots(char out[][512], int room);
/** Opens "<stem>.so" of a toolkit, of the newest version that is there, else of the loader's path. NULL: none. */
void *sb_cuda_open(const char *stem, char *reason, size_t room);

/** "sm_90", "sm_90a". */
bool sb_cuda_is_arch(const char *arch);
/** Code for @p arch runs on devices of the same major version and the same or a newer minor one. */
bool sb_cuda_runs(const char *arch, const char *device);
/** NVRTC, then nvcc; NULL-terminated. */
extern const struct sb_gpu_compiler *const sb_cuda_compilers[];
/** Architectures that `build` compiles for. */
extern const char *const sb_cuda_targets[];
/** Compiles with NVRTC, or nvcc; @p headers as of sb_gpu_rtc_compile(). */
int sb_nvrtc_ready(char *identity, size_t room, const char *arch, struct sb_error *err);
int sb_nvrtc_compile_with(const struct sb_gpu_job *job, const char *const *headers,
                          struct sb_error *err);
void sb_nvrtc_flags(char *out, size_t room, const struct sb_source *source, const char *arch);
/** An H200 for sm_90, and what the others' data sheets say. */
void sb_cuda_typical(struct sb_machine *out, const char *target);

#endif
