# SPDX-License-Identifier: Apache-2.0
# Faults on demand. Sourced by ../kubernetes.
#   evict [NODE]         the node is short of memory: its kubelet evicts its pods, one in ten seconds
#   drain [NODE]         a person empties the node: no new pods, the present ones are evicted through the API
#   oom [POD]            a running pod's memory ends (its limit is put right above what it uses, then that is filled)
#   kill-kubelet [NODE]  kill -9: containers go on, the node is given up after 20 s
#   image-gone [TEXT]    images whose name holds TEXT (all but the pause image) leave every node; nothing can be pulled here
#   mute-api             the apiserver hangs: it takes connections and answers nothing
#   heal                 all of this ends
# NODE is kube0 or kube1; default: where a pod runs.
node_number() { # [NODE]
    local name=${1:-}
    [ -n "$name" ] || name=$(kubectl get pods -A --field-selector=status.phase=Running -o 'jsonpath={.items[0].spec.nodeName}' 2>/dev/null || true)
    [[ ${name:=kube0} =~ ^kube([0-9])$ && ${BASH_REMATCH[1]} -lt $nodes ]] || die "there is no node '$name': kube0 … kube$((nodes - 1))"
    echo "${BASH_REMATCH[1]}"
}
bed_fault() {
    local kind=$1 i
    shift
    case $kind in
    evict)
        i=$(node_number "$@")
        stop "kubelet$i"
        node_kubelet "$i" 99%
        : >"$state/run/evicting$i"
        say "kube$i is short of memory"
        ;;
    drain)
        i=$(node_number "$@")
        kubectl drain "kube$i" --ignore-daemonsets --delete-emptydir-data --force --timeout=60s
        ;;
    oom) fault_oom "$@" ;;
    kill-kubelet)
        i=$(node_number "$@")
        kill -KILL "$(pid_of "kubelet$i")"
        say "the kubelet of kube$i is dead"
        ;;
    image-gone) for ((i = 0; i < nodes; ++i)); do images_away "$i" "${1:-}"; done ;;
    mute-api)
        kill -STOP "$(pid_of apiserver)"
        say "the apiserver is mute"
        ;;
    heal) heal ;;
    esac
}
images_away() { # node number, part of the names; what leaves is kept for heal
    local names archive=$state/gone$1.tar
    names=$(ctr_on "$1" images ls -q | grep -F "$2" | grep -v -e '^sha256:' -e pause) || true
    [ -n "$names" ] || die "kube$1 has no image '$2'"
    # shellcheck disable=SC2086
    ctr_on "$1" images export "$archive" $names
    ctr_on "$1" images ls | awk 'NR > 1 { print $1, $3 }' >"$state/run/images"
    # the kubelet's runtime has a name of its own for each, "sha256:" and the digest of its configuration: by the same manifest
    # shellcheck disable=SC2086
    grep -F -f <(printf '%s\n' $names | grep -F -f - "$state/run/images" | cut -d' ' -f2) "$state/run/images" | cut -d' ' -f1 |
        xargs -r ctr -a "$state/run/n$1/containerd.sock" -n k8s.io images rm --sync >/dev/null
    say "kube$1 has no image of these any more: ${names//$'\n'/ }"
}
heal() {
    local i
    kill -CONT "$(pid_of apiserver)"
    wait_for 60 "the apiserver" apiserver kubectl get --raw /readyz
    for ((i = 0; i < nodes; ++i)); do
        if [ -f "$state/run/evicting$i" ]; then
            stop "kubelet$i"
            rm "$state/run/evicting$i"
        fi
        running "kubelet$i" || node_kubelet "$i"
        if [ -f "$state/gone$i.tar" ]; then
            ctr_on "$i" images import "$state/gone$i.tar" >>"$state/log/import.log"
            rm "$state/gone$i.tar"
        fi
        kubectl uncordon "kube$i" >/dev/null
    done
    for ((i = 0; i < nodes; ++i)); do
        node_ready "$i"
        wait_for 60 "the end of kube$i's pressure" "kubelet$i" untainted "$i"
    done
    fake_gpus 1
}
untainted() { [ -z "$(kubectl get node "kube$1" -o 'jsonpath={.spec.taints}')" ]; }
# The kernel kills what is largest in a cgroup that is full. What fills it here is a file in memory, written by a process that
# the kernel likes better than the pod's own: so the pod's processes go, one after the other, until its first one has gone.
fault_oom() {
    local pod=${1:-} container memory filler
    [ -n "$pod" ] || pod=$(kubectl get pods -A --field-selector=status.phase=Running -o 'jsonpath={.items[0].metadata.name}')
    container=$(kubectl get pods -A -o "jsonpath={.items[?(@.metadata.name=='$pod')].status.containerStatuses[0].containerID}")
    container=${container#containerd://}
    [ -n "$container" ] || die "no container of a running pod '$pod'"
    memory=$(find /sys/fs/cgroup/memory/"$group" /sys/fs/cgroup/"$group" -type d -name "*$container*" 2>/dev/null | head -n 1) || true
    [ -n "$memory" ] || die "no cgroup of container $container"
    filler=$state/run/filler
    mkdir -p "$filler"
    mount -t tmpfs none "$filler"
    ("$more/fill" "$memory" "$filler/file" || true) 2>/dev/null # it dies of it, too
    umount -l "$filler"
    rmdir "$filler"
    say "the memory of $pod has ended"
}
