/* SPDX-License-Identifier: Apache-2.0 */
/* Images in an engine's own store or in a registry. */
#include "harness/place/containers/image.h"

#include "harness/util/json.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Length of the repository in "host:5000/name:tag" and "name@sha256:…". */
static size_t repository_length(const char *image)
{
    const size_t length = strcspn(image, "@");
    const char *slash = memrchr(image, '/', length);
    const char *from = slash ? slash : image;
    const char *colon = memchr(from, ':', length - (size_t)(from - image));
    return colon ? (size_t)(colon - image) : length;
}

/* Of the same repository, else of any, else by the digest of what is in the store. */
static int take_digest(char *out, size_t room, const json_t *told, const char *image,
                       struct sb_error *err)
{
    const json_t *facts = json_array_get(told, 0);
    const json_t *digests = json_object_get(facts, "RepoDigests");
    const size_t length = repository_length(image);
    const char *best = NULL;
    for (size_t i = 0; i < json_array_size(digests); ++i) {
        const char *digest = json_string_value(json_array_get(digests, i));
        const size_t its = digest ? repository_length(digest) : 0;
        const bool same =
            its >= length && length > 0 && strncmp(digest + its - length, image, length) == 0;
        best = digest && (!best || same) ? digest : best;
    }
    const char *digest = sb_json_text_or(facts, "Digest", "");
    const char *id = sb_json_text_or(facts, "Id", "");
    if (best) {
        snprintf(out, room, "%s", best);
    } else if (strncmp(digest, "sha256:", 7) == 0) {
        snprintf(out, room, "%.*s@%s", (int)length, image, digest);
    } else {
        snprintf(out, room, "%s", id);
    }
    return sb_image_has_digest(out) || strncmp(out, "sha256:", 7) == 0
               ? 0
               : sb_fail(err, SB_EINFRA, "no digest was told of image '%s'", image);
}

static int check_name(const char *program, const char *image, struct sb_error *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:@";
    return image[0] != '-' && image[0] && image[strspn(image, letters)] == '\0'
               ? 0
               : sb_fail(err, SB_EINVAL, "%s: '%s' is no reference of an image", program, image);
}

int sb_image_resolve_store(char *out, size_t room, const char *program, const char *image,
                           struct sb_error *err)
{
    const char *const argv[] = {program, "image", "inspect", image, NULL};
    const struct sb_process_call call = {.argv = argv, .time_limit_s = 30};
    struct sb_process_result told = {0};
    char path[PATH_MAX];
    int code = check_name(program, image, err);
    if (code != 0) {
        return code;
    }
    if (sb_process_which(path, sizeof path, program, NULL) != 0 && sb_image_has_digest(image)) {
        return snprintf(out, room, "%s", image) < (int)room
                   ? 0
                   : sb_fail(err, SB_EINVAL, "%s: the image's name is too long", program);
    }
    code = sb_process_call(&told, &call, err);
    if (code != 0) {
        return code;
    }
    json_t *json = told.exit_status == 0 ? json_loads(told.output, 0, NULL) : NULL;
    if (json_array_size(json) > 0) {
        code = take_digest(out, room, json, image, err);
    } else {
        const bool local = strncmp(image, "localhost/", 10) == 0;
        code = sb_fail(err, SB_ENOTFOUND, "%s has no image '%s' here (%.*s): %s %s%s", program,
                       image, (int)strcspn(told.errors, "\n"), told.errors, program,
                       local ? "load --input FILE (scripts/images/build makes ours)" : "pull ",
                       local ? "" : image);
    }
    sb_process_result_free(&told);
    json_decref(json);
    return code;
}

int sb_image_resolve_remote(char *out, size_t room, const char *image, struct sb_error *err)
{
    int code = check_name("skopeo", image, err);
    if (code != 0 || sb_image_has_digest(image)) {
        snprintf(out, room, "%s", image);
        return code;
    }
    char where[1024];
    char path[PATH_MAX];
    snprintf(where, sizeof where, "docker://%s", image);
    const char *const argv[] = {"skopeo", "inspect", "--format", "{{.Digest}}", where, NULL};
    const struct sb_process_call call = {.argv = argv, .time_limit_s = 60};
    struct sb_process_result told = {0};
    if (sb_process_which(path, sizeof path, "skopeo", NULL) != 0) {
        return sb_fail(err, SB_EABSENT,
                       "skopeo, which looks up the digest of '%s', is not installed: apt install "
                       "skopeo, or name it by digest",
                       image);
    }
    code = sb_process_answer(&told, &call, err);
    if (code == 0) {
        told.output[strcspn(told.output, "\n")] = '\0';
        snprintf(out, room, "%.*s@%s", (int)repository_length(image), image, told.output);
        code = sb_image_has_digest(out)
                   ? 0
                   : sb_fail(err, SB_EINFRA, "skopeo told no digest of '%s'", image);
        sb_process_result_free(&told);
    }
    return code;
}
