#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 at random moments, of the driver, the runner, or both; then resume: no cell lost, none doubled, finished ones
# not run again. The seed of the moments is printed, so that a failure can be repeated.

setup() {
    DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    CELLS=(stream histogram nbody --presets tiny --backends cpu --variants portable --samples 20)
    "$SWITCHBENCH_BIN/switchbench" run "${CELLS[@]}" --output "$DIR/warm" >/dev/null 2>&1 # compiles once
}

teardown() {
    pkill -9 -f "$DIR" || true
    rm -rf "$DIR"
}

check_whole() { # campaign folder
    local cells ended
    cells=$(jq '.cells | length' "$1/plan.json")
    # torn lines are what kills leave; jq -R passes over them
    cat "$1"/records/*.jsonl | jq -cR 'fromjson? // empty' >"$DIR/all.jsonl"
    ended=$(jq -r 'select(.state == "passed") | .cell' "$DIR/all.jsonl" | sort -u | wc -l)
    [ "$ended" = "$cells" ] || { echo "$ended of $cells cells passed"; return 1; }
    doubled=$(jq -r 'select(.state != "lost") | .cell' "$DIR/all.jsonl" | sort | uniq -d)
    [ -z "$doubled" ] || { echo "doubled: $doubled"; return 1; }
}

@test "kill -9 of driver, runner or both at random moments, then resume" {
    RANDOM=${SWITCHBENCH_TEST_SEED:-$$}
    echo "seed ${SWITCHBENCH_TEST_SEED:-$$}"
    kills=0
    for round in 1 2 3 4 5 6 7 8 9; do
        out=$DIR/campaign-$round
        "$SWITCHBENCH_BIN/switchbench" run "${CELLS[@]}" --output "$out" >/dev/null 2>&1 3>&- &
        driver=$!
        sleep "0.$((RANDOM % 900 + 100))"
        runner=$(pgrep -P $driver -f switchbench-runner || true)
        case $((round % 3)) in
        0) kill -9 $driver && kills=$((kills + 1)) ;;
        1) [ -n "$runner" ] && kill -9 $runner && kills=$((kills + 1)) ;;
        2) kill -9 $driver $runner && kills=$((kills + 1)) ;;
        esac || true
        wait $driver || true
        [ -f "$out/plan.json" ] || continue # killed before there was a campaign
        cat "$out"/records/*.jsonl 2>/dev/null | jq -cR 'fromjson? // empty | select(.state == "passed") | [.cell, .started]' | sort >"$DIR/before"
        run "$SWITCHBENCH_BIN/switchbench" resume "$out"
        echo "round $round: $output"
        [ "$status" = 0 ]
        check_whole "$out"
        jq -c 'select(.state == "passed") | [.cell, .started]' "$DIR/all.jsonl" | sort >"$DIR/after"
        # what had passed before the kill is there unchanged: it was not run again
        [ -z "$(comm -23 "$DIR/before" "$DIR/after")" ]
    done
    echo "$kills kills"
    [ $kills -ge 3 ]
}

@test "a record whose journal line was lost, and a torn journal, are mended on resume" {
    out=$DIR/warm
    head -n 3 "$out/journal.jsonl" >"$DIR/journal"
    printf '{"event": "ended", "cel' >>"$DIR/journal"
    cp "$DIR/journal" "$out/journal.jsonl"
    run "$SWITCHBENCH_BIN/switchbench" resume "$out"
    echo "$output"
    [ "$status" = 0 ]
    check_whole "$out"
    run "$SWITCHBENCH_BIN/switchbench" status "$out"
    [ "$status" = 0 ]
}

@test "no runner outlives its driver" {
    "$SWITCHBENCH_BIN/switchbench" run nbody --presets small --labels double --backends cpu --budget 60 --precision 0.0001% \
        --output "$DIR/orphan" >/dev/null 2>&1 3>&- &
    driver=$!
    sleep 1
    kill -9 $driver
    for i in 1 2 3 4 5 6 7 8 9 10; do
        pgrep -f "$DIR/orphan" >/dev/null || break
        sleep 0.2
    done
    ! pgrep -af "$DIR/orphan"
}
