#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A campaign survives its driver, its runner, its disk, its clock and a second driver: no cell lost, none doubled, no state
# that is wrong. Seeds are printed; SWITCHBENCH_TEST_SEED repeats one, SWITCHBENCH_TEST_KILLS changes how many.

setup() {
    DIR=$(mktemp -d)
    SB=$SWITCHBENCH_BIN/switchbench
    export SWITCHBENCH_CACHE=$DIR/cache
    ONE=(stream --presets tiny --labels triad --backends cpu --variants portable --set n=1000 --samples 1)
    "$SB" run "${ONE[@]}" --output "$DIR/warm" >/dev/null 2>&1 # compiles once
    SEED=${SWITCHBENCH_TEST_SEED:-$$}
    RANDOM=$SEED
    echo "seed $SEED"
    cd "$DIR"
}

teardown() {
    cd /
    pkill -9 -f "$DIR/" || true
    mountpoint -q "$DIR/disk" && umount "$DIR/disk"
    rm -rf "$DIR"
}

# Every cell passed, by plan, records, journal and status; none has two records that count, none ended twice.
whole() { # campaign, "again": what had ended was lost, and ended again
    local cells
    cells=$(jq '.cells | length' "$1/plan.json")
    awk 1 "$1"/records/*.jsonl | jq -cR 'fromjson? // empty' >all.jsonl # also behind half a line
    [ "$(jq -r 'select(.state == "passed") | .cell' all.jsonl | sort -u | wc -l)" = "$cells" ] || { echo "cells are lost"; return 1; }
    jq -r 'select(.state != "lost") | .cell' all.jsonl | sort | uniq -d >doubled
    [ ! -s doubled ] || { echo "doubled:"; cat doubled; return 1; }
    [ -z "$(jq -r 'select(.state != "lost" and .state != "passed")' all.jsonl)" ] || { echo "wrong states"; return 1; }
    [ "${2:-}" = again ] || [ -z "$(jq -r 'select(.event == "ended" and .state != "lost") | .cell' "$1/journal.jsonl" | sort | uniq -d)" ] || { echo "ended twice"; return 1; }
    [ "$("$SB" status "$1" --json | jq -c '.[0] | [.passed, .lost, .ended]')" = "[$cells,0,$cells]" ] || { "$SB" status "$1"; return 1; }
}

pause() { # milliseconds at most
    local ms=$((RANDOM % $1 + 5))
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

@test "kill -9 of driver, runner or both at 200 random moments" {
    local most=${SWITCHBENCH_TEST_KILLS:-200} drivers=0 runners=0 both=0 campaigns=0 driver runner code out
    while [ $((drivers + runners + both)) -lt "$most" ]; do
        campaigns=$((campaigns + 1))
        out=$DIR/c$campaigns
        pack=$((campaigns % 3 * 7)) # all cells in one job; 7; 14
        set -- run "${ONE[@]}" --repeat 60 --pack $pack --output "$out"
        for round in $(seq 100); do
            [ $((drivers + runners + both)) -lt "$most" ] || break
            "$SB" "$@" >said 2>&1 3>&- &
            driver=$!
            pause 500
            runner=$(pgrep -P $driver -f switchbench-runner || true)
            case $((RANDOM % 3)) in
            0) kill -9 $driver 2>/dev/null && drivers=$((drivers + 1)) ;;
            1) [ -n "$runner" ] && kill -9 $runner 2>/dev/null && runners=$((runners + 1)) ;;
            2) [ -n "$runner" ] && kill -9 $driver $runner 2>/dev/null && both=$((both + 1)) ;;
            esac || true
            code=0
            wait $driver || code=$?
            # all passed; lost a runner; killed. Never a verdict on the kernel, nor an error of its own
            [ $code = 0 ] || [ $code = 4 ] || [ $code = 137 ] || { echo "campaign $campaigns: $code"; cat said; false; }
            [ $code != 0 ] || break
            [ ! -f "$out/plan.json" ] || set -- resume "$out"
            [ -f "$out/plan.json" ] || rm -rf "$out" # killed before there was a campaign
        done
        [ -d "$out" ] || continue
        run "$SB" resume "$out"
        [ "$status" = 0 ] || { echo "$output"; false; }
        whole "$out"
    done
    echo "# $((drivers + runners + both)) faults in $campaigns campaigns: driver $drivers, runner $runners, both $both; 0 cells lost, doubled, wrong (seed $SEED)" >&3
}

@test "a full disk: what was measured stays, exit 4, and resume goes on once there is room" {
    mkdir disk
    mount -t tmpfs -o size=64k,mode=700 tmpfs disk 2>/dev/null || skip "no file system can be mounted here"
    local full=0 size code
    for size in 4 24 32 48 64 96 128 160 200 260; do
        rm -rf disk/c
        mount -o remount,size=${size}k disk
        code=0
        "$SB" run "${ONE[@]}" --repeat 150 --pack $((size % 5 * 10)) --output disk/c >said 2>&1 || code=$?
        [ $code != 0 ] || continue
        [ $code = 4 ] || { echo "$size KiB: $code"; cat said; false; }
        grep -q "No space left" said || { echo "$size KiB:"; cat said; false; }
        full=$((full + 1))
        [ -f disk/c/plan.json ] || continue # not even that
        awk 1 disk/c/records/*.jsonl 2>/dev/null | jq -cR 'fromjson? // empty | select(.state == "passed") | [.cell, .started]' | sort >before
        mount -o remount,size=64m disk
        run "$SB" resume disk/c
        [ "$status" = 0 ] || { echo "$size KiB: $output"; false; }
        whole disk/c
        jq -c 'select(.state == "passed") | [.cell, .started]' all.jsonl | sort >after
        [ -z "$(comm -23 before after)" ]
    done
    echo "# $full full disks" >&3
    [ $full -ge 6 ]
}

@test "a limit on the size of files stops journal, records and events alike" {
    local blocks code
    for blocks in 1 2 4 8 16 40; do # of 1024 bytes
        rm -rf limited
        code=0
        (ulimit -f $blocks && exec "$SB" run "${ONE[@]}" --repeat 40 --output limited) >said 2>&1 || code=$?
        [ $code = 4 ] || { echo "$blocks: $code"; cat said; false; }
        [ -f limited/plan.json ] || continue
        run "$SB" resume limited
        [ "$status" = 0 ] || { echo "$blocks: $output"; false; }
        whole limited
    done
}

odd() { # variable, command…: on an odd host
    local name=$1
    shift
    env "$name=1" LD_PRELOAD="$SWITCHBENCH_BIN/tests/fakes/libodd-host.so" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$@"
}

have_odd() {
    [ -f "$SWITCHBENCH_BIN/tests/fakes/libodd-host.so" ] || skip "this build has no tests/fakes"
}

@test "a wall clock that jumps a day back and forth changes nothing" {
    have_odd
    odd SB_ODD_CLOCK timeout 60 "$SB" run "${ONE[@]}" --repeat 30 --pack 10 --output c >said 2>&1 3>&- &
    local driver=$!
    until [ -s c/records/job-1.jsonl ]; do kill -0 $driver; sleep 0.02; done
    run odd SB_ODD_CLOCK timeout 60 "$SB" resume c # the first one still holds it
    echo "$output"
    [ "$status" = 2 ]
    wait $driver || { cat said; false; }
    whole c
    # a lease from the future is no reason to wait, nor is one from long ago
    jq -c '.time = "2099-01-01T00:00:00Z"' c/journal.jsonl >future
    grep -v '"ended"\|"finished"\|"closed"' future >c/journal.jsonl
    run odd SB_ODD_CLOCK timeout 60 "$SB" resume c
    [ "$status" = 0 ] || { echo "$output"; false; }
}

race() { # campaign, drivers, how to start them…: at the same time; how many of them drove
    local out=$1 count=$2 won=0 i code pids=()
    shift 2
    for i in $(seq "$count"); do
        "$@" "$SB" resume "$out" >"said$i" 2>&1 3>&- &
        pids+=($!)
    done
    for i in $(seq "$count"); do
        code=0
        wait "${pids[$((i - 1))]}" || code=$?
        case $code in
        0) won=$((won + 1)) ;;
        2) grep -q "still running\|has taken over\|take it again" "said$i" || { cat "said$i"; return 1; } ;;
        *) echo "driver $i: $code"; cat "said$i"; return 1 ;;
        esac
    done
    [ $won -ge 1 ]
    whole "$out"
}

@test "several drivers at once: one drives, the others say so" {
    for round in 1 2 3 4 5 6; do
        "$SB" run "${ONE[@]}" --repeat 40 --output "r$round" >/dev/null 2>&1 3>&- &
        local driver=$!
        until [ -f "r$round/jobs/job-1.owner" ]; do sleep 0.01; done
        kill -9 $driver
        wait $driver || true
        race "r$round" 4 env
    done
}

@test "the same where the file system has no locks" {
    have_odd
    for round in 1 2 3 4 5 6; do
        "$SB" run "${ONE[@]}" --repeat 40 --output "n$round" >/dev/null 2>&1 3>&- &
        local driver=$!
        until [ -f "n$round/jobs/job-1.owner" ]; do sleep 0.01; done
        kill -9 $driver
        wait $driver || true
        race "n$round" 4 odd SB_ODD_LOCKS
    done
}

@test "journal and records cut anywhere are mended" {
    "$SB" run "${ONE[@]}" --repeat 8 --pack 3 --output c >/dev/null 2>&1
    local size cut
    for round in $(seq 12); do
        for part in journal.jsonl records/job-2.jsonl; do
            rm -rf cut
            cp -r c cut
            size=$(stat -c %s "cut/$part")
            cut=$((RANDOM * 32768 + RANDOM))
            truncate -s $((cut % size)) "cut/$part"
            run "$SB" resume cut
            [ "$status" = 0 ] || { echo "$part cut at $((cut % size)): $output"; false; }
            whole cut again || { echo "$part cut at $((cut % size))"; false; }
        done
    done
    rm c/journal.jsonl
    run "$SB" resume c
    [ "$status" = 0 ]
    whole c
}
