/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a campaign file: an error with a sentence, or a campaign; never a crash or a leak. */
#include "harness/plan/campaign.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_campaign campaign;
    struct sb_error err = {0};
    sb_campaign_init(&campaign);
    if (sb_campaign_parse_yaml(&campaign, (const char *)data, size, "fuzz.yaml", &err) != 0 &&
        err.text[0] == '\0') {
        abort();
    }
    sb_campaign_free(&campaign);
    return 0;
}
