#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ranks on hosts without ssh, as the pods of an indexed Job are: two network namespaces with names of their own, agents of
# the runner, real mpirun and orted between them. Needs root and iproute2.

setup_file() {
    export DIR=$(mktemp -d)
    export SWITCHBENCH_CACHE=$DIR/cache
    export RUNNER=$SWITCHBENCH_BIN/switchbench-runner
    [ "$(id -u)" = 0 ] || { echo "run as root: two network namespaces are made" >&2; return 1; }
    command -v mpirun ip nsenter >/dev/null || { echo "install openmpi-bin and iproute2" >&2; return 1; }
    local n i
    for n in a b; do ip netns add "sbr$$$n"; done
    ip link add "sbr$$x" netns "sbr$$a" type veth peer name "sbr$$y" netns "sbr$$b"
    ip -n "sbr$$a" addr add 10.79.0.1/24 dev "sbr$$x"
    ip -n "sbr$$b" addr add 10.79.0.2/24 dev "sbr$$y"
    for i in a/x b/y; do
        ip -n "sbr$$${i%/*}" link set lo up
        ip -n "sbr$$${i%/*}" link set "sbr$$${i#*/}" up
    done
    export NETS=sbr$$
    printf '127.0.0.1 localhost\n10.79.0.1 pod-0.svc pod-0\n10.79.0.2 pod-1.svc pod-1\n' >"$DIR/hosts"
    head -c 24 /dev/urandom | base64 >"$DIR/token"
    cat >"$DIR/in" <<'END'
#!/bin/bash
# in INDEX COMMAND…: on that host
n=$([ "$1" = 0 ] && echo a || echo b)
export JOB_COMPLETION_INDEX=$1
shift
exec nsenter --net="/run/netns/$NETS$n" unshare --mount --uts sh -c \
    'hostname "pod-$0" && mount --bind "$DIR/hosts" /etc/hosts && exec "$@"' "$JOB_COMPLETION_INDEX" "$@"
END
    chmod +x "$DIR/in"
    export SWITCHBENCH_RANK_HOSTS=pod-0.svc,pod-1.svc SWITCHBENCH_RANK_TOKEN=$DIR/token
}

teardown_file() {
    local n
    for n in a b; do
        ip netns pids "$NETS$n" 2>/dev/null | xargs -r kill -9
        ip netns del "$NETS$n" 2>/dev/null
    done
    rm -rf "$DIR"
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
}

teardown() {
    ip netns pids "${NETS}b" | xargs -r kill -9
}

job() { # kernel, options: a job file for two ranks
    rm -rf "$DIR/plan"
    env -u SWITCHBENCH_RANK_HOSTS SWITCHBENCH_MPIRUN=no-mpirun "$SWITCHBENCH_BIN/switchbench" run "$@" --presets tiny \
        --backends cpu --ranks 2 --samples 3 --output "$DIR/plan" >/dev/null 2>&1 || true
    cp "$DIR"/plan/jobs/job-1.json "$DIR/job.json"
}

agent() { # on pod-1, in the background
    "$DIR/in" 1 "$RUNNER" "$DIR/job.json" >"$DIR/agent.log" 2>&1 3>&- &
    AGENT=$!
}

first() { # the first host's runner: its records in $DIR/records
    "$DIR/in" 0 timeout 120 "$RUNNER" "$DIR/job.json" >"$DIR/all" 2>"$DIR/head.log" 3>&- || STATUS=$?
    jq -c 'select(.state)' "$DIR/all" >"$DIR/records"
    cat "$DIR/head.log" "$DIR/agent.log"
}

agent_ends() { # with this code, soon
    local i
    for i in $(seq 100); do
        kill -0 "$AGENT" 2>/dev/null || break
        sleep 0.1
    done
    local code=0
    wait "$AGENT" || code=$?
    [ "$code" = "$1" ]
    [ -z "$(ip netns pids "${NETS}b")" ]
}

@test "two hosts, one rank on each: all pass, and the agent ends with the job" {
    job halo mpi_basic
    agent
    STATUS=0
    first
    [ "$STATUS" = 0 ]
    [ "$(jq -r .state "$DIR/records" | sort | uniq -c | xargs)" = "11 passed" ]
    [ "$(jq -c '[.mpi.nodes, .mpi.ranks_per_node]' "$DIR/records" | sort -u)" = '[["pod-0","pod-1"],[1,1]]' ]
    agent_ends 0
}

@test "the agent comes late: it is waited for" {
    job mpi_basic --labels sum
    STATUS=0
    (sleep 2 && exec "$DIR/in" 1 "$RUNNER" "$DIR/job.json" >"$DIR/agent.log" 2>&1) 3>&- &
    AGENT=$!
    first
    [ "$(jq -r .state "$DIR/records")" = passed ]
    agent_ends 0
}

