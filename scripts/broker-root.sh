#!/usr/bin/env bash
# Makes a folder with another RabbitMQ than the one that is installed, out of a later release of Debian, for ./test.sh --broker.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/broker-root.sh RELEASE FOLDER

Makes FOLDER/bin, with programs to be used in the place of those in /usr/lib/rabbitmq/bin. They see /tmp and $HOME of this
machine and nothing else of it, so configuration and data of their nodes must be there. A folder that is complete is left alone.

  RELEASE  of Debian: trixie has RabbitMQ 4.0, forky 4.3
  FOLDER   some 400 MiB; nothing stays mounted there, so it can be removed at any time

The exit code is 3 where that cannot be: without root, on another system than Debian, or when the mirror that apt uses does not
have the release.
TEXT
}

case ${1:-} in --help | -h)
    usage
    exit 0
    ;;
esac
if [ $# -ne 2 ]; then
    usage >&2
    exit 64
fi
release=$1
folder=$(realpath -m "$2")
readonly release folder system=$folder/root programs=$folder/bin

if [ -x "$programs/rabbitmq-server" ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "scripts/broker-root.sh needs root on Debian." >&2
    exit 3
fi

# In a mount namespace of its own: however this ends, no mount stays.
if [ "${BROKER_ROOT_UNSHARED:-}" != yes ]; then
    BROKER_ROOT_UNSHARED=yes exec unshare --mount "$0" "$@"
fi

"$(dirname "$0")/require-packages.sh" debootstrap debian-archive-keyring util-linux
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)
if ! /usr/lib/apt/apt-helper download-file "${mirror%/}/dists/$release/InRelease" "/tmp/taskqueue-$release-InRelease" >/dev/null 2>&1; then
    echo "The mirror that apt uses does not have Debian's release $release." >&2
    exit 3
fi
rm -f "/tmp/taskqueue-$release-InRelease"

# A later release than debootstrap knows is made as the newest that it knows.
plan=/usr/share/debootstrap/scripts/$release
[ -e "$plan" ] || plan=/usr/share/debootstrap/scripts/sid

rm -rf "$folder"
mkdir -p "$folder"
debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$release" "$system" "$mirror" "$plan" >&2

# What apt needs here to reach the mirror, it needs there as well. An old snapshot of testing is as good as a new one.
{
    apt-config dump | grep -E '^Acquire::(http|https)::' || true
    echo 'Acquire::Check-Valid-Until "false";'
} > "$system/etc/apt/apt.conf.d/99-mirror"
for file in resolv.conf hosts hostname; do
    cp "/etc/$file" "$system/etc/$file" 2>/dev/null || true
done
# Its services are not to be started.
printf '#!/bin/sh\nexit 101\n' > "$system/usr/sbin/policy-rc.d"
chmod 755 "$system/usr/sbin/policy-rc.d"
mount --rbind /proc "$system/proc"
mount --rbind /dev "$system/dev"
chroot "$system" apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive chroot "$system" apt-get install -y -qq --no-install-recommends rabbitmq-server >&2
chroot "$system" apt-get clean

# Each runs in a mount namespace of its own and replaces the shell, so that its process id and signals are the program's.
mkdir -p "$programs.new"
for program in rabbitmq-server rabbitmqctl rabbitmq-diagnostics rabbitmq-plugins rabbitmq-queues; do
    cat > "$programs.new/$program" <<SCRIPT
#!/bin/sh
exec unshare --mount /bin/sh -ec '
    for folder in /proc /dev /tmp "\$HOME"; do
        mkdir -p "\$0\$folder"
        mount --rbind "\$folder" "\$0\$folder"
    done
    exec chroot "\$0" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "\$@"' '$system' /usr/lib/rabbitmq/bin/$program "\$@"
SCRIPT
    chmod 755 "$programs.new/$program"
done
mv "$programs.new" "$programs"
