/* SPDX-License-Identifier: Apache-2.0 */
/* The hot path: what `-fsanitize=thread` calls at each load and store of a kernel. Linked into the kernel's object. */
#include "count.h"

/* Kernels read it as constant (see abi.h); the runtime writes it. */
SB_TWIN_HIDDEN struct sb_twin_here sb_twin_here;

struct sb_twin sb_twin = {.abi = SB_TWIN_ABI, .here = &sb_twin_here};

/* The same, without the detour that a symbol others may replace costs. */
extern SB_TWIN_HIDDEN struct sb_twin twin __attribute__((alias("sb_twin")));

/* What `extern __shared__` arrays stand for; as much as any block may have (its launch says how much it has). */
SB_TWIN_HIDDEN char sb_twin_dynamic[227 * 1024] __attribute__((aligned(4096), section(".bss.sb_twin_dynamic")));

/* Outside the windows: a thread's own stack, tables of constants, or an address that belongs to nothing. */
static __attribute__((noinline, cold)) void foreign(const void *p, size_t bytes, enum sb_twin_access kind, const void *pc)
{
    if (twin.watching && (uintptr_t)p - twin.stack_begin >= twin.stack_bytes) {
        twin.slow(p, bytes, kind, pc);
    }
}

/* The thread has read the granule; false where a finding is possible. */
static inline __attribute__((always_inline)) int read_cell(struct sb_twin_cell *cell, unsigned memory, uint32_t site)
{
    const uint32_t me = twin.tid;
    const uint32_t from = twin.race_from[memory];
    const uint32_t now = twin.now[memory];
    const uint32_t interval = twin.interval[memory];
    if (cell->r_epoch == now && (cell->r_tid == me || (~cell->r_site & (SB_TWIN_MANY | SB_TWIN_MANY_WARPS)) == 0)) {
        return 1; /* whoever wrote it since was told so then */
    }
    if (cell->w_epoch < twin.valid_from[memory] ||
        (cell->w_epoch >= from && (cell->w_tid != me || (cell->w_site & (SB_TWIN_MANY | SB_TWIN_MANY_BLOCKS))))) {
        return 0;
    }
    if (cell->r_epoch < from) {
        cell->r_tid = me;
        cell->r_epoch = now;
        cell->r_site = site;
    } else if (((cell->r_tid ^ me) >> twin.tid_bits) != 0) {
        cell->r_site |= SB_TWIN_MANY_BLOCKS; /* the first reader stays: it is the one a writer here will meet */
    } else if (cell->r_epoch < interval) {
        cell->r_tid = me;
        cell->r_epoch = now;
        cell->r_site = site | (cell->r_site & SB_TWIN_MANY_BLOCKS);
    } else if (cell->r_epoch != now) {
        return 0; /* something was ordered in between: who of the readers still counts? */
    } else {
        cell->r_site |= (cell->r_tid ^ me) >> twin.warp_bits ? SB_TWIN_MANY | SB_TWIN_MANY_WARPS : SB_TWIN_MANY;
    }
    return 1;
}

static inline __attribute__((always_inline)) int write_cell(struct sb_twin_cell *cell, unsigned memory, uint32_t site)
{
    const uint32_t me = twin.tid;
    const uint32_t from = twin.race_from[memory];
    if ((cell->w_epoch >= from && (cell->w_tid != me || (cell->w_site & (SB_TWIN_MANY | SB_TWIN_MANY_BLOCKS)))) ||
        (cell->r_epoch >= from && (cell->r_tid != me || (cell->r_site & (SB_TWIN_MANY | SB_TWIN_MANY_BLOCKS))))) {
        return 0;
    }
    cell->w_tid = me;
    cell->w_epoch = twin.now[memory];
    cell->w_site = site;
    return 1;
}

/* Several granules (vectors, ranges), or what is aligned to no granule. */
static __attribute__((noinline)) void look_wide(const void *p, size_t bytes, unsigned memory, int write, const void *pc)
{
    const struct sb_twin_window *window = &twin.window[memory];
    struct sb_twin_segment *segment = window->page[((uintptr_t)p - window->begin) >> 12];
    if (segment) {
        const size_t at = (uintptr_t)p - segment->begin;
        const size_t granule = (size_t)1 << segment->shift;
        if (at + bytes <= segment->bytes && ((at | bytes) & (granule - 1)) == 0 && !(write && segment->read_only)) {
            struct sb_twin_cell *cell = &segment->cells[at >> segment->shift];
            const struct sb_twin_cell *const end = cell + (bytes >> segment->shift);
            const uint32_t site = (uint32_t)((uintptr_t)pc - twin.code_begin);
            while (cell < end && (write ? write_cell(cell, memory, site) : read_cell(cell, memory, site))) {
                ++cell;
            }
            if (cell == end) {
                return;
            }
        }
    }
    twin.slow(p, bytes, write ? SB_TWIN_WRITE : SB_TWIN_READ, pc);
}

