/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/picture.h"

#include "harness/run/arrays.h"
#include "harness/util/fs.h"

#include <limits.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sb_picture_write(const char *folder, const struct sb_cell *cell, const struct sb_case *c,
                     struct sb_exec *exec, const struct sb_backend *backend,
                     const struct sb_host *like, struct sb_error *err)
{
    struct sb_host *now = NULL;
    struct sb_picture picture = {0};
    char digest[65];
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.png", folder, cell->id);
    int code = sb_arrays_collect(&now, digest, exec, backend, c, like, err);
    if (code == 0 && c->kernel->picture(&picture, c, now) != 0) {
        code = sb_fail(err, SB_ENOMEM, "out of memory for the picture");
    }
    if (code == 0) {
        png_image image;
        memset(&image, 0, sizeof image);
        image.version = PNG_IMAGE_VERSION;
        image.width = (png_uint_32)picture.width;
        image.height = (png_uint_32)picture.height;
        image.format = PNG_FORMAT_GRAY;
        if (!png_image_write_to_file(&image, path, 0, picture.grey, 0, NULL)) {
            code = sb_fail(err, SB_EIO, "cannot write %s: %s", path, image.message);
        }
    }
    free(picture.grey);
    sb_host_free(now);
    return code;
}
