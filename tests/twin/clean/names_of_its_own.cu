// SPDX-License-Identifier: Apache-2.0
// Macros with short, usual names; copies and fills of memory, by the library and by the compiler's own words.
// launch: pack<T><<<2, 64>>>(u, bytes)
// array: u float[128] inout
// array: bytes uchar[1536] inout
#include <algorithm>
#include <cstring>
#define T 3
#define N 64
#define block 4
#define thread 3
#define grid 2
#define block_size 64
#define warp_size 32
#define lane (threadIdx.x % warp_size)
#define warp (threadIdx.x / warp_size)
#define value 3
#define mask 0xff
#define kernel 5
#define args 6
using namespace std;
struct record {
    short a, b, c, d, e, f;
};
template <int K> __global__ void pack(float *u, unsigned char *bytes)
{
    const int i = blockIdx.x * block_size + threadIdx.x;
    record own, *const records = reinterpret_cast<record *>(bytes);
    memset(&own, 0, sizeof own);
    own.a = (short)(lane + warp);
    own.b = (short)min((int)u[i], value);
    own.c = (short)max(own.a, own.b);
    __builtin_memcpy(&records[i], &own, sizeof own);
    std::memcpy(&own, &records[i], sizeof own);
    memmove(&records[i], &own, K * sizeof(short));
    float x;
    memcpy(&x, &u[i], sizeof x);
    u[i] = x + own.c + (block + thread + grid + kernel + args + (lane & mask)) % N;
}
