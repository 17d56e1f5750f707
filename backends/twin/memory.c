/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays in one window of addresses, far apart: an index that leaves one finds no other, and is blamed on the nearest. */
#include "backends/twin/twin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define WINDOW ((size_t)1 << 40) /* addresses only: nothing is behind them until an array is */
#define APART ((size_t)64 << 20) /* at least, between arrays */
#define MAPPED_BESIDE                                                                              \
    ((size_t)64 << 10) /* of it is memory on either side: an access goes on after its finding */

static size_t round_up(size_t value, size_t to)
{
    return (value + to - 1) / to * to;
}

int sb_twin_memory_open(struct sb_exec *exec, struct sb_error *err)
{
    size_t bytes = WINDOW;
    void *base = MAP_FAILED;
    for (; base == MAP_FAILED && bytes >= (size_t)1 << 34; bytes /= 2) {
        base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        exec->base_bytes = bytes;
    }
    if (base == MAP_FAILED) {
        return sb_fail(err, SB_ENOMEM, "twin: no addresses for the arrays: %s", strerror(errno));
    }
    exec->base = base;
    exec->base_used = APART;
    const size_t table = (exec->base_bytes >> 12) * sizeof *exec->page;
    void *pages = mmap(NULL, table, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        return sb_fail(err, SB_ENOMEM, "twin: no memory for its table of pages: %s",
                       strerror(errno));
    }
    exec->page = pages;
    return 0;
}

static struct sb_twin_cell *map_cells(size_t count, struct sb_error *err)
{
    void *cells = mmap(NULL, round_up(count * sizeof(struct sb_twin_cell) + 1, PAGE),
                       PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (cells == MAP_FAILED) {
        sb_fail(err, SB_ENOMEM, "twin: no memory for the shadow of %zu elements: %s", count,
                strerror(errno));
        return NULL;
    }
    return cells;
}

static void unmap_cells(struct sb_twin_cell *cells, size_t count)
{
    if (cells) {
        munmap(cells, round_up(count * sizeof *cells + 1, PAGE));
    }
}

static size_t cell_count(const struct sb_twin_segment *segment)
{
    return (segment->room >> segment->shift) + 1;
}

static int cover(struct sb_twin_segment *segment, const char *name, uintptr_t begin, size_t bytes,
                 uint32_t shift, struct sb_error *err)
{
    *segment =
        (struct sb_twin_segment){.begin = begin, .bytes = bytes, .room = bytes, .shift = shift};
    while (segment->shift > 0 && bytes % ((size_t)1 << segment->shift)) {
        segment->shift--;
    }
    snprintf(segment->name, sizeof segment->name, "%s", name);
    segment->cells = map_cells(cell_count(segment), err);
    return segment->cells ? 0 : SB_ENOMEM;
}

static uint32_t shift_of(size_t element_bytes)
{
    uint32_t shift = 0;
    while (shift < 3 && (size_t)2 << shift <= element_bytes) {
        ++shift;
    }
    return shift;
}

int sb_twin_memory_allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                            struct sb_error *err)
{
    struct sb_twin_array *array = &exec->array[index];
    const size_t body = round_up(bytes ? bytes : 1, PAGE);
    const size_t apart = round_up(body > APART ? body : APART, PAGE);
    if (exec->base_used + body + apart > exec->base_bytes) {
        return sb_fail(err, SB_ENOMEM, "twin: no addresses left for array '%s' of %zu bytes", name,
                       bytes);
    }
    unsigned char *begin = exec->base + exec->base_used;
    exec->base_used += body + apart;
    if (mprotect(begin - MAPPED_BESIDE, body + 2 * MAPPED_BESIDE, PROT_READ | PROT_WRITE) != 0) {
        return sb_fail(err, SB_ENOMEM, "twin: no memory for array '%s' of %zu bytes: %s", name,
                       bytes, strerror(errno));
    }
    const int code =
        cover(&array->segment, name, (uintptr_t)begin, bytes, shift_of(array->element_bytes), err);
    array->segment.read_only = array->input && !array->output;
    for (size_t page = 0; code == 0 && page < body / PAGE; ++page) {
        exec->page[((size_t)(begin - exec->base) >> 12) + page] = &array->segment;
    }
    return code;
}

int sb_twin_memory_variables(struct sb_exec *exec, struct sb_error *err)
{
    const struct sb_twin_object *object = &exec->object;
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (int i = 0; i < object->variable_count; ++i) {
        const uintptr_t at = (uintptr_t)object->variable[i].address;
        low = at < low ? at : low;
        high = at + object->variable[i].bytes > high ? at + object->variable[i].bytes : high;
    }
    if (object->variable_count == 0) {
        return 0;
    }
    low = low / PAGE * PAGE;
    exec->shared_begin = (unsigned char *)low;
    exec->shared_bytes = round_up(high - low, PAGE);
    exec->shared_page = calloc(exec->shared_bytes / PAGE, sizeof *exec->shared_page);
    exec->fast_page = calloc(exec->shared_bytes / PAGE, sizeof *exec->fast_page);
    exec->variable = calloc((size_t)object->variable_count, sizeof *exec->variable);
    int code = exec->shared_page && exec->fast_page && exec->variable
                   ? 0
                   : sb_fail(err, SB_ENOMEM, "twin: out of memory");
    for (int i = 0; code == 0 && i < object->variable_count; ++i) {
        const struct sb_twin_variable *v = &object->variable[i];
        struct sb_twin_segment *segment = &exec->variable[i];
        code = cover(segment, v->name, (uintptr_t)v->address, v->bytes,
                     v->bytes >= 8 ? 3 : shift_of(v->bytes), err);
        segment->read_only = v->kind == SB_TWIN_CONSTANT_VARIABLE;
        const size_t first = ((uintptr_t)v->address - low) / PAGE;
        for (size_t page = 0; code == 0 && page < round_up(v->bytes, PAGE) / PAGE; ++page) {
            exec->shared_page[first + page] = segment;
            exec->fast_page[first + page] = v->kind == SB_TWIN_SHARED_VARIABLE ? segment : NULL;
        }
        if (code == 0 && v->kind != SB_TWIN_SHARED_VARIABLE) {
            sb_twin_segment_reset(segment, true);
        }
        if (strcmp(v->name, "sb_twin_dynamic") == 0) {
            exec->dynamic = segment;
            snprintf(segment->name, sizeof segment->name, "dynamic shared memory");
        }
    }
    return code;
}

