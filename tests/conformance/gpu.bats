#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every kernel through the CUDA code path, and HIP's on NVIDIA, without a device: real NVRTC, a driver that stands in
# (tests/fakes/). What is shown is the path: arguments, shapes, copies, red zones, clocks, verdicts; not a GPU's arithmetic.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache SB_FAKE_CUDA_OBJECTS=$DIR/objects SB_FAKE_CUDA_LOG=$DIR/log
    export SWITCHBENCH_CUDA_DRIVER=$SWITCHBENCH_BIN/tests/fakes/libfake-cuda.so
    mkdir -p "$DIR/objects"
    NVRTC=$(find "$SWITCHBENCH_CUDA"/nvidia/*/lib "$SWITCHBENCH_CUDA/lib64" -name 'libnvrtc.so.*' 2>/dev/null | head -n 1)
    export NVRTC
    [ -z "$NVRTC" ] && return
    "$SWITCHBENCH_BIN/tests/fakes/host_objects" "$DIR/objects" >"$DIR/objects.txt" 2>&1
    "$SWITCHBENCH_BIN/switchbench" run --presets tiny --backends cuda,hip --variants portable --maths fast,strict --samples 1 \
        --output "$DIR/all" >"$DIR/run.txt" 2>&1 3>&- || true
    cat "$DIR"/all/records/*.jsonl >"$DIR/records.jsonl"
}

teardown_file() {
    rm -rf "$DIR"
}

setup() {
    [ -n "$NVRTC" ] || skip "no NVRTC: scripts/toolchains FOLDER installs it; then SWITCHBENCH_CUDA=FOLDER"
}

@test "every case of every kernel passes on cuda and on hip, fast and strict" {
    cat "$DIR/objects.txt" "$DIR/run.txt"
    [ "$(wc -l <"$DIR/records.jsonl")" = "$(jq '.cells | length' "$DIR/all/plan.json")" ]
    [ "$(jq -r 'select(.state != "passed") | "\(.name): \(.state) \(.reason // "")"' "$DIR/records.jsonl")" = "" ]
    for backend in cuda hip; do
        [ "$(jq -s "[.[] | select(.backend == \"$backend\")] | length" "$DIR/records.jsonl")" -gt 50 ]
    done
}

@test "strict maths: what the CUDA path hands to a kernel gives the cpu backend's bits" {
    run "$SWITCHBENCH_BIN/switchbench" run --presets tiny --backends cpu --variants portable --maths strict --samples 1 \
        --seed "$(jq -r .seed "$DIR/all/plan.json")" --output "$DIR/cpu"
    [ "$status" = 0 ]
    cat "$DIR"/cpu/records/*.jsonl "$DIR/records.jsonl" |
        jq -r 'select(.maths == "strict") | "\(.kernel)/\(.label)|\(.precision)|\(.parameters) \(.verdict.digest)"' | sort -u >"$DIR/digests"
    differing=$(sed 's/ [0-9a-f]*$//' "$DIR/digests" | uniq -d)
    [ -z "$differing" ] || { echo "$differing"; return 1; }
    [ "$(wc -l <"$DIR/digests")" -gt 40 ]
}

@test "records name device, driver, compiler and flags; hip says that it runs on NVIDIA" {
    jq -e -s 'all(.device.name == "Fake GPU 0" and (.build.compiler | test("NVRTC 1[0-9]")) and (.build.flags | test("sm_90")))' "$DIR/records.jsonl"
    jq -e -s '[.[] | select(.backend == "hip")] | all(.device.driver == "HIP on NVIDIA, CUDA 13.0")' "$DIR/records.jsonl"
    jq -e -s '[.[] | select(.backend == "cuda")] | all(.device.driver == "CUDA 13.0")' "$DIR/records.jsonl"
    jq -e -s '[.[] | select(.maths == "strict")] | all(.build.flags | test("-fmad=false -ftz=false -prec-div=true -prec-sqrt=true"))' "$DIR/records.jsonl"
}

@test "what was allocated is freed, every launch is on the backend's own stream, and contexts are released" {
    [ "$(grep -c '^allocate' "$DIR/log")" = "$(grep -c '^free' "$DIR/log")" ]
    [ "$(grep -c '^context of device 0$' "$DIR/log")" = "$(grep -c '^context of device 0 released' "$DIR/log")" ]
    ! grep 'stream none' "$DIR/log"
    grep -q '^launch' "$DIR/log"
}

@test "vendor variants get the device's pointers and stream: copy by the driver, cuBLAS, cuFFT" {
    CUDA_HOME=$SWITCHBENCH_BIN/tests/fakes/toolkit SB_FAKE_CUDA_LOG=$DIR/vendor.log run "$SWITCHBENCH_BIN/switchbench" run stream gemm fft \
        --presets tiny --labels copy,double,float,odd,odd-float,two --backends cuda --variants vendor --samples 1 --output "$DIR/vendor"
    echo "$output"
    [ "$status" = 0 ]
    [ "$(cat "$DIR"/vendor/records/*.jsonl | jq -r 'select(.state == "passed") | .kernel' | sort -u | xargs)" = "fft gemm stream" ]
    grep -q '^copy 8000 on stream given' "$DIR/vendor.log"
}

@test "a vendor's library that is not here: unsupported, with its name and what to install" {
    run "$SWITCHBENCH_BIN/switchbench" run gemm --presets tiny --labels odd --backends cuda --variants vendor --output "$DIR/none"
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"libcublas is neither in a CUDA toolkit"*"install the CUDA toolkit's cuBLAS"* ]]
}
