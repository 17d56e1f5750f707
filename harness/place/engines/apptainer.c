/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/containers/image.h"
#include "harness/place/containers/store.h"

static const struct sb_apptainer apptainer = {.program = "apptainer", .prefix = "APPTAINERENV_"};

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"apptainer", "--version", NULL};
    return sb_program_version(
        version, room, argv, "see apptainer.org (Debian 12 has none), or ask the site for a module",
        err);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    return sb_apptainer_wrap(out, what, &apptainer, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    return sb_apptainer_resolve(out, room, image, "apptainer", err);
}

const struct sb_engine sb_engine_apptainer = {
    .name = "apptainer",
    .title = "apptainer: SIF files and folders, no daemon",
    .image_form = "SIF file, folder",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
