#!/usr/bin/env bash
# Installs the Debian packages on a host of their own, and sees what they do there.
set -euo pipefail

usage() {
    cat <<'END'
Usage: deploy/test-deb.sh [--packages FOLDER] [--short] [bookworm|trixie]

Makes a root of that release of Debian (bookworm by default) from the mirror that this machine's apt uses, boots it by systemd-nspawn, and goes through the life
of an installation: install, configure, stop, upgrade and downgrade under load, watchdog, plugins, sandboxes, remove, purge. Needs root, curl, and the packages
debootstrap and systemd-container; to build the packages what deploy/build-deb.sh needs. The root is kept in /var/cache/taskqueue for the next time.

  --packages FOLDER   test these packages instead of building them
  --short             install, configure, a short upgrade and purge alone, with packages that are built without compiling ahead
END
}

# shellcheck source=deploy/hosts.sh
. "$(dirname "${BASH_SOURCE[0]}")/hosts.sh"
# shellcheck source=deploy/sandboxes.sh
. "$(dirname "${BASH_SOURCE[0]}")/sandboxes.sh"

suite=bookworm packages='' short=''
while [ $# != 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --packages)
            [ -d "${2:-}" ] || die '--packages: expected a folder behind it.' 64
            packages=$(realpath -- "$2")
            shift
            ;;
        --short) short=yes ;;
        bookworm | trixie) suite=$1 ;;
        *) die "Expected bookworm or trixie, found \"$1\"; see --help." 64 ;;
    esac
    shift
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
need debootstrap:debootstrap systemd-nspawn:systemd-container nsenter:util-linux dpkg-deb:dpkg curl:curl

host=taskqueue-test
root=$(root_of "$host")
readonly root

on_host() {
    on "$host" "$@"
}

apt() {
    on_host apt-get --yes --quiet=2 --no-install-recommends -o Dpkg::Options::=--force-confold "$@" > "$work/apt" 2>&1 || {
        cat "$work/apt" >&2
        fail "apt-get $*"
    }
}

# --- Checks ---

is_answered() {
    [ "$(on_host taskqueue send echo "$1" --wait --timeout 30s 2> "$work/send")" = "echo $1" ]
}

# query FIELD PACKAGE...
query() {
    on_host dpkg-query --show --showformat "\${$1}\n" "${@:2}"
}

# http PATH CURL_OPTION...: what the HTTP API answers to programs on its host.
http() {
    nsenter --target "${leader_of[$host]}" --net curl --silent --show-error --fail-with-body --max-time 40 "http://127.0.0.1:8080$1" "${@:2}"
}

installed_packages() {
    # Also packages that others only name are known to dpkg.
    # shellcheck disable=SC2016 # dpkg's own variables
    on_host dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' 'taskqueue-*' | sed -n 's/^installed //p'
}

property() {
    on_host systemctl show --property "$2" --value "$1"
}

files() {
    # What the system and its broker write by themselves, at any time, is left out.
    (cd "$root" && find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./packages -o -path ./root -o -path ./var/tmp -o -path ./var/log -o -path ./var/cache \
        -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/lib/rabbitmq -o -path ./var/lib/systemd \) -prune -o ! -name '*.dpkg-*' ! -path './etc/*-' ! -path ./etc/.pwd.lock -print | sort)
}

# --- The packages, and the same with a higher version. ---

