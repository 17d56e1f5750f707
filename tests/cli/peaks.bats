#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `switchbench peaks`: what it measures, what it keeps, what records say with it and without; reasons for what is not there.

setup_file() {
    export BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    cd "$BATS_FILE_TMPDIR"
    "$BIN/switchbench" run stream -l triad -p tiny -b cpu --samples 20 -o before >before.txt 2>&1 # compiled code is cached
    "$BIN/switchbench" peaks --rounds 1 --json -o all.json >told.json 2>err.txt
    echo $? >status
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

figures() { # backend, filter: how many figures of it
    jq "[.backends[] | select(.backend == \"$1\") | .figures[]? | select($2)] | length" told.json
}

@test "a misspelt backend gets the closest one" {
    run "$BIN/switchbench" peaks --backends opencll
    [ "$status" -eq 2 ]
    [ "$output" = "switchbench: peaks: unknown backend 'opencll'; did you mean 'opencl'?" ]
}

@test "a backend like none, a bad number of rounds and an operand are refused" {
    run "$BIN/switchbench" peaks --backends zzzzzzzzz
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown backend 'zzzzzzzzz'"*"list backends"* ]]
    run "$BIN/switchbench" peaks --rounds 0
    [ "$status" -eq 2 ]
    run "$BIN/switchbench" peaks cpu
    [ "$status" -eq 2 ]
    run "$BIN/switchbench-runner" --peaks cpu@0
    [ "$status" -eq 2 ]
    run "$BIN/switchbench-runner" --peaks nothing
    [ "$status" -eq 2 ]
    [[ "$output" == *"no backend 'nothing'"* ]]
}

@test "a backend without a device says why, and alone ends with 6" {
    run "$BIN/switchbench" peaks --backends twin
    echo "$output"
    [ "$status" -eq 6 ]
    [[ "$output" == *"twin stands in for the device"* ]]
}

@test "an output that cannot be written is told" {
    run "$BIN/switchbench" peaks --backends twin -o /nonexistent/p.json
    [ "$status" -eq 4 ]
    [[ "$output" == *"/nonexistent/p.json"* ]]
    [[ "$output" == *"stands in for the device"* ]] # what was found is told all the same
}

@test "every backend with a device answers, the others give a reason" {
    [ "$(cat status)" -eq 0 ]
    diff <(jq -S . told.json) <(jq -S . all.json)
    "$BIN/switchbench-runner" --probe 2>/dev/null | jq -r '.backends[].name' | sort >known
    jq -r '.backends[].backend' told.json | sort | diff known -
    jq -e '.backends[] | (.figures | length > 0) != has("reason")' told.json
    "$BIN/switchbench-runner" --probe 2>/dev/null |
        jq -r '.backends[] | select(.devices | length > 0) | .name' | grep -v '^twin$' | sort >devices
    jq -r '.backends[] | select(.figures) | .backend' told.json | sort | diff devices -
}

@test "the processor: every level, both precisions, latencies that grow outwards" {
    [ "$(figures cpu '.what == "bandwidth" and .level == "memory" and .threads == 1')" -eq 5 ] ||
        [ "$(uname -m)" != x86_64 ]
    for precision in double float; do
        [ "$(figures cpu ".what == \"flop_rate\" and .precision == \"$precision\" and .threads == 1")" -ge 2 ]
    done
    [ "$(figures cpu '.best <= 0 or .median <= 0 or .samples < 1')" -eq 0 ]
    jq -e '[.backends[] | select(.backend == "cpu") | .figures[] | select(.what == "latency")]
        | length >= 2 and (first.best < last.best)' told.json
    jq -e '[.backends[] | select(.backend == "cpu") | .figures[] | select(.what == "bandwidth" and .loop == "load" and .threads == 1)]
        | first.level == "l1" and last.level == "memory" and first.best > last.best' told.json
}

@test "without peaks a record names the remedy; with them, its bound" {
    jq -e '.attainable == null and (.attainable_reason | contains("switchbench peaks --backends cpu"))' before/records/*.jsonl
    [ "$(ls cache/peaks/*.json | wc -l)" -eq "$(jq '[.backends[] | select(.figures)] | length' told.json)" ]
    "$BIN/switchbench" run stream -l triad -p tiny -b cpu --samples 20 -o after >after.txt 2>&1
    jq -e '.attainable_reason == null and .attainable.fraction > 0 and (.attainable.roofs | length >= 2)' after/records/*.jsonl
    jq -e '.attainable | .time_ns == ([.roofs[].time_ns] | max)' after/records/*.jsonl
    jq -e '.attainable as $a | .timing.median_ns as $m | ($a.time_ns / $m - $a.fraction) | fabs < 1e-9' after/records/*.jsonl
    [ "$(sha256sum cache/peaks/*.json | cut -d' ' -f1 | grep -c "$(jq -r .attainable.peaks after/records/*.jsonl)")" -eq 1 ]
}

@test "pages and tables degrade with a sentence without peaks, and tell the fraction with them" {
    "$BIN/switchbench" report before >/dev/null
    grep -q "switchbench peaks --backends cpu" before/report.html
    "$BIN/switchbench" report after >/dev/null
    grep -q "harmonic mean" after/report.html
    grep -q "Percent of what is attainable" after/report.html
    grep -q "of roofline" after.txt
    run grep -c "of roofline" before.txt
    [ "$output" -eq 0 ]
    id=$(jq -r .cell after/records/*.jsonl)
    run "$BIN/switchbench" show after "$id"
    [ "$status" -eq 0 ]
    [[ "$output" == *attainable*roofs* ]]
    run "$BIN/switchbench" show before "$(jq -r .cell before/records/*.jsonl)"
    [[ "$output" == *"attainable_reason"*"measures them, for the runs that follow"* ]]
}

@test "a torn file of peaks is a reason, not a failure" {
    mkdir torn && cp -r cache/peaks torn/peaks
    for file in torn/peaks/*.json; do head -c 100 "$file" >cut && mv cut "$file"; done
    SWITCHBENCH_CACHE=$PWD/torn run "$BIN/switchbench" run stream -l triad -p tiny -b cpu --samples 20 -o torn/c
    [ "$status" -eq 0 ]
    jq -e '.attainable == null and (.attainable_reason | contains("writes it anew"))' torn/c/records/*.jsonl
}

@test "messages between two ranks are measured, or their absence has a reason" {
    jq -e '.messages | has("reason") or ([.figures[].what] | sort == ["message_bandwidth", "message_latency"])' told.json
}

@test "the table says when the node was busy and has every figure" {
    run "$BIN/switchbench" peaks --backends cpu --rounds 1 --csv
    [ "$status" -eq 0 ]
    [ "$(grep -c '^cpu,bandwidth,memory,' <<<"$output")" -ge 3 ]
}
