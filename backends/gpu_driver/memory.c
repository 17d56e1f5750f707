/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays on the device, the red zones beside them, and copies through pinned memory. */
#include "backends/gpu_driver/gpu_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Holds a pattern: a store that misses the array by less is found by guard(); a multiple of every alignment. */
#define ZONE_BYTES ((size_t)64 << 10)
#define PINNED_BYTES ((size_t)16 << 20)

/* A signalling NaN of the case's reals, as in backends/opencl/memory.c; one array's pattern is not another's. */
static uint32_t pattern(const struct sb_exec *exec, const struct sb_gpu_array *array,
                        enum sb_side side)
{
    const struct sb_beside *beside = &exec->beside;
    if ((beside->sides & (int)side) &&
        (beside->array < 0 || beside->array == (int)(array - exec->array))) {
        return beside->byte * 0x01010101U;
    }
    const uint32_t payload = 0xA5A0U + (uint32_t)(array - exec->array);
    return (exec->precision == SB_FLOAT ? 0xFFB70000U : 0xFFF70000U) | payload;
}

/* Bytes of the array with its last word filled up: behind it the zone begins anew. */
static size_t padded(const struct sb_gpu_array *array)
{
    return (array->bytes + 255) / 256 * 256;
}

static int paint(struct sb_exec *exec, const struct sb_gpu_array *array, struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    const size_t words = (padded(array) - array->bytes / 4 * 4 + ZONE_BYTES) / 4;
    int code = api->fill_words(array->whole, pattern(exec, array, SB_BEFORE), ZONE_BYTES / 4,
                               exec->stream);
    code = code ? code
                : api->fill_words(array->data + array->bytes / 4 * 4,
                                  pattern(exec, array, SB_BEHIND), words, exec->stream);
    code = code ? code : api->stream_wait(exec->stream);
    return sb_gpu_check(api, code, err, "writing the red zones of array '%s'", array->name);
}

static int allocate(struct sb_exec *exec, struct sb_gpu_array *array, struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    void *whole = NULL;
    size_t free_bytes = 0, total_bytes = 0;
    const size_t bytes = 2 * ZONE_BYTES + padded(array);
    api->memory_info(&free_bytes, &total_bytes);
    const int code = api->memory_allocate(&whole, bytes);
    if (code != 0) {
        return sb_gpu_check(api, code, err,
                            "array '%s' of %zu bytes (%zu of %zu bytes are free on '%s')",
                            array->name, array->bytes, free_bytes, total_bytes, exec->name);
    }
    array->whole = whole;
    array->data = array->whole + ZONE_BYTES;
    return paint(exec, array, err);
}

int sb_gpu_allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                    struct sb_error *err)
{
    if (index < 0 || index >= SB_MAX_ARRAYS || exec->array[index].bytes || bytes == 0) {
        return sb_fail(err, SB_EINVAL, "array '%s': number %d is taken or out of range, or empty",
                       name, index);
    }
    struct sb_gpu_array *array = &exec->array[index];
    snprintf(array->name, sizeof array->name, "%s", name);
    array->bytes = bytes;
    return allocate(exec, array, err);
}

static int reserve_pinned(struct sb_exec *exec, struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    for (int i = 0; i < 2; ++i) {
        void *memory = NULL;
        int code = exec->pinned[i] ? 0 : api->host_allocate(&memory, PINNED_BYTES, 0);
        exec->pinned[i] = exec->pinned[i] ? exec->pinned[i] : memory;
        code = code || exec->copied[i] ? code : api->event_create(&exec->copied[i], 0);
        if (code != 0) {
            return sb_gpu_check(api, code, err, "pinning %zu bytes of host memory for copies",
                                PINNED_BYTES);
        }
    }
    return 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* While one pinned buffer travels, the other is filled. */
int sb_gpu_upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    const struct sb_gpu_array *array = &exec->array[index];
    int code = reserve_pinned(exec, err);
    if (code != 0) {
        return code;
    }
    for (size_t at = 0, turn = 0; code == 0 && at < array->bytes; at += PINNED_BYTES, ++turn) {
        const size_t bytes = least(PINNED_BYTES, array->bytes - at);
        const size_t side = turn % 2;
        code = turn >= 2 ? api->event_wait(exec->copied[side]) : 0;
        if (code == 0) {
            memcpy(exec->pinned[side], (const char *)from + at, bytes);
            code = api->copy_to(array->data + at, exec->pinned[side], bytes, exec->stream);
        }
        code = code ? code : api->event_record(exec->copied[side], exec->stream);
    }
    code = code ? code : api->stream_wait(exec->stream);
    return sb_gpu_check(api, code, err, "copying array '%s' to the device", array->name);
}

