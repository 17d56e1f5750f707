#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# switchbench twin FILE.cl: what the twin does not take is said with construct and line; a missing compiler with its package.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    CLEAN=$BATS_TEST_DIRNAME/../twin/clean
    export SWITCHBENCH_CACHE=$BATS_TEST_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

# told CODE SENTENCE FILE…: that exit code and, on stderr, one sentence like that
told() {
    local wanted=$1 sentence=$2 code=0
    shift 2
    "$BIN/switchbench" twin "$@" >out 2>err || code=$?
    cat out err
    [ "$code" -eq "$wanted" ]
    [[ "$(cat err)" == *$sentence ]]
}
need_clang() {
    command -v "${SWITCHBENCH_CLANG:-clang-19}" >/dev/null || skip "no clang-19"
}

@test "without clang: which package to install, 6" {
    SWITCHBENCH_CLANG=/absent/clang told 6 "no OpenCL C compiler (/absent/clang): install clang-19, or set SWITCHBENCH_CLANG" \
        "$CLEAN/atomics.cl"
}

@test "images and samplers, 6" {
    need_clang
    printf '// launch: f<<<1, 1>>>(a)\n// array: a int[1] out\n/* image2d_t */ __kernel void f(__global int *a)\n{\n    a[0] = 1;\n}\n__kernel void g(read_only image2d_t picture) {}\n' >image.cl
    told 6 "the twin does not take image2d_t: $PWD/image.cl:7" image.cl
}

@test "a built-in function that the twin has not, 6" {
    need_clang
    printf '#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n// launch: f<<<1, 1>>>(a)\n// array: a float[1] out\n__kernel void f(__global float *a)\n{\n    half h = 1;\n    a[0] = (float)sin(h);\n}\n' >half.cl
    told 6 "the twin does not take sin() of these types: $PWD/half.cl:7" half.cl
}

@test "what is no OpenCL C: the compiler's words, 7" {
    need_clang
    printf '// launch: f<<<1, 1>>>(a)\n// array: a int[1] out\n__kernel void f(__global int *a)\n{\n    a[0] = b;\n}\n' >wrong.cl
    told 7 "use of undeclared identifier 'b'*" wrong.cl
    grep -q "wrong.cl:5:12" err
}

@test "a launch that does not fit the kernel, 7" {
    need_clang
    printf '// launch: f<<<1, 1>>>(a, 3)\n// launch: g<<<1, 1>>>(a)\n// array: a int[1] out\n__kernel void f(__global int *a) { a[0] = 1; }\n' >fit.cl
    told 7 "fit.cl: the launch of f gives 2 arguments, the kernel has 1" fit.cl
    printf '// launch: g<<<1, 1>>>(a)\n// array: a int[1] out\n__kernel void f(__global int *a) { a[0] = 1; }\n' >name.cl
    told 7 "name.cl has no kernel g, which the repetition launches" name.cl
    printf '// launch: f<<<1, 32>>>(a)\n// array: a int[1] out\n__kernel __attribute__((reqd_work_group_size(8, 8, 1))) void f(__global int *a) { a[0] = 1; }\n' >size.cl
    told 7 "size.cl: f requires work-groups of 8 × 8 × 1, the launch has 32 × 1 × 1" size.cl
}
