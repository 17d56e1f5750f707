/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Peaks that were measured on a node, kept in the user's cache folder for the runs that follow: a document
 * (results/schema/peaks.schema.json) of one backend for each node, backend, device and target.
 */
#ifndef SB_PEAKS_FILE_H
#define SB_PEAKS_FILE_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stddef.h>

#define SB_PEAKS_SCHEMA 1

/** The file for them; the folder is created. SB_EIO. */
int sb_peaks_file(char *out, size_t room, const char *node_digest, const char *backend,
                  const char *device, const char *target, struct sb_error *err);
/** Writes @p document, of one backend, to its file, whole or not at all. SB_EIO. */
int sb_peaks_file_write(const json_t *document, struct sb_error *err);
/**
 * The document for @p record's node, backend and device: its target's, else "native"'s. *out is a new reference; its
 * member "digest" is the hex SHA-256 of the file. SB_ENOTFOUND with what to do; SB_EPARSE with the path.
 */
int sb_peaks_file_read(json_t **out, const json_t *record, struct sb_error *err);

#endif
