/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays, and the red zones beside them. */
#include "backends/opencl/opencl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Holds a pattern: a store that misses the array by less is found by guard(). */
#define ZONE_BYTES ((size_t)64 << 10)
/* Address space without pages around the zones of host memory: what misses by more ends in SIGSEGV. */
#define HOLE_BYTES ((size_t)256 << 20)
#define HUGE_BYTES ((size_t)2 << 20)

/* Read by a signal handler, so it holds addresses and names only, and is written before a kernel can run. */
static struct {
    const unsigned char *from, *to;
    char name[64];
} regions[SB_MAX_ARRAYS];

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* A signalling NaN of the case's reals: a load that misses the array spoils the result, arithmetic on it makes it
 * quiet, and one array's pattern is not another's, so that copying it shows too. */
static uint32_t pattern(const struct sb_exec *exec, const struct sb_opencl_array *array,
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

static void paint(unsigned char *zone, uint32_t word)
{
    for (size_t i = 0; i < ZONE_BYTES; i += sizeof word) {
        memcpy(zone + i, &word, sizeof word);
    }
}

/* Offset of the first word that is not the pattern, or ZONE_BYTES. */
static size_t first_spoilt(const unsigned char *zone, uint32_t word)
{
    size_t i = 0;
    while (i < ZONE_BYTES && memcmp(zone + i, &word, sizeof word) == 0) {
        i += sizeof word;
    }
    return i;
}

/* Layout: hole | zone | array, page-aligned | zone | hole. The array's first touch is ours, by this thread: PoCL hands
 * work-groups to its workers as they come, so no placement of pages could match. */
static int allocate_host(struct sb_exec *exec, int index, struct sb_error *err)
{
    struct sb_opencl_array *array = &exec->array[index];
    const size_t inner = 2 * ZONE_BYTES + round_up(array->bytes, 4096);
    const size_t total = 2 * HOLE_BYTES + round_up(inner, 4096) + HUGE_BYTES;
    unsigned char *base =
        mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return sb_fail(err, SB_ENOMEM, "opencl: no memory for array '%s' of %zu bytes: %s",
                       array->name, array->bytes, strerror(errno));
    }
    array->base = base;
    array->mapped_bytes = total;
    /* The array begins at a huge page, which is asked for: 4 KiB pages cost a memory-bound kernel some 10 %. */
    unsigned char *data =
        (unsigned char *)round_up((uintptr_t)(base + HOLE_BYTES + ZONE_BYTES), HUGE_BYTES);
    if (mprotect(data - ZONE_BYTES, inner, PROT_READ | PROT_WRITE)) {
        return sb_fail(err, SB_ENOMEM, "opencl: no memory for array '%s' of %zu bytes: %s",
                       array->name, array->bytes, strerror(errno));
    }
    madvise(data, array->bytes,
            MADV_HUGEPAGE); /* refused where the kernel has none: then small pages it is */
    memset(data, 0, array->bytes);
    paint(data - ZONE_BYTES, pattern(exec, array, SB_BEFORE));
    paint(data + array->bytes, pattern(exec, array, SB_BEHIND));
    regions[index].from = base;
    regions[index].to = base + total;
    snprintf(regions[index].name, sizeof regions[index].name, "%s", array->name);
    cl_int code = CL_SUCCESS;
    array->mem = sb_cl.clCreateBuffer(exec->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
                                      array->bytes, data, &code);
    return sb_opencl_check(code, err, "allocating array '%s' of %zu bytes", array->name,
                           array->bytes);
}

static unsigned char *host_data(const struct sb_opencl_array *array)
{
    return (unsigned char *)round_up((uintptr_t)(array->base + HOLE_BYTES + ZONE_BYTES),
                                     HUGE_BYTES);
}

static int write_zones(struct sb_exec *exec, const struct sb_opencl_array *array,
                       struct sb_error *err)
{
    unsigned char *zone = malloc(ZONE_BYTES);
    if (!zone) {
        return sb_fail(err, SB_ENOMEM, "opencl: out of memory");
    }
    paint(zone, pattern(exec, array, SB_BEFORE));
    cl_int code = sb_cl.clEnqueueWriteBuffer(exec->queue, array->whole, CL_TRUE, 0, ZONE_BYTES,
                                             zone, 0, NULL, NULL);
    if (code == CL_SUCCESS) {
        paint(zone, pattern(exec, array, SB_BEHIND));
        code =
            sb_cl.clEnqueueWriteBuffer(exec->queue, array->whole, CL_TRUE,
                                       ZONE_BYTES + array->bytes, ZONE_BYTES, zone, 0, NULL, NULL);
    }
    free(zone);
    return sb_opencl_check(code, err, "writing the red zones of array '%s'", array->name);
}

