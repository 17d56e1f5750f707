#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Two real sshds (scripts/testbed ssh): h1 sees this machine's files, h2 has a /tmp of its own, so that everything is copied there.

load places
setup_file() {
    export SCHEDULER=ssh
    bed_begin ssh
}
teardown_file() { bed_end ssh; }
setup() {
    cd "$BATS_TEST_TMPDIR"
    H1=('hosts: [h1]' "options: [\"-F\", \"$SWITCHBENCH_SSH_CONFIG\"]")
    H2=('hosts: [h2]' "options: [\"-F\", \"$SWITCHBENCH_SSH_CONFIG\"]" "scratch: /tmp/scratch")
    BOTH=('hosts: [h1, h2]' "options: [\"-F\", \"$SWITCHBENCH_SSH_CONFIG\"]" "scratch: /tmp/scratch-$BATS_TEST_NUMBER")
}
teardown() {
    [ ! -e hurt ] || "$TESTBED" ssh fault heal
}
on() { # host, command…
    ssh -F "$SWITCHBENCH_SSH_CONFIG" "$@"
}

@test "a campaign passes on a host that sees the folder" { passes "${H1[@]}"; }
@test "a campaign passes on a host that does not: runner and kernels are copied once, nothing stays" {
    passes "${H2[@]}"
    [ "$(on h2 'ls /tmp/scratch/p | wc -l')" = 1 ]
    [ "$(on h2 'ls /tmp/scratch/j /tmp/scratch/c | grep -c job-')" = 0 ]
    [ "$(on h2 "ps ax" | grep -c supervise)" = 0 ]
    rm -rf c
    passes "${H2[@]}"
    [ "$(on h2 'ls /tmp/scratch/p | wc -l')" = 1 ]
}
@test "hostile names of kernel folder and campaign, seen" { hostile_names "${H1[@]}"; }
@test "hostile names of kernel folder and campaign, copied" { hostile_names "${H2[@]}"; }
@test "a runner that is not there: tried again, then lost with the job's words" { fails_with_words "${H1[@]}"; }
@test "the time limit ends the job and its processes" { time_limit "${H1[@]}"; }
@test "cancel ends the job and its processes" { cancelled "${H2[@]}"; }
@test "kill -9 of the driver: the job is found again, seen and copied" {
    driver_killed "${H1[@]}"
    rm -rf c
    driver_killed "${H2[@]}"
}
@test "several jobs: one at a time on each host, both are used" {
    place "pack: 1" "${BOTH[@]}"
    run_here stream --presets tiny --labels copy,mul,add,triad --backends cpu --variants portable --samples 20
    [ "$status" = 0 ]
    ended 4 passed
    [ "$(jq -r 'select(.event == "closed") | .node' c/journal.jsonl | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 2 h1; 2 h2;" ]
}
@test "a host that dies: its cells run on the other one, none is lost or doubled" {
    place "hold_limit: 3s" "retries: 3" "${BOTH[@]}"
    touch hurt
    "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
    driver=$!
    wait_until 60 started
    "$TESTBED" ssh fault kill-host "$(jq -r 'select(.event == "submitted") | .id' c/journal.jsonl | cut -d'#' -f1)"
    wait $driver
    cat told
    ended 2 passed
    words "does not answer"
}
@test "a host that never answered: the other one has all cells" {
    place "hold_limit: 2s" 'hosts: ["127.0.0.1:1", h1]' "options: [\"-F\", \"$SWITCHBENCH_SSH_CONFIG\"]"
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    ended 2 passed
    [ "$(jq -r 'select(.event == "submitted") | .id' c/journal.jsonl | cut -d'#' -f1)" = h1 ]
}
@test "a host that falls silent and speaks again loses nothing" {
    place "hold_limit: 60s" "${H1[@]}"
    touch hurt
    "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
    driver=$!
    wait_until 60 started
    "$TESTBED" ssh fault silence h1
    sleep 4
    "$TESTBED" ssh fault heal
    wait $driver
    ended 2 passed
    [ "$(jobs_made)" = 1 ]
}
@test "what is no host, or does not answer, is told" {
    place 'hosts: ["-oProxyCommand=touch pwned"]'
    run_here "${SHORT[@]}"
    [ "$status" = 4 ] || [ "$status" = 2 ]
    [[ "$output" == *"is no host: expected [user@]name[:port]"* ]]
    [ ! -e pwned ]
    rm -rf c
    place 'hosts: ["127.0.0.1:1"]' "hold_limit: 2s"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"127.0.0.1:1 does not answer: "*refused* ]]
}
