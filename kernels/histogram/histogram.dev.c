/* SPDX-License-Identifier: Apache-2.0 */
/* How often each of `bins` keys occurs. A block counts its CHUNK of keys in copies of the histogram of its own, of
 * which neighbouring keys use different ones (a run of equal keys would otherwise wait for itself), then adds what it
 * found to the whole. */
#include "portable.h"

KERNEL(clear)(GLOBAL int32_t *restrict count, index_t bins)
{
    FOR_EACH_1D (b, bins) {
        count[b] = 0;
    }
}

KERNEL_BLOCKS(count_keys, THREADS, 1, 1)
(GLOBAL const int32_t *restrict key, GLOBAL int32_t *restrict count, int32_t bins, int32_t copies,
 index_t n)
{
    SHARED(int32_t, mine, SLOTS);
    const index_t first = BLOCK_X * CHUNK;
    const int32_t keys = (int32_t)MIN((index_t)CHUNK, n - first);
    const int32_t slots = bins * copies;
    int32_t k = 0;

    for (int32_t s = 0; s < slots; s += THREADS) {
        THREADS_1D_TO (t, THREADS, slots - s) {
            mine[s + t] = 0;
        }
    }
    for (; k + THREADS < keys; k += THREADS) {
        THREADS_1D_FREE (t, THREADS) {
            ATOMIC_ADD_SHARED(&mine[key[first + k + t] * copies + (t & (copies - 1))], 1);
        }
    }
    THREADS_1D_TO (t, THREADS, keys - k) {
        ATOMIC_ADD_SHARED(&mine[key[first + k + t] * copies + (t & (copies - 1))], 1);
    }
    for (int32_t b = 0; b < bins; b += THREADS) {
        THREADS_1D_TO (t, THREADS, bins - b) {
            int32_t found = 0;
            for (int32_t c = 0; c < copies; ++c) {
                found += mine[(b + t) * copies + c];
            }
            if (found > 0) {
                ATOMIC_ADD(&count[b + t], found);
            }
        }
    }
}
