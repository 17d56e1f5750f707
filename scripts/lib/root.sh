# SPDX-License-Identifier: Apache-2.0
# A bed in a Debian root of its own: an overlay over a kept root, in mount, process, name and network namespaces of its own, so that
# one kill ends all and nothing is left. Sourced by beds after testbed.sh. The host's folders in root_shares stand there at the same paths.
#
#   root_build SUITE PACKAGES…       makes $state/root once (mmdebstrap; name it in bed_keep)
#   root_add SUITE PACKAGE           one more into it, from another suite
#   root_up                          starts it, as host bed_host with bed_address on its loopback interface
#   root_run COMMAND…                runs something in it, as root
#   root_daemon, root_user_daemon NAME COMMAND…   in the background, log/NAME.log
#   root_commands COMMANDS…          wrappers in $state/bin, so that they work from outside;   root_down
# With root_user=1 daemons and commands run in a user namespace where the host's root is the ordinary user "bench" (1000): for schedulers
# that take no jobs from root. Files are the host root's outside.
root_programs="bubblewrap gcc libc6-dev libgomp1 libjansson4 libyaml-0-2 libhwloc15 perl procps iproute2" # what runner and cpu backend need, and an engine

root_build() { # as the host bed_host: packages write its name into their settings
    local suite=$1 packages
    shift
    packages="$root_programs $*"
    [ "$(cat "$state/root/.switchbench" 2>/dev/null)" != "$suite $packages" ] || return 0
    say "builds a Debian $suite root (a minute or two, once)"
    rm -rf --one-file-system "$state/root"
    # shellcheck disable=SC2016
    nice unshare -u sh -c 'hostname "$1"; shift; exec "$@"' sh "$bed_host" \
        mmdebstrap --mode=root --variant=minbase --include="$packages" \
        --essential-hook="printf '127.0.0.1 localhost\n$bed_address $bed_host\n' >\"\$1/etc/hosts\"" \
        "$suite" "$state/root" >"$state/log/root.log" 2>&1 ||
        { tail -n 15 "$state/log/root.log" >&2 && die "the root could not be built"; }
    echo "$suite $packages" >"$state/root/.switchbench"
}
root_add() { # suite, package: of another suite than the root's, whose dependencies root_build brought. Done once
    [ ! -e "$state/root/.switchbench-$2" ] || return 0
    # apt works in a folder of its own: this system's sources and lists stay as they are
    local apt=$state/root/var/tmp/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    : >"$apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $1 main" >"$apt/sources.list"
    # a machine's clock may be older or newer than the suite's lists are valid; they are signed all the same
    (cd "$apt" && package=$2 && set -- -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" \
        -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false && apt-get "$@" update && apt-get "$@" download "$package") >>"$state/log/root.log" 2>&1 ||
        { tail -n 15 "$state/log/root.log" >&2 && die "$2 of Debian $1 could not be fetched"; }
    mv "$apt/$2"_*.deb "$state/root/var/tmp/$2.deb"
    rm -rf "$apt"
    chroot "$state/root" dpkg --install "/var/tmp/$2.deb" >>"$state/log/root.log" 2>&1 ||
        { tail -n 15 "$state/log/root.log" >&2 && die "$2 of Debian $1 could not be installed"; }
    rm "$state/root/var/tmp/$2.deb"
    : >"$state/root/.switchbench-$2"
}
root_shares() { # each once, parents first; those below another are there already
    local folder kept=()
    while read -r folder; do
        [ -d "$folder" ] || continue
        local k inside=""
        for k in "${kept[@]}"; do [[ $folder/ != "$k"/* ]] || inside=1; done
        [ -n "$inside" ] || { kept+=("$folder") && echo "$folder"; }
    done < <(printf '%s\n' /tmp "$HOME" "$(cd "$here/.." && pwd)" "$state" ${SWITCHBENCH_TESTBED_SHARE:-} | sort -u)
}
root_up() {
    mkdir -p "$state/upper" "$state/work" "$state/bin"
    root_shares >"$state/run/shares"
    start root unshare -m -p -u -i -n --fork --kill-child --propagation private bash "$here/lib/root-init.sh" "$state" "$bed_host" "$bed_address"
    wait_for 20 "the root" root test -e "$state/run/ready"
}
root_pid() { # of process 1 inside, as seen from here
    local outer
    outer=$(pid_of root) && ps -o pid= --ppid "$outer" | tr -d ' \n'
}
root_run() { nsenter -t "$(root_pid)" -m -p -u -i -n -- "$@"; }
root_user_daemon() { # as root_daemon, in the user namespace of the process in run/target
    local name=$1
    shift
    start "$name" nsenter -t "$(cat "$state/run/target")" -U --preserve-credentials -m -p -u -i -n --wdns=/ -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ${root_environment:-} "$@"
}
root_daemon() {
    local name=$1
    shift
    start "$name" nsenter -t "$(root_pid)" -m -p -u -i -n --wdns=/ -- "$@"
}
root_commands() { # one wrapper each: enters, keeps the working folder, passes arguments as they are
    local command
    for command in "$@"; do
        cat >"$state/bin/$command" <<EOF
#!/usr/bin/env bash
# written by scripts/testbed $bed up: $command inside the bed
exec nsenter -t $(cat "$state/run/target") ${root_user:+-U --preserve-credentials} -m -p -u -i -n --wdns="\$PWD" -- env ${root_environment:-} PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin $command "\$@"
EOF
        chmod 755 "$state/bin/$command"
    done
}
root_down() {
    local inner
    inner=$(root_pid 2>/dev/null) || true
    [ -z "$inner" ] || kill -KILL "$inner" 2>/dev/null || true
}
root_env() { echo "export PATH=$(printf %q "$state/bin"):\$PATH"; }
