/* SPDX-License-Identifier: Apache-2.0 */
/** Counts what an instrumented launch does to the arrays. One thread; one set of counts. */
#ifndef SB_COUNTS_H
#define SB_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct sb_counts {
    uint64_t loads, stores;         /* executed, of elements of arrays */
    double read_bytes, write_bytes; /* distinct elements, summed over launches */
    double write_allocate_bytes;    /* elements whose first access in their launch is a write */
};

extern uint64_t sb_counted_flop;

/** Room for arrays of these sizes, to be freed with sb_counts_close(); array[i] are set. 0, or −1 out of memory. */
int sb_counts_open(void **array, const size_t *bytes, const size_t *element_bytes, int count);
/** A launch begins: every element is untouched again. */
void sb_counts_launch(void);
/** The launch has ended: adds its distinct elements to @p total. */
void sb_counts_add(struct sb_counts *total);
void sb_counts_close(void);

#endif
