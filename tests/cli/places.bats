#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# site.yaml and its faults, campaigns in the background, taking over, cancelling. Real schedulers: tests/places/.

setup() {
    DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=${BATS_FILE_TMPDIR:-$DIR}/cache XDG_CONFIG_HOME=$DIR/config
    SB=$SWITCHBENCH_BIN/switchbench
    cd "$DIR"
    ONE=(stream -p tiny -b cpu -l copy --samples 20)
    LONG=(nbody -p tiny -b cpu -l double -v portable --budget 60 --precision 0 --samples 0)
}

teardown() {
    pkill -9 -f "$DIR" || true
    rm -rf "$DIR"
}

site() {
    printf '%s\n' "$@" >site.yaml
}

@test "site.yaml: every fault is one sentence with its line, and ends with 2" {
    while IFS='|' read -r text says; do
        printf '%b' "$text" >site.yaml
        run "$SB" run "${ONE[@]}" --places here -o out
        echo "$text -> $status $output"
        [ "$status" = 2 ]
        [[ "$output" == *"$says"* ]]
        [ "${#lines[@]}" = 1 ]
        [ ! -e out ]
    done <<'CASES'
- a\n|site.yaml:1: expected a mapping 'places:'
place: {}\n|site.yaml:1: unknown key 'place'
places: [here]\n|site.yaml:1: places: expected a mapping
places:\n  here: slurm\n|site.yaml:2: here: expected a mapping such as {scheduler: slurm}
places:\n  'a b': {}\n|a name of letters
places:\n  here: {}\n  here: {}\n|site.yaml:3: place 'here' is given twice
places:\n  here:\n    sheduler: local\n|site.yaml:3: unknown key 'sheduler'; did you mean 'scheduler'?
places:\n  here:\n    gpus: many\n|site.yaml:3: gpus: expected a whole number, got 'many'
places:\n  here:\n    gpus: -1\n|site.yaml:3: gpus: -1 is out of bounds
places:\n  here:\n    time_limit: 1h\n    time_limit: 2h\n|site.yaml:4: 'time_limit' is given twice
places:\n  here:\n    scheduler: [a]\n|site.yaml:3: scheduler: expected one value
places:\n  here:\n    devices: intel\n|site.yaml:3: devices: unknown value 'intel'
places:\n  here: {scheduler: slrm}\n|place here: no scheduler 'slrm'
places:\n  here: {engine: pod}\n|place here: no container engine 'pod'
places:\n  here: {nodes: "sample:0"}\n|expected sample:K
places:\n  here: {nodes: all}\n|cannot pin jobs to nodes
places:\n  there: {}\n|no place 'here': did you mean 'there'?
CASES
}

@test "a place of site.yaml: its name is in the cells, its variables reach the runner, and the plan keeps it" {
    site 'places:' '  mine:' '    scheduler: local' '    environment: {SWITCHBENCH_NOTE: "a b"}' '    pack: 1'
    run "$SB" run stream -p tiny -b cpu -l copy,mul --samples 20 --places mine,local -o out --json
    echo "$output"
    [ "$status" = 0 ]
    [ "$(jq -r '.cells[].place' out/plan.json | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 2 local; 2 mine;" ]
    [ "$(jq -r '.places[0].environment[0]' out/plan.json)" = "SWITCHBENCH_NOTE=a b" ]
    [ "$(cat out/records/*.jsonl | jq -r .place | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 2 local; 2 mine;" ]
    [ "$(jq -r 'select(.event=="submitting") | .place' out/journal.jsonl | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 1 local; 2 mine;" ]
    "$SB" status out --jobs | grep -q 'job-3'
}

@test "cores and memory of a place here hold its cells" {
    site 'places:' '  one: {cores: 1}' '  little: {memory: 200MiB}'
    run "$SB" run "${ONE[@]}" --places one -o out
    echo "$output"
    [ "$status" = 0 ]
    [[ "$(jq -r .placement out/records/*.jsonl)" == 1\ thread* ]]
    run "$SB" run stream -p tiny -b cpu -l copy --samples 3 --set n=5000000 --places little -o big
    echo "$output"
    [ "$status" = 2 ] && [[ "$output" == *"does not fit"*"200 MiB are allowed"* ]]
}

