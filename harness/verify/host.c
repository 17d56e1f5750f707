/* SPDX-License-Identifier: Apache-2.0 */
/* Host copies of a case's arrays, as kernels see them (kernels/kernel.h). */
#include "kernels/kernel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int64_t sb_array_count(const struct sb_array *array)
{
    int64_t count = 1;
    for (int i = 0; i < array->rank; ++i) {
        count *= array->shape[i];
    }
    return count;
}

size_t sb_type_bytes(enum sb_type type, enum sb_precision precision)
{
    switch (type) {
    case SB_REAL:
        return precision == SB_FLOAT ? sizeof(float) : sizeof(double);
    case SB_INT64:
        return sizeof(int64_t);
    case SB_INT32:
    case SB_UINT32:
        break;
    case SB_BYTES1:
    case SB_BYTES2:
    case SB_BYTES4:
    case SB_BYTES8:
    case SB_BYTES16:
    case SB_BYTES32:
        return (size_t)1 << (type - SB_BYTES1);
    }
    return sizeof(int32_t);
}

static void *data_of(const struct sb_host *host, int index, enum sb_type type)
{
    assert(index >= 0 && index < host->count && host->array[index].type == type);
    (void)type;
    return host->data[index];
}

double *sb_reals(const struct sb_host *host, int index)
{
    return data_of(host, index, SB_REAL);
}

int32_t *sb_int32s(const struct sb_host *host, int index)
{
    return data_of(host, index, SB_INT32);
}

uint32_t *sb_uint32s(const struct sb_host *host, int index)
{
    return data_of(host, index, SB_UINT32);
}

int64_t *sb_int64s(const struct sb_host *host, int index)
{
    return data_of(host, index, SB_INT64);
}

struct sb_host *sb_host_clone(const struct sb_host *host)
{
    struct sb_host *copy = malloc(sizeof *copy);
    if (!copy) {
        return NULL;
    }
    *copy = *host;
    memset(copy->data, 0, sizeof copy->data);
    for (int i = 0; i < host->count; ++i) {
        const size_t bytes =
            (size_t)sb_array_count(&host->array[i]) * sb_type_bytes(host->array[i].type, SB_DOUBLE);
        copy->data[i] = malloc(bytes ? bytes : 1);
        if (!copy->data[i]) {
            sb_host_free(copy);
            return NULL;
        }
        memcpy(copy->data[i], host->data[i], bytes);
    }
    return copy;
}

void sb_host_free(struct sb_host *host)
{
    if (host) {
        for (int i = 0; i < host->count; ++i) {
            free(host->data[i]);
        }
        free(host);
    }
}
