#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=matrix
# A real HTCondor (scripts/testbed htcondor): every state it can end in.

load places
setup_file() {
    export SCHEDULER=htcondor
    bed_begin htcondor
}
teardown_file() { bed_end htcondor; }
setup() { cd "$BATS_TEST_TMPDIR"; }
teardown() {
    [ ! -e hurt ] || "$TESTBED" htcondor fault heal
    condor_rm -all >/dev/null 2>&1 || true
}

@test "a campaign passes" { passes; }
@test "hostile names of kernel folder and campaign" { hostile_names; }
@test "a runner that is not there: tried again, then lost with the job's words" { fails_with_words; }
@test "the time limit ends the job and its processes" { time_limit; }
@test "cancel leaves nothing in the queue and no process" {
    cancelled
    [ -z "$(condor_q -af ClusterId)" ]
}
@test "kill -9 of the driver: the job is found again" { driver_killed; }
@test "a held job is taken back with its reason" { held "submitted on hold at user's request" 'options: ["hold=true"]'; }
@test "a job whose output cannot be opened is held, and its reason told" {
    held "Failed to open '/nowhere/out' as standard output" 'options: ["-append", "output = /nowhere/out"]'
}
@test "what condor_submit refuses is told at once" {
    place 'constraint: "((("'
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *condor_submit:* ]]
    [ "$(jobs_made)" = 0 ]
}
@test "an evicted job goes on where it was" {
    place
    "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
    driver=$!
    wait_until 60 started
    condor_qedit -constraint true Requirements false # it stays where it is evicted from until that was seen
    condor_vacate_job -fast -constraint true
    wait_until 30 words "idle again after a start: User requested the job to vacate"
    condor_qedit -constraint true Requirements true
    wait $driver
    ended 2 passed
    [ "$(jobs_made)" = 1 ]
}
@test "a killed startd: HTCondor starts the job again, and no cell is doubled" {
    place
    touch hurt
    "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
    driver=$!
    wait_until 60 started
    "$TESTBED" htcondor fault kill-startd
    wait $driver
    ended 2 passed
}
@test "two places, node pinned, attributes selected" {
    place 'select: ["Arch=X86_64"]' 'nodes: "htcondor"' "cores: 1" "memory: 1GiB"
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    [ "$(jq -r 'select(.event == "closed") | .node' c/journal.jsonl)" = htcondor ]
}
@test "opencl through PoCL, too" {
    place
    run_here stream --presets tiny --labels copy --backends cpu,opencl --samples 20
    [ "$status" = 0 ]
}
@test "nodes that do not see the folder: files go with the job and come back" {
    mkdir "a=b; touch pwned"
    place 'scratch: "."' "runner: $SWITCHBENCH_BIN/switchbench-runner"
    run timeout 100 "$SB" run "${SHORT[@]}" --places here --site site.yaml --output "a=b; touch pwned/c"
    echo "$output"
    [ "$status" = 0 ]
    cat a=b*/c/records/*.jsonl | jq -es 'length == 2 and all(.state == "passed")'
    [ ! -e pwned ]
    place 'scratch: "."'
    run_here "${SHORT[@]}"
    [ "$status" = 4 ] && [[ "$output" == *"'runner' must say where"* ]]
}
@test "container universe: HTCondor's apptainer runs an image, whose digest is known; one that has changed is not sent" {
    XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} SWITCHBENCH_CACHE='' "$BATS_TEST_DIRNAME/../../scripts/images/build" cpu --sif --out images >&2 3>&-
    place 'options: ["universe=container"]' "images: {cpu: $PWD/images/switchbench-cpu.sif}"
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    ended 2 passed
    cat c/records/*.jsonl | jq -es 'all(.node.container == "apptainer" and (.container.image | test("switchbench-cpu.sif@sha256:[0-9a-f]{64}$")))'
    place 'options: ["universe=container"]' "images: {cpu: $PWD/images/switchbench-cpu.sif@sha256:$(printf '0%.0s' {1..64})}"
    run timeout 60 "$SB" run "${SHORT[@]}" --places here --site site.yaml --output other
    echo "$output"
    [ "$status" = 2 ] && [[ "$output" == *"is not what was named"* ]]
    place 'options: ["universe=container"]'
    run timeout 60 "$SB" run "${SHORT[@]}" --places here --site site.yaml --output none
    echo "$output"
    [ "$status" = 2 ] && [[ "$output" == *"no image for backend cpu"* ]]
}
