/* SPDX-License-Identifier: Apache-2.0 */
/**
 * C = alpha A B + beta C, row-major. A block of BX x BY threads owns TILE_M x TILE_N elements of C and walks along k
 * in steps of TILE_K: the threads pack a tile of A and one of B into SHARED memory, then each updates its micro-tile of
 * MR rows and NU x NV columns, which stays in registers for the whole step (Goto, van de Geijn, ACM TOMS 34, 2008;
 * Van Zee, van de Geijn, ACM TOMS 41, 2015). On a CPU the NV lanes of a thread are one vector and the threads run one
 * after the other; on a GPU NV is 1 and the threads are the lanes. Every sum runs over p = 0 … k − 1 in this order,
 * fused, whatever the tiles: in strict maths all backends give the same bits.
 */
#include "portable.h"

#define TILE_M (BY * MR)
#define TILE_N (BX * NU * NV)
#define PITCH (TILE_K + PAD)

/* Column u, v of thread x in the tile, and where tile_b keeps its row p. SPREAD 1: neighbours in x are neighbours in
 * memory (coalesced, no bank conflict); SPREAD 0: a thread's columns are a contiguous panel, read front to back. */
#if SPREAD
#define COLUMN(x, u, v) (((u) * BX + (x)) * NV + (v))
#define PACKED(p, x, u, v) ((p) * TILE_N + COLUMN(x, u, v))
#else
#define COLUMN(x, u, v) (((x) * NU + (u)) * NV + (v))
#define PACKED(p, x, u, v) ((((x) * TILE_K + (p)) * NU + (u)) * NV + (v))
#endif

KERNEL_BLOCKS(gemm, BX, BY, 1)(GLOBAL const real *restrict a, GLOBAL const real *restrict b,
                               GLOBAL real *restrict c, real alpha, real beta, index_t m, index_t n,
                               index_t k)
{
    SHARED(real, tile_a, TILE_M * PITCH);
    SHARED(real, tile_b, TILE_K * TILE_N);
    PRIVATE_ARRAY(real, sums, MR * NU * NV, BX * BY);

    const index_t row0 = BLOCK_Y * TILE_M;
    const index_t col0 = BLOCK_X * TILE_N;
    const int32_t rows = (int32_t)MIN(m - row0, TILE_M);
    const int32_t cols = (int32_t)MIN(n - col0, TILE_N);

    WIDE_THREADS_2D (x, y, BX, BY) {
        UNROLL
        for (int32_t e = 0; e < MR * NU; ++e) {
            LANES (v, NV) {
                MINE_ARRAY(sums, y * BX + x)[e * NV + v] = REAL(0.0);
            }
        }
    }
    for (index_t k0 = 0; k0 < k; k0 += TILE_K) {
        const int32_t depth = (int32_t)MIN(k - k0, TILE_K);
        WIDE_THREADS_2D (x, y, BX, BY) {
            const int32_t t = y * BX + x;
#if SPREAD
            for (int32_t e = t; e < TILE_M * TILE_K; e += BX * BY) {
                const int32_t i = e / TILE_K;
                const int32_t p = e % TILE_K;
                tile_a[i * PITCH + p] =
                    i < rows && p < depth ? a[(row0 + i) * k + k0 + p] : REAL(0.0);
            }
            for (int32_t e = t; e < TILE_N * TILE_K; e += BX * BY) {
                const int32_t p = e / TILE_N;
                const int32_t j = e % TILE_N;
                tile_b[e] = j < cols && p < depth ? b[(k0 + p) * n + col0 + j] : REAL(0.0);
            }
#else
            for (int32_t i = t; i < TILE_M; i += BX * BY) {
                const int32_t filled = i < rows ? depth : 0;
                LANES (p, filled) {
                    tile_a[i * PITCH + p] = a[(row0 + i) * k + k0 + p];
                }
                for (int32_t p = filled; p < depth; ++p) {
                    tile_a[i * PITCH + p] = REAL(0.0);
                }
            }
            for (int32_t p = t; p < depth; p += BX * BY) {
                for (int32_t j0 = 0, panel = 0; j0 < cols; j0 += NU * NV, ++panel) {
                    const int32_t width = MIN(NU * NV, cols - j0);
                    if (width == NU * NV) {
                        LANES (j, NU * NV) {
                            tile_b[PACKED(p, panel, 0, j)] = b[(k0 + p) * n + col0 + j0 + j];
                        }
                    } else {
                        for (int32_t j = 0; j < NU * NV; ++j) {
                            tile_b[PACKED(p, panel, 0, j)] =
                                j < width ? b[(k0 + p) * n + col0 + j0 + j] : REAL(0.0);
                        }
                    }
                }
            }
#endif
        }
        WIDE_THREADS_2D (x, y, BX, BY) {
            if (y * MR < rows && COLUMN(x, 0, 0) < cols) {
                VECTOR (v, NV) {
                    VECTOR_ARRAY(real, sum, MR * NU, NV);
                    UNROLL
                    for (int32_t e = 0; e < MR * NU; ++e) {
                        IN_VECTOR (v, NV) {
                            OF_LANE(sum, e, v) = MINE_ARRAY(sums, y * BX + x)[e * NV + v];
                        }
                    }
                    for (int32_t p = 0; p < depth; ++p) {
                        UNROLL
                        for (int32_t i = 0; i < MR; ++i) {
                            const real left = tile_a[(y * MR + i) * PITCH + p];
                            UNROLL
                            for (int32_t u = 0; u < NU; ++u) {
                                IN_VECTOR (v, NV) {
                                    OF_LANE(sum, i * NU + u, v) =
                                        FMA(left, tile_b[PACKED(p, x, u, v)],
                                            OF_LANE(sum, i * NU + u, v));
                                }
                            }
                        }
                    }
                    UNROLL
                    for (int32_t e = 0; e < MR * NU; ++e) {
                        IN_VECTOR (v, NV) {
                            MINE_ARRAY(sums, y * BX + x)[e * NV + v] = OF_LANE(sum, e, v);
                        }
                    }
                }
            }
        }
    }
    WIDE_THREADS_2D (x, y, BX, BY) {
        UNROLL
        for (int32_t i = 0; i < MR; ++i) {
            UNROLL
            for (int32_t u = 0; u < NU; ++u) {
                const int32_t width = y * MR + i < rows ? cols - COLUMN(x, u, 0) : 0;
                const index_t at = (row0 + y * MR + i) * n + col0 + COLUMN(x, u, 0);
                LANES (v, NV) {
                    if (v < width) {
                        const real product = MINE_ARRAY(sums, y * BX + x)[(i * NU + u) * NV + v];
                        c[at + v] = FMA(beta, c[at + v], alpha * product);
                    }
                }
            }
        }
    }
}
