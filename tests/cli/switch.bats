#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# 'switch': planted bugs in copies of relay/ (three launches) and of the lesson kernel, each with the cause it must be given.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    (cd "$DIR" && "${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}/switchbench" new kernel axpy) >/dev/null
}

teardown_file() {
    rm -rf "$DIR"
}

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    cd "$BATS_TEST_TMPDIR"
}

# portable SED: relay with its one source changed
portable() {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    sed -i "$1" relay/relay.dev.c
}

# native BACKEND SUFFIX SED: relay with a hand-written variant, which alone is changed
native() {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    sed "$3" relay/relay.dev.c >"relay/relay.native.$1.$2"
    ! cmp -s relay/relay.dev.c "relay/relay.native.$1.$2"
}

# switch OPTION…: runs it; $status, $output for people, and the records in out/
switch() {
    run "$BIN/switchbench" switch "$@" -o out
    echo "$output"
}

of() { # backend jq-filter: of that backend's record
    cat out/records/*.jsonl | jq -r "select(.backend == \"$1\") | $2"
}

@test "a right kernel: 0, the same bits everywhere in strict maths, and all of it is kept" {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    switch ./relay --to opencl --maths strict
    [ "$status" -eq 0 ]
    [ "$(of opencl .oracle.compared.same_bits)" = true ]
    [ "$(of twin .oracle.compared.same_bits)" = true ]
    [ "$(of opencl .oracle.cause)" = null ]
    [ "$(of opencl .timing)" = null ]
    [ "$(jq -r .trusted out/plan.json)" = cpu ]
    [ "$(jq .exit_code out/summary.json)" = 0 ]
    "$BIN/switchbench" show out 'portable opencl' | grep "same_bits"
}

@test "bits that differ within the bound are told, and are no failure" {
    cp -r "$DIR/axpy" axpy
    switch ./axpy --to opencl --set s=0.3
    [ "$status" -eq 0 ]
    grep -q fma /proc/cpuinfo || skip "this processor has no fused multiply-add: the bits are the same"
    [ "$(of opencl .oracle.compared.same_bits)" = false ]
    [ "$(of opencl .oracle.strict.same_bits)" = true ]
    [[ "$output" == *"of bound; strict: same bits"* ]]
}

@test "contraction: a sum that must be exact" {
    grep -q fma /proc/cpuinfo || skip "this processor has no fused multiply-add"
    cp -r "$DIR/axpy" axpy
    sed -i 's/b\[i\] = 2 \* sb_gamma.*/b[i] = 0;/; s/sum_bound += b\[i\]/sum_bound += 1e-9/; s/expected, Z), b, 0/expected, Z), NULL, 0/' axpy/axpy.c
    for to in cpu opencl; do
        rm -rf out
        switch ./axpy --to $to --set s=0.3
        [ "$status" -eq 1 ]
        [ "$(of $to .oracle.cause.kind)" = contraction ]
        [[ "$(of $to .oracle.cause.text)" == "contraction: gone with "*"(the same bits)" ]]
    done
    [[ "$(of opencl .oracle.cause.text)" == *"FP_CONTRACT OFF"* ]]
    [ "$(of opencl .oracle.first.launch)" = 1 ]
}

@test "denormals: a product that is no zero" {
    grep -q x86_64 <<<"$(uname -m)" || skip "x86 only: other processors may have no such mode"
    cp -r "$DIR/axpy" axpy
    sed -i 's/s \* x\[i\] + y\[i\]/s * x[i] + (y[i] * REAL(1e-309) != 0 ? y[i] : REAL(0))/' axpy/axpy.dev.c
    switch ./axpy --to cpu
    [ "$status" -eq 1 ]
    [ "$(of cpu .oracle.cause.kind)" = denormals ]
}

@test "a read before an array: the twin names thread, index and line" {
    portable 's/s \* x\[i\]/s * x[i - 1]/'
    switch ./relay --to opencl
    [ "$status" -eq 1 ]
    [ "$(of twin .oracle.cause.kind)" = out_of_bounds ]
    [[ "$(of opencl .oracle.cause.text)" == *"x[-1]"*"relay.dev.c:9 (twin)" ]]
    [[ "$output" == *"trusted   cpu: wrong"* ]]
}

