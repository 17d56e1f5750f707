#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A real Slurm of two nodes (scripts/testbed slurm), whole campaigns, and every fault that it can be given: no cell is lost, none
# doubled, and each ends in the right state with Slurm's own words. What takes a minute (a time limit) runs beside the rest, on n2;
# nodes are broken on n1, which Slurm fills first.

setup_file() {
    export TESTBED=$BATS_TEST_DIRNAME/../../scripts/testbed
    export SB=$SWITCHBENCH_BIN/switchbench
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    export SWITCHBENCH_SLURMD_TIMEOUT=6
    "$TESTBED" slurm status >/dev/null 2>&1 || touch "$BATS_FILE_TMPDIR/brought-up"
    "$TESTBED" slurm up >&2
    eval "$("$TESTBED" slurm env)"
    export SLURM_CONF
    cd "$BATS_FILE_TMPDIR"
    place "time_limit: 60s" "nodes: n2" "cores: 1"
    "$SB" run "${LONG[@]}" --budget 300 --places here --site site.yaml --output late --detach >late.txt 2>&1 3>&- 4>&- || cat late.txt >&2
}

teardown_file() {
    timeout 20 "$SB" cancel "$BATS_FILE_TMPDIR/late" >&2 || true # where its test was not chosen
    [ ! -e "$BATS_FILE_TMPDIR/brought-up" ] || "$TESTBED" slurm down >&2
}

LONG=(nbody --presets small --labels double --backends cpu --variants portable --precision 0 --samples 0)
SHORT=(stream --presets tiny --backends cpu --variants portable)

setup() {
    cd "$BATS_TEST_TMPDIR"
    wait_until 20 eval '[ "$(sinfo --noheader --nodes=n1 --partition=debug --format=%T)" = idle ]' # the test before has gone
}

teardown() {
    [ ! -e hurt ] || "$TESTBED" slurm fault heal
}

