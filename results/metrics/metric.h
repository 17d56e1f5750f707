/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One vocabulary of metrics: `metrics.yaml` has a row for each (name, unit, direction, meaning; per source and architecture a
 * formula over that source's events, where the formula is published, and what its value counts). Embedded in both programs.
 * Same names are not the same thing everywhere: each value carries tags (tags.h), and a comparison across unlike ones is refused.
 */
#ifndef SB_METRIC_H
#define SB_METRIC_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum sb_direction { SB_DIRECTION_NONE, SB_MORE_IS_BETTER, SB_LESS_IS_BETTER };

struct sb_metric {
    const char *name, *unit, *meaning;
    enum sb_direction direction;
};
/** Number of metrics, and the row of each, in the order of the file. */
int sb_metric_count(void);
const struct sb_metric *sb_metric_at(int i);
/** SB_ENOTFOUND with the closest name. */
const struct sb_metric *sb_metric_find(const char *name, struct sb_error *err);

/**
 * Adds `counters.metrics` to a record that has `counters.sources`: every metric for which a source read what its formula
 * needs, by the first formula that fits source, architecture and device; with the value that the kernel's own formulas
 * (`work`) let expect, and value over expected, where there is one. SB_ENOMEM only.
 */
int sb_metrics_derive(json_t *record, struct sb_error *err);

/**
 * Calls @p each for every event of @p source that the first fitting formula of metric @p name needs on @p machine
 * (sb_metrics_machine()). SB_ENOTFOUND: no such metric; SB_EABSENT: no formula over this source on this machine.
 */
int sb_metric_events(const char *name, const char *source, const char *machine,
                     int (*each)(const char *event, void *payload), void *payload,
                     struct sb_error *err);
/**
 * What ran a record's cell: "x86_64/AuthenticAMD/25/17" (architecture, vendor, family, model), "aarch64/0x41/0x0/0xd4f"
 * (implementer, variant, part), "nvidia/sm_90", "amd/gfx942"; an emulated one "aarch64", "riscv64".
 */
void sb_metrics_machine(char *out, size_t room, const json_t *record);

/** Whether two values of a metric (two entries of `counters.metrics`) say the same thing; else @p reason gets "not comparable,
 *  because …". */
bool sb_metrics_comparable(char *reason, size_t room, const json_t *a, const json_t *b);

#endif