@test "a read before an array, on cpu: the checked build names array, element and line" {
    native cpu c 's/s \* x\[i\]/s * x[i - 1]/'
    switch ./relay --to cpu --variants native
    [ "$status" -ne 0 ]
    [ "$(of cpu .oracle.cause.text)" = "reads before the beginning of 'x': element -1 of 320 (relay.native.cpu.c:9)" ]
    [ "$(of cpu .oracle.first.function)" = scale ]
}

@test "a read far beyond an array, on cpu: it stops, and the launch is named" {
    native cpu c 's/z\[first + i\] =/z[first + i] = t[first + i + 100000] +/'
    switch ./relay --to cpu --variants native
    [ "$status" -eq 7 ]
    [[ "$(of cpu .reason)" == *"reaching beyond array 't'" ]]
    [ "$(of cpu '.oracle.first | "\(.launch) \(.function)"')" = "2 mirror" ]
    [[ "$(of cpu .oracle.cause.text)" == "reads beyond the end of 't': element 1000"*"(relay.native.cpu.c:21)" ]]
}

@test "a read before an array, through OpenCL: the result follows the bytes there" {
    native opencl cl 's/s \* x\[i\]/s * x[i - 1]/'
    switch ./relay --to opencl --variants native
    [ "$status" -eq 1 ]
    [ "$(of opencl .oracle.cause.text)" = "out of bounds: reads before the beginning of 'x': z[0][0] follows the bytes there" ]
}

@test "a missing barrier: the twin names both lines" {
    portable '0,/THREADS_1D (/s//THREADS_1D_FREE (/'
    switch ./relay --to opencl
    [ "$status" -eq 1 ]
    [ "$(of twin .oracle.cause.text)" = "race: lines 18 and 21 of relay.dev.c, on shared 'tile' (twin)" ]
    [ "$(of opencl .oracle.cause.kind)" = race ]
}

@test "a missing barrier, through OpenCL alone: gone with a barrier" {
    native opencl cl '0,/THREADS_1D (/s//THREADS_1D_FREE (/'
    switch ./relay --to opencl --variants native
    [ "$status" -eq 1 ]
    [[ "$(of opencl .oracle.cause.text)" == "race: a missing barrier: gone when every THREADS_"* ]]
    [ "$(of opencl '.oracle.first | "\(.launch) \(.function)"')" = "2 mirror" ]
}

@test "an element that is never written" {
    native opencl cl 's/w\[i\] = z/if (i != 130) w[i] = z/'
    switch ./relay --to opencl --variants native
    [ "$status" -eq 1 ]
    [[ "$(of opencl .oracle.cause.text)" == "uninitialised: w[2][2] is never written"* ]]
    [ "$(of opencl '.oracle.first | "\(.launch) \(.function) \(.element)"')" = "3 add w[2][2]" ]
}

@test "an element that is read before it is written" {
    native cpu c 's/t\[i\] = s/if (i != 130) t[i] = s/'
    switch ./relay --to cpu --variants native
    [ "$status" -eq 1 ]
    [[ "$(of cpu .oracle.cause.text)" == "uninitialised: the result follows what 't' held before, first at z[2][2]"* ]]
}

@test "shared memory that nobody has written" {
    native cpu c 's/tile\[i\] = t/if (i != 13) tile[i] = t/'
    switch ./relay --to cpu --variants native
    [ "$status" -eq 1 ]
    [[ "$(of cpu .oracle.cause.text)" == "uninitialised: the result follows what SHARED or local variables held before: z[0][13]" ]]
}

@test "a wrong value at one element of the second launch: bisection names both, and no cause is claimed" {
    native opencl cl 's/z\[first + i\] =/z[first + i] = first + i == 77 ? REAL(1) :/'
    switch ./relay --to opencl --variants native
    [ "$status" -eq 1 ]
    [ "$(of opencl '.oracle.first | "\(.launch) of \(.launches) \(.function) \(.element) \(.maths)"')" = "2 of 3 mirror z[1][13] strict" ]
    [ "$(of opencl .oracle.cause.kind)" = unknown ]
    [[ "$(of opencl .oracle.cause.text)" == "not explained. Tried: strict maths (wrong), the same once more (wrong)"* ]]
    [ "$(of opencl '.oracle.tried | map(select(.what == "every access and undefined behaviour checked, on cpu")) | .[0].result')" = "not possible here" ]
}

