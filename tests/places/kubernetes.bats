#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=matrix
# Campaigns on a real Kubernetes, and its faults: scripts/testbed kubernetes, images of scripts/images/build. The first time takes
# ten minutes more (Kubernetes is compiled). SWITCHBENCH_TEST_IMAGES=FOLDER takes images that were built there before.

setup_file() {
    TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export TOP BIN=${SWITCHBENCH_RELEASE:-$TOP/build} BED=$TOP/scripts/testbed
    local images=${SWITCHBENCH_TEST_IMAGES:-$BATS_FILE_TMPDIR/images} backend socket
    jq -e '[.images[].backend] | contains(["cpu", "cpu-mpi", "opencl"])' "$images/images.json" >/dev/null 2>&1 ||
        "$TOP/scripts/images/build" --out "$images" cpu cpu-mpi opencl >&2 3>&-
    "$BED" kubernetes up >&2 3>&-
    eval "$("$BED" kubernetes env)"
    export KUBECONFIG KUBECACHEDIR PATH
    for socket in $SWITCHBENCH_KUBERNETES_SOCKETS; do
        for backend in cpu cpu-mpi opencl; do
            ctr -a "$socket" -n k8s.io images import --digests --base-name "localhost/switchbench-$backend" \
                "$images/switchbench-$backend.tar" >/dev/null
        done
    done
    digest() { jq -r --arg image "$1" '.images[] | select(.backend == $image) | .by_digest' "$images/images.json"; }
    CPU=$(digest cpu) RANKS=$(digest cpu-mpi) OPENCL=$(digest opencl)
    export CPU RANKS OPENCL
}

teardown_file() { "$BED" kubernetes down >&2; }

setup() {
    DIR=$(mktemp -d)
    chmod 755 "$DIR"
    place "" >"$DIR/site.yaml"
    SHORT=(stream --presets tiny --backends cpu --variants portable --budget 0.3 --samples 50)
    LONG=("${SHORT[@]}" --budget 3 --samples 0 --precision 0) # half a minute
}

teardown() {
    "$BED" kubernetes fault heal >&2 || true
    kubectl delete jobs,configmaps -l app.kubernetes.io/managed-by=switchbench -A --wait=false >/dev/null 2>&1 || true
    [ -z "${DRIVER:-}" ] || kill "$DRIVER" 2>/dev/null || true
    rm -rf "$DIR"
}

place() { # further lines
    cat <<YAML
places:
  kube:
    scheduler: kubernetes
    images: {cpu: "$CPU", opencl: "$OPENCL"}
    poll: 1
    retries: 3
    hold_limit: 5
$1
YAML
}