/* One granule, which is what nearly every access is. Called with constants for all but the addresses. */
static inline __attribute__((always_inline)) void look_in(const void *p, size_t off, size_t bytes, unsigned memory,
                                                          int write, const void *pc)
{
    struct sb_twin_segment *segment = twin.window[memory].page[off >> 12];
    twin.accesses++;
    if (segment) {
        const size_t at = (uintptr_t)p - segment->begin;
        if (at + bytes <= segment->bytes && (size_t)1 << segment->shift == bytes && (at & (bytes - 1)) == 0 &&
            !(write && segment->read_only)) {
            struct sb_twin_cell *cell = &segment->cells[at / bytes];
            const uint32_t site = (uint32_t)((uintptr_t)pc - twin.code_begin);
            if (write ? write_cell(cell, memory, site) : read_cell(cell, memory, site)) {
                return;
            }
        }
    }
    look_wide(p, bytes, memory, write, pc);
}

static inline __attribute__((always_inline)) void look(const void *p, size_t bytes, int write, const void *pc)
{
    size_t off = (uintptr_t)p - twin.window[SB_TWIN_IN_SHARED].begin;
    if (off < twin.window[SB_TWIN_IN_SHARED].bytes) {
        look_in(p, off, bytes, SB_TWIN_IN_SHARED, write, pc);
        return;
    }
    off = (uintptr_t)p - twin.window[SB_TWIN_IN_GLOBAL].begin;
    if (off < twin.window[SB_TWIN_IN_GLOBAL].bytes) {
        look_in(p, off, bytes, SB_TWIN_IN_GLOBAL, write, pc);
        return;
    }
    foreign(p, bytes, write ? SB_TWIN_WRITE : SB_TWIN_READ, pc);
}

static __attribute__((noinline)) void look_any(const void *p, size_t bytes, int write, const void *pc)
{
    for (unsigned memory = 0; memory < 2; ++memory) {
        if ((uintptr_t)p - twin.window[memory].begin < twin.window[memory].bytes) {
            twin.accesses++;
            look_wide(p, bytes, memory, write, pc);
            return;
        }
    }
    foreign(p, bytes, write ? SB_TWIN_WRITE : SB_TWIN_READ, pc);
}

void sb_twin_look(const void *p, size_t bytes, enum sb_twin_access kind, const void *pc)
{
    SB_TWIN_NOTE(p, bytes, kind, pc);
    if (kind == SB_TWIN_READ) {
        look_any(p, bytes, 0, pc);
    } else if (kind == SB_TWIN_WRITE) {
        look_any(p, bytes, 1, pc);
    } else if ((uintptr_t)p - twin.stack_begin >= twin.stack_bytes && twin.watching) {
        twin.accesses++;
        twin.slow(p, bytes, kind, pc);
    }
}

#define HERE __builtin_return_address(0)
#define LOOK(p, n, write)                                                                                              \
    do {                                                                                                               \
        SB_TWIN_NOTE(p, n, (write) ? SB_TWIN_WRITE : SB_TWIN_READ, HERE);                                              \
        look(p, n, write, HERE);                                                                                       \
    } while (0)
/* A copy, whose type is not known. */
#define LOOK_RANGE(p, n, write)                                                                                        \
    do {                                                                                                               \
        SB_TWIN_NOTE(p, n, ((write) ? SB_TWIN_WRITE : SB_TWIN_READ) | SB_EVENT_RANGE, HERE);                           \
        look_any(p, n, write, HERE);                                                                                   \
    } while (0)
