#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a person can get wrong: each ends in the right code and one clear sentence, before anything runs.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export SWITCHBENCH_CACHE=$BATS_TEST_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

# refused CODE SENTENCE ARGUMENT…: that exit code, nothing on stdout, one line on stderr, no campaign made
refused() {
    local wanted=$1 sentence=$2 code=0
    shift 2
    sb "$@" >out 2>err || code=$?
    cat out err
    [ "$code" -eq "$wanted" ]
    [ ! -s out ]
    [ "$(wc -l <err)" -eq 1 ]
    [[ "$(cat err)" == "switchbench: "$sentence ]]
    [ ! -e campaigns ]
}

@test "unknown kernel, preset, backend, variant, label, parameter: the closest is named" {
    refused 2 "*'straem'*'stream'*" run straem
    refused 2 "*'smal'*'small'*" run stream -p smal
    refused 2 "*'cpi'*'cpu'*" run stream -b cpi
    refused 2 "*'potable'*'portable'*" run stream -v potable
    refused 2 "*'traid'*'triad'*" run stream -l traid
    refused 2 "*'scalr'*'scalar'*" run stream --set scalr=0.3
    refused 2 "*'straem'*" run stream --set straem.n=3
}

@test "a folder that is no kernel" {
    mkdir empty
    refused 2 "*nowhere*" run ./nowhere
    refused 2 "*empty*" run ./empty
}

@test "parameters out of bounds, fractional, not numbers, bad ranges" {
    refused 2 "*gemm.n*99999999*out of bounds*1000000*" run gemm --set n=99999999
    refused 2 "*gemm.n*0.5*" run gemm --set n=0.5
    refused 2 "*many*" run gemm --set n=many
    refused 2 "*" run gemm --set n=10:1:1
    refused 2 "*" run gemm --set n=1:10:0
    refused 2 "*op*'traid'*" run stream --set op=traid
}

@test "a size that does not fit in memory is refused with both numbers" {
    refused 2 "*does not fit*needs*iB*iB*" run gemm -b cpu --set n=300000
    refused 2 "*does not fit*" run stream -b cpu --memory-limit 1MiB
}

@test "campaign files: file, line and what was expected" {
    printf 'kernels: [stream\n' >a.yaml
    refused 2 "a.yaml:2: malformed YAML: *" run a.yaml
    printf 'kernels: [stream]\npreset: tiny\n' >b.yaml
    refused 2 "b.yaml:2: unknown key 'preset'; did you mean 'presets'?" run b.yaml
    printf 'kernels: [stream]\nrepeat: often\n' >c.yaml
    refused 2 "c.yaml:2: repeat: expected a whole number, got 'often'" run c.yaml
    printf 'kernels: [stream]\n\nparameters:\n  stream:\n    m: 3\n' >d.yaml
    refused 2 "d.yaml:5: *'m'*" run d.yaml
    : >e.yaml
    refused 2 "e.yaml:1: expected a mapping*" run e.yaml
    refused 2 "*nowhere.yaml*" run nowhere.yaml
    refused 2 "expected one campaign file, got 'a.yaml' and 'b.yaml'" run a.yaml b.yaml
    head -c 4096 /dev/urandom >f.yaml
    refused 2 "f.yaml:*" run f.yaml
}

@test "campaign folders that are none, or hold something else" {
    mkdir empty
    for command in status resume report; do
        refused 2 "*nowhere*" $command nowhere
        refused 2 "*empty*" $command empty
    done
    refused 2 "*nowhere*" show nowhere abc
    refused 2 "*nowhere*" compare nowhere empty
}

