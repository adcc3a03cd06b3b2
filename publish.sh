#!/usr/bin/env bash
# Puts everything that runs into one folder: the services, the worker and the taskqueue command, compiled for this machine.
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
Usage: ./publish.sh FOLDER

Makes FOLDER an installation of TaskQueue: taskqueue, taskqueue-dispatcher, taskqueue-workerpool, taskqueue-broker,
taskqueue-standalone and what they need besides the .NET 10 runtime. Whoever may read it may run it; copy it to other machines as it is. What was in FOLDER
is replaced only when all is built, and may be running meanwhile: restart the services then.
END
}

die() {
    printf 'publish.sh: %s\n' "$*" >&2
    exit 1
}

case "${1:-}" in
    -h | --help)
        usage
        exit 0
        ;;
    '' | -*)
        usage >&2
        exit 64
        ;;
esac
[ $# = 1 ] || { usage >&2 && exit 64; }
command -v dotnet >/dev/null || die 'The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0'

# Not into what somebody keeps there: only a new folder, an empty one, or an installation.
cd "$here"
target=$(realpath -m -- "$1")
cd - >/dev/null
if [ -e "$target" ] && [ ! -e "$target/taskqueue-workerpool" ] && [ -n "$(ls -A -- "$target" 2>&1)" ]; then
    die "$target is no installation of TaskQueue, and not empty; expected another folder, or that one emptied."
fi
mkdir -p -- "$(dirname -- "$target")" || die "$(dirname -- "$target") cannot be made; expected a FOLDER where you may write."
readonly target new=$target.new.$$ old=$target.old.$$
log=$(mktemp)
trap 'rm -rf -- "$new" "$log"' EXIT

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Our programs look for .NET in the system's folder, which need not be where the SDK on PATH is.
dotnet=$(readlink -f "$(command -v dotnet)")
export DOTNET_ROOT=${DOTNET_ROOT:-${dotnet%/*}}

run() {
    if ! dotnet "$@" > "$log" 2>&1; then
        cat "$log" >&2
        die 'The build failed; what it says is above.'
    fi
}

case $(uname -m) in
    x86_64) machine=("-p:RuntimeIdentifier=linux-x64") ;;
    aarch64) machine=("-p:RuntimeIdentifier=linux-arm64") ;;
    *) machine=() ;;
esac
if [ ${#machine[@]} != 0 ] && ! dotnet restore src/TaskQueue.WorkerPool "${machine[@]}" -nologo > "$log" 2>&1; then
    echo "publish.sh: The package that compiles ahead cannot be had, so all will start more slowly: $(grep -m 1 error "$log")" >&2
    machine=()
fi
for project in Dispatcher WorkerPool BrokerService Standalone Cli; do
    run publish "src/TaskQueue.$project" --configuration Release "${machine[@]}" --output "$new" -nologo -p:UseSharedCompilation=false
done
chmod -R a+rX -- "$new"

# Under other names first: what runs goes on with the files it has.
[ ! -e "$target" ] || mv -- "$target" "$old"
if ! mv -- "$new" "$target"; then
    [ ! -e "$old" ] || mv -- "$old" "$target"
    die "$target cannot be made; it is as it was."
fi
rm -rf -- "$old"
echo "TaskQueue $("$target/taskqueue" --version) is in $target"
