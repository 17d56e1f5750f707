#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# PBS, Torque, LSF and Flux cannot be had here. Their commands stand in for them (tests/fakes/batch): these take the manuals' options and
# no others, run the jobs for real, and answer in the published formats. What a real installation does, this does not show.

load places

setup_file() {
    export SB=$SWITCHBENCH_BIN/switchbench SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    export SB_FAKE_MINUTE=6 # LSF counts in minutes
    unset SWITCHBENCH_SITE
    mkdir "$BATS_FILE_TMPDIR/bin"
    for name in qsub qstat qselect qdel bsub bjobs bkill flux; do
        ln -s "$BATS_TEST_DIRNAME/../fakes/batch/batch.py" "$BATS_FILE_TMPDIR/bin/$name"
    done
    export PATH=$BATS_FILE_TMPDIR/bin:$PATH
}
setup() {
    cd "$BATS_TEST_TMPDIR"
    export SB_FAKE_BATCH=$BATS_TEST_TMPDIR/server
    mkdir "$SB_FAKE_BATCH"
}
teardown() {
    for pid in $(cat "$SB_FAKE_BATCH"/*/started 2>/dev/null); do
        kill -KILL -- "-$pid" 2>/dev/null || true
    done
}
each() { # function and arguments, for every system
    local system
    for system in pbs torque lsf flux; do
        echo "--- $system"
        export SCHEDULER=${system/torque/pbs} SB_FAKE_DIALECT=$system
        mkdir "$BATS_TEST_TMPDIR/$system"
        cd "$BATS_TEST_TMPDIR/$system"
        "$@"
    done
}

@test "a campaign passes" { each passes; }
@test "hostile names of kernel folder and campaign" { each hostile_names; }
@test "a runner that is not there: tried again, then lost with the job's words" { each fails_with_words; }
@test "the time limit ends the job and its processes" { each time_limit; }
@test "cancel ends the job and its processes" { each cancelled; }
@test "kill -9 of the driver: the job is found again" { each driver_killed; }
@test "a held job is taken back" {
    of_system() {
        case $SB_FAKE_DIALECT in
        pbs | torque) held "held (u)" 'options: ["-h"]' ;;
        lsf) held "PSUSP: suspended by the user while pending" 'options: ["-H"]' ;;
        flux) held "urgency 0 holds it" 'options: ["--urgency=hold"]' ;;
        esac
    }
    each of_system
}
@test "what the command refuses is told at once" {
    refused() {
        place "partition: nosuch"
        run_here "${SHORT[@]}"
        [ "$status" = 4 ]
        [[ "$output" == *queue* ]]
        [ "$(jobs_made)" = 0 ]
    }
    each refused
}
@test "a server that is away for a while loses nothing" {
    away() {
        place
        "$SB" run "${MEDIUM[@]}" --places here --site site.yaml --output c >told 2>&1 3>&- &
        local driver=$!
        wait_until 60 started
        touch "$SB_FAKE_BATCH/down"
        sleep 5
        rm "$SB_FAKE_BATCH/down"
        wait $driver
        ended 2 passed
        [ "$(jobs_made)" = 1 ]
    }
    each away
}
@test "resources, nodes and accounts are asked for in each system's words" {
    asked() { # words that its submit command must have had
        place "cores: 2" "memory: 1GiB" "gpus: 1" "account: lab" "partition: fast" "exclusive: true"
        run_here "${SHORT[@]}"
        [ "$status" = 0 ]
        grep -E '^\["(qsub|bsub|flux", "submit)"' "$SB_FAKE_BATCH/log" | tail -n 1 >line
        cat line
        local word
        for word in "$@"; do grep -qF -- "$word" line || { echo "not asked for: $word"; return 1; }; done
    }
    of_system() {
        case $SB_FAKE_DIALECT in
        pbs) asked '"-q", "fast"' '"-A", "lab"' '"select=1:ncpus=2:mem=1048576kb:ngpus=1"' '"place=excl"' '"walltime=01:00:00"' ;;
        torque) asked '"nodes=1:ppn=2:gpus=1"' '"mem=1048576kb"' ;;
        lsf) asked '"-n", "2"' '"span[hosts=1]"' '"-M", "1024MB"' '"num=1"' '"-x"' '"-P", "lab"' '"-W", "60"' ;;
        flux) asked '"--cores-per-task=2"' '"--gpus-per-task=1"' '"--exclusive"' '"--queue=fast"' '"--bank=lab"' '"--time-limit=3600s"' ;;
        esac
    }
    each of_system
}
