/* SPDX-License-Identifier: Apache-2.0 */
/* runc: the Open Containers' runtime on a folder or a bundle. Its configuration travels in the command line; the runner
 * on the node adds what only the node knows (harness/run/contain.h). */
#include "harness/place/containers/image.h"
#include "harness/place/containers/oci_config.h"
#include "harness/place/containers/words.h"

#include <limits.h>
#include <stdlib.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"runc", "--version", NULL};
    return sb_program_version(version, room, argv, "apt install runc", err);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    char path[PATH_MAX];
    const int code = sb_wrap_check(what, "runc", "", true, err);
    if (code != 0) {
        return code;
    }
    if (what->devices != SB_DEVICES_NONE) {
        return sb_fail(err, SB_EINVAL, "runc: cannot bring GPUs inside: take podman or apptainer");
    }
    if (!sb_image_path(path, sizeof path, what->image)) {
        return sb_fail(err, SB_EINVAL, "runc: the image's path is too long");
    }
    json_t *config = sb_oci_config(what, path);
    char *text = config ? json_dumps(config, JSON_COMPACT) : NULL;
    json_decref(config);
    if (!text) {
        return sb_fail(err, SB_EINVAL, "runc: a path, an argument or a variable is not UTF-8");
    }
    struct sb_words line = {.words = out};
    sb_words_begin(&line, what, &(struct sb_begin){.mount_points = true, .oci = text});
    sb_words_add(&line, "runc", "--root", "%bundle/state", NULL);
    sb_words_add_all(&line, what->options);
    sb_words_add(&line, "run", "--bundle", "%bundle", what->name ? what->name : "switchbench",
                 NULL);
    free(text);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    static const struct sb_image_files files = {
        .engine = "runc",
        .fetch = "umoci unpack makes a bundle, tar -x of an exported container a folder",
        .folder = true,
        .bundle = true,
    };
    return sb_image_resolve_files(out, room, image, &files, err);
}

const struct sb_engine sb_engine_runc = {
    .name = "runc",
    .title = "runc: a folder or an OCI bundle",
    .image_form = "folder, OCI bundle",
    .limits = true,
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
