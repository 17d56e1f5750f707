/* SPDX-License-Identifier: Apache-2.0 */
/* No container: the command as it is. */
#include "harness/place/engines/engine.h"

#include <stdio.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    (void)err;
    snprintf(version, room, "-");
    return 0;
}

static int wrap(struct sb_strings *out, const struct sb_wrap *wrap, struct sb_error *err)
{
    for (size_t i = 0; wrap->argv[i]; ++i) {
        if (sb_strings_add(out, wrap->argv[i]) != 0) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return 0;
}

const struct sb_engine sb_engine_none = {
    .name = "none",
    .title = "no container",
    .image_form = "none",
    .probe = probe,
    .wrap = wrap,
};