/* The copy of a chunk is under way while the one before it is taken out of its buffer. */
int sb_gpu_download(struct sb_exec *exec, int index, void *to, struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    const struct sb_gpu_array *array = &exec->array[index];
    const size_t turns = (array->bytes + PINNED_BYTES - 1) / PINNED_BYTES;
    int code = reserve_pinned(exec, err);
    if (code != 0) {
        return code;
    }
    for (size_t turn = 0; code == 0 && turn <= turns; ++turn) {
        const size_t at = turn * PINNED_BYTES;
        if (turn < turns) {
            code = api->copy_from(exec->pinned[turn % 2], array->data + at,
                                  least(PINNED_BYTES, array->bytes - at), exec->stream);
            code = code ? code : api->event_record(exec->copied[turn % 2], exec->stream);
        }
        if (code == 0 && turn > 0) {
            const size_t before = at - PINNED_BYTES;
            code = api->event_wait(exec->copied[(turn - 1) % 2]);
            if (code == 0) {
                memcpy((char *)to + before, exec->pinned[(turn - 1) % 2],
                       least(PINNED_BYTES, array->bytes - before));
            }
        }
    }
    return sb_gpu_check(api, code, err, "copying array '%s' from the device", array->name);
}

/* Offset of the first word of @p zone that is not the pattern, or @p bytes. */
static size_t first_spoilt(const unsigned char *zone, size_t bytes, uint32_t word)
{
    size_t i = 0;
    while (i + sizeof word <= bytes && memcmp(zone + i, &word, sizeof word) == 0) {
        i += sizeof word;
    }
    return i + sizeof word <= bytes ? i : bytes;
}

static int check_zones(struct sb_exec *exec, const struct sb_gpu_array *array, unsigned char *room,
                       struct sb_error *err)
{
    const struct sb_gpu_api *api = exec->api;
    const size_t end =
        (array->bytes + 3) / 4 * 4; /* elements are words or doubles: this is the array's end */
    const size_t behind = padded(array) - end + ZONE_BYTES;
    int code = api->copy_from(room, array->whole, ZONE_BYTES, exec->stream);
    code = code ? code : api->copy_from(room + ZONE_BYTES, array->data + end, behind, exec->stream);
    code = code ? code : api->stream_wait(exec->stream);
    if (code != 0) {
        return sb_gpu_check(api, code, err, "reading the red zones of array '%s'", array->name);
    }
    size_t at = first_spoilt(room + ZONE_BYTES, behind, pattern(exec, array, SB_BEHIND));
    if (at < behind) {
        return sb_fail(err, SB_EDEVICE,
                       "the kernel wrote outside array '%s': %zu bytes behind its end", array->name,
                       at);
    }
    at = first_spoilt(room, ZONE_BYTES, pattern(exec, array, SB_BEFORE));
    if (at < ZONE_BYTES) {
        return sb_fail(err, SB_EDEVICE,
                       "the kernel wrote outside array '%s': %zu bytes before its start",
                       array->name, ZONE_BYTES - at);
    }
    return 0;
}

int sb_gpu_guard(struct sb_exec *exec, struct sb_error *err)
{
    unsigned char *room = malloc(2 * ZONE_BYTES + 512);
    int code = room ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (int i = 0; i < SB_MAX_ARRAYS && code == 0; ++i) {
        code = exec->array[i].data ? check_zones(exec, &exec->array[i], room, err) : 0;
    }
    free(room);
    return code;
}

void sb_gpu_free_arrays(struct sb_exec *exec)
{
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        if (exec->array[i].whole) {
            exec->api->memory_free(exec->array[i].whole);
        }
        exec->array[i] = (struct sb_gpu_array){.bytes = 0};
    }
    for (int i = 0; i < 2; ++i) {
        if (exec->copied[i]) {
            exec->api->event_destroy(exec->copied[i]);
        }
        if (exec->pinned[i]) {
            exec->api->host_free(exec->pinned[i]);
        }
    }
}
