/* SPDX-License-Identifier: Apache-2.0 */
/** Two states of a case's arrays, element by element. Touches no device. */
#ifndef SB_COMPARE_ARRAYS_H
#define SB_COMPARE_ARRAYS_H

#include "kernels/kernel.h"

#include <jansson.h>
#include <stdbool.h>

/** One array on both sides. An element is the same where its bits are, or where both are no number. */
struct sb_difference {
    const struct sb_array *array;
    int64_t count, differ; /* elements; those that are not the same */
    int64_t first, worst;  /* indices into the array, row by row; −1 where all are the same */
    double first_got, first_trusted, first_ulp;
    double got, trusted, ulp; /* of the worst; integers: ulp is the distance */
};

/** Compares array number @p index, which has as many elements on both sides. */
void sb_compare_array(struct sb_difference *out, const struct sb_host *got,
                      const struct sb_host *trusted, int index, enum sb_precision precision);
/** The same array of the other side: its name, type and shape; −1 where it has none such. */
int sb_compare_find(const struct sb_host *side, const struct sb_array *array);
/** Whether all arrays but SB_SCRATCH are the same; the largest distance goes to @p out_ulp. */
bool sb_compare_results(double *out_ulp, const struct sb_host *got, const struct sb_host *trusted,
                        enum sb_precision precision);
/** The first array, in their order, that differs, the scratch ones too; false: none. */
bool sb_compare_first(struct sb_difference *out, const struct sb_host *got,
                      const struct sb_host *trusted, enum sb_precision precision);
/** "u[3][17]" of element number @p index. */
void sb_compare_name(char *out, size_t room, const struct sb_array *array, int64_t index);
/** {"array", "count", "differ", "index": […], "got", "trusted", "ulp"}, the worst element; new reference. */
json_t *sb_compare_json(const struct sb_difference *difference);

#endif
