/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/report.h"

#include "harness/oracle/compare.h"
#include "harness/util/json.h"

static json_t *compared(const struct sb_suspect *s)
{
    const struct sb_host *got = s->got->after;
    const struct sb_host *trusted = s->trusted->after;
    if (!got || !trusted) {
        return json_null();
    }
    json_t *arrays = json_array();
    double ulp = 0;
    const bool same = sb_compare_results(&ulp, got, trusted, s->cell->c.precision);
    for (int i = 0; i < got->count; ++i) {
        struct sb_difference d;
        if (got->array[i].role != SB_SCRATCH) {
            sb_compare_array(&d, got, trusted, i, s->cell->c.precision);
            json_array_append_new(arrays, sb_compare_json(&d));
        }
    }
    return json_pack("{s:b,s:o,s:o}", "same_bits", same, "ulp", sb_json_number(ulp), "arrays",
                     arrays);
}

json_t *sb_report_begin(const struct sb_suspect *s)
{
    const json_t *record = s->trusted->record;
    json_t *trusted =
        json_pack("{s:s,s:s,s:i,s:s,s:s?,s:s?}", "backend", s->trusted_cell.backend, "maths",
                  "strict", "threads", 1, "state", sb_outcome_state(s->trusted), "reason",
                  sb_json_text_or(record, "reason", NULL), "compiler",
                  sb_json_text_or(record, "build.compiler", NULL));
    return json_pack("{s:o,s:o,s:n,s:n,s:n,s:n}", "trusted", trusted, "compared", compared(s),
                     "strict", "first", "cause", "tried");
}

json_t *sb_report_tried(const struct sb_evidence *e)
{
    json_t *tried = json_array();
    for (int x = 0; x < SB_EXPERIMENTS; ++x) {
        if (e->tried[x].result == SB_UNTRIED) {
            continue;
        }
        json_array_append_new(tried, json_pack("{s:s,s:s,s:b,s:s}", "what",
                                               sb_experiment_text((enum sb_experiment)x), "result",
                                               sb_result_text(e->tried[x].result), "changed",
                                               e->tried[x].changed, "text", e->tried[x].text));
    }
    return tried;
}
