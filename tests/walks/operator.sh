#!/usr/bin/env bash
# What README.md, docs/commands.md and docs/cli.md tell whoever runs the system, in their order.
# shellcheck source=tests/walks/walk.sh
source "$(dirname "${BASH_SOURCE[0]}")/walk.sh"
demo
export PATH=$installation:$PATH
host=$(hostname)

say "Everything in one process, from an installation"
export HOME=$work/home
mkdir -p "$HOME"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
environment=$(block README.md environment)
alone() (
    eval "${environment//\/opt\/taskqueue/$installation}"
    TASKQUEUE__BROKER__LISTEN=127.0.0.1:$port "$@"
)
code=$(block README.md standalone)
(
    export TASKQUEUE__BROKER__LISTEN=127.0.0.1:$port
    # Whoever is root has to say as whom workers run.
    [ "$(id -u)" != 0 ] || export TASKQUEUE__TASKQUEUE__WORKER_USER=root
    eval "exec ${code//\/opt\/taskqueue/$installation}"
) > standalone.log 2>&1 &
standalone=$!
trap 'kill "$standalone" 2> /dev/null' EXIT
eventually "Serving " cat standalone.log
expect hello alone taskqueue send echo hello --wait
alone taskqueue pause echo
alone taskqueue send echo "to be moved"
eventually "worker_echo 1" alone bash -c 'taskqueue status echo | tr -s " "'
kill -TERM "$standalone"
wait "$standalone" || die "taskqueue-standalone does not end in order: $(cat standalone.log)"
trap - EXIT

say "docs/commands.md"
commands=$work/commands
mkdir -p "$commands"
block docs/commands.md program > "$commands/sum.py"
chmod +x "$commands/sum.py"
block docs/commands.md section | sed "s|/usr/lib/taskqueue/commands|$commands|" > "$settings/50-commands.ini"
taskqueue reload
expect '"answer":{"sum":6}' run docs/commands.md send
{ echo '[search]' && block docs/commands.md shell; } > "$settings/60-search.ini"
taskqueue reload
expect "grep -- " taskqueue config show search
expect '"pattern":"pattern"' taskqueue send search '{"pattern": "pattern"}' --wait
{ echo '[amqp]' && block docs/commands.md thumbnail; } > thumbnail.ini
expect "thumbnail.ini: ok" taskqueue config check --config thumbnail.ini

say "docs/cli.md"
cat > "$settings/70-types.ini" <<'INI'
[resize]
command = /bin/grep width
workers = 2
[report]
command = /bin/cat
[thumbnail]
command = /bin/cat
[sleep]
command = /bin/sh -c 'read -r type seconds; sleep "$seconds"; echo "$type $seconds"'
workers = 2
INI
block docs/cli.md routes > "$settings/80-routes.ini"
taskqueue reload
eventually '"state":"idle"' taskqueue workers sleep --json
while read -r name; do
    synopses docs/cli.md "$name"
done < <(grep -oP '(?<=<!-- walk: )[a-z]+' "$root/docs/cli.md")

printf x > cat.png
generate() {
    echo '{"width": 320}'
}
eval "$(examples docs/cli.md send)"
expect '"kwargs":{"width":640}' eval "$(examples docs/cli.md dispatch)"
# With warnings, such as of a rejected task, the exit code is 1.
task=$(taskqueue send sleep 60)
eventually "$task" taskqueue running
heads docs/cli.md running taskqueue running
expect "was told to end" taskqueue cancel "$task"
expect "paused" taskqueue pause resize --host "$host"
task=$(taskqueue send resize '{"width": 1}')
eventually "in worker_resize; resize is paused on $host; taskqueue resume resize" taskqueue where "$task"
taskqueue resume resize
heads docs/cli.md reload taskqueue reload
taskqueue cancel 81bc0f2e4d6c4b5a9f7e1d3c5b7a9f81 --even-if-unknown
heads docs/cli.md cancellations taskqueue cancellations list
expect "is run should it show up" taskqueue cancellations undo 81bc
expect "QUEUE" taskqueue top --count 1

taskqueue send sleep 2
taskqueue send sleep 2
# The task for tonight, on which it would wait.
taskqueue clear 'taskqueue.delay.*' --yes
code=$(examples docs/cli.md wait)
expect "Done: nothing waits, nothing runs." eval "${code##*$'\n'}"
taskqueue pause sleep
taskqueue send sleep 1
eventually "worker_sleep 1" bash -c 'taskqueue status sleep | tr -s " "'
expect "worker_sleep: 1 message deleted" eval "$(examples docs/cli.md clear)"
taskqueue resume sleep
# Those of the ten thousand, behind which nothing would be seen.
taskqueue clear results --yes
echo "${AMQP_URL##*:}" > port
secret=${AMQP_URL%@*}
echo "${secret##*:}" > secret
heads docs/cli.md move taskqueue move --from "embedded:$HOME/tasks" --to "amqp://taskqueue@127.0.0.1:$(cat port)" --to-password-file secret
eventually "to be moved" taskqueue results tail

task=$(taskqueue send resize '{"height": 1}')
eventually "$task" taskqueue buried list resize
while read -r command <&3; do
    [[ $command != *jq* ]] || command -v jq > /dev/null || continue
    eval "${command//7f3a/$task}" || [ $? = 1 ] || die "$command failed"
done 3< <(examples docs/cli.md aside)
expect "success" eval "$(examples docs/cli.md results)"
expect "balanced" taskqueue audit --for 1s
# As it is printed there, this is RabbitMQ; and what is to be said of this host is not what is said of that one.
expect "broker: TaskQueue" bash -c 'taskqueue doctor || [ $? = 1 ]'
[ "$(taskqueue doctor --permissions | grep -c '^taskqueue broker user add ')" = 5 ] || die "doctor --permissions prints something else"
heads docs/cli.md plugins taskqueue plugins

printf '[amqp]\nhots = rabbit1\nport = "56x2"\n' > new.ini
chmod 0600 new.ini
output=$(taskqueue config check --config new.ini 2>&1) && die "config check finds nothing: $output"
block docs/cli.md config | grep '^new.ini:' | while read -r line; do
    [[ $output == *"$line"* ]] || die "config check: expected \"$line\", found: $output"
done
expect "seconds" taskqueue config show sleep
expect "taskqueue" taskqueue broker user list
eval "$(block docs/cli.md completion | grep '^source')"
complete -p taskqueue > /dev/null
for shell in bash zsh fish; do
    taskqueue completion "$shell" > "completion.$shell"
done
