// SPDX-License-Identifier: Apache-2.0
// continue, break, a loop within the loop and a switch that falls through: lanes meet again at the end of each.
// array: a float[1024] in random
// array: b float[64] out
// launch: walk<<<1, 64>>>(a, b)
// expect: "a[k * 64 + x]" warp32.load~ = 10 requests, 126 lanes
// expect: "a[512 + 64" warp32.load~ = 30 requests, 186 lanes
// expect: "a[768" warp32.load~ = 2 requests, 16 lanes
// expect: "a[832" warp32.load~ = 2 requests, 16 lanes
// expect: "a[896" warp32.load~ = 2 requests, 48 lanes
// expect: "a[k * 64 + x]" warp64.load~ = 5 requests, 126 lanes
// expect: "a[512 + 64" warp64.load~ = 15 requests, 186 lanes
// expect: "a[768" warp64.load~ = 1 requests, 16 lanes
// expect: "a[832" warp64.load~ = 1 requests, 16 lanes
// expect: "a[896" warp64.load~ = 1 requests, 48 lanes
__global__ void walk(const float *a, float *b)
{
    const int x = threadIdx.x;
    float s = 0;
    for (int k = 0; k < 8; ++k) {
        if ((x + k) % 3 == 0) {
            continue;
        }
        if (k > x % 5) {
            break;
        }
        s += a[k * 64 + x];
        int j = 0;
        while (j < (x ^ k) % 4) {
            s *= a[512 + 64 * j + x];
            ++j;
        }
    }
    switch (x % 4) {
    case 0:
        s += a[768 + x];
        break;
    case 1:
        s -= a[832 + x];
        /* falls through */
    default:
        s *= a[896 + x];
    }
    b[x] = s;
}
