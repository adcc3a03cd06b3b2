#!/usr/bin/env bash
# What a hostile worker costs the pool that it works for: memory a minute after everything that it can write, and the processor time
# of other types' tasks meanwhile. docs/security.md has the figures. Everything that it starts is its own, and gone when it ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'END'
Usage: tests/hostile-worker.sh INSTALLATION

INSTALLATION is a folder that ./publish.sh made; the test plugins are those that were built (dotnet build TaskQueue.sln -c Release).
The exit code is 0 only when the pool lives, its PSS a minute later is below 1.5 times what it was, and ordinary tasks take no more
than a tenth more processor time of dispatcher and pool beside the hostile worker, apart from what it costs itself.
END
}

if [ $# != 1 ] || [ ! -x "$1/taskqueue-workerpool" ]; then
    usage >&2
    exit 64
fi
installation=$(realpath "$1")
work=$(mktemp -d)
chmod 755 "$work"
services=()
trap 'kill "${services[@]}" 2> /dev/null; wait; rm -rf "$work"' EXIT
cp -r artifacts/plugins-test/testplugins artifacts/plugins/echo "$work"
mkdir "$work/plugins"
mv "$work/testplugins" "$work/echo" "$work/plugins"

# Each for a worker type of its own, h0, h1, ...: what breaks the protocol, then floods that do not.
breaches=(
    "length -1" "length 2147483647" stuff huge configure task stop ready foreign outcome "parts 20000" "key 300" "type 300" "error 100000"
    "line 10000000" twice duration "half 8000000" "lines 5000" "reports 30000" "large 2000000"
)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
types=$(seq -s ', ' -f 'h%g' 0 $((${#breaches[@]} - 1)))
{
    cat <<INI
[broker]
listen = 127.0.0.1:$port
data_dir = $work/data
[amqp]
host = 127.0.0.1:$port
user = worker
passwd_file = $work/password
[taskqueue]
plugin_dir = $work/plugins
worker_user = nobody
workers = echo, $types
[echo]
workers = 1
INI
    for i in "${!breaches[@]}"; do
        printf '[h%s]\nplugin = hostile\non_crash = bury\nreport_failures = no\nmax_result = 1M\n' "$i"
    done
} > "$work/config.ini"
chmod 600 "$work/config.ini"
export TASKQUEUE_CONFIG=$work/config.ini
taskqueue=$installation/taskqueue

start() {
    "$installation/taskqueue-$1" > "$work/$1.log" 2>&1 &
    services+=($!)
}

eventually() {
    local what=$1 until=$((SECONDS + 120))
    shift
    until "$@" > /dev/null 2>&1; do
        if [ $SECONDS -ge $until ]; then
            echo "hostile-worker.sh: $what did not come" >&2
            tail -n 20 "$work"/*.log >&2
            exit 1
        fi
        sleep 0.2
    done
}

pss() {
    awk '/^Pss:/ { print $2 }' "/proc/$pool/smaps_rollup"
}

# Processor time of dispatcher and pool, in ticks.
ticks() {
    awk '{ sub(/.*\) /, ""); sum += $12 + $13 } END { print sum }' "/proc/$dispatcher/stat" "/proc/$pool/stat"
}

# So many ordinary tasks, from the first to the last result.
work() {
    "$taskqueue" send echo hello --count "$1" --quiet > /dev/null 2>&1
    "$taskqueue" wait echo taskqueue --timeout 10m > /dev/null
    "$taskqueue" clear results --yes > /dev/null
}

# Everything that a worker can write, once.
attack() {
    local i
    for i in "${!breaches[@]}"; do
        "$taskqueue" send "h$i" "${breaches[$i]}" --content-type text/plain --quiet
    done
    "$taskqueue" wait --timeout 10m > /dev/null
}

both() {
    attack &
    local attacker=$!
    work "$tasks"
    wait "$attacker"
}

# Processor time of dispatcher and pool for something, in milliseconds.
cost() {
    local before
    before=$(ticks)
    "$@"
    echo $((($(ticks) - before) * 1000 / $(getconf CLK_TCK)))
}

echo secret > "$work/password"
chmod 600 "$work/password"
start broker
eventually "the broker" grep -q "Listening on" "$work/broker.log"
"$taskqueue" broker user add worker --password-file "$work/password" --configure '.*' --write '.*' --read '.*'
start dispatcher
start workerpool
dispatcher=${services[1]} pool=${services[2]}
eventually "an answer" "$taskqueue" send echo ready --wait --timeout 100s
work 60000
sleep 60 # What has been used goes back to the system, as in the minute that the figure is about.
idle=$(pss)

readonly tasks=100000
alone=$(cost work "$tasks")
attacked=$(cost attack)
together=$(cost both)
again=$(cost work "$tasks")
sleep 60
later=$(pss)

best=$((alone < again ? alone : again)) beside=$((together - attacked))
good=yes
kill -0 "$pool" "$dispatcher" || good=no
[ $((later * 2)) -lt $((idle * 3)) ] || good=no
[ $((beside * 10)) -le $((best * 11)) ] || good=no
cat <<END
PSS of the pool, idle: $idle kB
PSS a minute after the hostile worker: $later kB
processor time of dispatcher and pool for $tasks ordinary tasks, alone: $alone ms before, $again ms after
for what the hostile worker does: $attacked ms
for both at once: $together ms, so ordinary tasks take $beside ms
good: $good
END
[ $good = yes ]
