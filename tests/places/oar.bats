#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=matrix
# A real OAR (scripts/testbed oar): every state it can end in.

load places
setup_file() {
    export SCHEDULER=oar
    bed_begin oar
}
teardown_file() { bed_end oar; }
setup() { cd "$BATS_TEST_TMPDIR"; }
teardown() {
    [ ! -e hurt ] || "$TESTBED" oar fault heal
    oardel --sql "state IN ('Waiting', 'Hold', 'Running')" >/dev/null 2>&1 || true
}

@test "a campaign passes" { passes; }
@test "hostile names of kernel folder and campaign" { hostile_names; }
@test "a runner that is not there: tried again, then lost with the job's words" { fails_with_words; }
@test "the time limit ends the job and its processes" { time_limit; }
@test "cancel ends the job and its processes" { cancelled; }
@test "kill -9 of the driver: the job is found again" { driver_killed; }
@test "a job held by a person is taken back" { held "Hold" 'options: ["--hold"]'; }
@test "what oarsub refuses is told at once" {
    place "partition: nosuch"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"The queue nosuch does not exist"* ]]
    [ "$(jobs_made)" = 0 ]
}
@test "node pinned, properties selected" {
    place 'nodes: "oar"' 'select: ["type=default"]' "constraint: \"cpuset <> '7'\""
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    [ "$(jq -r 'select(.event == "closed") | .node' c/journal.jsonl)" = oar ]
}
