/* SPDX-License-Identifier: Apache-2.0 */
/* podman: no daemon; as root and, with subordinate ids (newuidmap), as anyone. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/store.h"

/* Container Device Interface: `nvidia-ctk cdi generate` once per node. */
static const char *const nvidia[] = {"--device=nvidia.com/gpu=all", "--security-opt=label=disable",
                                     NULL};
static const char *const amd[] = {"--device=/dev/kfd", "--device=/dev/dri",
                                  "--security-opt=label=disable", NULL};

static const struct sb_store store = {
    .engine = "podman",
    .program = "podman",
    .run = sb_podman_run,
    .nvidia = nvidia,
    .amd = amd,
    .wildcards = true,
};

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"podman", "--version", NULL};
    return sb_program_version(version, room, argv, "apt install podman runc", err);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    return sb_store_wrap(out, what, &store, err);
}

const struct sb_engine sb_engine_podman = {
    .name = "podman",
    .title = "podman: OCI images, no daemon",
    .image_form = "reference",
    .limits = true,
    .probe = probe,
    .wrap = wrap,
    .resolve = sb_podman_resolve,
};
