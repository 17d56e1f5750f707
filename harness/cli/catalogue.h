/* SPDX-License-Identifier: Apache-2.0 */
/** Tables of what there is: kernels, presets, parameters, backends, targets. */
#ifndef SB_CATALOGUE_H
#define SB_CATALOGUE_H

#include "harness/cli/table.h"
#include "harness/plan/campaign.h"
#include "kernels/kernel.h"

/** Fills @p table (not initialised; freed by the caller also on errors) for the kernels named (none: all built in). */
int sb_catalogue_kernels(struct sb_table *table, const struct sb_strings *kernels,
                         struct sb_error *err);
int sb_catalogue_presets(struct sb_table *table, const struct sb_strings *kernels,
                         struct sb_error *err);
int sb_catalogue_parameters(struct sb_table *table, const struct sb_strings *kernels,
                            struct sb_error *err);
/** One row per device, or per backend without any, with its reason. */
int sb_catalogue_backends(struct sb_table *table, const struct sb_strings *names,
                          struct sb_error *err);
/** One row per data sheet; with @p names (sheets or files), one per figure with its source. */
int sb_catalogue_sheets(struct sb_table *table, const struct sb_strings *names,
                        struct sb_error *err);

/** One row per scheduler: whether it answers here, and how many places it offers. */
int sb_catalogue_schedulers(struct sb_table *table, const struct sb_strings *names,
                            struct sb_error *err);
/** One row per container engine: its version, or why it is not here. */
int sb_catalogue_engines(struct sb_table *table, const struct sb_strings *names,
                         struct sb_error *err);
/** One row per place of the usual site file, or of the file named, and "local". */
int sb_catalogue_places(struct sb_table *table, const struct sb_strings *names,
                        struct sb_error *err);

/** One row per target and backend that knows it (@p names: only these): whether it compiles, what emulates it here. */
int sb_catalogue_targets(struct sb_table *table, const struct sb_strings *names,
                         struct sb_error *err);

/** One row per counter source: its version, or why it is not here; with @p names (sources), one per event. */
int sb_catalogue_counters(struct sb_table *table, const struct sb_strings *names,
                          struct sb_error *err);
/** One row per metric; with @p names (metrics), one per formula. */
int sb_catalogue_metrics(struct sb_table *table, const struct sb_strings *names,
                         struct sb_error *err);

#endif
