#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Loops over the registries: every kernel, every preset row of `tiny`, every backend and variant that is here.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    "$SWITCHBENCH_BIN/switchbench" run --presets tiny --maths fast,strict --samples 1 --name conformance \
        --output "$DIR/all" >"$DIR/run.txt" 2>&1 3>&- || true
    cat "$DIR"/all/records/*.jsonl >"$DIR/records.jsonl"
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." # the tree's root, wherever ctest runs
}

teardown_file() {
    rm -rf "$DIR"
}

fails() { # jq filter: prints the records for which it holds; none may
    local found
    found=$(jq -r "select($1) | \"\(.name): \(.state) \(.reason // \"\")\"" "$DIR/records.jsonl")
    [ -z "$found" ] || { echo "$found"; return 1; }
}

@test "every cell ends, and every one passes here on cpu and opencl" {
    cat "$DIR/run.txt"
    [ "$(wc -l <"$DIR/records.jsonl")" = "$(jq '.cells | length' "$DIR/all/plan.json")" ]
    fails '.state != "passed"'
}

@test "every kernel of the tree was run, on both backends, in both maths modes" {
    local found=0
    for folder in kernels/*/; do
        kernel=$(basename "$folder")
        [ -f "$folder/$kernel.dev.c" ] || continue
        found=$((found + 1))
        for backend in cpu opencl; do
            for maths in fast strict; do
                jq -e -s "any(.kernel == \"$kernel\" and .backend == \"$backend\" and .maths == \"$maths\")" \
                    "$DIR/records.jsonl" >/dev/null || { echo "$kernel $backend $maths was not run"; return 1; }
            done
        done
    done
    [ $found -gt 0 ]
}

@test "strict maths: the same bits on cpu and opencl, case by case" {
    jq -r 'select(.maths == "strict" and .variant == "portable") | "\(.kernel)/\(.label)|\(.precision)|\(.parameters) \(.verdict.digest)"' \
        "$DIR/records.jsonl" | sort -u >"$DIR/digests"
    # two lines with the same case are two different digests
    differing=$(sed 's/ [0-9a-f]*$//' "$DIR/digests" | uniq -d)
    [ -z "$differing" ] || { echo "$differing"; return 1; }
}

@test "every element of every output was compared, none was left unchecked, and each kernel has a truth from outside" {
    fails '(.verdict.checks | length) == 0'
    for kernel in $(jq -r .kernel "$DIR/records.jsonl" | sort -u); do
        jq -e -s "any(.kernel == \"$kernel\" and any(.verdict.checks[]; .kind == \"truth\" or (.what | test(\"Freivalds\"))))" "$DIR/records.jsonl" >/dev/null ||
            { echo "$kernel checks no truth"; return 1; }
    done
}

@test "verification is of the timed code: the repetition after sampling was verified too" {
    fails '.verdict.repetitions < 2'
}

@test "presets tiny, small, medium and large exist for every kernel" {
    for kernel in $(jq -r .kernel "$DIR/records.jsonl" | sort -u); do
        for preset in tiny small medium large; do
            "$SWITCHBENCH_BIN/switchbench" list cells "$kernel" --presets $preset --json | jq -e 'length > 0' >/dev/null
        done
    done
}

@test "serial, 64-bit indices and the other precision give right answers too" {
    run "$SWITCHBENCH_BIN/switchbench" run --presets tiny --backends cpu --variants portable --threads 1 --index-bits 64 \
        --reals double,float --samples 1 --output "$DIR/serial"
    echo "$output"
    [ "$status" = 0 ]
}

@test "the runner is clean under ThreadSanitizer" {
    [ -x "$SWITCHBENCH_TSAN/switchbench" ] || { echo "scripts/test builds build-tsan first"; return 1; }
    # Compiled kernels and libgomp are not instrumented, so ThreadSanitizer cannot see libgomp's barriers: what such
    # modules touch is passed over; all of the runner's own code is watched.
    TSAN_OPTIONS=ignore_noninstrumented_modules=1 run "$SWITCHBENCH_TSAN/switchbench" run stream gemm --presets tiny --samples 3 --backends cpu --variants portable --output "$DIR/tsan"
    echo "$output"
    [ "$status" = 0 ]
    ! grep -r "ThreadSanitizer" "$DIR/tsan/jobs"
}
