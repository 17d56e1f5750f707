/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/where.h"

#include "harness/campaign/lease.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

void sb_where_new(char *out, size_t room, struct sb_plan *plan)
{
    char id[sizeof plan->id];
    memcpy(id, plan->id, sizeof id);
    snprintf(out, room, "%s/%s", SB_CAMPAIGNS, id);
    bool taken = sb_fs_mkdirs(SB_CAMPAIGNS, NULL) == 0 && mkdir(out, 0700) != 0 && errno == EEXIST;
    for (int n = 2; taken && n < 1000; ++n) {
        snprintf(plan->id, sizeof plan->id, "%.90s-%d", id, n);
        snprintf(out, room, "%s/%s", SB_CAMPAIGNS, plan->id);
        taken = mkdir(out, 0700) != 0 && errno == EEXIST;
    }
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
    struct sb_lease lease;
    return sb_lease_read(&lease, folder->path) == 0 && sb_lease_alive(&lease, folder->path, 0);
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

int sb_where_cell(const struct sb_cell **out, const struct sb_folder *folder, const char *text,
                  struct sb_error *err)
{
    char some[1024] = "";
    int found = 0;
    *out = sb_plan_find(&folder->plan, text);
    for (int i = 0; !*out && i < folder->plan.cell_count; ++i) {
        const struct sb_cell *cell = &folder->plan.cell[i];
        char name[512];
        sb_cell_name(name, sizeof name, cell);
        if (!strstr(name, text) && strncmp(cell->id, text, strlen(text)) != 0) {
            continue;
        }
        const size_t used = strlen(some);
        if (++found <= 5) {
            snprintf(some + used, sizeof some - used, "%s%s (%s)", found > 1 ? ", " : "", cell->id,
                     name);
        }
    }
    if (*out) {
        return SB_OK;
    }
    if (found == 1) {
        some[12] = '\0'; /* the id, which is 12 characters */
        *out = sb_plan_find(&folder->plan, some);
        return SB_OK;
    }
    if (found == 0) {
        return sb_fail(err, SB_ENOTFOUND,
                       "%s: no cell is called '%s'; 'switchbench status --cells' lists them",
                       folder->path, text);
    }
    return sb_fail(err, SB_EINVAL, "'%s' could be any of %d cells: %s%s", text, found, some,
                   found > 5 ? ", …" : "");
}

struct wanted {
    const char *id;
    json_t *record;
};

static int keep_wanted(json_t *record, void *payload)
{
    struct wanted *wanted = payload;
    if (strcmp(sb_json_text_or(record, "cell", ""), wanted->id) == 0) {
        json_decref(wanted->record);
        wanted->record = json_incref(record);
    }
    return 0;
}

int sb_where_record(json_t **out, const struct sb_folder *folder, const struct sb_cell *cell,
                    struct sb_error *err)
{
    struct wanted wanted = {.id = cell->id};
    const int rc = sb_folder_records(folder, keep_wanted, &wanted, err);
    if (rc == SB_OK && !wanted.record) {
        return sb_fail(err, SB_ENOTFOUND, "%s: cell %s has not ended, so it has no record yet",
                       folder->path, cell->id);
    }
    *out = wanted.record;
    return rc;
}
