/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Lines in pieces, for streams that cut long lines and put others between: a container runtime's log does both (16 KiB; stdout
 * and stderr in one file). Where SWITCHBENCH_PIECES says how many bytes a line may have, a longer one is printed as
 *
 *     #piece <number of the line> <number of the piece, from 0> <pieces> <text>
 *
 * with text in ASCII, so that no piece ends within a letter. Whoever reads puts them together again (harness/place/kubernetes/logs.c).
 */
#ifndef SB_PIECES_H
#define SB_PIECES_H

#include "harness/util/error.h"

#include <jansson.h>

#define SB_PIECE "#piece "

/** Writes @p line to @p fd, whole or in pieces as the environment says. SB_EIO, SB_ENOMEM. */
int sb_pieces_write_line(int fd, const json_t *line, struct sb_error *err);

#endif
