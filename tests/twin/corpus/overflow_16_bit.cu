// SPDX-License-Identifier: Apache-2.0
// Neighbour lists hold 16-bit indices, signed by mistake: from the 32768th particle on they are negative.
// launch: gather<<<313, 128>>>(charge, sum, 40000)
// array: charge uchar[40000] in random(0, 100)
// array: sum uchar[40000] out
// finds: out_of_bounds at "sum[i] = charge[neighbour]"
__global__ void gather(const unsigned char *charge, unsigned char *sum, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
#ifdef RIGHT
        const unsigned short neighbour = (unsigned short)(n - 1 - i);
#else
        const short neighbour = (short)(n - 1 - i);
#endif
        sum[i] = charge[neighbour];
    }
}
