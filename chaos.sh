#!/usr/bin/env bash
# Breaks a running TaskQueue in every way and counts what becomes of its tasks; docs/reliability.md says what it promises.
# Everything it starts is its own, and gone when it ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
Usage: ./chaos.sh [--minutes N] [--seed S] [--cluster] [--json FILE]
       ./chaos.sh --matrix [CELL ...] [--json FILE]
       ./chaos.sh --fuzz [N] [--seed S] [--json FILE]

Builds TaskQueue, starts a broker, two dispatchers and two pools with six workers, and

  (default)   kills or cuts off one of them every second or so under a steady stream of tasks
  --matrix    goes through the fault matrix, cell by cell; CELL is a word of the cells to run, such as dispatcher
  --fuzz N    sends N hostile messages (200000) through a dispatcher and a pool, beside ordinary tasks

  --minutes N  how long blows fall (5)
  --seed S     what everything is drawn by; each run prints its own, so that it can be repeated
  --cluster    with a broker of three nodes
  --json FILE  also writes the numbers into FILE
  --help       print this

With TASKQUEUE_TEST_BROKER=FOLDER the broker is the RabbitMQ whose programs are there; scripts/broker-root.sh makes such a folder.
The exit code is 0 only when no message was lost and no service ended by itself.
END
}

case " $* " in *" --help "* | *" -h "*)
    usage
    exit 0
    ;;
esac

if ! command -v dotnet >/dev/null; then
    echo "chaos.sh: The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
    exit 1
fi

scripts/require-packages.sh rabbitmq-server util-linux libfaketime

# Other people's settings must not find their way into the services; which RabbitMQ they run on is ours to read.
broker=${TASKQUEUE_TEST_BROKER:-}
unset "${!TASKQUEUE@}" "${!RABBITMQ@}"
[ -z "$broker" ] || export TASKQUEUE_TEST_BROKER=$broker
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Build servers would outlive this script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Our programs look for .NET in the system's folder, which need not be where the SDK on PATH is.
dotnet=$(readlink -f "$(command -v dotnet)")
export DOTNET_ROOT=${DOTNET_ROOT:-${dotnet%/*}}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! dotnet build tests/TaskQueue.Chaos --configuration Release --verbosity quiet -nologo -p:UseSharedCompilation=false > "$log" 2>&1; then
    cat "$log" >&2
    echo "chaos.sh: The build failed; what it says is above." >&2
    exit 1
fi
rm -f "$log"
trap - EXIT

# In the place of this script, so that Ctrl-C and signals reach the program that cleans up. Whatever it starts dies with it.
exec artifacts/bin/TaskQueue.Chaos/release/taskqueue-chaos "$@"