@test "iterations that depend on each other: the order" {
    native cpu c 's/t\[i\] = s \* x\[i\];/t[i] = s * x[i] + (i > 0 \&\& t[i - 1] == t[i - 1] ? REAL(1) : REAL(0));/'
    switch ./relay --to cpu --variants native
    [ "$status" -eq 1 ]
    [ "$(of cpu .oracle.cause.kind)" = order ]
}

@test "a result that changes by itself seems to follow anything: no cause but that is claimed" {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    sed '1i #include <time.h>
        s/t\[i\] = s \* x\[i\];/struct timespec now; t[i] = s * x[i] + 1; if (i == 0) { timespec_get(\&now, TIME_UTC); t[i] += now.tv_nsec >> 7 \& 1; }/' \
        relay/relay.dev.c >relay/relay.native.cpu.c
    for turn in 1 2 3 4; do
        rm -rf out
        switch ./relay --to cpu --variants native
        [ "$status" -eq 1 ]
        [[ "$(of cpu .oracle.cause.text)" == "race, or unordered sums: two runs of the same code"* ||
           "$(of cpu .oracle.cause.kind)" == unknown ]] # where all runs happened to be alike
    done
}

@test "undefined behaviour: an index that overflows" {
    native cpu c 's/FOR_EACH_1D (i, n) {/FOR_EACH_1D (i, n) { const int32_t big = (int32_t)i * 100000000 + 2000000000; if (big == 7) continue;/'
    switch ./relay --to cpu --variants native --maths strict
    if [ "$status" -eq 0 ]; then # this compiler may have left the right result: then there is nothing to explain
        [ "$(of cpu .oracle.cause)" = null ]
    else
        [[ "$(of cpu .oracle.cause.text)" == "undefined behaviour: signed integer overflow"*"(relay.native.cpu.c:8)" ]]
    fi
}

@test "the source itself is wrong: so is the trusted side, and that is said" {
    portable 's/w\[i\] = z\[i\]/w[i] = z[i == 77 ? 78 : i]/'
    switch ./relay --to opencl
    [ "$status" -eq 1 ]
    [ "$(of opencl .oracle.cause.kind)" = source ]
    [ "$(of opencl .oracle.first)" = null ]
    [ "$(grep -c 'trusted   cpu: wrong: w: 1 of 320' <<<"$output")" -eq 1 ]
}

@test "a source that does not compile: 7, with the user's own line, and nothing is tried" {
    native opencl cl 's/z\[i\] + y/z[i] +* q y/'
    switch ./relay --to opencl --variants native
    [ "$status" -eq 7 ]
    [[ "$output" == *"relay.native.opencl.cl:29"* ]]
    [ "$(of opencl .oracle.tried)" = null ]
}

@test "a source that does not end: 7 at the time limit, and nothing is tried" {
    native cpu c 's/t\[i\] = s/for (volatile int go = 1; go;) {} t[i] = s/'
    switch ./relay --to cpu --variants native --time-limit 1
    [ "$status" -eq 7 ]
    [ "$(of cpu .failure)" = time_limit ]
    [ "$(of cpu .oracle.tried)" = null ]
}

@test "an unmodified CUDA file without a GPU: the twin runs it, and the device is said to be absent" {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    cat >relay/relay.native.gpu.cu <<'CU'
extern "C" __global__ void scale(const double *x, double *t, double s, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) t[i] = s * x[i];
}
extern "C" __global__ void mirror(const double *t, double *z, int n)
{
    __shared__ double tile[64];
    tile[threadIdx.x] = t[blockIdx.x * 64 + threadIdx.x];
    z[blockIdx.x * 64 + threadIdx.x] = tile[threadIdx.x] + tile[63 - threadIdx.x];
}
extern "C" __global__ void add(const double *z, const double *y, double *w, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) w[i] = z[i] + y[i];
}
CU
    SWITCHBENCH_CUDA_DRIVER=/nonexistent switch ./relay --to cuda --variants native
    [ "$status" -eq 1 ]
    [ "$(of twin .oracle.cause.text)" = "race: lines 9 and 10 of relay.native.gpu.cu, on shared 'tile' (twin)" ]
    [ "$(of cuda .state)" = unsupported ]
    sed -i 's/^    z\[/    __syncthreads();\n&/' relay/relay.native.gpu.cu
    rm -rf out
    SWITCHBENCH_CUDA_DRIVER=/nonexistent switch ./relay --to cuda --variants native
    [ "$status" -eq 0 ]
    [ "$(of twin .oracle.compared.same_bits)" = true ]
}

