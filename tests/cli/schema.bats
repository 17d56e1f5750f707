#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The keys that results/schema/campaign.schema.json promises are the keys that campaign files may have.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    cd "$BATS_TEST_TMPDIR"
    jq -r '.properties | keys[]' "$BATS_TEST_DIRNAME/../../results/schema/campaign.schema.json" | sort >schema
}

@test "every key of the schema is read from a campaign file" {
    [ "$(wc -l <schema)" -ge 15 ]
    while read -r key; do
        printf '%s: {a: {b: {c: 1}}}\n' "$key" >c.yaml # right for no key: the answer says what was expected
        run "$BIN/switchbench" run c.yaml --dry-run
        echo "$output"
        [ "$status" -eq 2 ]
        [[ "$output" == "switchbench: c.yaml:1: $key"*expected* ]]
    done <schema
}

@test "the reader names no other key" {
    printf 'xyzzyxyzzy: 1\n' >c.yaml
    run "$BIN/switchbench" run c.yaml --dry-run
    [ "$status" -eq 2 ]
    sed 's/.*expected one of //; s/, /\n/g' <<<"$output" | sort >reader
    diff schema reader
}
