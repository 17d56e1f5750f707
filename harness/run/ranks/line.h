/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A line from each rank's parent to rank 0's, beside MPI: when a rank's process dies, the others wait for it in MPI, and
 * only its parent knows. IPv4; who joins shows a token that rank 0's process told the others through MPI.
 */
#ifndef SB_RANKS_LINE_H
#define SB_RANKS_LINE_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>

/** What rank 0 tells the others: "<token> <port> <address>…". */
#define SB_LINE_ADDRESS 512

struct sb_line; /* rank 0's end */

/** SB_EIO. Freed with sb_line_close(), for which NULL is legal. */
int sb_line_open(struct sb_line **out, struct sb_error *err);
void sb_line_address(const struct sb_line *line, char out[SB_LINE_ADDRESS]);
/** A file descriptor that is readable when sb_line_take() has something to do. */
int sb_line_fd(const struct sb_line *line);
/** What a rank said, or that its parent is gone: {rank, state, failure, reason}; new reference. NULL: nothing yet. */
json_t *sb_line_take(struct sb_line *line);
/** Forgets that ranks are there: those that leave from now on have done their work. */
void sb_line_close(struct sb_line *line);

/** Another rank's end, a file descriptor. SB_EIO where rank 0 cannot be reached at any of its addresses. */
int sb_line_join(int *out, const char *address, int rank, struct sb_error *err);
/** SB_EIO. */
int sb_line_say(int fd, const json_t *what, struct sb_error *err);

#endif
