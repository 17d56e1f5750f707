/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/containers/image.h"
#include "harness/place/containers/store.h"
#include "harness/place/containers/words.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int sb_apptainer_resolve(char *out, size_t room, const char *image, const char *program,
                         struct sb_error *err)
{
    char fetch[300];
    snprintf(
        fetch, sizeof fetch,
        "%s build FILE.sif docker-archive:FILE.tar (or docker://REPOSITORY@sha256:…) makes one",
        program);
    const struct sb_image_files files = {
        .engine = program, .fetch = fetch, .folder = true, .file = true};
    return sb_image_resolve_files(out, room, image, &files, err);
}

int sb_apptainer_wrap(struct sb_strings *out, const struct sb_wrap *wrap,
                      const struct sb_apptainer *apptainer, struct sb_error *err)
{
    char path[PATH_MAX];
    const int code = sb_wrap_check(wrap, apptainer->program, ",:\\", false, err);
    if (code != 0) {
        return code;
    }
    if (!sb_image_path(path, sizeof path, wrap->image)) {
        return sb_fail(err, SB_EINVAL, "%s: the image's path is too long", apptainer->program);
    }
    struct sb_words line = {.words = out};
    sb_words_begin(&line, wrap, &(struct sb_begin){.prefix = apptainer->prefix});
    sb_words_add(&line, apptainer->program, "--silent", "exec", "--contain", "--no-home", NULL);
    /* else it gives values of variables to a shell, $(…) and all; one too old to know this must not run */
    sb_words_add(&line, "--no-eval", NULL);
    /* all of root's capabilities may be more than root has */
    if (geteuid() == 0) {
        sb_words_add(&line, "--no-privs", NULL);
    }
    if (wrap->devices != SB_DEVICES_NONE) {
        sb_words_add(&line, wrap->devices == SB_DEVICES_NVIDIA ? "--nv" : "--rocm", NULL);
    }
    if (wrap->ranks) {
        sb_words_add(&line, "--bind=/dev/shm:/dev/shm", NULL);
    }
    for (int i = 0; i < wrap->mount_count; ++i) {
        sb_words_addf(&line, "--bind=%s:%s:%s", wrap->mount[i].path, wrap->mount[i].path,
                      wrap->mount[i].writable ? "rw" : "ro");
    }
    if (wrap->folder) {
        sb_words_addf(&line, "--pwd=%s", wrap->folder);
    }
    sb_words_add_all(&line, wrap->options);
    sb_words_add(&line, path, NULL);
    sb_words_add_all(&line, wrap->argv);
    return sb_words_end(&line, err);
}