@test "a plan and a record of a newer schema are refused by name" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    cp -r c plan && cp -r c record
    sed -i 's/"schema_version": *1/"schema_version": 9/' plan/plan.json
    refused 2 "*newer switchbench*9*" status plan
    sed -i 's/"schema_version": *1/"schema_version": 9/' record/records/*.jsonl
    sb show record dot >out 2>err && false
    cat err
    grep -q "newer switchbench" err
}

@test "a truncated journal is told, and nothing is lost" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    truncate -s -5 c/journal.jsonl
    sb status c --json >out 2>err
    cat err
    [ "$(jq '.[0].passed' out)" -eq 1 ]
    grep -q "^switchbench: c: .*torn" err
}

@test "a journal damaged in the middle names its line" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    sed -i '2s/.*/{"half": /' c/journal.jsonl
    refused 2 "*journal.jsonl:2: *" status c
}

@test "an unwritable place for the campaign: 4" {
    refused 4 "*/proc/nowhere*" run stream -p tiny -b cpu -o /proc/nowhere
    mkdir full && touch full/something
    refused 4 "full is not empty*" run stream -p tiny -b cpu -o full
}

@test "a missing compiler and a kernel of one's own: 6, and what to install" {
    sb new kernel axpy >/dev/null
    export SWITCHBENCH_CC=/nowhere/cc
    refused 6 "*no C compiler (/nowhere/cc)*install*" run ./axpy -p tiny -b cpu
}

@test "nothing selected: 6" {
    refused 6 "run: no cell is left*" run gemm -p tiny -b opencl --variants vendor -l double
}

@test "campaign files that never end, or are nested for ever, are refused at once" {
    mkfifo pipe.yaml
    mkdir folder.yaml
    ln -s /dev/zero zero.yaml
    refused 2 "pipe.yaml is a pipe or device, expected a file" run pipe.yaml
    refused 2 "zero.yaml is a pipe or device, expected a file" run zero.yaml
    refused 2 "folder.yaml is a folder, expected a file" run folder.yaml
    { printf 'kernels: '; printf '[%.0s' $(seq 100000); } >deep.yaml
    refused 2 "deep.yaml:1: *32 levels*" run deep.yaml
}

