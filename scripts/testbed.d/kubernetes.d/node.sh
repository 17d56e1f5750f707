# SPDX-License-Identifier: Apache-2.0
# A node: containerd and kubelet with folders, ports and a cgroup of their own. Sourced by ../kubernetes.
node_containerd() { # number
    local folder=$state/n$1 run=$state/run/n$1 archive
    mkdir -p "$folder" "$run" "$state/cni"
    cat >"$state/cni/10-$group.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "$group", "plugins": [{"type": "bridge", "bridge": "$bridge", "isGateway": false,
  "ipam": {"type": "host-local", "dataDir": "$state/run/ipam", "ranges": [[{"subnet": "10.78.0.0/16"}]]}}]}
JSON
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE every pod fails at once, with words that do not name the cause
    cat >"$folder/containerd.toml" <<TOML
version = 2
root = "$folder/containerd"
state = "$run/containerd"
oom_score = 0
[grpc]
  address = "$run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$state/cni"
TOML
    # a mount namespace of its own: whoever binds this machine's root elsewhere would keep its mounts, and pods would never end
    start "containerd$1" unshare --mount --propagation private containerd -c "$folder/containerd.toml"
    wait_for 30 "containerd of kube$1" "containerd$1" ctr_on "$1" version
    for archive in "$state/images"/*.tar; do ctr_on "$1" images import "$archive" >>"$state/log/import.log"; done
}
node_kubelet() { # number [evictionHard's memory.available]
    local folder=$state/n$1 hierarchy type=small
    [ "$1" = 0 ] || type=large
    # a cgroup root of its own: several kubelets must not share /kubepods, and all of it can be removed
    for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
        [ ! -f "$hierarchy/cgroup.procs" ] || [ "$hierarchy" = /sys/fs/cgroup/unified ] || mkdir -p "$hierarchy/$group/n$1"
    done
    cat >"$folder/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /$group/n$1
failSwapOn: false
oomScoreAdj: 0
maxOpenFiles: $(ulimit -n)
makeIPTablesUtilChains: false
port: $((16250 + 10 * $1))
healthzPort: $((16248 + 10 * $1))
containerRuntimeEndpoint: unix://$state/run/n$1/containerd.sock
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: AlwaysAllow}
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
resolvConf: /etc/resolv.conf
clusterDNS: [$address]
clusterDomain: cluster.local
podLogsDir: $folder/podlogs
volumePluginDir: $folder/plugins
evictionHard: {memory.available: "${2:-100Mi}", nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
evictionPressureTransitionPeriod: 5s
imageGCHighThresholdPercent: 100
nodeStatusUpdateFrequency: 4s
serializeImagePulls: false
YAML
    start "kubelet$1" nsenter --mount --target "$(pid_of "containerd$1")" "$state/bin/kubelet" --config="$folder/kubelet.yaml" --kubeconfig="$state/node$1.kubeconfig" \
        --hostname-override="kube$1" --node-ip="$address" --root-dir="$folder/kubelet" --cert-dir="$pki" \
        --node-labels="switchbench.test/type=$type"
}
node_up() {
    node_containerd "$1"
    node_kubelet "$1"
}
# Ready alone may be from before a restart: its own health is asked, too.
node_is_ready() {
    kubectl get --raw "/api/v1/nodes/kube$1/proxy/healthz" >/dev/null &&
        [ "$(kubectl get node "kube$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}
node_ready() { wait_for 60 "node kube$1" "kubelet$1" node_is_ready "$1"; }
node_down() { # number: containerd, and the shims that outlive it
    local pid
    stop "containerd$1"
    for pid in $(pgrep -f "^[^ ]*containerd-shim-runc-v2 .*-address $state/run/n$1/containerd.sock"); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}
