/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/attain.h"

#include "harness/util/json.h"
#include "results/bound/attainable.h"
#include "results/bound/peaks_file.h"

#include <stdio.h>

/* Documents by what they are of, and the sentences where there is none: cells of a job share few of them. */
static json_t *known;

static const json_t *peaks_for(const json_t *record)
{
    char key[400];
    snprintf(key, sizeof key, "%s %s %s", sb_json_text_or(record, "backend", ""),
             sb_json_text_or(record, "device.name", ""),
             sb_json_text_or(record, "device.target", ""));
    known = known ? known : json_object();
    const json_t *found = json_object_get(known, key);
    if (!found) {
        json_t *document = NULL;
        struct sb_error err = {0};
        if (sb_peaks_file_read(&document, record, &err) != 0) {
            document = json_string(err.text);
        }
        json_object_set_new(known, key, document);
        found = document;
    }
    return found;
}

void sb_attain(json_t *record, int threads)
{
    struct sb_error err = {0};
    json_t *told = NULL;
    if (!json_is_object(json_object_get(record, "timing"))) {
        return;
    }
    const json_t *peaks = peaks_for(record);
    if (!json_is_object(peaks)) {
        json_object_set(record, "attainable_reason", (json_t *)peaks);
    } else if (sb_attainable(&told, record, peaks, threads, &err) == 0) {
        json_object_set_new(record, "attainable", told);
    } else {
        json_object_set_new(record, "attainable_reason", json_string(err.text));
    }
}
