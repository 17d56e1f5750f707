/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The report of a campaign: one HTML file that works offline, and the same plots as figures for papers. It is a pure
 * function of the campaign's records: no clock, no randomness, the same rows give the same bytes.
 *
 * A plot is a file plots/<name>.vl.json, a Vega-Lite specification whose data is called "rows"; its usermeta says
 *   query  the named query of results/queries that gives the rows
 *   order  its place on the page (then by name)
 * and its description is the text under the heading. Nothing else knows it.
 */
#ifndef SB_REPORT_H
#define SB_REPORT_H

#include "harness/util/error.h"

/**
 * Writes the page of the campaign in @p campaign_folder to @p out_path, old or new and never half. Without the plots'
 * runtime (it is fetched when switchbench is built) the page says in a sentence how to get it and has everything
 * else. Errors: SB_ENOTFOUND (no campaign there), SB_EIO, SB_ENOMEM.
 */
int sb_report_write(const char *campaign_folder, const char *out_path, struct sb_error *err);

/**
 * Writes every plot to @p out_dir (created): <plot>.vl.json with its data inside, and <plot>.<format> for every one of
 * @p formats_csv ("svg,png,pdf"; NULL: these three). Blocks while python3 renders them. Errors: SB_EINVAL (unknown
 * format), SB_EABSENT (no python3 or no vl-convert: one sentence on how to get it), SB_ENOTFOUND, SB_EIO, SB_ENOMEM.
 */
int sb_report_figures(const char *campaign_folder, const char *out_dir, const char *formats_csv,
                      struct sb_error *err);

#endif
