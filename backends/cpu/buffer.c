/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays between guard pages: an index beyond the end stops at once, one just beyond is found afterwards. */
#include "backends/cpu/cpu.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Under Valgrind, what lies beside an array is no memory; elsewhere these cost a few instructions. */
#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define OUT_OF_BOUNDS(p, bytes) ((void)VALGRIND_MAKE_MEM_NOACCESS(p, bytes))
#define IN_BOUNDS(p, bytes) ((void)VALGRIND_MAKE_MEM_DEFINED(p, bytes))
#endif
#endif
#ifndef OUT_OF_BOUNDS
#define OUT_OF_BOUNDS(p, bytes) ((void)(p), (void)(bytes))
#define IN_BOUNDS(p, bytes) ((void)(p), (void)(bytes))
#endif

#define PAGE ((size_t)4096)
/* Address space without pages on both sides: an index that is far off meets nothing else, and stops too. */
#define HOLE ((size_t)64 << 20)
#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_FROM (2 * HUGE_PAGE)
#define CANARY 0xC5

static size_t round_up(size_t value, size_t to)
{
    return (value + to - 1) / to * to;
}

static int no_memory(const char *name, size_t bytes, struct sb_error *err)
{
    return sb_fail(err, SB_ENOMEM, "no memory for array '%s' of %zu bytes: %s", name, bytes,
                   strerror(errno));
}

/* Address space with a guard on each side; nothing of it can be reached yet. */
static int reserve(struct sb_buffer *out, const char *name, size_t bytes, size_t align,
                   struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", name);
    const size_t body = round_up(bytes ? bytes : 1, PAGE);
    const size_t total = body + 2 * (HOLE + align);
    unsigned char *map =
        mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        return no_memory(name, bytes, err);
    }
    out->map = map;
    out->map_bytes = total;
    out->begin = (unsigned char *)round_up((size_t)map + HOLE, align);
    out->end = out->begin + body;
    /* Small arrays end where the guard page begins (to 64 bytes); large ones begin on a huge page. */
    out->data = align == HUGE_PAGE ? out->begin : out->end - round_up(bytes ? bytes : 1, 64);
    out->bytes = bytes;
    return 0;
}

int sb_cpu_buffer_map(struct sb_buffer *out, const char *name, size_t bytes, struct sb_error *err)
{
    const size_t align = bytes >= HUGE_FROM ? HUGE_PAGE : PAGE;
    int code = reserve(out, name, bytes, align, err);
    if (code != 0) {
        return code;
    }
    const size_t body = (size_t)(out->end - out->begin);
    if (mprotect(out->begin, body, PROT_READ | PROT_WRITE) != 0) {
        code = no_memory(name, bytes, err);
        sb_cpu_buffer_unmap(out);
        return code;
    }
    if (align == HUGE_PAGE) {
        madvise(out->begin, body,
                MADV_HUGEPAGE); /* a wish: without huge pages the array is as good, only slower */
    }
    return 0;
}

int sb_cpu_buffer_map_file(struct sb_buffer *out, const char *name, size_t bytes, int fd,
                           size_t offset, struct sb_error *err)
{
    int code = reserve(out, name, bytes, PAGE, err);
    if (code != 0) {
        return code;
    }
    const size_t body = (size_t)(out->end - out->begin);
    if (ftruncate(fd, (off_t)(offset + body)) != 0 ||
        mmap(out->begin, body, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)offset) ==
            MAP_FAILED) {
        code = no_memory(name, bytes, err);
        sb_cpu_buffer_unmap(out);
    }
    return code;
}

void sb_cpu_buffer_arm(struct sb_buffer *buffer, const struct sb_beside *beside)
{
    buffer->before = beside && beside->sides & SB_BEFORE ? beside->byte : CANARY;
    buffer->behind = beside && beside->sides & SB_BEHIND ? beside->byte : CANARY;
    const size_t before = (size_t)(buffer->data - buffer->begin);
    const size_t behind = (size_t)(buffer->end - buffer->data) - buffer->bytes;
    memset(buffer->begin, buffer->before, before);
    memset(buffer->data + buffer->bytes, buffer->behind, behind);
    OUT_OF_BOUNDS(buffer->begin, before);
    OUT_OF_BOUNDS(buffer->data + buffer->bytes, behind);
}

int sb_cpu_buffer_open(struct sb_buffer *buffer, struct sb_error *err)
{
    return mprotect(buffer->map, buffer->map_bytes, PROT_READ | PROT_WRITE) == 0
               ? 0
               : sb_fail(err, SB_EIO, "the pages beside array '%s': %s", buffer->name,
                         strerror(errno));
}

static size_t broken(const unsigned char *from, const unsigned char *to, unsigned char canary)
{
    size_t count = 0;
    for (; from < to; ++from) {
        count += *from != canary;
    }
    return count;
}

int sb_cpu_buffer_check(const struct sb_buffer *buffer, struct sb_error *err)
{
    IN_BOUNDS(buffer->begin, (size_t)(buffer->data - buffer->begin));
    IN_BOUNDS(buffer->data + buffer->bytes, (size_t)(buffer->end - buffer->data) - buffer->bytes);
    if (broken(buffer->begin, buffer->data, buffer->before)) {
        return sb_fail(err, SB_EDEVICE, "the kernel wrote before the beginning of array '%s'",
                       buffer->name);
    }
    if (broken(buffer->data + buffer->bytes, buffer->end, buffer->behind)) {
        return sb_fail(err, SB_EDEVICE, "the kernel wrote beyond the end of array '%s'",
                       buffer->name);
    }
    return 0;
}

void sb_cpu_buffer_unmap(struct sb_buffer *buffer)
{
    if (buffer->map) {
        munmap(buffer->map, buffer->map_bytes);
    }
    memset(buffer, 0, sizeof *buffer);
}
