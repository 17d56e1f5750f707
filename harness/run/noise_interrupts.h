/* SPDX-License-Identifier: Apache-2.0 */
/** /proc/interrupts and /proc/stat, for noise.c. */
#ifndef SB_NOISE_INTERRUPTS_H
#define SB_NOISE_INTERRUPTS_H

#define SB_INTERRUPTS_CPUS 4096

struct sb_interrupts {
    int cpus;       /* greatest number of a CPU that is told of, plus one; 0: nothing was read */
    double seconds; /* of the monotonic clock when it was read; 0: it was not */
    double all[SB_INTERRUPTS_CPUS],
        timer[SB_INTERRUPTS_CPUS]; /* since the boot; timer: the CPU's own (LOC, arch_timer) */
    double steal, ticks;           /* of all CPUs, of /proc/stat; 0 where it is not told */
};

/** What <root>/proc says; zero where it says nothing. */
void sb_interrupts_read(struct sb_interrupts *out, const char *root);

#endif
