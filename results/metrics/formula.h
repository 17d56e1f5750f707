/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Formulas of metrics: numbers, + - * /, parentheses, min(a, b), max(a, b), and names:
 *   [event]      value of an event of the formula's source, of one repetition      idle[event]  of the window without work
 *   wall[event]  seconds by the host's clock of the repetition that gave its value, with what lies between repetitions
 *   <metric>     value of another metric of the record
 *   word         a fact of the record: flop, read_bytes, write_bytes, write_allocate_bytes (of the kernel's own formulas),
 *                array_bytes (of the case), beyond_cache (1 where its arrays are many times the caches, else 0), double, float (1 for the case's precision, else 0), time_s (median repetition), idle_s (the window without work), cores (of the device), simd_bytes (width of the node's vectors)
 */
#ifndef SB_FORMULA_H
#define SB_FORMULA_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

enum sb_name_kind { SB_NAME_EVENT, SB_NAME_IDLE, SB_NAME_WALL, SB_NAME_METRIC, SB_NAME_WORD };

/** Finds the value of a name (@p length bytes, not terminated); false: there is none. */
typedef bool (*sb_name_value)(double *out, enum sb_name_kind kind, const char *name, size_t length,
                              void *payload);

/**
 * Evaluates @p text. SB_EPARSE with the place and what was expected; SB_ENOTFOUND: a name has no value, which it names;
 * SB_EINVAL: the value is not finite (a division by 0).
 */
int sb_formula_value(double *out, const char *text, sb_name_value value, void *payload,
                     struct sb_error *err);

/** Calls @p each for every name in @p text, without evaluating. SB_EPARSE. */
int sb_formula_names(const char *text,
                     int (*each)(enum sb_name_kind kind, const char *name, size_t length,
                                 void *payload),
                     void *payload, struct sb_error *err);

#endif
