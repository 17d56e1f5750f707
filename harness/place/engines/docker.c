/* SPDX-License-Identifier: Apache-2.0 */
/* docker: podman's command line, where its daemon runs. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/store.h"

static const char *const run[] = {"--pull=never", "--log-driver=none", NULL};
static const char *const nvidia[] = {"--gpus=all", NULL};
static const char *const amd[] = {"--device=/dev/kfd", "--device=/dev/dri", NULL};

static const struct sb_store store = {
    .engine = "docker",
    .program = "docker",
    .run = run,
    .nvidia = nvidia,
    .amd = amd,
    .as_user = true,
};

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"docker", "version", "--format", "{{.Server.Version}}", NULL};
    return sb_program_version(version, room, argv,
                              "apt install docker.io, and start its daemon; or take podman", err);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    return sb_store_wrap(out, what, &store, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    return sb_image_resolve_store(out, room, "docker", image, err);
}

const struct sb_engine sb_engine_docker = {
    .name = "docker",
    .title = "docker: OCI images, through its daemon",
    .image_form = "reference",
    .limits = true,
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
