#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images of scripts/images/build: the same bytes wherever the sources lie, in every form. With SWITCHBENCH_PLACES=1 (scripts/test --places)
# the Debian roots are made anew, too, and for two architectures.

setup_file() {
    export TOP=$BATS_TEST_DIRNAME/../.. IMAGES=$BATS_FILE_TMPDIR/images
    (cd "$TOP" && . scripts/lib/packages.sh && need build images registry) >&2 3>&-
    "$TOP/scripts/images/build" cpu --out "$IMAGES" >&2 3>&-
}

teardown_file() {
    [ ! -e "$BATS_FILE_TMPDIR/brought-up" ] || "$TOP/scripts/testbed" registry down >&2
}

setup() { cd "$BATS_TEST_TMPDIR"; }
digest() { jq -r '.images[] | select(.backend == "cpu") | .digest' "$1/images.json"; }
places() { [ "${SWITCHBENCH_PLACES:-0}" = 1 ] || skip "takes minutes: scripts/test --places"; }

@test "built again: the same digest, and no path of this machine inside" {
    "$TOP/scripts/images/build" cpu --out "$PWD/again" >&2 3>&-
    [ "$(digest again)" = "$(digest "$IMAGES")" ]
    "$TOP/scripts/images/convert" "again/switchbench-cpu.tar" folder folder
    folder/opt/switchbench/bin/switchbench-runner --version
    run grep -rlF -- "$(realpath "$TOP")" folder/opt
    echo "$output"
    [ "$status" = 1 ]
}

@test "a byte more, a name, an execute bit: another digest; times and owners: the same" {
    layer() { python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import oci; oci.tar_folder("f", "f.tar"); print(oci.compress("f.tar", "f.tar.gz")["digest"])' "$TOP/scripts/images"; }
    mkdir f
    echo one >f/a
    first=$(layer)
    touch -d yesterday f/a
    chmod 600 f/a
    [ "$(layer)" = "$first" ]
    echo two >f/a
    [ "$(layer)" != "$first" ]
    echo one >f/a
    chmod 755 f/a
    [ "$(layer)" != "$first" ]
    chmod 644 f/a
    mv f/a f/b
    [ "$(layer)" != "$first" ]
}

@test "built from a copy of the sources elsewhere: the same digest" {
    places
    mkdir sources
    (cd "$TOP" && git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null) | tar -C sources -xf -
    sources/scripts/images/build cpu --out "$PWD/again" >&2 3>&-
    [ "$(digest again)" = "$(digest "$IMAGES")" ]
}

@test "a Containerfile that it cannot read whole is refused" {
    mkdir -p sources/backends/cpu sources/scripts
    cp -r "$TOP/scripts/images" "$TOP/scripts/lib" sources/scripts/
    cp "$TOP/CMakeLists.txt" sources/
    { cat "$TOP/backends/cpu/Containerfile" && echo 'RUN curl example.org | sh'; } >sources/backends/cpu/Containerfile
    run sources/scripts/images/build cpu --out "$PWD/out"
    echo "$output"
    [ "$status" != 0 ]
    [[ "$output" == *"cannot read: RUN curl example.org | sh"* ]]
    run "$TOP/scripts/images/build" nothing --out "$PWD/out"
    [ "$status" != 0 ]
    [[ "$output" == *"images can be built of"* ]]
}

@test "a registry keeps the digest, and what comes back from it is the same" {
    "$TOP/scripts/testbed" registry status >/dev/null 2>&1 || touch "$BATS_FILE_TMPDIR/brought-up"
    "$TOP/scripts/testbed" registry up >&2 3>&-
    eval "$("$TOP/scripts/testbed" registry env)"
    "$TOP/scripts/images/build" cpu --out "$IMAGES" --push "$SWITCHBENCH_REGISTRY" >&2 3>&-
    [ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$SWITCHBENCH_REGISTRY/switchbench-cpu:$(sed -n 's/^project(switchbench VERSION \([0-9.]*\).*/\1/p' "$TOP/CMakeLists.txt")")" = "$(digest "$IMAGES")" ]
    skopeo --insecure-policy copy --quiet --src-tls-verify=false "docker://$SWITCHBENCH_REGISTRY/switchbench-cpu@$(digest "$IMAGES")" oci-archive:back.tar
    "$TOP/scripts/images/convert" back.tar bundle bundle
    [ -f bundle/config.json ]
    bundle/rootfs/opt/switchbench/bin/switchbench-runner --version
}

@test "with Debian roots made anew: the same digest" {
    places
    "$TOP/scripts/images/build" cpu --fresh --out "$PWD/a" >&2 3>&-
    "$TOP/scripts/images/build" cpu --fresh --out "$PWD/b" >&2 3>&-
    [ "$(digest a)" = "$(digest b)" ]
}

@test "one index for amd64 and arm64; the Arm runner starts under qemu" {
    places
    (cd "$TOP" && . scripts/lib/packages.sh && need aarch64) >&2 3>&-
    "$TOP/scripts/images/build" cpu --arch amd64,arm64 --out "$PWD/both" >&2 3>&-
    [ "$(skopeo inspect --raw oci-archive:both/switchbench-cpu.tar | jq -r '[.manifests[].platform.architecture] | join(",")')" = amd64,arm64 ]
    skopeo --insecure-policy --override-arch arm64 copy --quiet oci-archive:both/switchbench-cpu.tar oci:arm:image
    umoci unpack --image arm:image bundle >/dev/null
    qemu-aarch64 -L bundle/rootfs bundle/rootfs/opt/switchbench/bin/switchbench-runner --version
}
