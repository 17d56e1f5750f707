/* SPDX-License-Identifier: Apache-2.0 */
/** What operands mean: campaign files, kernels, campaign folders, cells. */
#ifndef SB_WHERE_H
#define SB_WHERE_H

#include "harness/campaign/folder.h"
#include "harness/plan/campaign.h"

#include <jansson.h>

/** Parent of campaigns that were not given a folder. */
#define SB_CAMPAIGNS "campaigns"

/** Reads the one operand from @p first on that is a campaign file (*.yaml, *.yml). */
int sb_where_file(struct sb_campaign *campaign, const struct sb_strings *operands, int first,
                  struct sb_error *err);
/** The operands from @p first on that are kernels; where there are any, they replace those of the file. */
int sb_where_kernels(struct sb_campaign *campaign, const struct sb_strings *operands, int first,
                     struct sb_error *err);
/** The folder that @p operand names, or the newest campaign where it is NULL. SB_ENOTFOUND. */
int sb_where_campaign(char *out, size_t room, const char *operand, struct sb_error *err);
/**
 * campaigns/<the plan's id>, created; where that is taken (a second may see two runs), the id and the folder get a number: "-2", …
 * Where it cannot be created, that of the id as it is: making the campaign says why.
 */
void sb_where_new(char *out, size_t room, struct sb_plan *plan);
/** Whether the process of the last attempt still lives (and is the same: its start time). */
bool sb_where_running(const struct sb_folder *folder);
/** The cell whose id begins with @p text, or whose name alone holds it. SB_ENOTFOUND; SB_EINVAL names some of several. */
int sb_where_cell(const struct sb_cell **out, const struct sb_folder *folder, const char *text,
                  struct sb_error *err);
/** The record that @p cell left; new reference. SB_ENOTFOUND where it has not ended. */
int sb_where_record(json_t **out, const struct sb_folder *folder, const struct sb_cell *cell,
                    struct sb_error *err);
/** All records of ended cells as an array; new reference. */
int sb_where_records(json_t **out, const struct sb_folder *folder, struct sb_error *err);

#endif
