# shellcheck shell=bash
# Hosts of their own for tests of the packages: roots of Debian that are kept, under a layer that is not kept; booted by systemd-nspawn, or otherwise. To be
# sourced by scripts that set -euo pipefail; what it does is done in the folder of the repository.

# shellcheck source=deploy/checks.sh
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

die() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit "${2:-1}"
}

# need PROGRAM:PACKAGE...
need() {
    local program
    [ "$(id -u)" = 0 ] || die 'Only root can boot another system; run it as root.'
    for program in "$@"; do
        command -v "${program%%:*}" > /dev/null || die "${program%%:*} is missing: apt install ${program#*:}"
    done
}

work=$(mktemp -d "/var/tmp/taskqueue-${0##*/}.XXXXXX")
readonly work
declare -A nspawn_of=() leader_of=()
# What else is to be cleaned up: names of functions.
cleaners=()

clean_up() {
    local status=$? cleaner host
    for cleaner in "${cleaners[@]}"; do
        "$cleaner" || true
    done
    for host in "${!nspawn_of[@]}"; do
        # To nspawn this is a request to power off.
        kill -TERM "${nspawn_of[$host]}" 2> /dev/null || true
    done
    for host in "${!nspawn_of[@]}"; do
        for _ in {1..150}; do
            kill -0 "${nspawn_of[$host]}" 2> /dev/null || break
            sleep 0.1
        done
        power_off "$host"
    done
    for host in "$work"/hosts/*/root; do
        if mountpoint --quiet "$host"; then
            umount "$host" || umount --lazy "$host"
        fi
    done
    if [ "$status" != 0 ]; then
        echo "${0##*/}: failed; what the hosts said: $work.log" >&2
        cat "$work"/hosts/*/console "$work"/journal* > "$work.log" 2> /dev/null || true
    fi
    rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# bootstrap NAME SUITE PACKAGES [FINISH]: makes a root that is kept under that name, at the first time, with these packages besides those that ours depend on. FINISH is what is done
# to its folder before it counts as made.
bootstrap() {
    local mirror cache=/var/cache/taskqueue/$1 new=/var/cache/taskqueue/$1.new.$$
    [ ! -d "$cache" ] || return 0
    # shellcheck disable=SC2016 # apt's own variables
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }')
    [ -n "$mirror" ] || die "apt knows no mirror of Debian; run apt-get update."
    echo "Making a root of $2 from $mirror ..."
    mkdir -p "${cache%/*}"
    # What the packages depend on is there already, so that installing them takes nothing from the network.
    debootstrap --variant=minbase --include="systemd,systemd-sysv,dbus,ca-certificates,procps,libstdc++6,tzdata,$3" "$2" "$new" "$mirror" > "$work/debootstrap" 2>&1 ||
        { tail -n 20 "$work/debootstrap" >&2 && die 'debootstrap failed.'; }
    [ $# -lt 4 ] || "$4" "$new"
    mv "$new" "$cache"
}

# make_root SUITE: a root with RabbitMQ.
make_root() {
    bootstrap "$1" "$1" man-db,openssl with_rabbitmq
}

with_rabbitmq() {
    printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
    chmod +x "$1/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    DEBIAN_FRONTEND=noninteractive chroot "$1" sh -c 'apt-get update && apt-get install --yes --no-install-recommends rabbitmq-server' > "$work/apt" 2>&1 ||
        { tail -n 20 "$work/apt" >&2 && die 'RabbitMQ cannot be installed.'; }
    rm "$1/usr/sbin/policy-rc.d"
    # It is started when the host has booted, which need not wait for it.
    systemctl --quiet --root="$1" disable rabbitmq-server
}

# build_packages: $packages, where no option named them.
build_packages() {
    if [ -z "$packages" ]; then
        packages=$work/packages
        say 'building the packages'
        deploy/build-deb.sh "$packages" > "$work/build" 2>&1 || { tail -n 40 "$work/build" >&2 && die 'The packages cannot be built.'; }
    fi
}

# take_results TASKQUEUE: takes all results from their queue into $work/results, a line each.
take_results() {
    "$1" results tail -n 1000000 --take --json > "$work/results"
}

# count_results: of the tasks whose ids are the lines of $work/sent, and the results taken. It sets $sent, $finished, $lost and $twice.
# shellcheck disable=SC2034 # for whoever calls it
count_results() {
    grep -o '"correlation-id":"[^"]*"' "$work/results" | cut -d'"' -f4 | sort > "$work/done"
    sort -u "$work/sent" > "$work/sent.sorted"
    sort -u "$work/done" > "$work/done.sorted"
    sent=$(wc -l < "$work/sent.sorted") finished=$(wc -l < "$work/done.sorted")
    lost=$(comm -23 "$work/sent.sorted" "$work/done.sorted" | wc -l)
    twice=$(uniq -d "$work/done" | wc -l)
    same 'results of tasks that nobody sent' 0 "$(comm -13 "$work/sent.sorted" "$work/done.sorted" | wc -l)"
}

root_of() {
    printf '%s' "$work/hosts/$1/root"
}

# lay_out HOST NAME: its root, upon that which is kept under the name.
lay_out() {
    local folder=$work/hosts/$1
    mkdir -p "$folder/root" "$folder/upper" "$folder/layer"
    mount -t overlay overlay -o "lowerdir=/var/cache/taskqueue/$2,upperdir=$folder/upper,workdir=$folder/layer" "$folder/root"
    mkdir "$folder/root/packages"
    printf '%s\n' "$1" > "$folder/root/etc/hostname"
    printf '127.0.0.1 localhost %s\n' "$1" > "$folder/root/etc/hosts"
}

# boot HOST NAME NSPAWN_OPTION...
boot() {
    local host=$1 folder=$work/hosts/$1
    lay_out "$1" "$2"
    shift 2
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --boot --register=no --keep-unit --directory "$folder/root" --machine "$host" "$@" > "$folder/console" 2>&1 < /dev/null &
    nspawn_of[$host]=$!
    until_true 180 "$host has booted" is_booted "$host"
}

is_booted() {
    kill -0 "${nspawn_of[$1]}" 2> /dev/null || die "systemd-nspawn of $1 has ended."
    leader_of[$1]=$(pgrep --parent "${nspawn_of[$1]}" | head -n 1)
    [ -n "${leader_of[$1]}" ] && [[ $(on "$1" systemctl is-system-running 2> /dev/null) =~ running|degraded ]]
}

# on HOST COMMAND...
on() {
    nsenter --target "${leader_of[$1]}" --mount --uts --ipc --net --pid --root --wd -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${@:2}"
}

# power_off HOST: as when somebody pulls its plug.
power_off() {
    kill -KILL "${leader_of[$1]:-}" "${nspawn_of[$1]}" 2> /dev/null || true
    wait "${nspawn_of[$1]}" 2> /dev/null || true
    unset "nspawn_of[$1]"
}

# install_on HOST FILE...
install_on() {
    on "$1" apt-get --yes --quiet=2 --no-install-recommends -o Dpkg::Options::=--force-confold install "${@:2}" > "$work/apt" 2>&1 || {
        cat "$work/apt" >&2
        fail "apt-get install ${*:2} on $1"
    }
}

fail() {
    local host
    printf 'FAILED: %s\n' "$*" >&2
    for host in "${!nspawn_of[@]}"; do
        on "$host" journalctl --no-pager --boot > "$work/journal-$host" 2>&1 || true
    done
    exit 1
}