campaign() { run timeout 240 "$BIN/switchbench" run "$@" --places kube --site "$DIR/site.yaml" --output "$DIR/c" 3>&-; echo "$output"; }
in_background() {
    "$BIN/switchbench" run "$@" --places kube --site "$DIR/site.yaml" --output "$DIR/c" >"$DIR/out" 2>&1 3>&- &
    DRIVER=$!
}
ended() { # waits for the campaign in the background; its exit code is $status
    status=0
    wait "$DRIVER" || status=$?
    cat "$DIR/out"
    states
}
states() { jq -r 'select(.event == "job" or .event == "closed") | [.event, .job, .state, .node, .words] | @tsv' "$DIR/c/journal.jsonl"; }
records() { cat "$DIR"/c/records/*.jsonl 2>/dev/null; }
measured() { # cells, at least, within a minute
    local i
    for ((i = 0; i < 240; ++i)); do
        [ "$(records | wc -l)" -lt "$1" ] || return 0
        sleep 0.25
    done
    return 1
}
node() { kubectl get pods --field-selector=status.phase=Running -o 'jsonpath={.items[0].spec.nodeName}'; }
nothing_is_left() { # what is deleted takes a moment to go
    local i
    for i in {1..15}; do
        [ -n "$(kubectl get jobs,pods,configmaps,services,secrets -l app.kubernetes.io/managed-by=switchbench -o name)" ] || return 0
        sleep 1
    done
    return 1
}
check_whole() { # every cell passed, once
    local cells passed doubled
    cells=$(jq '.cells | length' "$DIR/c/plan.json")
    passed=$(records | jq -r 'select(.state == "passed") | .cell' | sort -u | wc -l)
    doubled=$(records | jq -r 'select(.state != "lost") | .cell' | sort | uniq -d)
    echo "$passed of $cells passed, doubled: $doubled"
    [ "$passed" = "$cells" ] && [ -z "$doubled" ]
}

@test "eight kernels on cpu and opencl, in images by digest, on two nodes" {
    campaign stream gemm fft gray_scott histogram nbody spmv stencil --presets tiny --budget 0.2 --samples 50 --variants portable
    [ "$status" = 0 ]
    check_whole
    records | jq -er 'select(.state == "passed") | .node.hostname' | sort -u | grep -q '^kube[01]$'
    [ "$(records | jq -r .backend | sort -u | wc -l)" = 2 ]
    nothing_is_left
}

@test "the rights of role.yaml are enough, and no more is held" {
    kubectl create namespace bench
    kubectl -n bench apply -f "$TOP/harness/place/kubernetes/role.yaml" >/dev/null
    kubectl config view --minify --flatten -o json | jq --arg token "$(kubectl -n bench create token switchbench)" \
        '.users[0].user = {token: $token}' >"$DIR/kubeconfig"
    place $'    partition: bench\n    credentials: '"$DIR/kubeconfig" >"$DIR/site.yaml"
    token=$(jq -r '.users[0].user.token' "$DIR/kubeconfig")
    (unset KUBECONFIG && HOME=$DIR campaign "${SHORT[@]}" && echo "$output" && [ "$status" = 0 ])
    check_whole
    ! grep -rF "$token" "$DIR/c"
    [ -z "$(kubectl -n bench get jobs,pods,configmaps -l app.kubernetes.io/managed-by=switchbench -o name)" ]
    for question in "create pods" "get secrets" "list secrets" "create pods/exec" "list nodes" "update jobs" "list jobs -n default"; do
        # shellcheck disable=SC2086
        [ "$(kubectl --kubeconfig "$DIR/kubeconfig" -n bench auth can-i $question 2>/dev/null)" != yes ] || { echo "it may $question"; return 1; }
    done
    kubectl delete namespace bench --wait=false
}

@test "a job for each node" {
    campaign "${SHORT[@]}" --nodes all
    [ "$status" = 0 ]
    check_whole
    [ "$(records | jq -r .node.hostname | sort -u | paste -sd' ')" = "kube0 kube1" ]
}

@test "evicted: the node's pressure is told, the rest runs elsewhere" {
    in_background "${LONG[@]}"
    measured 2
    "$BED" kubernetes fault evict "$(node)"
    ended
    [ "$status" = 0 ]
    check_whole
    states | grep -P '^closed\tjob-1\tevicted\tkube[01]\tEvicted: '
    nothing_is_left
}

@test "drained by a person: evicted, the rest runs on the other node" {
    in_background "${LONG[@]}"
    measured 2
    "$BED" kubernetes fault drain "$(node)"
    ended
    [ "$status" = 0 ]
    check_whole
    states | grep -P '^closed\tjob-1\tevicted'
}

@test "out of memory: told as such, no cell is lost" {
    place "    memory: 1GiB" >"$DIR/site.yaml"
    in_background "${LONG[@]}"
    measured 2
    "$BED" kubernetes fault oom
    ended
    states | grep -P '^closed\tjob-1\tout of memory\tkube[01]\tOOMKilled: signal 9'
    [ "$(records | jq -r .cell | sort -u | wc -l)" = "$(jq '.cells | length' "$DIR/c/plan.json")" ]
    [ -z "$(records | jq -r 'select(.state != "lost") | .cell' | sort | uniq -d)" ]
    [ "$(records | jq -r 'select(.state == "lost") | .cell' | wc -l)" = 0 ]
}

@test "kubelet killed: node failed, the rest runs on the other node, the orphan ends" {
    in_background "${LONG[@]}"
    measured 2
    lost=$(node)
    "$BED" kubernetes fault kill-kubelet "$lost"
    ended
    [ "$status" = 0 ]
    check_whole
    states | grep -P "^closed\tjob-1\tnode failed\t$lost\tDeletionByTaintManager"
    "$BED" kubernetes fault heal
    nothing_is_left
}

@test "image gone: taken back with the kubelet's words; resume after it is back" {
    "$BED" kubernetes fault image-gone switchbench-cpu
    campaign "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"ErrImagePull"* || "$output" == *"ImagePullBackOff"* ]]
    [ "$(records | jq -r .state | sort -u)" = lost ]
    nothing_is_left
    "$BED" kubernetes fault heal
    run timeout 100 "$BIN/switchbench" resume "$DIR/c"
    echo "$output"
    [ "$status" = 0 ]
    check_whole
}

@test "an API that is mute for a while is waited for" {
    in_background "${LONG[@]}"
    measured 2
    "$BED" kubernetes fault mute-api
    sleep 20
    "$BED" kubernetes fault heal
    ended
    [ "$status" = 0 ]
    check_whole
}

@test "kill -9 of the driver: the next one finds its Job" {
    in_background "${LONG[@]}"
    measured 2
    kill -9 "$DRIVER"
    wait "$DRIVER" || true
    run timeout 200 "$BIN/switchbench" resume "$DIR/c"
    echo "$output"
    [ "$status" = 0 ]
    check_whole
    [ "$(ls "$DIR"/c/jobs/*.json | wc -l)" = 1 ]
}

@test "time limit of a job; cancelled by a person" {
    place "    time_limit: 6s" >"$DIR/site.yaml"
    campaign nbody --presets tiny --backends cpu --variants portable --budget 300 --samples 0 --precision 0
    states | grep -P '\ttimed out\tkube[01]\tDeadlineExceeded: '
    rm -rf "$DIR/c"
    place "" >"$DIR/site.yaml"
    in_background "${LONG[@]}"
    measured 1
    kubectl delete jobs -l app.kubernetes.io/managed-by=switchbench --cascade=foreground >/dev/null
    ended
    states | grep -P '^closed\tjob-1\t(cancelled|unknown)'
    nothing_is_left
}

@test "records in a claim, as another user" {
    mkdir "$DIR/claim"
    chown 1234:1234 "$DIR/claim"
    kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: campaigns}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], hostPath: {path: $DIR/claim}, storageClassName: ""}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: campaigns}
spec: {accessModes: [ReadWriteMany], storageClassName: "", volumeName: campaigns, resources: {requests: {storage: 1Gi}}}
YAML
    kubectl wait --for=jsonpath='{.status.phase}'=Bound --timeout=60s persistentvolumeclaim/campaigns
    place "    claim: campaigns" >"$DIR/site.yaml"
    kubectl config view --minify --flatten >"$DIR/kubeconfig"
    chown 1234 "$DIR/kubeconfig"
    echo "    credentials: $DIR/kubeconfig" >>"$DIR/site.yaml"
    cp "$BIN/switchbench" "$DIR/switchbench"
    cp "$(command -v kubectl)" "$DIR/kubectl"
    cp -r "$TOP/kernels" "$DIR/kernels"
    run env PATH="$DIR:$PATH" HOME="$DIR/claim" KUBECACHEDIR="$DIR/claim/cache" SWITCHBENCH_CACHE="$DIR/claim/cache" SWITCHBENCH_KERNELS="$DIR/kernels" \
        setpriv --reuid=1234 --regid=1234 --clear-groups timeout 200 "$DIR/switchbench" run "${SHORT[@]}" --places kube \
        --site "$DIR/site.yaml" --output "$DIR/claim/c" 3>&-
    echo "$output"
    kubectl delete persistentvolumeclaim,persistentvolume campaigns --wait=false
    [ "$status" = 0 ]
    mv "$DIR/claim/c" "$DIR/c"
    check_whole
    [ "$(stat -c %u "$DIR"/c/records/job-1.jsonl)" = 1234 ]
    nothing_is_left
}

@test "a kernel of one's own travels with the job; names are words, not commands" {
    cd "$DIR"
    "$BIN/switchbench" new kernel mine >/dev/null
    campaign ./mine --presets tiny --backends cpu
    [ "$status" = 0 ]
    check_whole
    rm -rf "$DIR/c"
    mkdir 'x;touch$(hostname)'
    mv mine 'x;touch$(hostname)/mine'
    campaign './x;touch$(hostname)/mine' --presets tiny --backends cpu
    [ "$status" = 0 ]
    check_whole
}

@test "a node type by its label, GPUs by their resource" {
    place $'    select: {switchbench.test/type: large}\n    gpu: switchbench.test/gpu\n    gpus: 1' >"$DIR/site.yaml"
    campaign "${SHORT[@]}"
    [ "$status" = 0 ]
    [ "$(records | jq -r .node.hostname | sort -u)" = kube1 ]
    place $'    gpu: switchbench.test/gpu\n    gpus: 3' >"$DIR/site.yaml"
    rm -rf "$DIR/c"
    campaign "${SHORT[@]}"
    [ "$status" = 4 ]
    [[ "$output" == *"Insufficient switchbench.test/gpu"* ]]
    nothing_is_left
}

ranks_place() { # further lines: the image with MPI
    CPU=$RANKS place "$1" >"$DIR/site.yaml"
}
@test "ranks on two nodes: an indexed Job, halo as on one rank bit for bit, messages right" {
    ranks_place ""
    campaign halo mpi_basic --presets tiny --backends cpu --maths strict --samples 5 --ranks 2 --nodes pairs
    [ "$status" = 0 ]
    check_whole
    [ "$(records | jq -c .mpi.ranks_per_node | sort -u)" = "[1,1]" ]
    records | jq -er 'select(.kernel == "halo") | .verdict.checks[] | select(.what | endswith("on one rank")) | .worst.bound' | sort -u | grep -x 0
    records | jq -e 'select(.kernel == "mpi_basic") | .verdict.checks | length > 0'
    nothing_is_left
}
@test "ranks of one pod" {
    ranks_place ""
    campaign mpi_basic --labels latency --presets tiny --backends cpu --samples 5 --ranks 1,2
    [ "$status" = 0 ]
    check_whole
    [ "$(records | jq -c 'select(.ranks == 2) | .mpi.ranks_per_node')" = "[2]" ]
    nothing_is_left
}
@test "a rank's pod is deleted under way: the job runs again, no cell is lost or doubled" {
    ranks_place ""
    in_background halo --presets tiny --backends cpu --maths strict --samples 0 --precision 0 --budget 8 --ranks 2 --nodes pairs
    measured 1
    kubectl get pods --show-labels
    kubectl delete pod --wait=false "$(kubectl get pods -l batch.kubernetes.io/job-completion-index=1 -o 'jsonpath={.items[0].metadata.name}')"
    ended
    [ "$status" = 0 ]
    check_whole
    [ "$(ls "$DIR"/c/jobs/*.json | wc -l)" -ge 2 ]
    nothing_is_left
}
@test "an image without MPI: unsupported, with what to install" {
    campaign mpi_basic --labels latency --presets tiny --backends cpu --samples 5 --ranks 2 --nodes pairs
    [ "$(records | jq -r .state)" = unsupported ]
    records | jq -r .reason | grep openmpi
    nothing_is_left
}
