#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=matrix
# A real gridengine (scripts/testbed gridengine): every state it can end in.

load places
setup_file() {
    export SCHEDULER=gridengine
    bed_begin gridengine
}
teardown_file() { bed_end gridengine; }
setup() { cd "$BATS_TEST_TMPDIR"; }
teardown() {
    [ ! -e hurt ] || "$TESTBED" gridengine fault heal
    qdel -f -u '*' >/dev/null 2>&1 || true
}

@test "a campaign passes" { passes; }
@test "hostile names of kernel folder and campaign" { hostile_names; }
@test "a runner that is not there: tried again, then lost with the job's words" { fails_with_words; }
@test "the time limit ends the job and its processes" { time_limit; }
@test "cancel leaves nothing in the queue and no process" {
    cancelled
    wait_until 10 queue_is_empty
}
queue_is_empty() { [ -z "$(qstat -u '*')" ]; }
@test "kill -9 of the driver: the job is found again" { driver_killed; }
@test "a job held by a person is taken back" { held "hqw" 'options: ["-h"]'; }
@test "Eqw: its reason is told" { held "can't open output file \"/nowhere/out\"" 'options: ["-o", "/nowhere/out"]'; }
@test "what qsub refuses is told at once" {
    place "partition: nosuch"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *'unknown queue "nosuch"'* ]]
    [ "$(jobs_made)" = 0 ]
}
@test "a lost execution host: told, and the cells run again" {
    place "retries: 3"
    touch hurt
    "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
    driver=$!
    wait_until 60 started
    "$TESTBED" gridengine fault kill-execd
    wait_until 60 words "all.q@gridengine is in state .*u"
    "$TESTBED" gridengine fault heal
    wait $driver
    cat told
    ended 2 passed
}
@test "node pinned, resources asked for" {
    place 'nodes: "gridengine"' "memory: 1GiB" 'select: ["arch=lx-amd64"]' "partition: all.q"
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    [ "$(jq -r 'select(.event == "closed") | .node' c/journal.jsonl)" = gridengine ]
}
@test "cores need a parallel environment, and that is said" {
    place "cores: 2"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ] || [ "$status" = 2 ]
    [[ "$output" == *'select: ["pe=NAME"]'* ]]
}
