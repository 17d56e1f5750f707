/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the journal of a campaign of two cells, opened for writing as resume does. */
#include "harness/campaign/folder.h"
#include "harness/util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[256];

static void prepare(void)
{
    struct sb_campaign campaign;
    struct sb_plan plan;
    struct sb_folder made;
    struct sb_error err;
    snprintf(folder, sizeof folder, "/dev/shm/switchbench-fuzz-%ld/c", (long)getpid());
    sb_campaign_init(&campaign);
    sb_strings_add(&campaign.kernels, "stream");
    sb_strings_add(&campaign.presets, "tiny");
    sb_strings_add(&campaign.labels, "triad");
    if (sb_plan_make(&plan, &campaign, &err) != 0 ||
        sb_folder_create(&made, folder, &plan, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    sb_folder_close(&made);
    sb_campaign_free(&campaign);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (folder[0] == '\0') {
        prepare();
    }
    char journal[300];
    struct sb_folder opened;
    struct sb_error err = {0};
    snprintf(journal, sizeof journal, "%s/journal.jsonl", folder);
    FILE *file = fopen(journal, "we");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        abort();
    }
    if (sb_folder_open(&opened, folder, true, &err) == 0) {
        sb_folder_close(&opened);
    } else if (err.text[0] == '\0') {
        abort();
    }
    return 0;
}
