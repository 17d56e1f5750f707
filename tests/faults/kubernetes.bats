#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Faults of a cluster that a real one does not show on demand: a kubectl that runs Jobs here, answers with what a real cluster said,
# and fails when it is told to (tests/fakes/kubectl). No cell lost, none doubled.

setup() {
    DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=${SWITCHBENCH_TEST_CACHE:-$BATS_FILE_TMPDIR/cache} FAKE_KUBECTL=$DIR/fake
    mkdir "$FAKE_KUBECTL"
    export PATH=$BATS_TEST_DIRNAME/../fakes/kubectl:$PATH
    cat >"$DIR/site.yaml" <<YAML
places:
  kube:
    scheduler: kubernetes
    images: registry/image@sha256:0000000000000000000000000000000000000000000000000000000000000000
    runner: $SWITCHBENCH_BIN/switchbench-runner
    poll: 0.3
    hold_limit: 2
    retries: 4
YAML
    CELLS=(stream --presets tiny --backends cpu --samples 5 --places kube --site "$DIR/site.yaml" --output "$DIR/c")
}

teardown() {
    pkill -9 -f "$DIR" || true
    rm -rf "$DIR"
}

campaign() { run timeout 100 "$SWITCHBENCH_BIN/switchbench" "$@" 3>&-; echo "$output"; }

check_whole() { # every cell passed, once
    local cells ended doubled
    cells=$(jq '.cells | length' "$DIR/c/plan.json")
    cat "$DIR"/c/records/*.jsonl >"$DIR/all.jsonl"
    jq -es . "$DIR/all.jsonl" >/dev/null || { echo "a torn record"; return 1; }
    ended=$(jq -r 'select(.state == "passed") | .cell' "$DIR/all.jsonl" | sort -u | wc -l)
    [ "$ended" = "$cells" ] || { echo "$ended of $cells cells passed"; return 1; }
    doubled=$(jq -r 'select(.state != "lost") | .cell' "$DIR/all.jsonl" | sort | uniq -d)
    [ -z "$doubled" ] || { echo "doubled: $doubled"; return 1; }
}

@test "a campaign through a pod's log passes and leaves no object" {
    campaign run "${CELLS[@]}"
    [ "$status" = 0 ]
    check_whole
    [ -z "$(ls "$FAKE_KUBECTL/jobs")" ]
    grep -q '^delete configmap' "$FAKE_KUBECTL/calls"
    [ -z "$(find "$DIR/c" -name '*.fetched')" ]
}

@test "evicted, preempted, node lost, with half a line left: the rest runs again, nothing twice" {
    printf '%s\n' "evicted 5" "lost 4" "preempted 6" run >"$FAKE_KUBECTL/outcomes"
    campaign run "${CELLS[@]}"
    [ "$status" = 0 ]
    check_whole
    [ "$(wc -l <"$FAKE_KUBECTL/made")" = 4 ]
    jq -r 'select(.event == "closed") | .state' "$DIR/c/journal.jsonl" | sort >"$DIR/states"
    diff "$DIR/states" - <<<$'done\nevicted\nnode failed\npreempted'
    grep -q 'TerminationByKubelet\|Evicted: ' "$DIR/c/journal.jsonl"
    grep -q 'DeletionByTaintManager' "$DIR/c/journal.jsonl"
    grep -q 'Preempted: Preempted by pod' "$DIR/c/journal.jsonl"
}

@test "an API that refuses, answers half, or loses the answer to what it did" {
    cat >"$FAKE_KUBECTL/faults" <<'F'
create 1 lost
get 2 refuse
get 3 cut
get 5 lost
logs 1 cut
logs 2 refuse
logs 3 lost
delete 1 refuse
F
    campaign run "${CELLS[@]}"
    [ "$status" = 0 ]
    check_whole
    [ "$(wc -l <"$FAKE_KUBECTL/made")" = 1 ]
}

@test "an image that cannot be had is taken back, with the cluster's words" {
    printf '%s\n' "image 0" "image 0" "image 0" "image 0" "image 0" >"$FAKE_KUBECTL/outcomes"
    campaign run "${CELLS[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"ImagePullBackOff"* ]]
    [ "$(jq -r 'select(.state != "lost")' "$DIR"/c/records/*.jsonl)" = "" ]
    [ -z "$(ls "$FAKE_KUBECTL/jobs")" ]
}

@test "out of memory: the cell under way is told, the others pass" {
    printf '%s\n' "out-of-memory 3" >"$FAKE_KUBECTL/outcomes"
    campaign run "${CELLS[@]}"
    cat "$DIR"/c/records/*.jsonl >"$DIR/all.jsonl"
    [ "$(jq -r .cell "$DIR/all.jsonl" | sort -u | wc -l)" = "$(jq '.cells | length' "$DIR/c/plan.json")" ]
    [ -z "$(jq -r .cell "$DIR/all.jsonl" | sort | uniq -d)" ]
    grep -q OOMKilled "$DIR/c/journal.jsonl"
}

@test "a driver that is killed: the next one finds its Job and makes no second" {
    for after in 0.3 0.6 1.0 1.5; do
        rm -rf "$DIR/c"
        rm -f "$FAKE_KUBECTL/made"
        "$SWITCHBENCH_BIN/switchbench" run "${CELLS[@]}" >/dev/null 2>&1 3>&- &
        sleep $after
        kill -9 $! 2>/dev/null || true
        wait $! || true
        [ -f "$DIR/c/plan.json" ] || continue
        campaign resume "$DIR/c"
        [ "$status" = 0 ]
        check_whole
        [ "$(wc -l <"$FAKE_KUBECTL/made")" = 1 ]
    done
}

@test "no secret in a command line, a record or a log" {
    cat >"$DIR/kubeconfig" <<<'{"users":[{"user":{"token":"open-sesame"}}]}'
    sed -i "s|    poll|    credentials: $DIR/kubeconfig\n    poll|" "$DIR/site.yaml"
    campaign run "${CELLS[@]}"
    [ "$status" = 0 ]
    ! grep -r open-sesame "$DIR/c" "$FAKE_KUBECTL"
    grep -q -- "--kubeconfig $DIR/kubeconfig" "$FAKE_KUBECTL/calls"
    echo '    options: ["--token=open-sesame"]' >>"$DIR/site.yaml"
    rm -rf "$DIR/c"
    campaign run "${CELLS[@]}"
    [ "$status" != 0 ]
    [[ "$output" == *"put it into a kubeconfig file"* ]]
    [[ "$output" != *open-sesame* ]]
    ! grep -q open-sesame "$FAKE_KUBECTL/calls"
}
