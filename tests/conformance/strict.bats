#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# In strict maths every shipped kernel gives the same bits wherever it runs: processors at every level and vector length,
# emulated where they are not here, two compilers, and every backend that has a device. A difference is a bug.

bats_require_minimum_version 1.5.0

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    export BACKENDS=$("$SWITCHBENCH_BIN/switchbench" list backends --json |
        jq -r '[.[] | select(.device != null and .backend != "cpu") | .backend] | unique | join(" ")')
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." # the tree's root, wherever ctest runs
}

teardown_file() {
    rm -rf "$DIR"
}

# side NAME OPTIONS…: all kernels, tiny, strict, on the same inputs; what does not pass is printed, and fails
side() {
    local name=$1
    shift
    "$SWITCHBENCH_BIN/switchbench" run --presets tiny --maths strict --variants portable --samples 1 --seed 20261125 \
        --output "$DIR/$name" "$@" >"$DIR/$name.txt" 2>&1 3>&- || true
    jq -r 'select(.state != "passed") | "\(.name): \(.state) \(.reason)"' "$DIR/$name"/records/*.jsonl >"$DIR/$name.not"
    # an x86-64 level that this processor does not have has nothing to be compared with
    [ -z "$(grep -v 'needs AVX-512' "$DIR/$name.not")" ] || { cat "$DIR/$name.not"; return 1; }
    [ "$(cat "$DIR/$name"/records/*.jsonl | wc -l)" -ge "${LEAST:-40}" ] || { cat "$DIR/$name.txt"; return 1; }
}

digests() { # records: "case digest where", a line each
    jq -r '"\(.kernel)/\(.label) \(.precision) \(.parameters | tostring) \(.verdict.digest // "none") \(.backend) \(.target)"' "$@" |
        grep -v ' none '
}

# same_bits NAME: as the side "native" ($REFERENCE), case by case, none missing
same_bits() {
    local reference=${REFERENCE:-native}
    digests "$DIR/$reference"/records/*.jsonl | cut -d' ' -f1-4 | sort -u >"$DIR/expected"
    digests "$DIR/$1"/records/*.jsonl | cut -d' ' -f1-4 | sort -u >"$DIR/got"
    diff "$DIR/expected" "$DIR/got" || {
        digests "$DIR/$reference"/records/*.jsonl "$DIR/$1"/records/*.jsonl | sort | head -40
        return 1
    }
}

@test "the reference: cpu, native, passes" {
    side native --backends cpu
}

@test "x86-64 levels give the same bits" {
    [ "$(uname -m)" = x86_64 ] || skip "this processor is no x86-64"
    side x86 --backends cpu --target x86-64-v2,x86-64-v3,x86-64-v4
    same_bits x86
}

@test "clang gives the same bits as gcc" {
    clang=$(compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -V | tail -n 1)
    [ -n "$clang" ] || { echo "clang is not here: apt-get install clang-19"; return 1; }
    SWITCHBENCH_CC=$clang side clang --backends cpu
    jq -e -s 'all(.build.compiler | test("clang"))' "$DIR"/clang/records/*.jsonl
    jq -e -s 'all(.build.compiler | test("clang") | not)' "$DIR"/native/records/*.jsonl
    same_bits clang
}

@test "Arm gives the same bits, with NEON and with SVE of 128, 256 and 512 bits" {
    side arm --backends cpu --target armv8-a,armv8.2-a+sve
    [ "$(jq -r .target "$DIR"/arm/records/*.jsonl | sort -u | wc -l)" = 4 ]
    same_bits arm
}

@test "RISC-V gives the same bits, scalar and with V of 256 bits" {
    side riscv --backends cpu --target rv64gc,rv64gcv@256
    same_bits riscv
}

@test "every other backend with a device gives the same bits" {
    [ -n "$BACKENDS" ] || { echo "no backend but cpu has a device: PoCL and the twin always should"; return 1; }
    for backend in $BACKENDS; do
        echo "$backend"
        side "$backend" --backends "$backend"
        same_bits "$backend"
    done
}

@test "EXP, SIN and COS, which no shipped kernel uses, give the same bits" {
    export REFERENCE=elementary_native LEAST=2
    side elementary_native tests/conformance/elementary --backends cpu
    side elementary_others tests/conformance/elementary --backends cpu --target armv8-a,armv8.2-a+sve,rv64gc,x86-64-v2
    same_bits elementary_others
    clang=$(compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -V | tail -n 1)
    SWITCHBENCH_CC=$clang side elementary_clang tests/conformance/elementary --backends cpu
    same_bits elementary_clang
    for backend in $BACKENDS; do
        echo "$backend"
        side "elementary_$backend" tests/conformance/elementary --backends "$backend"
        same_bits "elementary_$backend"
    done
}

@test "the comparison can fail: fast maths gives other bits" {
    "$SWITCHBENCH_BIN/switchbench" run nbody gemm --presets tiny --maths fast --variants portable --samples 1 --seed 20261125 \
        --backends cpu --output "$DIR/fast" >/dev/null 2>&1 3>&-
    digests "$DIR"/native/records/*.jsonl | cut -d' ' -f1-4 | sort -u >"$DIR/expected"
    digests "$DIR"/fast/records/*.jsonl | cut -d' ' -f1-4 | sort -u >"$DIR/got"
    [ -n "$(comm -13 "$DIR/expected" "$DIR/got")" ]
}
