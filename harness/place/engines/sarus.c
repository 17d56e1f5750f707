/* SPDX-License-Identifier: Apache-2.0 */
/* Sarus, of CSCS: images in a store of the user's, named by their digest. It hands the caller's whole environment on, so
 * `env -i` inside clears it before the runner begins. GPUs come by the site's hooks. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/words.h"

#define PATH_INSIDE "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"sarus", "--version", NULL};
    return sb_program_version(version, room, argv,
                              "see github.com/eth-cscs/sarus, or ask the site for a module", err);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    const int code = sb_wrap_check(what, "sarus", ",\"", false, err);
    if (code != 0) {
        return code;
    }
    if (what->ranks) {
        return sb_fail(err, SB_EINVAL, "sarus: no ranks in it: take apptainer");
    }
    struct sb_words line = {.words = out};
    sb_words_add(&line, "sarus", "run", NULL);
    for (int i = 0; i < what->mount_count; ++i) {
        sb_words_addf(&line, "--mount=type=bind,source=%s,destination=%s%s", what->mount[i].path,
                      what->mount[i].path, what->mount[i].writable ? "" : ",readonly");
    }
    if (what->folder) {
        sb_words_addf(&line, "--workdir=%s", what->folder);
    }
    sb_words_add_all(&line, what->options);
    sb_words_add(&line, what->image, "/usr/bin/env", "-i", PATH_INSIDE, NULL);
    sb_words_add_all(&line, what->environment);
    sb_words_add_all(&line, what->argv);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    if (!sb_image_has_digest(image)) {
        return sb_fail(err, SB_ENOTFOUND,
                       "image '%s': sarus finds by its digest only what was pulled by it: "
                       "sarus pull REPOSITORY@sha256:…, and name it so",
                       image);
    }
    snprintf(out, room, "%s", image);
    return 0;
}

const struct sb_engine sb_engine_sarus = {
    .name = "sarus",
    .title = "Sarus: images by digest, from a store of the user's",
    .image_form = "reference",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
