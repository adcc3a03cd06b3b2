#!/usr/bin/env bash
# Builds everything and runs every test. On Debian, as root, it first installs what the tests need.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when none failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Build servers would outlive this script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

say() {
    printf '== %s\n' "$*"
}

if ! command -v dotnet >/dev/null; then
    echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
    exit 1
fi

say "Requirements"
scripts/require-packages.sh rabbitmq-server python3-pika amqp-tools util-linux shellcheck prometheus

say "Shell scripts"
shellcheck ./*.sh scripts/*.sh .ci/run

say "Build, warnings as errors"
dotnet restore TaskQueue.sln --verbosity quiet
dotnet build TaskQueue.sln --configuration Release --no-restore --verbosity quiet -p:UseSharedCompilation=false

say "Formatting"
dotnet format TaskQueue.sln --no-restore --verify-no-changes --severity error

say "Tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
outcome=0
# One test program after the other: several of them start brokers and worker pools of their own.
dotnet test --solution TaskQueue.sln --configuration Release --no-build --max-parallel-test-modules 1 "$@" 2>&1 \
    | tee "$log" || outcome=$?

count() {
    # The summary that ends the run: "  succeeded: 12".
    sed -n "s/^ *$1: *\([0-9][0-9]*\) *$/\1/p" "$log" | tail -n 1
}
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
echo "${passed:-0} passed, ${failed:-0} failed, ${skipped:-0} skipped"
exit "$outcome"
