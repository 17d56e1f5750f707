/* SPDX-License-Identifier: Apache-2.0 */
/* bubblewrap: a folder as root, namespaces and nothing else. It brings no driver's libraries inside: for NVIDIA's GPUs
 * the image must hold those of the node's driver, or the place mounts them and names them in its environment. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/words.h"

#include <limits.h>
#include <string.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"bwrap", "--version", NULL};
    return sb_program_version(version, room, argv, "apt install bubblewrap", err);
}

static void add_walls(struct sb_words *line, const struct sb_wrap *what, const char *path)
{
    sb_words_add(line, "bwrap", "--die-with-parent", "--unshare-user-try", "--unshare-cgroup-try",
                 "--unshare-uts", "--cap-drop", "ALL", NULL);
    if (!what->ranks) {
        sb_words_add(line, "--unshare-pid", "--unshare-ipc", "--unshare-net", NULL);
    }
    sb_words_add(line, "--ro-bind", path, "/", "--proc", "/proc", "--ro-bind", "/sys", "/sys",
                 NULL);
    if (what->ranks || what->devices != SB_DEVICES_NONE) {
        sb_words_add(line, "--dev-bind", "/dev", "/dev", NULL);
    } else {
        sb_words_add(line, "--dev", "/dev", NULL);
    }
    sb_words_add(line, "--tmpfs", "/tmp", NULL);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    char path[PATH_MAX];
    const int code = sb_wrap_check(what, "bubblewrap", "", false, err);
    if (code != 0) {
        return code;
    }
    if (!sb_image_path(path, sizeof path, what->image)) {
        return sb_fail(err, SB_EINVAL, "bubblewrap: the image's path is too long");
    }
    struct sb_words line = {.words = out};
    sb_words_begin(&line, what, &(struct sb_begin){.mount_points = true});
    add_walls(&line, what, path);
    for (int i = 0; i < what->mount_count; ++i) {
        sb_words_add(&line, what->mount[i].writable ? "--bind" : "--ro-bind", what->mount[i].path,
                     what->mount[i].path, NULL);
    }
    for (int i = 0; what->environment && what->environment[i]; ++i) {
        const size_t name = strcspn(what->environment[i], "=");
        sb_words_add(&line, "--setenv", NULL);
        sb_words_addf(&line, "%.*s", (int)name, what->environment[i]);
        sb_words_add(&line, what->environment[i] + name + 1, NULL);
    }
    if (what->folder) {
        sb_words_add(&line, "--chdir", what->folder, NULL);
    }
    sb_words_add_all(&line, what->options);
    sb_words_add(&line, "--", NULL);
    sb_words_add_all(&line, what->argv);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    static const struct sb_image_files files = {
        .engine = "bubblewrap",
        .fetch = "umoci unpack, ch-convert, or tar -x of an exported container makes a folder",
        .folder = true,
    };
    return sb_image_resolve_files(out, room, image, &files, err);
}

const struct sb_engine sb_engine_bubblewrap = {
    .name = "bubblewrap",
    .title = "bubblewrap: a folder, in namespaces",
    .image_form = "folder",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
