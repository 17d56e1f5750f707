# SPDX-License-Identifier: Apache-2.0
# etcd, apiserver, controllers, scheduler. A lost node is noticed after 10 s here and its pods are given up 10 s later (usual: 50 s,
# 5 min). Sourced by ../kubernetes.
control_up() {
    local etcd=http://127.0.0.1:$etcd_port peer=http://127.0.0.1:$((etcd_port + 1)) bin=$state/bin
    start etcd "$bin/etcd" --data-dir "$state/etcd" --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" --unsafe-no-fsync
    start apiserver "$bin/kube-apiserver" --etcd-servers="$etcd" --bind-address="$address" --advertise-address="$address" \
        --secure-port="$api_port" --service-cluster-ip-range=10.79.0.0/24 \
        --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
        --service-account-key-file="$pki/accounts.pub" --service-account-signing-key-file="$pki/accounts.key" \
        --service-account-issuer=https://kubernetes.default.svc \
        --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
        --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP,Hostname \
        --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy-client \
        --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
        --requestheader-username-headers=X-Remote-User \
        --proxy-client-cert-file="$pki/front.crt" --proxy-client-key-file="$pki/front.key" \
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true --anonymous-auth=false \
        --default-not-ready-toleration-seconds=10 --default-unreachable-toleration-seconds=10
    wait_for 60 "the apiserver" apiserver kubectl get --raw /readyz
    start controllers "$bin/kube-controller-manager" --kubeconfig="$state/controllers.kubeconfig" \
        --authentication-kubeconfig="$state/controllers.kubeconfig" --authorization-kubeconfig="$state/controllers.kubeconfig" \
        --bind-address=127.0.0.1 --secure-port=16257 --leader-elect=false --use-service-account-credentials=true \
        --service-account-private-key-file="$pki/accounts.key" --root-ca-file="$pki/ca.crt" \
        --node-monitor-period=2s --node-monitor-grace-period=10s
    start scheduler "$bin/kube-scheduler" --kubeconfig="$state/scheduler.kubeconfig" \
        --authentication-kubeconfig="$state/scheduler.kubeconfig" --authorization-kubeconfig="$state/scheduler.kubeconfig" \
        --bind-address=127.0.0.1 --secure-port=16259 --leader-elect=false
    start names "$more/names" "$address" "$bin/kubectl" "$state/admin.kubeconfig"
}
fake_gpus() { # node number: two GPUs that are only counted
    wait_for 20 "fake GPUs on kube$1" "" kubectl patch node "kube$1" --subresource=status --type=json -p \
        '[{"op":"add","path":"/status/capacity/switchbench.test~1gpu","value":"2"},{"op":"add","path":"/status/allocatable/switchbench.test~1gpu","value":"2"}]'
}
