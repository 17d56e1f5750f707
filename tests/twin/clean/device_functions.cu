// SPDX-License-Identifier: Apache-2.0
// Less common functions of CUDA, each checked against what it is defined by.
// launch: roundings<<<2, 64>>>(x)
// launch: words<<<2, 64>>>(n)
// launch: inverses<<<2, 64>>>(x)
// array: x double[128] inout random(0.01, 0.99)
// array: n uint[128] inout random(0, 2000000000)
#include <cassert>
#include <ctime>
#include <math_constants.h>
#include <vector_types.h>
__global__ void roundings(double *x)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double a = x[i], b = 1.0 / 3.0;
    const float f = (float)a, g = 1.0f / 3.0f;
    assert(__dadd_rd(a, b) <= __dadd_rn(a, b) && __dadd_rn(a, b) <= __dadd_ru(a, b));
    assert(__dmul_rz(a, b) == __dmul_rd(a, b) && __dmul_rz(-a, b) == __dmul_ru(-a, b));
    assert(__ddiv_ru(a, 3.0) - __ddiv_rd(a, 3.0) < 1e-15 && __dsqrt_rd(a) * __dsqrt_rd(a) <= __dsqrt_ru(a) * __dsqrt_ru(a));
    assert(__fadd_rd(f, g) <= __fadd_ru(f, g) && __fmaf_rz(f, g, 1.0f) <= __fmaf_ru(f, g, 1.0f));
    assert(__fma_rd(a, b, 1.0) <= __fma_ru(a, b, 1.0) && __frcp_rd(3.0f) < __frcp_ru(3.0f) && __drcp_rz(3.0) < __drcp_ru(3.0));
    assert(a < CUDART_PI && f < CUDART_INF_F);
    x[i] = clock() >= 0 ? a : 0;
}
__global__ void words(unsigned *n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = __ldcv(n + i), b = a * 2654435761u;
    unsigned sum = 0;
    int dot = 0;
    for (int k = 0; k < 4; ++k) {
        const unsigned p = a >> 8 * k & 255, q = b >> 8 * k & 255;
        const unsigned most = p + q > 255 ? 255 : p + q;
        assert((__vadd4(a, b) >> 8 * k & 255) == ((p + q) & 255) && (__vaddus4(a, b) >> 8 * k & 255) == most);
        assert((__vcmpgtu4(a, b) >> 8 * k & 255) == (p > q ? 255 : 0));
        sum += p > q ? p - q : q - p;
        dot += (signed char)p * (signed char)q;
    }
    assert(__vsadu4(a, b) == sum && __dp4a((int)a, (int)b, 7) == dot + 7);
    assert(__vmaxs2(0x7fff8000u, 0x80007fffu) == 0x7fff7fffu && __vsub2(0x00010000u, 0x00020001u) == 0xffffffffu);
    assert(__funnelshift_lc(a, b, 40) == a && __funnelshift_rc(a, b, 32) == b && __fns(0x90u, 0, 2) == 7);
    const ulong4 wide = make_ulong4(a, b, 0, 0);
    const ushort3 narrow = make_ushort3((unsigned short)a, (unsigned short)b, 3);
    __stwt(n + i, (unsigned)wide.x);
    if (narrow.z == 3) {
        atomicCAS_system(n + i, a, a + narrow.z);
    }
}
__global__ void inverses(double *x)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double y = x[i];
    assert(fabs(erf(erfinv(y)) - y) < 1e-14 && fabs(erfc(erfcinv(y)) - y) < 1e-14 && erfcinv(1.0) == 0);
    assert(fabs(erfinvf((float)y) - erfinv(y)) < 1e-5 * (1 + erfinv(y)));
    assert(fabs(cyl_bessel_i0(1.0) - 1.2660658777520084) < 1e-15 && fabs(cyl_bessel_i1(1.0) - 0.5651591039924851) < 1e-15);
    const double three[] = {2, 3, 6};
    x[i] = norm(3, three) - 7 + y;
}
