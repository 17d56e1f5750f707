/* SPDX-License-Identifier: Apache-2.0 */
/* words: to_global to_local to_private get_fence */
/* Which address space a generic pointer points into (OpenCL C 2.0, 6.13.9). */
#include "../abi.h"

static int in_local(const void *p)
{
    return (uintptr_t)p - sb_twin.window[SB_TWIN_IN_SHARED].begin < sb_twin.window[SB_TWIN_IN_SHARED].bytes;
}
static int in_private(const void *p)
{
    return (uintptr_t)p - sb_twin.stack_begin < sb_twin.stack_bytes;
}
SB_TWIN_HIDDEN void *__to_global(void *p);
void *__to_global(void *p) { return in_local(p) || in_private(p) ? NULL : p; }
SB_TWIN_HIDDEN void *__to_local(void *p);
void *__to_local(void *p) { return in_local(p) ? p : NULL; }
SB_TWIN_HIDDEN void *__to_private(void *p);
void *__to_private(void *p) { return in_private(p) ? p : NULL; }
SB_TWIN_HIDDEN unsigned fence_of(void *p) __asm__("_Z9get_fencePU9CLgenericv");
unsigned fence_of(void *p) { return in_local(p) ? SB_TWIN_LOCAL : SB_TWIN_GLOBAL; }
SB_TWIN_HIDDEN unsigned fence_of_constant(const void *p) __asm__("_Z9get_fencePU9CLgenericKv");
unsigned fence_of_constant(const void *p) { return in_local(p) ? SB_TWIN_LOCAL : SB_TWIN_GLOBAL; }
