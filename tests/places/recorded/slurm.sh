#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings jobs into every state that a Slurm test bed, freshly up, can have, and records what its commands say: slurm.sh BED FOLDER.
# Formats are those of harness/place/slurm: where they change, record anew.
set -euo pipefail
bed=$1 out=$2
mkdir -p "$out"
rm -f "$out"/*.txt
eval "$("$(dirname "${BASH_SOURCE[0]}")/../../../scripts/testbed" "$bed" env)"
export SLURM_CONF PATH
first=$(sinfo --noheader --Node --partition=debug --format=%N | head -n 1)
last=$(sinfo --noheader --Node --partition=debug --format=%N | tail -n 1)
jobs="JobID:20|,State:20|,exit_code:12|,RestartCnt:12|,NodeList:128|,ReqNodes:128|,Reason:128|,ReasonList:128|,Name:140"

record() { squeue --noheader --states=all --user="$(id -u)" --Format "$jobs" >"$out/$1.txt"; }
submit() { # name, arguments: prints the job's number
    local name=c.$1
    shift
    sbatch --parsable --job-name="$name" --output=/dev/null "$@" 2>>"$out/sbatch.txt"
}
await() { # job, state
    local i
    for ((i = 0; i < 600; ++i)); do
        [ "$(squeue --noheader --states=all --jobs="$1" --format=%T)" != "$2" ] || return 0
        sleep 0.2
    done
    echo "job $1 never was $2" >&2
    return 1
}

timeout=$(submit timeout --no-requeue --time=1 --nodelist="$last" --wrap='sleep 200')
submit "done" --wrap=true
submit exit7 --wrap='exit 7'
submit segv --wrap='kill -SEGV $$'
oom=$(submit oom --mem=60 --wrap='x=$(head -c 300000000 /dev/zero | tr "\0" x)')
submit held --hold --wrap=true
submit closed --partition=closed --wrap=true
submit toolong --partition=short --time=100 --wrap=true
for wrong in --constraint=nope --nodelist=n7 --partition=nope --gres=gpu:9 --mem=99999999 --nonsense --time=x --gres=foo:1; do
    echo "## $wrong" >>"$out/sbatch.txt"
    ! submit refused $wrong --wrap=true
done
submit never --dependency=afterok:$timeout --wrap=true
submit later --begin=now+1hour --wrap=true
await "$oom" OUT_OF_MEMORY
cancelled=$(submit cancelled --nodelist="$first" --wrap='sleep 100')
await "$cancelled" RUNNING
scancel "$cancelled" "$(submit cancelled_queued --hold --wrap=true)"
await "$cancelled" CANCELLED
suspended=$(submit suspended --nodelist="$first" --wrap='sleep 100')
await "$suspended" RUNNING
scontrol suspend "$suspended"
await "$suspended" SUSPENDED
running=$(submit running --nodelist="$first" --wrap='sleep 300')
await "$running" RUNNING
scontrol update nodename="$last" state=drain reason=x
sleep 3
pinned=$(submit pinned --nodelist="$last" --wrap=true)
sleep 3
record states1
sinfo --noheader --format "%P|%a|%c|%m|%G|%f|%l" >"$out/sinfo_partitions.txt"
sinfo --noheader --format "%N|%P|%T|%G|%f" --Node >"$out/sinfo_nodes.txt"
scancel "$suspended" "$running" "$pinned"
await "$running" CANCELLED

requeued=$(submit requeued --nodelist="$first" --wrap='sleep 100')
hold=$(submit requeue_hold --nodelist="$first" --wrap='sleep 100')
await "$requeued" RUNNING
await "$hold" RUNNING
scontrol requeue "$requeued"
scontrol requeuehold "$hold"
await "$requeued" PENDING
await "$hold" PENDING
record states2
scancel "$requeued" "$hold"
scontrol update nodename="$last" state=resume

preempted=$(submit preempted --nodelist="$first" --partition=low --exclusive --wrap='sleep 100')
await "$preempted" RUNNING
preempting=$(submit preempting --nodelist="$first" --partition=high --exclusive --wrap='sleep 2')
await "$preempted" PREEMPTED
record states3
await "$preempting" COMPLETED

failed=$(submit nodefail --no-requeue --nodelist="$first" --wrap='sleep 200')
again=$(submit nodefail_requeue --requeue --nodelist="$first" --wrap='sleep 200')
await "$failed" RUNNING
await "$again" RUNNING
scontrol update nodename="$first" state=down reason=test # it registers again by itself
sleep 2
record states4
two=$(submit two --nodes=2 --wrap='sleep 300')
await "$two" RUNNING
await "$timeout" TIMEOUT
sleep 2
record states5
sacct --noheader --parsable2 --allocations --format JobIDRaw,State,ExitCode,NodeList,JobName >"$out/sacct.txt" 2>&1 || true
scancel --user="$(id -u)"
