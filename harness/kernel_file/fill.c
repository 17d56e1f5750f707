/* SPDX-License-Identifier: Apache-2.0 */
/* Initial values of the arrays of a file. */
#include "harness/kernel_file/kernel_file.h"

#include <inttypes.h>
#include <stdio.h>
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

void sb_file_scalar_show(char *out, size_t room, const struct sb_element *element, const void *from)
{
    if (element->scalar == SB_SCALAR_REAL) {
        double wide = 0;
        float narrow = 0;
        memcpy(element->scalar_bytes == 8 ? (void *)&wide : &narrow, from,
               (size_t)element->scalar_bytes);
        snprintf(out, room, element->scalar_bytes == 8 ? "%.17g" : "%.9g",
                 element->scalar_bytes == 8 ? wide : (double)narrow);
        return;
    }
    uint64_t bits = 0;
    memcpy(&bits, from, (size_t)element->scalar_bytes);
    const int unused = 64 - 8 * element->scalar_bytes;
    if (element->scalar == SB_SCALAR_SIGNED) {
        snprintf(out, room, "%" PRId64, (int64_t)(bits << unused) >> unused);
    } else {
        snprintf(out, room, "%" PRIu64, bits);
    }
}