static int allocate_device(struct sb_exec *exec, int index, struct sb_error *err)
{
    struct sb_opencl_array *array = &exec->array[index];
    cl_int code = CL_SUCCESS;
    array->whole = sb_cl.clCreateBuffer(exec->context, CL_MEM_READ_WRITE,
                                        2 * ZONE_BYTES + array->bytes, NULL, &code);
    int status =
        sb_opencl_check(code, err, "allocating array '%s' of %zu bytes", array->name, array->bytes);
    if (status) {
        return status;
    }
    /* ZONE_BYTES is a multiple of every CL_DEVICE_MEM_BASE_ADDR_ALIGN there is (at most 4 KiB). */
    const cl_buffer_region region = {.origin = ZONE_BYTES, .size = array->bytes};
    array->mem = sb_cl.clCreateSubBuffer(array->whole, CL_MEM_READ_WRITE,
                                         CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    status = sb_opencl_check(code, err, "placing array '%s' between its red zones", array->name);
    return status ? status : write_zones(exec, array, err);
}

int sb_opencl_allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                       struct sb_error *err)
{
    if (index < 0 || index >= SB_MAX_ARRAYS || exec->array[index].bytes || bytes == 0) {
        return sb_fail(err, SB_EINVAL,
                       "opencl: array '%s': number %d is taken or out of range, or empty", name,
                       index);
    }
    if (bytes > exec->allocation_limit) {
        return sb_fail(err, SB_ELIMIT,
                       "opencl: array '%s' needs %zu bytes, device '%s' gives at most %" PRIu64
                       " to one array",
                       name, bytes, exec->name, (uint64_t)exec->allocation_limit);
    }
    struct sb_opencl_array *array = &exec->array[index];
    snprintf(array->name, sizeof array->name, "%s", name);
    array->bytes = bytes;
    return exec->host_memory ? allocate_host(exec, index, err) : allocate_device(exec, index, err);
}

int sb_opencl_upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err)
{
    const struct sb_opencl_array *array = &exec->array[index];
    return sb_opencl_check(sb_cl.clEnqueueWriteBuffer(exec->queue, array->mem, CL_TRUE, 0,
                                                      array->bytes, from, 0, NULL, NULL),
                           err, "copying array '%s' to the device", array->name);
}

int sb_opencl_download(struct sb_exec *exec, int index, void *to, struct sb_error *err)
{
    const struct sb_opencl_array *array = &exec->array[index];
    return sb_opencl_check(sb_cl.clEnqueueReadBuffer(exec->queue, array->mem, CL_TRUE, 0,
                                                     array->bytes, to, 0, NULL, NULL),
                           err, "copying array '%s' from the device", array->name);
}

static int check_zones(const struct sb_exec *exec, const struct sb_opencl_array *array,
                       const unsigned char *before, const unsigned char *after,
                       struct sb_error *err)
{
    size_t at = first_spoilt(after, pattern(exec, array, SB_BEHIND));
    if (at < ZONE_BYTES) {
        return sb_fail(err, SB_EDEVICE,
                       "the kernel wrote outside array '%s': %zu bytes behind its end", array->name,
                       at);
    }
    at = first_spoilt(before, pattern(exec, array, SB_BEFORE));
    if (at < ZONE_BYTES) {
        return sb_fail(err, SB_EDEVICE,
                       "the kernel wrote outside array '%s': %zu bytes before its start",
                       array->name, ZONE_BYTES - at);
    }
    return 0;
}

static int guard_device(struct sb_exec *exec, const struct sb_opencl_array *array,
                        unsigned char *zones, struct sb_error *err)
{
    cl_int code = sb_cl.clEnqueueReadBuffer(exec->queue, array->whole, CL_TRUE, 0, ZONE_BYTES,
                                            zones, 0, NULL, NULL);
    if (code == CL_SUCCESS) {
        code =
            sb_cl.clEnqueueReadBuffer(exec->queue, array->whole, CL_TRUE, ZONE_BYTES + array->bytes,
                                      ZONE_BYTES, zones + ZONE_BYTES, 0, NULL, NULL);
    }
    const int status =
        sb_opencl_check(code, err, "reading the red zones of array '%s'", array->name);
    return status ? status : check_zones(exec, array, zones, zones + ZONE_BYTES, err);
}

int sb_opencl_guard(struct sb_exec *exec, struct sb_error *err)
{
    unsigned char *zones = exec->host_memory ? NULL : malloc(2 * ZONE_BYTES);
    if (!zones && !exec->host_memory) {
        return sb_fail(err, SB_ENOMEM, "opencl: out of memory");
    }
    int status = 0;
    for (int i = 0; i < SB_MAX_ARRAYS && status == 0; ++i) {
        const struct sb_opencl_array *array = &exec->array[i];
        if (array->mem && array->base) {
            const unsigned char *data = host_data(array);
            status = check_zones(exec, array, data - ZONE_BYTES, data + array->bytes, err);
        } else if (array->mem) {
            status = guard_device(exec, array, zones, err);
        }
    }
    free(zones);
    return status;
}

const char *sb_opencl_blame(const void *address)
{
    const unsigned char *at = address;
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        if (regions[i].from && at >= regions[i].from && at < regions[i].to) {
            return regions[i].name;
        }
    }
    return NULL;
}

void sb_opencl_free_arrays(struct sb_exec *exec)
{
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        struct sb_opencl_array *array = &exec->array[i];
        if (array->mem) {
            sb_cl.clReleaseMemObject(array->mem);
        }
        if (array->whole) {
            sb_cl.clReleaseMemObject(array->whole);
        }
        if (array->base) {
            regions[i].from = NULL;
            munmap(array->base, array->mapped_bytes);
        }
        *array = (struct sb_opencl_array){.bytes = 0};
    }
}
