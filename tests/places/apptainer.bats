#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# apptainer, from scripts/testbed apptainer: folders and SIF files. Runs with SWITCHBENCH_PLACES=1 (scripts/test --places).

setup_file() {
    [ "${SWITCHBENCH_PLACES:-0}" = 1 ] || return 0
    export TOP=$BATS_TEST_DIRNAME/../.. SB=$SWITCHBENCH_BIN/switchbench IMAGES=$BATS_FILE_TMPDIR/images
    export TESTBED=$TOP/scripts/testbed
    "$TESTBED" apptainer status >/dev/null 2>&1 || touch "$BATS_FILE_TMPDIR/brought-up"
    "$TESTBED" apptainer up >&2 3>&-
    eval "$("$TESTBED" apptainer env)"
    export PATH SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} SWITCHBENCH_CACHE='' "$TOP/scripts/images/build" cpu --folder --sif --out "$IMAGES" >&2 3>&-
}
teardown_file() {
    [ ! -e "$BATS_FILE_TMPDIR/brought-up" ] || "$TESTBED" apptainer down >&2
}
setup() {
    [ "${SWITCHBENCH_PLACES:-0}" = 1 ] || skip "builds a Debian root: scripts/test --places"
    cd "$BATS_TEST_TMPDIR"
}

@test "a folder and a SIF file: every verdict passes, the record names the image by digest" {
    for image in cpu switchbench-cpu.sif; do
        run timeout 300 "$SB" run -p tiny -b cpu -v portable --samples 5 --seed 7 --engine apptainer --image "$IMAGES/$image" --output "$image"
        echo "$output"
        [ "$status" = 0 ]
        cat "$image"/records/*.jsonl | jq -es 'length > 20 and all(.state == "passed" and .container.engine == "apptainer" and (.container.image | test("@sha256:[0-9a-f]{64}$")))'
    done
}

@test "a SIF file that has changed does not run" {
    sha=$(sha256sum "$IMAGES/switchbench-cpu.sif" | cut -d' ' -f1)
    cp "$IMAGES/switchbench-cpu.sif" image.sif
    printf x | dd of=image.sif bs=1 seek=100000 conv=notrunc status=none
    run "$SWITCHBENCH_BIN/switchbench-runner" --image "$PWD/image.sif@sha256:$sha" -- apptainer exec image.sif true
    echo "$output"
    [ "$status" = 4 ]
    [[ "$output" == *"is not the one that was planned"* ]]
}

@test "variables with commas, quotes and dollars reach the inside as they are" {
    printf 'places:\n  here:\n    scheduler: local\n    engine: apptainer\n    images: ["%s"]\n    environment: ["EVIL=a,b; $(touch pwned)"]\n' "$IMAGES/cpu" >site.yaml
    run timeout 100 "$SB" run stream -p tiny -l copy -v portable -b cpu --samples 5 --places here --site site.yaml --output c
    echo "$output"
    [ "$status" = 0 ]
    [ -z "$(find . -name pwned)" ]
}
