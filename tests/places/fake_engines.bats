#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# enroot and Sarus are in no Debian. Stand-ins (tests/fakes/engines.py) take their manuals' options and no others, and run the command
# without a container. What a real one does, this does not show; enroot 4.1.2 was tried by hand (harness/place/engines/README.md).

setup_file() {
    export SB=$SWITCHBENCH_BIN/switchbench SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    unset SWITCHBENCH_SITE
    mkdir "$BATS_FILE_TMPDIR/bin"
    for name in enroot sarus; do
        ln -s "$BATS_TEST_DIRNAME/../fakes/engines.py" "$BATS_FILE_TMPDIR/bin/$name"
    done
    export PATH=$BATS_FILE_TMPDIR/bin:$PATH
}
setup() {
    cd "$BATS_TEST_TMPDIR"
    export SB_FAKE_ENGINES=$PWD/log
    printf 'an image' >cpu.sqsh
    # what the runner sees when it begins
    printf '#!/bin/sh\nenv >%q\nexec %q "$@"\n' "$PWD/seen" "$SWITCHBENCH_BIN/switchbench-runner" >runner
    chmod +x runner
}
place() { # engine, image
    printf 'places:\n  here:\n    scheduler: local\n    engine: %s\n    images: {cpu: "%s"}\n    runner: %s\n    environment: {ASKED: "a \\"b\\" $c"}\n' \
        "$1" "$2" "$PWD/runner" >site.yaml
}
passes() {
    SECRET_TOKEN=planted-3141 "$SB" run stream -l copy,triad -p tiny -b cpu --samples 5 --site site.yaml --places here -o c
    [ "$(cat c/records/*.jsonl | jq -r .state | sort -u)" = passed ]
    grep -Fx 'ASKED=a "b" $c' seen
    ! grep -rF planted-3141 c log seen
}

@test "enroot: a campaign passes, with the variables that were asked for and no others" {
    place enroot "$PWD/cpu.sqsh"
    passes
    grep -q "^enroot start .*--mount=$PWD/c:$PWD/c:none:.*,rw" log
    [[ "$(cat c/records/*.jsonl | jq -r .container.image | sort -u)" == "$PWD/cpu.sqsh@sha256:"* ]]
}

@test "enroot: an image that is another one by now is not started" {
    place enroot "$PWD/cpu.sqsh"
    "$SB" run stream -l copy -p tiny -b cpu --samples 5 --site site.yaml --places here -o c --dry-run >shown
    digest=$(sha256sum cpu.sqsh | cut -d' ' -f1)
    place enroot "$PWD/cpu.sqsh@sha256:${digest//[0-9]/0}"
    run "$SB" run stream -l copy -p tiny -b cpu --samples 5 --site site.yaml --places here -o c
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *cpu.sqsh*sha256* ]]
    ! grep -q 'enroot start' log
}

@test "enroot: a path that it would split is refused, with the letter" {
    mkdir 'a b'
    place enroot "$PWD/cpu.sqsh"
    run "$SB" run stream -l copy -p tiny -b cpu --samples 5 --site site.yaml --places here -o 'a b/c'
    echo "$output"
    [ "$status" = 4 ]
    [[ "$output" == *"enroot: cannot mount"*"no way to say ' ' in a path"* ]]
}

@test "sarus: a campaign passes, with the variables that were asked for and no others" {
    place sarus "localhost/switchbench-cpu@sha256:$(printf '%064d' 7)"
    passes
    grep -q "^sarus run .*--workdir=$PWD/c " log
}

@test "sarus: an image by a tag is refused, with what to do" {
    place sarus localhost/switchbench-cpu:0.1.0
    run "$SB" run stream -l copy -p tiny -b cpu --site site.yaml --places here -o c
    [ "$status" = 2 ]
    [[ "$output" == *"sarus pull REPOSITORY@sha256:"* ]]
}
