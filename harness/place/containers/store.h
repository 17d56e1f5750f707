/* SPDX-License-Identifier: Apache-2.0 */
/** Engines that keep images in a store of their own and take podman's command line. */
#ifndef SB_STORE_H
#define SB_STORE_H

#include "harness/place/engines/engine.h"

struct sb_store {
    const char *engine;        /* for messages */
    const char *program;       /* "podman" */
    const char *const *global; /* words before "run"; ends with NULL; may be NULL */
    const char *const *run;    /* words after "run --rm"; ends with NULL; may be NULL */
    const char *const *nvidia; /* words that bring NVIDIA's devices inside; NULL: it cannot */
    const char *const *amd;    /* the same of AMD's */
    bool wildcards;            /* --env 'NAME*' passes all that begin so */
    bool as_user;              /* a daemon of root's starts it: run as who asked */
};

/** The command line. SB_EINVAL. */
int sb_store_wrap(struct sb_strings *out, const struct sb_wrap *wrap, const struct sb_store *store,
                  struct sb_error *err);

/** podman's ways, for what is podman with another runtime. */
extern const char *const sb_podman_run[];
int sb_podman_resolve(char *out, size_t room, const char *image, struct sb_error *err);

/** apptainer and singularity: one command line, two names. */
struct sb_apptainer {
    const char *program;
    const char *prefix; /* of variables that reach the inside ("APPTAINERENV_") */
};
int sb_apptainer_wrap(struct sb_strings *out, const struct sb_wrap *wrap,
                      const struct sb_apptainer *apptainer, struct sb_error *err);
int sb_apptainer_resolve(char *out, size_t room, const char *image, const char *program,
                         struct sb_error *err);

#endif
