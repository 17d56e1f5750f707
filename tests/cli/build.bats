#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
# `switchbench build`, `list targets` and --targets: every architecture, without its device.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." # the tree's root, wherever ctest runs
}

teardown_file() {
    rm -rf "$DIR"
}

build() {
    run --separate-stderr "$SWITCHBENCH_BIN/switchbench" build "$@"
    echo "$output" "$stderr"
}

@test "an unknown target: 2, with the closest name" {
    build stream --target armv8.2+sve
    [ "$status" = 2 ]
    [[ "$stderr" == *"no target 'armv8.2+sve': did you mean 'armv8.2-a+sve'?"* ]]
    run "$SWITCHBENCH_BIN/switchbench" run stream --target x86-64-v33
    [ "$status" = 2 ]
    [[ "$output" == *"did you mean 'x86-64-v3'?"* ]]
    run "$SWITCHBENCH_BIN/switchbench" list targets frobnicate
    [ "$status" = 2 ]
    [[ "$output" == *"no target 'frobnicate'; 'switchbench list targets' shows what there is"* ]]
}

@test "a vector length is a power of two, and of scalable vectors only" {
    for target in armv8.2-a+sve@100 armv8-a@128 armv8.2-a+sve@ armv8.2-a+sve@256x rv64gc@128; do
        build stream --target "$target"
        [ "$status" = 2 ]
    done
}

@test "one kernel for processors that are not here: code size and vectors of every function" {
    build stream --labels triad --presets tiny --target x86-64-v3,armv8-a,armv8.2-a+sve,rv64gc,rv64gcv --json
    [ "$status" = 0 ]
    echo "$output" | jq -e 'length == 5 and all(.state == "built" and .function == "stream_triad" and .code_bytes > 50)'
    vectors() { echo "$output" | jq -r ".[] | select(.target == \"$1\") | .vector"; }
    [ "$(vectors x86-64-v3)" = 256 ]
    [ "$(vectors armv8-a)" = 128 ]
    [ "$(vectors armv8.2-a+sve)" = scalable ]
    [ "$(vectors rv64gc)" = scalar ]
    [ "$(vectors rv64gcv)" = scalable ]
}

@test "RISC-V with V by gcc 12, which makes no vectors: scalar, and said so" {
    riscv64-linux-gnu-gcc -dumpversion | grep -q '^12' || skip "the cross gcc is not version 12"
    SWITCHBENCH_CC_RISCV64=riscv64-linux-gnu-gcc build stream --labels triad --presets tiny --target rv64gcv --json
    [ "$status" = 0 ]
    echo "$output" | jq -e 'all(.vector == "scalar" and (.compiler | test("riscv64-linux-gnu-gcc")))'
}

@test "the same again is found, not compiled, and a run finds it too" {
    build stream --labels triad --presets tiny --target x86-64-v3,armv8.2-a+sve --csv
    [ "$status" = 0 ]
    build stream --labels triad --presets tiny --target x86-64-v3,armv8.2-a+sve --json
    [ "$status" = 0 ]
    echo "$output" | jq -e 'all(.cached and .compile_ns == 0)'
    "$SWITCHBENCH_BIN/switchbench" run stream --labels triad --presets tiny --samples 1 \
        --target x86-64-v3,armv8.2-a+sve@256 --output "$DIR/cached"
    jq -e -s 'length == 2 and all(.build.cached)' "$DIR"/cached/records/*.jsonl
}

@test "a kernel that does not compile: 7, and the others compile" {
    (cd "$DIR" && "$SWITCHBENCH_BIN/switchbench" new kernel broken) >/dev/null
    sed -i 's/FOR_EACH_1D *(.*$/& this is no C;/' "$DIR/broken/broken.dev.c"
    build "$DIR/broken" stencil --presets tiny --target armv8-a
    [ "$status" = 7 ]
    [[ "$output" == *"failed"*"broken.dev.c:"*"error"* ]]
    [[ "$output" == *"3 units for 1 targets: 2 compiled, "*"1 failed"* ]]
}

@test "a missing cross compiler: 6 where it leaves nothing, with the package; 0 where others compile" {
    export SWITCHBENCH_CC_AARCH64=/nonexistent/gcc
    build stream --labels triad --presets tiny --target armv8-a
    [ "$status" = 6 ]
    [[ "$output" == *"missing armv8-a (cpu): "*"apt-get install gcc-aarch64-linux-gnu"* ]]
    build stream --labels triad --presets tiny --target armv8-a,x86-64-v2
    [ "$status" = 0 ]
    [[ "$output" == *"1 compiled"*"1 without a compiler"* ]]
    run "$SWITCHBENCH_BIN/switchbench" run stream --labels triad --presets tiny --target armv8-a --output "$DIR/missing"
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"unsupported"*"apt-get install gcc-aarch64-linux-gnu"* ]]
    run "$SWITCHBENCH_BIN/switchbench" list targets armv8-a
    [[ "$output" == *"missing"*"apt-get install"* ]]
}

@test "axes that exclude each other: 6, and a word on it" {
    build stream --target armv8-a --backends opencl
    [ "$status" = 6 ]
    [[ "$stderr" == *"nothing is left to compile"* ]]
}

@test "a target is run by the backends that know it, at every vector length that is emulated" {
    run "$SWITCHBENCH_BIN/switchbench" list cells stream --labels triad --presets tiny --target armv8.2-a+sve --json
    echo "$output"
    [ "$(echo "$output" | jq -r '[.[] | "\(.backend) \(.target)"] | join(",")')" = \
        "cpu armv8.2-a+sve@128,cpu armv8.2-a+sve@256,cpu armv8.2-a+sve@512" ]
}

@test "the pipeline in scripts/gitlab-ci.yml compiles every target that is known, and no other" {
    listed=$(sed -n '/^compile:/,/script:/s/.*TARGET: \[\(.*\)\].*/\1/p' scripts/gitlab-ci.yml | tr -d ' ' | tr ',' '\n' | sort)
    # x86-64-v2 and rv64gc are no more than what the levels above them hold
    known=$("$SWITCHBENCH_BIN/switchbench" list targets --json |
        jq -r '.[] | select(.backend != "twin") | .target' | grep -vE '@|^x86-64-v2$|^rv64gc$' | sort -u)
    [ -n "$listed" ]
    diff <(echo "$listed") <(echo "$known")
}
