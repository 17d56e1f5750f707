/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this library share. They are OpenCL C 3.0 without clang's declarations (-cl-no-stdinc): a built-in is
 * declared where it is defined. Functions of vectors go by halves until scalars are left.
 */
#ifndef SB_TWIN_OPENCL_BASE_H
#define SB_TWIN_OPENCL_BASE_H

#pragma OPENCL EXTENSION cl_khr_fp64 : enable

#define OVER __attribute__((overloadable))

#define FOR_WIDTHS(X, ...)                                                                         \
    X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__) X(8, __VA_ARGS__) X(16, __VA_ARGS__)
/* X(type, its signed and unsigned companions of the same width, more…) */
#define FOR_SIGNED(X, ...)                                                                         \
    X(char, char, uchar, __VA_ARGS__) X(short, short, ushort, __VA_ARGS__)                         \
    X(int, int, uint, __VA_ARGS__) X(long, long, ulong, __VA_ARGS__)
#define FOR_UNSIGNED(X, ...)                                                                       \
    X(uchar, char, uchar, __VA_ARGS__) X(ushort, short, ushort, __VA_ARGS__)                       \
    X(uint, int, uint, __VA_ARGS__) X(ulong, long, ulong, __VA_ARGS__)
#define FOR_INTEGERS(X, ...) FOR_SIGNED(X, __VA_ARGS__) FOR_UNSIGNED(X, __VA_ARGS__)
#define FOR_SPACES(X, ...)                                                                         \
    X(__global, __VA_ARGS__) X(__local, __VA_ARGS__) X(__private, __VA_ARGS__) X(__generic, __VA_ARGS__)

/* Vectors of f, whose scalar form stands before: R f(A), R f(A, B), R f(A, B, D). */
#define BY_HALVES_1(R, A, f)                                                                       \
    R##2 OVER f(A##2 a) { return (R##2)(f(a.x), f(a.y)); }                                         \
    R##3 OVER f(A##3 a) { return (R##3)(f(a.xy), f(a.z)); }                                        \
    R##4 OVER f(A##4 a) { return (R##4)(f(a.lo), f(a.hi)); }                                       \
    R##8 OVER f(A##8 a) { return (R##8)(f(a.lo), f(a.hi)); }                                       \
    R##16 OVER f(A##16 a) { return (R##16)(f(a.lo), f(a.hi)); }
#define BY_HALVES_2(R, A, B, f)                                                                    \
    R##2 OVER f(A##2 a, B##2 b) { return (R##2)(f(a.x, b.x), f(a.y, b.y)); }                       \
    R##3 OVER f(A##3 a, B##3 b) { return (R##3)(f(a.xy, b.xy), f(a.z, b.z)); }                     \
    R##4 OVER f(A##4 a, B##4 b) { return (R##4)(f(a.lo, b.lo), f(a.hi, b.hi)); }                   \
    R##8 OVER f(A##8 a, B##8 b) { return (R##8)(f(a.lo, b.lo), f(a.hi, b.hi)); }                   \
    R##16 OVER f(A##16 a, B##16 b) { return (R##16)(f(a.lo, b.lo), f(a.hi, b.hi)); }
#define HALF_3(f, h) f(a.h, b.h, c.h)
#define BY_HALVES_3(R, A, B, D, f)                                                                 \
    R##2 OVER f(A##2 a, B##2 b, D##2 c) { return (R##2)(HALF_3(f, x), HALF_3(f, y)); }             \
    R##3 OVER f(A##3 a, B##3 b, D##3 c) { return (R##3)(HALF_3(f, xy), HALF_3(f, z)); }            \
    R##4 OVER f(A##4 a, B##4 b, D##4 c) { return (R##4)(HALF_3(f, lo), HALF_3(f, hi)); }           \
    R##8 OVER f(A##8 a, B##8 b, D##8 c) { return (R##8)(HALF_3(f, lo), HALF_3(f, hi)); }           \
    R##16 OVER f(A##16 a, B##16 b, D##16 c) { return (R##16)(HALF_3(f, lo), HALF_3(f, hi)); }
/* convert_T… has the width in its name. */
#define CONVERT_BY_HALVES(R, s, A)                                                                 \
    R##2 OVER convert_##R##2##s(A##2 a) { return (R##2)(convert_##R##s(a.x), convert_##R##s(a.y)); } \
    R##3 OVER convert_##R##3##s(A##3 a) { return (R##3)(convert_##R##2##s(a.xy), convert_##R##s(a.z)); } \
    R##4 OVER convert_##R##4##s(A##4 a) { return (R##4)(convert_##R##2##s(a.lo), convert_##R##2##s(a.hi)); } \
    R##8 OVER convert_##R##8##s(A##8 a) { return (R##8)(convert_##R##4##s(a.lo), convert_##R##4##s(a.hi)); } \
    R##16 OVER convert_##R##16##s(A##16 a) { return (R##16)(convert_##R##8##s(a.lo), convert_##R##8##s(a.hi)); }
/* Whose last argument may be one number for all elements. */
#define LAST_FOR_ALL(n, R, A, B, f)                                                                \
    R##n OVER f(A##n a, B b) { return f(a, (B##n)(b)); }

/* For a T that is a macro: a level more, so that it is replaced before it is joined to a width. */
#define HALVES_1(R, A, f) BY_HALVES_1(R, A, f)
#define HALVES_2(R, A, B, f) BY_HALVES_2(R, A, B, f)
#define HALVES_3(R, A, B, D, f) BY_HALVES_3(R, A, B, D, f)
#define FOR_ALL(n, R, A, B, f) LAST_FOR_ALL(n, R, A, B, f)
#define STR_(a) #a
#define STR(a) STR_(a)

/* abi.h's sb_twin_look() as OpenCL C can say it; on the CPU every address space is the same. */
void sb_look(ulong p, ulong bytes, int kind, ulong pc) __asm__("sb_twin_look");
#define LOOK(p, bytes, kind) sb_look((ulong)(p), (bytes), (kind), (ulong)__builtin_return_address(0))
#define LOOK_READ 0
#define LOOK_WRITE 1

#endif