@test "usual files: here before the user's; --site and SWITCHBENCH_SITE name another" {
    mkdir -p config/switchbench
    echo 'places: {users: {}}' >config/switchbench/site.yaml
    "$SB" list places | grep -q users
    site 'places: {here: {}}'
    "$SB" list places | grep -q here
    echo 'places: {other: {}}' >other.yaml
    run "$SB" run "${ONE[@]}" --places other --site other.yaml -o a
    [ "$status" = 0 ]
    SWITCHBENCH_SITE=other.yaml run "$SB" run "${ONE[@]}" --places other -o b
    [ "$status" = 0 ]
    run "$SB" run "${ONE[@]}" --places other --site none.yaml -o c
    [ "$status" = 2 ] && [[ "$output" == *none.yaml* ]]
}

@test "doctor --site writes a file that is read back, and overwrites none" {
    run "$SB" doctor --site first.yaml
    echo "$output"
    [ "$status" = 0 ]
    "$SB" list places first.yaml | grep -q local
    run "$SB" doctor --site first.yaml
    [ "$status" = 2 ] && [[ "$output" == *"exists"* ]]
}

@test "--dry-run shows each job's script, quoted, where a job is more than a process here" {
    site 'places:' '  mine: {environment: {NOTE: "it'"''"'s; touch x"}}'
    sed -i "s/''''/'/; s/it.*s;/it's;/" site.yaml
    mkdir -p "own; touch y"
    run "$SB" run "${ONE[@]}" --places mine,local -o "own; touch y/out" --dry-run
    echo "$output"
    [ "$status" = 0 ]
    [[ "$output" == *"export 'NOTE=it'\\''s; touch x'"* ]]
    [[ "$output" == *"exec '"*"switchbench-runner' '--records'"* ]]
    [ ! -e x ] && [ ! -e y ] && [ ! -e "own; touch y/out" ]
    run "$SB" run "${ONE[@]}" --dry-run --json
    jq -e 'length == 1' <<<"$output"
}

@test "--detach: returns at once, status and logs see it, wait judges it" {
    run "$SB" run "${ONE[@]}" -o out --detach
    echo "$output"
    [ "$status" = 0 ] && [[ "$output" == "campaign: $DIR/out" ]]
    run "$SB" wait out
    echo "$output"
    [ "$status" = 0 ] && [[ "$output" == *"1 cell: 1 passed"* ]]
    "$SB" logs out | grep -q 'driver.log'
    run "$SB" logs out job-9
    [ "$status" = 2 ] && [[ "$output" == *"no job 'job-9'"* ]]
    [ ! -e out/driver.json ]
}

@test "two at once are refused, cancel ends the one, resume goes on" {
    "$SB" run "${LONG[@]}" -o out --detach
    run "$SB" resume out
    echo "$output"
    [ "$status" = 2 ] && [[ "$output" == *"still running"* ]]
    [[ "$("$SB" status out)" == *running* ]]
    run "$SB" cancel out
    echo "$output"
    [ "$status" = 0 ] && [[ "$output" == "cancelled: $DIR/out" ]]
    ! pgrep -f "$DIR/out"
    run "$SB" wait out
    [ "$status" = 4 ] && [[ "$output" == *"resume"* ]]
    run "$SB" cancel out
    [ "$status" = 0 ]
}

@test "a driver on another host is believed while its lease is renewed, and not longer" {
    "$SB" run "${ONE[@]}" -o out >/dev/null
    jq -c '.cells[0].seed = 4242 | .cells[0].cell = "abcdefabcdef"' out/plan.json >plan && mv plan out/plan.json # one cell to run
    echo '{"host":"elsewhere","boot":"x","pid":1,"start":1,"beat":7}' >out/driver.json
    (for i in $(seq 8 40); do
        sleep 1
        echo "{\"host\":\"elsewhere\",\"boot\":\"x\",\"pid\":1,\"start\":1,\"beat\":$i}" >out/beat && mv out/beat out/driver.json
    done) 3>&- &
    beats=$!
    run "$SB" resume out
    echo "$output"
    [ "$status" = 2 ] && [[ "$output" == *"process 1 on elsewhere"* ]]
    kill $beats
    wait $beats || true
    run "$SB" resume out
    echo "$output"
    [ "$status" = 0 ]
}

@test "list engines, schedulers, places" {
    "$SB" list engines --json | jq -e 'map(.engine) | index("none") != null'
    "$SB" list schedulers --json | jq -e 'map(.scheduler) | index("local") != null'
    run "$SB" list place
    [ "$status" = 2 ] && [[ "$output" == *"did you mean 'places'"* ]]
}
