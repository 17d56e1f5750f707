/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as site.yaml, and as plan.json: an error with a sentence, or what can be given back; never a crash or a leak. */
#include "harness/place/site.h"
#include "harness/plan/plan.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_site site;
    struct sb_plan plan;
    struct sb_error err = {0};
    if (sb_site_parse(&site, (const char *)data, size, "site.yaml", &err) == 0) {
        sb_site_free(&site);
    } else if (err.text[0] == '\0') {
        abort();
    }
    err = (struct sb_error){0};
    if (sb_plan_parse(&plan, (const char *)data, size, "plan.json", &err) == 0) {
        sb_plan_free(&plan);
    } else if (err.text[0] == '\0') {
        abort();
    }
    return 0;
}
