/* SPDX-License-Identifier: Apache-2.0 */
/** A case's arrays between host (reals as double) and device (the case's precision). */
#ifndef SB_ARRAYS_H
#define SB_ARRAYS_H

#include "backends/backend.h"

/** Host arrays of @p c, filled with the inputs, rounded to the precision. Freed with sb_host_free(). SB_ENOMEM. */
int sb_arrays_fill(struct sb_host **out, const struct sb_case *c, struct sb_error *err);
/** Allocates all arrays on the device. */
int sb_arrays_allocate(struct sb_exec *exec, const struct sb_backend *backend,
                       const struct sb_case *c, const struct sb_host *host, struct sb_error *err);
/** What SB_OUT and SB_SCRATCH hold before a repetition: a result that follows it was never written. */
struct sb_poison {
    enum sb_poison_kind {
        SB_POISON_NAN, /* reals NaN, integers 0xA5… */
        SB_POISON_ZERO,
        SB_POISON_ONE /* as a number */
    } kind;
    int array; /* 0: every one; else only that of number array − 1, the others as usual */
};
/** Uploads the inputs and poisons the others. */
int sb_arrays_reset(struct sb_exec *exec, const struct sb_backend *backend, const struct sb_case *c,
                    const struct sb_host *host, const struct sb_poison *poison,
                    struct sb_error *err);
/** Downloads all arrays into new host arrays; @p digest gets the SHA-256 of SB_OUT and SB_INOUT as they are. */
int sb_arrays_collect(struct sb_host **out, char digest[65], struct sb_exec *exec,
                      const struct sb_backend *backend, const struct sb_case *c,
                      const struct sb_host *like, struct sb_error *err);

#endif
