/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/where.h"

#include "harness/util/fs.h"
#include "harness/util/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_campaign_file(const char *text)
{
    const char *dot = strrchr(text, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

int sb_where_file(struct sb_campaign *campaign, const struct sb_strings *operands, int first,
                  struct sb_error *err)
{
    const char *file = NULL;
    for (int i = first; i < operands->count; ++i) {
        if (!is_campaign_file(operands->item[i])) {
            continue;
        }
        if (file) {
            return sb_fail(err, SB_EINVAL, "expected one campaign file, got '%s' and '%s'", file,
                           operands->item[i]);
        }
        file = operands->item[i];
    }
    return file ? sb_campaign_read_yaml(campaign, file, err) : SB_OK;
}

int sb_where_kernels(struct sb_campaign *campaign, const struct sb_strings *operands, int first,
                     struct sb_error *err)
{
    bool replaced = false;
    for (int i = first; i < operands->count; ++i) {
        if (is_campaign_file(operands->item[i])) {
            continue;
        }
        if (!replaced) {
            sb_strings_free(&campaign->kernels);
            replaced = true;
        }
        if (sb_strings_add(&campaign->kernels, operands->item[i])) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return SB_OK;
}

int sb_where_campaign(char *out, size_t room, const char *operand, struct sb_error *err)
{
    if (!operand) {
        const int rc = sb_folder_newest(out, room, SB_CAMPAIGNS, err);
        return rc == SB_ENOTFOUND ? sb_fail(err, rc,
                                            "no campaign in '%s' here; name its folder, or begin "
                                            "one with 'switchbench run'",
                                            SB_CAMPAIGNS)
                                  : rc;
    }
    if ((size_t)snprintf(out, room, "%s", operand) >= room) {
        return sb_fail(err, SB_EINVAL, "the path is too long: %s", operand);
    }
    return SB_OK;
}

bool sb_where_running(const struct sb_folder *folder)
{
    return folder->pid > 0 && sb_process_start_time(folder->pid) == folder->pid_start &&
           folder->pid_start > 0;
}

static int append(json_t *record, void *payload)
{
    return json_array_append(payload, record) ? SB_ENOMEM : 0;
}

int sb_where_records(json_t **out, const struct sb_folder *folder, struct sb_error *err)
{
    *out = json_array();
    if (!*out) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const int rc = sb_folder_records(folder, append, *out, err);
    if (rc) {
        json_decref(*out);
        *out = NULL;
        return rc == SB_ENOMEM ? sb_fail(err, rc, "out of memory") : rc;
    }
    return SB_OK;
}
