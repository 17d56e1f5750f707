# SPDX-License-Identifier: Apache-2.0
# What every real scheduler must do, for the .bats files of batch systems. They set SCHEDULER, and BED where it has another name.

# neither ends before its budget, however fast the machine
LONG=(nbody --presets tiny --labels double --backends cpu --variants portable --precision 0 --samples 0 --budget 300)
MEDIUM=(nbody --presets tiny --labels double --backends cpu --variants portable,native --precision 0 --samples 0 --budget 4) # two cells
SHORT=(stream --presets tiny --labels copy,add --backends cpu --variants portable --samples 20)

bed_begin() { # for setup_file
    export TESTBED=$BATS_TEST_DIRNAME/../../scripts/testbed SB=$SWITCHBENCH_BIN/switchbench
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    unset SWITCHBENCH_SITE
    "$TESTBED" "$1" status >/dev/null 2>&1 || touch "$BATS_FILE_TMPDIR/brought-up"
    "$TESTBED" "$1" up >&2 3>&-
    eval "$("$TESTBED" "$1" env)"
    export PATH
}
bed_end() { # for teardown_file
    [ ! -e "$BATS_FILE_TMPDIR/brought-up" ] || "$TESTBED" "$1" down >&2
}

place() { # lines of the place "here", into site.yaml
    printf 'places:\n  here:\n    scheduler: %s\n' "$SCHEDULER" >site.yaml
    printf '    poll: 1s\n' >>site.yaml
    [ $# = 0 ] || printf '    %s\n' "$@" >>site.yaml
}
run_here() { # arguments of run
    run timeout 200 "$SB" run --places here --site site.yaml --output c "$@"
    echo "$output"
}
wait_until() { # seconds, command…
    local seconds=$1 i
    shift
    for ((i = 0; i < seconds * 5; ++i)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    echo "in vain: $*"
    cat c/journal.jsonl told 2>/dev/null
    return 1
}
started() { # a cell is being computed
    cat c/jobs/*.events 2>/dev/null | grep -q '"event":"started"'
}
ended() { # count, state: so many cells have ended so, none twice
    [ "$(cat c/records/*.jsonl | jq -r 'select(.state == "'"$2"'") | .cell' | sort -u | wc -l)" = "$1" ] || return 1
    [ -z "$(cat c/records/*.jsonl | jq -r 'select(.state != "lost") | .cell' | sort | uniq -d)" ]
}
words() { # a regular expression that a line of the journal's jobs has
    jq -r 'select(.words) | .words' c/journal.jsonl | grep -qE -- "$1" || { cat c/journal.jsonl && return 1; }
}
jobs_made() { jq -r 'select(.event == "submitted") | .id' c/journal.jsonl | wc -l; }
runners() { pgrep -f -- "$BATS_TEST_TMPDIR/.*jobs/job" || true; }
no_runners() { [ -z "$(runners)" ]; }

# what all must do; each is one test of a file
passes() {
    place "$@"
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    ended 2 passed
    [ "$(jobs_made)" = 1 ]
    [ "$(jq -r 'select(.event == "closed") | .state' c/journal.jsonl)" = done ]
    [ -n "$(jq -r 'select(.event == "closed") | .node' c/journal.jsonl)" ]
}
hostile_names() { # a kernel's folder may have no spaces and quotes (refused before anything runs), a campaign's may have all
    local kernel=';touch${IFS}pwned;rm${IFS}-rf${IFS}~;$(touch${IFS}pwned);`touch${IFS}pwned`'
    local campaign='; touch pwned; rm -rf ~ $(touch pwned) `touch pwned` "a'\''b=c'
    mkdir -p "$kernel" "$campaign"
    (cd "$kernel" && "$SB" new kernel mine >/dev/null)
    place "$@"
    run timeout 200 "$SB" run "./$kernel/mine" --presets tiny --backends cpu --samples 20 --places here --site site.yaml --output "$campaign/c"
    echo "$output"
    [ "$status" = 0 ]
    cat "$campaign"/c/records/*.jsonl | jq -es 'length > 0 and all(.state == "passed")'
    [ -z "$(find . -name pwned)" ]
    [ -d ~ ]
}
fails_with_words() { # a runner that is not there: infrastructure, tried again, then lost
    place "runner: /nowhere/switchbench-runner" "retries: 1" "$@"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    ended 2 lost
    [ "$(jobs_made)" = 2 ]
    cat c/records/*.jsonl | jq -es 'map(select(.state == "lost") | .reason | test("/nowhere/switchbench-runner")) | all' # the job's own words
}
time_limit() {
    place "time_limit: 6s" "retries: 0" "$@"
    run_here "${LONG[@]}"
    [ "$status" = 7 ]
    ended 1 failed
    [ "$(jq -r 'select(.event == "closed") | .state' c/journal.jsonl)" = "timed out" ]
    wait_until 10 no_runners
}
cancelled() {
    place "$@"
    "$SB" run "${LONG[@]}" --places here --site site.yaml --output c --detach >told 2>&1 3>&-
    wait_until 60 started
    run "$SB" cancel c
    echo "$output"
    [ "$status" = 0 ]
    wait_until 20 no_runners
}
driver_killed() {
    place "$@"
    "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
    local driver=$!
    wait_until 60 started
    kill -KILL $driver
    wait $driver || true
    run timeout 150 "$SB" resume c
    echo "$output"
    [ "$status" = 0 ]
    ended 2 passed
    [ "$(jobs_made)" = 1 ] # the job was found again, none was added
}
held() { # words of the scheduler; lines of the place that hold the job
    local says=$1
    shift
    place "hold_limit: 3s" "$@"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    ended 2 lost
    jq -r 'select(.words) | .words' c/journal.jsonl | grep -qF -- "$says"
    grep -q '"event":"job",.*"state":"held"' c/journal.jsonl
    [[ "$output" == *"$says"* ]]
}
