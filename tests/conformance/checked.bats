#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# No false alarm: every shipped kernel passes every case of preset tiny in a checked build of the porting oracle (each
# access to an array, and undefined behaviour, is looked at), and with its blocks and threads in reversed order.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    export RELEASE=${SWITCHBENCH_RELEASE:-$BATS_TEST_DIRNAME/../../build}
    "$RELEASE/switchbench" run -p tiny -b cpu -v portable --maths strict --samples 1 -o "$DIR/all" >&2
}

teardown_file() {
    rm -rf "$DIR"
}

# passes TOGGLES: every cell of the campaign, alone and with these of enum sb_toggle (backends/backend.h)
passes() {
    local cell count bad=0
    count=$(jq '.cells | length' "$DIR/all/jobs/job-1.json")
    [ "$count" -gt 40 ]
    for cell in $(seq 0 $((count - 1))); do
        jq -c ".cells |= [.[$cell]] | .toggles = $1" "$DIR/all/jobs/job-1.json" >"$DIR/one.json"
        "$RELEASE/switchbench-runner" --single "$DIR/one.json" >"$DIR/said" 2>&1 || {
            jq -r '.cells[0] | "\(.kernel)/\(.label) \(.precision):"' "$DIR/one.json"
            cat "$DIR/said"
            bad=$((bad + 1))
        }
    done
    [ "$bad" -eq 0 ]
}

toggle() { # name: its value, as the header has it
    echo $((1 << $(sed -n "s/^ *SB_TOGGLE_$1 = 1 << \([0-9]*\).*/\1/p" "$BATS_TEST_DIRNAME/../../backends/backend.h")))
}

@test "a checked build finds nothing in any shipped kernel" {
    passes "$(toggle SANITIZE)"
}

@test "every shipped kernel is right with blocks and threads in reversed order" {
    passes "$(toggle REVERSED)"
}
