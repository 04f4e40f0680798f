#!/bin/sh
# Becomes the first process of a device that is a container: $1 its directory, $2 how the host is reached, $3 its own address.
# Run in namespaces of its own (mount, pid, uts, ipc, cgroup), with the network already there.
set -eu
device=$1 gateway=$2 address=$3
root=$device/root

mount --bind "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
mount -t cgroup2 none "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"

mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
for name in null zero full random urandom tty; do
  : >"$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# What the kernel keeps for all containers together: its name for this start, and two settings of the edition's policy.
mount --bind "$device/boot_id" "$root/proc/sys/kernel/random/boot_id"
for name in kernel/core_pattern fs/suid_dumpable; do
  mount --bind "$device/sysctl/$name" "$root/proc/sys/$name"
done

mkdir -p "$root/run/systemd/network" "$root/run/host/credentials"
cat >"$root/run/systemd/network/10-host0.network" <<NETWORK
[Match]
Name=host0
[Network]
Address=$address/16
Gateway=$gateway
NETWORK
# Nothing here starts slowly: a device that is unwell need not be given five minutes.
mkdir -p "$root/run/systemd/system/imprint-agent-patch.service.d"
cat >"$root/run/systemd/system/imprint-agent-patch.service.d/patience.conf" <<UNIT
[Service]
Environment="IMPRINT_PATCH_FLAGS=--settle-seconds 10"
UNIT
cp "$device"/credentials/* "$root/run/host/credentials/" 2>/dev/null || :

cd "$root"
pivot_root . mnt
# A service's mounts reach its credentials only where mounts are shared, which systemd leaves to a container's maker.
exec chroot . sh -c 'umount -l /mnt && mount --make-rshared / && exec env -i container=imprint-lab \
  CREDENTIALS_DIRECTORY=/run/host/credentials PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  /sbin/init systemd.log_target=console systemd.show_status=false'
