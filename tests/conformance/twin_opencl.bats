#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every kernel as OpenCL C on the twin: the dialect's OpenCL form and native .cl files, watched, without a finding.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    command -v "${SWITCHBENCH_CLANG:-clang-19}" >/dev/null || return 0
    "$SWITCHBENCH_BIN/switchbench" run --presets tiny --backends twin --target opencl --maths fast,strict \
        --output "$DIR/all" >"$DIR/run.txt" 2>&1 3>&- || true
    cat "$DIR"/all/records/*.jsonl >"$DIR/records.jsonl"
}
teardown_file() {
    rm -rf "$DIR"
}
setup() {
    [ -e "$DIR/records.jsonl" ] || skip "no clang-19"
    cd "$BATS_TEST_DIRNAME/../.." # the tree's root, wherever ctest runs
}

@test "every case of every kernel passes, nothing found" {
    cat "$DIR/run.txt"
    [ "$(wc -l <"$DIR/records.jsonl")" = "$(jq '.cells | length' "$DIR/all/plan.json")" ]
    [ "$(jq -r 'select(.state != "passed") | "\(.name): \(.state) \(.reason // "")"' "$DIR/records.jsonl")" = "" ]
    [ "$(jq -s '[.[].kernel] | unique | length' "$DIR/records.jsonl")" = "$(ls -d kernels/*/*.dev.c | wc -l)" ]
    jq -e -s 'all(.observed.findings == [] and .observed.accesses > 0 and .emulated == "twin")' "$DIR/records.jsonl"
}

@test "a native .cl is taken by the target's name, and compiled by clang" {
    jq -e -s '[.[] | select(.variant == "native")] | length > 0' "$DIR/records.jsonl"
    jq -e -s 'all(.build.compiler | test("clang"))' "$DIR/records.jsonl"
}

@test "strict maths: the cpu backend's bits" {
    "$SWITCHBENCH_BIN/switchbench" run --presets tiny --backends cpu --variants portable --maths strict --samples 1 \
        --seed "$(jq -r .seed "$DIR/all/plan.json")" --output "$DIR/cpu" 3>&-
    cat "$DIR"/cpu/records/*.jsonl "$DIR/records.jsonl" |
        jq -r 'select(.maths == "strict" and .variant == "portable") | "\(.kernel)/\(.label)|\(.precision)|\(.parameters) \(.verdict.digest)"' |
        sort -u >"$DIR/digests"
    differing=$(sed 's/ [0-9a-f]*$//' "$DIR/digests" | uniq -d)
    [ -z "$differing" ] || { echo "$differing"; return 1; }
    [ "$(wc -l <"$DIR/digests")" -gt 40 ]
}