@test "another instruction set is a move too" {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    grep -q x86_64 <<<"$(uname -m)" || skip "x86 only"
    switch ./relay --to cpu:x86-64-v2
    [ "$status" -eq 0 ]
    [ "$(of cpu .target)" = x86-64-v2 ]
    [ "$(grep -c 'relay tiny' <<<"$output")" -eq 1 ] # one case, one heading
}

@test "nothing could run: 6, with the reason" {
    native opencl cl 's/w\[i\] = z/w[i] = 0 * z[i] + z/'
    OCL_ICD_VENDORS=/nonexistent switch ./relay --to opencl --variants native
    [ "$status" -eq 6 ]
    [[ "$output" == *"– ran       unsupported: "* ]]
}

@test "programs get JSON" {
    portable '0,/THREADS_1D (/s//THREADS_1D_FREE (/'
    code=0
    "$BIN/switchbench" switch ./relay --to cpu -o out --json >said || code=$?
    [ "$code" -eq 1 ]
    jq -e '.exit_code == 1' said
    [ "$(jq -r '[.cells[] | select(.backend == "twin") | .oracle.cause.kind] | first' said)" = race ]
    [ -d "$(jq -r .campaign said)/records" ]
}

refused() { # sentence arguments…
    local sentence=$1 code=0
    shift
    "$BIN/switchbench" switch "$@" >said 2>told || code=$?
    cat said told
    [ "$code" -eq 2 ]
    [ "$(wc -l <told)" -eq 1 ]
    [[ "$(cat told)" == "switchbench: "$sentence ]]
}

@test "bad input is refused in one sentence" {
    cp -r "$BATS_TEST_DIRNAME/relay" relay
    refused "switch: --to says which backend*" ./relay
    refused "switch: --to is BACKEND or BACKEND:TARGET, not ':x'" ./relay --to :x
    refused "switch: --to is BACKEND or BACKEND:TARGET, not 'cpu:'" ./relay --to cpu:
    refused "*did you mean 'opencl'*" ./relay --to openlc
    refused "no target 'foo'; *" ./relay --to cpu:foo
    refused "switch: backend opencl has no target 'x86-64-v3'; *" ./relay --to opencl:x86-64-v3
    refused "*did you mean 'cpu'*" ./relay --to opencl --from cpv
    refused "*'stencil'*" stencli --to opencl
    refused "switch: --watch makes a folder for every run; *" ./relay --to cpu --watch -o here
    refused "switch: expected KERNEL | FOLDER" --to cpu
    [ ! -e campaigns ]
}

# until PATTERN SECONDS: waits for a line of the watcher's
until_said() {
    for _ in $(seq $((10 * $2))); do
        grep -q "$1" watched && return 0
        sleep 0.1
    done
    cat watched
    return 1
}

@test "--watch: a verdict after every save, also by editors that rename, until it is interrupted" {
    cp -r "$DIR/axpy" axpy
    "$BIN/switchbench" switch ./axpy --to cpu --watch >watched 2>&1 3>&- &
    watcher=$!
    until_said "exit code 0; watching" 60
    sed -i 's/z\[i\] = s/z[i] = 2 * s/' axpy/axpy.dev.c # sed -i renames
    until_said "after axpy.dev.c was saved .*: exit code 1" 60
    cp "$DIR/axpy/axpy.dev.c" axpy/axpy.dev.c # cp writes in place
    until_said "after axpy.dev.c was saved .*: exit code 0" 60
    echo noise >axpy/notes.txt
    sed -i 's/"length of each array"/"length"/' axpy/axpy.c # the host side is loaded anew
    until_said "after axpy.c was saved .*: exit code 0" 60
    kill -INT $watcher
    code=0
    wait $watcher || code=$?
    cat watched
    [ "$code" -eq 0 ]
    [ "$(grep -c watching watched)" -eq 4 ]
    [ "$(ls campaigns | wc -l)" -eq 4 ]
}
