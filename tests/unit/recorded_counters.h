/* SPDX-License-Identifier: Apache-2.0 */
/* Counters as real machines gave them, and what the tool that read them, or the work that was known, makes of them. Published
 * outputs of likwid-perfctr, whose events are the same registers under other names. */
#ifndef RECORDED_COUNTERS_H
#define RECORDED_COUNTERS_H

#define SCALAR "cpu/event=0xc7;umask=0x1/"
#define PACKED_128 "cpu/event=0xc7;umask=0x4/"
#define PACKED_256 "cpu/event=0xc7;umask=0x10/"
#define PACKED_512 "cpu/event=0xc7;umask=0x40/"

struct recorded_event {
    const char *name;
    double value;
};
struct recorded_metric {
    const char *name;
    double value, within; /* relative: digits that were published; value < 0: there must be none */
};
static const struct recorded_machine {
    const char *what; /* who published it */
    const char *architecture, *vendor, *family, *model;
    const char *source;
    double simd_bytes;
    struct recorded_event event[8];
    struct recorded_metric metric[5];
} recorded_machines[] = {
    {"Xeon Gold 6132 (Skylake SP), region Setup, likwid MEM_DP: DP 706.5689 MFLOP/s in 2.057629 s, "
     "CPI 0.5277",
     "x86_64",
     "GenuineIntel",
     "6",
     "85",
     "perf_event",
     64,
     {{"instructions", 5305266000},
      {"cycles", 2799556000},
      {PACKED_128, 122920},
      {SCALAR, 1444643000},
      {PACKED_256, 81488},
      {PACKED_512, 1080242}},
     {{"flop_double", 706.5689e6 * 2.057629, 2e-6},
      {"ipc", 1 / 0.5277, 2e-4},
      {"vector_share_double", 0.6243 / (0.6243 + 702.0911), 2e-4}}},
    {"Rocket Lake, OpenBLAS product of matrices, likwid FLOPS_DP: DP 457.7061 MFLOP/s in 0.465348 "
     "s, CPI 0.5070, vectorisation 99.9995 %",
     "x86_64",
     "GenuineIntel",
     "6",
     "167",
     "perf_event",
     64,
     {{"instructions", 4414042000},
      {"cycles", 2237935000},
      {PACKED_128, 106496000},
      {SCALAR, 569},
      {PACKED_256, 0},
      {PACKED_512, 0}},
     {{"flop_double", 457.7061e6 * 0.465348, 2e-6},
      {"ipc", 1 / 0.5070, 2e-4},
      {"vector_share_double", 0.999995, 1e-6}}},
    {"Xeon Gold 6140, likwid FLOPS_DP with one counter missing: no sum may be told as if it were "
     "whole",
     "x86_64",
     "GenuineIntel",
     "6",
     "85",
     "perf_event",
     64,
     {{"instructions", 8229299612},
      {"cycles", 3491693048},
      {PACKED_128, 1663849},
      {SCALAR, 740794589},
      {PACKED_256, 0}},
     {{"flop_double", -1, 0}, {"flop", -1, 0}, {"ipc", 1 / 0.4243, 2e-4}}},
    {"likwid issue 583: a loop of 2e8 scalar operations",
     "x86_64",
     "GenuineIntel",
     "6",
     "158",
     "perf_event",
     32,
     {{PACKED_128, 0}, {SCALAR, 200000100}, {PACKED_256, 0}, {PACKED_512, 0}},
     {{"flop_double", 2e8, 1e-6}, {"vector_share_double", 0, 0}}},
    {"A64FX, likwid issue 350, region EIGEN of MEM_DP: DP (FP) 2.4496 MFLOP/s in 0.000476 s, CPI "
     "1.0891",
     "aarch64",
     "0x46",
     "0x1",
     "0x001",
     "perf_event",
     64,
     {{"instructions", 792357},
      {"cycles", 862947},
      {"armv8_pmuv3_0/event=0x80c1/", 1166},
      {"armv8_pmuv3_0/event=0x80c0/", 0}},
     {{"flop", 2.4496e6 * 0.000476, 2e-3}, {"ipc", 1 / 1.0891, 1e-4}, {"flop_double", -1, 0}}},
    {"EPYC 9655 (Zen 5), likwid issue 767: 257698037760 operations are counted as 128817446704; no "
     "formula may take that",
     "x86_64",
     "AuthenticAMD",
     "26",
     "2",
     "perf_event",
     64,
     {{"cpu/event=0x3;umask=0xf/", 128817446704}},
     {{"flop", -1, 0}, {"flop_double", -1, 0}}},
};
#define RECORDED_MACHINES (int)(sizeof recorded_machines / sizeof *recorded_machines)

#endif
