#!/usr/bin/env bash
# Does what the documents say, in their order, as those would who read them. The last line is "N passed, N failed"; the exit code is 0 only when none failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
    cat <<'TEXT'
Usage: tests/walks/run.sh [WALK...]

Runs the code blocks of README.md, docs/plugins.md, docs/commands.md, docs/cli.md, docs/messages.md, docs/client.md and docs/http.md: in the walks of

  plugin-author   from nothing to a plugin that is tested and debugged
  operator        from an installation through all of the taskqueue command
  integrator      from the first task of a program, in several languages, to its answer
  http            the same with curl alone

or in those that are named. Where all four ran, every block must have been run, or say in the document, where readers do not see it, why it cannot be. Needs what
test.sh installs. TASKQUEUE_TEST_INSTALLATION names an installation that publish.sh has made of this source; else it is made first, which takes minutes.
TEXT
}

case ${1:-} in
    -h | --help)
        usage
        exit 0
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

if [ -n "${TASKQUEUE_TEST_INSTALLATION:-}" ]; then
    cp -r "$TASKQUEUE_TEST_INSTALLATION" "$installation"
    sed -i "s|$TASKQUEUE_TEST_INSTALLATION|$installation|" "$installation/share/taskqueue-dev/templates/taskqueue-plugin/nuget.config"
else
    ./publish.sh "$installation"
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