/* A volatile read lets others run before it is looked at: what they release until the load comes, it acquires. */
#define ACCESS(n)                                                                                                      \
    SB_TWIN_HIDDEN void __tsan_read##n(void *p) { LOOK(p, n, 0); }                                                     \
    SB_TWIN_HIDDEN void __tsan_write##n(void *p) { LOOK(p, n, 1); }                                                    \
    SB_TWIN_HIDDEN void __tsan_unaligned_read##n(void *p) { LOOK(p, n, 0); }                                           \
    SB_TWIN_HIDDEN void __tsan_unaligned_write##n(void *p) { LOOK(p, n, 1); }                                          \
    SB_TWIN_HIDDEN void __tsan_read_write##n(void *p) { LOOK(p, n, 0); LOOK(p, n, 1); }                                \
    SB_TWIN_HIDDEN void __tsan_unaligned_read_write##n(void *p) { LOOK(p, n, 0); LOOK(p, n, 1); }                      \
    SB_TWIN_HIDDEN void __tsan_volatile_read##n(void *p) { twin.spin(HERE); sb_twin_look(p, n, SB_TWIN_ATOMIC_READ, HERE); } \
    SB_TWIN_HIDDEN void __tsan_volatile_write##n(void *p) { sb_twin_look(p, n, SB_TWIN_ATOMIC_WRITE, HERE); }          \
    SB_TWIN_HIDDEN void __tsan_unaligned_volatile_read##n(void *p) { __tsan_volatile_read##n(p); }                     \
    SB_TWIN_HIDDEN void __tsan_unaligned_volatile_write##n(void *p) { __tsan_volatile_write##n(p); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

SB_TWIN_HIDDEN void __tsan_read_range(void *p, size_t bytes) { LOOK_RANGE(p, bytes, 0); }
SB_TWIN_HIDDEN void __tsan_write_range(void *p, size_t bytes) { LOOK_RANGE(p, bytes, 1); }
SB_TWIN_HIDDEN void __tsan_func_entry(void *pc) { SB_TWIN_NOTE_CALL(SB_EVENT_ENTER, pc); }
SB_TWIN_HIDDEN void __tsan_func_exit(void) { SB_TWIN_NOTE_CALL(SB_EVENT_LEAVE, HERE); }
SB_TWIN_HIDDEN void __tsan_init(void) {}
SB_TWIN_HIDDEN void __tsan_vptr_read(void **p) { (void)p; }
SB_TWIN_HIDDEN void __tsan_vptr_update(void **p, void *v) { (void)p; (void)v; }
/* Calls that copy memory are calls of ours, so that they are watched too: by clang's names, and by those of the C library
 * (compile.c has g++ leave them alone). Loops, for what a compiler makes of them must not be these functions again. */
#if defined(__clang__)
#define SB_TWIN_LOOP __attribute__((no_builtin("memcpy", "memmove", "memset")))
#else
#define SB_TWIN_LOOP __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif
SB_TWIN_LOOP static void *copy(void *to, const void *from, size_t bytes, const void *pc)
{
    unsigned char *d = to;
    const unsigned char *s = from;
    if (bytes > 0) {
        sb_twin_look(from, bytes, SB_TWIN_READ, pc);
        sb_twin_look(to, bytes, SB_TWIN_WRITE, pc);
    }
    if (d <= s || d >= s + bytes) {
        for (size_t i = 0; i < bytes; ++i) {
            d[i] = s[i];
        }
    } else {
        for (size_t i = bytes; i > 0; --i) {
            d[i - 1] = s[i - 1];
        }
    }
    return to;
}
SB_TWIN_LOOP static void *set(void *to, int value, size_t bytes, const void *pc)
{
    if (bytes > 0) {
        sb_twin_look(to, bytes, SB_TWIN_WRITE, pc);
    }
    for (size_t i = 0; i < bytes; ++i) {
        ((unsigned char *)to)[i] = (unsigned char)value;
    }
    return to;
}
#define SB_TWIN_COPIES(prefix)                                                                                         \
    SB_TWIN_HIDDEN void *prefix##memcpy(void *to, const void *from, size_t bytes) { return copy(to, from, bytes, HERE); } \
    SB_TWIN_HIDDEN void *prefix##memmove(void *to, const void *from, size_t bytes) { return copy(to, from, bytes, HERE); } \
    SB_TWIN_HIDDEN void *prefix##memset(void *to, int value, size_t bytes) { return set(to, value, bytes, HERE); }
SB_TWIN_COPIES(__tsan_)
SB_TWIN_COPIES()
SB_TWIN_COPIES(sb_twin_) /* of cuda_memory.h */