[ -z "$short" ] || export DEB_BUILD_OPTIONS=noopt
build_packages
make_root "$suite"
# A network of its own: its broker's port may be in use here.
boot "$host" "$suite" --private-network
say "$suite runs"
mkdir "$root/packages/old" "$root/packages/new"
cp "$packages"/*.deb "$root/packages/old"
version=$(dpkg-deb --field "$root"/packages/old/taskqueue-common_*.deb Version)
for package in "$root"/packages/old/*.deb; do
    dpkg-deb --raw-extract "$package" "$work/raw"
    sed -i "s/$version/$version+1/g" "$work/raw/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/raw" "$root/packages/new" > /dev/null
    rm -r "$work/raw"
done

deb() {
    (cd "$root" && ls packages/"$1"/"$2"_*.deb)
}

readonly services=(taskqueue-dispatcher taskqueue-workerpool taskqueue-web)
hosts_packages() {
    local package
    for package in taskqueue-common "${services[@]}"; do
        deb "$1" "$package"
    done
}

# --- Install ---

on_host systemctl start rabbitmq-server
on_host rabbitmqctl --quiet await_startup
files > "$work/before"
began=$(milliseconds)
mapfile -t debs < <(hosts_packages old && deb old taskqueue-plugins-extra)
apt install "${debs[@]/#//}"
until_true 60 'the first result' is_answered first
say "installed; the first result after $(($(milliseconds) - began)) ms"
size=$(query Installed-Size taskqueue-common taskqueue-dispatcher taskqueue-workerpool | awk '{ sum += $1 } END { print int(sum / 1024) }')
[ "$size" -le 130 ] || fail "installed size: $size MB"
say "$size MB installed: common, dispatcher, workerpool"
same 'the HTTP API, which nobody has asked for' 'disabled inactive' "$(on_host systemctl is-enabled taskqueue-web || true) $(property taskqueue-web ActiveState)"
on_host systemctl --quiet enable --now taskqueue-web 2> /dev/null
same 'the result of a task that curl has sent' 'echo by HTTP' "$(http '/api/v1/tasks/echo?wait=30s' --header 'Content-Type: text/plain' --header 'Idempotency-Key: one' --data 'echo by HTTP')"
# shellcheck disable=SC2016 # awk's fields
same 'where the HTTP API listens' 0100007F:1F90 "$(nsenter --target "${leader_of[$host]}" --net awk '$2 ~ /:1F90$/ && $4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6)"
same 'who may read the keys of requests' '600 taskqueue' "$(on_host stat --format '%a %U' /var/lib/taskqueue/web/web.db)"
say 'curl has sent a task and got its result'
same 'who may read config.ini' '640 root taskqueue' "$(on_host stat --format '%a %U %G' /etc/taskqueue/config.ini)"
same 'the groups of taskqueue-worker' taskqueue-worker "$(on_host id --groups --name taskqueue-worker)"
same 'who dispatches' taskqueue "$(on_host ps -o user:20= -p "$(property taskqueue-dispatcher MainPID)" | tr -d ' ')"
same 'who works' taskqueue-worker "$(on_host ps -e -o user:20=,args= | awk '$2 ~ "/worker/taskqueue-worker$" { print $1 }' | sort -u)"
same 'what systemd-analyze says of the units' '' "$(on_host sh -c 'systemd-analyze verify /lib/systemd/system/taskqueue-*.service 2>&1')"
for page in taskqueue.1 taskqueue-config.5 taskqueue-dispatcher.8 taskqueue-workerpool.8 taskqueue-web.8; do
    on_host man --where "${page#*.}" "${page%.*}" > /dev/null || fail "there is no manual page $page"
done
for service in "${services[@]}"; do
    say "exposure of $service: $(on_host systemd-analyze security --no-pager "$service" | tail -n 1 | sed 's/.*: //')"
done
for service in taskqueue-dispatcher taskqueue-web; do
    on_host systemd-analyze security --threshold=15 --no-pager "$service" > "$work/security" || fail "exposure of $service: $(tail -n 1 "$work/security")"
done

# --- Configure: conf.d, a reload that waits and one that is refused, a credential ---

# How long a task of [slow] takes, and how many there are at a time.
slow_seconds=20 slow_workers=10
[ -z "$short" ] || slow_seconds=5 slow_workers=2
cat > "$root/usr/local/bin/slow" <<END
#!/bin/sh
read -r uptime rest < /proc/uptime
echo "\$uptime" >> /var/tmp/begun
sleep $slow_seconds
echo slept
END
cat > "$root/usr/local/bin/tick" <<'END'
#!/bin/sh
read -r uptime rest < /proc/uptime
echo "$uptime" >> /var/tmp/ticks
END
chmod 0755 "$root/usr/local/bin/slow" "$root/usr/local/bin/tick"
install -m 0666 /dev/null "$root/var/tmp/begun"
install -m 0666 /dev/null "$root/var/tmp/ticks"
echo '# edited' >> "$root/etc/taskqueue/config.ini"
printf '[slow]\ncommand = /usr/local/bin/slow\nworkers = %s\n[tick]\ncommand = /usr/local/bin/tick\n' "$slow_workers" > "$root/etc/taskqueue/conf.d/50-test.ini"
on_host systemctl reload "${services[@]}"
same 'the processes of [slow] right after the reload' "$slow_workers" "$(on_host taskqueue workers slow --timeout 3s --json | grep -o '"worker_type":"slow"' | wc -l)"
printf '[amqp]\nport = none\n' > "$root/etc/taskqueue/conf.d/60-wrong.ini"
for service in "${services[@]}"; do
    ! on_host systemctl reload "$service" 2> "$work/reload" || fail "$service has taken a wrong configuration"
    same "$service after a wrong configuration" active "$(property "$service" ActiveState)"
    on_host journalctl --quiet --unit "$service" --grep 'goes on as before:.*60-wrong.ini:2: .amqp. port = "none"' > "$work/log" || fail "$service does not say what is wrong"
done
rm "$root/etc/taskqueue/conf.d/60-wrong.ini"
is_answered reloaded || fail 'no result after a refused reload'
say 'reloads wait, and fail where the configuration is wrong'

on_host rabbitmqctl --quiet add_user tq secret
on_host rabbitmqctl --quiet set_permissions tq '.*' '.*' '.*'
# shellcheck disable=SC2016 # the variable is the service's
printf '[amqp]\nuser = tq\npasswd_file = $CREDENTIALS_DIRECTORY/taskqueue_amqp\n' > "$root/etc/taskqueue/conf.d/10-amqp.ini"
printf 'secret\n' > "$root/etc/taskqueue/credentials/amqp"
chmod 0600 "$root/etc/taskqueue/credentials/amqp"
on_host systemctl restart "${services[@]}"
same 'who is connected to the broker' tq "$(on_host rabbitmqctl --quiet list_connections user | grep -v '^user$' | sort -u)"
rm "$root/etc/taskqueue/conf.d/10-amqp.ini"
on_host systemctl restart "${services[@]}"
until_true 20 'a result after the restart' is_answered restarted
say 'the password comes as a credential'

# --- Tasks that run: over a stop, over an upgrade and a downgrade under load ---

# A publisher elsewhere: its files are none of the packages'.
cp -r "$root/usr/lib/taskqueue" "$root/usr/local/lib/publisher"
publisher() {
    on_host /usr/local/lib/publisher/taskqueue "$@"
}

are_slow_running() {
    [ "$(wc -l < "$root/var/tmp/begun")" = "$slow_workers" ]
}

# Sends so many tasks, which run when it returns.
begin_slow() {
    : > "$root/var/tmp/begun"
    publisher send slow --count "$slow_workers" > "$work/slow" 2> "$work/slow.error"
    until_true 20 'the slow tasks run' are_slow_running
}

# end_slow WHAT: each of them was begun once, and ended well.
end_slow() {
    publisher wait --timeout 120s > "$work/wait" 2>&1 || fail "$1: tasks that do not end: $(tail -n 5 "$work/wait")"
    take_results publisher
    same "how often tasks of $slow_seconds s were begun, over $1" "$slow_workers" "$(wc -l < "$root/var/tmp/begun")"
    same "results of tasks of $slow_seconds s, over $1" "$slow_workers" "$(grep --count '^{.*slept' "$work/results" || true)"
}

publisher clear results --yes > /dev/null
begin_slow
began=$(milliseconds)
on_host systemctl stop taskqueue-workerpool
stopped=$(($(milliseconds) - began))
on_host systemctl start taskqueue-workerpool
end_slow 'systemctl stop'
say "systemctl stop let $slow_workers running tasks of $slow_seconds s finish, in $stopped ms"

# 200 tasks each second, and five that say when they run.
send_load() {
    local second pause
    second=$(milliseconds)
    until [ -e "$work/enough" ]; do
        publisher send echo again --count 200
        publisher send tick --count 5
        second=$((second + 1000)) pause=$((second - $(milliseconds)))
        [ "$pause" -le 0 ] || sleep "${pause}e-3"
    done > "$work/sent" 2> "$work/sent.error"
}

dpkg() {
    on_host dpkg --force-confold "$@" > "$work/dpkg" 2>&1 || {
        cat "$work/dpkg" >&2
        fail "dpkg $*"
    }
}

# Upgrades after which tasks waited for longer than they should: told in the end, since other work of this machine can be the reason.
late=()

# over_load FOLDER WHAT VERSION: installs the packages of the folder under load.
over_load() {
    local restarted drained first load_took
    rm -f "$work/enough"
    load_took=$(milliseconds)
    send_load &
    local sending=$!
    until_true 20 'the load has begun' test -s "$work/sent"
    mapfile -t debs < <(hosts_packages "$1")
    dpkg --unpack "${debs[@]/#//}"
    begin_slow
    dpkg --configure --pending
    # When the service was started again, which is when it was done with its tasks; in milliseconds since the start of the machine.
    restarted=$(($(property taskqueue-workerpool InactiveExitTimestampMonotonic) / 1000))
    drained=$((restarted - $(awk 'NR == 1 { print int($1 * 1000) }' "$root/var/tmp/begun")))
    [ "$drained" -ge $((slow_seconds * 1000)) ] || fail "$2: the pool was started again $drained ms after tasks of $slow_seconds s had begun"
    has_ticked() {
        first=$(awk -v restarted="$restarted" '$1 * 1000 > restarted { print int($1 * 1000); exit }' "$root/var/tmp/ticks")
        [ -n "$first" ]
    }
    until_true 20 "tasks run again after $2" has_ticked
    touch "$work/enough"
    wait "$sending" || fail "sending: $(tail -n 3 "$work/sent.error")"
    load_took=$(($(milliseconds) - load_took))
    cat "$work/slow" >> "$work/sent"
    end_slow "$2"
    count_results
    same "tasks lost over $2" 0 "$lost"
    same "the installed version after $2" "$3" "$(query Version taskqueue-workerpool)"
    say "$2: $sent tasks sent and confirmed in $load_took ms, $lost lost, $twice done twice; $((first - restarted)) ms after its drain the pool took tasks"
    # What is not compiled ahead starts as slowly as the machine has it.
    [ -n "$short" ] || [ $((first - restarted)) -le 2000 ] || late+=("$2: $((first - restarted)) ms")
}

over_load new 'an upgrade' "$version+1"
grep --quiet '^# edited$' "$root/etc/taskqueue/config.ini" || fail 'the edited config.ini is gone'
[ -e "$root/etc/taskqueue/conf.d/50-test.ini" ] || fail 'conf.d is gone'

# --- The end of the short way ---

remove_all() {
    local installed
    mapfile -t installed < <(installed_packages)
    apt remove "${installed[@]}"
    grep --quiet '^# edited$' "$root/etc/taskqueue/config.ini" || fail 'remove has taken config.ini'
    [ -e "$root/etc/taskqueue/conf.d/50-test.ini" ] || fail 'remove has taken conf.d'
    [ ! -e "$root/usr/lib/taskqueue" ] || fail "remove has left $(ls "$root/usr/lib/taskqueue")"
    apt purge "${installed[@]}"
    rm -r "$root"/usr/local/bin/* "$root/usr/local/lib/publisher"
    is_as_before
    say 'remove kept the configuration, purge left nothing'
}

is_as_before() {
    files > "$work/after"
    diff "$work/before" "$work/after" > "$work/difference" || fail "after the purge: $(head -n 20 "$work/difference")"
}

if [ -n "$short" ]; then
    remove_all
    say "all is well on $suite, as far as the short way goes"
    exit 0
fi

over_load old 'a downgrade' "$version"

# --- What was enabled, disabled or masked, running or stopped, stays so ---

version_now=old
declare -A process_of
for state in enabled disabled masked; do
    for active in active inactive; do
        [ "$version_now" = new ] && version_now=old || version_now=new
        on_host systemctl --quiet unmask "${services[@]}" 2> /dev/null
        on_host systemctl --quiet enable "${services[@]}" 2> /dev/null
        if [ "$active" = active ]; then
            on_host systemctl start "${services[@]}"
        else
            on_host systemctl stop "${services[@]}"
        fi
        case $state in
            disabled) on_host systemctl --quiet disable "${services[@]}" 2> /dev/null ;;
            masked) on_host systemctl --quiet mask "${services[@]}" 2> /dev/null ;;
        esac
        for service in "${services[@]}"; do
            process_of[$service]=$(property "$service" MainPID)
        done
        mapfile -t debs < <(hosts_packages "$version_now")
        dpkg --install "${debs[@]/#//}"
        for service in "${services[@]}"; do
            same "$service, which was $state" "$state" "$(on_host systemctl is-enabled "$service" || true)"
            same "$service, which was $state and $active" "$active" "$(property "$service" ActiveState)"
            # systemd starts nothing that is masked: it goes on with the files that it has.
            if [ "$active" = active ] && [ "$state" != masked ] && [ "$(property "$service" MainPID)" = "${process_of[$service]}" ]; then
                fail "$service, which was $state and $active, still runs the version before"
            fi
        done
    done
done
on_host systemctl --quiet unmask "${services[@]}" 2> /dev/null
on_host systemctl --quiet enable --now "${services[@]}" 2> /dev/null
say 'six states of the services are the same after an upgrade or downgrade'

# --- The watchdog ---

until_true 20 'a result before the watchdog' is_answered watched
is_restarted() {
    [ "$(property "$1" NRestarts)" -gt "$2" ] && [ "$(property "$1" ActiveState)" = active ]
}
began=$(milliseconds)
for service in "${services[@]}"; do
    on_host kill -STOP "$(property "$service" MainPID)"
done
for service in "${services[@]}"; do
    until_true 60 "the watchdog restarts $service" is_restarted "$service" 0
    say "the watchdog has restarted $service after $(($(milliseconds) - began)) ms"
done
until_true 20 'a result after the watchdog' is_answered again

# --- A plugin as a package ---

is_echo_served() {
    on_host taskqueue workers echo --timeout 3s --json 2> /dev/null | grep --quiet '"worker_type":"echo"'
}
is_echo_gone() {
    ! is_echo_served
}
apt remove taskqueue-plugins-extra
until_true 10 'the workers of the removed plugin are gone' is_echo_gone
apt install "/$(deb old taskqueue-plugins-extra)"
began=$(milliseconds)
until_true 5 'the plugin of a package' is_answered plugin
say "a plugin is served $(($(milliseconds) - began)) ms after its package is installed"

# --- What the units leave out, and what the pool's capabilities are for ---

check_sandboxes

# --- Remove, purge ---

remove_all

# --- The embedded broker, in one process with everything ---

on_host systemctl stop rabbitmq-server
apt install "/$(deb old taskqueue-common)" "/$(deb old taskqueue-standalone)" "/$(deb old taskqueue-plugins-extra)"
same 'the standalone service, which nobody has asked for' 'disabled inactive' "$(on_host systemctl is-enabled taskqueue-standalone || true) $(property taskqueue-standalone ActiveState)"
printf '[amqp]\nhost = embedded\n[broker]\ndata_dir = /var/lib/taskqueue/standalone\n' > "$root/etc/taskqueue/conf.d/10-embedded.ini"
on_host systemctl --quiet enable --now taskqueue-standalone 2> /dev/null
until_true 20 'a result of the standalone service' is_answered standalone
on_host systemctl reload taskqueue-standalone
is_answered reloaded || fail 'no result of the standalone service after a reload'
say 'the standalone service answers'
need_what_all_do taskqueue-standalone
check_pool_sandbox taskqueue-standalone
apt purge taskqueue-standalone
printf '[amqp]\nhost = embedded\n' > "$root/etc/taskqueue/conf.d/10-embedded.ini"
apt install "/$(deb old taskqueue-broker)" "/$(deb old taskqueue-dispatcher)" "/$(deb old taskqueue-workerpool)"
on_host systemctl restart taskqueue-dispatcher taskqueue-workerpool
until_true 20 'a result by way of the broker service' is_answered broker
on_host systemctl reload taskqueue-broker
say 'the broker service answers'
need_what_all_do taskqueue-broker
need_network taskqueue-broker
say 'so it is with the broker'
mapfile -t installed < <(installed_packages)
apt purge "${installed[@]}"
is_as_before
[ ${#late[@]} = 0 ] || fail "the pool took its first task later than 2 s after its drain: ${late[*]}"
say "purge left nothing; all is well on $suite"
