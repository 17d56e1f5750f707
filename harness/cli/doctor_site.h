/* SPDX-License-Identifier: Apache-2.0 */
/** Writing a first site.yaml. */
#ifndef SB_DOCTOR_SITE_H
#define SB_DOCTOR_SITE_H

#include "harness/util/error.h"

/** Asks every scheduler what it offers here and writes it to @p path, which is not there yet. *found counts places. SB_EINVAL, SB_EIO. */
int sb_doctor_site(int *found, const char *path, struct sb_error *err);

#endif