place() { # lines of the place "here", into site.yaml
    printf 'places:\n  here:\n    scheduler: slurm\n    poll: 2s\n' >site.yaml
    [ $# = 0 ] || printf '    %s\n' "$@" >>site.yaml
}
run_here() { # arguments of run
    run timeout 150 "$SB" run --places here --site site.yaml --output c "$@"
    echo "$output"
}
background_run() { # arguments of run: its pid in $driver
    "$SB" run --places here --site site.yaml --output c "$@" >told 2>&1 3>&- 4>&- &
    driver=$!
}
hurt() { # fault and its arguments
    touch hurt
    "$TESTBED" slurm fault "$@"
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
    grep -q '"event":"started"' c/jobs/*.events
}
ended() { # count, state: so many cells have ended so, none twice
    [ "$(cat c/records/*.jsonl | jq -r 'select(.state == "'"$2"'") | .cell' | sort -u | wc -l)" = "$1" ] || return 1
    [ -z "$(cat c/records/*.jsonl | jq -r 'select(.state != "lost") | .cell' | sort | uniq -d)" ]
}
words() { # a regular expression that a line of the journal's jobs has
    jq -r 'select(.words) | .words' c/journal.jsonl | grep -qE -- "$1" || { cat c/journal.jsonl && return 1; }
}
runs_on() { # node: the only job does
    squeue --noheader --jobs="$(jobs_made)" --format='%i %T %N %R' | tee /dev/stderr | grep -q "RUNNING $1 "
}
jobs_made() { jq -r 'select(.event == "submitted") | .id' c/journal.jsonl; }
runners() { pgrep -f -- "$BATS_TEST_TMPDIR/c/jobs" || true; }

@test "a campaign passes, with the verdicts of this machine" {
    place
    run_here "${SHORT[@]}"
    [ "$status" = 0 ]
    ended 8 passed
    "$SB" run "${SHORT[@]}" --output local >/dev/null
    for folder in c local; do
        cat $folder/records/*.jsonl | jq -r '[.kernel, .label, .state] | @tsv' | sort >$folder.states
    done
    cmp c.states local.states
    [ "$(stat -c %a c/jobs/job-1.log c/jobs/job-1.sh c/jobs/job-1.end | sort -u | paste -sd' ')" = "600 700" ]
}

@test "one job for each node, with features and fake GPUs" {
    place "nodes: all" "constraint: sandbox" "gpus: 1" "memory: 2GB"
    run_here "${SHORT[@]}" --labels triad
    [ "$status" = 0 ]
    ended 2 passed
    [ "$(jq -r 'select(.event == "closed") | .node' c/journal.jsonl | sort | paste -sd' ')" = "n1 n2" ]
    place "nodes: all" "constraint: slow"
    run timeout 60 "$SB" run --places here --site site.yaml --output d "${SHORT[@]}" --labels triad
    [ "$status" = 0 ]
    [ "$(jq -r 'select(.event == "closed") | .node' d/journal.jsonl)" = n2 ]
}

@test "what is to be run is shown" {
    place "constraint: fast" "options: [\"--qos=a b\"]"
    run_here "${SHORT[@]}" --dry-run
    [ "$status" = 0 ]
    [[ "$output" == *"'sbatch' '--parsable'"*"'--constraint=fast'"*"'--qos=a b'"* ]]
    [ ! -e c ]
}

@test "two ranks on two nodes through srun" {
    command -v mpicc
    place
    run_here mpi_basic --presets tiny --backends cpu --ranks 2
    [ "$status" = 0 ]
    grep -q "'srun' '--mpi=pmix'" c/jobs/job-1.sh
}

@test "a partition that does not exist is told in Slurm's words" {
    place "partition: nowhere"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"invalid partition specified: nowhere"* ]]
    ended 8 lost
}

@test "a node that cannot be had, and a feature that no node has" {
    place "constraint: quantum"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"Invalid feature specification"* ]]
    place "nodes: n9"
    run timeout 60 "$SB" run --places here --site site.yaml --output d "${SHORT[@]}"
    [ "$status" != 0 ]
    [[ "$output" == *n9* ]]
}

@test "a held job is taken back, with the reason" {
    place "partition: closed" "hold_limit: 2s"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    words PartitionDown
    ended 8 lost
    [ -z "$(squeue --noheader --name="$(jq -r 'select(.event == "submitting") | .tag' c/journal.jsonl)")" ]
}

@test "a drained node: its job waits for it in vain, the other's passes" {
    hurt drain n1
    place "nodes: n1,n2" "hold_limit: 3s"
    run_here "${SHORT[@]}" --labels triad
    [ "$status" = 4 ]
    words 'ReqNodeNotAvail, UnavailableNodes:n1|not usable|drain'
    ended 1 passed
    ended 1 lost
}

@test "out of memory is told as such, and the other cells pass" {
    place "options: [--mem=100M]"
    run_here stream --presets small,tiny --labels triad --backends cpu --variants portable
    [ "$status" != 0 ]
    ended 1 passed
    ended 1 failed
    [ "$(cat c/records/*.jsonl | jq -r 'select(.state == "failed") | .failure')" = memory ]
    words OUT_OF_MEMORY
}

@test "names that are orders to a shell remain names" {
    name='; touch pwned; $(touch pwned) `touch pwned` %j %% \n '"'"' "'
    mkdir "$name"
    kernels=';touch${IFS}pwned;$(touch${IFS}pwned)%j&' # of a kernel's folder spaces and quotes are refused
    mkdir "$kernels"
    cp -r "$BATS_TEST_DIRNAME/../../kernels/stream" "$kernels/"
    place "constraint: fast" "options: ['--comment=; touch pwned']" "environment: {EVIL: \"'; touch pwned; '\"}"
    run timeout 60 "$SB" run "./$kernels/stream" --presets tiny --labels triad --backends cpu --variants portable \
        --places here --site site.yaml --output "$name/c"
    echo "$output"
    [ "$status" = 0 ]
    [ -s "$name/c/jobs/job-1.end" ]
    [ -e "$name/c/jobs/job-1.log" ]
    [ -z "$(find / -xdev -name pwned -newer site.yaml 2>/dev/null)" ]
}

@test "a requeued job goes on where it was: nothing is computed twice" {
    place "options: [--requeue]"
    background_run nbody --presets tiny --backends cpu --variants portable --precision 0 --samples 0 --budget 2
    wait_until 20 started
    wait_until 20 eval '[ -s c/records/job-1.jsonl ]'
    id=$(jobs_made)
    scontrol requeue "$id"
    wait_until 15 eval '[ "$(squeue --noheader --jobs=$id --format=%T)" = PENDING ]'
    scontrol update jobid="$id" starttime=now # it would wait for two minutes
    wait $driver
    cells=$(jq '.cells | length' c/plan.json)
    ended "$cells" passed
    [ "$(jobs_made | wc -l)" = 1 ]
}

@test "a job that a person cancels is not submitted again" {
    place
    background_run "${LONG[@]}" --budget 60
    wait_until 20 started
    scancel "$(jobs_made)"
    wait $driver || true
    cat told
    words CANCELLED
    ended 1 lost
    [ "$(jobs_made | wc -l)" = 1 ]
}

@test "preempted: it runs again" {
    place "partition: low" "nodes: n1" "exclusive: true"
    background_run "${LONG[@]}" --budget 5
    wait_until 20 started
    sbatch --partition=high --nodelist=n1 --exclusive --output=/dev/null --wrap='sleep 2'
    wait $driver
    words PREEMPTED
    ended 1 passed
}

@test "the driver is killed: the next one takes its job over" {
    place
    background_run "${LONG[@]}" --budget 6
    wait_until 20 started
    kill -9 $driver
    run timeout 60 "$SB" resume c
    echo "$output"
    [ "$status" = 0 ]
    ended 1 passed
    [ "$(jobs_made | wc -l)" = 1 ]
}

@test "the driver is away until Slurm has forgotten the job" {
    place
    hurt forget
    background_run "${LONG[@]}" --budget 3
    wait_until 20 started
    kill -9 $driver
    id=$(jobs_made)
    wait_until 30 eval '! squeue --noheader --states=all --format=%i | grep -qx $id'
    run timeout 60 "$SB" resume c
    echo "$output"
    [ "$status" = 0 ]
    ended 1 passed
    [ "$(jobs_made | wc -l)" = 1 ]
    words 'forgotten'
}

@test "a node declared dead: its runner is stopped, the cell passes elsewhere" {
    place
    background_run "${LONG[@]}" --budget 8
    wait_until 20 started
    runs_on n1
    orphans=$(runners)
    [ -n "$orphans" ]
    hurt kill-daemon n1
    scontrol update nodename=n1 state=down reason=test
    wait_until 20 eval '[ "$(jobs_made | wc -l)" = 2 ]'
    wait_until 20 eval '! kill -0 $orphans'
    wait $driver
    words NODE_FAIL
    ended 1 passed
}

@test "a node without power: the cells pass on the other" {
    place
    background_run "${LONG[@]}" --budget 6
    wait_until 20 started
    runs_on n1
    hurt kill-node n1
    wait_until 60 eval '[ "$(jobs_made | wc -l)" = 2 ]'
    wait $driver
    words NODE_FAIL
    ended 1 passed
}

@test "a node without network: the same, and what it computed alone is not taken in" {
    place
    background_run "${LONG[@]}" --budget 90
    wait_until 20 started
    runs_on n1
    orphans=$(runners)
    hurt cut-network n1
    wait_until 60 eval '[ "$(jobs_made | wc -l)" = 2 ]'
    wait_until 20 eval '! kill -0 $orphans'
    "$SB" cancel c
    wait $driver || true
    words NODE_FAIL
    [ "$(cat c/records/*.jsonl 2>/dev/null | jq -r 'select(.state != "lost") | .cell' | wc -l)" -le 1 ]
}

@test "a full queue and a slow controller only cost time" {
    place
    hurt full-queue
    background_run "${SHORT[@]}"
    sleep 3
    "$TESTBED" slurm fault heal
    wait $driver
    ended 8 passed
    hurt slow-controller
    run timeout 100 "$SB" run --places here --site site.yaml --output d "${SHORT[@]}"
    echo "$output"
    [ "$status" = 0 ]
}

@test "the time limit of a job ends its cell, in Slurm's words" {
    cd "$BATS_FILE_TMPDIR"
    run timeout 100 "$SB" wait late
    echo "$output"
    rm -rf c && cp -r late c
    words TIMEOUT
    ended 1 failed
    [ "$(cat c/records/*.jsonl | jq -r 'select(.state == "failed") | .failure')" = time_limit ]
}
