/* SPDX-License-Identifier: Apache-2.0 */
/* CUDA's vector types (aligned as there) and their constructors. */
#ifndef SB_TWIN_CUDA_VECTORS_H
#define SB_TWIN_CUDA_VECTORS_H

#define SB_TWIN_VECTORS(T, name, a2, a4)                                                                               \
    struct name##1 { T x; };                                                                                           \
    struct __attribute__((aligned(a2))) name##2 { T x, y; };                                                           \
    struct __attribute__((aligned(a4))) name##4 { T x, y, z, w; };                                                     \
    SB_TWIN_PURE name##1 make_##name##1(T x) { return name##1{x}; }                                                    \
    SB_TWIN_PURE name##2 make_##name##2(T x, T y) { return name##2{x, y}; }                                            \
    SB_TWIN_PURE name##4 make_##name##4(T x, T y, T z, T w) { return name##4{x, y, z, w}; }                            \
    SB_TWIN_VECTOR3(T, name)
#define SB_TWIN_VECTOR3(T, name)                                                                                       \
    struct name##3 { T x, y, z; };                                                                                     \
    SB_TWIN_PURE name##3 make_##name##3(T x, T y, T z) { return name##3{x, y, z}; }
SB_TWIN_VECTORS(signed char, char, 2, 4)
SB_TWIN_VECTORS(unsigned char, uchar, 2, 4)
SB_TWIN_VECTORS(short, short, 4, 8)
SB_TWIN_VECTORS(unsigned short, ushort, 4, 8)
SB_TWIN_VECTORS(int, int, 8, 16)
SB_TWIN_VECTORS(long, long, 16, 16)
SB_TWIN_VECTORS(unsigned long, ulong, 16, 16)
SB_TWIN_VECTORS(long long, longlong, 16, 16)
SB_TWIN_VECTORS(unsigned long long, ulonglong, 16, 16)
SB_TWIN_VECTORS(float, float, 8, 16)
SB_TWIN_VECTORS(double, double, 16, 16)
#undef SB_TWIN_VECTOR3
#define SB_TWIN_VECTOR3(T, name) /* threadIdx is one (cuda.h) */                                                       \
    SB_TWIN_PURE name##3 make_##name##3(T x, T y, T z) { return name##3{x, y, z}; }
SB_TWIN_VECTORS(unsigned int, uint, 8, 16)
#undef SB_TWIN_VECTOR3
#undef SB_TWIN_VECTORS

#endif
