#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Energy and power by the command line: what is read, and a reason for every absence, with the time record whole.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    NODES=$BATS_TEST_DIRNAME/../nodes
    export SWITCHBENCH_CACHE=${BATS_FILE_TMPDIR}/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

of() { # source, jq's words: of the only record
    jq -r --arg s "$1" ".counters.sources[] | select(.source == \$s) | $2" out/records/*.jsonl
}

@test "a real run: each source has read, or says in one sentence why not; the times are whole" {
    sb run nbody -p tiny -b cpu --variants portable --labels float --counters rapl,hwmon,nvml --budget 0.5s -o out
    jq -e '.state == "passed" and (.timing.samples_ns | length) > 0' out/records/*.jsonl
    for source in rapl hwmon; do
        [ "$(of $source '.state')" = read ] || [ "$(of $source '.reason' | wc -w)" -gt 6 ]
    done
    [ "$(of nvml '.reason')" = "it does not count what backend cpu runs" ]
}

@test "recorded sockets and their memory: read, once each; idle beside; nothing moved" {
    SWITCHBENCH_RECORDED_NODE=$NODES/xeon-rapl sb run nbody -p tiny -b cpu --variants portable --labels float --counters rapl --budget 0.5s -o out
    [ "$(of rapl '.state')" = read ]
    [ "$(of rapl '[.events[] | .name] | join(" ")')" = "package dram power" ]
    [ "$(of rapl '[.events[] | .value, .idle] | add')" = 0 ]
    [[ "$(of rapl '.version')" == *"powercap, 4 counters, recorded in "* ]]
    [ "$(of rapl '.idle_ns >= 1e8')" = true ]
}

@test "the machine's own sensors: all of them, power and energy of the same window agree" {
    SWITCHBENCH_RECORDED_NODE=$NODES/grace-hwmon sb run nbody -p tiny -b cpu --variants portable --labels float --counters hwmon --budget 0.5s -o out
    [ "$(of hwmon '.events | length')" = 8 ]
    [ "$(of hwmon '.events[] | select(.name == "power_meter.CPU_Power_Socket_0.power") | [(.value | round), (.idle | round), .unit, .level] | join(" ")')" = "74 74 W true" ]
    # a repetition's energy: 74 W for as long as it takes, which is no less than its time
    of hwmon '.events[] | select(.name == "power_meter.CPU_Power_Socket_0.energy") | .value' >energy_J
    jq -e --argjson energy_J "$(cat energy_J)" '($energy_J / 74 * 1e9) >= 0.9 * .timing.median_ns' out/records/*.jsonl
}

@test "list counters: what is here, what is missing and why" {
    SWITCHBENCH_RECORDED_NODE=$NODES/xeon-rapl run sb list counters rapl
    [ "$status" = 0 ]
    [[ "$output" == *"dram"*"socket"* ]]
    [[ "$output" != *"psys"* ]]
    run sb list counters
    [ "$status" = 0 ]
    [[ "$output" == *"rapl"*"energy of x86 sockets"* ]]
    mkdir -p empty/proc
    echo "flags : fpu" >empty/proc/cpuinfo
    SWITCHBENCH_RECORDED_NODE=$PWD/empty run sb list counters rapl
    [ "$status" != 0 ]
    [[ "$output" == *"ask the administrator for the module intel_rapl_msr"* ]]
    SWITCHBENCH_ROCM_SMI=/nowhere/a.so SWITCHBENCH_AMD_SMI=/nowhere/b.so run sb list counters rocm_smi
    [ "$status" -eq 6 ]
    [[ "$output" == *"/nowhere/a.so"*"no AMD SMI (/nowhere/b.so"* ]]
}

@test "an event that is unknown is refused with the closest before anything runs; of one not of this machine the reason is told" {
    export SWITCHBENCH_RECORDED_NODE=$NODES/xeon-rapl
    run sb run nbody -p tiny -b cpu --variants portable --labels float --counters rapl:packag+psys+dram --budget 0.3s -o out
    [ "$status" -eq 2 ]
    [[ "$output" == *"rapl has no event 'packag'; did you mean 'package'?"* ]]
    sb run nbody -p tiny -b cpu --variants portable --labels float --counters rapl:psys+dram --budget 0.3s -o out
    [ "$(of rapl '.refused[0].reason')" = "this machine's processor tells no energy of psys" ]
    [ "$(of rapl '.events[0].name')" = dram ]
}

# on_gpu FAULT: triad on the driver that stands in, its board drawing 200 W, and 100 W more from second to second
on_gpu() {
    NVRTC=$(find "$SWITCHBENCH_CUDA"/nvidia/*/lib "$SWITCHBENCH_CUDA/lib64" -name 'libnvrtc.so.*' 2>/dev/null | head -n 1)
    [ -n "$NVRTC" ] || skip "no NVRTC: scripts/toolchains FOLDER installs it; then SWITCHBENCH_CUDA=FOLDER"
    export SB_FAKE_CUDA_OBJECTS=$BATS_FILE_TMPDIR/objects SWITCHBENCH_CUDA_DRIVER=$BIN/tests/fakes/libfake-cuda.so
    export SWITCHBENCH_NVML=$BIN/tests/fakes/libfake-nvml.so
    mkdir -p "$SB_FAKE_CUDA_OBJECTS"
    [ -n "$(ls "$SB_FAKE_CUDA_OBJECTS")" ] || "$BIN/tests/fakes/host_objects" "$SB_FAKE_CUDA_OBJECTS" cuda
    SB_FAKE_NVML_FAULT=$1 sb run stream -p tiny -b cuda --variants portable --labels triad --counters nvml --budget 1s -o out
}

@test "a GPU's board: energy by its counter, power and clocks beside, on the device that ran" {
    on_gpu ""
    [ "$(of nvml '.state')" = read ]
    [ "$(of nvml '.version')" = "driver 580.0.fake, 1 boards" ]
    [ "$(of nvml '[.events[] | select(.name == "energy" or .name == "power") | .value > 0 and .idle > 0] | all')" = true ]
    [ "$(of nvml '.events[] | select(.name == "sm_clock") | .value | round')" = 1755000000 ]
}

@test "a GPU that is lost while its energy is counted: the source died, the times are whole" {
    on_gpu lost
    [ "$(of nvml '.state')" = died ]
    [[ "$(of nvml '.reason')" == "it failed while counting: the board's "*"GPU is lost"* ]]
    jq -e '.state == "passed" and (.timing.samples_ns | length) > 0' out/records/*.jsonl
}

@test "NVIDIA's own library where there is no GPU: its answer, and what it means" {
    [ -e "$SWITCHBENCH_CUDA/driver/libnvidia-ml.so.1" ] || skip "scripts/toolchains FOLDER brings it; then SWITCHBENCH_CUDA=FOLDER"
    [ ! -e /proc/driver/nvidia/version ] || skip "there is a driver here"
    SWITCHBENCH_NVML=$SWITCHBENCH_CUDA/driver/libnvidia-ml.so.1 run sb list counters nvml
    [ "$status" != 0 ]
    [[ "$output" == *"NVIDIA's driver is not loaded (NVML: Driver Not Loaded): there is no NVIDIA GPU on this node"* ]]
}
