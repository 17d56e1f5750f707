/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy, memmove and memset in a kernel: g++ makes instructions of them that nobody watches. What fits a register stays
 * with the compiler, which makes one access of it; the rest is a call of ours. Included after <string.h>, whose functions
 * these are (as glibc's own <bits/string_fortified.h> does it). */
#ifndef SB_TWIN_CUDA_MEMORY_H
#define SB_TWIN_CUDA_MEMORY_H

#include <string.h>

extern "C" {
SB_TWIN_HIDDEN void *sb_twin_memcpy(void *to, const void *from, size_t bytes);
SB_TWIN_HIDDEN void *sb_twin_memmove(void *to, const void *from, size_t bytes);
SB_TWIN_HIDDEN void *sb_twin_memset(void *to, int value, size_t bytes);

#define SB_TWIN_ONE_ACCESS(bytes)                                                                                      \
    (__builtin_constant_p(bytes) && ((bytes) == 1 || (bytes) == 2 || (bytes) == 4 || (bytes) == 8))
#define SB_TWIN_MEMORY(name, from_type)                                                                                \
    extern inline __attribute__((gnu_inline, always_inline)) void *name(void *to, from_type from, size_t bytes) throw() \
    {                                                                                                                  \
        return SB_TWIN_ONE_ACCESS(bytes) ? __builtin_##name(to, from, bytes) : sb_twin_##name(to, from, bytes);        \
    }
SB_TWIN_MEMORY(memcpy, const void *)
SB_TWIN_MEMORY(memmove, const void *)
SB_TWIN_MEMORY(memset, int)
#undef SB_TWIN_MEMORY
}

#endif
