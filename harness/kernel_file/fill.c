/* SPDX-License-Identifier: Apache-2.0 */
/* Initial values of the arrays of a file. */
#include "harness/kernel_file/kernel_file.h"

#include <string.h>

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static double value_of(const struct sb_file_array *array, int64_t i, uint64_t *state)
{
    const struct sb_fill *fill = &array->fill;
    if (fill->rule == SB_FILL_RAMP) {
        return fill->a + fill->b * (double)i;
    }
    if (fill->rule == SB_FILL_VALUE) {
        return fill->a;
    }
    const double share = (double)(next(state) >> 11) * 0x1p-53; /* [0, 1) */
    if (array->element->scalar == SB_SCALAR_REAL) {
        return fill->a + share * (fill->b - fill->a);
    }
    const double many = fill->b - fill->a + 1;
    return fill->a + (double)(int64_t)(share * many);
}

static void store(unsigned char *to, const struct sb_element *element, double value)
{
    if (element->scalar == SB_SCALAR_REAL) {
        const float narrow = (float)value;
        memcpy(to, element->scalar_bytes == 8 ? (const void *)&value : &narrow,
               (size_t)element->scalar_bytes);
        return;
    }
    const double limit = 0x1p63;
    const int64_t whole = value >= limit ? INT64_MAX : value <= -limit ? INT64_MIN : (int64_t)value;
    memcpy(to, &whole, (size_t)element->scalar_bytes); /* little-endian: the low bytes, as a cast */
}

void sb_file_array_fill(void *out, const struct sb_file_array *array, uint64_t seed)
{
    if (array->fill.rule == SB_FILL_NOTHING) {
        return;
    }
    unsigned char *to = out;
    uint64_t state = seed;
    const int64_t scalars = sb_file_array_count(array) * array->element->lanes;
    for (int64_t i = 0; i < scalars; ++i) {
        store(to + i * array->element->scalar_bytes, array->element, value_of(array, i, &state));
    }
}
