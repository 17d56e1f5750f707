/* SPDX-License-Identifier: Apache-2.0 */
/* C = alpha A B + beta C for GPUs: a block owns BM × BN of C, a thread TM × TN of it in registers; the next tiles of A
 * (transposed in shared memory) and B are on their way from memory while those before are multiplied. One barrier a step,
 * as the tiles alternate between two buffers. Sums run over p = 0 … k − 1, fused: the portable source's bits. */
#if SB_REAL_FLOAT
typedef float real;
#else
typedef double real;
#endif
#if SB_INDEX_64
typedef long long index_t;
#else
typedef int index_t;
#endif

template <int BM, int BN, int BK, int TM, int TN>
__global__ void __launch_bounds__((BM / TM) * (BN / TN))
    gemm_tiles(const real *__restrict__ a, const real *__restrict__ b, real *__restrict__ c, real alpha, real beta, index_t m,
               index_t n, index_t k)
{
    constexpr int THREADS = (BM / TM) * (BN / TN), FROM_A = BM * BK / THREADS, FROM_B = BK * BN / THREADS;
    static_assert(BM * BK % THREADS == 0 && BK * BN % THREADS == 0, "every thread fetches as much");
    __shared__ real tile_a[2][BK][BM + 1], tile_b[2][BK][BN];
    const int t = (int)threadIdx.x, tx = t % (BN / TN), ty = t / (BN / TN);
    const index_t row0 = (index_t)blockIdx.y * BM, col0 = (index_t)blockIdx.x * BN;
    real next_a[FROM_A], next_b[FROM_B], sum[TM][TN] = {};

    const auto fetch = [&](index_t k0) {
#pragma unroll
        for (int e = 0; e < FROM_A; ++e) {
            const int i = (t + e * THREADS) / BK, p = (t + e * THREADS) % BK;
            next_a[e] = row0 + i < m && k0 + p < k ? a[(row0 + i) * k + k0 + p] : real(0);
        }
#pragma unroll
        for (int e = 0; e < FROM_B; ++e) {
            const int p = (t + e * THREADS) / BN, j = (t + e * THREADS) % BN;
            next_b[e] = col0 + j < n && k0 + p < k ? b[(k0 + p) * n + col0 + j] : real(0);
        }
    };
    const auto store = [&](int side) {
#pragma unroll
        for (int e = 0; e < FROM_A; ++e) {
            tile_a[side][(t + e * THREADS) % BK][(t + e * THREADS) / BK] = next_a[e];
        }
#pragma unroll
        for (int e = 0; e < FROM_B; ++e) {
            tile_b[side][(t + e * THREADS) / BN][(t + e * THREADS) % BN] = next_b[e];
        }
    };

    fetch(0);
    store(0);
    __syncthreads();
    int side = 0;
    for (index_t k0 = 0; k0 < k; k0 += BK, side ^= 1) {
        if (k0 + BK < k) {
            fetch(k0 + BK);
        }
#pragma unroll
        for (int p = 0; p < BK; ++p) {
            real left[TM], right[TN];
#pragma unroll
            for (int i = 0; i < TM; ++i) {
                left[i] = tile_a[side][p][ty * TM + i];
            }
#pragma unroll
            for (int j = 0; j < TN; ++j) {
                right[j] = tile_b[side][p][tx + j * (BN / TN)];
            }
#pragma unroll
            for (int i = 0; i < TM; ++i) {
#pragma unroll
                for (int j = 0; j < TN; ++j) {
                    sum[i][j] = fma(left[i], right[j], sum[i][j]);
                }
            }
        }
        if (k0 + BK < k) {
            store(side ^ 1);
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < TM; ++i) {
#pragma unroll
        for (int j = 0; j < TN; ++j) {
            const index_t row = row0 + ty * TM + i, col = col0 + tx + j * (BN / TN);
            if (row < m && col < n) {
                c[row * n + col] = fma(beta, c[row * n + col], alpha * sum[i][j]);
            }
        }
    }
}