@test "a cell without its record has not passed: it runs again" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    rm c/records/*
    sb status c --json >out 2>err
    cat err
    [ "$(jq '.[0].ended' out)" -eq 0 ]
    grep -q "^switchbench: c: no readable record of 1 ended cell" err
    sb resume c >/dev/null 2>&1
    [ "$(jq -r .state c/records/*.jsonl)" = passed ]
}

@test "a lost journal: records stay, and new ones do not follow a torn line" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    printf '{"torn' >c/records/job-1.jsonl
    rm c/journal.jsonl
    sb resume c
    [ "$(cat c/records/job-1.jsonl)" = '{"torn' ]
    [ "$(jq -r .state c/records/job-2.jsonl)" = passed ]
}

@test "attempt 10 comes after attempt 9" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    jq -c '.state = "lost" | .reason = "its node went away"' c/records/job-1.jsonl >c/records/job-9.jsonl
    mv c/records/job-1.jsonl c/records/job-10.jsonl
    sb status c --json >out
    cat out
    [ "$(jq '.[0].passed' out)" -eq 1 ]
    sb compare c c --json >out 2>&1 || true
    cat out
    grep -q inconclusive out
}

@test "a campaign that another process writes is left alone" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    flock c/journal.jsonl "$BIN/switchbench" resume c >out 2>err && false
    cat err
    [ "$(wc -l <err)" -eq 1 ]
    grep -q "^switchbench: .*still running" err
}

@test "what a killed driver was just starting is waited for" {
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >/dev/null 2>&1
    flock c/journal.jsonl sleep 1 & # as a process does until it executes its program
    until ! flock -n c/journal.jsonl true; do sleep 0.01; done
    sb resume c
    wait
}

@test "closed standard streams, and a limit on the size of files: 4, and nothing is lost" {
    local code=0
    sb run stream -p tiny -b cpu -l dot --samples 3 -o closed 0<&- >&- 2>&- || code=$?
    [ "$code" -eq 4 ]
    [ "$(jq -r .event closed/journal.jsonl | tail -1)" = finished ]
    code=0
    (ulimit -f 1 && exec "$BIN/switchbench" run stream -p tiny -b cpu -l dot --samples 3 -o small >out 2>err) || code=$?
    cat err
    [ "$code" -eq 4 ]
    grep -q "^switchbench: .*File too large" err
    sb resume small
}

@test "a cache that cannot be written: 4, in the runner's words" {
    export SWITCHBENCH_CACHE=/proc/nowhere
    local code=0
    sb run stream -p tiny -b cpu -l dot --samples 3 -o c >out 2>err || code=$?
    cat err
    [ "$code" -eq 4 ]
    grep -q "^switchbench: .*cannot create folder /proc/nowhere.*resume" err
}

# own SED MARK: a kernel of one's own, changed by SED, which leaves MARK
own() {
    rm -rf mine
    sb new kernel mine >/dev/null
    sed -i "$1" mine/mine.c
    grep -q "$2" mine/mine.c # the change took place
}

@test "a kernel whose tables crash, leave, or name impossible arrays, does not take switchbench along" {
    own '0,/const int64_t n = length(c);/s//const int64_t n = length(c); __builtin_trap();/' __builtin_trap
    refused 7 "*mine.c: asked for its presets and arrays, it ended the process: Illegal instruction" run ./mine -b cpu
    own '0,/const int64_t n = length(c);/s//const int64_t n = length(c); _Exit(0);/; s/#include "kernels.toolbox.h"/&\n#include <stdlib.h>/' _Exit
    refused 7 "*mine.c: asked for its presets and arrays, it ended the process: it called exit()" run ./mine -b cpu
    own 's/return ARRAYS;/return 13;/' 'return 13'
    refused 2 "*expected 1 to 12 arrays, got 13" run ./mine -b cpu
    own 's/shape = {n}}/shape = {-n}}/' '{-n}'
    refused 2 "*array 'x': expected a shape of 1 or more, got -1003" run ./mine -b cpu -p tiny
    own 's/rank = 1/rank = 5/' 'rank = 5'
    refused 2 "*expected a name and rank 1 to 4, got rank 5" run ./mine -b cpu
}

@test "a mangled record is named each time, and hides no other" {
    sb run stream -p tiny -b cpu -l dot,copy -v portable --samples 3 -o c >/dev/null 2>&1
    for mangle in '.counters = "x"' '.counters = {sources: [7]}' '.counters = {sources: [], metrics: {ipc: 1}}' \
        '.timing.steady.watched_turns = "x"' '.verdict.checks[0].failed = "nan"' '.emulated = {}'; do
        rm -rf m && cp -r c m
        jq -c "if .label == \"dot\" then $mangle else . end" c/records/job-1.jsonl >m/records/job-1.jsonl
        for again in 1 2; do
            sb report m >out 2>err
            [[ "$(cat err)" == "switchbench: 1 malformed record passed over, the first: "*"job-1.jsonl:"*": expected "* ]]
            sb compare m m >out 2>err || true
            cat out err
            grep -q "^stream *copy@tiny" out
            grep -q "1 malformed record passed over" err
        done
        sb explain m m --all >out 2>err
        grep -q "copy@tiny" out
        grep -q "1 malformed record passed over" err
    done
}

@test "records that are a pipe or a folder are refused at once" {
    sb run stream -p tiny -b cpu -l dot -v portable --samples 3 -o c >/dev/null 2>&1
    for make in mkfifo mkdir; do
        $make c/records/job-9.jsonl
        for command in "report c" "compare c c" "explain c c" "status c" "show c dot"; do
            refused 2 "*job-9.jsonl is a *, expected a file" $command
        done
        rm -r c/records/job-9.jsonl
    done
}

@test "what is written to a pipe or device goes there, and leaves it what it is" {
    sb run stream -p tiny -b cpu -l dot -v portable --samples 3 -o c >/dev/null 2>&1
    mkfifo pipe
    cat pipe >got &
    sb report c -o pipe
    wait $!
    [ -p pipe ]
    cmp got c/report.html
    sb report c -o /dev/stdout | grep -q "<!DOCTYPE html>"
    refused 4 "cannot write pipe: *" report c -o pipe # nobody reads
    [ -p pipe ]
}
