#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Drivers and devices that fail, each with its own words; and what a kernel does to a device. The driver stands in
# (tests/fakes/), but for "no driver" and "a driver, no device", which real libraries say.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache SB_FAKE_CUDA_OBJECTS=$DIR/objects
    export SWITCHBENCH_CUDA_DRIVER=$SWITCHBENCH_BIN/tests/fakes/libfake-cuda.so
    mkdir -p "$DIR/objects"
    NVRTC=$(find "$SWITCHBENCH_CUDA"/nvidia/*/lib "$SWITCHBENCH_CUDA/lib64" -name 'libnvrtc.so.*' 2>/dev/null | head -n 1)
    export NVRTC
    [ -z "$NVRTC" ] || "$SWITCHBENCH_BIN/tests/fakes/host_objects" "$DIR/objects" cuda >"$DIR/objects.txt" 2>&1
}

teardown_file() {
    rm -rf "$DIR"
}

need_nvrtc() {
    [ -n "$NVRTC" ] || skip "no NVRTC: scripts/toolchains FOLDER installs it; then SWITCHBENCH_CUDA=FOLDER"
}

# try FAULT, options: triad on the failing device, beside triad on cpu, which must pass
try() {
    local fault=$1
    shift
    rm -rf "$DIR/out"
    SB_FAKE_CUDA_FAULT=$fault run "$SWITCHBENCH_BIN/switchbench" run stream --presets tiny --labels triad --backends cuda,cpu \
        --variants portable --samples 2 "$@" --output "$DIR/out"
    echo "$output"
    [ "$(record cpu 'select(.target == "native") | .state')" = passed ]
}

record() { # backend, filter
    cat "$DIR"/out/records/*.jsonl | jq -r "select(.backend == \"$1\") | $2"
}

says() { # exit status, state, failure, words…
    [ "$status" = "$1" ]
    [ "$(record cuda .state)" = "$2" ]
    [ "$(record cuda '.failure // ""')" = "$3" ]
    shift 3
    local word
    for word in "$@"; do
        record cuda .reason | grep -F "$word"
    done
}

doctor_says() { # words
    run "$SWITCHBENCH_BIN/switchbench" doctor
    echo "$output"
    [[ "$output" == *"$1"* ]]
}

@test "no driver" {
    export SWITCHBENCH_CUDA_DRIVER=$DIR/libcuda.so.1
    try ""
    says 0 unsupported "" "there is no NVIDIA driver" "install NVIDIA's driver"
    doctor_says "there is no NVIDIA driver"
}

@test "a real driver of NVIDIA's, but no device" {
    local real=$SWITCHBENCH_CUDA/driver/libcuda.so.1
    [ -e "$real" ] || skip "no libcuda1: scripts/toolchains FOLDER fetches it from Debian's non-free"
    [ ! -e /proc/driver/nvidia/version ] || skip "this machine has a device of NVIDIA's"
    export SWITCHBENCH_CUDA_DRIVER=$real
    local made=/dev/nvidiactl # which the library makes, where it may
    [ ! -e $made ] || made=""
    try ""
    says 0 unsupported "" "the NVIDIA driver is here (CUDA 12" "but there is no device (CUDA_ERROR_NO_DEVICE)"
    doctor_says "the NVIDIA driver is here (CUDA 12"
    # HIP on NVIDIA needs a device: its own words are AMD's
    doctor_says "HIP"
    [ -z "$made" ] || rm -f "$made"
}

@test "a driver that is too old, one that lacks what is needed, one that does not start" {
    try old
    says 0 unsupported "" "the NVIDIA driver is of CUDA 10.2; 11.0 or newer is needed"
    try start
    says 0 unsupported "" "does not start" "is its fabric manager running?" CUDA_ERROR_SYSTEM_NOT_READY
    SWITCHBENCH_CUDA_DRIVER=$SWITCHBENCH_BIN/tests/fakes/libfake-cuda-part.so try ""
    says 0 unsupported "" "lacks cuGetErrorName"
}

@test "a vendor's library of another version: unsupported, with the name that it lacks" {
    mkdir -p "$DIR/old/lib64"
    echo 'int cublasCreate_v2(void **h) { *h = h; return 0; }' >"$DIR/old.c"
    gcc -shared -fPIC -o "$DIR/old/lib64/libcublas.so.9" "$DIR/old.c"
    CUDA_HOME=$DIR/old run "$SWITCHBENCH_BIN/switchbench" run gemm --presets tiny --labels odd --backends cuda --variants vendor --output "$DIR/version"
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"the vendor library that is here is of another version"*"cublas"* ]]
}

@test "a named target: compiled, and unsupported where no device runs it" {
    need_nvrtc
    try "" --targets native,sm_80
    [ "$(record cuda 'select(.target == "sm_80") | .state')" = unsupported ]
    record cuda 'select(.target == "sm_80") | .reason' | grep -F "target sm_80 compiles here, but no device runs it: device 0 is Fake GPU 0 (sm_90)"
}

@test "several devices: doctor shows each; a device of no older minor version runs a target" {
    need_nvrtc
    SB_FAKE_CUDA_DEVICES=3 doctor_says "Fake GPU 2"
    SB_FAKE_CUDA_ARCH=92 try "" --targets native,sm_90
    [ "$(record cuda 'select(.target == "sm_90") | "\(.state) \(.device.target)"')" = "passed sm_92" ]
    SB_FAKE_CUDA_ARCH=92 try ""
    says 0 unsupported "" "does not know sm_92"
}

@test "the device's memory does not suffice: failed, with both numbers" {
    need_nvrtc
    try memory
    says 7 failed memory "array 'a' of 32792 bytes (1000 of 85899345920 bytes are free" "the device's memory does not suffice" CUDA_ERROR_OUT_OF_MEMORY
}

@test "code that the driver cannot read names compiler and driver" {
    need_nvrtc
    try image
    says 7 failed device "loading what NVRTC" "driver: CUDA 13.0" "is the compiler newer than the driver?"
}

@test "a launch that the driver refuses; a clock that runs backwards" {
    need_nvrtc
    try launch
    says 7 failed device "launching 'stream_triad' in 17 x 1 x 1 blocks of 256 x 1 x 1" CUDA_ERROR_LAUNCH_FAILED
    try clock
    says 7 failed device "says that a repetition took -1 ms"
}

@test "a kernel that leaves all memory: out of bounds" {
    need_nvrtc
    try illegal
    says 7 failed out_of_bounds "running 'stream_triad'" "read or wrote outside all memory" CUDA_ERROR_ILLEGAL_ADDRESS
}

@test "a kernel that writes beside an array: found by its red zone" {
    need_nvrtc
    try stray
    says 7 failed out_of_bounds "the kernel wrote outside array 'a'"
}

@test "a device that is lost in the middle: failed, and the next cells go on" {
    need_nvrtc
    try lost
    says 7 failed device "the kernel failed on the device"
}

@test "a kernel that hangs the device: killed at the time limit, and the next cells go on" {
    need_nvrtc
    try hang --time-limit 2
    says 7 failed time_limit
}

@test "a wrong element: wrong" {
    need_nvrtc
    try wrong
    [ "$status" = 1 ]
    [ "$(record cuda .state)" = wrong ]
}

@test "an unknown or foreign target: one sentence" {
    run "$SWITCHBENCH_BIN/switchbench" run stream --presets tiny --labels triad --backends cuda --variants portable --targets sm_banana --output "$DIR/target"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *"sm_banana"* ]]
}

@test "hiprtc aborts on an unknown architecture, and takes nothing with it" {
    command -v python3 >/dev/null
    hiprtc=$(ldconfig -p | grep -oE '/[^ ]*lib(hiprtc|amdhip64)\.so\.[567]' | sort | tail -n 1)
    [ -n "$hiprtc" ] || skip "no hiprtc: apt-get install libamdhip64-5"
    # the abort itself, so that this test knows when it is mended
    run python3 -c "
import ctypes, sys
h = ctypes.CDLL('$hiprtc')
p = ctypes.c_void_p()
h.hiprtcCreateProgram(ctypes.byref(p), b'extern \"C\" __global__ void f() {}', b'f', 0, None, None)
sys.exit(h.hiprtcCompileProgram(p, 1, (ctypes.c_char_p * 1)(b'--offload-arch=gfx999')))"
    echo "hiprtc itself: status $status"
    [ "$status" -ne 0 ]
    run "$SWITCHBENCH_BIN/tests/test_gpu_compile" 
    [[ "$output" != *"free(): invalid pointer"* ]]
    [ "$status" = 0 ]
}
