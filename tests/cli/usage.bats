#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line itself: help, misspelt words, exit codes, where output goes.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export SWITCHBENCH_CACHE=$BATS_TEST_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

# refused SENTENCE ARGUMENT…: exit code 2, nothing on stdout, exactly that one line on stderr
refused() {
    local sentence=$1 code=0
    shift
    sb "$@" >out 2>err || code=$?
    cat out err
    [ "$code" -eq 2 ]
    [ ! -s out ]
    [ "$(wc -l <err)" -eq 1 ]
    [[ "$(cat err)" == "switchbench: "$sentence ]]
}

commands() {
    sb help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

@test "--version prints one line" {
    run sb --version
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^switchbench\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "no command: the overview on stderr, and 2" {
    code=0
    sb >out 2>err || code=$?
    [ "$code" -eq 2 ]
    [ ! -s out ]
    grep -q "^Commands" err
}

@test "help, --help and -h are the same, on stdout" {
    sb help >a
    sb --help >b
    sb -h >c
    cmp a b
    cmp a c
    for name in doctor list run resume status show compare report new; do
        commands | grep -qx "$name"
    done
}

@test "every command teaches with its usage, options and examples" {
    for name in $(commands) completion man; do
        echo "# $name"
        sb "$name" -h >page
        sb "$name" --help | cmp page -
        sb help "$name" | cmp page -
        grep -q "^switchbench $name: " page
        grep -q "^  switchbench $name" page
        grep -q "^Examples" page
        [ "$(grep -c $'\033' page)" -eq 0 ]
    done
}

@test "a misspelt command is answered with the closest" {
    refused "unknown command 'rnu'; did you mean 'run'?" rnu
    refused "unknown command 'compair'; did you mean 'compare'?" help compair
    refused "unknown command 'xyzzy'; 'switchbench help' lists them" xyzzy
    refused "unknown command '--versoin'; 'switchbench help' lists them" --versoin
}

@test "a misspelt option, value or word is answered with the closest" {
    refused "run: unknown option '--bakends'; did you mean '--backends'?" run --bakends cpu
    refused "run: unknown option '-Q'; 'switchbench run -h' lists them" run -Q
    refused "run: '--t' could be '--targets' or '--t*" run --t 3
    refused "--maths: unknown value 'strcit'; did you mean 'strict'?" run --maths strcit
    refused "list: unknown 'kernel'; did you mean 'kernels'?" list kernel
    refused "--format: unknown value 'svgg'; did you mean 'svg'?" report --figures x --format svgg
}

@test "values out of bounds and of the wrong kind say what was expected" {
    refused "--repeat: expected a whole number, got 'three'" run --repeat three
    refused "--repeat: 0 is out of bounds: from 1 to 10000" run --repeat 0
    refused "--precision: expected a share such as 1% or 0.01, got 'double'" run --precision double
    refused "--time-limit: expected a time such as 90s, 10m or 2h, got 'soon'" run --time-limit soon
    refused "run: --repeat needs a value (N)" run --repeat
    export SWITCHBENCH_THREADS=all
    refused "SWITCHBENCH_THREADS: expected a whole number, got 'all'" run --dry-run
}

@test "missing and superfluous arguments" {
    refused "compare: expected A B" compare a
    refused "show: expected *CELL" show
    refused "new: expected kernel NAME" new kernel
    refused "status: unexpected argument 'b'" status a b
    refused "doctor: unexpected argument 'now': images are for --engines, kernels for --noise" doctor now
    refused "--json and --csv exclude each other" list --json --csv
}

@test "a full disk behind stdout is no success" {
    [ -e /dev/full ] || skip "no /dev/full"
    code=0
    sb list >/dev/full 2>err || code=$?
    [ "$code" -eq 4 ]
    [ "$(cat err)" = "switchbench: standard output: No space left on device" ]
}

@test "the completion script works in bash and knows every command and option" {
    sb completion bash >script
    bash -n script
    cat >try <<'END'
source ./script
complete_() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); compopt() { :; }; _switchbench; echo "${COMPREPLY[@]}"; }
complete_ switchbench comp
complete_ switchbench run --back
complete_ switchbench run --maths s
complete_ switchbench list par
complete_ switchbench run gray
END
    run bash try
    echo "$output"
    [[ "${lines[0]}" == *compare* ]]
    [ "${lines[1]}" = --backends ]
    [ "${lines[2]}" = strict ]
    [ "${lines[3]}" = parameters ]
    [ "${lines[4]}" = gray_scott ]
}

@test "the manual page renders without a warning and names every option of run" {
    sb man >switchbench.1
    for option in $(sb run -h | sed -n 's/^  .*--\([a-z-]*\).*/\1/p' | sort -u); do
        echo "# $option"
        grep -qF -- "\\-\\-${option//-/\\-}" switchbench.1
    done
    command -v groff >/dev/null || skip "no groff to render it"
    groff -man -Kutf8 -Tutf8 -ww switchbench.1 >page 2>warnings
    cat warnings
    [ ! -s warnings ]
}
