#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernels that misbehave in an emulated process: the same states and words as on the processor itself.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    (cd "$DIR" && "$SWITCHBENCH_BIN/switchbench" new kernel axpy) >/dev/null
}

teardown_file() {
    rm -rf "$DIR"
}

# try NAME SED_EXPRESSION OPTIONS…: runs a spoilt copy of the lesson kernel, emulated, beside a good kernel
try() {
    local name=$1 expression=$2 file
    shift 2
    mkdir -p "$DIR/$name"
    for file in "$DIR"/axpy/*; do
        sed "s/axpy/$name/g" "$file" >"$DIR/$name/$(basename "$file" | sed "s/axpy/$name/")"
    done
    sed -i "$expression" "$DIR/$name/$name.dev.c"
    run "$SWITCHBENCH_BIN/switchbench" run "$DIR/$name" stencil --presets tiny --target armv8-a \
        --output "$DIR/$name.out" "$@"
    echo "$output"
    [ "$(record stencil .state)" = passed ] # the other cell is not touched
}

record() { # kernel jq-filter
    cat "$DIR"/*.out/records/*.jsonl | jq -r "select(.kernel == \"$1\") | $2" | sort -u
}

teardown() {
    rm -rf "$DIR"/*.out
}

@test "right as it is: passed, emulated, never timed" {
    try good 's/$//'
    [ "$status" = 0 ]
    [ "$(record good .state)" = passed ]
    record good .emulated | grep '^qemu-aarch64 [0-9]'
    [ "$(record good .timing)" = null ]
    [ "$(record good .derived)" = null ]
}

@test "crashes: 7, and the signal is named" {
    try crashes 's/FOR_EACH_1D *(.*$/__builtin_trap(); &/'
    [ "$status" = 7 ]
    [ "$(record crashes .failure)" = crash ]
    record crashes .reason | grep "the emulated process died of signal"
}

@test "exits by itself: 7, with its status" {
    try leaves 's/^#include "portable.h"/&\nvoid exit(int);/; s/FOR_EACH_1D *(.*$/exit(3); &/'
    [ "$status" = 7 ]
    [ "$(record leaves .failure)" = crash ]
    record leaves .reason | grep "exited by itself with status 3"
}

@test "loops for ever: 7 at the time limit, and no emulator is left" {
    try forever 's/FOR_EACH_1D *(.*$/for (volatile int sb_i = 1; sb_i;) {} &/' --time-limit 3
    [ "$status" = 7 ]
    [ "$(record forever .failure)" = time_limit ]
    ! grep -l "${SWITCHBENCH_CACHE%e}[e]/code" /proc/[0-9]*/cmdline 2>/dev/null | grep .
}

@test "writes beyond the guard: 7, out of bounds, and the array is named" {
    try beyond 's/z\[i\] = /z[i + 4096] = /'
    [ "$status" = 7 ]
    [ "$(record beyond .failure)" = out_of_bounds ]
    record beyond .reason | grep "signal 11 (Segmentation fault), reaching beyond array 'z'"
}

@test "writes one element beyond the end: 7, out of bounds, and the array is named" {
    try beside 's/FOR_EACH_1D *(i, n)/FOR_EACH_1D (i, n + 1)/'
    [ "$status" = 7 ]
    [ "$(record beside .failure)" = out_of_bounds ]
    record beside .reason | grep "beyond the end of array"
}

@test "an instruction that the emulated processor does not have: 7, SIGILL" {
    try illegal 's/FOR_EACH_1D *(.*$/__asm__(".inst 0x00000000"); &/'
    [ "$status" = 7 ]
    record illegal .reason | grep "signal 4 (Illegal instruction)"
}

@test "the emulator is missing: unsupported, 6, and what to install" {
    mkdir -p "$DIR/bin"
    for program in aarch64-linux-gnu-gcc as ld; do
        ln -sf "$(command -v $program)" "$DIR/bin/$program"
    done
    PATH=$DIR/bin run "$SWITCHBENCH_BIN/switchbench" run stream --labels triad --presets tiny --target armv8-a --output "$DIR/none.out"
    echo "$output"
    [ "$status" = 6 ]
    [[ "$output" == *"unsupported"*"no qemu-aarch64 to run target armv8-a with: apt-get install qemu-user"* ]]
}
