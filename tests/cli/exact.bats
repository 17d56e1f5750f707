#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Exact counts without hardware counters: the cell once more under a tool. The programs are the release's: valgrind and
# sanitizers exclude each other.

setup() {
    RELEASE=${SWITCHBENCH_RELEASE:-$BATS_TEST_DIRNAME/../../build}
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$RELEASE/switchbench" "$@"
}

# counted DIR ARGUMENTS…: one short campaign; its only source into ./source, its record into ./record
counted() {
    local to=$1
    shift
    sb run "$@" -p tiny --samples 5 --budget 10ms -o "$to" >said 2>&1 || { cat said; return 1; }
    tail -n 1 "$to"/records/*.jsonl >record
    jq -c '.counters.sources[-1]' record | tee source
}

value() { # event: of ./source
    jq -e --arg name "$1" '.events[] | select(.name == $name) | .value' source
}

# fake NAME LINE…: a program of that name before all others
fake() {
    mkdir -p bin
    { echo '#!/bin/sh'; printf '%s\n' "${@:2}"; } >"bin/$1"
    chmod +x "bin/$1"
    PATH=$PWD/bin:$PATH
}

@test "a misspelt event ends the command with the closest, before anything runs" {
    run sb run stream -l copy -b cpu -p tiny --counters callgrind:instrutions+loads -o c
    [ "$status" -eq 2 ]
    [[ "$output" == *"callgrind has no event 'instrutions'; did you mean 'instructions'?"* ]]
    [ ! -e c ]
    run sb run stream -l copy -b cpu -p tiny --counters qemu_plugin:xyzzy
    [ "$status" -eq 2 ]
    [[ "$output" == *"qemu_plugin has no event 'xyzzy'; 'switchbench list counters qemu_plugin' shows them"* ]]
    run sb run stream -l copy -b cpu -p tiny --counters twins
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'twin'?"* ]]
}

@test "\"*\" is every event of a tool, and a metric's name the events of its formula" {
    counted all stream -l copy -b cpu --variants portable -j 1 --counters 'callgrind:*'
    diff <(jq -r '.events[].name' source | sort) <(sb list counters callgrind --json | jq -r '.[].event' | sort)
    counted one stream -l copy -b cpu --variants portable -j 1 --counters callgrind:l1_misses+memory_read_bytes+ipc
    jq -e '[.events[].name] == ["d1-misses", "memory-bytes"] and
        (.refused | length == 1 and .[0].name == "ipc" and (.[0].reason | test("no formula over events of callgrind")))' source
    jq -e '.counters.metrics | has("l1_misses") and has("memory_read_bytes")' record
}

@test "a tool that is missing leaves its reason, and the rest of the record whole" {
    mkdir few
    for program in gcc cc as ld objdump env sh; do ln -s "$(command -v $program)" few/$program; done
    PATH_WITHOUT=$PWD/few
    PATH=$PATH_WITHOUT "$RELEASE/switchbench" run stream -l copy -b cpu -p tiny --samples 5 --counters callgrind -o c >said
    tail -n 1 c/records/*.jsonl >record
    [ "$(jq -r '.counters.sources[0].reason' record)" = "valgrind is not installed: apt-get install valgrind" ]
    [ "$(jq -r .state record)" = passed ]
    [ "$(jq '.timing.samples_ns | length' record)" -eq 5 ]
    [ "$(jq .reason record)" = null ]
}

@test "a tool that fails, hangs, or counts nothing leaves its reason" {
    fake valgrind '[ "$1" = --version ] && echo valgrind-9 && exit' 'echo one; echo "out of its memory" >&2; exit 3'
    counted c stream -l copy -b cpu --counters callgrind
    [ "$(jq -r '.state + ": " + .reason' source)" = "died: under valgrind the cell did not end well: out of its memory" ]
    [ "$(jq -r .state record)" = passed ]
    fake valgrind '[ "$1" = --version ] && echo valgrind-9 && exit' 'exec sleep 60'
    counted d stream -l copy -b cpu --counters callgrind --time-limit 3s
    [[ "$(jq -r .reason source)" == *"did not end under it within its time limit of 3 s: raise --time-limit"* ]]
    [ "$(jq -r .state record)" = passed ]
    fake valgrind '[ "$1" = --version ] && echo valgrind-9 && exit' 'kill -ILL $$'
    counted e stream -l copy -b cpu --counters callgrind
    [[ "$(jq -r .reason source)" == "under valgrind the cell died of signal 4 ("* ]]
    fake valgrind '[ "$1" = --version ] && echo valgrind-9 && exit' 'exit 0'
    counted f stream -l copy -b cpu --counters callgrind
    [ "$(jq -r .state source)" = died ]
}

@test "an emulated cell is not callgrind's, and says so" {
    command -v qemu-aarch64 && command -v aarch64-linux-gnu-gcc || skip "no emulator of Arm, or no compiler for it"
    counted c stream -l copy -b cpu --target armv8-a --counters callgrind,perf_event
    [[ "$(jq -r '.counters.sources[] | select(.source == "callgrind") | .reason' record)" == *"target armv8-a is emulated here: ask qemu_plugin" ]]
    [[ "$(jq -r '.counters.sources[] | select(.source == "perf_event") | .reason' record)" == "it would count qemu-aarch64 "* ]]
    [ "$(jq .timing record)" = null ]
}

@test "the kernel's region alone: loads and stores times a vector's width are the bytes of the formula" {
    counted c stream -l add -b cpu -j 1 --set n=100000 --counters callgrind
    # 32 bytes a vector: two are read, one is written; what remains is a launcher of some thirty instructions
    [ "$(value loads)" -ge $((2 * 100000 * 8 / 32)) ]
    [ "$(value loads)" -le $((2 * 100000 * 8 / 32 + 60)) ]
    [ "$(value stores)" -ge $((100000 * 8 / 32)) ]
    [ "$(value stores)" -le $((100000 * 8 / 32 + 60)) ]
    [[ "$(jq -r .note source)" == "code for "* ]]
    [ "$(jq -c '[.scope, .passes, .repetitions, .slowdown]' source)" = '["simulated",1,1,null]' ]
}

@test "the same counts every time: all of them with one thread, what is exact with two" {
    for i in 1 2 3; do
        counted one$i gemm -l double --variants portable -b cpu -j 1 --counters callgrind
        jq -c .events source >one$i.events
        counted two$i gemm -l double --variants portable -b cpu -j 2 --counters callgrind:instructions+loads+stores+branches
        jq -c .events source >two$i.events
    done
    cmp one1.events one2.events
    cmp one1.events one3.events
    cmp two1.events two2.events
    cmp two1.events two3.events
}

@test "'list counters' knows the source and its events" {
    sb list counters callgrind | grep -q 'instructions.*retired process exact'
    sb list counters | grep -q 'callgrind *yes.*valgrind-'
}

arm() {
    command -v qemu-aarch64 && command -v aarch64-linux-gnu-gcc || skip "no emulator of Arm, or no compiler for it"
}

@test "no emulator, or one without plug-ins: what to install" {
    mkdir few
    for program in gcc cc as ld objdump env sh; do ln -s "$(command -v $program)" few/$program; done
    PATH=$PWD/few "$RELEASE/switchbench" run stream -l copy -b cpu -p tiny --samples 5 --counters qemu_plugin -o c >said
    [ "$(jq -r '.counters.sources[0].reason' c/records/*.jsonl)" = "no qemu-user here: apt-get install qemu-user" ]
    for machine in aarch64 riscv64 x86_64; do
        fake qemu-$machine 'echo "qemu: unknown option '"'plugin'"'" >&2; exit 1'
    done
    counted d stream -l copy -b cpu --counters qemu_plugin
    [[ "$(jq -r '.state + ": " + .reason' source)" == "absent: this qemu-user loads no plug-ins"* ]]
    [ "$(jq -r .state record)" = passed ]
}

@test "an emulated cell is counted by the emulator's plug-in, and has no times" {
    arm
    counted c stream -l triad -b cpu --target armv8-a --set n=10000 --counters qemu_plugin
    [ "$(value loads)" -ge 10000 ] # 16 bytes a vector, two are read; two threads have some thirty instructions around
    [ "$(value loads)" -le 10060 ]
    [ "$(value read-bytes)" -ge 160000 ]
    [ "$(value read-bytes)" -le 160600 ]
    [ "$(value write-bytes)" -ge 80000 ]
    [ "$(value write-bytes)" -le 80400 ]
    [ "$(jq .timing record)" = null ]
    [ "$(jq '.counters.sources | length' record)" -eq 1 ]
}

@test "longer vectors take fewer instructions; bytes that the emulator does not tell are refused, not 0" {
    arm
    for bits in 128 256 512; do
        counted c$bits stream -l triad -b cpu --target armv8.2-a+sve@$bits --set n=10000 --counters qemu_plugin
        [ "$(value loads)" -ge $((2 * 10000 * 64 / bits)) ]
        [ "$(value loads)" -le $((2 * 10000 * 64 / bits + 60)) ]
        [[ "$(jq -r '.refused[] | select(.name == "read-bytes") | .reason' source)" == "this emulator tells of "*" of scalable vectors"* ]] ||
            [ "$(value read-bytes)" -ge 160000 ]
    done
}

@test "RISC-V, with vectors and without" {
    command -v qemu-riscv64 && command -v riscv64-linux-gnu-gcc || skip "no emulator of RISC-V, or no compiler for it"
    counted c stream -l triad -b cpu --target rv64gc --set n=10000 --counters qemu_plugin
    [ "$(value loads)" -ge 20000 ]
    [ "$(value loads)" -le 20080 ]
    command -v clang-19 || skip "no clang for RISC-V's vectors"
    counted d stream -l triad -b cpu --target rv64gcv@256 --set n=10000 --counters qemu_plugin
    [ "$(value read-bytes)" -ge 160000 ]
    [ "$(value read-bytes)" -le 160600 ]
}

@test "this machine's code in an emulator: two tools count the same instructions but for the calls around" {
    [ "$(uname -m)" = x86_64 ] && command -v qemu-x86_64 || skip "no x86-64, or no emulator of it"
    counted c stream -l triad -b cpu -j 1 --set n=10000 --counters callgrind,qemu_plugin
    jq '[.counters.sources[].events[] | select(.name == "instructions") | .value] | max - min' record | tee apart
    [ "$(cat apart)" -le 60 ]
    [ "$(value read-bytes)" -ge 160000 ]
    [ "$(value read-bytes)" -le 160600 ]
}

@test "the emulator's counts are the same every time, with two threads too" {
    arm
    for i in 1 2 3; do
        counted c$i gemm -l double --variants portable -b cpu -j 2 --target armv8-a --counters qemu_plugin
        jq -c .events source >c$i.events
    done
    cmp c1.events c2.events
    cmp c1.events c3.events
}

@test "the twin counts what a GPU would do: stream's flop, bytes and sectors are exact" {
    counted c stream -l triad --variants portable -b twin --counters twin
    [ "$(value flop-double)" -eq "$(jq '.work.flop | floor' record)" ]
    [ "$(value read-bytes)" -eq "$(jq '.work.read_bytes | floor' record)" ]
    [ "$(value write-bytes)" -eq "$(jq '.work.write_bytes | floor' record)" ]
    [ "$(value load-sectors)" -eq 2050 ] # two arrays of 4,099 elements, 1,025 sectors each
    [ "$(jq '.counters.metrics.flop_double.over_expected' record)" = 1 ]
    [ "$(jq '.counters.metrics.coalescing_load_sectors.value | . > 7.9 and . < 8' record)" = true ]
}

@test "a cell of another backend is the twin's too, one of the cpu is not" {
    counted c stream -l dot --variants portable -b cpu --counters twin
    [ "$(jq -r .reason source)" = "it does not count what backend cpu runs" ]
    sb list backends | grep -q '^opencl  *0' || skip "no OpenCL device here"
    command -v clang-19 || skip "no clang for OpenCL C on the twin"
    counted d stream -l triad --variants portable -b opencl --counters twin
    [ "$(value flop-double)" -eq "$(jq '.work.flop | floor' record)" ]
    [ "$(jq '.timing.samples_ns | length' record)" -eq 5 ]
}

@test "'compare --metric' gates on what was counted, exactly" {
    run sb compare a b --metric instrutions
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'instructions'?"* ]]
    counted a stream -l add -b cpu -j 1 --set n=10000,10200 --counters callgrind:instructions+loads
    run sb compare a:n=10000 a:n=10000 --metric instructions --gate 0.1%
    [ "$status" -eq 0 ]
    [[ "$output" == *" 1.000 "*"same"* ]]
    run sb compare a:n=10000 a:n=10200 --metric instructions --gate 1% # 2 % more elements
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *"same (beyond the gate)"*"1 beyond the gate"* ]]
    run sb compare a:n=10000 a:n=10200 --metric instructions --gate 3% --margin 1%
    [ "$status" -eq 0 ]
    [[ "$output" == *"more"* ]]
    sb compare a:n=10200 a:n=10000 --metric loads --margin 1% --json >out
    [ "$(jq -r '.rows[0].outcome' out)" = less ]
    [ "$(jq -r '.options.metric' out)" = loads ]
    [ "$(jq '.rows[0] | .value_b < .value_a' out)" = true ]
    counted b stream -l add -b cpu -j 1 --set n=10000
    run sb compare a:n=10000 b --metric instructions --gate 1%
    [ "$status" -eq 6 ]
    [[ "$output" == *"B has no instructions: it was run without --counters that give it"* ]]
}

@test "emulated cells, never timed, are compared by their counts; unlike counts are not" {
    arm
    counted a stream -l add -b cpu --target armv8-a --set n=10000 --counters qemu_plugin
    counted b stream -l add -b cpu --target armv8.2-a+sve@512 --set n=10000 --counters qemu_plugin
    run sb compare a:target=armv8-a b:target=armv8.2-a+sve@512 --metric instructions
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *" less"* ]]
}

@test "a vendor's library with one thread: it runs, and is counted" {
    for kernel in fft gemm; do
        sb run $kernel -l double --variants vendor -b cpu -j 1 -p tiny --samples 5 --counters callgrind:instructions -o $kernel >said
        cat said
        [ "$(jq -r .state $kernel/records/*.jsonl)" = passed ]
        [ "$(jq '.counters.sources[0].events[0].value > 10000' $kernel/records/*.jsonl)" = true ]
    done
}
