# SPDX-License-Identifier: Apache-2.0
# What test beds share. Sourced by scripts/testbed, which sets bed (its name), state (its folder) and shared (readable by all).

say() { echo "testbed $bed: $*"; }
die() {
    echo "testbed $bed: $*" >&2
    exit 4
}
last_words() { # daemon: the end of its log
    [ ! -s "$state/log/$1.log" ] || { echo "--- the last words of $1:" >&2 && tail -n "${2:-15}" "$state/log/$1.log" >&2; }
}
born() { # pid: when it started, in clock ticks since boot; a pid is used again, its start is not. Empty: there is none
    local line
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    line=${line##*) }
    set -- $line
    [ "$1" = Z ] || echo "${20}"
}
close_files() { # all but the standard streams: a daemon keeps no lock and no caller's pipe open
    local file
    for file in "/proc/$BASHPID/fd/"*; do
        file=${file##*/}
        [ "$file" -le 2 ] || eval "exec $file>&-"
    done
}
start() { # name, command…: in the background, with run/NAME.pid and log/NAME.log. What it runs must stay in that process
    local name=$1 pid
    shift
    ! running "$name" || return 0
    (close_files && exec setsid "$@" </dev/null >>"$state/log/$name.log" 2>&1) &
    pid=$!
    echo "$pid $(born $pid)" >"$state/run/$name.pid"
}
pid_of() { # name: its pid; fails where it does not run
    local pid start
    read -r pid start 2>/dev/null <"$state/run/$1.pid" || return 1
    [ -n "$start" ] && [ "$(born "$pid")" = "$start" ] && echo "$pid"
}
running() { pid_of "$1" >/dev/null; }
other_owner() { # the folder that has this machine's bed up, where it is not $state; fails where there is none
    local folder file
    folder=$(cat "$shared/owner" 2>/dev/null) && [ -n "$folder" ] && [ ! "$folder" -ef "$state" ] || return 1
    for file in "$folder/run/"*.pid; do
        ! (state=$folder && running "$(basename "$file" .pid)") || { echo "$folder" && return 0; }
    done
    return 1
}
wait_for() { # seconds, what for, daemon whose log tells ("" for none), command…: until the command succeeds
    local seconds=$1 what=$2 daemon=$3 i
    shift 3
    for ((i = 0; i < seconds * 10; ++i)); do
        ! "$@" >/dev/null 2>&1 || return 0
        [ -z "$daemon" ] || running "$daemon" || break
        sleep 0.1
    done
    [ -z "$daemon" ] || last_words "$daemon"
    [ -z "$daemon" ] || running "$daemon" || die "$daemon has ended while waiting for $what"
    die "$what did not come within $seconds s"
}
stop() { # name [signal [seconds]]: ends it, with KILL where it does not go
    local pid i
    if pid=$(pid_of "$1"); then
        kill -"${2:-TERM}" "$pid" 2>/dev/null || true
        for ((i = 0; i < ${3:-5} * 20; ++i)); do
            [ -n "$(born "$pid")" ] || break
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$state/run/$1.pid"
}
stop_all() { # the youngest first
    local file
    while read -r file; do
        stop "$(basename "$file" .pid)"
    done < <(ls -t "$state/run/"*.pid 2>/dev/null)
}
kill_inside() { # namespace: every process in it
    local i pids
    for i in 1 2 3 4 5 6 7 8 9 10; do
        pids=$(ip netns pids "$1" 2>/dev/null) || return 0
        [ -n "$pids" ] || return 0
        # shellcheck disable=SC2086
        kill -KILL $pids 2>/dev/null || true
        sleep 0.1
    done
}
bridge() { # name, address/bits
    ip link add "$1" type bridge
    ip addr add "$2" dev "$1"
    ip link set "$1" up
}
namespace() { # name, bridge, address/bits: a network namespace with eth0 on the bridge
    ip netns add "$1"
    ip link add "v-$1" type veth peer name eth0 netns "$1"
    ip link set "v-$1" master "$2" up
    ip -n "$1" addr add "$3" dev eth0
    ip -n "$1" link set eth0 up
    ip -n "$1" link set lo up
}
namespaces_down() { # bridge, namespaces…
    local bridge=$1 name
    shift
    for name in "$@"; do
        kill_inside "$name"
        ip link del "v-$name" 2>/dev/null || true
        ip netns del "$name" 2>/dev/null || true
    done
    ip link del "$bridge" 2>/dev/null || true
}
cgroups_down() { # folder names (patterns) right below each hierarchy: ends what is inside, then removes them
    local pattern folder procs i
    for pattern in "$@"; do
        # shellcheck disable=SC2086
        for folder in /sys/fs/cgroup/$pattern /sys/fs/cgroup/*/$pattern; do
            [ -d "$folder" ] || continue
            for i in 1 2 3 4 5; do
                procs=$(find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null)
                # shellcheck disable=SC2086
                [ -z "$procs" ] || kill -KILL $procs 2>/dev/null || true
                ! find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || break
                sleep 0.2
            done
        done
    done
}
unmount_below() { # folder: all mounts at and below it, the deepest first
    local at
    awk -v root="$1" '$5 == root || index($5, root "/") == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r at; do
        umount -l "$(printf '%b' "$at")" 2>/dev/null || true
    done
}
