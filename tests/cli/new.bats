#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# 'new kernel': the lesson compiles, runs and verifies; bad names and existing folders are refused.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export SWITCHBENCH_CACHE=$BATS_TEST_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

refused() {
    local sentence=$1 code=0
    shift
    sb "$@" >out 2>err || code=$?
    cat out err
    [ "$code" -eq 2 ]
    [ "$(wc -l <err)" -eq 1 ]
    [[ "$(cat err)" == "switchbench: "$sentence ]]
}

@test "the new kernel passes in double and float, fast and strict, on every backend that is here" {
    run sb new kernel my_kernel
    [ "$status" -eq 0 ]
    [[ "$output" == *"next: switchbench run ./my_kernel -p tiny" ]]
    [ "$(ls my_kernel | tr '\n' ' ')" = "README.md my_kernel.c my_kernel.dev.c " ]
    [ "$(cat my_kernel/* | grep -c '@NAME@')" -eq 0 ]
    run sb run ./my_kernel -p tiny --reals double,float --maths fast,strict --samples 5 -o out --json
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(jq '.counts.passed' out/summary.json)" -ge 4 ]
    [ "$(jq '.counts.wrong + .counts.failed' out/summary.json)" -eq 0 ]
}

@test "its verification notices a wrong factor, a wrong index and a missing element" {
    sb new kernel axpy >/dev/null
    i=0
    for spoil in 's/z\[i\] = s \* x/z[i] = REAL(1.0001) * s * x/' 's/+ y\[i\]/+ y[n - 1 - i]/' 's/FOR_EACH_1D (i, n)/FOR_EACH_1D (i, n - 1)/'; do
        i=$((i + 1))
        rm -rf spoiled && mkdir spoiled && cp -r axpy spoiled/
        sed -i "$spoil" spoiled/axpy/axpy.dev.c
        [ "$(cmp -s axpy/axpy.dev.c spoiled/axpy/axpy.dev.c; echo $?)" -eq 1 ]
        run sb run ./spoiled/axpy -p tiny -b cpu --samples 3 -o out$i
        echo "$output"
        [ "$status" -eq 1 ]
    done
}

@test "--at makes it elsewhere, and list explains it" {
    sb new kernel blur --at deep/er
    [ -f deep/er/blur/blur.c ]
    sb list parameters deep/er/blur --json | jq -e '.[0].parameter == "n"'
}

@test "an existing folder is left alone" {
    mkdir here && echo mine >here/here.c
    refused "new: ./here exists already; nothing was changed" new kernel here
    [ "$(cat here/here.c)" = mine ]
    [ "$(ls here)" = here.c ]
}

@test "bad names are refused" {
    refused "new: 'My' is no kernel name: *" new kernel My
    refused "new: '1st' is no kernel name: *" new kernel 1st
    refused "new: '../up' is no kernel name: *" new kernel ../up
    refused "new: '' is no kernel name: *" new kernel ''
    refused "new: 'float' is a word of C or of a dialect; *" new kernel float
    refused "new: 'gemm' is a built-in kernel; *" new kernel gemm
    refused "new: 'backend' cannot be made; *" new backend x
    [ "$(ls | grep -v '^out$\|^err$\|^cache$' | wc -l)" -eq 0 ]
}
