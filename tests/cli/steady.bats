#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A neighbour on our CPU: its turns are marked, and no sample is dropped.

setup_file() {
    export BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export DIR=$BATS_FILE_TMPDIR
    export SWITCHBENCH_CACHE=$DIR/cache
    cd "$DIR"
    cpu=$(taskset -pc $$ | sed 's/.*: *\([0-9]*\).*/\1/')
    taskset -c "$cpu" sh -c 'while :; do :; done' 3>&- &
    neighbour=$!
    taskset -c "$cpu" "$BIN/switchbench" run stream -p tiny -b cpu -l triad --set n=1000000 --budget 1 -o busy >busy.txt 2>&1
    echo $? >busy.code
    kill $neighbour
}

setup() {
    cd "$DIR"
    [ "$(cat busy.code)" -eq 0 ] || { cat busy.txt; false; }
}

@test "a busy neighbour on our CPU is marked in the record, and every sample is there" {
    jq -e '.timing | ([.turns[]] | add) == (.samples_ns | length)' busy/records/*.jsonl
    jq -e '.timing | .steady.turns == (.turns | length)' busy/records/*.jsonl
    jq -e '.timing.steady.disturbed_turns * 2 >= .timing.steady.turns' busy/records/*.jsonl
    jq -e '[.timing.disturbed[] | select(.what == "waiting") | .amount] | max > 0.2' busy/records/*.jsonl
    jq -e '.timing as $t | all($t.disturbed[]; .turn < ($t.turns | length))' busy/records/*.jsonl
}

@test "the campaign keeps its node's topology once, as XML that lstopo reads" {
    node=$(jq -r .node.digest busy/records/*.jsonl)
    [ "$(ls busy/topology)" = "$node.xml" ]
    "$BIN/switchbench" show busy triad --topology >shown.xml
    cmp shown.xml "busy/topology/$node.xml"
    run lstopo-no-graphics --if xml -i shown.xml --of console
    [ "$status" -eq 0 ]
    [[ "$output" == *"PU L#0"* ]]
    run jq -r .topologies busy/jobs/job-1.json
    [ "$output" = "[]" ]
    rm -rf again && "$BIN/switchbench" run stream -p tiny -b cpu -l triad --samples 1 --repeat 3 --pack 1 -o again >again.txt 2>&1
    [ "$(ls again/topology | wc -l)" -eq 1 ]
    jq -e --arg node "$node" '.topologies == [$node]' again/jobs/job-3.json
    run grep -c '"event":"topology"' again/jobs/job-3.events
    [ "$output" = 0 ]
}

@test "show --topology: a campaign without one says so" {
    cp -r busy bare && rm -rf bare/topology
    run "$BIN/switchbench" show bare triad --topology
    [ "$status" -ne 0 ]
    [[ "$output" == *"has no topology of node"* ]]
    mkdir bare/topology
    for node in busy/topology/*; do
        head -c 200 "$node" >"bare/topology/$(basename "$node")"
    done
    run "$BIN/switchbench" show bare triad --topology
    [ "$status" -eq 2 ]
    [[ "$output" == *".xml is torn"* ]]
}

@test "doctor draws the machine in 80 columns" {
    "$BIN/switchbench" doctor >doctor.txt || true
    sed -n '/^Socket\|NUMA node/,/^Ready\|^Kernels\|^Nothing/p' doctor.txt >drawing.txt
    grep -q 'CPUs .* #' drawing.txt
    [ "$(awk 'length > 80' drawing.txt | grep -vc '^Kernels')" -eq 0 ]
    [ "$(tr -cd '#' <drawing.txt | wc -c)" -eq "$(nproc)" ]
}

@test "doctor --noise: what it cannot do is said first" {
    run "$BIN/switchbench" doctor --noise --rounds 2
    [ "$status" -eq 2 ]
    [[ "$output" == *"it takes three runs"* ]]
    run "$BIN/switchbench" doctor --noise nosuch --rounds 3
    [ "$status" -eq 2 ]
    [[ "$output" == "switchbench: no kernel 'nosuch'"* ]]
    run "$BIN/switchbench" doctor --noise --engines
    [ "$status" -eq 2 ]
    run "$BIN/switchbench-runner" --noise 0
    [ "$status" -eq 2 ]
}

@test "doctor --noise tells the limits of compare here, and the same for programs" {
    "$BIN/switchbench" doctor --noise histogram --rounds 3 --json >noise.json
    jq -e '.cores | length >= 1 and all(.[]; .lost_share >= 0 and .quanta >= 1)' noise.json
    jq -e 'any(.kernels[]; .case == "histogram/uniform")' noise.json
    jq -e 'all(.kernels[]; .runs == 3 and .median_ns > 0)' noise.json
    jq -e '.found_from == null or .found_from >= .cannot_tell_below' noise.json
    jq -e '.sentence | test("from noise here")' noise.json
}

@test "doctor --noise that is interrupted ends what it started, and leaves nothing" {
    set -m # or the shell lets its children ignore SIGINT
    "$BIN/switchbench" doctor --noise histogram --rounds 9 >out 2>err &
    local pid=$! code=0 child='' folder=''
    set +m
    until [ -d "$folder/jobs" ]; do
        sleep 0.1
        child=$(pgrep -P "$pid" -f ' run ') || continue
        folder=$(tr '\0' '\n' <"/proc/$child/cmdline" | grep '/sb_noise_') || continue
    done
    kill -INT "$pid"
    wait "$pid" || code=$?
    cat err
    [ "$code" -eq 4 ]
    [ "$(cat err)" = "switchbench: doctor --noise: interrupted (Interrupt)" ]
    [ ! -e "/proc/$child" ]
    [ ! -e "$(dirname "$folder")" ]
}
