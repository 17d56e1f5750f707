/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/arrays.h"

#include "harness/util/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POISON 0xA5

static size_t device_bytes(const struct sb_case *c, const struct sb_array *array)
{
    return (size_t)sb_array_count(array) * sb_type_bytes(array->type, c->precision);
}

static int new_host(struct sb_host **out, const struct sb_case *c, struct sb_error *err)
{
    struct sb_host *host = calloc(1, sizeof *host);
    if (!host) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    host->count = c->kernel->arrays(host->array, c);
    for (int i = 0; i < host->count; ++i) {
        const size_t bytes =
            (size_t)sb_array_count(&host->array[i]) * sb_type_bytes(host->array[i].type, SB_DOUBLE);
        host->data[i] = calloc(bytes ? bytes : 1, 1);
        if (!host->data[i]) {
            sb_host_free(host);
            return sb_fail(err, SB_ENOMEM,
                           "no memory for the host's copy of array '%s' (%zu bytes)",
                           host->array[i].name, bytes);
        }
    }
    *out = host;
    return 0;
}

int sb_arrays_fill(struct sb_host **out, const struct sb_case *c, struct sb_error *err)
{
    const int code = new_host(out, c, err);
    if (code != 0) {
        return code;
    }
    struct sb_host *host = *out;
    c->kernel->fill(c, host);
    for (int i = 0; c->precision == SB_FLOAT && i < host->count; ++i) {
        double *reals = host->array[i].type == SB_REAL ? host->data[i] : NULL;
        const int64_t count = reals ? sb_array_count(&host->array[i]) : 0;
        for (int64_t k = 0; k < count; ++k) {
            reals[k] = (double)(float)reals[k];
        }
    }
    return 0;
}

int sb_arrays_allocate(struct sb_exec *exec, const struct sb_backend *backend,
                       const struct sb_case *c, const struct sb_host *host, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < host->count; ++i) {
        code =
            backend->allocate(exec, i, host->array[i].name, device_bytes(c, &host->array[i]), err);
    }
    return code;
}

static void poison_integers(void *to, size_t bytes, size_t width, enum sb_poison_kind kind)
{
    memset(to, kind == SB_POISON_NAN ? POISON : 0, bytes);
    for (size_t i = 0; kind == SB_POISON_ONE && i < bytes; i += width) {
        ((unsigned char *)to)[i] = 1; /* the low byte: every machine here is little-endian */
    }
}

static void poison_array(void *to, const struct sb_case *c, const struct sb_array *array,
                         enum sb_poison_kind kind)
{
    const int64_t count = sb_array_count(array);
    const double value = kind == SB_POISON_NAN ? (double)NAN : kind == SB_POISON_ONE ? 1 : 0;
    if (array->type != SB_REAL) {
        poison_integers(to, device_bytes(c, array), sb_type_bytes(array->type, c->precision), kind);
    }
    for (int64_t k = 0; array->type == SB_REAL && k < count; ++k) {
        if (c->precision == SB_FLOAT) {
            ((float *)to)[k] = (float)value;
        } else {
            ((double *)to)[k] = value;
        }
    }
}

/* The device's form of one array: as it is, narrowed, or poison. */
static void stage(void *to, const struct sb_case *c, const struct sb_array *array, const void *data,
                  enum sb_poison_kind kind)
{
    const int64_t count = sb_array_count(array);
    if (array->role == SB_OUT || array->role == SB_SCRATCH) {
        poison_array(to, c, array, kind);
    } else if (array->type == SB_REAL && c->precision == SB_FLOAT) {
        float *narrow = to;
        const double *wide = data;
        for (int64_t k = 0; k < count; ++k) {
            narrow[k] = (float)wide[k];
        }
    } else {
        memcpy(to, data, device_bytes(c, array));
    }
}

static void *staging(const struct sb_case *c, const struct sb_host *host, struct sb_error *err)
{
    size_t most = 1;
    for (int i = 0; i < host->count; ++i) {
        const size_t bytes = device_bytes(c, &host->array[i]);
        most = bytes > most ? bytes : most;
    }
    void *memory = malloc(most);
    if (!memory) {
        sb_fail(err, SB_ENOMEM, "no memory for copying %zu bytes", most);
    }
    return memory;
}

int sb_arrays_reset(struct sb_exec *exec, const struct sb_backend *backend, const struct sb_case *c,
                    const struct sb_host *host, const struct sb_poison *poison,
                    struct sb_error *err)
{
    void *memory = staging(c, host, err);
    int code = memory ? 0 : SB_ENOMEM;
    for (int i = 0; code == 0 && i < host->count; ++i) {
        const bool meant = poison && (poison->array == 0 || poison->array == i + 1);
        stage(memory, c, &host->array[i], host->data[i], meant ? poison->kind : SB_POISON_NAN);
        code = backend->upload(exec, i, memory, err);
    }
    free(memory);
    return code;
}

int sb_arrays_collect(struct sb_host **out, char digest[65], struct sb_exec *exec,
                      const struct sb_backend *backend, const struct sb_case *c,
                      const struct sb_host *like, struct sb_error *err)
{
    struct sb_hash *hash = sb_hash_new();
    void *memory = staging(c, like, err);
    int code = memory ? new_host(out, c, err) : SB_ENOMEM;
    for (int i = 0; code == 0 && i < like->count; ++i) {
        const struct sb_array *array = &like->array[i];
        code = backend->download(exec, i, memory, err);
        if (code != 0) {
            sb_host_free(*out);
            *out = NULL;
            break;
        }
        if (array->role == SB_OUT || array->role == SB_INOUT) {
            sb_hash_add(hash, memory, device_bytes(c, array));
        }
        if (array->type == SB_REAL && c->precision == SB_FLOAT) {
            const float *narrow = memory;
            double *wide = (*out)->data[i];
            const int64_t count = sb_array_count(array);
            for (int64_t k = 0; k < count; ++k) {
                wide[k] = (double)narrow[k];
            }
        } else {
            memcpy((*out)->data[i], memory, device_bytes(c, array));
        }
    }
    sb_hash_finish(hash, digest);
    free(memory);
    return code;
}
