#!/usr/bin/env bash
# Sees what a kernel with control groups of version 2 makes of memory_max, cpu_max and tasks_max, in a machine of its own.
set -euo pipefail

usage() {
    cat <<'END'
Usage: deploy/test-limits.sh [--packages FOLDER] [--emulated]

Makes a virtual machine with Debian's bookworm and its kernel from the mirror that this machine's apt uses, installs the Debian packages there with the embedded
broker, and goes through what the limits of workers promise: memory that is used up, half a processor, a fork bomb, and a hundred restarts of the pool.
Needs root, and the packages debootstrap, qemu-system-x86 and e2fsprogs; to build the packages what deploy/build-deb.sh needs. Without /dev/kvm it takes many
times as long. The system is kept in /var/cache/taskqueue for the next time.

  --packages FOLDER   test these packages instead of building them
  --emulated          do without /dev/kvm: where this is a virtual machine itself, there may be one that does not work
END
}

# shellcheck source=deploy/hosts.sh
. "$(dirname "${BASH_SOURCE[0]}")/hosts.sh"

packages='' accelerators=(-accel kvm -accel tcg)
while [ $# != 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --packages)
            [ -d "${2:-}" ] || die '--packages: expected a folder behind it.' 64
            packages=$(realpath -- "$2")
            shift
            ;;
        --emulated) accelerators=(-accel tcg) ;;
        *) die "Unexpected \"$1\"; see --help." 64 ;;
    esac
    shift
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
need debootstrap:debootstrap qemu-system-x86_64:qemu-system-x86 mke2fs:e2fsprogs dpkg-deb:dpkg

build_packages
bootstrap limits-bookworm bookworm linux-image-amd64

# --- The machine: the system, the packages, and what is to be seen to. ---

host=limits
lay_out "$host" limits-bookworm
root=$(root_of "$host")
readonly root
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
cp "$packages"/taskqueue-{common,broker,dispatcher,workerpool,plugins-extra}_*.deb "$root/packages"
chroot "$root" sh -c 'dpkg --install /packages/*.deb' > "$work/dpkg" 2>&1 || { cat "$work/dpkg" >&2 && die 'The packages cannot be installed.'; }
rm -r "$root/usr/sbin/policy-rc.d" "$root/packages"
install -m 0755 deploy/limits-guest.sh "$root/usr/local/sbin/limits-guest"
install -m 0644 deploy/checks.sh "$root/usr/local/sbin/checks.sh"
cat > "$root/etc/systemd/system/limits-guest.service" <<'END'
[Unit]
After=taskqueue-broker.service taskqueue-dispatcher.service taskqueue-workerpool.service
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/limits-guest
StandardOutput=file:/dev/ttyS1
StandardError=inherit

[Install]
WantedBy=multi-user.target
END
# Where the machine is emulated, nothing is as fast as services promise to be.
mkdir -p "$root/etc/systemd/system/service.d"
printf '[Service]\nTimeoutStartSec=1h\nTimeoutStopSec=1h\nWatchdogSec=1h\n' > "$root/etc/systemd/system/service.d/slow.conf"
chroot "$root" systemctl --quiet enable limits-guest
kernel=$(find "$root/boot" -name 'vmlinuz-*' | sort | tail -n 1)
initrd=$(find "$root/boot" -name 'initrd.img-*' | sort | tail -n 1)
cp "$kernel" "$work/kernel"
cp "$initrd" "$work/initrd"
mke2fs -q -t ext4 -d "$root" "$work/disk" 4G

# --- It runs, says what it sees, and powers off. ---

echo "A machine with ${kernel##*/vmlinuz-}:"
timeout 14400 qemu-system-x86_64 "${accelerators[@]}" -cpu max -smp 2 -m 2048 -display none -monitor none -no-reboot -nic none \
    -kernel "$work/kernel" -initrd "$work/initrd" -append 'root=/dev/vda rw console=ttyS0 quiet' \
    -drive "file=$work/disk,format=raw,if=virtio" -serial "file:$work/console" -serial "file:$work/result" > "$work/qemu" 2>&1 &
machine=$!
tail --pid "$machine" --lines=+1 --follow=name --retry --sleep-interval=0.2 "$work/result" 2> /dev/null || true
wait "$machine" || { cat "$work/qemu" >&2 && die 'The machine did not end by itself.'; }
if ! grep --quiet '^all is well' "$work/result"; then
    tail -n 40 "$work/console" >&2
    die 'A check failed; it is the last line above.'
fi
