/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/containers/image.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"
#include "harness/util/tree_digest.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "@sha256:"

bool sb_image_has_digest(const char *image)
{
    const size_t length = strlen(image);
    const size_t tail = sizeof MARK - 1 + 64;
    return length > tail && strncmp(image + length - tail, MARK, sizeof MARK - 1) == 0 &&
           strspn(image + length - 64, "0123456789abcdef") == 64;
}

bool sb_image_path(char *out, size_t room, const char *image)
{
    const char *end = NULL;
    for (const char *at = strstr(image, "@sha256:"); at; at = strstr(at + 1, "@sha256:")) {
        end = at;
    }
    const int length = end ? (int)(end - image) : (int)strlen(image);
    return snprintf(out, room, "%.*s", length, image) < (int)room;
}

int sb_program_version(char *version, size_t room, const char *const argv[], const char *install,
                       struct sb_error *err)
{
    struct sb_process_result told = {0};
    const char *const environment[] = {"USER=nobody", NULL}; /* ch-run wants one */
    const struct sb_process_call call = {
        .argv = argv, .time_limit_s = 20, .environment = getenv("USER") ? NULL : environment};
    char path[PATH_MAX];
    if (sb_process_which(path, sizeof path, argv[0], NULL) != 0) {
        return sb_fail(err, SB_EABSENT, "%s is not installed: %s", argv[0], install);
    }
    struct sb_error words = {0};
    if (sb_process_answer(&told, &call, &words) != 0) {
        return sb_fail(err, SB_EABSENT, "%s: %s", words.text, install);
    }
    char *text = told.output[0] ? told.output : told.errors; /* ch-run says it on stderr */
    text[strcspn(text, "\n")] = '\0';
    const char *word = strrchr(text, ' ');
    snprintf(version, room, "%s", word ? word + 1 : text);
    sb_process_result_free(&told);
    return 0;
}

/* The digest as it was when nothing about the files was different. Not having a cache costs time only. */
static int digest_of(char out[65], const char *path, struct sb_error *err)
{
    char stamp[65];
    char key[65];
    char folder[PATH_MAX];
    char file[PATH_MAX];
    char *kept = NULL;
    size_t length = 0;
    int code = sb_tree_stamp(stamp, path, err);
    if (code != 0) {
        return code;
    }
    sb_text_sha256(key, path, strlen(path));
    bool cache = sb_fs_cache(folder, sizeof folder, "image-digests", NULL) == 0 &&
                 sb_fs_join(file, sizeof file, folder, key, NULL) == 0;
    if (cache && sb_fs_read(&kept, &length, file, NULL) == 0 && length == 129 &&
        strncmp(kept, stamp, 64) == 0) {
        snprintf(out, 65, "%s", kept + 65);
    } else {
        code = sb_tree_digest(out, path, err);
        char text[160];
        snprintf(text, sizeof text, "%s %s", stamp, out);
        if (code == 0 && cache) {
            (void)sb_fs_write(file, text, strlen(text), NULL);
        }
    }
    free(kept);
    return code;
}

static int find_files(char *path, const char *name, const struct sb_image_files *files,
                      struct sb_error *err)
{
    struct stat facts;
    if (!realpath(name, path) || stat(path, &facts) != 0) {
        return sb_fail(err, SB_ENOTFOUND, "%s: there is no image '%s': %s", files->engine, name,
                       files->fetch);
    }
    if (!(S_ISDIR(facts.st_mode) && files->folder) && !(S_ISREG(facts.st_mode) && files->file)) {
        return sb_fail(err, SB_EINVAL, "%s: the image '%s' must be a %s: %s", files->engine, name,
                       !files->file     ? "folder"
                       : !files->folder ? "file"
                                        : "folder or a file",
                       files->fetch);
    }
    char inner[PATH_MAX];
    char settings[PATH_MAX];
    if (files->bundle && sb_fs_join(inner, sizeof inner, path, "rootfs", NULL) == 0 &&
        sb_fs_join(settings, sizeof settings, path, "config.json", NULL) == 0 &&
        access(settings, R_OK) == 0 && realpath(inner, settings)) {
        snprintf(path, PATH_MAX, "%s", settings);
    }
    return 0;
}

int sb_image_resolve_files(char *out, size_t room, const char *image,
                           const struct sb_image_files *files, struct sb_error *err)
{
    char name[PATH_MAX];
    char path[PATH_MAX];
    char digest[65];
    const bool bears = sb_image_has_digest(image);
    snprintf(name, sizeof name, "%s", image);
    if (bears && !sb_image_path(name, sizeof name, image)) {
        return sb_fail(err, SB_EINVAL, "%s: the image's path is too long", files->engine);
    }
    int code = find_files(path, name, files, err);
    code = code != 0 ? code : digest_of(digest, path, err);
    if (code != 0) {
        return code;
    }
    if (bears && strcmp(digest, image + strlen(image) - 64) != 0) {
        return sb_fail(err, SB_EINVAL, "%s: %s is not what was named: its digest is sha256:%s",
                       files->engine, name, digest);
    }
    return snprintf(out, room, "%s" MARK "%s", path, digest) < (int)room
               ? 0
               : sb_fail(err, SB_EINVAL, "%s: the image's path is too long", files->engine);
}
