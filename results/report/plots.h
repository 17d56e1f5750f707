/* SPDX-License-Identifier: Apache-2.0 */
/** Inside the report: the embedded files, the plots among them, and opening a campaign's rows. */
#ifndef SB_PLOTS_H
#define SB_PLOTS_H

#include "harness/util/embedded.h"
#include "harness/util/error.h"
#include "results/store/store.h"

#include <jansson.h>

/** Templates, plots, script and runtime, by file name; ends with a NULL name. Written by CMake. */
extern const struct sb_embedded sb_report_files[];

/** The embedded file of that name; asserts that there is one. */
const struct sb_embedded *sb_report_file(const char *name);

/**
 * All plots in page order: [{name, title, description, query, spec}], spec without its usermeta. *out is a new
 * reference. Errors: SB_EPARSE "heat.vl.json: …", SB_ENOMEM.
 */
int sb_plots_load(json_t **out, struct sb_error *err);

/** Opens the index and brings it up to date with @p folder. *store is to be closed even after an error. */
int sb_report_open(struct sb_store **store, int64_t *campaign, const char *folder,
                   struct sb_error *err);

#endif
