#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One small campaign, and everything that can be asked of it afterwards.

setup_file() {
    export BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export DIR=$BATS_FILE_TMPDIR
    export SWITCHBENCH_CACHE=$DIR/cache
    cd "$DIR"
    "$BIN/switchbench" run stream -p tiny -b cpu -l triad,dot --samples 20 -o first --junit first.xml --json \
        >first.json 2>first.err
    echo $? >first.code
    "$BIN/switchbench" run stream -p tiny -b cpu -l triad,dot --samples 20 -o second >second.txt 2>second.err
}

setup() {
    cd "$DIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

@test "run: passes, prints JSON alone on stdout, and leaves everything in the folder" {
    [ "$(cat first.code)" -eq 0 ]
    [ "$(jq -r '.counts.passed' first.json)" -eq 2 ]
    [ "$(jq -r '.exit_code' first.json)" -eq 0 ]
    [ "$(jq -r '.cells | length' first.json)" -eq 2 ]
    jq -e '.cells[] | .median_ns > 0 and .low_ns <= .median_ns and .median_ns <= .high_ns and .samples > 0' first.json
    for file in plan.json journal.jsonl summary.json report.html; do
        [ -s first/$file ]
    done
    cmp <(jq -S . first.json) <(jq -S . first/summary.json)
    grep -q "</html>" first/report.html
}

@test "run: the table for people has units, the worst error, and no colours in a pipe" {
    cat second.txt
    grep -qE "kernel +case +backend +variant +state +median" second.txt
    grep -qE "stream +triad@tiny +cpu +portable +passed +[0-9.]+ (ns|µs|ms)" second.txt
    grep -q "2 cells: 2 passed" second.txt
    [ "$(grep -c $'\033' second.txt second.err | awk -F: '{n += $2} END {print n}')" -eq 0 ]
}

@test "run: JUnit has one passing case per cell" {
    grep -q '<testsuite name="[^"]*" tests="2" failures="0" errors="0" skipped="0"' first.xml
    [ "$(grep -c '<testcase classname="stream.cpu"' first.xml)" -eq 2 ]
}

@test "run --dry-run lists the cells and makes nothing" {
    run sb run stream -p tiny -b cpu,opencl -v portable -l triad --dry-run --csv -o never
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    [ ! -e never ]
    run sb list cells stream -p tiny -b cpu,opencl -v portable -l triad --csv
    [ "${#lines[@]}" -eq 3 ]
}

@test "list cells: sweeps multiply, ranges are inclusive" {
    run bash -c "'$BIN/switchbench' list cells gemm -p tiny -l double -b cpu --variants portable --set n=16:64:16 --set m=1,2 --json | jq length"
    [ "$output" -eq 8 ]
}

@test "a campaign file gives the same cells as the options, and options win over it" {
    printf 'kernels: [stream]\npresets: tiny\nlabels: [triad, dot]\nbackends: [cpu]\nparameters: {stream: {n: [100, 200]}}\n' >c.yaml
    sb list cells c.yaml --json | jq -r '.[].cell' >a
    sb list cells stream -p tiny -l triad,dot -b cpu --set stream.n=100,200 --json | jq -r '.[].cell' >b
    [ "$(wc -l <a)" -eq 4 ]
    cmp a b
    [ "$(sb list cells c.yaml -l dot --set stream.n=300 --json | jq length)" -eq 1 ]
    printf 'kernels: [stream]\npresets: tiny\n' >d.yaml
    [ "$(sb list cells d.yaml gemm -b cpu --json | jq -r '.[].kernel' | sort -u)" = gemm ]
}

@test "list kernels, presets, parameters: every built-in kernel is there, in JSON and CSV" {
    sb list --json >kernels.json
    for kernel in stream gemm spmv stencil gray_scott nbody fft histogram; do
        jq -e --arg k $kernel 'any(.[]; .kernel == $k and .source != null)' kernels.json >/dev/null
        for preset in tiny small medium large; do
            sb list presets $kernel --csv | grep -q "^$kernel,$preset,"
        done
    done
    jq -e 'all(.[]; .help != null and .unit != null)' <(sb list parameters --json) >/dev/null
}

@test "list backends and doctor ask the runner, and say what is there" {
    sb list backends --json | jq -e 'any(.[]; .backend == "cpu" and .device == 0 and .cores >= 1)' >/dev/null
    run sb doctor --json
    [ "$status" -eq 0 ]
    jq -e 'any(.[]; .check == "C compiler" and .state == "ok")' <<<"$output" >/dev/null
    jq -e 'all(.[]; .state == "ok" or .state == "absent" or .state == "note")' <<<"$output" >/dev/null
}

@test "doctor without a compiler says what to install and ends with 6" {
    SWITCHBENCH_CC=/nowhere/cc run sb doctor --csv
    [ "$status" -eq 6 ]
    [[ "$output" == *"C compiler,missing,"*"apt install gcc"* ]]
}

@test "status counts the cells and says that the campaign is finished" {
    run sb status first --json
    [ "$status" -eq 0 ]
    jq -e '.[0] | .activity == "finished" and .planned == 2 and .passed == 2 and .ended == 2' <<<"$output"
    run sb status first --cells --csv
    [ "${#lines[@]}" -eq 3 ]
    sb status first --junit s.xml >/dev/null
    grep -q 'tests="2"' s.xml
}

@test "resume of a finished campaign runs nothing again" {
    before=$(cat first/records/*.jsonl | sha256sum)
    run sb resume first
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(cat first/records/*.jsonl | sha256sum)" = "$before" ]
}

@test "show finds a cell by its id and by its name, for people, JSON and CSV" {
    id=$(jq -r '.cells[0].cell' first.json)
    name=$(jq -r '.cells[0].name' first.json)
    sb show first "${id:0:6}" --json >by_id
    sb show first "$name" --json | cmp by_id -
    [ "$(jq -r .cell by_id)" = "$id" ]
    sb show first "$id" >page
    for word in verdict timing compiler flags node seed median_ns; do
        grep -q "$word" page
    done
    sb show first "$id" --csv | grep -q "^timing.samples_ns\[0\],[0-9]"
}

@test "show: what is not there, and what is ambiguous" {
    run sb show first ffffffffffff
    [ "$status" -eq 2 ]
    [[ "$output" == "switchbench: "*"no cell is called 'ffffffffffff'"* ]]
    run sb show first stream
    [ "$status" -eq 2 ]
    [[ "$output" == "switchbench: 'stream' could be any of 2 cells: "* ]]
}

@test "compare: one row per cell, with JSON, CSV and JUnit; a gate of 1000 % holds" {
    run sb compare first second --gate 1000% --junit cmp.xml --csv
    echo "$output"
    [ "$status" -eq 0 ] || [ "$status" -eq 5 ]
    [ "$(printf '%s\n' "${lines[@]}" | grep -c '^stream/')" -eq 2 ]
    grep -q 'testsuite name="compare" tests="2"' cmp.xml
    sb compare first second --json >cmp.json || [ $? -eq 5 ]
    [ "$(jq '.rows | length' cmp.json)" -eq 2 ]
}

@test "report writes a page anywhere, the same bytes every time" {
    sb report first -o a.html
    sb report first -o b.html
    cmp a.html b.html
    run sb report first -o a.html --figures plots
    [ "$status" -eq 2 ]
}

@test "without an argument the newest campaign is meant" {
    mkdir -p elsewhere && cd elsewhere
    run sb status
    [ "$status" -eq 2 ]
    [[ "$output" == "switchbench: no campaign in 'campaigns' here;"* ]]
    sb run stream -p tiny -b cpu -l dot --samples 3 -n mine >/dev/null 2>&1
    [ "$(ls campaigns | wc -l)" -eq 1 ]
    [[ "$(ls campaigns)" == *-mine ]]
    run sb status --json
    [ "$(jq -r '.[0].campaign' <<<"$output")" = "$(ls campaigns)" ]
}

@test "an interrupted campaign is called so, and resume ends it" {
    cp -r first torn
    for file in torn/records/*.jsonl; do # as if killed after the first record
        head -n 1 "$file" >kept && cp kept "$file"
    done
    grep -v '"ended"\|"finished"' first/journal.jsonl >torn/journal.jsonl
    run sb status torn --json
    jq -e '.[0] | .activity == "interrupted" and .ended == 1 and .planned == 2' <<<"$output"
    run sb resume torn
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(cat torn/records/*.jsonl | jq -r .cell | sort | uniq -c | awk '$1 > 1' | wc -l)" -eq 0 ]
    [ "$(sb status torn --json | jq '.[0].passed')" -eq 2 ]
}

@test "a precision and a count of 0 are no bounds: the budget is used up" {
    ended() { cat "$1"/records/*.jsonl | jq -r .timing.ended; }
    sb run stream -p tiny -b cpu -l copy -v portable --budget 0.5s --precision 0 --samples 0 -o free >/dev/null 2>&1
    [ "$(ended free)" = budget ]
    sb run stream -p tiny -b cpu -l copy -v portable --budget 60s --precision 0 -o counted >/dev/null 2>&1
    [ "$(ended counted)" = count ]
}

@test "SIGINT ends a campaign with 4, one sentence, the summary of what ended, and nothing is lost" {
    "$BIN/switchbench" run stream gemm -p tiny -b cpu --budget 5s --precision 0 --samples 0 -o int >int.out 2>int.err &
    pid=$!
    for _ in $(seq 100); do
        [ -s int/journal.jsonl ] && break
        sleep 0.1
    done
    sleep 1
    kill -INT $pid
    code=0
    wait $pid || code=$?
    cat int.out int.err
    [ "$code" -eq 4 ]
    grep -q "^switchbench: .*interrupted.*resume" int.err
    [ "$(sb status int --json | jq -r '.[0].activity')" = interrupted ]
    [ "$(sb status int --json | jq '.[0].planned - .[0].ended')" -gt 0 ]
}

@test "runs of one second have a folder and an id each" {
    mkdir second && cd second
    for i in 1 2 3; do
        sb run stream -p tiny -b cpu -l dot -v portable --samples 3 >/dev/null
    done
    [ "$(ls campaigns | wc -l)" -eq 3 ]
    for folder in campaigns/*; do
        [ "$(jq -r .campaign "$folder/plan.json")" = "$(basename "$folder")" ]
        [ "$(jq -r .campaign "$folder"/records/*.jsonl)" = "$(basename "$folder")" ]
    done
    rm -rf campaigns && touch campaigns
    run sb run stream -p tiny -b cpu -l dot -v portable --samples 3
    [ "$status" -eq 4 ]
    [[ "$output" == *campaigns* ]]
}
