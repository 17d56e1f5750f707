/* SPDX-License-Identifier: Apache-2.0 */
/* Charliecloud: a folder as root, one user namespace, no rights at all. NVIDIA's libraries are put into the folder once
 * by `ch-fromhost --nvidia FOLDER`; devices are the node's own. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/words.h"

#include <limits.h>
#include <string.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"ch-run", "--version", NULL};
    return sb_program_version(version, room, argv, "apt install charliecloud", err);
}

/* The node's /tmp is seen inside, and mounted over only where nothing that is asked for lies there: a mount cannot be
 * made below another one. */
static bool uses_tmp(const struct sb_wrap *wrap)
{
    bool uses = false;
    for (int i = 0; i < wrap->mount_count; ++i) {
        uses = uses || strncmp(wrap->mount[i].path, "/tmp/", 5) == 0 ||
               strcmp(wrap->mount[i].path, "/tmp") == 0;
    }
    return uses;
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    char path[PATH_MAX];
    const int code = sb_wrap_check(what, "charliecloud", ":", false, err);
    if (code != 0) {
        return code;
    }
    if (!sb_image_path(path, sizeof path, what->image)) {
        return sb_fail(err, SB_EINVAL, "charliecloud: the image's path is too long");
    }
    struct sb_words line = {.words = out};
    sb_words_begin(&line, what, &(struct sb_begin){.mount_points = true});
    sb_words_add(&line, "ch-run", "--no-passwd", "--env-no-expand", NULL);
    if (!uses_tmp(what)) {
        sb_words_add(&line, "--private-tmp", NULL);
    }
    for (int i = 0; i < what->mount_count;
         ++i) { /* it has no read-only mounts: rights of the user hold */
        sb_words_addf(&line, "--bind=%s:%s", what->mount[i].path, what->mount[i].path);
    }
    for (int i = 0; what->environment && what->environment[i];
         ++i) { /* it strips one pair of quotes */
        const int name = (int)strcspn(what->environment[i], "=");
        sb_words_addf(&line, "--set-env=%.*s='%s'", name, what->environment[i],
                      what->environment[i] + name + 1);
    }
    if (what->folder) {
        sb_words_addf(&line, "--cd=%s", what->folder);
    }
    sb_words_add_all(&line, what->options);
    sb_words_add(&line, path, "--", NULL);
    sb_words_add_all(&line, what->argv);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    static const struct sb_image_files files = {
        .engine = "charliecloud",
        .fetch = "ch-convert FILE.tar FOLDER, or ch-image pull and ch-convert, makes a folder",
        .folder = true,
    };
    return sb_image_resolve_files(out, room, image, &files, err);
}

const struct sb_engine sb_engine_charliecloud = {
    .name = "charliecloud",
    .title = "Charliecloud: a folder, without any rights",
    .image_form = "folder",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
