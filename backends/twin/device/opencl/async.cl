/* SPDX-License-Identifier: Apache-2.0 */
/* words: async_work_group prefetch */
/* Asynchronous copies (OpenCL C 1.2, 6.12.10) of every type; async.c does them. prefetch() changes nothing. */
#include "base.h"

event_t sb_copy(ulong to, ulong from, ulong count, ulong to_stride, ulong from_stride, ulong bytes, event_t event,
                ulong pc) __asm__("sb_twin_copy");
#define PC ((ulong)__builtin_return_address(0))
#define COPY(n, T, ...) COPY_OF(T##n)
#define COPY_OF(T)                                                                                 \
    event_t OVER async_work_group_copy(__local T *to, const __global T *from, ulong n, event_t e)  \
    {                                                                                              \
        return sb_copy((ulong)to, (ulong)from, n, 1, 1, sizeof(T), e, PC);                         \
    }                                                                                              \
    event_t OVER async_work_group_copy(__global T *to, const __local T *from, ulong n, event_t e)  \
    {                                                                                              \
        return sb_copy((ulong)to, (ulong)from, n, 1, 1, sizeof(T), e, PC);                         \
    }                                                                                              \
    event_t OVER async_work_group_strided_copy(__local T *to, const __global T *from, ulong n,     \
                                               ulong stride, event_t e)                            \
    {                                                                                              \
        return sb_copy((ulong)to, (ulong)from, n, 1, stride, sizeof(T), e, PC);                    \
    }                                                                                              \
    event_t OVER async_work_group_strided_copy(__global T *to, const __local T *from, ulong n,     \
                                               ulong stride, event_t e)                            \
    {                                                                                              \
        return sb_copy((ulong)to, (ulong)from, n, stride, 1, sizeof(T), e, PC);                    \
    }                                                                                              \
    void OVER prefetch(const __global T *p, ulong n) { (void)p, (void)n; }
#define ALL_WIDTHS(T, ...) COPY_OF(T) FOR_WIDTHS(COPY, T)
FOR_INTEGERS(ALL_WIDTHS)
ALL_WIDTHS(float)
ALL_WIDTHS(double)
