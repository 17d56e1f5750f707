/* SPDX-License-Identifier: Apache-2.0 */
/* What a checked object (SB_TOGGLE_SANITIZE) notes, and what it is told of the arrays. Seen by both sides. */
#ifndef SB_CHECKS_H
#define SB_CHECKS_H

#define SB_CHECKED_ARRAYS 12
#define SB_FAULTS_MOST 16

/* An array, and the whole mapping that it lies in: an access within the mapping is meant for the array. */
struct sb_checked {
    const char *name;
    const unsigned char *begin, *end, *map, *map_end;
};
struct sb_fault {
    const char *what; /* undefined behaviour, in words; NULL: an access beside an array */
    const char *file; /* of undefined behaviour */
    unsigned line, column;
    unsigned long code;      /* of an access: offset within the object */
    const unsigned char *at; /* the address */
    unsigned long bytes;
    int array; /* number of struct sb_checked */
    int write;
};
struct sb_checks {
    int arrays, faults;
    struct sb_checked array[SB_CHECKED_ARRAYS];
    struct sb_fault fault[SB_FAULTS_MOST]; /* the first ones, one per place */
};
#endif
