/* SPDX-License-Identifier: Apache-2.0 */
/** Images: what a person named, as a reference by digest. */
#ifndef SB_IMAGE_H
#define SB_IMAGE_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

/** Where the runner is in images that scripts/images/build made. */
#define SB_IMAGE_RUNNER "/opt/switchbench/bin/switchbench-runner"

/** What an engine that reads images from files takes. */
struct sb_image_files {
    const char *engine;
    const char *fetch; /* how one gets such an image, for the message; the name stands before it */
    bool folder, file;
    bool bundle; /* a folder with config.json and rootfs/ means the latter */
};
/**
 * "<absolute path>@sha256:<content digest>" (harness/util/tree_digest.h). Digests are kept in the cache as long as
 * sizes, times and inodes are the same; the node that runs it reads all of it anew. A path that bears a digest must
 * have it. SB_ENOTFOUND with how to fetch it, SB_EINVAL.
 */
int sb_image_resolve_files(char *out, size_t room, const char *image,
                           const struct sb_image_files *files, struct sb_error *err);
/**
 * "<repository>@sha256:…" of an image in the store of @p program ("podman", "docker"), which reads it from its own
 * store. One that bears a digest is taken as it is where the program is not here. SB_ENOTFOUND with how to fetch it.
 */
int sb_image_resolve_store(char *out, size_t room, const char *program, const char *image,
                           struct sb_error *err);
/** The same from its registry, for schedulers that start containers themselves. Through skopeo; SB_EABSENT without. */
int sb_image_resolve_remote(char *out, size_t room, const char *image, struct sb_error *err);
/** The path of @p image, without its digest; false where that does not fit. */
bool sb_image_path(char *out, size_t room, const char *image);
/** Ends with "@sha256:" and 64 hex digits. */
bool sb_image_has_digest(const char *image);

/** The last word of the first line that @p argv prints; SB_EABSENT with @p install, or with its words. */
int sb_program_version(char *version, size_t room, const char *const argv[], const char *install,
                       struct sb_error *err);

#endif
