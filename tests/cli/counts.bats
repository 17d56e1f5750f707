#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `counts`, `run --counts` and `list sheets` as a person and a program use them. What is counted: tests/twin/counts.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    PATTERNS=$BATS_TEST_DIRNAME/../twin/counts
    SHEETS=$BATS_TEST_DIRNAME/../../results/bound/sheets
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

@test "a source file: the line that costs is told with its source" {
    run sb counts "$PATTERNS/transpose.cu" --sheet H200
    [ "$status" -eq 0 ]
    [[ "$output" == *"transpose.cu:"*"= tile[x][y];"*" 992 "* ]]
    [[ "$output" == *"H200"*"launch"* ]]
}

@test "a kernel: lines, launches and a bound on every device" {
    run sb counts stencil -l random
    [ "$status" -eq 0 ]
    [[ "$output" == *"stencil.dev.c:"* ]]
    for name in H100 H200 L40S MI250X MI300A MI300X; do
        [[ "$output" == *"$name"* ]]
    done
    [ -f campaigns/*-counts/plan.json ]
}

@test "the sheet decides warps and sectors" {
    sb counts "$PATTERNS/row_of_floats.cu" --sheet H200 --csv >nvidia
    sb counts "$PATTERNS/row_of_floats.cu" --sheet MI300X --csv >amd
    head -1 nvidia | grep -q '^function,file,line,source,flop,load_requests,load_sectors_per_request'
    grep -q ',32,4,1,32,4,1,' nvidia
    grep -q ',16,2,1,16,2,1,' amd
}

@test "--json holds counts and bounds, for several files" {
    sb counts "$PATTERNS/flop.cu" "$PATTERNS/atomics.cu" --sheet H200,L40S --json >out
    [ "$(jq length out)" -eq 2 ]
    [ "$(jq '.[0].counts.launches[0].total.flop.fp64.sqrt' out)" -eq 64 ]
    [ "$(jq -r '[.[1].bounds[].sheet] | join(" ")' out)" = "H200 L40S" ]
    [ "$(jq '.[1].bounds[0].limits.launch' out)" -eq 1260 ]
}

@test "a sheet of one's own" {
    sed 's/^name: .*/name: Mine/; s/value: 1260/value: 5000/' "$SHEETS/H200.yaml" >mine.yaml
    sb counts "$PATTERNS/row_of_floats.cu" --sheet ./mine.yaml --json >out
    [ "$(jq -r '.[0].bounds[0].sheet' out)" = Mine ]
    [ "$(jq '.[0].bounds[0].time_ns' out)" -eq 5000 ]
    sed -i 's/clock_Hz/clock_hz/' mine.yaml
    run sb counts "$PATTERNS/row_of_floats.cu" --sheet ./mine.yaml
    [ "$status" -eq 2 ]
    [[ "$output" == *"mine.yaml:15: unknown key 'clock_hz'; did you mean 'clock_Hz'?"* ]]
}

@test "run --counts keeps them in the record, and show shows them" {
    sb run stream -l triad -p tiny -b twin -v portable --counts -o c
    [ "$(jq '.observed.counts.launches[0].read_bytes == .work.read_bytes' c/records/*.jsonl)" = true ]
    run sb show c triad
    [ "$status" -eq 0 ]
    [[ "$output" == *"counts: warps of 32"*"stream.dev.c:"* ]]
    sb run stream -l triad -p tiny -b twin -v portable -o d
    [ "$(jq '.observed.counts' d/records/*.jsonl)" = null ]
}

@test "run --counts without the twin says that nothing counts" {
    sb run stream -l triad -p tiny -b cpu -v portable --samples 2 --counts -o c 2>err
    grep -q "only the twin counts" err
}

@test "what cannot be counted says why" {
    run sb counts nosuch.cu
    [ "$status" -eq 2 ]
    [[ "$output" == *"nosuch.cu: there is no such file"* ]]
    run sb counts stencil --sheet H20O
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'H200'?"* ]]
    cat >broken.cu <<'END'
// launch: k<<<1, 32>>>()
__global__ void k() { nothing; }
END
    run sb counts broken.cu
    [ "$status" -eq 7 ]
    [[ "$output" == *"broken.cu does not compile"* ]]
}

@test "list sheets: all, and each figure with its source" {
    sb list sheets --json >out
    [ "$(jq length out)" -ge 6 ]
    [ "$(jq '[.[] | select(.name == "H200")][0].memory_bytes_per_s' out)" = 4800000000000 ]
    sb list sheets H200 --json >out
    [ "$(jq '[.[] | select(.value != null and .source == null)] | length' out)" -eq 0 ]
}