/* Variables of the object lie in one window; those that are no block's own are global memory all the same. */
static enum sb_twin_memory memory_of(const struct sb_exec *exec,
                                     const struct sb_twin_segment *segment)
{
    const ptrdiff_t number = segment - exec->variable;
    return exec->object.variable[number].kind == SB_TWIN_SHARED_VARIABLE ? SB_TWIN_IN_SHARED
                                                                         : SB_TWIN_IN_GLOBAL;
}

struct sb_twin_segment *sb_twin_memory_find(const struct sb_exec *exec, uintptr_t address,
                                            enum sb_twin_memory *out_memory)
{
    struct sb_twin_segment *found = NULL;
    *out_memory = SB_TWIN_IN_GLOBAL;
    if (address - (uintptr_t)exec->base < exec->base_bytes) {
        found = exec->page[(address - (uintptr_t)exec->base) >> 12];
    } else if (address - (uintptr_t)exec->shared_begin < exec->shared_bytes) {
        found = exec->shared_page[(address - (uintptr_t)exec->shared_begin) >> 12];
        *out_memory = found ? memory_of(exec, found) : SB_TWIN_IN_SHARED;
    }
    return found;
}

static uintptr_t distance(const struct sb_twin_segment *segment, uintptr_t address)
{
    return address < segment->begin ? segment->begin - address
                                    : address - segment->begin - segment->bytes;
}

const struct sb_twin_segment *sb_twin_memory_nearest(const struct sb_exec *exec, uintptr_t address)
{
    const struct sb_twin_segment *best = NULL;
    const bool global = address - (uintptr_t)exec->base < exec->base_bytes;
    for (int i = 0; global && i < SB_MAX_ARRAYS; ++i) {
        const struct sb_twin_segment *segment = &exec->array[i].segment;
        if (segment->cells && (!best || distance(segment, address) < distance(best, address))) {
            best = segment;
        }
    }
    const bool near_shared =
        address - ((uintptr_t)exec->shared_begin - APART) < exec->shared_bytes + 2 * APART;
    for (int i = 0; !global && near_shared && i < exec->object.variable_count; ++i) {
        const struct sb_twin_segment *segment = &exec->variable[i];
        if (!best || distance(segment, address) < distance(best, address)) {
            best = segment;
        }
    }
    return best;
}

bool sb_twin_memory_mapped(const struct sb_exec *exec, uintptr_t address, size_t bytes)
{
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        const struct sb_twin_segment *s = &exec->array[i].segment;
        if (s->cells && address >= s->begin - MAPPED_BESIDE &&
            address + bytes <= s->begin + round_up(s->bytes ? s->bytes : 1, PAGE) + MAPPED_BESIDE) {
            return true;
        }
    }
    return address >= (uintptr_t)exec->shared_begin &&
           address + bytes <= (uintptr_t)exec->shared_begin + exec->shared_bytes;
}

bool sb_twin_memory_innocent(const struct sb_exec *exec, uintptr_t address, size_t bytes)
{
    /* the object's tables of constants, and what libraries keep (errno, stdout): mapped by the loader, not near arrays */
    if (address - (uintptr_t)exec->base < exec->base_bytes ||
        address - (uintptr_t)exec->shared_begin < exec->shared_bytes) {
        return false;
    }
    return bytes > 0 && sb_twin_object_owns(address);
}

int sb_twin_segment_refine(struct sb_twin_segment *segment, uint32_t shift, struct sb_error *err)
{
    const size_t parts = (size_t)1 << (segment->shift - shift);
    const size_t old = cell_count(segment);
    struct sb_twin_cell *cells = map_cells(old * parts, err);
    if (!cells) {
        return SB_ENOMEM;
    }
    for (size_t i = 0; i < old; ++i) {
        for (size_t k = 0; k < parts; ++k) {
            cells[i * parts + k] = segment->cells[i];
        }
    }
    unmap_cells(segment->cells, old);
    segment->cells = cells;
    segment->shift = shift;
    return 0;
}

void sb_twin_segment_reset(struct sb_twin_segment *segment, bool valid)
{
    const struct sb_twin_cell fresh = {.w_epoch = valid};
    for (size_t i = 0; i < cell_count(segment); ++i) {
        segment->cells[i] = fresh;
    }
}

void sb_twin_memory_close(struct sb_exec *exec)
{
    for (int i = 0; i < SB_MAX_ARRAYS; ++i) {
        unmap_cells(exec->array[i].segment.cells, cell_count(&exec->array[i].segment));
    }
    for (int i = 0; exec->variable && i < exec->object.variable_count; ++i) {
        unmap_cells(exec->variable[i].cells, cell_count(&exec->variable[i]));
    }
    free(exec->variable);
    free(exec->shared_page);
    free(exec->fast_page);
    if (exec->page) {
        munmap(exec->page, (exec->base_bytes >> 12) * sizeof *exec->page);
    }
    if (exec->base) {
        munmap(exec->base, exec->base_bytes);
    }
}
