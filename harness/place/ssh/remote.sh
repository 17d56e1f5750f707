# SPDX-License-Identifier: Apache-2.0
# What the ssh scheduler runs on a host: /bin/sh -s reads this and, below it, calls of the functions with quoted words.
# POSIX sh and Linux's /proc. Nothing stays on the host but a job's own supervisor, a shell, which ends with the job.
#
#   $R/j/<tag>/  a job: host run.sh {log,records,events}-path pid started session limit cancelled end
#   $R/c/<tag>/  what was copied of its campaign      $R/p/<hash>/  the programs      $R/lock  one job at a time
set -u
umask 077
LC_ALL=C
export LC_ALL

sb_root() { # the place's scratch, or nothing
    R=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/switchbench/ssh}
    mkdir -p "$R/j" "$R/c" "$R/p" || exit 3
}
sb_stat() { # pid: sets born and session; fails where it does not run
    { read -r sb_line <"/proc/$1/stat"; } 2>/dev/null || return 1
    set -- ${sb_line##*) }
    case $1 in Z | X) return 1 ;; esac
    session=$4 born=${20}
}
sb_alive() { # "pid:start"
    sb_stat "${1%%:*}" && [ "$born" = "${1#*:}" ]
}
sb_members() { # session, tag: pids of both
    for sb_file in /proc/[0-9]*/stat; do
        sb_pid=${sb_file#/proc/}
        sb_pid=${sb_pid%/stat}
        if sb_stat "$sb_pid" && [ "$session" = "$1" ]; then echo "$sb_pid"; fi
    done
    grep -lzxF -- "SWITCHBENCH_TAG=$2" /proc/[0-9]*/environ 2>/dev/null | sed 's,[^0-9],,g'
}
sb_signal() { # signal, pids…
    sb_name=$1
    shift
    [ $# -eq 0 ] || kill -s "$sb_name" "$@" 2>/dev/null
}
sb_end() { # job's folder, tag: its processes get five seconds
    sb_session=$(cat "$1/session" 2>/dev/null) || return 0
    sb_signal TERM $(sb_members "$sb_session" "$2")
    for sb_turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        sb_left=$(sb_members "$sb_session" "$2")
        [ -n "$sb_left" ] || return 0
        sleep 0.2
    done
    sb_signal KILL $sb_left
}
sb_put() { # file, text: whole or not at all
    printf '%s\n' "$2" >"$1.new" && mv -f "$1.new" "$1"
}
sb_supervise() { # folder, tag, limit in s, log, lock: is a job's own process from here on
    sb_stat "$$" && sb_put "$1/pid" "$$:$born"
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$5" && flock 9
    fi
    [ ! -e "$1/cancelled" ] || exit 0
    SWITCHBENCH_TAG=$2 setsid /bin/bash "$1/run.sh" </dev/null >>"$4" 2>&1 9>&- &
    sb_job=$!
    sb_put "$1/session" "$sb_job"
    sb_put "$1/started" now
    (
        trap 'kill "$sb_sleep" 2>/dev/null; exit 0' TERM
        sleep "$3" 9>&- >/dev/null 2>&1 &
        sb_sleep=$!
        wait "$sb_sleep"
        : >"$1/limit"
        sb_end "$1" "$2"
    ) 9>&- &
    sb_dog=$!
    wait "$sb_job"
    sb_put "$1/end" $?
    kill -s TERM "$sb_dog" 2>/dev/null
    sb_signal KILL $(sb_members "$sb_job" "$2") # what it left behind
    exit 0
}
sb_submit() { # tag, host, limit in s, log, records, events, script, this text
    sb_folder=$R/j/$1
    if [ -d "$sb_folder" ] && [ ! -e "$sb_folder/pid" ] && [ -n "$(find "$sb_folder" -prune -mmin +1)" ]; then
        rm -rf "$sb_folder" # a submission that was cut off before it started anything
    fi
    if mkdir "$sb_folder" 2>/dev/null; then
        printf '%s\n' "$2" >"$sb_folder/host"
        printf '%s\n' "$4" >"$sb_folder/log-path"
        printf '%s\n' "$5" >"$sb_folder/records-path"
        printf '%s\n' "$6" >"$sb_folder/events-path"
        printf '%s' "$7" >"$sb_folder/run.sh"
        mkdir -p "$(dirname "$4")" "$(dirname "$5")" "$(dirname "$6")"
        printf '%s\nsb_supervise "$@"\n' "$8" >"$sb_folder/supervise.sh"
        setsid /bin/sh "$sb_folder/supervise.sh" "$sb_folder" "$1" "$3" "$4" "$R/lock" </dev/null >/dev/null 2>&1 &
    fi
    for sb_turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        [ ! -e "$sb_folder/pid" ] || break
        sleep 0.2
    done
    sb_report "$1"
}
sb_bytes() { # file named in a file
    sb_name=$(cat "$1" 2>/dev/null) && [ -f "$sb_name" ] && wc -c <"$sb_name" || echo 0
}
sb_report() { # tag: one line of words
    sb_folder=$R/j/$1
    sb_id=$(cat "$sb_folder/pid" 2>/dev/null) || sb_id=-
    sb_code=$(cat "$sb_folder/end" 2>/dev/null) || sb_code=-
    sb_state=lost
    if [ ! -d "$sb_folder" ]; then sb_state=unknown
    elif [ "$sb_id" = - ]; then sb_state=starting
    elif sb_alive "$sb_id" && [ "$sb_code" = - ]; then
        if [ -e "$sb_folder/started" ]; then sb_state=running; else sb_state=waiting; fi
    elif [ -e "$sb_folder/cancelled" ]; then sb_state=cancelled
    elif [ -e "$sb_folder/limit" ]; then sb_state=limit
    elif [ "$(cat "$sb_folder/end" 2>/dev/null)" ]; then sb_state=ended sb_code=$(cat "$sb_folder/end"); fi
    # the sizes after the state: what was there at the end is counted
    echo "$1 $sb_state $sb_code $sb_id" $(sb_bytes "$sb_folder/records-path") $(sb_bytes "$sb_folder/events-path") $(sb_bytes "$sb_folder/log-path")
}
sb_find() { # beginning of tags, host: those that were submitted under this name of the host
    for sb_job in "$R/j/$1"*; do
        [ "$(cat "$sb_job/host" 2>/dev/null)" != "$2" ] || sb_report "${sb_job##*/}"
    done
}
sb_cancel() { # tag
    sb_folder=$R/j/$1
    [ -d "$sb_folder" ] && [ ! -e "$sb_folder/end" ] || return 0
    : >"$sb_folder/cancelled"
    sb_end "$sb_folder" "$1"
    sb_id=$(cat "$sb_folder/pid" 2>/dev/null) || return 0
    if [ -e "$sb_folder/started" ]; then sleep 0.2; fi
    if sb_alive "$sb_id"; then sb_signal KILL $(sb_members "${sb_id%%:*}" "$1"); fi
}
sb_unpack() { # folder, marker: a tar archive from stdin, unless it is there
    rm -rf "$1.new" && mkdir -p "$1.new" && base64 -d | tar -xzf - -C "$1.new" && rm -rf "$1" && mv "$1.new" "$1" || exit 3
}
sb_tail() { # job's folder entry ("records-path"), tag, from byte, at most
    sb_name=$(cat "$R/j/$2/$1" 2>/dev/null) && [ -f "$sb_name" ] && tail -c "+$3" "$sb_name" | head -c "$4"
    return 0
}
sb_forget() { # tag
    rm -rf "$R/j/$1" "$R/c/$1"
}
