#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# 'debug': real debuggers on planted bugs, stopped at the right place, with the recorded inputs. The programs are the
# release's: debuggers and AddressSanitizer exclude each other.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    export RELEASE=${SWITCHBENCH_RELEASE:-$BATS_TEST_DIRNAME/../../build}
    cp -r "$BATS_TEST_DIRNAME/relay" "$DIR/relay"
    cd "$DIR"
    # a read beyond t in the second launch; a missing barrier for the twin and OpenCL
    sed 's/z\[first + i\] =/z[first + i] = (first + i == 319 ? t[first + i + 1] : REAL(0)) +/' relay/relay.dev.c >relay/relay.native.cpu.c
    "$RELEASE/switchbench" switch ./relay --to cpu --variants native --set blocks=5 --seed 42 -o beyond >&2 || true
    # a wrong value in the second launch
    mkdir other && cp -r "$BATS_TEST_DIRNAME/relay" other/relay
    sed 's/z\[first + i\] =/z[first + i] = first + i == 77 ? REAL(1) :/' relay/relay.dev.c >other/relay/relay.native.cpu.c
    "$RELEASE/switchbench" switch other/relay --to cpu --variants native -o index >&2 || true
    sed -i '0,/THREADS_1D (/s//THREADS_1D_FREE (/' relay/relay.dev.c
    "$RELEASE/switchbench" switch ./relay --to opencl --seed 42 -o race >&2 || true
    cd - >/dev/null
}

teardown_file() {
    rm -rf "$DIR"
}

setup() {
    cd "$DIR"
}

sb() {
    "$RELEASE/switchbench" "$@"
}

# batch COMMAND-LINE: gdb without a person
batch() {
    run timeout 60 bash -c "${1/#gdb -q/gdb -q -nx -batch}"
    echo "$output"
}

has() { # program: or the test is left out, and says so
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

refused() { # exit code, sentence, arguments…
    local expected=$1 sentence=$2 code=0
    shift 2
    env "PATH=${only:-$PATH}" "$RELEASE/switchbench" debug "$@" >said 2>told || code=$?
    cat said told
    [ "$code" -eq "$expected" ]
    [ "$(wc -l <told)" -eq 1 ]
    [[ "$(cat told)" == "switchbench: "$sentence ]]
}

@test "the case of a debugger is the record's: the same values, in one process" {
    sb debug race 'portable opencl' --with gdb --print
    run "$RELEASE/switchbench-runner" --single race/jobs/debug-*.json
    echo "$output"
    [ "$status" -eq 1 ]
    reason=$(cat race/records/*.jsonl | jq -r 'select(.backend == "opencl") | .reason')
    [ "$output" = "wrong: $reason" ]
}

@test "--print shows the command, and starts nothing" {
    run sb debug beyond 'native cpu' --print
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == "gdb -q "*"'break relay.native.cpu.c:21'"*" --single "*"/jobs/debug-"*".json" ]]
    [ "$(wc -l <<<"$output")" -eq 1 ]
}

@test "gdb stops at the line that the checked build named, as it was compiled" {
    has gdb
    batch "$(sb debug beyond 'native cpu' --print)"
    [[ "$output" == *"Breakpoint 1, "*"relay.native.cpu.c:21"* ]]
}

@test "gdb stops where the first launch begins that differs" {
    has gdb
    batch "$(sb debug index 'native cpu' --print)"
    [[ "$output" == *"Breakpoint 1, "*"sb_run_mirror"* ]]
}

@test "gdb stops in the kernel's own function, compiled for reading" {
    has gdb
    batch "$(sb debug index 'native cpu' --unoptimised --print | sed 's/ -ex run / -ex run -ex "info args" -ex "bt 1" /')"
    [[ "$output" == *"Breakpoint 1, mirror (t=0x"*"relay.native.cpu.c:"* ]]
    [[ "$output" == *"n = 320"* ]]
}

@test "gdb stops at the twin's finding, in its thread" {
    has gdb
    line=$(cat race/records/*.jsonl | jq -r 'select(.backend == "twin") | .observed.findings[0].first.line')
    thread=$(cat race/records/*.jsonl | jq -r 'select(.backend == "twin") | .observed.findings[0].first.thread[0]')
    batch "$(sb debug race twin --print | sed 's/ -ex run / -ex run -ex "print sb_twin_here.sb_thread" /')"
    [[ "$output" == *"Breakpoint 1, mirror"*"relay.dev.c:$line"* ]]
    [[ "$output" == *"{x = $thread, y = 0, z = 0}"* ]]
}

@test "valgrind names the line, with a target that it can read" {
    has valgrind
    run timeout 120 "$RELEASE/switchbench" debug beyond 'native cpu' --with valgrind
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *"Invalid read of size 8"*"relay.native.cpu.c:21"* ]]
    grep -q x86_64 <<<"$(uname -m)" || skip "targets of x86 alone are concerned"
    [ "$(jq -r '.cells[0].target' beyond/jobs/debug-*.json)" = x86-64-v3 ]
}

@test "Oclgrind names both lines of the race" {
    has oclgrind
    run timeout 120 "$RELEASE/switchbench" debug race 'portable opencl'
    echo "${output:0:1500}"
    [[ "$output" == *"data race at local memory"* ]]
    [[ "$output" == *"At line 18 "*"relay.dev.c"* ]]
    [[ "$output" == *"At line 21 "*"relay.dev.c"* ]]
}

@test "bad input is refused in one sentence, and writes nothing" {
    rm -f beyond/jobs/debug-*.json
    refused 2 "valgrind looks into cells of cpu, not of opencl" race 'portable opencl' --with valgrind
    refused 2 "cuda-gdb looks into cells of cuda, not of cpu" beyond 'native cpu' --with cuda-gdb
    refused 2 "*did you mean 'gdb'?" beyond 'native cpu' --with gbd
    refused 2 "*no cell is called 'nothing'*" beyond nothing
    refused 2 "*no campaign*" nowhere/at/all 1234
    refused 2 "debug: expected \[CAMPAIGN\] CELL"
    [ "$(ls beyond/jobs | grep -c debug)" -eq 0 ]
}

@test "a missing debugger: 6, and the package" {
    mkdir -p empty
    ln -sf "$(command -v gcc)" "$(command -v as)" "$(command -v ld)" empty/ # the kernel's host side is compiled
    only=$DIR/empty refused 6 "gdb is not installed: install gdb" beyond 'native cpu'
    only=$DIR/empty refused 6 "valgrind is not installed: install valgrind" beyond 'native cpu' --with valgrind
}
