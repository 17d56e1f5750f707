/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/count.h"

void sb_count_prepare(const struct sb_strings *words, const char *backend)
{
    struct sb_counters_asked asked = {0};
    struct sb_error ignored;
    if (words->count > 0 && sb_counters_parse(&asked, words, &ignored) == 0) {
        for (int i = 0; i < asked.count; ++i) {
            const struct sb_counter_source *source = asked.of[i].source;
            if (source->prepare && sb_count_serves(source, backend)) {
                source->prepare();
            }
        }
    }
    sb_counters_asked_free(&asked);
}
