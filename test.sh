#!/usr/bin/env bash
# Builds everything and runs the tests. On Debian, as root, it first installs what they need.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when none failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'TEXT'
Usage: ./test.sh [ARGUMENT ...]
       ./test.sh --quick
       ./test.sh --broker rabbitmq|FOLDER [ARGUMENT ...]
       ./test.sh --packages

Builds everything and runs

  (default)        all tests: those of RabbitMQ with the one that is installed, the others with the embedded broker; what the documents say (tests/walks); what each
                   broker has to show again with RabbitMQ; then, as root on Debian, a short part of the tests with RabbitMQ 4.0 and 4.3
  --quick          the tests that need no broker, and one path through everything: less than three minutes
  --broker BROKER  all tests that need a broker, and two minutes of chaos, with RabbitMQ: the one that is installed, or the one whose
                   programs are in FOLDER; scripts/broker-root.sh makes such a folder
  --packages       builds the Debian packages, without compiling ahead, and goes the short way of deploy/test-deb.sh with them: as root on Debian

ARGUMENTs are those of dotnet test, such as --filter-class '*CrashTests'.
TASKQUEUE_BROKER_ROOTS is where 4.0 and 4.3 are kept from run to run (/var/cache/taskqueue-brokers).
TEXT
}

what=all broker=
case ${1:-} in
    --help | -h)
        usage
        exit 0
        ;;
    --quick)
        what=quick
        shift
        ;;
    --packages)
        what=packages
        shift
        ;;
    --broker)
        what=broker broker=${2:-}
        if [ "$broker" != rabbitmq ]; then
            if [ ! -x "$broker/rabbitmq-server" ]; then
                echo "--broker \"$broker\": expected \"rabbitmq\", or a folder with rabbitmq-server." >&2
                exit 64
            fi
            broker=$(realpath "$broker")
        fi
        shift 2
        ;;
esac

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

log=$(mktemp) failures=$(mktemp)
trap 'rm -f "$log" "$failures"' EXIT
passed=0 failed=0 skipped=0 outcome=0

count() {
    # The summary that ends a run: "  succeeded: 12".
    sed -n "s/^ *$1: *\([0-9][0-9]*\) *$/\1/p" "$log" | tail -n 1
}

# One test program after the other: several of them start brokers and worker pools of their own.
run_tests() {
    local number
    dotnet test --configuration Release --no-build --max-parallel-test-modules 1 "$@" 2>&1 | tee "$log" || outcome=1
    number=$(count succeeded)
    passed=$((passed + ${number:-0}))
    number=$(count failed)
    failed=$((failed + ${number:-0}))
    number=$(count skipped)
    skipped=$((skipped + ${number:-0}))
    # "failed NAME (TIME)" and the indented lines below it.
    awk '/^failed / { shown = 0; wanted = 1 } !/^failed |^ |^$/ { wanted = 0 } wanted && shown++ < 60' "$log" >>"$failures"
}

# What the embedded broker has shown and every broker has to: crashes, delays over them, and one path through everything.
test_rabbitmq() {
    say "What each broker has to show, with the RabbitMQ that is installed"
    export TASKQUEUE_TEST_BROKER=rabbitmq
    run_tests --project tests/TaskQueue.IntegrationTests --filter-trait 'Broker=each'
    run_tests --project tests/TaskQueue.EndToEndTests --filter-trait 'Broker=each'
    unset TASKQUEUE_TEST_BROKER
}

# What shows that another RabbitMQ is as good as the one that is installed: what every broker must do, what is known of its version,
# and one path through everything.
test_another_broker() {
    local release=$1 root=${TASKQUEUE_BROKER_ROOTS:-/var/cache/taskqueue-brokers}/$1
    say "The RabbitMQ of Debian's $release"
    if ! scripts/broker-root.sh "$release" "$root"; then
        say "Skipped: there is no such RabbitMQ, and it cannot be made here"
        skipped=$((skipped + 1))
        return
    fi
    export TASKQUEUE_TEST_BROKER=$root/bin
    run_tests --project tests/TaskQueue.IntegrationTests \
        --filter-class '*.RabbitMqQuorumTests' --filter-class '*.RabbitMqClassicTests' --filter-class '*.BrokerVersionTests'
    run_tests --project tests/TaskQueue.EndToEndTests --filter-trait 'Path=everything'
    unset TASKQUEUE_TEST_BROKER
}

# What the documents say is done, as it stands there.
walk_through_documents() {
    say "Documents"
    tests/walks/run.sh 2>&1 | tee "$log" || outcome=1
    passed=$((passed + $(sed -n '$s/^\([0-9]*\) passed.*/\1/p' "$log")))
    failed=$((failed + $(sed -n '$s/.* \([0-9]*\) failed$/\1/p' "$log")))
    grep '^=== .* failed' "$log" >>"$failures" || true
}

# An installation of the Debian packages, on a booted system of its own.
test_packages() {
    say "Debian packages"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        say "Skipped: it takes root on Debian to boot a system of its own"
        skipped=$((skipped + 1))
        return
    fi
    scripts/require-packages.sh debootstrap systemd-container debhelper pandoc curl
    if deploy/test-deb.sh --short bookworm; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)) outcome=1
        echo "deploy/test-deb.sh --short bookworm; what it said is above" >>"$failures"
    fi
}

if [ "$what" = packages ]; then
    test_packages
    echo "$passed passed, $failed failed, $skipped skipped"
    exit "$outcome"
fi

say "Requirements"
# Node.js of other sources brings its npm along.
command -v npm >/dev/null || scripts/require-packages.sh nodejs npm
scripts/require-packages.sh rabbitmq-server python3-pika python3-celery amqp-tools util-linux shellcheck prometheus tmux zsh fish php-cli php-amqplib chromium

say "Shell scripts"
shellcheck -x ./*.sh scripts/*.sh deploy/*.sh deploy/build-portable tests/*.sh tests/walks/*.sh .ci/run

say "Build, warnings as errors"
dotnet restore TaskQueue.sln --verbosity quiet
dotnet build TaskQueue.sln --configuration Release --no-restore --verbosity quiet -p:UseSharedCompilation=false

if [ "$what" != broker ]; then
    say "Formatting"
    # Style and analyzers are part of the build.
    dotnet format whitespace TaskQueue.sln --no-restore --verify-no-changes
fi

if [ "$what" != quick ]; then
    # What is compiled ahead starts sooner, and this is what people have.
    say "An installation, for the tests that start programs"
    TASKQUEUE_TEST_INSTALLATION=$PWD/artifacts/installation
    export TASKQUEUE_TEST_INSTALLATION
    ./publish.sh "$TASKQUEUE_TEST_INSTALLATION"
fi

say "Tests"
case $what in
    quick)
        for project in tests/TaskQueue.*.Tests; do
            run_tests --project "$project" "$@"
        done
        run_tests --project tests/TaskQueue.EndToEndTests --filter-trait 'Path=everything'
        ;;
    broker)
        export TASKQUEUE_TEST_BROKER=$broker
        run_tests --project tests/TaskQueue.IntegrationTests "$@"
        run_tests --project tests/TaskQueue.EndToEndTests "$@"
        if [ $# -eq 0 ]; then
            say "Chaos"
            ./chaos.sh --minutes 2 || outcome=1
        fi
        ;;
    all)
        run_tests --solution TaskQueue.sln "$@"
        if [ $# -eq 0 ]; then
            walk_through_documents
            test_rabbitmq
            test_another_broker trixie
            test_another_broker forky
        fi
        ;;
esac

if [ -s "$failures" ]; then
    say "What failed"
    cat "$failures"
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$outcome"
