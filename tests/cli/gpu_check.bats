#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# scripts/gpu-check without a GPU: its words and exit codes; every step through a driver that stands in (tests/fakes/).

setup_file() {
    export DIR=$(mktemp -d) ROOT=$BATS_TEST_DIRNAME/../..
    export SWITCHBENCH_CACHE=$DIR/cache
    mkdir -p "$DIR/objects" "$DIR/bin"
    # what compute-sanitizer does to a command, but for the looking
    printf '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift 2; done\n"$@"\ncode=$?\necho "========= ERROR SUMMARY: 0 errors"\nexit $code\n' \
        >"$DIR/bin/compute-sanitizer"
    chmod +x "$DIR/bin/compute-sanitizer"
    NVRTC=$(find "$SWITCHBENCH_CUDA"/nvidia/*/lib "$SWITCHBENCH_CUDA/lib64" -name 'libnvrtc.so.*' 2>/dev/null | head -n 1)
    export NVRTC
}

teardown_file() {
    rm -rf "$DIR"
}

@test "no GPU: the backends' own words, and 6" {
    SWITCHBENCH_CUDA_DRIVER=$DIR/libcuda.so.1 run "$ROOT/scripts/gpu-check" "$DIR/none"
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"no GPU here:"*"there is no NVIDIA driver"* ]]
    [ -s "$DIR/none/doctor.txt" ]
}

@test "bad input: 2, in one sentence" {
    run "$ROOT/scripts/gpu-check" --minutes soon
    [ "$status" = 2 ]
    [[ "$output" == *"--minutes soon: a whole number of minutes"* ]]
    run "$ROOT/scripts/gpu-check" --fast
    [ "$status" = 2 ]
    run "$ROOT/scripts/gpu-check" a b
    [ "$status" = 2 ]
    run "$ROOT/scripts/gpu-check" --presets
    [ "$status" = 2 ]
    run "$ROOT/scripts/gpu-check" --help
    [ "$status" = 0 ]
    [[ "$output" == *"at most eight minutes"* ]]
}

@test "every step, with a driver that stands in: a table from the records, bars, sanitizer, strict bits" {
    [ -n "$NVRTC" ] || skip "no NVRTC: scripts/toolchains FOLDER installs it; then SWITCHBENCH_CUDA=FOLDER"
    "$SWITCHBENCH_BIN/tests/fakes/host_objects" "$DIR/objects"
    export SB_FAKE_CUDA_OBJECTS=$DIR/objects SWITCHBENCH_CUDA_DRIVER=$SWITCHBENCH_BIN/tests/fakes/libfake-cuda.so
    export SWITCHBENCH_NVML=$SWITCHBENCH_BIN/tests/fakes/libfake-nvml.so SWITCHBENCH_CUPTI=$SWITCHBENCH_BIN/tests/fakes/libfake-cupti.so
    PATH=$DIR/bin:$PATH run "$ROOT/scripts/gpu-check" --minutes 8 --presets tiny --variants portable "$DIR/all"
    echo "$output"
    [[ "$output" == *"Fake GPU 0"* ]]
    for group in "tiny | cuda" "hip | hip"; do # as many passed as there are
        [[ "$output" =~ "| $group | portable | "([0-9]+)" | "([0-9]+)" | 0 | 0 | 0 |" ]]
        [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ] && [ "${BASH_REMATCH[1]}" -gt 40 ]
    done
    [[ "$output" =~ "Strict maths: "([0-9]+)" of "([0-9]+)" cases have the same bits on cuda and cpu" ]]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ] && [ "${BASH_REMATCH[1]}" -gt 40 ]
    [[ "$output" =~ "compute-sanitizer: "([0-9]+)" of "([0-9]+)" runs clean" ]]
    [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ] && [ "${BASH_REMATCH[1]}" -ge 16 ]
    [[ "$output" == *"counts: not compared: ncu is not here"* ]]
    [[ "$output" == *"## Counters and energy"*"| nvml | energy | "*" J | "* ]]
    [[ "$output" == *"| cupti | absent: none of its events can be counted here: FAKE100 does not count"* ]] # NVIDIA's names
    [[ "$output" == *"| nbody float / peak of float | - | 0.6 | not measured |"* ]]
    [ -s "$DIR/all/summary.md" ]
    [ "$status" = 0 ]
}

@test "a wrong result on the device is found: 1" {
    [ -n "$NVRTC" ] || skip "no NVRTC: scripts/toolchains FOLDER installs it; then SWITCHBENCH_CUDA=FOLDER"
    export SB_FAKE_CUDA_OBJECTS=$DIR/objects SWITCHBENCH_CUDA_DRIVER=$SWITCHBENCH_BIN/tests/fakes/libfake-cuda.so
    SB_FAKE_CUDA_FAULT=wrong run "$ROOT/scripts/gpu-check" --minutes 1 --presets tiny --variants portable "$DIR/wrong"
    [ "$status" = 1 ]
    [[ "$output" == *"- wrong: "* ]]
}
