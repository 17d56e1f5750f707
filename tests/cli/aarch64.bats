#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Both programs as 64-bit Arm programs, emulated: scripts/aarch64 builds them (scripts/test does before the tests).

setup_file() {
    [ -z "$SWITCHBENCH_NO_AARCH64" ] || skip "SWITCHBENCH_NO_AARCH64 is set: the Arm programs were not built"
    export DIR=$(mktemp -d)
    # the sysroot is where the script put it; code compiled here is the test's own
    export SWITCHBENCH_SYSROOT=${SWITCHBENCH_SYSROOT:-${SWITCHBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/switchbench}/sysroot-arm64}
    export SWITCHBENCH_CACHE=$DIR/cache
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." # the tree's root, wherever ctest runs
}

teardown_file() {
    rm -rf "$DIR"
}

@test "both programs are Arm's" {
    scripts/aarch64 build
    for program in switchbench switchbench-runner; do
        # ELF header: e_machine, bytes 18 and 19, is 183 (EM_AARCH64)
        [ "$(od -An -tu2 -j18 -N2 build-aarch64/$program | tr -d ' ')" = 183 ]
    done
}

@test "doctor: the cpu backend is there, with a compiler for Arm" {
    run scripts/aarch64 doctor
    echo "$output"
    [ "$status" = 0 ]
    [[ "$output" == *"backend cpu"*"ok"*"aarch64-linux-gnu-gcc"* ]]
}

@test "run: every cell is verified, with SVE, and marked emulated" {
    run scripts/aarch64 run stream histogram --presets tiny --backends cpu --variants portable --maths fast,strict --output "$DIR/out"
    echo "$output"
    [ "$status" = 0 ]
    cat "$DIR"/out/records/*.jsonl >"$DIR/records.jsonl"
    jq -e -s 'length > 20 and all(.state == "passed" and (.emulated | test("^qemu-aarch64 ")) and .timing == null)' "$DIR/records.jsonl"
    jq -e -s 'all(.build.flags | test("-march=armv8.2-a\\+sve "))' "$DIR/records.jsonl"
    [ "$(jq -r .node.architecture "$DIR/records.jsonl" | sort -u)" = aarch64 ]
}

@test "the same bits as on this machine, in strict maths" {
    seed=$(jq -r .seed "$DIR/records.jsonl" | head -n 1)
    "$SWITCHBENCH_BIN/switchbench" run stream histogram --presets tiny --backends cpu --variants portable --maths strict \
        --samples 1 --seed "$seed" --output "$DIR/here"
    digests() { jq -r 'select(.maths == "strict") | "\(.kernel) \(.label) \(.verdict.digest)"' "$@" | sort -u; }
    diff <(digests "$DIR/records.jsonl") <(digests "$DIR"/here/records/*.jsonl)
}

@test "report: made on Arm" {
    run scripts/aarch64 report "$DIR/out"
    echo "$output"
    [ "$status" = 0 ]
    grep -q "ran on qemu-aarch64" "$DIR/out/report.html"
}