@test "the rank on the other host crashes: told, and the cells that are left run" {
    mkdir -p "$DIR/crashy"
    local file
    for file in kernels/mpi_basic/mpi_basic*; do
        sed "s/mpi_basic/crashy/g" "$file" >"$DIR/crashy/$(basename "$file" | sed "s/mpi_basic/crashy/")"
    done
    sed -i 's/uint32_t x = seeds/if (rank == 1u \&\& n == 1) __builtin_trap(); &/' "$DIR/crashy/crashy.dev.c"
    job "$DIR/crashy"
    agent
    STATUS=0
    first
    [ "$STATUS" = 0 ]
    jq -r 'select(.parameters.n == 1) | .reason' "$DIR/records" | grep -c '^rank 1: .*signal' | grep -x 2
    [ "$(jq -r 'select(.parameters.n > 1) | .state' "$DIR/records" | sort | uniq -c | xargs)" = "5 passed" ]
    agent_ends 0
}

@test "strangers learn nothing and stop nothing" {
    job mpi_basic --labels sum
    agent
    sleep 1
    for words in '' 'GET / HTTP/1.0' "$(printf 'a%.0s' $(seq 200))"; do
        "$DIR/in" 0 bash -c "exec 7<>/dev/tcp/pod-1.svc/17011; printf '%s' '$words' >&7; timeout 7 cat <&7 | wc -c" || true
    done
    printf 'another secret, long enough' >"$DIR/token2"
    run env SWITCHBENCH_RANK_TOKEN="$DIR/token2" "$DIR/in" 0 "$RUNNER" --on pod-1.svc touch "$DIR/broken-into"
    [ "$status" = 4 ]
    sleep 0.5
    [ ! -e "$DIR/broken-into" ]
    run env SWITCHBENCH_RANK_TOKEN="$DIR/token2" "$DIR/in" 0 "$RUNNER" "$DIR/job.json"
    [ "$status" = 4 ]
    [[ "$output" == *"knows another secret"* ]]
    STATUS=0
    first
    [ "$(jq -r .state "$DIR/records")" = passed ]
    agent_ends 0
    grep -c 'a stranger called' "$DIR/agent.log" | grep -x 5
}

@test "a command there: its exit code here, and with us it ends" {
    job mpi_basic --labels sum
    agent
    sleep 1
    run "$DIR/in" 0 "$RUNNER" --on pod-1.svc exit 7
    [ "$status" = 7 ]
    "$DIR/in" 0 "$RUNNER" --on pod-1.svc exec sleep 61 3>&- &
    local caller=$!
    sleep 1
    ip netns pids "${NETS}b" | xargs ps -o args= -p | grep 'sleep 61'
    kill -9 $caller
    sleep 1.5
    ! ip netns pids "${NETS}b" | xargs ps -o args= -p | grep 'sleep 61'
}

@test "the first host is killed: the agent ends, and no rank is left" {
    job mpi_basic --labels latency --set rounds=100000 --precision 0 --budget 100s --samples 0
    agent
    "$DIR/in" 0 "$RUNNER" "$DIR/job.json" >/dev/null 2>&1 3>&- &
    local head=$! i
    for i in $(seq 100); do
        ip netns pids "${NETS}b" | xargs ps -o args= -p | grep -q -- --ranked && break
        sleep 0.1
    done
    ip netns pids "${NETS}b" | xargs ps -o args= -p | grep -- --ranked
    kill -9 $head
    agent_ends 0
}

@test "settings that mean nothing are refused, each with its sentence" {
    job mpi_basic --labels sum
    printf 'short' >"$DIR/token3"
    while IFS='|' read -r setting words; do
        run env "$setting" "$RUNNER" --agent
        echo "$setting: $output"
        [ "$status" = 2 ]
        [[ "$output" == *"$words"* ]]
    done <<END
SWITCHBENCH_RANK_HOSTS=|names no hosts
SWITCHBENCH_RANK_HOSTS=a,,b|is no host name
SWITCHBENCH_RANK_HOSTS=a;touch x|is no host name
SWITCHBENCH_RANK_HOSTS=-oProxyCommand=x|is no host name
SWITCHBENCH_RANK_TOKEN=|names no file
SWITCHBENCH_RANK_TOKEN=$DIR/token3|a secret has 16 to
SWITCHBENCH_RANK_PORT=0|expected a number
SWITCHBENCH_RANK_PORT=99999|expected a number
SWITCHBENCH_RANKS_PER_NODE=x|expected a number
END
}
