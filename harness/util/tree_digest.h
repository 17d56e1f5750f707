/* SPDX-License-Identifier: Apache-2.0 */
/** What a file or a folder holds, as one number: images that are files are known by it. */
#ifndef SB_TREE_DIGEST_H
#define SB_TREE_DIGEST_H

#include "harness/util/error.h"

/**
 * SHA-256 in hex. Of a file: of its bytes (as sha256sum says it). Of a folder: of its entries in order of their names,
 * with path, kind, execute bit, length and bytes or link target. Owners, times, other mode bits and empty folders do
 * not count, so that a copy by another user, and a folder made to mount on, are the same. Reads everything: a second
 * per gigabyte or so. SB_ENOTFOUND, SB_EIO with the entry that cannot be read.
 */
int sb_tree_digest(char out[65], const char *path, struct sb_error *err);
/** The same of sizes, times of change and inode numbers: cheap, and different where the contents may be. */
int sb_tree_stamp(char out[65], const char *path, struct sb_error *err);

#endif
