/* SPDX-License-Identifier: Apache-2.0 */
/** What bounds a cell on this node, told in its record. */
#ifndef SB_ATTAIN_H
#define SB_ATTAIN_H

#include <jansson.h>

/**
 * Sets "attainable" of a complete record, by the peaks that are kept of this node, or "attainable_reason" where there is
 * no bound; both stay null where nothing was timed. @p threads as the job says. A file of peaks is read once in a
 * process's life.
 */
void sb_attain(json_t *record, int threads);

#endif
