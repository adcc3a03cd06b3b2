#!/usr/bin/env bash
# What README.md and docs/plugins.md tell the author of a plugin, in their order.
# shellcheck source=tests/walks/walk.sh
source "$(dirname "${BASH_SOURCE[0]}")/walk.sh"

say "The commands of README.md"
cd "$root"
while read -r command _; do
    expect "Usage: $command" "$command" --help
done < <(block README.md commands)
demo

say "A class library that refers to what is not there says so"
run docs/plugins.md classlib
block docs/plugins.md csproj > greet/greet.csproj
block README.md plugin > greet/GreetWorker.cs
if output=$(dotnet build greet -p:TaskQueueDir=/nowhere 2>&1); then
    die "greet was built without TaskQueue.Abstractions.dll"
fi
[[ $output == *'TaskQueueDir = "/nowhere" has no TaskQueue.Abstractions.dll: expected the folder of taskqueue-worker'* ]] || die "$output"

say "The plugin of README.md"
run docs/plugins.md build
expect greet taskqueue plugins
taskqueue reload
expect '"text":"Hello, Ada!"' run README.md send

say "The plugin of docs/plugins.md"
block docs/plugins.md worker > greet/GreetWorker.cs
run docs/plugins.md replace
expect '"text":"Hello, Ada!"' run docs/plugins.md send
block docs/plugins.md setting > "$settings/10-greet.ini"
eventually '"text":"Hi, Ada!"' run docs/plugins.md send

say "Several results"
sed -i '$d' greet/GreetWorker.cs
{ block docs/plugins.md several-results && echo '}'; } >> greet/GreetWorker.cs
block docs/plugins.md result-queues > "$settings/20-results.ini"
run docs/plugins.md replace
eventually '"text":"Hi, Ada!"' run docs/plugins.md send
eventually "\"text\": \"Hi, Ada!\"" taskqueue results tail audit

say "Unit tests"
mkdir greet.tests
block docs/plugins.md tests-project > greet.tests/greet.tests.csproj
block docs/plugins.md tests-code > greet.tests/GreetWorkerTests.cs
expect "Failed: 0" run docs/plugins.md tests-run

say "Debugging"
block docs/plugins.md diagnostics > "$settings/30-diagnostics.ini"
taskqueue reload
eventually '"state":"idle"' taskqueue workers greet --json
expect " idle " run docs/plugins.md pid
pid=$(taskqueue workers greet --json | grep -o '"pid":[0-9]*' | tail -n 1 | tr -dc 0-9)
[[ $(taskqueue workers greet) == *" $pid "* ]] || die "there is no PID $pid among the workers"
[ -n "$(find /tmp -maxdepth 1 -name "dotnet-diagnostic-$pid-*")" ] || die "process $pid cannot be attached to"
block docs/plugins.md launch | python3 -m json.tool > /dev/null
rm "$settings/30-diagnostics.ini"
taskqueue reload

say "The template"
code=$(block docs/plugins.md template)
expect "Failed: 0" eval "${code//\/opt\/taskqueue/$installation}"
