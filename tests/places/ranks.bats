#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cells that several processes compute, with a real OpenMPI on this machine: right answers, and one clear end for each
# way in which one rank can fail.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    command -v mpirun >/dev/null || { echo "install openmpi-bin and libopenmpi-dev" >&2; return 1; }
    [ -f "$SWITCHBENCH_BIN/switchbench-mpi.so" ] || { echo "build again: there is no switchbench-mpi.so" >&2; return 1; }
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
}

teardown_file() {
    rm -rf "$DIR"
}

records() { # jq filter, of the last campaign
    cat "$DIR"/out/records/*.jsonl | jq -r "$1"
}

try() { # arguments of run, on cpu
    rm -rf "$DIR/out"
    run "$SWITCHBENCH_BIN/switchbench" run --presets tiny --backends cpu --samples 3 --output "$DIR/out" "$@"
    echo "$output"
    cat "$DIR"/out/jobs/*.log 2>/dev/null | grep -v '^$' | head -n 40 || true
}

# spoil NAME SED_EXPRESSION [FILE]: a copy of mpi_basic, its device source (or host file) changed
spoil() {
    rm -rf "${DIR:?}/$1"
    mkdir -p "$DIR/$1"
    local file
    for file in kernels/mpi_basic/mpi_basic*; do
        sed "s/mpi_basic/$1/g" "$file" >"$DIR/$1/$(basename "$file" | sed "s/mpi_basic/$1/")"
    done
    sed -i "$2" "$DIR/$1/$1.${3:-dev.c}"
    ! diff -q "$DIR/$1/$1.${3:-dev.c}" <(sed "s/mpi_basic/$1/g" "kernels/mpi_basic/mpi_basic.${3:-dev.c}") >/dev/null
}

@test "numbers of ranks that mean nothing are refused" {
    for ranks in 0 -1 x 2.5 1e9 99999999999999999999; do
        try mpi_basic --ranks $ranks
        [ "$status" = 2 ]
    done
    try stencil --ranks 2
    [ "$status" = 2 ]
    [[ "$output" == *"ranks = 2: the chosen kernels take 1 at most"* ]]
    try halo --labels thin --ranks 25 # 8 x 1 x 3 cells
    [ "$status" = 2 ]
    [[ "$output" == *"so many ranks cannot all have cells"* ]]
}

@test "1, 2, 3, 4 ranks: every case right, in both maths modes; halo as on one rank bit for bit" {
    try halo mpi_basic --ranks 1,2,3,4 --maths fast,strict
    [ "$status" = 0 ]
    [ "$(records .state | sort | uniq -c | xargs)" = "$(jq '.cells | length' "$DIR/out/plan.json") passed" ]
    for n in 2 3 4; do
        [ "$(records "select(.ranks == $n) | .mpi.ranks_per_node | add" | sort -u)" = $n ]
    done
    records 'select(.kernel == "halo" and .maths == "strict") | .verdict.checks[] |
             select(.what | endswith("on one rank")) | .worst.bound' | sort -u | grep -x 0
    [ "$(records 'select(.ranks > 1) | .mpi.library' | sort -u | grep -c 'Open MPI')" = 1 ]
    [ "$(records 'select(.ranks == 1) | has("mpi")' | sort -u)" = false ]
}

@test "a node with the loopback alone, and a further address on it: the ranks talk by that" {
    rm -rf "$DIR/out"
    run unshare --user --map-root-user --net sh -c 'ip link set lo up && ip addr add 10.79.99.1/32 dev lo && exec "$@"' sh \
        "$SWITCHBENCH_BIN/switchbench" run mpi_basic --presets tiny --labels ring --backends cpu --samples 3 --ranks 2 --output "$DIR/out"
    echo "$output"
    [ "$status" = 0 ]
    [ "$(records .mpi.launcher)" = mpirun ]
}

@test "opencl too: faces are packed on the device, exchanged by the host" {
    rm -rf "$DIR/out"
    run "$SWITCHBENCH_BIN/switchbench" run halo mpi_basic --presets tiny --backends opencl --samples 3 --ranks 2 --output "$DIR/out"
    echo "$output"
    [ "$status" = 0 ]
    [ "$(records .state | sort -u)" = passed ]
}

@test "work is that of all ranks together: as much as one rank's, but for what more faces add" {
    try halo --labels random --ranks 1,2
    [ "$(records .work.flop | sort -u | wc -l)" = 1 ]
    [ "$(records .work.items | sort -u | wc -l)" = 1 ]
}

@test "one rank crashes: its cells failed and say which rank of which signal; all others pass" {
    spoil crashy 's/uint32_t x = seeds/if (rank == 1u \&\& n == 1) __builtin_trap(); &/'
    try "$DIR/crashy" mpi_basic --ranks 2
    [ "$status" = 7 ]
    [ "$(records 'select(.kernel == "crashy" and .parameters.n == 1) | .failure' | sort -u)" = crash ]
    records 'select(.kernel == "crashy" and .parameters.n == 1) | .reason' | grep -E '^rank 1: .*signal (4|5)'
    [ "$(records 'select(.kernel == "mpi_basic" or .parameters.n > 1) | .state' | sort -u)" = passed ]
    [ "$(records .cell | sort -u | wc -l)" = "$(records .cell | wc -l)" ] # none twice
    [ "$(records .cell | wc -l)" = "$(jq '.cells | length' "$DIR/out/plan.json")" ]
}

@test "rank 0 crashes: the same" {
    spoil crashy0 's/uint32_t x = seeds/if (rank == 0u \&\& n == 1) __builtin_trap(); &/'
    try "$DIR/crashy0" --ranks 2
    [ "$status" = 7 ]
    [ "$(records 'select(.parameters.n == 1) | .failure' | sort -u)" = crash ]
    [ "$(records 'select(.parameters.n > 1) | .state' | sort -u)" = passed ]
}

@test "one rank hangs: the time limit ends the cell, and nothing of it is left" {
    spoil hangs 's/FOR_EACH_1D (i, n) {/for (volatile int sb_i = rank == 1u; sb_i;) {} &/'
    sed -i '0,/for (volatile int sb_i = rank == 1u; sb_i;) {} FOR_EACH/!s/for (volatile int sb_i = rank == 1u; sb_i;) {} //' "$DIR/hangs/hangs.dev.c"
    try "$DIR/hangs" --labels sum,ring --ranks 2 --time-limit 3
    [ "$status" = 7 ]
    [ "$(records .failure | sort | uniq -c | xargs)" = "2 time_limit" ]
    ! pgrep -f "$DIR/out/jobs"
}

@test "one rank's part is wrong: the cell is wrong, and says whose part" {
    spoil wrongs 's/out\[i\] = (real)(x & 1023u)/out[i] = (real)(x \& 1023u) + (real)(rank == 1u \&\& i == 0)/'
    try "$DIR/wrongs" --ranks 2 --labels ring
    [ "$status" = 1 ]
    [ "$(records .state)" = wrong ]
    records .reason
    records .verdict.checks | jq -e 'any(.failed == 1)'
}

@test "it does not compile: all ranks know, and the next cell goes on in the same tree" {
    spoil nocompile 's/FOR_EACH_1D (i, n) {/this is no C; &/'
    try "$DIR/nocompile" mpi_basic --labels latency --ranks 2
    [ "$status" = 7 ]
    [ "$(records 'select(.kernel == "nocompile") | .failure')" = compile ]
    records 'select(.kernel == "nocompile") | .reason' | grep -E 'nocompile.dev.c:[0-9]+:[0-9]+: error'
    [ "$(records 'select(.kernel == "mpi_basic") | .state')" = passed ]
}

@test "a message shorter, or longer, than is waited for: both lengths, or MPI's own words" {
    spoil short 's/\(const struct sb_parcel to = {.*, out, \)bytes}/\1bytes \/ 2}/' c
    try "$DIR/short" --ranks 2 --labels ring
    [ "$status" = 7 ]
    records .reason | grep -E 'has 6400 bytes, expected were 12800'
    spoil longer 's/                                       bytes};/                                       bytes \/ 2};/' c
    try "$DIR/longer" --ranks 2 --labels ring
    [ "$status" = 7 ]
    records .reason | grep -i 'truncated'
}

@test "without the plug-in: unsupported, with what to install; everything else runs" {
    export SWITCHBENCH_MPI=$DIR/none.so
    try halo --labels random --ranks 1,2
    unset SWITCHBENCH_MPI
    [ "$(records 'select(.ranks == 1) | .state')" = passed ]
    [ "$(records 'select(.ranks == 2) | .state')" = unsupported ]
    records 'select(.ranks == 2) | .reason' | grep 'libopenmpi-dev'
}

@test "without mpirun: unsupported, with what to install" {
    export SWITCHBENCH_MPIRUN=no-such-mpirun
    try halo --labels random --ranks 2
    unset SWITCHBENCH_MPIRUN
    [ "$(records .state)" = unsupported ]
    records .reason | grep 'openmpi-bin'
}

@test "an mpirun that cannot start: every cell is lost with its words, once" {
    printf '#!/bin/sh\necho "no slots for you" >&2\nexit 3\n' >"$DIR/mpirun"
    chmod +x "$DIR/mpirun"
    export SWITCHBENCH_MPIRUN=$DIR/mpirun
    try mpi_basic --ranks 2
    unset SWITCHBENCH_MPIRUN
    [ "$status" = 4 ]
    [ "$(records .state | sort -u)" = lost ]
    records .reason | grep 'no slots for you'
}

@test "the runner needs no MPI: neither program is linked with it" {
    ! ldd "$SWITCHBENCH_BIN/switchbench" "$SWITCHBENCH_BIN/switchbench-runner" | grep -i libmpi
}

@test "killed with the driver: no rank survives" {
    rm -rf "$DIR/out"
    "$SWITCHBENCH_BIN/switchbench" run mpi_basic --presets tiny --backends cpu --ranks 2 --labels latency --precision 0.0001% \
        --budget 60s --set rounds=1000 --output "$DIR/out" >/dev/null 2>&1 3>&- &
    local driver=$! i
    for i in $(seq 100); do
        pgrep -f -- "--ranked $DIR/out/jobs" >/dev/null && break
        sleep 0.1
    done
    pgrep -f -- "--ranked $DIR/out/jobs"
    kill -9 $driver
    for i in $(seq 100); do
        pgrep -f "$DIR/out/jobs" >/dev/null || return 0
        sleep 0.1
    done
    pgrep -af "$DIR/out/jobs"
    return 1
}
