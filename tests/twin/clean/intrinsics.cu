// SPDX-License-Identifier: Apache-2.0
// Conversions, bit operations and functions whose values CUDA's documentation defines: a wrong one ends in __trap().
// launch: conversions<<<1, 32>>>(x)
// launch: bits<<<1, 32>>>(x)
// array: x double[4] in ramp(0.1, 1.0)
__device__ void must(bool right)
{
    if (!right) {
        __trap();
    }
}

__global__ void conversions(const double *x)
{
    must(__double2int_rn(2.5) == 2 && __double2int_rz(-2.7) == -2 && __double2int_ru(2.1) == 3 && __double2int_rd(-2.1) == -3);
    must(__double2int_rz(1e20) == 2147483647 && __double2int_rz(-1e20) == -2147483647 - 1);
    must(__float2uint_rz(-1.5f) == 0u && __float2uint_rn(4294967296.0f) == 4294967295u && __float2int_rn(3.5f) == 4);
    must(__double2ll_rz(-9007199254740993.0) == -9007199254740992LL && __float2ull_rz(1e30f) == 18446744073709551615ULL);
    must(__int2float_rz(16777219) == 16777218.0f && __int2float_ru(16777217) == 16777218.0f);
    must(__ll2float_rd(-16777217LL) == -16777218.0f && __uint2float_rn(16777219u) == 16777220.0f);
    must(__double2float_rd(x[0]) < 0.1 && __double2float_ru(x[0]) > 0.1 && __double2float_rn(x[0]) == 0.1f);
    must(__ull2double_rz(9007199254740993ULL) == 9007199254740992.0 && __int2double_rn(-7) == -7.0);
    must(sinpi(x[0] + 0.9) == 0.0 && cospi(0.5) == 0.0 && cospi(3.0) == -1.0 && rcbrt(8.0) == 0.5 && norm3d(2.0, 3.0, 6.0) == 7.0);
}

__global__ void bits(const double *x)
{
    must(__brev(1u) == 0x80000000u && __brevll(2ULL) == 1ULL << 62 && __popcll(~0ULL) == 64 && __clz(1) == 31);
    must(__byte_perm(0x03020100u, 0x07060504u, 0x7531u) == 0x07050301u && __byte_perm(0x80u, 0u, 0x4448u) == 0xffu);
    must(__funnelshift_l(0x80000000u, 1u, 1u) == 3u && __ffsll(1LL << 40) == 41 && __umulhi(1u << 31, 4u) == 2u);
    must(__mul64hi(-1LL, 1LL) == -1LL && __hadd(-3, 2) == -1 && __rhadd(1, 2) == 2 && __usad(3u, 10u, 1u) == 8u);
    must(__hiloint2double(__double2hiint(x[1]), __double2loint(x[1])) == x[1]);
    must(__longlong_as_double(__double_as_longlong(x[2])) == x[2] && __int_as_float(__float_as_int(1.5f)) == 1.5f);
    must(max(-1, 2) == 2 && min(3u, 2u) == 2u && umax(1u, 2u) == 2u && abs(-3) == 3 && fmaxf(1.0f, 2.0f) == 2.0f);
}
