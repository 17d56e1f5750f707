#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every kernel, for every architecture that has a compiler here: it compiles, and where an emulator runs it, it is right.

bats_require_minimum_version 1.5.0

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    export KERNELS=$(for file in "$BATS_TEST_DIRNAME"/../../kernels/*/*.dev.c; do basename "$(dirname "$file")"; done)
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." # the tree's root, wherever ctest runs
}

teardown_file() {
    rm -rf "$DIR"
}

# matrix NAME OPTIONS…: builds; what failed is printed
matrix() {
    local name=$1
    shift
    "$SWITCHBENCH_BIN/switchbench" build --json "$@" >"$DIR/$name.json" 2>"$DIR/$name.err"
    local rc=$?
    jq -r '.[] | select(.state == "failed") | "\(.kernel) \(.case) \(.precision) \(.target): \(.reason)"' "$DIR/$name.json" | sort -u
    [ "$rc" = 0 ] || cat "$DIR/$name.err"
    return $rc
}

built_for() { # NAME TARGET: every kernel has built functions for it
    local kernel
    for kernel in $KERNELS; do
        jq -e --arg k "$kernel" --arg t "$2" \
            'any(.[]; .kernel == $k and .target == $t and .variant == "portable" and .state == "built" and .code_bytes > 0)' \
            "$DIR/$1.json" >/dev/null || { echo "$kernel was not built for $2"; return 1; }
    done
}

@test "every kernel compiles for every processor" {
    matrix cpu --backends cpu --presets tiny
    for target in native x86-64-v2 x86-64-v3 x86-64-v4 armv8-a armv8.2-a+sve armv9-a rv64gc rv64gcv; do
        built_for cpu "$target"
    done
}

@test "the kernels' loops become vectors: NEON, SVE, AVX2, AVX-512, RISC-V's V; gcc has none for RV64GC" {
    [ -s "$DIR/cpu.json" ]
    # histogram counts with atomics: one element at a time everywhere
    for kernel in $(echo "$KERNELS" | grep -v histogram); do
        while read -r target width; do
            jq -e --arg k "$kernel" --arg t "$target" --arg w "$width" \
                'any(.[]; .kernel == $k and .target == $t and .variant == "portable" and .vector == $w)' \
                "$DIR/cpu.json" >/dev/null || { echo "$kernel has no vectors of $width for $target"; return 1; }
        done <<<"armv8-a 128
armv8.2-a+sve scalable
armv9-a scalable
x86-64-v3 256
x86-64-v4 512
rv64gcv scalable"
    done
    jq -e 'all(.[]; .target != "rv64gc" or .vector == "scalar")' "$DIR/cpu.json"
}

@test "every kernel compiles for every GPU that has a compiler here, both precisions, all sizes, and with 64-bit indices" {
    gpus=$("$SWITCHBENCH_BIN/switchbench" list targets --json |
        jq -r '[.[] | select((.backend == "cuda" or .backend == "hip") and .state == "ready") | .target] | unique | join(",")')
    [ -n "$gpus" ] || skip "no compiler for GPUs is here: $("$SWITCHBENCH_BIN/switchbench" list targets --json | jq -r '.[] | select(.backend == "cuda" or .backend == "hip") | .reason' | sort -u | head -2)"
    matrix gpu32 --backends cuda,hip --target "$gpus" --presets tiny,small,medium,large --reals double,float
    matrix gpu64 --backends cuda,hip --target "$gpus" --presets tiny --index-bits 64
    for target in ${gpus//,/ }; do
        built_for gpu32 "$target"
        built_for gpu64 "$target"
    done
    jq -e 'all(.[]; .state != "built" or .registers > 0)' "$DIR/gpu32.json" "$DIR/gpu64.json"
    jq -r '.[] | select(.spill_bytes > 0) | "\(.kernel) \(.function) \(.precision) \(.target) spills \(.spill_bytes) bytes"' "$DIR"/gpu*.json
}

@test "emulated, in fast maths, every kernel is right at every vector length; it is marked, and nothing is timed" {
    run "$SWITCHBENCH_BIN/switchbench" run --backends cpu --variants portable --presets tiny --samples 1 \
        --target armv8-a,armv8.2-a+sve,armv9-a@256,rv64gc,rv64gcv --output "$DIR/fast"
    echo "$output" | grep -v " passed "
    [ "$status" = 0 ]
    cat "$DIR"/fast/records/*.jsonl >"$DIR/fast.jsonl"
    [ "$(jq -r .target "$DIR/fast.jsonl" | sort -u | wc -l)" = 9 ]
    jq -e -s 'all(.state == "passed" and (.emulated | test("^qemu-(aarch64|riscv64) [0-9]")) and .timing == null and .derived == null)' "$DIR/fast.jsonl"
    python3 - "$DIR/fast.jsonl" <<'P'
import json, sys
import jsonschema
schema = json.load(open("results/schema/record.schema.json"))
validator = jsonschema.Draft202012Validator(schema)
for line in open(sys.argv[1]):
    validator.validate(json.loads(line))
P
    # the length is the processor's, not the compiler's: one code for all
    jq -r 'select(.target | startswith("armv8.2-a+sve@")) | "\(.kernel) \(.label) \(.build.key)"' "$DIR/fast.jsonl" |
        sort -u | cut -d' ' -f1,2 >"$DIR/codes"
    [ -z "$(uniq -d "$DIR/codes")" ]
}

@test "an emulated run with two threads, and with one" {
    for threads in 1 2; do
        "$SWITCHBENCH_BIN/switchbench" run gemm histogram --backends cpu --variants portable --presets tiny --samples 1 \
            --target armv8-a --threads $threads --output "$DIR/threads$threads"
        jq -e -s --arg t "$threads" 'all(.state == "passed" and (.placement | startswith($t + " emulated thread")))' \
            "$DIR/threads$threads"/records/*.jsonl
    done
}

@test "emulated cells have no place in a comparison of speed" {
    [ -d "$DIR/threads1" ]
    run "$SWITCHBENCH_BIN/switchbench" compare "$DIR/threads1" "$DIR/threads2" --gate 3%
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"missing"*"both ran on qemu-aarch64"*"verified, and never timed"* ]]
}

@test "x86-64-v4 on a processor without AVX-512 is unsupported, and says why" {
    command -v qemu-x86_64 >/dev/null || skip "qemu-x86_64 stands in for such a processor: apt-get install qemu-user"
    [ -x "$SWITCHBENCH_RELEASE/switchbench-runner" ] || { echo "scripts/test builds build/ first"; return 1; }
    # an emulated runner: its CPUID has AVX2 and no AVX-512
    mkdir -p "$DIR/emulated"
    cp "$SWITCHBENCH_RELEASE/switchbench" "$DIR/emulated/"
    printf '#!/bin/sh\nexec qemu-x86_64 -cpu max %s "$@"\n' "$SWITCHBENCH_RELEASE/switchbench-runner" >"$DIR/emulated/switchbench-runner"
    chmod +x "$DIR/emulated/switchbench-runner"
    SWITCHBENCH_KERNELS=$PWD/kernels run "$DIR/emulated/switchbench" run stream --labels triad --presets tiny --samples 1 \
        --target x86-64-v4 --output "$DIR/v4"
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"unsupported"*"needs AVX-512"* ]]
}
