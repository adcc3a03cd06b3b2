#!/usr/bin/env bash
# Measures TaskQueue beside the broker's own limit; docs/performance.md says what the figures mean.
# Everything it starts is its own, and gone when it ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
Usage: ./bench.sh [SCENARIO ...] [--runs N] [--queue-type quorum|classic|both] [--json FILE]
                  [--messages N | --seconds S] [--backlog N] [--only TEXT] [--before FOLDER]
       ./bench.sh micro [BENCHMARKDOTNET ARGUMENT ...]

Builds TaskQueue, starts a broker, and measures each scenario N times, each time side by side with a program that does
the same with RabbitMQ.Client and nothing else. Prints the medians and the ranges, and the processor time of the
processes that are measured beside every rate. Leave the machine alone meanwhile.

  publish      from a program to taskqueue
  dispatch     from taskqueue to the queue of a worker type
  work         from a worker queue through worker processes to the result
  pipeline     from the client through all of it to the result
  latency      the same with an idle system, one task at a time
  start        from starting a pool to its workers being ready, and to the first task done
  memory       of a pool of ten and a dispatcher, idle and with a backlog
  scale        what a task costs with longer backlogs and with more workers
  large        pipeline with bodies of 1 and 16 MB
  command      work, with a program that is started for each task
  peers        work, by us, by Celery and by MassTransit
  broker          pipeline, on RabbitMQ and on the embedded broker
  broker-latency  latency, on both
  broker-delayed  pipeline on the embedded broker, with up to a million delayed messages
  broker-ready    of both: from starting one with 100,000 and 1,000,000 messages to its being ready, and its memory
  broker-idle     of both: processor time and memory of one that has nothing to do
  history         what a task costs a dispatcher and a pool without a history, with one, and with one that takes nothing
  history-store   filling the history with up to 10,000,000 events, and looking into it
  history-size    how large the files of a history of 128 MiB and 1 GiB become over ten times that volume

Without a SCENARIO it measures all of these, which takes most of an hour. "micro" measures single methods and what they
allocate, by itself.

  --runs N     how often each figure is measured (5)
  --queue-type quorum, classic or both (quorum)
  --json FILE  also writes the figures into FILE
  --seconds S  how long a run measures (4); how many messages that takes is found out while warming up
  --messages N how many messages a run has, instead
  --backlog N  the longest backlog that is measured (1000000)
  --only TEXT  measures only what has TEXT in its name, such as "2 processes"
  --before FOLDER  measures all of ours with another installation (publish.sh FOLDER) as well, in turn, and compares processor times
  --help       print this
END
}

case " $* " in *" --help "* | *" -h "*)
    usage
    exit 0
    ;;
esac

if ! command -v dotnet >/dev/null; then
    echo "bench.sh: The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
    exit 1
fi

if [ "${1:-}" != micro ]; then
    packages=(rabbitmq-server util-linux)
    others='publish|dispatch|work|pipeline|latency|start|memory|scale|large|command|broker|broker-latency|broker-delayed|broker-ready|broker-idle|history|history-store|history-size'
    if [[ " $* " == *" peers "* || ! " $* " =~ \ ($others)\  ]]; then
        packages+=(celery)
    fi
    scripts/require-packages.sh "${packages[@]}"
fi

# Other people's settings must not find their way into the services.
unset "${!TASKQUEUE@}" "${!RABBITMQ@}"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Build servers would outlive this script, and use the processors that are measured.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Our programs look for .NET in the system's folder, which need not be where the SDK on PATH is.
dotnet=$(readlink -f "$(command -v dotnet)")
export DOTNET_ROOT=${DOTNET_ROOT:-${dotnet%/*}}

build() {
    echo "bench.sh: building $1" >&2
    local log
    log=$(mktemp)
    if ! dotnet build "$1" --configuration Release --verbosity quiet -nologo -p:UseSharedCompilation=false > "$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "bench.sh: The build failed; what it says is above." >&2
        exit 1
    fi
    rm -f "$log"
}

if [ "${1:-}" = micro ]; then
    build bench/TaskQueue.MicroBench
    exec artifacts/bin/TaskQueue.MicroBench/release/TaskQueue.MicroBench "${@:2}"
fi

./publish.sh artifacts/bench/installation >&2
build bench/TaskQueue.Bench
# In the place of this script, so that Ctrl-C and signals reach the program that cleans up. Whatever it starts dies with it.
exec artifacts/bin/TaskQueue.Bench/release/taskqueue-bench "$@"
