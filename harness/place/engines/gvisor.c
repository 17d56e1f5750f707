/* SPDX-License-Identifier: Apache-2.0 */
/* gVisor: podman whose runtime is runsc, a kernel in user space between the job and the node's. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/store.h"
#include "harness/util/process.h"

#include <limits.h>
#include <unistd.h>

/* runsc makes cgroups only as root. */
static const char *const as_root[] = {"--runtime=runsc", "--runtime-flag=network=none", NULL};
static const char *const as_user[] = {"--runtime=runsc", "--runtime-flag=network=none",
                                      "--runtime-flag=ignore-cgroups", NULL};

static int probe(char *version, size_t room, struct sb_error *err)
{
    char path[PATH_MAX];
    const char *const argv[] = {"runsc", "--version", NULL};
    if (sb_process_which(path, sizeof path, "podman", NULL) != 0) {
        return sb_fail(err, SB_EABSENT, "podman is not installed: apt install podman runsc");
    }
    return sb_program_version(version, room, argv, "apt install runsc", err);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    if (what->ranks) {
        return sb_fail(err, SB_EINVAL, "gvisor: its containers share no memory: no ranks in it");
    }
    const struct sb_store store = {
        .engine = "gvisor",
        .program = "podman",
        .global = geteuid() == 0 ? as_root : as_user,
        .run = sb_podman_run,
        .wildcards = true,
    };
    return sb_store_wrap(out, what, &store, err);
}

const struct sb_engine sb_engine_gvisor = {
    .name = "gvisor",
    .title = "gVisor: podman with the kernel runsc around it",
    .image_form = "reference",
    .limits = true,
    .probe = probe,
    .wrap = wrap,
    .resolve = sb_podman_resolve,
};
