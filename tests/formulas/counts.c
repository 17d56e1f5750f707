/* SPDX-License-Identifier: Apache-2.0 */
/* What gcc -fsanitize=thread calls at every load and store, answered here and not by libtsan. Locals, and memory of a
 * block, lie outside the arrays and do not count. */
#include "counts.h"

#include <stdlib.h>
#include <string.h>

#define ARRAYS_MOST 16
enum { READ = 1, WRITTEN = 2, WRITTEN_FIRST = 4 };

struct watched {
    uintptr_t begin, end;
    size_t element_bytes;
    unsigned char *seen; /* per element */
};

static struct watched arrays[ARRAYS_MOST];
static int array_count;
static uintptr_t low, high; /* all arrays lie between them */
static unsigned char *memory;
static uint64_t loads, stores;
uint64_t sb_counted_flop;

int sb_counts_open(void **array, const size_t *bytes, const size_t *element_bytes, int count)
{
    size_t total = 0;
    for (int i = 0; i < count; ++i) {
        total += (bytes[i] + 127) / 64 * 64;
    }
    memory = calloc(2, total);
    if (memory == NULL || count > ARRAYS_MOST) {
        return -1;
    }
    unsigned char *next = memory;
    for (int i = 0; i < count; ++i) {
        array[i] = next;
        arrays[i] = (struct watched){(uintptr_t)next, (uintptr_t)next + bytes[i], element_bytes[i],
                                     next + total};
        next += (bytes[i] + 127) / 64 * 64;
    }
    array_count = count;
    low = (uintptr_t)memory;
    high = low + total;
    return 0;
}

void sb_counts_launch(void)
{
    for (int i = 0; i < array_count; ++i) {
        const struct watched *a = &arrays[i];
        memset(a->seen, 0, (a->end - a->begin) / a->element_bytes);
    }
    loads = 0;
    stores = 0;
}

void sb_counts_add(struct sb_counts *total)
{
    for (int i = 0; i < array_count; ++i) {
        const struct watched *a = &arrays[i];
        for (size_t e = 0; e < (a->end - a->begin) / a->element_bytes; ++e) {
            total->read_bytes += a->seen[e] & READ ? (double)a->element_bytes : 0;
            total->write_bytes += a->seen[e] & WRITTEN ? (double)a->element_bytes : 0;
            total->write_allocate_bytes +=
                a->seen[e] & WRITTEN_FIRST ? (double)a->element_bytes : 0;
        }
    }
    total->loads += loads;
    total->stores += stores;
}

void sb_counts_close(void)
{
    free(memory);
    memory = NULL;
    array_count = 0;
    low = high = 0;
}

/* An element counts as read only where nothing of this launch was in it before. */
static void touch(const volatile void *pointer, size_t size, int writes)
{
    const uintptr_t at = (uintptr_t)pointer;
    if (at < low || at >= high) {
        return;
    }
    for (int i = 0; i < array_count; ++i) {
        const struct watched *a = &arrays[i];
        if (at < a->begin || at >= a->end) {
            continue;
        }
        for (size_t e = (at - a->begin) / a->element_bytes;
             e * a->element_bytes < at + size - a->begin; ++e) {
            *(writes ? &stores : &loads) += 1;
            if (a->seen[e] == 0) {
                a->seen[e] = writes ? WRITTEN_FIRST : READ;
            }
            a->seen[e] |= writes ? WRITTEN : 0;
        }
    }
}

#define ACCESSES(size)                                                                             \
    void __tsan_read##size(void *p);                                                               \
    void __tsan_write##size(void *p);                                                              \
    void __tsan_unaligned_read##size(void *p);                                                     \
    void __tsan_unaligned_write##size(void *p);                                                    \
    void __tsan_read##size(void *p)                                                                \
    {                                                                                              \
        touch(p, size, 0);                                                                         \
    }                                                                                              \
    void __tsan_write##size(void *p)                                                               \
    {                                                                                              \
        touch(p, size, 1);                                                                         \
    }                                                                                              \
    void __tsan_unaligned_read##size(void *p)                                                      \
    {                                                                                              \
        touch(p, size, 0);                                                                         \
    }                                                                                              \
    void __tsan_unaligned_write##size(void *p)                                                     \
    {                                                                                              \
        touch(p, size, 1);                                                                         \
    }
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size);
void __tsan_read_range(void *p, size_t size)
{
    touch(p, size, 0);
}
void __tsan_write_range(void *p, size_t size)
{
    touch(p, size, 1);
}

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_init(void)
{
}
void __tsan_func_entry(void *caller)
{
    (void)caller;
}
void __tsan_func_exit(void)
{
}

/* An atomic addition is a read and a write. */
int __tsan_atomic32_fetch_add(volatile int *p, int value, int order);
int __tsan_atomic32_fetch_add(volatile int *p, int value, int order)
{
    (void)order;
    touch(p, sizeof *p, 0);
    touch(p, sizeof *p, 1);
    const int old = *p;
    *p = (int)((unsigned)old + (unsigned)value);
    return old;
}
