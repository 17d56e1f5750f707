/* SPDX-License-Identifier: Apache-2.0 */
/**
 * For vendor variants of GPU backends (<kernel>.vendor.cuda.c): C for the host, called once per launch (SB_ONCE) with
 * pointers of the device. It puts its work on sb_stream, which times it, and returns; where something fails it sets
 * sb_failure to a sentence. The harness has loaded the library that the kernel's table names, so its functions are
 * declared and called.
 */
#ifndef SB_VENDOR_GPU_H
#define SB_VENDOR_GPU_H

/** The stream of the backend: a CUstream (which is a cudaStream_t), a hipStream_t. */
__attribute__((visibility("default"))) void *sb_stream;
/** NULL, or why the call failed. */
__attribute__((visibility("default"))) const char *sb_failure;

#endif
