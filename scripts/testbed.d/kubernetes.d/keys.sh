# SPDX-License-Identifier: Apache-2.0
# One authority, a certificate for every part, a kubeconfig for every client. Sourced by ../kubernetes.
key() { # name, subject, extensions
    openssl ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key"
    openssl req -new -key "$pki/$1.key" -subj "$2" -out "$pki/$1.csr"
    openssl x509 -req -in "$pki/$1.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 3650 \
        -out "$pki/$1.crt" -extfile <(printf '%s\n' "$3") 2>/dev/null
    rm "$pki/$1.csr"
}
client() { # name, subject
    key "$1" "$2" extendedKeyUsage=clientAuth
    cat >"$state/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: testbed, cluster: {server: "https://$address:$api_port", certificate-authority: $pki/ca.crt}}]
users: [{name: $1, user: {client-certificate: $pki/$1.crt, client-key: $pki/$1.key}}]
contexts: [{name: testbed, context: {cluster: testbed, user: $1}}]
current-context: testbed
YAML
}
keys() {
    local i
    (umask 077 && mkdir -p "$pki")
    umask 077
    openssl ecparam -name prime256v1 -genkey -noout -out "$pki/ca.key"
    openssl req -x509 -new -key "$pki/ca.key" -subj /CN=testbed -days 3650 -out "$pki/ca.crt"
    openssl genrsa -out "$pki/accounts.key" 2048 2>/dev/null
    openssl rsa -in "$pki/accounts.key" -pubout -out "$pki/accounts.pub" 2>/dev/null
    key apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth
subjectAltName=IP:$address,IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    key kubelet /CN=kubelet "extendedKeyUsage=serverAuth
subjectAltName=IP:$address,IP:127.0.0.1,DNS:localhost"
    client front /CN=front-proxy-client
    client admin /O=system:masters/CN=admin
    client controllers /CN=system:kube-controller-manager
    client scheduler /CN=system:kube-scheduler
    for ((i = 0; i < nodes; ++i)); do client "node$i" "/O=system:nodes/CN=system:node:kube$i"; done
    umask 022
}
