#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# switchbench explain: why two records differ in time.

setup_file() {
    export SB=$SWITCHBENCH_BIN/switchbench
    cd "$BATS_FILE_TMPDIR"
    "$SB" run nbody --presets tiny --labels double --backends cpu --variants portable --maths fast,strict --counters perf_event --output now >/dev/null
}
setup() { cd "$BATS_FILE_TMPDIR"; }

@test "bad input ends with 2 or 6 and one sentence" {
    run "$SB" explain now
    [ "$status" = 2 ]
    run "$SB" explain now nowhere
    [ "$status" != 0 ]
    [[ "$output" == *nowhere* ]]
    run "$SB" explain now:colour=red now
    [ "$status" = 2 ]
    run "$SB" explain now now --csv
    [ "$status" = 2 ]
    [[ "$output" == *"not in CSV"* ]]
    run "$SB" explain now now --most 0
    [ "$status" = 2 ]
}
@test "the same against itself: nothing to explain, and what differs is nothing" {
    run "$SB" explain now now
    [ "$status" = 0 ]
    [[ "$output" == *"no difference to explain"* ]]
    run "$SB" explain now now --all
    [ "$status" = 0 ]
    [[ "$output" == *"differ in nothing else"* ]]
    [[ "$output" != *"what differs:"* ]]
}
@test "strict against fast maths: the mode, the flags that alone differ, and that nothing else does" {
    run "$SB" explain now:maths=fast now:maths=strict --all
    [ "$status" = 0 ]
    [[ "$output" == *"maths: A has fast, B has strict"* ]]
    [[ "$output" == *"A alone has "*"-ffp-contract=fast"*"B alone has "*"-ffp-contract=off"* ]]
    "$SB" explain now:maths=fast now:maths=strict --all --json >told.json
    # Whether something else used the machine in one's turns is the machine's affair, not of this test.
    jq -e '[.[0].facts[] | select(.what != "disturbances")] | .[0].what == "maths" and (.[1:] | all(.follows))' told.json
    jq -e '.[0].answer | length >= 2' told.json
}
@test "what is too long to be shown whole is cut, not lost, in any alphabet" {
    cp -r now long
    for before in x xx; do
        jq -c --arg text "$before$(printf 'é%.0s' {1..1000})" '.build.compiler = $text | .build.flags += " " + $text |
            .node.gpus = [{model: $text, bus: $text}] | .node.isa += [$text] |
            .counters.sources += [{source: "s", state: "absent", reason: $text}]' now/records/job-1.jsonl >long/records/job-1.jsonl
        "$SB" explain now:maths=fast long:maths=fast --all >told
        grep -q "compiler: A has .*, B has ${before}éé" told
        grep -q "flags: .*B alone has ${before}éé" told
        "$SB" show long "$(jq -r 'select(.maths == "fast").cell' now/records/job-1.jsonl)" >told
        grep -q "^  s: ${before}éé" told
        iconv -f utf-8 -t utf-8 told >/dev/null
    done
}
