/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The portable dialect: C99 and the macros below, so that one file is ordinary C with OpenMP and SIMD on a CPU and
 * a kernel in OpenCL C 1.2, CUDA and HIP. The lesson is dialect/LESSON.md; the sections are in dialect/.
 *
 *   KERNEL(name)(args) { FOR_EACH_1D (i, n) … }     independent iterations; also _2D (i, j, nx, ny), _3D (i, j, k,
 *                                                    nx, ny, nz), x = i fastest. The extent is given to the macro
 *                                                    (never `if (i < n)` inside) and equals the launch's.
 *   FILL_1D(i, n, a, value);                         a[i] = value for all i, past the caches where
 *                                                    SB_STREAM_STORES is 1 and the backend has such a store
 *   FOR_EACH_2D_FRAMED(i, j, nx, ny, inside, border); the statement border for the cells of the first and last row
 *                                                    and column, inside for the others: no test within the lanes
 *   KERNEL_BLOCKS(name, BX, BY, BZ)(args) { … }      blocks of BX × BY × BZ threads, constants at compile time:
 *     SHARED(T, name, count);                        memory of the block; at the top of the function only
 *     PRIVATE(T, name, BX * BY);  MINE(name, t)      a value per thread that lives across regions; t = y * BX + x
 *     PRIVATE_ARRAY(T, name, count, BX * BY);  MINE_ARRAY(name, t)[k]
 *     BLOCK_X BLOCK_Y BLOCK_Z  BLOCKS_X …            which block this is, how many there are (index_t)
 *     THREADS_1D (x, BX) { … }                       a region: all threads of the block, then a barrier.
 *     THREADS_2D (x, y, BX, BY), THREADS_3D          On a CPU a vectorised loop over the block.
 *     …_TO (x, BX, limit)                            only threads below the limit; the barrier is for all
 *     THREADS_OVER_2D (x, y, nx, ny, BX)             a region over nx × ny items, dealt to the threads of a 1D block
 *     …_FREE                                         ends without a barrier: later regions read nothing written here
 *     WIDE_THREADS_1D/2D                             each thread vectorises within itself (LANES); not across threads
 *   Between regions only uniform code: loops with uniform bounds, assignments of uniform values.
 *   A region is left at its end only: no break, return or goto out of it.
 *
 *   LANES (i, n) { … }                               a short loop of independent iterations inside a thread
 *   VECTOR (v, n) { … }                              lanes around sequential loops. Statements on them stand in
 *     IN_VECTOR (v, n) { … }                         (one of the two is the loop, as the compiler vectorises); values
 *     VECTOR_ARRAY(T, name, count, n);               that live across: count per lane, declared first in VECTOR,
 *     OF_LANE(name, k, v)                            value k of lane v
 *   UNROLL                                           before a loop whose bound is a compile-time constant
 *   GLOBAL LOCAL                                     address space of every pointer argument (LOCAL: to SHARED)
 *   FUNCTION                                         a helper: FUNCTION real f(real x) { … }; pointers carry spaces
 *   CONSTANT                                         a table at file scope: CONSTANT real w[3] = { … };
 *   real, index_t                                    double or float; 32 or 64 bits, by the case. int32_t, uint32_t,
 *                                                    int64_t, uint64_t in every dialect. Not: size_t, bool, vectors.
 *   REAL(0.5)                                        a literal of that type (a bare 0.5 is a double)
 *   SQRT RSQRT EXP SIN COS FABS FMA MIN MAX          on real. FMA is fused wherever the target has it
 *   ATOMIC_ADD(p, v), ATOMIC_ADD_SHARED(p, v)        on 32-bit integers in GLOBAL, in SHARED
 *   ATOMIC_ADD_REAL(p, v), ATOMIC_ADD_REAL_SHARED    on real; order, hence rounding, is not defined
 *
 * Set by the harness: SB_REAL_FLOAT, SB_INDEX_64, SB_STRICT, SB_STREAM_STORES, SB_EXACT, and a kernel's tunings.
 */
#ifndef SB_PORTABLE_H
#define SB_PORTABLE_H

#ifndef SB_REAL_FLOAT
#define SB_REAL_FLOAT 0
#endif
#ifndef SB_INDEX_64
#define SB_INDEX_64 0
#endif
#ifndef SB_STREAM_STORES
#define SB_STREAM_STORES 0
#endif
/* Experiments of the porting oracle (harness/oracle/): the other order of blocks and threads; no region without barrier. */
#ifndef SB_REVERSED
#define SB_REVERSED 0
#endif
#ifndef SB_BARRIERS
#define SB_BARRIERS 0
#endif

#if defined(SB_DIALECT_HEADER)
#include SB_DIALECT_HEADER
#elif defined(__OPENCL_VERSION__) || defined(__OPENCL_C_VERSION__)
#include "dialect/opencl.h"
#elif defined(__CUDACC__) || defined(__HIP__) || defined(__HIPCC__)
#include "dialect/gpu.h"
#else
#include "dialect/c.h"
#endif

#ifndef REAL
#define REAL(x) ((real)(x))
#endif
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
