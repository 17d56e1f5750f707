#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# switchbench twin: what the file and the options may say. What it finds: tests/twin.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    CLEAN=$BATS_TEST_DIRNAME/../twin/clean
    export SWITCHBENCH_CACHE=$BATS_TEST_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

# refused SENTENCE ARGUMENT…: exit code 2, nothing on stdout, exactly that one line on stderr
refused() {
    local sentence=$1 code=0
    shift
    "$BIN/switchbench" twin "$@" >out 2>err || code=$?
    cat out err
    [ "$code" -eq 2 ]
    [ ! -s out ]
    [ "$(wc -l <err)" -eq 1 ]
    [[ "$(cat err)" == "switchbench: "$sentence ]]
}

@test "no file, a missing one, one that is no kernel" {
    refused "twin: *"
    refused "cannot open absent.cu: No such file or directory" absent.cu
    touch plain.c silent.cl
    refused "plain.c: the name of a kernel's source ends in .cu, .hip, .cl or .dev.c" plain.c
    refused "silent.cl says of no launch: write *" silent.cl
    mkdir folder.cu
    refused "*folder.cu*" folder.cu
}

@test "options are checked before anything runs" {
    file=$CLEAN/atomics.cl
    refused "--launch: 'classify': expected NAME<<<GRID, BLOCK>>>(ARGUMENTS), not 'classify'" "$file" --launch classify
    refused "--launch: *'y' is no array of this file*" "$file" --launch 'classify<<<1, 2>>>(y)'
    refused "--array: unknown type 'flaot'; did you mean 'float'?" "$file" --array 'x flaot[3] in'
    refused "--warp: unknown value '33'; did you mean '32'?" "$file" --warp 33
    refused "--replays: 0 is out of bounds: from 1 to 1000" "$file" --replays 0
    refused "-D: 'A=b': the value must be a whole number" "$file" -D A=b
}

@test "a fault in a comment is told with file and line" {
    printf '// array: a int[4] in\n// launch: f<<<1, 4>>>(b)\n' >f.cu
    refused "f.cu:2: *'b' is no array of this file*" f.cu
}

@test "findings: a sentence and the source line of both parties, 1; the right form is silent, 0" {
    file=$BATS_TEST_DIRNAME/../twin/corpus/histogram_without_atomic.cu
    run "$BIN/switchbench" twin "$file"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == "$file: "*finding* ]]
    [ "$(grep -c "^  $file:[0-9]*: bins\[energy\[i\]\] += 1;$" <<<"$output")" -ge 2 ]
    run "$BIN/switchbench" twin "$file" -D RIGHT
    [ "$status" -eq 0 ]
    [ "$output" = "$file: nothing found in 3 replays" ]
    "$BIN/switchbench" twin "$file" -D RIGHT --replays 1 --json | jq -e '.state == "ran" and .findings == [] and .replays == 1'
}

@test "a file that does not compile, and one that does not end, are 7" {
    printf '// launch: f<<<1, 4>>>()\n__global__ void f() { undeclared = 1; }\n' >f.cu
    run "$BIN/switchbench" twin f.cu
    echo "$output"
    [ "$status" -eq 7 ]
    [[ "$output" == *"f.cu:2:"*undeclared* ]]
    printf '// launch: f<<<1, 4>>>(n)\n// array: n int[1] in 1\n__global__ void f(int *n) { for (int i = 0; *n; ++i) n[0] = i + 1; }\n' >g.cu
    run "$BIN/switchbench" twin g.cu --time-limit 2
    echo "$output"
    [ "$status" -eq 7 ]
    [ "$output" = "switchbench: g.cu: it did not end within 2 s (--time-limit)" ]
}

@test "a kernel that never ends dies with the command that ran it" {
    printf '// launch: f<<<1, 4>>>(n)\n// array: n int[1] in 1\n__global__ void f(int *n) { for (int i = 0; *n; ++i) n[0] = i + 1; }\n' >forever.cu
    "$BIN/switchbench" twin forever.cu >/dev/null 2>&1 &
    driver=$!
    runner=
    for _ in $(seq 200); do
        runner=$(pgrep -P "$driver" -f -- --twin || true)
        [ -z "$runner" ] || break
        sleep 0.1
    done
    [ -n "$runner" ]
    kill -9 "$driver"
    for _ in $(seq 100); do
        kill -0 "$runner" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$runner"
    return 1
}

@test "names: macros of one letter, spaces in a path, a quote that no #include can say" {
    mkdir "a folder"
    printf '// launch: f<T><<<1, N>>>(a)\n// array: a int[8] inout\n%s\n' \
        'template <int K> __global__ void f(int *a) { a[threadIdx.x] = K + i + block + lane; }' >"a folder/f.cu"
    run "$BIN/switchbench" twin "a folder/f.cu" -D T=4 -D N=8 -D i=3 -D block=2 -D lane=1 -D p=5 -D value=6
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "a folder/f.cu: nothing found in 2 replays" ]
    cp "a folder/f.cu" $'latin-\xe9.cu'
    run "$BIN/switchbench" twin $'latin-\xe9.cu' -D T=4 -D N=8 -D i=3 -D block=2 -D lane=1
    [ "$status" -eq 2 ]
    echo "$output"
    [[ "$output" == *"latin-?.cu: the file's path is not UTF-8" ]]
    cp "a folder/f.cu" 'a"b.cu'
    run "$BIN/switchbench" twin 'a"b.cu' -D T=4 -D N=8 -D i=3 -D block=2 -D lane=1
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *'a"b.cu: the twin takes no file with a quote in its path' ]]
}

@test "what is declared and nowhere defined is told with its name and line" {
    printf '// launch: f<<<1, 4>>>()\n__device__ void elsewhere(int);\n__global__ void f() { elsewhere(1); }\n' >f.cu
    run "$BIN/switchbench" twin f.cu
    echo "$output"
    [ "$status" -eq 7 ]
    [[ "$output" == *"f.cu:3: undefined reference to "*elsewhere* ]]
}
