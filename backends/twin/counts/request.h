/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What one memory request of a warp costs: the lanes of a warp that execute one load, store or atomic together.
 * Pure functions of addresses. Terms are those of NVIDIA's Nsight Compute ("Kernel Profiling Guide", Metrics Decoder):
 * a request touches 32-byte sectors of 128-byte lines; shared memory is served in wavefronts.
 */
#ifndef SB_TWIN_REQUEST_H
#define SB_TWIN_REQUEST_H

#include <stdint.h>

#define SB_LANES_MOST 64

/** Lane i takes part where bit i of mask is set; all lanes access the same number of bytes (1, 2, 4, 8 or 16). */
struct sb_request {
    uint64_t mask;
    uint32_t bytes;
    uint64_t address[SB_LANES_MOST];
};

/** Distinct aligned pieces of memory that a request touches. */
struct sb_coalescing {
    uint32_t sectors; /* of 32 bytes */
    uint32_t halves;  /* of 64 bytes: a cache line of CDNA 2 */
    uint32_t lines;   /* of 128 bytes */
};
struct sb_coalescing sb_request_coalescing(const struct sb_request *request);

/**
 * Cycles that shared memory needs: 32 banks, four bytes wide, consecutive words in consecutive banks. 128 bytes a cycle:
 * 32 lanes of up to four bytes make a phase, 16 lanes of eight, 8 lanes of sixteen (CUDA C++ Programming Guide, Shared
 * Memory; "AMD CDNA 3" ISA guide, LDS: 32 banks, 128 bytes a clock, so a wave of 64 takes two phases). A phase takes as
 * many wavefronts as its fullest bank has distinct words; lanes on the same word share it. Where no bank has two words,
 * one wavefront serves all phases (a broadcast double): seen on Volta and later, assumed on AMD, where it can only be low.
 */
struct sb_banks {
    uint32_t wavefronts;
    uint32_t phases; /* the least possible: wavefronts − phases is the number of conflicts */
};
struct sb_banks sb_request_banks(const struct sb_request *request);

/** Distinct words of four bytes. */
uint32_t sb_request_words(const struct sb_request *request);

/**
 * The least bytes of a unit's L1 or shared memory bandwidth that the request costs, whatever a compiler makes of it: a
 * GPU's may merge accesses to neighbouring addresses up to 16 bytes a lane, and a merged one costs no less than one of
 * its parts. So: its words, or the part of what it costs alone (sectors of 32, wavefronts of 128 bytes) that it has in
 * 16 bytes, whichever is more.
 */
uint32_t sb_request_least_bytes(const struct sb_request *request, uint32_t alone_bytes);

/** The largest number of lanes on one address: an atomic serves them one after the other. */
uint32_t sb_request_repeats(const struct sb_request *request);

/** Lanes that take part. */
uint32_t sb_request_lanes(const struct sb_request *request);

#endif
