# SPDX-License-Identifier: Apache-2.0
# Debian 12 packages by purpose; `need <purpose>…` installs what is missing, or says who must; `build_all`.
packages_build="gcc libc6-dev cmake ninja-build pkg-config libjansson-dev libyaml-dev libsqlite3-dev libssl-dev libhwloc-dev libpng-dev opencl-c-headers python3 python3-pip"
packages_run="g++ ocl-icd-libopencl1 pocl-opencl-icd libopenblas0-openmp libfftw3-double3 libfftw3-single3"
packages_test="g++ hwloc-nox util-linux openmpi-bin libopenmpi-dev iproute2 libcmocka-dev bats jq clang-19 lld-19 libclang-rt-19-dev libomp-19-dev libamdhip64-dev chromium chromium-driver python3-jsonschema clinfo gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-user gdb valgrind oclgrind libpapi-dev likwid"
packages_aarch64="gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"
packages_ssh="openssh-server openssh-client procps"
packages_root="mmdebstrap iproute2 procps"
packages_target="libc6-dev libgomp1 libjansson-dev libyaml-dev libsqlite3-dev libssl-dev libhwloc-dev libpng-dev" # of another architecture; scripts/sysroot
packages_docker="docker.io"
packages_registry="docker-registry"
packages_images="mmdebstrap python3 skopeo umoci"
packages_engines="jq podman runc charliecloud bubblewrap runsc skopeo umoci uidmap netavark fuse-overlayfs" # runc beside podman, or crun comes, which does without cgroups v1
packages_check="clang-format-19 clang-tidy-19"
packages_bench="time likwid g++ clang-19 jq oclgrind"
packages_slurm="slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge openmpi-bin libopenmpi-dev libpmix2 iproute2 util-linux jq runc"
packages_testbed_kubernetes="containerd runc containernetworking-plugins busybox-static iproute2 iptables conntrack openssl python3 gcc libc6-dev"
packages_slurm_accounting="slurmdbd mariadb-server"
packages_debian_root="mmdebstrap"

missing_packages() { # one question for all: each costs a hundredth of a second
    local installed package
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p')
    for package in "$@"; do
        grep -qx -- "$package" <<<"$installed" || printf ' %s' "$package"
    done
}

need() {
    local wanted="" purpose list
    for purpose in "$@"; do
        list=packages_$purpose
        wanted="$wanted ${!list}"
    done
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "switchbench: this is no Debian: make sure of what these packages hold:$wanted" >&2
        return 0
    fi
    local missing
    # shellcheck disable=SC2086
    missing=$(missing_packages $wanted)
    [ -z "$missing" ] && return 0
    echo "switchbench: to be installed with apt:$missing"
    local line="apt-get -o DPkg::Lock::Timeout=600 install --yes --no-install-recommends$missing"
    if [ "$(id -u)" = 0 ]; then
        set --
    elif sudo -n true 2>/dev/null; then
        set -- sudo
    else
        echo "switchbench: you may not install packages; ask an administrator to run:" >&2
        echo "    $line" >&2
        exit 4
    fi
    local log
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { "$@" apt-get update && "$@" env DEBIAN_FRONTEND=noninteractive $line; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "switchbench: apt failed (above, its last words); the line was: $line" >&2
        rm -f "$log"
        exit 4
    fi
    rm -f "$log"
}

build_all() { # folder: builds it; speaks only where that fails
    local told
    told=$(ninja -C "$1" 2>&1) || { echo "$told" >&2; exit 2; }
}
