#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kernels that misbehave: each ends in the right state, with one clear sentence, and takes no other cell with it.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    (cd "$DIR" && "$SWITCHBENCH_BIN/switchbench" new kernel axpy) >/dev/null
}

teardown_file() {
    rm -rf "$DIR"
}

# spoil NAME SED_EXPRESSION: a copy of the lesson kernel whose device source is changed
spoil() {
    rm -rf "$DIR/$1"
    mkdir -p "$DIR/$1"
    local file
    for file in "$DIR"/axpy/*; do
        sed "s/axpy/$1/g" "$file" >"$DIR/$1/$(basename "$file" | sed "s/axpy/$1/")"
    done
    sed -i "$2" "$DIR/$1/$1.dev.c"
}

record() { # campaign kernel jq-filter
    cat "$1"/records/*.jsonl | jq -r "select(.kernel == \"$2\") | $3"
}

try() { # kernel, options: runs it beside a good kernel, on cpu
    local kernel=$1
    shift
    rm -rf "$DIR/out"
    run "$SWITCHBENCH_BIN/switchbench" run "$DIR/$kernel" stream --presets tiny --backends cpu --samples 3 \
        "$@" --output "$DIR/out"
    echo "$output"
    [ "$(record "$DIR/out" stream .state | sort -u)" = passed ] # the other cells are not touched
}

@test "a kernel that does not compile: 7, and the compiler's message names the user's own line" {
    spoil broken 's/FOR_EACH_1D *(.*$/& this is no C;/'
    try broken
    [ "$status" = 7 ]
    [ "$(record "$DIR/out" broken .failure | sort -u)" = compile ]
    record "$DIR/out" broken .reason | grep -E "broken\.dev\.c:[0-9]+:[0-9]+: error"
}

@test "a kernel that crashes: 7, and the signal is named" {
    spoil crashes 's/FOR_EACH_1D *(.*$/__builtin_trap(); &/'
    try crashes
    [ "$status" = 7 ]
    record "$DIR/out" crashes .reason | grep -i "signal"
}

@test "a kernel that loops for ever: 7 at the time limit" {
    spoil forever 's/FOR_EACH_1D *(.*$/for (volatile int sb_i = 1; sb_i;) {} &/'
    try forever --time-limit 2
    [ "$status" = 7 ]
    [ "$(record "$DIR/out" forever .failure | sort -u)" = time_limit ]
}

@test "a kernel that writes far out of bounds: 7, and the array is named" {
    spoil beyond 's/z\[i\] = /z[i + 100000000] = /'
    try beyond
    [ "$status" = 7 ]
    record "$DIR/out" beyond .reason | grep -i "signal\|array"
}

@test "a kernel that writes one element out of bounds: 7, and the array is named" {
    spoil beside 's/FOR_EACH_1D *(i, n)/FOR_EACH_1D (i, n + 1)/'
    try beside
    [ "$status" = 7 ]
    record "$DIR/out" beside .reason | grep "beyond the end of array"
}

@test "a kernel that returns NaN is wrong: 1" {
    spoil nans 's/z\[i\] = /z[i] = (real)0 \/ ((real)0 * (real)n) + /'
    try nans
    [ "$status" = 1 ]
    [ "$(record "$DIR/out" nans .state | sort -u)" = wrong ]
}

@test "a kernel that writes nothing is wrong: outputs are poisoned" {
    spoil lazy 's/FOR_EACH_1D *(i, n)/FOR_EACH_1D (i, 0 * n)/'
    try lazy
    [ "$status" = 1 ]
}

@test "a missing compiler is no error of the kernel: unsupported, 6, and what to install" {
    rm -rf "$DIR/out"
    SWITCHBENCH_CC=/nonexistent/cc run "$SWITCHBENCH_BIN/switchbench" run stream --labels triad --presets tiny --backends cpu --output "$DIR/out"
    echo "$output"
    [ "$status" = 6 ]
    [ "$(record "$DIR/out" stream .state)" = unsupported ]
    record "$DIR/out" stream .reason | grep "install gcc"
}

@test "no OpenCL ICD: unsupported with its reason, and the cpu cell passes" {
    rm -rf "$DIR/out"
    OCL_ICD_VENDORS=/nonexistent run "$SWITCHBENCH_BIN/switchbench" run stream --labels triad --presets tiny --samples 1 --output "$DIR/out"
    echo "$output"
    [ "$status" = 0 ]
    cat "$DIR"/out/records/*.jsonl | jq -r 'select(.backend == "opencl") | .reason' | grep "install\|ICD"
}

@test "a case that does not fit into memory is refused before anything runs, with both numbers: 2" {
    rm -rf "$DIR/out"
    run "$SWITCHBENCH_BIN/switchbench" run stream --labels triad --presets tiny --set n=1e9 --memory-limit 1GiB --output "$DIR/out"
    echo "$output"
    [ "$status" = 2 ]
    [[ "$output" == *"needs"*"GiB"*"1.00 GiB are allowed"* ]]
    [ ! -e "$DIR/out/records" ] || [ -z "$(ls "$DIR/out/records")" ]
}

@test "a memory limit that the kernel's process exceeds ends that cell alone" {
    [ -x "$SWITCHBENCH_RELEASE/switchbench" ]
    spoil hungry 's/$//'
    sed -i 's/^static void reference/void *malloc(unsigned long);\n&/' "$DIR/hungry/hungry.c"
    python3 - "$DIR/hungry/hungry.c" <<'P'
import re, sys
text = open(sys.argv[1]).read()
at = text.index('{', re.search(r'static void reference\(', text).start())
open(sys.argv[1], 'w').write(text[:at + 1] + '\n    volatile char *sb_more = malloc(4UL << 30);\n    for (unsigned long k = 0; k < 4UL << 30; k += 4096) {\n        sb_more[k] = 1;\n    }\n' + text[at + 1:])
P
    rm -rf "$DIR/out"
    run "$SWITCHBENCH_RELEASE/switchbench" run "$DIR/hungry" --presets tiny --backends cpu --samples 1 --memory-limit 512MiB --output "$DIR/out"
    echo "$output"
    [ "$status" = 7 ]
    [ "$(record "$DIR/out" hungry .state | sort -u)" = failed ]
}

@test "an unwritable folder: 4, one sentence" {
    run "$SWITCHBENCH_BIN/switchbench" run stream --presets tiny --output /proc/nowhere
    echo "$output"
    [ "$status" = 4 ]
}

@test "a full disk: 4, and the records before it are whole" {
    mkdir -p "$DIR/disk"
    mount -t tmpfs -o size=256k none "$DIR/disk" || skip "mounting a small disk needs root"
    run "$SWITCHBENCH_BIN/switchbench" run stream histogram nbody --presets tiny --backends cpu --samples 4000 --budget 1 --precision 0.0001% \
        --output "$DIR/disk/out"
    echo "$output"
    whole=0
    cat "$DIR"/disk/out/records/*.jsonl | jq -c .cell >"$DIR/cells" && whole=1
    count=$(wc -l <"$DIR/cells")
    umount "$DIR/disk"
    [ "$status" = 4 ]
    [ $whole = 1 ]
    [[ "$output" == *"No space left"* ]]
    echo "$count records were kept"
}

@test "an unlimited stack, as batch systems set it, and a small one: long transforms through OpenCL pass" {
    for stack in unlimited 1024; do
        rm -rf "$DIR/stack"
        run bash -c "ulimit -S -s $stack && exec '$SWITCHBENCH_BIN/switchbench' run fft -l long -p tiny -b opencl --samples 3 -o '$DIR/stack'"
        echo "$stack: $output"
        [ "$status" = 0 ]
    done
}
