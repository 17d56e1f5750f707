/* SPDX-License-Identifier: Apache-2.0 */
/* Work-item functions, barriers and fences (OpenCL C 1.2, 6.12.1, 6.12.8, 6.12.9; 2.0, 6.13.1), by their mangled names. */
#include "../abi.h"

/* What lies behind the last variable of the kernel: an index that leaves it meets nothing of ours. */
#define ROOM(name, where)                                                                          \
    __attribute__((section(where), aligned(4096), used, retain)) static unsigned char name[4096];
ROOM(sb_twin_room_shared, "sb_shared")
ROOM(sb_twin_room_constant, ".sb_twin_constant")
ROOM(sb_twin_room_variables, ".sb_twin_variables")

#define HERE __builtin_return_address(0)

static size_t of(const struct sb_twin_3 *v, unsigned d, size_t beyond)
{
    return d == 0 ? v->x : d == 1 ? v->y : d == 2 ? v->z : beyond;
}
#define PER_DIMENSION(name, symbol, value)                                                         \
    SB_TWIN_HIDDEN size_t name(unsigned d) __asm__(symbol);                                        \
    size_t name(unsigned d)                                                                        \
    {                                                                                              \
        const struct sb_twin_here *here = sb_twin.here;                                            \
        return (value);                                                                            \
    }
PER_DIMENSION(local_id, "_Z12get_local_idj", of(&here->sb_thread, d, 0))
PER_DIMENSION(local_size, "_Z14get_local_sizej", of(&here->sb_block_size, d, 1))
PER_DIMENSION(enqueued_local_size, "_Z23get_enqueued_local_sizej", of(&here->sb_block_size, d, 1))
PER_DIMENSION(group_id, "_Z12get_group_idj", of(&here->sb_block, d, 0))
PER_DIMENSION(group_count, "_Z14get_num_groupsj", of(&here->sb_grid, d, 1))
PER_DIMENSION(global_offset, "_Z17get_global_offsetj", of(&here->sb_offset, d, 0))
PER_DIMENSION(global_size, "_Z15get_global_sizej",
              of(&here->sb_grid, d, 1) * of(&here->sb_block_size, d, 1))
PER_DIMENSION(global_id, "_Z13get_global_idj",
              of(&here->sb_offset, d, 0) + of(&here->sb_block, d, 0) * of(&here->sb_block_size, d, 1) +
                  of(&here->sb_thread, d, 0))

SB_TWIN_HIDDEN unsigned work_dim(void) __asm__("_Z12get_work_dimv");
unsigned work_dim(void) { return sb_twin.here->sb_dims; }
SB_TWIN_HIDDEN size_t local_linear_id(void) __asm__("_Z19get_local_linear_idv");
size_t local_linear_id(void)
{
    return (local_id(2) * local_size(1) + local_id(1)) * local_size(0) + local_id(0);
}
SB_TWIN_HIDDEN size_t global_linear_id(void) __asm__("_Z20get_global_linear_idv");
size_t global_linear_id(void)
{
    const size_t x = global_id(0) - global_offset(0), y = global_id(1) - global_offset(1);
    return ((global_id(2) - global_offset(2)) * global_size(1) + y) * global_size(0) + x;
}

/* CLK_LOCAL_MEM_FENCE and CLK_GLOBAL_MEM_FENCE have the values of enum sb_twin_fence; images are not taken. */
#define FENCES(flags) ((flags) & (SB_TWIN_LOCAL | SB_TWIN_GLOBAL))
#define BARRIER(name, symbol, ...)                                                                 \
    SB_TWIN_HIDDEN void name(unsigned flags __VA_ARGS__) __asm__(symbol);                          \
    void name(unsigned flags __VA_ARGS__) { sb_twin.barrier(SB_TWIN_PLAIN, FENCES(flags), 0, HERE); }
BARRIER(barrier, "_Z7barrierj")
BARRIER(group_barrier, "_Z18work_group_barrierj")
BARRIER(group_barrier_within, "_Z18work_group_barrierj12memory_scope", , int scope)
#define FENCE(name, symbol, ...)                                                                   \
    SB_TWIN_HIDDEN void name(unsigned flags __VA_ARGS__) __asm__(symbol);                          \
    void name(unsigned flags __VA_ARGS__) { sb_twin.fence(FENCES(flags), HERE); }
FENCE(mem_fence, "_Z9mem_fencej")
FENCE(read_fence, "_Z14read_mem_fencej")
FENCE(write_fence, "_Z15write_mem_fencej")
FENCE(work_item_fence, "_Z22atomic_work_item_fencej12memory_order12memory_scope", , int order, int scope)
SB_TWIN_HIDDEN int group_all(int predicate) __asm__("_Z14work_group_alli");
int group_all(int predicate) { return sb_twin.barrier(SB_TWIN_AND, 0, predicate != 0, HERE); }
SB_TWIN_HIDDEN int group_any(int predicate) __asm__("_Z14work_group_anyi");
int group_any(int predicate) { return sb_twin.barrier(SB_TWIN_OR, 0, predicate != 0, HERE); }

/* For atomic.cl: whether an atomic changed memory, which is what others may be waiting for. */
SB_TWIN_HIDDEN void sb_twin_changed(int changed, const void *pc);
void sb_twin_changed(int changed, const void *pc)
{
    if (changed) {
        sb_twin.changes++;
    } else {
        sb_twin.spin(pc);
    }
}
SB_TWIN_HIDDEN void sb_twin_fence(unsigned fences, const void *pc);
void sb_twin_fence(unsigned fences, const void *pc) { sb_twin.fence(fences, pc); }

/* For subgroup.cl. */
SB_TWIN_HIDDEN uint64_t sb_twin_warp(int what, uint64_t value, int argument, int width, const void *pc);
uint64_t sb_twin_warp(int what, uint64_t value, int argument, int width, const void *pc)
{
    return sb_twin.warp((enum sb_twin_warp)what, ~0ULL, value, argument, width, pc);
}
SB_TWIN_HIDDEN uint64_t sb_twin_active(void);
uint64_t sb_twin_active(void) { return sb_twin.active(); }
SB_TWIN_HIDDEN uint32_t sb_twin_warp_size(void);
uint32_t sb_twin_warp_size(void) { return sb_twin.here->sb_warp_size; }
SB_TWIN_HIDDEN uint32_t sb_twin_lane(void);
uint32_t sb_twin_lane(void) { return sb_twin.here->sb_lane; }
