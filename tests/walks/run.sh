#!/usr/bin/env bash
# Does what the documents say, in their order, as those would who read them. The last line is "N passed, N failed"; the exit code is 0 only when none failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
    cat <<'TEXT'
Usage: tests/walks/run.sh [--publish] [WALK...]

Runs the code blocks of README.md, docs/plugins.md, docs/commands.md, docs/cli.md, docs/messages.md, docs/client.md and docs/http.md: in the walks of

  plugin-author   from nothing to a plugin that is tested and debugged
  operator        from an installation through all of the taskqueue command
  integrator      from the first task of a program, in several languages, to its answer
  http            the same with curl alone

or in those that are named. Where all four ran, every block must have been run, or say in the document, where readers do not see it, why it cannot be. Needs what
test.sh installs, and what it builds.

  --publish   make the installation by publish.sh, as somebody with a clean clone does, and not of what is built already; that takes minutes more
TEXT
}

publishes=no
case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
    --publish)
        publishes=yes
        shift
        ;;
esac
walks=("$@")
[ $# != 0 ] || walks=(plugin-author operator integrator http)
if [ -e artifacts/demo/running ]; then
    echo "run.sh: A demo runs; expected none: ./demo.sh --stop ends it." >&2
    exit 1
fi
for walk in "${walks[@]}"; do
    if [ ! -x "tests/walks/$walk.sh" ] || [ "$walk" = run ]; then
        echo "run.sh: There is no walk \"$walk\"; expected plugin-author, operator, integrator or http." >&2
        exit 64
    fi
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
root=$PWD
work=$(mktemp -d)
chmod 0755 "$work"
used=$work/used installation=$work/taskqueue
export root work used installation

clean_up() {
    [ ! -e artifacts/demo/running ] || ./demo.sh --stop > /dev/null
    rm -rf "$work" artifacts/plugins/greet artifacts/plugins/.new artifacts/plugins/.old
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Packages that are made here have the version of others that may have been restored from elsewhere: so programs of the walks see restored ones through links, but
# for those. The source tree itself goes on with the folder that it was restored to.
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
mkdir -p "$work/nuget" "$work/dotnet"
ln -s "$packages"/* "$work/nuget/"
rm -f "$work"/nuget/taskqueue.*
# Of the tests of the embedded broker, which use the same ones; where those have not run, npm fetches them.
node_modules=$(find "$root/artifacts/bin" -type d -path '*/Clients/node/node_modules' | head -n 1)
if [ -z "$node_modules" ] && command -v npm > /dev/null; then
    mkdir "$work/node"
    cp tests/TaskQueue.Broker.Tests/Clients/node/package*.json "$work/node"
    node_modules=$work/node/node_modules
    npm ci --prefix "$work/node" --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000 > "$work/log" 2>&1 || cat "$work/log" >&2
fi
export node_modules

# An installation as publish.sh makes it.
install_built() {
    local project
    [ -x artifacts/bin/TaskQueue.Standalone/release/taskqueue-standalone ] || { echo "run.sh: Nothing is built; expected what test.sh builds, or --publish." >&2 && exit 1; }
    mkdir -p "$installation/share/taskqueue-dev"
    for project in TaskQueue.Cli TaskQueue.Standalone; do
        cp -r "artifacts/bin/$project/release/." "$installation"
    done
    cp -r artifacts/plugins "$installation/plugins"
    cp -r deploy/templates "$installation/share/taskqueue-dev/"
    sed -i "s|/usr/share/taskqueue-dev|$installation/share/taskqueue-dev|" "$installation/share/taskqueue-dev/templates/taskqueue-plugin/nuget.config"
    for project in Abstractions Amqp Messaging Client; do
        dotnet pack "src/TaskQueue.$project" --configuration Release --no-build --output "$installation/share/taskqueue-dev/packages" > "$work/log" || { cat "$work/log" >&2 && exit 1; }
    done
}

if [ "$publishes" = yes ]; then
    ./publish.sh "$installation"
else
    install_built
fi
passed=0 failed=0
for walk in "${walks[@]}"; do
    printf '=== %s\n' "$walk"
    started=$SECONDS
    if "tests/walks/$walk.sh"; then
        passed=$((passed + 1))
        printf '=== %s is done, in %s s\n' "$walk" $((SECONDS - started))
    else
        failed=$((failed + 1))
        printf '=== %s failed\n' "$walk"
    fi
done
if [ ${#walks[@]} = 4 ] && [ "$failed" = 0 ] && ! tests/walks/blocks.py check "$used" README.md docs/plugins.md docs/commands.md docs/cli.md docs/messages.md docs/client.md docs/http.md; then
    failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
