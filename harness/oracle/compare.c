/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/compare.h"

#include "harness/util/json.h"
#include "harness/verify/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double value_of(const struct sb_host *host, int array, int64_t i)
{
    const void *data = host->data[array];
    switch (host->array[array].type) {
    case SB_REAL:
        return ((const double *)data)[i];
    case SB_INT32:
        return ((const int32_t *)data)[i];
    case SB_UINT32:
        return ((const uint32_t *)data)[i];
    case SB_INT64:
        return (double)((const int64_t *)data)[i];
    default: { /* bytes of a type that is not known here: as many as a number holds */
        const size_t bytes = sb_type_bytes(host->array[array].type, SB_DOUBLE);
        uint32_t low = 0;
        memcpy(&low, (const char *)data + (size_t)i * bytes,
               bytes < sizeof low ? bytes : sizeof low);
        return low;
    }
    }
}

static bool same(const struct sb_host *a, int in_a, const struct sb_host *b, int in_b, int64_t i)
{
    const size_t bytes = sb_type_bytes(a->array[in_a].type, SB_DOUBLE);
    if (memcmp((const char *)a->data[in_a] + (size_t)i * bytes,
               (const char *)b->data[in_b] + (size_t)i * bytes, bytes) == 0) {
        return true;
    }
    return a->array[in_a].type == SB_REAL && isnan(value_of(a, in_a, i)) &&
           isnan(value_of(b, in_b, i));
}

static double distance(enum sb_type type, enum sb_precision precision, double got, double trusted)
{
    /* +0 and −0 are equal and not the same: no distance, though their bits differ */
    return type == SB_REAL ? sb_verdict_ulps(precision, got, trusted) : fabs(got - trusted);
}

void sb_compare_array(struct sb_difference *out, const struct sb_host *got,
                      const struct sb_host *trusted, int index, enum sb_precision precision)
{
    const struct sb_array *array = &got->array[index];
    const int there = sb_compare_find(trusted, array);
    *out = (struct sb_difference){
        .array = array, .count = sb_array_count(array), .first = -1, .worst = -1};
    for (int64_t i = 0; there >= 0 && i < out->count; ++i) {
        if (same(got, index, trusted, there, i)) {
            continue;
        }
        const double a = value_of(got, index, i);
        const double b = value_of(trusted, there, i);
        const double ulp = distance(array->type, precision, a, b);
        if (out->differ++ == 0) {
            out->first = i;
            out->first_got = a;
            out->first_trusted = b;
            out->first_ulp = ulp;
        }
        if (out->worst < 0 || ulp > out->ulp) {
            out->worst = i;
            out->got = a;
            out->trusted = b;
            out->ulp = ulp;
        }
    }
}

int sb_compare_find(const struct sb_host *side, const struct sb_array *array)
{
    for (int i = 0; i < side->count; ++i) {
        const struct sb_array *other = &side->array[i];
        if (strcmp(other->name, array->name) == 0 && other->type == array->type &&
            other->rank == array->rank &&
            memcmp(other->shape, array->shape, (size_t)array->rank * sizeof *array->shape) == 0) {
            return i;
        }
    }
    return -1;
}

bool sb_compare_results(double *out_ulp, const struct sb_host *got, const struct sb_host *trusted,
                        enum sb_precision precision)
{
    bool all = true;
    *out_ulp = 0;
    for (int i = 0; i < got->count; ++i) {
        if (got->array[i].role == SB_SCRATCH) {
            continue;
        }
        struct sb_difference d;
        sb_compare_array(&d, got, trusted, i, precision);
        all = all && d.differ == 0;
        *out_ulp = d.differ && d.ulp > *out_ulp ? d.ulp : *out_ulp;
    }
    return all;
}

bool sb_compare_first(struct sb_difference *out, const struct sb_host *got,
                      const struct sb_host *trusted, enum sb_precision precision)
{
    for (int i = 0; i < got->count; ++i) {
        sb_compare_array(out, got, trusted, i, precision);
        if (out->differ > 0) {
            return true;
        }
    }
    return false;
}

void sb_compare_name(char *out, size_t room, const struct sb_array *array, int64_t index)
{
    int64_t at[SB_MAX_RANK];
    for (int d = array->rank - 1; d >= 0; --d) {
        const int64_t extent = array->shape[d] > 0 ? array->shape[d] : 1;
        at[d] = index % extent;
        index /= extent;
    }
    size_t used = (size_t)snprintf(out, room, "%s", array->name);
    for (int d = 0; d < array->rank && used < room; ++d) {
        used += (size_t)snprintf(out + used, room - used, "[%" PRId64 "]", at[d]);
    }
}

json_t *sb_compare_json(const struct sb_difference *d)
{
    char name[200] = "";
    if (d->worst >= 0) {
        sb_compare_name(name, sizeof name, d->array, d->worst);
    }
    json_t *json = json_pack("{s:s,s:I,s:I}", "array", d->array->name, "count",
                             (json_int_t)d->count, "differ", (json_int_t)d->differ);
    if (d->worst >= 0) {
        json_object_set_new(json, "element", json_string(name));
        json_object_set_new(json, "got", sb_json_number(d->got));
        json_object_set_new(json, "trusted", sb_json_number(d->trusted));
        json_object_set_new(json, "ulp", sb_json_number(d->ulp));
    }
    return json;
}
