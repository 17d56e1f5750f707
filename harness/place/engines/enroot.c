/* SPDX-License-Identifier: Apache-2.0 */
/* enroot: a squashfs file as root, in a user's namespace. It is bash: a mount is words of an fstab with ':' between, a
 * variable a line of a file, so what would be split there is refused. It brings NVIDIA's libraries inside where the
 * container's environment asks for them, and sees the node's devices. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/words.h"

#include <limits.h>
#include <string.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"enroot", "version", NULL};
    return sb_program_version(version, room, argv,
                              "see github.com/NVIDIA/enroot, with squashfuse and squashfs-tools",
                              err);
}

static int check(const struct sb_wrap *what, struct sb_error *err)
{
    int code = sb_wrap_check(what, "enroot", ": \\", false, err);
    for (int i = 0; code == 0 && what->environment && what->environment[i]; ++i) {
        const char *variable = what->environment[i];
        if (strchr(variable, '\n') || strncmp(variable, "ENROOT_", 7) == 0) {
            code = sb_fail(err, SB_EINVAL, "enroot: cannot set %.*s%s", (int)strcspn(variable, "="),
                           variable,
                           strchr(variable, '\n') ? ", whose value has two lines"
                                                  : ", a name of its own settings");
        }
    }
    return code != 0     ? code
           : what->ranks ? sb_fail(err, SB_EINVAL, "enroot: no ranks in it: take apptainer")
                         : 0;
}

static void add_environment(struct sb_words *line, const struct sb_wrap *what)
{
    for (int i = 0; what->environment && what->environment[i];
         ++i) { /* it strips one pair of quotes */
        const int name = (int)strcspn(what->environment[i], "=");
        sb_words_addf(line, "--env=%.*s='%s'", name, what->environment[i],
                      what->environment[i] + name + 1);
    }
    if (what->devices == SB_DEVICES_NVIDIA) {
        sb_words_add(line, "--env=NVIDIA_VISIBLE_DEVICES=all",
                     "--env=NVIDIA_DRIVER_CAPABILITIES=compute,utility", NULL);
    }
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    char path[PATH_MAX];
    const int code = check(what, err);
    if (code != 0) {
        return code;
    }
    if (!sb_image_path(path, sizeof path, what->image)) {
        return sb_fail(err, SB_EINVAL, "enroot: the image's path is too long");
    }
    struct sb_words line = {.words = out};
    sb_words_begin(&line, what, &(struct sb_begin){0});
    /* a site's or person's enroot.conf may say otherwise */
    sb_words_add(&line, "env", "ENROOT_ROOTFS_WRITABLE=no", "ENROOT_MOUNT_HOME=no", "enroot",
                 "start", NULL);
    for (int i = 0; i < what->mount_count; ++i) {
        sb_words_addf(&line, "--mount=%s:%s:none:x-create=auto,bind,nosuid,nodev,%s",
                      what->mount[i].path, what->mount[i].path,
                      what->mount[i].writable ? "rw" : "ro");
    }
    add_environment(&line, what);
    sb_words_add_all(&line, what->options);
    sb_words_add(&line, "--", path, NULL);
    if (what->folder) { /* it has no option for that; words stay words */
        sb_words_add(&line, "/bin/sh", "-c", "cd -- \"$0\" && exec \"$@\"", what->folder, NULL);
    }
    sb_words_add_all(&line, what->argv);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    static const struct sb_image_files files = {
        .engine = "enroot",
        .fetch = "enroot import -o FILE.sqsh docker://REPOSITORY@sha256:…, or mksquashfs FOLDER "
                 "FILE.sqsh, makes one",
        .file = true,
    };
    return sb_image_resolve_files(out, room, image, &files, err);
}

const struct sb_engine sb_engine_enroot = {
    .name = "enroot",
    .title = "enroot: squashfs files, without any rights",
    .image_form = "squashfs file",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
