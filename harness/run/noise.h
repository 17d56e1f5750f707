/* SPDX-License-Identifier: Apache-2.0 */
/** What takes the cores away from a program that only computes: for 'switchbench doctor --noise'. */
#ifndef SB_NOISE_H
#define SB_NOISE_H

#include <jansson.h>

/**
 * The fixed work quantum benchmark (Sottile & Minnich, Cluster 2004; LLNL's FTQ/FWQ): on every core that may be used, all at once,
 * one bound thread does the same work of some 50 µs again and again for @p seconds, and every time that it took longer than at best
 * something else had the core. New reference, NULL when out of memory:
 *   {seconds, steal_share | null, cores: [{cpu, quanta, quantum_ns: at best, lost_share: of the time beyond it, detours_per_s: how
 *    often a tenth of a quantum or more was lost, longest_ns, interrupts_per_s, timer_per_s | null}]}
 * interrupts_per_s counts all of /proc/interrupts for that CPU; timer_per_s those of its own timer. Null where it is not told.
 */
json_t *sb_noise(double seconds);

#endif
