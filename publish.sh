#!/usr/bin/env bash
# Puts everything that runs into one folder: the services, the worker and the taskqueue command, compiled for this machine.
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
Usage: ./publish.sh [--with-runtime] [--not-ahead] [--arch amd64|arm64] FOLDER

Makes FOLDER an installation of TaskQueue with all that deploy/manifest lists: the services, the worker, the taskqueue command and what they need besides the
.NET 10 runtime; example plugins (plugins/); units for systemd (lib/); manual pages, completion, documentation, packages and the template for programs and
plugins of your own (share/). Whoever may read it may run it; copy it to other machines as it is. What was in FOLDER is replaced only when all is built, and may
be running meanwhile: restart the services then.

  --with-runtime   puts the .NET runtime into FOLDER/dotnet as well, which the programs then use; nothing else is needed to run them
  --not-ahead      does not compile ahead: the programs are built sooner, and start more slowly
  --arch ARCH      for that kind of machine instead of this one
END
}

usage_error() {
    printf 'publish.sh: %s\n' "$1" >&2
    usage >&2
    exit 64
}

die() {
    printf 'publish.sh: %s\n' "$*" >&2
    exit 1
}

architecture=$(uname -m) with_runtime='' not_ahead='' target=''
while [ $# != 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --with-runtime) with_runtime=yes ;;
        --not-ahead) not_ahead=yes ;;
        --arch)
            [ $# -gt 1 ] || usage_error '--arch: expected amd64 or arm64 behind it.'
            shift
            architecture=$1
            ;;
        '' | -*) usage_error "There is no option \"$1\"." ;;
        *)
            [ -z "$target" ] || usage_error "Expected one FOLDER, found \"$target\" and \"$1\"."
            target=$1
            ;;
    esac
    shift
done
[ -n "$target" ] || usage_error 'Expected a FOLDER.'
case $architecture in
    x86_64 | amd64) machine=("-p:RuntimeIdentifier=linux-x64") ;;
    aarch64 | arm64) machine=("-p:RuntimeIdentifier=linux-arm64") ;;
    *) machine=() ;;
esac
command -v dotnet >/dev/null || die 'The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0'

# Not into what somebody keeps there: only a new folder, an empty one, or an installation.
cd "$here"
target=$(realpath -m -- "$target")
cd - >/dev/null
if [ -e "$target" ] && [ ! -e "$target/taskqueue-workerpool" ] && [ -n "$(ls -A -- "$target" 2>&1)" ]; then
    die "$target is no installation of TaskQueue, and not empty; expected another folder, or that one emptied."
fi
mkdir -p -- "$(dirname -- "$target")" || die "$(dirname -- "$target") cannot be made; expected a FOLDER where you may write."
[ -w "$(dirname -- "$target")" ] || die "$(dirname -- "$target") is not yours to write to; expected a FOLDER where you may write, such as ~/taskqueue, or root."
readonly target new=$target.new.$$ old=$target.old.$$
work=$(mktemp -d)
readonly work log=$work/log made=$work/made
trap 'rm -rf -- "$new" "$work"' EXIT

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Our programs look for .NET in the system's folder, which need not be where the SDK on PATH is.
dotnet=$(readlink -f "$(command -v dotnet)")
export DOTNET_ROOT=${DOTNET_ROOT:-${dotnet%/*}}

say() {
    printf '== %s\n' "$*"
}

run() {
    if ! "$@" > "$log" 2>&1 < /dev/null; then
        cat "$log" >&2
        die 'The build failed; what it says is above.'
    fi
}

if [ ${#machine[@]} != 0 ] && ! dotnet restore src/TaskQueue.WorkerPool "${machine[@]}" -nologo > "$log" 2>&1; then
    [ -z "$with_runtime" ] || { cat "$log" >&2 && die 'The packages for that kind of machine cannot be had.'; }
    echo "publish.sh: The package that compiles ahead cannot be had, so all will start more slowly: $(grep -m 1 error "$log")" >&2
    machine=()
fi
portable=()
# Written into every assembly: so that it can be told where a file comes from, also where the source is no git repository.
[ -z "${SOURCE_REVISION:-}" ] || portable+=("-p:SourceRevisionId=$SOURCE_REVISION")
machine+=("${portable[@]}")
[ -z "$not_ahead" ] || machine+=("-p:PublishReadyToRun=false")

rows() {
    grep "^$1 " deploy/manifest
}

while read -r _ name project _; do
    say "$name"
    run dotnet publish "$project" --configuration Release "${machine[@]}" --output "$new" -nologo -p:UseSharedCompilation=false -p:RunAnalyzers=false
done < <(rows program)
say "Example plugins, and packages for programs of your own"
run deploy/build-portable "$new/share/taskqueue-dev/packages" "${portable[@]}"
while read -r _ name _; do
    mkdir -p "$new/plugins"
    cp -r "artifacts/plugins/$name" "$new/plugins/"
done < <(rows plugin)
# What editors show of a library lies beside each copy of it.
while read -r _ name _; do
    find "$new" -name "$name.dll" -execdir cp -- "$PWD/artifacts/bin/$name/release/$name.xml" . \;
done < <(rows library)

say "Manual pages, completion, documentation, units"
mkdir -p "$made/bash" "$made/zsh" "$made/fish"
# By the SDK's own runtime: the programs may be another kind of machine's.
for file in bash/taskqueue zsh/_taskqueue fish/taskqueue.fish; do
    dotnet "$new/taskqueue.dll" completion "${file%%/*}" > "$made/$file"
done
if command -v pandoc >/dev/null; then
    deploy/debian/manual "$made/man"
else
    echo 'publish.sh: pandoc is missing, so there are no manual pages; docs/cli.md says the same.' >&2
fi
while read -r _ file _ folder; do
    folder=${folder#usr/}
    folder=$new/${folder#lib/taskqueue}
    case $file in
        made/man/*) [ -d "$made/man" ] || continue ;;
    esac
    mkdir -p "$folder"
    cp -r -- "${file/#made/$made}" "$folder/"
done < <(rows file)
cp -- config.ini.example "$new/"
mv -- "$new/lib/sysusers.d/taskqueue-common.sysusers" "$new/lib/sysusers.d/taskqueue.conf"
sed -i "s|=/usr/sbin/|=$target/|; s|=/usr/lib/taskqueue/|=$target/|" "$new"/lib/systemd/system/*.service
sed -i "s|/usr/share/taskqueue-dev|$target/share/taskqueue-dev|" "$new/share/taskqueue-dev/templates/taskqueue-plugin/nuget.config"
if [ -n "$with_runtime" ]; then
    [[ ${machine[0]} == *RuntimeIdentifier* ]] || die "There is no .NET runtime to be put beside programs for \"$architecture\"; expected amd64 or arm64."
    say "The .NET runtime"
    run dotnet restore deploy/runtime "${machine[@]}" -nologo
    run dotnet msbuild deploy/runtime -target:LayOut "${machine[@]}" "-p:Layout=$new/dotnet" -nologo
fi
chmod -R a+rX -- "$new"

# Under other names first: what runs goes on with the files it has.
[ ! -e "$target" ] || mv -- "$target" "$old"
if ! mv -- "$new" "$target"; then
    [ ! -e "$old" ] || mv -- "$old" "$target"
    die "$target cannot be made; it is as it was."
fi
rm -rf -- "$old"
version=$("$target/taskqueue" --version 2> "$log") || version="for $architecture"
echo "TaskQueue ${version%% (*} is in $target"
echo "Everything in one process, with its messages in ~/tasks: $target/taskqueue-standalone --data ~/tasks --plugins $target/plugins"
