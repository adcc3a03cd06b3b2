#!/usr/bin/env bash
# Part of test-limits.sh: the checks, in the machine that it makes.
set -euo pipefail

readonly group=/sys/fs/cgroup/system.slice/taskqueue-workerpool.service

# shellcheck source=deploy/checks.sh
. "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

fail() {
    say "FAILED: $*"
    journalctl --no-pager --boot --unit 'taskqueue-*' | tail -n 60
    exit 1
}

property() {
    systemctl show --property "$2" --value taskqueue-workerpool "${@:3}" | head -n "$1"
}

# send TYPE: the result of a task, as a line of JSON, whatever becomes of it.
send() {
    taskqueue send "$1" '{}' --wait --json --timeout 900s 2>&1 || true
}

# field NAME JSON: the value of a header or member.
field() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<< "$2"
}

is_answered() {
    [ "$(taskqueue send echo hello --wait --timeout 600s 2> /dev/null)" = 'echo hello' ]
}

pids_of() {
    taskqueue workers "$1" --timeout 60s --json | grep -o '"pid":[0-9]*' | sort
}

cat > /etc/taskqueue/conf.d/limits.ini <<'END'
[amqp]
host = embedded

[echo]
workers = 2

[hog]
command = /bin/sh -c 'head -c 200M /dev/zero | tail -c 200M | wc -c'
memory_max = 64M
report_usage = yes

[busy]
command = /bin/sh -c 'timeout 10 sh -c "while :; do :; done"; exit 0'
cpu_max = 50%
report_usage = yes

[bomb]
command = /bin/bash -c 'bomb() { bomb | bomb & }; bomb; sleep 1000'
tasks_max = 40
timeout = 5s
kill_after = 1s
max_attempts = 1
END
systemctl restart taskqueue-broker
systemctl restart taskqueue-dispatcher taskqueue-workerpool
until_true 900 'the first result' is_answered
say "$(uname -r), systemd $(systemctl --version | awk 'NR == 1 { print $2 }'); the pool runs in $(cut -d: -f3 "/proc/$(property 1 MainPID)/cgroup")"
[ "$(cut -d: -f3 "/proc/$(property 1 MainPID)/cgroup")" = /system.slice/taskqueue-workerpool.service/pool ] || fail 'the pool is not in a leaf of its group'

# --- memory_max ---

before=$(pids_of echo) hog=$(pids_of hog)
began=$(milliseconds)
result=$(send hog)
took=$(($(milliseconds) - began))
grep --quiet 'out of memory: limit 64 MiB, peak 6[0-9.]* MiB' <<< "$result" || fail "memory_max: $result"
[ "$(field outcome "$result")" = crash ] || fail "memory_max: outcome of $result"
[ "$(pids_of echo)" = "$before" ] || fail 'memory_max: other workers have other process ids'
[ "$(pids_of hog)" = "$hog" ] || fail 'memory_max: the worker of the command has another process id'
[ "$(property 1 ActiveState)" = active ] || fail 'memory_max: the service is not active'
say "memory_max 64M, a command that takes 200M: $(grep -o 'out of memory[^"]*' <<< "$result" | head -n 1 | cut -d';' -f1); the result $took ms after it was sent; the other workers and the service go on"

# --- cpu_max ---

result=$(send busy)
cpu=$(field x-taskqueue-cpu-ms "$result")
if [ "${cpu:-0}" -lt 4500 ] || [ "$cpu" -gt 5500 ]; then
    fail "cpu_max 50%: $cpu ms of processor time in 10 s: $result"
fi
say "cpu_max 50%, 10 s that are all work: $cpu ms of processor time"

# --- tasks_max ---

taskqueue send bomb '{}' --wait --json --timeout 900s > /tmp/bomb 2>&1 &
bomb=$!
most=0
while kill -0 "$bomb" 2> /dev/null; do
    for file in "$group"/worker-*/pids.current; do
        if [ "$(cat "${file%current}max")" = 40 ] && count=$(cat "$file") && [ "$count" -gt "$most" ]; then
            most=$count
        fi
    done
    is_answered || fail 'tasks_max: no result beside the fork bomb'
done
[ "$most" -gt 20 ] || fail "tasks_max: the fork bomb had $most processes only"
[ "$most" -le 40 ] || fail "tasks_max: $most processes"
are_gone() {
    ! pgrep --full 'bomb\(\)' > /dev/null
}
until_true 600 'tasks_max: the processes of the fork bomb are gone' are_gone
say "tasks_max 40, a fork bomb: $most processes and threads at most, others are served meanwhile, and nothing is left"

# --- The directive that the unit leaves out for this ---

mkdir /etc/systemd/system/taskqueue-workerpool.service.d
printf '[Service]\nProtectControlGroups=yes\n' > /etc/systemd/system/taskqueue-workerpool.service.d/test.conf
systemctl daemon-reload
systemctl restart taskqueue-workerpool
is_refused() {
    journalctl --boot --unit taskqueue-workerpool --grep '\[hog\] memory_max: .*No worker is started for the section' > /dev/null
}
until_true 600 'ProtectControlGroups=yes: a section with memory_max is refused' is_refused
rm -r /etc/systemd/system/taskqueue-workerpool.service.d
systemctl daemon-reload
systemctl restart taskqueue-workerpool
say 'with ProtectControlGroups=yes sections with such limits are refused'

# --- 100 restarts, half of them by SIGKILL ---

is_new() {
    [ "$(property 1 ActiveState)" = active ] && [ "$(property 1 MainPID)" != "$1" ]
}
for number in {1..100}; do
    main=$(property 1 MainPID)
    systemctl reset-failed taskqueue-workerpool
    if [ $((number % 2)) = 0 ]; then
        kill -KILL "$main"
        until_true 900 "restart $number" is_new "$main"
    else
        systemctl restart taskqueue-workerpool
    fi
done
until_true 900 'a result after the restarts' is_answered
until_true 900 'the groups are those of the workers that run' test "$(find "$group" -name 'worker-*' -type d | wc -l)" -le 3
busy=$(journalctl --boot --unit taskqueue-workerpool | grep -ciE 'resource busy|EBUSY|cannot be removed|no control group' || true)
[ "$busy" = 0 ] || fail "restarts: $busy lines about groups"
workers=$(pgrep --count --exact taskqueue-worke)
say "100 restarts, half of them by SIGKILL: no group and no process is left; $workers worker processes, $(find "$group" -name 'worker-*' -type d | wc -l) groups"
[ "$workers" = 5 ] || fail "restarts: expected 5 worker processes, found $workers"
echo 'all is well'
