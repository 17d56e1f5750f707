/* SPDX-License-Identifier: Apache-2.0 */
/** Command lines of engines: words are added one by one, a failure is kept until the end, and nothing is ever parsed
 *  again by a shell. */
#ifndef SB_CONTAINER_WORDS_H
#define SB_CONTAINER_WORDS_H

#include "harness/place/engines/engine.h"

struct sb_words {
    struct sb_strings *words;
    int code;
};

/** Adds words; ends with NULL. */
void sb_words_add(struct sb_words *line, ...) __attribute__((sentinel));
/** Adds one word. */
void sb_words_addf(struct sb_words *line, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/** Adds all of @p list (ends with NULL; may be NULL). */
void sb_words_add_all(struct sb_words *line, const char *const *list);
/** 0, or SB_ENOMEM. */
int sb_words_end(const struct sb_words *line, struct sb_error *err);

/**
 * Refuses (SB_EINVAL, beginning with @p engine) what cannot be said to it: relative paths, paths with one of
 * @p letters (which it splits at) or a control character, names of variables that are none, a container's name or an
 * image that would be taken for an option, limits where @p limits is false or where who is not root meets cgroups of
 * version 1, which are not for users.
 */
int sb_wrap_check(const struct sb_wrap *wrap, const char *engine, const char *letters, bool limits,
                  struct sb_error *err);

/** How an engine that reads files is begun: by the runner on the node, which checks the image first. */
struct sb_begin {
    const char *
        prefix; /* the environment is set by the runner, under this prefix ("APPTAINERENV_"); NULL: it is not */
    bool mount_points;   /* the engine cannot make them */
    const char *oci;     /* a configuration for runc; NULL: none */
    const char *bundles; /* folder for the bundle of it; NULL: the node's for temporary files */
};
/** `<runner> --image <image> … --`, what follows is the engine's own command. */
void sb_words_begin(struct sb_words *line, const struct sb_wrap *wrap,
                    const struct sb_begin *begin);
#endif
