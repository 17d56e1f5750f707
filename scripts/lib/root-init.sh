# SPDX-License-Identifier: Apache-2.0
# The first process of a bed's root (root.sh): mounts, goes in, and collects what dies. STATE NAME ADDRESS
set -euo pipefail
state=$1 name=$2 address=$3
root=/mnt # of this mount namespace alone
mount -t overlay overlay -o "lowerdir=$state/root,upperdir=$state/upper,workdir=$state/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
while read -r folder; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
done <"$state/run/shares"
hostname "$name"
ip link set lo up
ip addr add "$address/32" dev lo
printf '127.0.0.1 localhost\n%s %s\n' "$address" "$name" >"$root/etc/hosts"
echo "$name" >"$root/etc/hostname"
: >"$root/etc/resolv.conf"
mkdir -p "$root/.outside" "$root/run/lock"
cd "$root"
pivot_root . .outside
# shellcheck disable=SC2016
exec chroot . /bin/bash -c 'umount -l /.outside; cd /; : >"$0/run/ready"; trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done' "$state"
