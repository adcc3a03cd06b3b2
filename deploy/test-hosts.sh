#!/usr/bin/env bash
# Five hosts on one network, installed from the packages: a dispatcher host and a pool host lose their power under load.
set -euo pipefail

usage() {
    cat <<'END'
Usage: deploy/test-hosts.sh [--packages FOLDER] [--seconds N]

Boots five hosts of bookworm by systemd-nspawn on one bridge (a broker, two dispatchers, two pools), installs the packages there, and sends tasks. Then the plug
of one dispatcher host and of one pool host is pulled: their network is gone, and their processes are killed a moment later, without a word to anybody. Tasks are
counted in and out. Needs root, and the packages debootstrap, systemd-container and iproute2; to build the packages what deploy/build-deb.sh needs.

  --packages FOLDER   test these packages instead of building them
  --seconds N         how long tasks are sent (60)
END
}

# shellcheck source=deploy/hosts.sh
. "$(dirname "${BASH_SOURCE[0]}")/hosts.sh"

packages='' seconds=60
while [ $# != 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --packages)
            [ -d "${2:-}" ] || die '--packages: expected a folder behind it.' 64
            packages=$(realpath -- "$2")
            shift
            ;;
        --seconds)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die '--seconds: expected a number behind it.' 64
            seconds=$2
            shift
            ;;
        *) die "Unexpected \"$1\"; see --help." 64 ;;
    esac
    shift
done
readonly seconds
cd "$(dirname "${BASH_SOURCE[0]}")/.."
need debootstrap:debootstrap systemd-nspawn:systemd-container nsenter:util-linux dpkg-deb:dpkg ip:iproute2

readonly bridge=tq-test0 network=10.213.77
readonly hosts=(broker dispatcher1 dispatcher2 pool1 pool2)

remove_bridge() {
    ip link delete "$bridge" 2> /dev/null || true
}

# --- Five hosts that know each other ---

build_packages
make_root bookworm
remove_bridge
ip link add "$bridge" type bridge
cleaners+=(remove_bridge)
ip link set "$bridge" up
number=10
for host in "${hosts[@]}"; do
    boot "$host" bookworm --network-bridge="$bridge"
    nsenter --target "${leader_of[$host]}" --net ip address add "$network.$((number++))/24" dev host0
    nsenter --target "${leader_of[$host]}" --net ip link set host0 up
    for known in "${!hosts[@]}"; do
        printf '%s %s\n' "$network.$((10 + known))" "${hosts[$known]}" >> "$(root_of "$host")/etc/hosts"
    done
    mkdir -p "$(root_of "$host")/packages"
    cp "$packages"/*.deb "$(root_of "$host")/packages"
    mkdir -p "$(root_of "$host")/etc/taskqueue/conf.d"
    printf '[amqp]\nhost = broker\nuser = tq\npasswd = secret\n\n[echo]\nworkers = 4\n\n[slow]\ncommand = /bin/sleep 3\nworkers = 4\n' > "$(root_of "$host")/etc/taskqueue/conf.d/10-hosts.ini"
done
say 'five hosts run'

on broker systemctl start rabbitmq-server
on broker rabbitmqctl --quiet await_startup
on broker rabbitmqctl --quiet add_user tq secret
on broker rabbitmqctl --quiet set_permissions tq '.*' '.*' '.*'
deb() {
    (cd "$(root_of "$1")" && ls packages/"$2"_*.deb)
}
install_on broker "/$(deb broker taskqueue-common)"
for host in dispatcher1 dispatcher2; do
    install_on "$host" "/$(deb "$host" taskqueue-common)" "/$(deb "$host" taskqueue-dispatcher)"
done
for host in pool1 pool2; do
    install_on "$host" "/$(deb "$host" taskqueue-common)" "/$(deb "$host" taskqueue-workerpool)" "/$(deb "$host" taskqueue-plugins-extra)"
done

is_answered() {
    [ "$(on broker taskqueue send echo hello --wait --timeout 30s 2> "$work/send")" = 'echo hello' ]
}
are_all_there() {
    [ "$(on broker taskqueue alive --timeout 3s --json 2> /dev/null | grep -o '"host":"[a-z0-9]*"' | sort -u | wc -l)" = "$1" ]
}
until_true 60 'the first result' is_answered
until_true 60 'all services answer' are_all_there 4
say 'tasks flow; four services answer'

# --- Tasks, and two plugs ---

on broker taskqueue clear results --yes > /dev/null
send_all() {
    local until=$((SECONDS + seconds))
    while [ "$SECONDS" -lt "$until" ]; do
        on broker taskqueue send echo again --count 200
        on broker taskqueue send slow --count 2
        sleep 0.5
    done > "$work/sent" 2> "$work/sent.error"
}
send_all &
sending=$!
sleep $((seconds / 3))

results() {
    on broker rabbitmqctl --quiet list_queues name messages 2> /dev/null | awk '$1 == "results" { print $2 }'
}
pull_plug() {
    ip link set "vb-$1" down
    power_off "$1"
}
pull_plug dispatcher1
pull_plug pool1
began=$(milliseconds)
before=$(results)
goes_on() {
    [ "$(results)" -gt $((before + 200)) ]
}
until_true 120 'results after two hosts have lost their power' goes_on
say "the plugs of dispatcher1 and pool1 are pulled; the next 200 results are there $(($(milliseconds) - began)) ms later"
wait "$sending" || fail "sending: $(tail -n 3 "$work/sent.error")"

# What the dead hosts held comes back when the broker misses their heartbeats.
on broker taskqueue wait --timeout 300s > "$work/wait" 2>&1 || fail "wait: $(tail -n 5 "$work/wait")"
waited=$(($(milliseconds) - began))
brokers_taskqueue() {
    on broker taskqueue "$@"
}
take_results brokers_taskqueue
count_results
say "$sent tasks sent and confirmed, $finished done, $lost lost, $twice done twice; everything was done $waited ms after the plugs"
same 'tasks lost' 0 "$lost"
same 'tasks aside' 0 "$(on broker rabbitmqctl --quiet list_queues name messages | awk '$1 ~ /buried$|rejected$|unroutable$/ { sum += $2 } END { print sum + 0 }')"
echo 'all is well'
