#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `run --counters`, `list counters` and what `show` says of them, with the counters that every kernel keeps (perf_event's software ones).

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

triad() { # options…: one cell, in c/
    sb run stream -p tiny -b cpu --labels triad --variants portable --samples 20 --budget 0.2 -o c "$@"
}

refuse() { # sentence, words: before anything runs
    run triad --counters "$2"
    [ "$status" -eq 2 ] || { echo "$2: $status"; false; }
    [[ "$output" == *"$1"* ]] || { echo "$output"; false; }
    [ ! -e c ]
}

@test "words that are none are refused before anything runs" {
    refuse "no source 'perf_evnt'; did you mean 'perf_event'?" perf_evnt
    refuse "no source 'perf_evnt'; did you mean 'perf_event'?" perf_evnt:cycles
    refuse "expected at least one value" ,
    refuse "expected SOURCE:EVENT+EVENT" perf_event:
    refuse "expected SOURCE:EVENT+EVENT" perf_event:+task-clock
    refuse "expected SOURCE:EVENT+EVENT" perf_event:task-clock+
    refuse "expected SOURCE:EVENT+EVENT" perf_event:task-clock++page-faults
    refuse "'auto' takes no events" auto:cycles
    refuse "is no event: it has 128 bytes, a name at most 127" "perf_event:cycles+$(printf 'x%.0s' {1..128})"
    refuse "not printable UTF-8" $'perf_event:\xff\xfe'
    refuse "not printable UTF-8" $'perf_event:cycles\ncycles'
    run sb list counters $'perf_event:\xff'
    [ "$status" -eq 2 ]
}

@test "an unknown event ends with the closest one, before anything runs" {
    refuse "no event 'task-clok'; did you mean 'task-clock'?" perf_event:task-clok
    refuse "no event 'cycls'; did you mean 'cycles'?" auto,perf_event:task-clock+cycls
    refuse "no metric 'ipcc'; did you mean 'ipc'?" perf_event:ipcc
    refuse "no PMU 'cpv'" "perf_event:cpv/event=1/"
}

@test "elsewhere than here events are the node's own: they are not asked about" {
    cat >site.yaml <<END
places:
  there: {scheduler: slurm, partition: none}
END
    run triad --site site.yaml --places there --counters perf_event:of_another_machine --dry-run
    [[ "$output" != *"no event"* ]]
}

@test "an event that is known and cannot count here is no error: the record and the summary say why" {
    triad --counters "perf_event:amd_df/event=1/+task-clock+hisi_sccl1_ddrc0/event=2/" >told
    grep -A2 '^not counted:' told | grep -q "perf_event does not count amd_df/event=1/: .*has no PMU 'amd_df'"
    sb show c triad --json | jq -e '.state == "passed" and (.counters.sources[0] |
        .state == "read" and (.events | map(.name)) == ["task-clock"] and (.refused | length) == 2)'
}

@test "the summary has a line for each source and reason, not for each cell" {
    sb run stream -p tiny -b cpu --labels triad,copy --samples 5 --budget 0.1 -o c \
        --counters "perf_event:task-clock+nvidia_x/a=1/+nvidia_x/a=2/" >told
    [ "$(grep -c 'perf_event does not count' told)" -eq 1 ]
    grep -q 'perf_event does not count nvidia_x/a=1/, nvidia_x/a=2/: ' told
}

@test "counters of the kernel count here, and show tells them" {
    triad --counters perf_event:task-clock+page-faults >/dev/null
    sb show c triad --json | jq -e '.counters.sources | length == 1 and (.[0] |
        .source == "perf_event" and .passes == 1 and .repetitions >= 5 and .slowdown > 0 and
        (.events | length == 2 and all(.running == 1 and .windows >= 1 and .low <= .value and .value <= .high)) and
        .events[0].value > 0 and .events[0].unit == "ns")'
    sb show c triad >shown
    grep -q 'perf_event (Linux .*): .* repetitions in 1 pass, the fastest .* times as long as uncounted' shown
    grep -q '^task-clock .*ns' shown
}

@test "without --counters there are none" {
    triad >told
    ! grep -q 'not counted' told
    sb show c triad --json | jq -e '.counters == null'
}

@test "ranks: the first one counts itself while all of them work" {
    command -v mpirun >/dev/null
    sb run mpi_basic -p tiny -b cpu --samples 5 --budget 0.1 --ranks 2 -j 1 -o c --counters perf_event:task-clock
    cat c/records/*.jsonl | jq -se 'length > 0 and all(.[]; .state == "passed" and .counters.sources[0].events[0].value > 0)'
}

@test "list counters: sources, the events of one, and whether one counts" {
    sb list counters --json | jq -e '[.[] | select(.source == "perf_event")][0].here == "yes"'
    sb list counters --json | jq -e 'all(.[]; .here == "yes" or (.found | length > 20))'
    sb list counters perf_event --csv | grep -q '^perf_event,dTLB-load-misses,1,thread,'
    sb list counters perf_event:task-clock --json | jq -e '.[0].counts == "yes"'
    run sb list counters perf_event:task-clok
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'task-clock'?"* ]]
    sb list counters "perf_event:hisi_x/a=1/" --json | jq -e '.[0] | .counts == "no" and (.help | test("has no PMU"))'
    run sb list counters perf_evnt
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'perf_event'?"* ]]
}

@test "a PMU of this machine's own" {
    [ -e /sys/bus/event_source/devices/msr/events/tsc ] || skip "this machine has no PMU msr"
    [ "$(id -u)" = 0 ] || skip "only root counts msr/tsc/ at the usual kernel.perf_event_paranoid"
    triad --counters perf_event:msr/tsc/ >/dev/null
    sb show c triad --json | jq -e '.counters.sources[0].events[0].value > 0'
    rm -r c
    triad --counters perf_event:msr >/dev/null # all that it lists
    sb show c triad --json | jq -e '.counters.sources[0].events | map(.name) | contains(["msr/tsc/"])'
}

@test "list counters of several: what is here is listed, what is not says why, and none is an error" {
    export SWITCHBENCH_NVML=/nowhere/libnvml.so SWITCHBENCH_CUPTI=/nowhere/libcupti.so
    sb list counters nvml perf_event:task-clock --csv >out 2>err
    cat out err
    grep -q '^perf_event,task-clock,' out
    [[ "$(cat err)" == "switchbench: nvml: "*"/nowhere/libnvml.so"* ]]
    run sb list counters nvml cupti
    [ "$status" -eq 6 ]
    [[ "$output" == "switchbench: nvml: "* ]]
    run sb list counters nvml perf_event:task-clok
    [ "$status" -eq 2 ]
}
