#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# scripts/testbed itself: one bed of a name per machine, however many folders (SWITCHBENCH_TESTBED) know it. By the quickest bed, ssh.

setup() {
    TESTBED=$BATS_TEST_DIRNAME/../../scripts/testbed
    MINE=$BATS_TEST_TMPDIR/mine
    THEIRS="$BATS_TEST_TMPDIR/their folder"
}
teardown() {
    in_bed "$THEIRS" down
    in_bed "$MINE" down
}
in_bed() { # folder, what
    local folder=$1
    shift
    run env SWITCHBENCH_TESTBED="$folder" "$TESTBED" ssh "$@" 3>&-
    echo "$output"
}
answers() { # folder: a host of its bed
    timeout 20 ssh -F "$1/ssh/config" "${2:-h1}" true
}

@test "every bed has a title" {
    run "$TESTBED" list
    echo "$output"
    [ "$status" = 0 ]
    [ "${#lines[@]}" = "$(find "$BATS_TEST_DIRNAME/../../scripts/testbed.d" -maxdepth 1 -type f -perm -u+x | wc -l)" ]
}
@test "a bed that is up for another folder is neither started twice nor torn down" {
    in_bed "$THEIRS" up
    [ "$status" = 0 ]
    in_bed "$MINE" up
    [ "$status" = 4 ]
    [ "${#lines[@]}" = 1 ]
    [[ "$output" == "testbed ssh: this machine has one, up for $THEIRS/ssh; "* ]]
    in_bed "$MINE" status
    [ "$status" = 4 ]
    [ "$output" = "testbed ssh: is down, and up for $THEIRS/ssh" ]
    in_bed "$MINE" fault silence
    [ "$status" = 4 ]
    in_bed "$MINE" down
    [ "$status" = 0 ]
    [ "$output" = "testbed ssh: is down; that of $THEIRS/ssh stays up" ]
    answers "$THEIRS" h1
    answers "$THEIRS" h2
    in_bed "$THEIRS" up
    [ "$output" = "testbed ssh: is up" ]
}
@test "the command that the refusal names ends the other one" {
    in_bed "$THEIRS" up
    in_bed "$MINE" up
    [ "$status" = 4 ]
    bash -c "cd '$BATS_TEST_DIRNAME/../..' && $(sed 's/.*; \(.*\) ends that$/\1/' <<<"$output")"
    in_bed "$MINE" up
    [ "$status" = 0 ]
    answers "$MINE"
}
@test "what a killed bed of another folder left is cleared away" {
    in_bed "$THEIRS" up
    for file in "$THEIRS"/ssh/run/*.pid; do kill -KILL "$(cut -d' ' -f1 "$file")"; done
    in_bed "$MINE" up
    [ "$status" = 0 ]
    answers "$MINE"
    in_bed "$THEIRS" down # comes too late
    [ "$status" = 0 ]
    answers "$MINE"
}
@test "two at once: one comes up, the other is refused" {
    SWITCHBENCH_TESTBED=$THEIRS "$TESTBED" ssh up >"$BATS_TEST_TMPDIR/theirs" 2>&1 3>&- &
    in_bed "$MINE" up
    mine=$status
    theirs=0
    wait $! || theirs=$?
    cat "$BATS_TEST_TMPDIR/theirs"
    [ "$mine $theirs" = "0 4" ] || [ "$mine $theirs" = "4 0" ]
}
@test "down leaves no folder, lock or process" {
    in_bed "$MINE" up
    pids=$(cut -d' ' -f1 "$MINE"/ssh/run/*.pid)
    in_bed "$MINE" down
    [ "$output" = "testbed ssh: is down" ]
    [ ! -e "$MINE/ssh" ]
    [ ! -e /run/switchbench-testbed/ssh ]
    [ ! -e /run/lock/switchbench-testbed-ssh ]
    [ -z "$(ps -o stat=,args= -p "$(paste -sd, <<<"$pids")" | grep -v '^Z')" ]
}
