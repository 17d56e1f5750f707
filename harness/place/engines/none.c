/* SPDX-License-Identifier: Apache-2.0 */
/* No container: the runner of the node itself. */
#include "harness/place/containers/words.h"

#include <stdio.h>
#include <string.h>

static int probe(char *version, size_t room, struct sb_error *err)
{
    (void)err;
    snprintf(version, room, "%s", SB_VERSION);
    return 0;
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    const int code = sb_wrap_check(what, "none", "", false, err);
    if (code != 0) {
        return code;
    }
    struct sb_words line = {.words = out};
    if (what->environment && what->environment[0]) {
        if (strchr(what->argv[0], '=')) {
            return sb_fail(err, SB_EINVAL, "none: a program '%s' would be taken for a variable",
                           what->argv[0]);
        }
        sb_words_add(&line, "env", NULL);
        sb_words_add_all(&line, what->environment);
    }
    sb_words_add_all(&line, what->argv);
    return sb_words_end(&line, err);
}

const struct sb_engine sb_engine_none = {
    .name = "none",
    .title = "no container: the node's own programs",
    .image_form = "none",
    .probe = probe,
    .wrap = wrap,
};
