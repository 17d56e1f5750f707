#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The schema of campaign files in the tree is the one that the option tables give.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
}

@test "results/schema/campaign.schema.json is what 'switchbench schema campaign' prints" {
    "$BIN/switchbench" schema campaign | diff "$BATS_TEST_DIRNAME/../../results/schema/campaign.schema.json" -
}

@test "every key of the schema is read from a campaign file, and no other" {
    for key in $("$BIN/switchbench" schema campaign | jq -r '.properties | keys[]'); do
        printf '%s: {a: {b: {c: 1}}}\n' "$key" >"$BATS_TEST_TMPDIR/c.yaml"
        run "$BIN/switchbench" run "$BATS_TEST_TMPDIR/c.yaml" --dry-run
        echo "$output"
        [ "$status" -eq 2 ]
        [[ "$output" == *"c.yaml:1: $key"*expected* ]]
    done
}

@test "an unknown schema is refused" {
    run "$BIN/switchbench" schema campain
    [ "$status" -eq 2 ]
}
