/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The parts of the twin, in the order in which a kernel meets them:
 *
 *   rewrite   the preprocessed source: shared memory, launch bounds, what the twin cannot take (construct and line)
 *   compile   g++ -fsanitize=thread, device/access.c linked in, → one object, content-addressed
 *   object    the loaded object: its launchers, its variables in shared and constant memory
 *   memory    arrays in a window of addresses, each element with a shadow cell
 *   schedule  blocks and threads in the order that this repetition draws; fibers, barriers, warp operations
 *   order     what fences and atomics order between threads
 *   watch     an access that the fast path did not settle: is it a race, out of bounds, uninitialised?
 *   finding   what was found, once per pair of places; sites → source lines
 */
#ifndef SB_TWIN_H
#define SB_TWIN_H

#include "backends/backend.h"
#include "backends/twin/counts/collect.h"
#include "backends/twin/device/abi.h"
#include "backends/twin/finding.h"
#include "backends/twin/order.h"
#include "backends/twin/schedule.h"

#define SB_TWIN_THREADS_MOST 1024
#define SB_TWIN_SHARED_MOST (227 * 1024) /* dynamic and static: compute capability 9.0 */

/** A variable of the object in shared, constant or device memory. */
struct sb_twin_variable {
    char name[64];
    unsigned char *address;
    size_t bytes;
    enum { SB_TWIN_SHARED_VARIABLE, SB_TWIN_CONSTANT_VARIABLE, SB_TWIN_DEVICE_VARIABLE } kind;
};

/** The loaded object. */
struct sb_twin_object {
    char path[1024];
    void *handle;
    struct sb_twin *twin;
    struct sb_twin_variable *variable;
    int variable_count;
};
/** Loads @p path, finds its variables in the ELF symbol table. Freed with sb_twin_object_close(). SB_EIO, SB_EPARSE. */
int sb_twin_object_open(struct sb_twin_object *out, const char *path, struct sb_error *err);
/** Whether @p address lies in the object, or in another library that is loaded. */
bool sb_twin_object_owns(uintptr_t address);
void sb_twin_object_close(struct sb_twin_object *object);

struct sb_twin_array {
    struct sb_twin_segment segment;
    size_t element_bytes;
    bool input, output; /* by its role */
};

struct sb_exec {
    struct sb_exec_options options;
    struct sb_twin_object object;
    /* memory */
    unsigned char *base; /* window of the arrays */
    size_t base_bytes, base_used;
    struct sb_twin_segment **page;
    struct sb_twin_array array[SB_MAX_ARRAYS];
    struct sb_twin_segment *variable;     /* one per variable of the object */
    struct sb_twin_segment *dynamic;      /* of `extern __shared__`, or NULL */
    struct sb_twin_segment **shared_page; /* of the object's variables */
    struct sb_twin_segment *
        *fast_page; /* the same for shared memory alone: the others take the slow path */
    unsigned char *shared_begin;
    size_t shared_bytes;
    /* this repetition */
    int repetition;
    int warps_only; /* 0, or the only warp size that this source is for */
    struct sb_twin_schedule schedule;
    struct sb_twin_order order;
    struct sb_twin_findings findings;
    const struct sb_launch_spec *launch;
    bool used_warps, used_atomics, used_barriers;
    struct sb_counting *counting; /* counts of the first repetition; NULL where nobody asked */
    uint64_t accesses;            /* of the first repetition */
    uint64_t first_ns, first_cpu_ns;
};

/** The running twin: services that compiled code calls have no other way to it. One per process. */
extern struct sb_exec *sb_twin_running;

/** Targets, whether there is a compiler for one, and the device a cell for it meets (backend.h). */
extern const char *const sb_twin_targets[];
enum sb_target_state sb_twin_target(const char *target, char *reason, size_t room);
int sb_twin_device(struct sb_device *out, const char *target, struct sb_error *err);

/** Compiles (backend.h). */
int sb_twin_compile(struct sb_artifact *out, const struct sb_source *source, struct sb_error *err);

/** The launch of the same function that comes first: its number names the launcher. */
int sb_twin_launcher(const struct sb_launches *launches, int launch);
/** Runs all launches (backend.h), each repetition under another schedule. */
int sb_twin_repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_launches *launches,
                   struct sb_error *err);

/** Reserves addresses for the arrays; the window grows no further. */
int sb_twin_memory_open(struct sb_exec *exec, struct sb_error *err);
int sb_twin_memory_allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                            struct sb_error *err);
/** Segments of the object's variables; after sb_twin_object_open(). */
int sb_twin_memory_variables(struct sb_exec *exec, struct sb_error *err);
/** The segment at @p address, or NULL. */
struct sb_twin_segment *sb_twin_memory_find(const struct sb_exec *exec, uintptr_t address,
                                            enum sb_twin_memory *out_memory);
/** The segment nearest to an address that lies in none, or NULL. */
const struct sb_twin_segment *sb_twin_memory_nearest(const struct sb_exec *exec, uintptr_t address);
/** Whether memory is there, so that an access goes on after its finding. */
bool sb_twin_memory_mapped(const struct sb_exec *exec, uintptr_t address, size_t bytes);
/** Whether an access that meets no segment is of the compiler's making: tables of constants, a library's data. */
bool sb_twin_memory_innocent(const struct sb_exec *exec, uintptr_t address, size_t bytes);
/** Halves the granule until it is 1 << @p shift; every half inherits the state. SB_ENOMEM. */
int sb_twin_segment_refine(struct sb_twin_segment *segment, uint32_t shift, struct sb_error *err);
/** Every element was written by the host (@p valid), or by nobody yet. */
void sb_twin_segment_reset(struct sb_twin_segment *segment, bool valid);
void sb_twin_memory_close(struct sb_exec *exec);

/** Attaches counting to the object. SB_EABSENT where it was not compiled for it, and without objdump. */
int sb_twin_counts_open(struct sb_exec *exec, struct sb_error *err);
/** A launch of the first repetition begins and ends; nothing where nobody asked for counts. */
int sb_twin_counts_begin(struct sb_exec *exec, const struct sb_launch_spec *launch,
                         struct sb_error *err);
int sb_twin_counts_end(struct sb_exec *exec, struct sb_error *err);
/** record.observed.counts; new reference. */
json_t *sb_twin_counts_json(const struct sb_exec *exec);

/** Adds a finding of the running launch; function and warp size are filled in here. */
void sb_twin_find(struct sb_finding *finding);
/** Offset of a return address in the object. */
uint32_t sb_twin_site(const void *pc);
/** The party that a thread's number stands for; site as shadow cells keep it. */
struct sb_party sb_twin_party(uint32_t tid, uint32_t site, enum sb_twin_access access);
/** Whether two places are of one source line (a barrier in an unrolled loop is one barrier). */
bool sb_twin_same_line(uint32_t a, uint32_t b);

/** The service behind sb_twin.slow. */
void sb_twin_watch(const void *p, size_t bytes, enum sb_twin_access kind, const void *pc);

#endif
