/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a line of a records file. */
#include "harness/record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *record = NULL;
    struct sb_error err = {0};
    if (sb_record_parse(&record, (const char *)data, size, "fuzz", &err) == 0) {
        json_decref(record);
    } else if (err.text[0] == '\0') {
        abort();
    }
    return 0;
}
